"""Reads templates that this package has written, one after the other: only what has another text is parsed.

The writer puts each entry of a section, a resource, say, on lines of its own that begin two spaces in. Between two
saves of a program few entries change.
"""

from __future__ import annotations

import re
from typing import Any

import yaml

from .template_reader import Loader, Template

_SECTIONS = re.compile(r"^(?=\S)", re.MULTILINE)
_HEADING = re.compile(r"(\w+):\n")
_ENTRIES = re.compile(r"^(?=  \S)", re.MULTILINE)


class Parts:
    """What was read so far, by its text."""

    def __init__(self) -> None:
        self._known: dict[str, Any] = {}

    def parse(self, text: str) -> Template:
        """The template's sections, as :func:`cloudformation.template_reader.parse_template` gives them."""
        before, self._known = self._known, {}
        found: dict[str, Any] = {}
        for section in _SECTIONS.split(text):
            heading = _HEADING.match(section)
            if heading:
                found[heading[1]] = {}
                for entry in _ENTRIES.split(section[heading.end() :]):
                    found[heading[1]] |= self._read(entry, before)
            else:
                found |= self._read(section, before)
        return found

    def _read(self, part: str, before: dict[str, Any]) -> dict[str, Any]:
        self._known[part] = before[part] if part in before else yaml.load(part, Loader) or {}
        read: dict[str, Any] = self._known[part]
        return read
