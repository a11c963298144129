"""Judges a recorded program by the policy pack's rules, before anything is written."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from policies import model
from policies.model import Context, Lazy, Level, Limits, Setting, Stack, Text, Undecided, Unknown, Violation
from policies.naming import PROVIDER
from policies.registry import RULES, STACK_RULES, rules_for
from policies.waivers import STACK, Waiver, valid

from .conditions import HAS, LACKS, condition_name, lack_name
from .errors import CloudFormationError, Position
from .graph import (
    Attribute,
    Concat,
    Function,
    ListValue,
    Literal,
    MapValue,
    ParameterValue,
    Program,
    Pseudo,
    Resource,
    Secret,
    Value,
    as_text,
    describe,
    ends_inside_string,
    parts,
    references,
)
from .program import Parameter
from .values import NO_VALUE, UNREADABLE


@dataclass(frozen=True)
class Judged:
    """A violation, with the line of the program that led to it."""

    violation: Violation
    position: Position | None = None
    without: str = ""
    """The optional setting that has to be empty for it to happen, or the template's condition that must not hold."""
    when: str = ""
    """The same as a person says it."""

    def __str__(self) -> str:
        """All of it on one line: where, what, which rule, and what to do."""
        resource = self.violation.resource
        place = f"{self.position}: " if self.position else ""
        subject = f"{resource.type} {resource.name!r}" if resource else STACK
        return f"{place}{subject}: {self.finding}"

    @property
    def finding(self) -> str:
        """What is wrong, what to do, and which rule says so."""
        rule = self.violation.rule
        when = f" (when {self.when})" if self.when else ""
        basis = f" [{rule.id}; PCI DSS {', '.join(rule.requirements)}]" if rule.requirements else f" [{rule.id}]"
        return f"{self.violation.message}{when}. {rule.remedy}{basis}"


@dataclass(frozen=True)
class Judgement:
    """Everything that the rules say of a program."""

    violations: tuple[Judged, ...] = ()
    """Mandatory ones that no waiver covers."""
    advisories: tuple[Judged, ...] = ()
    waived: tuple[tuple[Judged, Waiver], ...] = ()
    undecided: tuple[Undecided, ...] = ()
    """What depends on values that only the deployment knows."""
    waiver_problems: tuple[str, ...] = ()
    """Waivers that have expired, or that waive nothing."""

    def require(self) -> None:
        """Pass, or raise.

        Raises:
            PolicyError: a mandatory rule is broken, or a waiver is expired or unused; names all of them.
        """
        if self.violations or self.waiver_problems:
            raise PolicyError(self)


class PolicyError(CloudFormationError):
    """The program breaks mandatory rules. One line for each."""

    def __init__(self, judgement: Judgement) -> None:
        self.judgement = judgement
        lines = [*map(str, judgement.violations), *judgement.waiver_problems]
        super().__init__("\n".join([f"{len(lines)} violations of policy:", *(f"  {text}" for text in lines)]))


def judge(
    program: Program,
    waivers: Sequence[Waiver] = (),
    *,
    today: datetime.date | None = None,
    config: Mapping[str, Mapping[str, float]] | None = None,
    whole: bool = True,
) -> Judgement:
    """Judge a program by all rules, with every optional setting given and with each of them left empty.

    ``config`` holds the parameters of rules by rule id, as policy config does. Rules about the stack as a whole are
    left out unless the program is the ``whole`` of it.
    """
    today = today or datetime.date.today()
    found: dict[tuple[str, str, str], Judged] = {}
    undecided: dict[tuple[str, str], Undecided] = {}
    judged_already: set[model.Resource] = set()
    for without, stack in _variants(program):
        for finding in findings(stack, config, judged_already, whole=whole):
            name = finding.resource.urn if finding.resource else ""
            if isinstance(finding, Undecided):
                undecided.setdefault((finding.rule.id, name), finding)
            else:
                position = program.resources[name].position if name in program.resources else None
                judged = Judged(finding, position, without, _when(program, without))
                found.setdefault((finding.rule.id, name, finding.message), judged)
        judged_already.update(stack.resources)
    return _weigh(found.values(), tuple(undecided.values()), waivers, today)


def _when(program: Program, without: str) -> str:
    if not without:
        return ""
    optional = any(parameter.name == without for parameter in program.parameters)
    return f"{without} is empty" if optional else f"the condition {without} does not hold"


def _weigh(
    found: Iterable[Judged], undecided: tuple[Undecided, ...], waivers: Sequence[Waiver], today: datetime.date
) -> Judgement:
    holding = valid(waivers, today)
    waived: list[tuple[Judged, Waiver]] = []
    remaining: list[Judged] = []
    for judged in found:
        waiver = next((item for item in holding if item.covers(judged.violation, judged.without)), None)
        if waiver is None:
            remaining.append(judged)
        else:
            waived.append((judged, waiver))
    used = {waiver for _, waiver in waived}
    problems = [
        f"{waiver} expired on {waiver.expires}. Put the violation right, or decide again and write a new day."
        for waiver in waivers
        if waiver not in holding
    ]
    problems += [f"{waiver} waives nothing. Remove it." for waiver in holding if waiver not in used]
    return Judgement(
        violations=tuple(item for item in remaining if item.violation.rule.level is Level.MANDATORY),
        advisories=tuple(item for item in remaining if item.violation.rule.level is Level.ADVISORY),
        waived=tuple(waived),
        undecided=undecided,
        waiver_problems=tuple(problems),
    )


def findings(
    stack: Stack,
    config: Mapping[str, Mapping[str, float]] | None = None,
    judged: Collection[model.Resource] = (),
    *,
    whole: bool = True,
) -> Iterator[model.Finding]:
    """What the rules say; of the resources in ``judged`` only what may have changed with the resources around them."""
    contexts = {rule.id: Context(stack, rule.limits((config or {}).get(rule.id))) for rule in RULES}
    for resource in stack.resources:
        again = resource in judged
        for rule in rules_for(resource.type):
            if not (again and rule.resource_only):
                yield from model.judge(rule, resource, contexts[rule.id])
    for rule in STACK_RULES if whole else ():
        yield from model.judge(rule, None, contexts[rule.id])


# From the recorded program to what rules see.


def _variants(program: Program) -> Iterator[tuple[str, Stack]]:
    """The stack with every optional setting given, and without each."""
    conditional = {urn: frozenset(_settings_of(resource)) for urn, resource in program.resources.items()}
    complete = stack_of(program)
    yield "", complete
    for setting in sorted(frozenset().union(*conditional.values())):
        ready = {item.urn: item for item in complete.resources if setting not in conditional.get(item.urn, ())}
        yield setting, stack_of(program, without=setting, ready=ready)


def _settings_of(resource: Resource) -> Iterator[str]:
    """The optional settings that decide on a resource or on one of its inputs."""
    names = [
        str(part.arguments[0].value)
        for part in parts(MapValue(resource.inputs))
        if isinstance(part, Function) and part.name == "Fn::If" and isinstance(part.arguments[0], Literal)
    ]
    return (name.removeprefix(HAS).removeprefix(LACKS) for name in (*resource.conditions, *names))


def stack_of(program: Program, *, without: str = "", ready: Mapping[str, model.Resource] | None = None) -> Stack:
    """The program's resources as rules see them, where the optional setting ``without`` is empty and others are given.

    Those in ``ready`` (by URN) are taken from there.
    """
    settings = {parameter.name: _setting(parameter) for parameter in program.parameters}
    read = _Reader(settings, without)
    known = ready or {}
    resources = [
        known.get(urn) or read.resource(resource)
        for urn, resource in program.resources.items()
        if all(map(read.holds, resource.conditions))
    ]
    provider = known.get(_PROVIDER_URN) or model.Resource(
        PROVIDER, "default", _PROVIDER_URN, {"region": program.region}
    )
    return Stack([*resources, provider])


_PROVIDER_URN = f"urn:pulumi:stack::program::{PROVIDER}::default"


def _setting(parameter: Parameter) -> Setting:
    limits = Limits(parameter.min_value, parameter.max_value, tuple(parameter.allowed_values), parameter.pattern)
    return Setting.of(parameter.name, limits)


_ABSENT = object()
"""Stands for ``AWS::NoValue``."""


@dataclass(frozen=True)
class _Reader:
    settings: Mapping[str, Setting]
    without: str

    def resource(self, resource: Resource) -> model.Resource:
        inputs = {name: value for name, value in resource.inputs.items() if not self._absent(value)}
        return model.Resource(
            resource.type,
            resource.name,
            resource.urn,
            Lazy(inputs, lambda name: self.plain(inputs[name])),
            {name: frozenset(urns) for name, value in inputs.items() if (urns := references(value))},
            retained=resource.retain_on_delete,
        )

    def holds(self, condition: str) -> bool:
        """Whether a condition of the template is true."""
        if condition.startswith(LACKS):
            return condition == lack_name(self.without)
        return condition != condition_name(self.without)

    def _absent(self, value: Value) -> bool:
        return isinstance(value, Function) and self.plain(value) is _ABSENT

    def plain(self, value: Value) -> object:
        match value:
            case Literal():
                return value.value
            case Secret(inner):
                return self.plain(inner)
            case ParameterValue(name):
                return self.settings.get(name) or Text(f"${{{name}}}")
            case ListValue(items):
                return [element for element in map(self.plain, items) if element is not _ABSENT]
            case MapValue(items):
                members = {key: self.plain(item) for key, item in items.items()}
                return {key: item for key, item in members.items() if item is not _ABSENT}
            case Function("Fn::If", (Literal(condition), then, otherwise)):
                return self.plain(then if self.holds(str(condition)) else otherwise)
            case Function(name, (Literal(why),)) if name == UNREADABLE:
                return Unknown(str(why))
            case _ if value == NO_VALUE:
                return _ABSENT
            case Concat(pieces):
                return self._text(pieces)
            case _:
                return Text(self._hole(value), frozenset(references(value)))

    def _text(self, pieces: Sequence[Value]) -> Text:
        """Joined text. In JSON, what is no text by itself gets quotes, so that the whole stays JSON."""
        text, inside = "", False
        json = isinstance(pieces[0], Literal) and as_text(pieces[0]).lstrip()[:1] in ("{", "[")
        settings: dict[str, Setting] = {}
        for piece in pieces:
            if isinstance(piece, Literal):
                known = as_text(piece)
                inside ^= json and ends_inside_string(known)
                text += known
                continue
            hole = self._hole(piece)
            if isinstance(piece, ParameterValue) and piece.name in self.settings:
                settings[hole] = self.settings[piece.name]
            text += hole if inside or not json else f'"{hole}"'
        return Text(text, frozenset(references(Concat(tuple(pieces)))), settings)

    def _hole(self, value: Value) -> str:
        """``${...}`` for a value that only the deployment knows; the same for the same value."""
        return f"${{{self._name(value)}}}"

    def _name(self, value: Value) -> str:
        match value:
            case Attribute(urn, path):
                return f"{urn.rpartition('::')[2]}.{describe(path)}"
            case ParameterValue(name) | Pseudo(name):
                return name
            case Function("Fn::If", (Literal(condition), then, otherwise)):
                return self._name(then if self.holds(str(condition)) else otherwise)
            case Function(name, arguments):
                return f"{name}({', '.join(map(self._name, arguments))})"
            case Concat(pieces):
                return "".join(map(self._name, pieces))
            case Literal():
                return as_text(value)
            case ListValue(items):
                return ", ".join(map(self._name, items))
            case Secret(inner):
                return self._name(inner)
            case _:
                return "map"
