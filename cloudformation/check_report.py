"""What ``check`` found, for people and for tools."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from policies.model import Resource, Severity, Undecided
from policies.registry import RULES, STACK_RULES
from policies.waivers import STACK

from .decompile.decompiler import TEMPLATE, Decompilation, Unread
from .errors import Position
from .judgement import Judged, Judgement
from .template_reader import TemplateFile


@dataclass(frozen=True)
class Check:
    """A template, what was read back of it, and what the rules say."""

    template: TemplateFile
    region: str
    decompilation: Decompilation
    judgement: Judgement
    whole: bool
    """Whether the rules about the stack as a whole were asked."""

    @property
    def rules(self) -> int:
        """How many rules were asked."""
        return len(RULES) - (0 if self.whole else len(STACK_RULES))

    @property
    def declared(self) -> int:
        """How many resources the template has."""
        return len(self.template.data["Resources"])

    def logical_id(self, resource: Resource | None) -> str:
        """What the template calls a resource; empty for the stack as a whole, and for the Region that it goes to."""
        name = resource.name.partition(".")[0] if resource else ""
        return name if name in self.template.data["Resources"] else ""

    def subject(self, resource: Resource | None) -> str:
        """A resource by its logical id and the template's own type."""
        name = self.logical_id(resource)
        return f"{name} ({self.template.data['Resources'][name]['Type']})" if name else STACK

    def position(self, urn: str) -> Position | None:
        """Where in the template a resource stands."""
        resource = self.decompilation.program.resources.get(urn)
        return resource.position if resource else None


# For people.


def as_text(check: Check, *, verbose: bool) -> Iterator[str]:
    """A line for each violation, then what they add up to and what was not judged."""
    judgement = check.judgement
    for item in _ordered(judgement.violations):
        yield _line(check, item)
    for item in _ordered(judgement.advisories):
        yield f"{_line(check, item)} (advice)"
    yield from (f"waivers: {problem}" for problem in judgement.waiver_problems)
    if judgement.violations or judgement.advisories or judgement.waiver_problems:
        yield ""
    yield _sum(check)
    unsure = [(item.why, _unsure(check, item)) for item in judgement.undecided]
    yield from _grouped("undecided, since only the deployment knows the value", unsure, verbose)
    unread = [(item.what, _place(check, item)) for item in check.decompilation.unread]
    yield from _grouped("not read back, and so not judged", unread, verbose)


def _ordered(found: Iterable[Judged]) -> list[Judged]:
    """From the template's first line to its last; what concerns the stack as a whole at the end."""
    return sorted(found, key=lambda item: (item.position is None, item.position.line if item.position else 0))


def _line(check: Check, item: Judged) -> str:
    subject = check.subject(item.violation.resource)
    return f"{item.position or check.template.name}: {item.violation.rule.severity}: {subject}: {item.finding}"


def _sum(check: Check) -> str:
    judgement = check.judgement
    judged = len(check.decompilation.logical_ids)
    counts = Counter(item.violation.rule.severity for item in judgement.violations)
    by_severity = ", ".join(f"{counts[severity]} {severity}" for severity in reversed(Severity) if counts[severity])
    found = f"{_number(len(judgement.violations), 'violation')}{f' ({by_severity})' if by_severity else ''}"
    waived = f", {len(judgement.waived)} waived" if judgement.waived else ""
    return f"{judged} of {_number(check.declared, 'resource')} judged by {check.rules} rules: {found}{waived}."


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _unsure(check: Check, item: Undecided) -> str:
    place = check.position(item.resource.urn) if item.resource else None
    subject = check.subject(item.resource)
    return f"{place or check.template.name}: {subject}: {item.why} [{item.rule.id}]"


def _place(check: Check, item: Unread) -> str:
    return f"{item.position or check.template.name}: {item.resource or TEMPLATE}: {item.what}"


def _grouped(title: str, found: Sequence[tuple[str, str]], verbose: bool) -> Iterator[str]:
    """All of them, or how many there are of each reason."""
    if not found:
        return
    yield f"{len(found)} {title}{':' if verbose else ' (--verbose lists them):'}"
    if verbose:
        yield from (f"  {line}" for _, line in found)
    else:
        yield from (f"  {count} times: {reason}" for reason, count in Counter(why for why, _ in found).most_common())


# For tools.


def as_json(check: Check) -> dict[str, Any]:
    """Everything as plain data."""
    judgement = check.judgement
    return {
        "file": check.template.name,
        "region": check.region,
        "resources": {"declared": check.declared, "judged": len(check.decompilation.logical_ids)},
        "rules": check.rules,
        "violations": [_violation(check, item) for item in _ordered(judgement.violations)],
        "advisories": [_violation(check, item) for item in _ordered(judgement.advisories)],
        "waived": [
            {**_violation(check, item), "reason": waiver.reason, "expires": waiver.expires.isoformat()}
            for item, waiver in judgement.waived
        ],
        "waiverProblems": list(judgement.waiver_problems),
        "undecided": [
            {
                "resource": check.logical_id(item.resource) or None,
                "line": _line_number(check.position(item.resource.urn) if item.resource else None),
                "rule": item.rule.id,
                "reason": item.why,
            }
            for item in judgement.undecided
        ],
        "notReadBack": [
            {"resource": item.resource or None, "line": _line_number(item.position), "what": item.what}
            for item in check.decompilation.unread
        ],
    }


def _violation(check: Check, item: Judged) -> dict[str, Any]:
    rule = item.violation.rule
    return {
        "resource": check.logical_id(item.violation.resource) or None,
        "line": _line_number(item.position),
        "rule": rule.id,
        "severity": str(rule.severity),
        "message": item.violation.message,
        "when": item.when or None,
        "remedy": rule.remedy,
        "requirements": list(rule.requirements),
    }


def _line_number(position: Position | None) -> int | None:
    return position.line if position else None
