"""Checks parameter values and the template's rules, as CloudFormation does before it creates a change set."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .account import ACCOUNT_ID, PARTITION, REGION, URL_SUFFIX
from .errors import TemplateError
from .intrinsics import Scope, resolve
from .template import Template


def pseudo_parameters(stack_name: str, stack_id: str) -> dict[str, Any]:
    """The values of ``AWS::Region`` and its like for one stack."""
    return {
        "AWS::AccountId": ACCOUNT_ID,
        "AWS::NotificationARNs": [],
        "AWS::Partition": PARTITION,
        "AWS::Region": REGION,
        "AWS::StackId": stack_id,
        "AWS::StackName": stack_name,
        "AWS::URLSuffix": URL_SUFFIX,
    }


def parameter_values(template: Template, given: Mapping[str, str]) -> dict[str, Any]:
    """The value of every parameter: as given, or its default.

    Raises:
        TemplateError: naming each parameter that is unknown, missing, or outside of its constraints.
    """
    declared = template.section("Parameters")
    unknown = sorted(set(given) - set(declared))
    if unknown:
        raise TemplateError(f"Parameters: [{', '.join(unknown)}] do not exist in the template")
    values = {name: given.get(name, parameter.get("Default")) for name, parameter in declared.items()}
    missing = sorted(name for name, value in values.items() if value is None)
    if missing:
        raise TemplateError(f"Parameters: [{', '.join(missing)}] must have values")
    return {name: _checked(name, declared[name], str(value)) for name, value in values.items()}


def _checked(name: str, declaration: Mapping[str, Any], value: str) -> Any:
    kind = declaration.get("Type", "String")
    if kind.startswith("AWS::SSM::"):
        raise TemplateError(f"Parameter {name}: the emulator does not look up SSM parameters ({kind})")
    if kind in {"Number", "List<Number>"}:
        for item in value.split(",") if kind != "Number" else [value]:
            if not re.fullmatch(r"\s*-?\d+(\.\d+)?\s*", item):
                raise TemplateError(f"Parameter '{name}' must be a number.")
    objection = _objection(declaration, value)
    if objection:
        description = declaration.get("ConstraintDescription")
        raise TemplateError(f"Parameter {name} failed to satisfy constraint: {description or objection}")
    if kind == "CommaDelimitedList" or kind.startswith("List<"):
        return [item.strip() for item in value.split(",")]
    return value


def _objection(declaration: Mapping[str, Any], value: str) -> str:
    limits = {key: declaration[key] for key in declaration if key.startswith(("Min", "Max"))}
    pattern = declaration.get("AllowedPattern")
    allowed = declaration.get("AllowedValues")
    if pattern is not None and not re.fullmatch(pattern, value):
        return f"must match pattern {pattern}"
    if allowed is not None and value not in map(str, allowed):
        return f"must be one of [{', '.join(map(str, allowed))}]"
    measures = {"MinLength": len(value), "MaxLength": len(value)}
    if "MinValue" in limits or "MaxValue" in limits:
        measures |= {"MinValue": float(value), "MaxValue": float(value)}  # type: ignore[dict-item]
    for limit, bound in limits.items():
        measured = measures[limit]
        if measured < float(bound) if limit.startswith("Min") else measured > float(bound):
            return f"{limit} is {bound}"
    return ""


def check_rules(template: Template, values: Mapping[str, Any]) -> None:
    """Evaluate the template's ``Rules``.

    Raises:
        TemplateError: naming the first assertion that does not hold.
    """
    scope = Scope(values=values)
    for name, rule in template.section("Rules").items():
        if "RuleCondition" in rule and not resolve(rule["RuleCondition"], scope):
            continue
        for assertion in rule.get("Assertions", []):
            if not resolve(assertion["Assert"], scope):
                reason = assertion.get("AssertDescription", "its assertion does not hold")
                raise TemplateError(f"Template rule {name} failed: {reason}")
