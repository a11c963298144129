"""What a change set says of each resource, worked out before any is touched.

As in AWS, what an attribute of a changed resource will be is not known in advance: whatever uses it is listed as well,
with the evaluation ``Dynamic``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from .errors import ResourceError, TemplateError
from .intrinsics import Scope, resolve, uses
from .order import creation_order, dependencies
from .schemas import ResourceSchema
from .stacks import Plan, Stack, StackResource

AFTER = "{{changeSet:KNOWN_AFTER_APPLY}}"
"""What AWS writes for a value that only the deployment will tell."""

ATTRIBUTES = ("Metadata", "CreationPolicy", "UpdatePolicy", "DeletionPolicy", "UpdateReplacePolicy")
PROPERTIES = "Properties"
NEVER, CONDITIONALLY, ALWAYS = "Never", "Conditionally", "Always"
REPLACEMENTS = {NEVER: "False", CONDITIONALLY: "Conditional", ALWAYS: "True"}


@dataclass(frozen=True)
class Detail:
    """One reason for a change, as the API writes it."""

    attribute: str
    name: str
    requires: str
    evaluation: str
    source: str
    cause: str = ""

    @property
    def effect(self) -> str:
        """What it does to the resource: what is not sure replaces it at most perhaps."""
        return CONDITIONALLY if self.requires == ALWAYS and self.evaluation == "Dynamic" else self.requires

    def as_answer(self) -> dict[str, Any]:
        target = {"Attribute": self.attribute, "Name": self.name or None, "RequiresRecreation": self.requires}
        return {
            "Target": target,
            "Evaluation": self.evaluation,
            "ChangeSource": self.source,
            "CausingEntity": self.cause or None,
        }


def changes(stack: Stack, plan: Plan, scope: Scope) -> list[dict[str, Any]]:
    """Every resource that carrying out ``plan`` would add, change or remove; ``scope`` is that of the plan."""
    return list(_Comparison(stack, plan, scope).answers())


class _Comparison:
    def __init__(self, stack: Stack, plan: Plan, scope: Scope) -> None:
        self._stack = stack
        self._plan = plan
        self._scope = replace(
            scope,
            reference=lambda name: AFTER if self._is_new(name) else scope.reference(name),
            attribute=lambda name, attribute: AFTER if self._is_new(name) else scope.attribute(name, attribute),
        )
        self._before = stack.plan.template.resources
        names = {**stack.plan.parameters, **plan.parameters}
        self._parameters = {name for name in names if stack.plan.parameters.get(name) != plan.parameters.get(name)}
        self._effects: dict[str, str] = {}
        """What happens to the resources whose properties change."""

    def _is_new(self, name: str) -> bool:
        return name not in self._stack.resources or self._effects.get(name) == ALWAYS

    def answers(self) -> Iterator[dict[str, Any]]:
        """One entry per resource, those that others need first; what goes comes last."""
        wanted = set()
        for name in creation_order(dependencies(self._plan.template)):
            declaration = self._plan.template.resources[name]
            if "Condition" in declaration and not self._scope.condition(declaration["Condition"]):
                continue
            wanted.add(name)
            existing = self._stack.resources.get(name)
            if existing is None:
                yield {"Action": "Add", "LogicalResourceId": name, "ResourceType": declaration["Type"], "Details": []}
            elif details := self._details(existing, declaration):
                yield self._modification(existing, declaration, details)
        for name, resource in self._stack.resources.items():
            if name not in wanted:
                yield _entry("Remove", resource, _policy(resource.policies, "DeletionPolicy"))

    def _modification(
        self, existing: StackResource, declaration: Mapping[str, Any], details: list[Detail]
    ) -> dict[str, Any]:
        effect = max((detail.effect for detail in details), key=list(REPLACEMENTS).index)
        if any(detail.attribute == PROPERTIES for detail in details):
            self._effects[existing.record.logical_id] = effect
        policy = "" if effect == NEVER else f"ReplaceAnd{_policy(declaration, 'UpdateReplacePolicy')}"
        return {
            **_entry("Modify", existing, policy),
            "Replacement": REPLACEMENTS[effect],
            "Scope": sorted({detail.attribute for detail in details}),
            "Details": [detail.as_answer() for detail in details],
        }

    def _details(self, existing: StackResource, declaration: Mapping[str, Any]) -> list[Detail]:
        before = self._before[existing.record.logical_id]
        found = [
            Detail(name, "", NEVER, "Static", "DirectModification")
            for name in ATTRIBUTES
            if before.get(name) != declaration.get(name)
        ]
        old, new = existing.record.properties, self._properties(existing, declaration)
        for name in {**old, **new}:
            ways = tuple(template.get("Properties", {}).get(name) for template in (before, declaration))
            found += self._causes(existing, name, ways, (old.get(name), new.get(name)))
        return found

    def _properties(self, existing: StackResource, declaration: Mapping[str, Any]) -> dict[str, Any]:
        """The properties as they will be, as far as that can be known."""
        found: dict[str, Any] = {}
        for name, value in declaration.get("Properties", {}).items():
            try:
                found |= resolve({name: value}, self._scope)
            except (TemplateError, ResourceError):
                # A function that cannot take apart what is not known yet.
                found[name] = AFTER
        return existing.record.schema.typed(found)

    def _causes(
        self, existing: StackResource, name: str, declared: tuple[Any, ...], values: tuple[Any, ...]
    ) -> list[Detail]:
        """Why one property changes, or may; ``declared`` and ``values`` are what was and what will be."""
        different = values[0] != values[1]
        requires = _recreation(existing.record.schema, name, *(values if different else (values[0], AFTER)))
        detail = partial(Detail, PROPERTIES, name, requires)
        found = [detail("Static", "DirectModification")] if different and declared[0] != declared[1] else []
        for used, attribute in dict.fromkeys(uses(declared[1])):
            effect = self._effects.get(used)
            if used in self._parameters and different:
                found.append(detail("Static", "ParameterReference", used))
            elif attribute and effect:
                found.append(detail("Dynamic", "ResourceAttribute", f"{used}.{attribute}"))
            elif effect in (CONDITIONALLY, ALWAYS):
                found.append(detail("Static" if effect == ALWAYS else "Dynamic", "ResourceReference", used))
        # What is different for another reason: a condition or a mapping changed.
        return found or ([detail("Static", "DirectModification")] if different else [])


def _recreation(schema: ResourceSchema, name: str, old: Any, new: Any) -> str:
    """Whether another value of a property makes another resource."""
    before, after = ({} if value is None else {name: value} for value in (old, new))
    if schema.replaces(before, after):
        return ALWAYS
    conditional = schema.schema.names("conditionalCreateOnlyProperties")
    return CONDITIONALLY if any(path.split(".")[0] == name for path in conditional) else NEVER


def _entry(action: str, resource: StackResource, policy: str) -> dict[str, Any]:
    record = resource.record
    return {
        "Action": action,
        "LogicalResourceId": record.logical_id,
        "PhysicalResourceId": record.physical_id,
        "ResourceType": record.type_name,
        "PolicyAction": policy or None,
        "Details": [],
    }


def _policy(policies: Mapping[str, Any], name: str) -> str:
    return str(policies.get(name, "Delete"))
