"""Changes one thing in the recorded platform, so that a test can see what the evidence says then."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from html.parser import HTMLParser

from cloudformation.graph import Literal, MapValue, Resource, Value
from cloudformation.synth import Synthesis
from evidence.platform import Platform


def resource(platform: Platform, name: str) -> Resource:
    """The one resource of that logical name."""
    (found,) = (item for item in platform.program.resources.values() if item.name == name)
    return found


def changed(synthesis: Synthesis, name: str, **inputs: Value | None) -> Platform:
    """The platform with other inputs of the resource ``name``; None takes an input away."""
    platform = Platform(synthesis)
    before = resource(platform, name)
    kept = {key: value for key, value in before.inputs.items() if inputs.get(key, value) is not None}
    given = {key: value for key, value in inputs.items() if value is not None}
    return replaced(synthesis, {before.urn: dataclasses.replace(before, inputs={**kept, **given})})


def replaced(synthesis: Synthesis, resources: Mapping[str, Resource]) -> Platform:
    """The platform with these resources in place of, or beside, its own."""
    program = synthesis.compilation.program
    program = dataclasses.replace(program, resources={**program.resources, **resources})
    compilation = dataclasses.replace(synthesis.compilation, program=program)
    return Platform(dataclasses.replace(synthesis, compilation=compilation))


def without(synthesis: Synthesis, *names: str) -> Platform:
    """The platform without the resources of these names."""
    program = synthesis.compilation.program
    kept = {urn: item for urn, item in program.resources.items() if item.name not in names}
    compilation = dataclasses.replace(synthesis.compilation, program=dataclasses.replace(program, resources=kept))
    return Platform(dataclasses.replace(synthesis, compilation=compilation))


def with_entry(value: Value | None, **entries: Value) -> MapValue:
    """A map with other entries."""
    assert isinstance(value, MapValue)
    return MapValue({**value.items, **entries})


def text(plain: str) -> Literal:
    return Literal(plain)


class Tables(HTMLParser):
    """Reads a page's tables as rows of cell texts, by caption; controls by the text of their summary."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.by_caption: dict[str, list[list[str]]] = {}
        self.controls: list[tuple[str, list[list[str]]]] = []
        self.cards: dict[str, str] = {}
        self.links: list[str] = []
        self.tags: list[str] = []
        self._rows: list[list[str]] = []
        self._text: list[str] = []
        self._summary = ""
        self._dt = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        given = dict(attrs)
        if "href" in given:
            self.links.append(given["href"] or "")
        if tag == "table":
            self._rows = []
        elif tag == "tr":
            self._rows.append([])
        if tag in ("td", "th", "caption", "summary", "dt", "strong"):
            self._text = []

    def handle_data(self, data: str) -> None:
        self._text.append(data)

    def handle_endtag(self, tag: str) -> None:
        words = " ".join("".join(self._text).split())
        if tag in ("td", "th") and self._rows:
            self._rows[-1].append(words)
        elif tag == "caption":
            self._summary = words
            self._rows = self.by_caption.setdefault(words, [])
        elif tag == "summary":
            self.controls.append((words, []))
        elif tag == "table" and self.controls and self._rows not in self.by_caption.values():
            self.controls[-1][1].extend(self._rows[1:])
        elif tag == "dt":
            self._dt = words
        elif tag == "strong" and self._dt:
            self.cards[self._dt] = words
            self._dt = ""

    def table(self, start: str) -> list[list[str]]:
        """Body rows of the table whose caption starts with ``start``."""
        (rows,) = (rows for caption, rows in self.by_caption.items() if caption.startswith(start))
        return rows[1:]
