"""The rules as policies of Pulumi's own: what ``pulumi preview --policy-pack policies`` runs.

A rule that looks at one resource becomes a resource policy, judged on inputs before the resource is touched. A rule
that looks at others too becomes a stack policy, judged at the end of a preview and of a deployment.
"""

from __future__ import annotations

import datetime
import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
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
from .registry import RULES, rules_for
from .resource_types import LIBRARY
from .waivers import Waiver, load, valid


class Inputs:
    """The inputs of resources, remembered until the stack is judged.

    The engine shows stack policies what AWS made of a resource, in which every input stands that nobody gave. It has
    shown resource policies the inputs before, in the same process.
    """

    def __init__(self) -> None:
        self._props: dict[str, Mapping[str, Any]] = {}

    def remember(self, args: ResourceValidationArgs) -> None:
        self._props[args.urn] = args.props

    def of(self, resource: PolicyResource) -> Mapping[str, Any]:
        return self._props.get(resource.urn, resource.props)


def policies(waivers: Sequence[Waiver] | None = None, today: datetime.date | None = None) -> list[Policy]:
    """All rules as policies; waivers that have expired no longer hold.

    Raises:
        WaiverError: the file of waivers is wrong.
    """
    holding = valid(load() if waivers is None else waivers, today or datetime.date.today())
    inputs = Inputs()
    return [
        _resource_policy(rule, holding, inputs) if rule.resource_only else _stack_policy(rule, holding, inputs)
        for rule in RULES
    ]


def _resource_policy(rule: Rule, waivers: Sequence[Waiver], inputs: Inputs) -> ResourceValidationPolicy:
    def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
        inputs.remember(args)
        if rule not in rules_for(args.resource_type):
            return
        context = Context(Stack(()), rule.limits(args.get_config()))
        _report(judge(rule, _resource(args), context), waivers, lambda message: report(message, None))

    return ResourceValidationPolicy(validate=validate, **_metadata(rule))


def _stack_policy(rule: Rule, waivers: Sequence[Waiver], inputs: Inputs) -> StackValidationPolicy:
    def validate(args: StackValidationArgs, report: ReportViolation) -> None:
        stack = _stack(args.resources, inputs)
        context = Context(stack, rule.limits(args.get_config()))
        subjects: Sequence[Resource | None] = (None,) if rule.stack_check else stack.of(*rule.types)
        undecided: list[str] = []
        for subject in subjects:
            try:
                _report(judge(rule, subject, context), waivers, functools.partial(_on, report, subject))
            except UnknownValueError as unknown:
                undecided.append(f"{subject.name}: {unknown.message}" if subject else unknown.message)
        if undecided:
            raise _unknown("; ".join(undecided))

    return StackValidationPolicy(validate=validate, **_metadata(rule))


def _stack(resources: Sequence[PolicyResource], inputs: Inputs) -> Stack:
    """The stack as rules see it; made once for a list of resources that several policies are given."""
    if isinstance(resources, SharedResources):
        resources.stack = resources.stack or Stack([_stack_resource(item, inputs) for item in resources])
        return resources.stack
    return Stack([_stack_resource(item, inputs) for item in resources])


class SharedResources(list[PolicyResource]):
    """Resources that all stack policies are given; see :mod:`policies.serving`."""

    stack: Stack | None = None


def _on(report: ReportViolation, subject: Resource | None, message: str) -> None:
    report(message, subject.urn if subject else None)


def _report(findings: Iterator[Finding], waivers: Sequence[Waiver], report: Callable[[str], None]) -> None:
    """Report each violation on a line of its own, with what to do.

    Raises:
        UnknownValueError: something could not be judged; the engine shows that as an advisory line.
    """
    undecided = ""
    for finding in findings:
        if isinstance(finding, Undecided):
            undecided = finding.why
        elif not any(waiver.covers(finding) for waiver in waivers):
            report(line(finding))
    if undecided:
        raise _unknown(undecided)


def line(violation: Violation) -> str:
    """What is wrong and what to do, on one line. No value of an input is in it: it might be a secret."""
    return f"{violation.message[:1].upper()}{violation.message[1:]}. {violation.rule.remedy}"


def _unknown(why: str) -> UnknownValueError:
    error = UnknownValueError(UNKNOWN_STRING_VALUE, [])
    error.message = why
    return error


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
        Lazy(props, lambda key: _plain(props, key, key)),
        retained=bool(args.opts.protect),
    )


def _stack_resource(source: PolicyResource, inputs: Inputs) -> Resource:
    """A resource as the engine shows it at the end, with what its inputs were computed from."""
    props, outputs = inputs.of(source), source.props
    return Resource(
        source.resource_type,
        source.name,
        source.urn,
        Lazy(props, lambda key: _plain(props, key, key)),
        {name: frozenset(item.urn for item in items) for name, items in source.property_dependencies.items() if items},
        Lazy(outputs, lambda key: _plain(outputs, key, key)),
        retained=bool(source.opts.protect),
    )


def _plain(container: Any, key: Any, path: str) -> Any:
    """One member of a map or list of the engine's as plain data; what is not known yet says so."""
    try:
        value = container[key]
    except UnknownValueError:
        return Unknown(f"{path} is known only after the deployment")
    if isinstance(value, Mapping):
        return {name: _plain(value, name, f"{path}.{name}") for name in value}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [_plain(value, index, f"{path}[{index}]") for index in range(len(value))]
    # Numbers cross the protocol as floats.
    return int(value) if isinstance(value, float) and value.is_integer() else value
