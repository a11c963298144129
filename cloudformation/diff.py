"""``python -m cloudformation diff``: what deploying one template over another would do to each resource."""

from __future__ import annotations

import argparse
import json
import os
import sys
import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TextIO

from .console import terminal_width
from .errors import CloudFormationError
from .project import DEFAULT_REGION
from .schema import type_names
from .template_changes import Changes, PropertyChange, ResourceChange, SectionChange, compare
from .template_reader import read_template
from .template_values import ABSENT, is_function
from .update_rules import Effect

SAME, DIFFERENT, TROUBLE, DANGER = 0, 1, 2, 3

_DESCRIPTION = """\
Says of each resource whether deploying NEW over OLD adds it, removes it, changes it in place or replaces it, by the
create-only properties of AWS's resource schemas. What holds data and would go, or may, comes first (on a terminal in
red; NO_COLOR is respected). Values of parameters are not compared, since the templates do not have them: the change set
of a deployment knows them.
"""
_STATUS = """\
exit status:
  0  the templates are the same
  1  they differ
  2  one of them cannot be read
  3  with --fail-on-replacement: something that holds data would be removed or replaced, or may be
"""

_WORDS = {
    Effect.ADDED: ("+", "added"),
    Effect.REMOVED: ("-", "removed"),
    Effect.UPDATED: ("~", "changed in place"),
    Effect.REPLACED: ("!", "replaced"),
    Effect.MAY_BE_REPLACED: ("?", "may be replaced"),
    Effect.MAY_BE_REMOVED: ("?", "may come or go"),
    Effect.REFUSED: ("x", "refused by CloudFormation"),
}
_COLOURS = {"red": "31", "green": "32", "yellow": "33", "bold": "1"}
MAX_WIDTH = 160
VALUE_LENGTH = 60


def add_diff_command(commands: Any) -> None:
    """Add ``diff`` to the command line."""
    command: argparse.ArgumentParser = commands.add_parser(
        "diff",
        help="say what deploying one template over another would replace",
        description=_DESCRIPTION,
        epilog=_STATUS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument("old", type=Path, metavar="OLD", help="template that is deployed (YAML or JSON)")
    command.add_argument("new", type=Path, metavar="NEW", help="template that would be")
    command.add_argument("--region", default=DEFAULT_REGION, help=f"whose schemas apply (default: {DEFAULT_REGION})")
    command.add_argument("--fail-on-replacement", action="store_true", help="exit with 3 when something with data goes")
    command.add_argument("--json", action="store_true", help="for tools")
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Run the command; returns its exit status."""
    try:
        type_names(options.region)
        old, new = read_template(options.old), read_template(options.new)
    except CloudFormationError as error:
        if getattr(options, "debug", False):
            raise
        print(f"error: {error}", file=sys.stderr)
        return TROUBLE
    changes = compare(old.data, new.data, region=options.region)
    if options.json:
        print(json.dumps(as_json(changes), indent=2))
    else:
        for line in for_terminal(changes):
            print(line)
    if not changes:
        return SAME
    danger = any(change.dangerous for change in changes.resources)
    return DANGER if danger and options.fail_on_replacement else DIFFERENT


def wants_colours(stream: TextIO) -> bool:
    """Whether a stream is a terminal that shows colours; see https://no-color.org for ``NO_COLOR``."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


# For people.


def for_terminal(changes: Changes) -> Iterator[str]:
    """The changes as lines for standard output."""
    return describe(changes, width=terminal_width(MAX_WIDTH), colours=wants_colours(sys.stdout))


def describe(changes: Changes, *, width: int, colours: bool = False) -> Iterator[str]:
    """The changes as lines: resources, other sections, and a sum."""
    paint = _Paint(colours)
    for change in changes.resources:
        yield from _resource(change, width, paint)
    section = ""
    for entry in changes.sections:
        if entry.section != section:
            section = entry.section
            yield paint("bold", section)
        yield from _section(entry, width)
    if changes:
        yield ""
    yield _sum(changes, paint)


class _Paint:
    def __init__(self, wanted: bool) -> None:
        self._wanted = wanted

    def __call__(self, colour: str, text: str) -> str:
        return f"\033[{_COLOURS[colour]}m{text}\033[0m" if self._wanted and colour else text


def _resource(change: ResourceChange, width: int, paint: _Paint) -> Iterator[str]:
    sign, word = _WORDS[change.effect]
    if change.effect == Effect.REPLACED and change.renamed_from:
        word = f"replaced: it was {change.renamed_from}, and another logical id is another resource"
    if change.stateful and change.effect > Effect.ADDED and change.effect != Effect.REFUSED:
        sure = change.effect in (Effect.REPLACED, Effect.REMOVED)
        word += f"; {'' if sure else 'then '}{change.left}"
    yield paint(_colour(change), f"{sign} {change.logical_id} ({change.type}): {word}")
    for note in change.notes:
        yield from _wrapped(note, width, "    ")
    for item in (*change.attributes, *change.changes):
        yield from _change(item, width, paint)


def _colour(change: ResourceChange) -> str:
    if change.dangerous or change.effect == Effect.REFUSED:
        return "red"
    if change.effect in (Effect.REPLACED, Effect.MAY_BE_REPLACED, Effect.MAY_BE_REMOVED):
        return "yellow"
    return "green" if change.effect == Effect.ADDED else ""


def _change(item: PropertyChange, width: int, paint: _Paint) -> Iterator[str]:
    reason = f"  ({item.reason})" if item.reason else ""
    shown = "" if item.old == item.new else f": {_arrow(item.old, item.new)}"
    lines = list(_wrapped(f"{item.name}{shown}{reason}", width, "    "))
    colour = "yellow" if item.effect >= Effect.MAY_BE_REPLACED else ""
    yield from (paint(colour, line) for line in lines)


def _section(entry: SectionChange, width: int) -> Iterator[str]:
    sign = "+" if entry.old is ABSENT else "-" if entry.new is ABSENT else "~"
    note = f"  ({entry.note})" if entry.note else ""
    shown = "" if entry.name and sign != "~" else f": {_arrow(entry.old, entry.new)}"
    yield from _wrapped(f"{sign} {entry.name or entry.section}{shown}{note}", width, "  ")


def _wrapped(text: str, width: int, indent: str) -> Iterable[str]:
    wrapper = textwrap.TextWrapper(width, indent, f"{indent}    ", break_long_words=False, break_on_hyphens=False)
    return wrapper.wrap(text)


def _arrow(old: Any, new: Any) -> str:
    """``old -> new``; of long texts the part where they differ."""
    before, after = text(old), text(new)
    if max(len(before), len(after)) > VALUE_LENGTH and old is not ABSENT and new is not ABSENT:
        same = next((i for i, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), 0)
        start = max(0, same - VALUE_LENGTH // 3)
        before, after = (f"...{item[start:]}" if start else item for item in (before, after))
    return f"{_cut(before)} -> {_cut(after)}"


def _cut(line: str) -> str:
    return line if len(line) <= VALUE_LENGTH else f"{line[: VALUE_LENGTH - 3]}..."


def text(value: Any) -> str:
    """A value as it would stand in a template, in one line."""
    if value is ABSENT:
        return "nothing"
    if is_function(value):
        ((name, argument),) = value.items()
        short = "!" + name.removeprefix("Fn::")
        if name == "Fn::GetAtt" and isinstance(argument, list):
            argument = ".".join(map(str, argument))
        return f"{short} {text(argument)}"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {text(item)}" for name, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(text, value)) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    return " ".join(str(value).split()) if value != "" else "''"


def _sum(changes: Changes, paint: _Paint) -> str:
    if not changes:
        return "The templates are the same."
    counts = Counter(change.effect for change in changes.resources)
    parts = [f"{counts[effect]} {_WORDS[effect][1]}" for effect in sorted(counts, reverse=True)]
    if changes.sections:
        parts.append(f"{len(changes.sections)} changes in other sections")
    total = f"{', '.join(parts)}."
    dangerous = sum(change.dangerous for change in changes.resources)
    if not dangerous:
        return f"{total} Nothing that holds data goes."
    return f"{total} {paint('red', f'Of what holds data, {dangerous} would go, or may.')}"


# For tools.


def as_json(changes: Changes) -> dict[str, Any]:
    """The changes as plain data; a side that has nothing is left out."""
    return {
        "resources": [
            {
                "logicalId": change.logical_id,
                "type": change.type,
                "effect": change.effect.name.lower(),
                "dangerous": change.dangerous,
                "stateful": change.stateful,
                "kept": change.kept or None,
                "renamedFrom": change.renamed_from or None,
                "notes": list(change.notes),
                "properties": [_change_json(item) for item in change.changes],
                "attributes": [_change_json(item) for item in change.attributes],
            }
            for change in changes.resources
        ],
        "sections": [
            {
                "section": item.section,
                "name": item.name or None,
                "note": item.note or None,
                **_sides(item.old, item.new),
            }
            for item in changes.sections
        ],
    }


def _change_json(item: PropertyChange) -> dict[str, Any]:
    effect = item.effect.name.lower()
    return {"path": item.name, "effect": effect, "reason": item.reason or None, **_sides(item.old, item.new)}


def _sides(old: Any, new: Any) -> dict[str, Any]:
    return {name: value for name, value in (("old", old), ("new", new)) if value is not ABSENT}
