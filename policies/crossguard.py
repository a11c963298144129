"""The rules as policies of Pulumi's own: what ``pulumi preview --policy-pack policies`` runs.

A rule that looks at one resource becomes a resource policy, judged on inputs before the resource is touched. A rule
that looks at others too becomes a stack policy, judged at the end of a preview and of a deployment.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pulumi_policy import (
    EnforcementLevel,
    Policy,
    PolicyComplianceFramework,
    PolicyConfigSchema,
    PolicyResource,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy import Severity as PackSeverity
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, UnknownValueError

from .model import (
    STANDARD,
    STANDARD_VERSION,
    Context,
    Finding,
    Lazy,
    Resource,
    Rule,
    Stack,
    Undecided,
    Unknown,
    Violation,
    judge,
)
from .registry import RULES
from .resource_types import LIBRARY
from .waivers import Waiver, load, valid


class Inputs:
    """The inputs of resources, remembered until the stack is judged.

    The engine shows stack policies what AWS made of a resource, in which every input stands that nobody gave. It has
    shown resource policies the inputs before, in the same process.
    """

    def __init__(self) -> None:
        self._props: dict[str, Mapping[str, Any]] = {}

    def remember(self, urn: str, props: Mapping[str, Any]) -> None:
        self._props[urn] = props

    def of(self, urn: str, otherwise: Mapping[str, Any]) -> Mapping[str, Any]:
        return self._props.get(urn, otherwise)


@dataclass(frozen=True)
class Outcome:
    """What a rule says of a resource, or of all that it judges in a stack."""

    violations: Sequence[tuple[str, str | None]]
    """Each on a line, with the URN of the resource where the engine does not know it."""
    undecided: str = ""
    """Why something could not be judged."""

    def tell(self, report: ReportViolation) -> None:
        """Say it as the SDK wants to hear it.

        Raises:
            UnknownValueError: something could not be judged; the engine shows that as an advisory line.
        """
        for message, urn in self.violations:
            report(message, urn)
        if self.undecided:
            error = UnknownValueError(UNKNOWN_STRING_VALUE, [])
            error.message = self.undecided
            raise error


class ResourceRule(ResourceValidationPolicy):
    """A rule that looks at one resource, as a policy."""

    def __init__(self, rule: Rule, waivers: Sequence[Waiver], inputs: Inputs) -> None:
        super().__init__(validate=self._validate, **_metadata(rule))
        self.rule, self._waivers, self._inputs = rule, waivers, inputs

    def outcome(self, resource: Resource, context: Context) -> Outcome:
        """What it says of a resource whose type it judges."""
        lines, undecided = _heard(judge(self.rule, resource, context), self._waivers)
        return Outcome([(message, None) for message in lines], undecided)

    def _validate(self, args: ResourceValidationArgs, report: ReportViolation) -> None:
        self._inputs.remember(args.urn, args.props)
        if self.rule.judges(args.resource_type):
            context = Context(Stack(()), self.rule.limits(args.get_config()))
            self.outcome(_resource(args), context).tell(report)


class StackRule(StackValidationPolicy):
    """A rule that looks at several resources, as a policy."""

    def __init__(self, rule: Rule, waivers: Sequence[Waiver], inputs: Inputs) -> None:
        super().__init__(validate=self._validate, **_metadata(rule))
        self.rule, self._waivers, self._inputs = rule, waivers, inputs

    def outcome(self, context: Context) -> Outcome:
        """What it says of the stack."""
        subjects: Sequence[Resource | None] = (None,) if self.rule.stack_check else context.stack.of(*self.rule.types)
        violations: list[tuple[str, str | None]] = []
        undecided: list[str] = []
        for subject in subjects:
            lines, why = _heard(judge(self.rule, subject, context), self._waivers)
            violations += [(message, subject.urn if subject else None) for message in lines]
            if why:
                undecided.append(f"{subject.name}: {why}" if subject else why)
        return Outcome(violations, "; ".join(undecided))

    def _validate(self, args: StackValidationArgs, report: ReportViolation) -> None:
        stack = Stack([_stack_resource(item, self._inputs) for item in args.resources])
        self.outcome(Context(stack, self.rule.limits(args.get_config()))).tell(report)


def policies(waivers: Sequence[Waiver] | None = None, today: datetime.date | None = None) -> list[Policy]:
    """All rules as policies; waivers that have expired no longer hold.

    Raises:
        WaiverError: the file of waivers is wrong.
    """
    holding = valid(load() if waivers is None else waivers, today or datetime.date.today())
    inputs = Inputs()
    return [(ResourceRule if rule.resource_only else StackRule)(rule, holding, inputs) for rule in RULES]


def _heard(findings: Iterator[Finding], waivers: Sequence[Waiver]) -> tuple[list[str], str]:
    """The violations that no waiver covers, each on a line, and why something could not be judged."""
    lines: list[str] = []
    undecided = ""
    for finding in findings:
        if isinstance(finding, Undecided):
            undecided = finding.why
        elif not any(waiver.covers(finding) for waiver in waivers):
            lines.append(line(finding))
    return lines, undecided


def line(violation: Violation) -> str:
    """What is wrong and what to do, on one line. Rules name values that are a choice, a name or a number; of free text,
    which might be a secret, they say only what is wrong."""
    return f"{violation.message[:1].upper()}{violation.message[1:]}. {violation.rule.remedy}"


def _metadata(rule: Rule) -> dict[str, Any]:
    return {
        "name": rule.id,
        "description": rule.title,
        "display_name": rule.title,
        "enforcement_level": EnforcementLevel(rule.level.value),
        "severity": PackSeverity(rule.severity.value),
        "config_schema": _schema(rule),
        "framework": PolicyComplianceFramework(
            name=STANDARD, version=STANDARD_VERSION, reference=LIBRARY, specification=", ".join(rule.requirements)
        )
        if rule.requirements
        else None,
        "tags": [rule.group.value, *(f"{STANDARD} {number}" for number in rule.requirements)],
        "remediation_steps": rule.remedy,
        "url": rule.url or LIBRARY,
    }


def _schema(rule: Rule) -> PolicyConfigSchema | None:
    if not rule.parameters:
        return None
    properties: dict[str, dict[str, Any]] = {}
    for parameter in rule.parameters:
        properties[parameter.name] = {
            "type": "number",
            "description": parameter.description,
            "default": parameter.default,
            "minimum": parameter.minimum,
            **({} if parameter.maximum is None else {"maximum": parameter.maximum}),
        }
    return PolicyConfigSchema(properties=properties)


def _resource(args: ResourceValidationArgs) -> Resource:
    """A resource as the engine shows it before it is touched."""
    props = args.props
    return Resource(
        args.resource_type,
        args.name,
        args.urn,
        Lazy(props, lambda key: plain(props, key, key)),
        retained=bool(args.opts.protect),
    )


def _stack_resource(source: PolicyResource, inputs: Inputs) -> Resource:
    """A resource as the engine shows it at the end, with what its inputs were computed from."""
    outputs = source.props
    props = inputs.of(source.urn, outputs)
    return Resource(
        source.resource_type,
        source.name,
        source.urn,
        Lazy(props, lambda key: plain(props, key, key)),
        {name: frozenset(item.urn for item in items) for name, items in source.property_dependencies.items() if items},
        Lazy(outputs, lambda key: plain(outputs, key, key)),
        retained=bool(source.opts.protect),
    )


def plain(container: Any, key: Any, path: str) -> Any:
    """One member of a map or list of the engine's as plain data; what is not known yet says so."""
    try:
        value = container[key]
    except UnknownValueError:
        return unknown(path)
    if isinstance(value, Mapping):
        return {name: plain(value, name, f"{path}.{name}") for name in value}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [plain(value, index, f"{path}[{index}]") for index in range(len(value))]
    # Numbers cross the protocol as floats.
    return int(value) if isinstance(value, float) and value.is_integer() else value


def unknown(path: str) -> Unknown:
    """A value that is not known yet."""
    return Unknown(f"{path} is known only after the deployment")
