"""Waivers: known violations that are accepted for a while, each with a reason and a last day."""

from __future__ import annotations

import datetime
import fnmatch
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from .model import Violation
from .registry import RULES

FILE = Path(__file__).with_name("waivers.yaml")
FIELDS = ("rule", "resource", "reason", "expires")
OPTIONAL_FIELDS = ("without",)
STACK = "(stack)"
"""What stands for ``resource`` where a rule judges the stack as a whole."""


class WaiverError(ValueError):
    """The file of waivers is wrong; every mistake on a line of its own."""


@dataclass(frozen=True)
class Waiver:
    rule: str
    resource: str
    """The resource's Pulumi name, or a pattern of names (``policy-*``)."""
    reason: str
    expires: datetime.date
    """The last day on which it holds."""
    without: str = ""
    """Holds only where this optional setting is left empty; nothing for always."""

    def covers(self, violation: Violation, without: str | None = None) -> bool:
        """Whether it accepts a violation, found where the optional setting ``without`` is left empty.

        None stands for a deployment, whose settings are made already.
        """
        name = violation.resource.name if violation.resource else STACK
        return (
            self.rule == violation.rule.id
            and (fnmatch.fnmatchcase(name, self.resource) or self._names_logical_id(name))
            and (without is None or self.without in ("", without))
        )

    def _names_logical_id(self, name: str) -> bool:
        """Whether ``name`` is how a template calls the resource: ``ApiTransactions`` for ``api-transactions``."""
        return name[:1].isupper() and fnmatch.fnmatchcase(name.lower(), self.resource.replace("-", ""))

    def __str__(self) -> str:
        return f"waiver of {self.rule} for {self.resource}"


def load(path: Path = FILE) -> tuple[Waiver, ...]:
    """Read a file of waivers.

    Raises:
        WaiverError: it cannot be read, or an entry is incomplete or names a rule that does not exist.
    """
    try:
        entries = yaml.safe_load(path.read_text(encoding="utf-8")) or []
    except (OSError, yaml.YAMLError) as error:
        raise WaiverError(f"{path}: cannot be read: {error}") from error
    if not isinstance(entries, list):
        raise WaiverError(f"{path}: a list of waivers is needed, each with {', '.join(FIELDS)}.")
    objections = [
        f"{path}: waiver {number}: {objection}"
        for number, entry in enumerate(entries, 1)
        for objection in _objections(entry)
    ]
    if objections:
        raise WaiverError("\n".join(objections))
    return tuple(Waiver(**entry) for entry in entries)


def _objections(entry: Any) -> Iterable[str]:
    if not isinstance(entry, dict):
        yield f"a map with {', '.join(FIELDS)} is needed."
        return
    for name in FIELDS:
        if name not in entry:
            yield f"{name} is missing."
    for name in entry:
        if name not in (*FIELDS, *OPTIONAL_FIELDS):
            yield f"{name} is unknown; there are {', '.join((*FIELDS, *OPTIONAL_FIELDS))}."
    rule = entry.get("rule")
    if rule is not None and rule not in {item.id for item in RULES}:
        yield f"there is no rule {rule!r}."
    if "reason" in entry and len(str(entry["reason"]).split()) < 3:
        yield "the reason says nothing."
    expires = entry.get("expires")
    if expires is not None and type(expires) is not datetime.date:
        yield f"expires is {expires!r}; a day such as 2027-06-30 is needed."


def valid(waivers: Sequence[Waiver], today: datetime.date) -> tuple[Waiver, ...]:
    """Those that have not expired."""
    return tuple(waiver for waiver in waivers if today <= waiver.expires)
