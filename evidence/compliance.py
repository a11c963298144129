"""PCI DSS v4.0.1 as the rules see the recorded program: requirement, control, resource and outcome."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from cloudformation.judgement import Judgement
from policies.model import STANDARD, STANDARD_VERSION, Level, Resource, Rule, Stack
from policies.registry import RULES, rules_for

from .controls import Control
from .platform import Place, Platform


class Outcome(StrEnum):
    """What a rule says of a resource, from bad to good."""

    FAIL = "fail"
    WAIVED = "waived"
    NOT_VISIBLE = "not visible"
    """A template cannot show it: it depends on the deployment, on the account, or on the running system."""
    PASS = "pass"
    NOT_APPLICABLE = "not applicable"
    """The program has nothing that the rule judges."""


@dataclass(frozen=True)
class Result:
    """One rule applied to one resource, or to the stack."""

    resource: str
    """Logical name; empty for the stack as a whole."""
    type: str
    layer: str
    outcome: Outcome
    note: str
    """What is wrong, why it is waived, or why it is not visible; empty for a pass."""
    expires: date | None
    """When the waiver ends; None for what was decided for good."""
    place: Place | None


@dataclass(frozen=True)
class Check:
    """One control of the control table, and the rule that judges it; or a rule of ours that no control asks for."""

    control: int | None
    title: str
    requirements: tuple[str, ...]
    rule: str
    """Id of the rule; empty when no rule can judge the control."""
    rule_title: str
    severity: str
    remedy: str
    results: tuple[Result, ...]

    @property
    def counts(self) -> Counter[Outcome]:
        return Counter(result.outcome for result in self.results)

    @property
    def outcome(self) -> Outcome:
        """The worst of its results."""
        return worst(result.outcome for result in self.results)


@dataclass(frozen=True)
class Block:
    """A rule with every control that asks for it; or a control that no rule judges."""

    checks: tuple[Check, ...]
    """All with the same results."""

    @property
    def first(self) -> Check:
        return self.checks[0]

    @property
    def requirements(self) -> tuple[str, ...]:
        return tuple(sorted({number for check in self.checks for number in check.requirements}, key=order))


@dataclass(frozen=True)
class Requirement:
    """One requirement, and how the controls behind it fare."""

    number: str
    checks: tuple[Check, ...]

    @property
    def outcome(self) -> Outcome:
        return worst(check.outcome for check in self.checks)

    @property
    def counts(self) -> Counter[Outcome]:
        """Of its controls."""
        return Counter(check.outcome for check in self.checks)


@dataclass(frozen=True)
class Compliance:
    standard: str
    checks: tuple[Check, ...]
    problems: tuple[str, ...] = ()
    """Waivers that have expired, or that waive nothing."""
    unjudged: tuple[str, ...] = ()
    """Resources that the compiler adds to the template; rules judge what the program registers."""

    @property
    def counts(self) -> Counter[Outcome]:
        """Of all results; one that several controls ask for counts once."""
        found = {
            (check.rule or check.control, result): result.outcome for check in self.checks for result in check.results
        }
        return Counter(found.values())

    @property
    def blocks(self) -> tuple[Block, ...]:
        """Every check, those of one rule together, in the order of the control table."""
        found: dict[str | int | None, list[Check]] = {}
        for check in self.checks:
            found.setdefault(check.rule or check.control, []).append(check)
        return tuple(Block(tuple(checks)) for checks in found.values())

    @property
    def requirements(self) -> tuple[Requirement, ...]:
        """Every requirement that a control or a rule names, in the order of their numbers."""
        numbers = {number for check in self.checks for number in check.requirements}
        return tuple(
            Requirement(number, tuple(check for check in self.checks if number in check.requirements))
            for number in sorted(numbers, key=order)
        )


def worst(outcomes: Iterable[Outcome]) -> Outcome:
    """The worst outcome, in the order in which they are declared."""
    present = set(outcomes)
    return next((outcome for outcome in Outcome if outcome in present), Outcome.NOT_APPLICABLE)


def order(number: str) -> tuple[tuple[int, str], ...]:
    """Sorts ``10.2.1`` behind ``2.2.7``, and the appendices (``A1.1.2``) behind the requirements."""
    parts = []
    for part in number.split("."):
        digits = part.lstrip("A")
        parts.append((int(digits) + (100 if part.startswith("A") else 0) if digits.isdigit() else 999, part))
    return tuple(parts)


def assess(platform: Platform, judgement: Judgement, stack: Stack, controls: Sequence[Control]) -> Compliance:
    """Bring rules, resources and control table together.

    Every control appears, once for each rule that judges it. One that no rule judges appears as not visible, or as
    waived where this platform does otherwise on purpose. Rules that no control asks for follow. ``stack`` is what the
    judgement was made of.
    """
    said = _Said(platform, judgement, stack)
    checks = [check for control in controls for check in _of_control(control, said)]
    numbers = {control.number for control in controls}
    others = [rule for rule in RULES if not numbers & set(rule.controls)]
    checks += [_check(None, rule.title, rule.requirements, rule, said) for rule in others]
    judged = platform.compilation.judged.resources
    added = tuple(sorted(item.name for urn, item in platform.program.resources.items() if urn not in judged))
    return Compliance(f"{STANDARD} v{STANDARD_VERSION}", tuple(checks), judgement.waiver_problems, added)


def _of_control(control: Control, said: _Said) -> Iterator[Check]:
    rules = [rule for rule in RULES if control.number in rule.controls]
    for rule in rules:
        requirements = tuple(sorted({*control.requirements, *rule.requirements}, key=order))
        yield _check(control.number, control.title, requirements, rule, said)
    if not rules:
        outcome = Outcome.WAIVED if control.decided else Outcome.NOT_VISIBLE
        nothing = _nothing(outcome, control.decided or control.unseen or "no rule judges it")
        yield Check(control.number, control.title, control.requirements, "", "", "", "", (nothing,))


def _check(number: int | None, title: str, requirements: tuple[str, ...], rule: Rule, said: _Said) -> Check:
    results = said.results(rule) or [_nothing(Outcome.NOT_APPLICABLE, "the program has nothing that it judges")]
    results.sort(key=lambda result: (list(Outcome).index(result.outcome), result.layer, result.resource))
    severity = str(rule.severity) + (", advisory" if rule.level is Level.ADVISORY else "")
    return Check(number, title, requirements, rule.id, rule.title, severity, rule.remedy, tuple(results))


def _nothing(outcome: Outcome, why: str) -> Result:
    return Result("", "", "", outcome, why, None, None)


class _Said:
    """What the judgement says of one rule and one resource."""

    def __init__(self, platform: Platform, judgement: Judgement, stack: Stack) -> None:
        self._platform = platform
        self._judged: dict[str, list[Resource]] = {rule.id: [] for rule in RULES}
        for resource in stack.resources:
            for rule in rules_for(resource.type):
                self._judged[rule.id].append(resource)
        self._found: dict[tuple[str, str], tuple[Outcome, str, date | None]] = {}
        for undecided in judgement.undecided:
            self._add(undecided.rule, undecided.resource, Outcome.NOT_VISIBLE, undecided.why, None)
        for judged, waiver in judgement.waived:
            note = f"{judged.violation.message}: {waiver.reason}"
            self._add(judged.violation.rule, judged.violation.resource, Outcome.WAIVED, note, waiver.expires)
        for judged in (*judgement.violations, *judgement.advisories):
            when = f" (when {judged.without} is empty)" if judged.without else ""
            note = judged.violation.message + when
            self._add(judged.violation.rule, judged.violation.resource, Outcome.FAIL, note, None)

    def _add(self, rule: Rule, resource: Resource | None, outcome: Outcome, note: str, expires: date | None) -> None:
        """A resource may break a rule in several ways; the worst outcome counts, and all are told."""
        key = (rule.id, resource.urn if resource else "")
        before = self._found.get(key)
        if before is not None and before[0] is outcome:
            note = f"{before[1]}; {note}"
        self._found[key] = (outcome, note, expires)

    def results(self, rule: Rule) -> list[Result]:
        """One for each resource that the rule was applied to."""
        if rule.stack_check is not None:
            return [self._of(rule, None)]
        return [self._of(rule, resource) for resource in self._judged[rule.id]]

    def _of(self, rule: Rule, resource: Resource | None) -> Result:
        urn = resource.urn if resource else ""
        outcome, note, expires = self._found.get((rule.id, urn), (Outcome.PASS, "", None))
        if resource is None:
            return Result("", "", "", outcome, note, expires, None)
        layer, place = self._platform.layer_and_place(urn)
        return Result(resource.name, resource.type, layer, outcome, note, expires, place)
