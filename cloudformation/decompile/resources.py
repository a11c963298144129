"""Reads one resource's properties back: its own inputs, and the resources that Pulumi has beside it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ..conditions import opposite
from ..graph import Function, ListValue, Literal, MapValue, Value
from ..types.model import Drop, Folded, To
from ..types.registry import types
from ..values import NO_VALUE, from_python, unreadable
from .intrinsics import choice_between_objects, resolved
from .inversion import folded_into, inversion
from .properties import Reading

ROLE = "aws:iam/role:Role"
SECURITY_GROUP = "aws:ec2/securityGroup:SecurityGroup"
# CloudFormation's default where Pulumi's provider has none.
ALL_EGRESS = from_python(
    [
        {
            "protocol": "-1",
            "fromPort": 0,
            "toPort": 0,
            "cidrBlocks": ["0.0.0.0/0"],
            "description": "CloudFormation's default",
        }
    ]
)
# Each doubles the work.
MOST_CONDITIONS = 6


@dataclass(frozen=True)
class Child:
    """What a template has inside a resource, and Pulumi beside it."""

    type: str
    inputs: Mapping[str, Value]
    conditions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Side:
    """A resource's inputs and children, on one side of the conditions in its properties."""

    inputs: dict[str, Value]
    children: tuple[Child, ...]


@dataclass(frozen=True)
class ResourceReader:
    """Reads one resource of a template."""

    type: str
    """Pulumi's."""
    item: Mapping[str, Any]
    """The resource as it stands in the template."""
    region: str
    note: Callable[[str], None]
    """Takes what has no place in a program."""

    def side(self, properties: MapValue, depth: int = MOST_CONDITIONS) -> Side:
        """What the properties are where each condition holds, and where it does not."""
        condition = choice_between_objects(properties)
        if condition is not None and depth:
            then, otherwise = (
                self.side(_map(resolved(properties, condition, holds)), depth - 1) for holds in (True, False)
            )
            return _joined(condition, then, otherwise)
        if condition is not None:
            self.note(f"depends on more than {MOST_CONDITIONS} conditions")
        back = inversion(self.type, self.region)
        own, folded = self._divided(properties)
        inputs = {**back.defaults, **Reading(back, self.note).inputs(own, ())}
        children = [self._child(child, value) for child, value in folded]
        return Side(self._adjusted(inputs), tuple(child for child in children if child))

    def _divided(self, properties: MapValue) -> tuple[MapValue, list[tuple[str, Value]]]:
        """A resource's own properties, and those that Pulumi has as resources beside it, by their type."""
        own = dict(properties.items)
        if own.get("SecurityGroupEgress") == ListValue(()):
            del own["SecurityGroupEgress"]  # no rule is no different from nothing said
        folded: list[tuple[str, Value]] = []
        for child in folded_into(self.type):
            entry = types()[child]
            assert isinstance(entry, Folded)
            if entry.under and "." not in entry.under:
                found = own.pop(entry.under, None)
                items = found.items if entry.append and isinstance(found, ListValue) else (found,)
                folded += [(child, one) for one in items if one is not None and one != NO_VALUE]
            elif not entry.under:
                back = inversion(child, self.region)
                taken = {name: own.pop(name) for name in list(own) if back.claims(name)}
                if taken:
                    folded.append((child, MapValue(taken)))
        return MapValue(own), folded

    def _child(self, child: str, value: Value) -> Child | None:
        entry = types()[child]
        assert isinstance(entry, Folded)
        if entry.element:
            return Child(child, {entry.element: value})
        if isinstance(value, MapValue):
            back = inversion(child, self.region)
            return Child(child, Reading(back, self.note).inputs(value, back.base))
        self.note(f"{entry.under} is no map that the template writes out")
        return None

    def _adjusted(self, inputs: dict[str, Value]) -> dict[str, Value]:
        """What the two ways take for granted differently."""
        for source, rule in types()[self.type].properties.items():
            if isinstance(rule, Drop) and source == "name":
                inputs["name"] = unreadable(rule.reason)
            elif isinstance(rule, To) and rule.left_out_when_ignored and "." not in source:
                inputs.setdefault(source, unreadable(rule.left_out_when_ignored))
        if self.type == SECURITY_GROUP:
            inputs.setdefault("egress", ALL_EGRESS)
        if "skipFinalSnapshot" in inputs:
            inputs["skipFinalSnapshot"] = Literal(self.item.get("DeletionPolicy") == "Delete")
        if self.type == ROLE and isinstance(inputs.get("policies"), ListValue):
            listed = inputs.pop("policies")
            assert isinstance(listed, ListValue)
            inputs["inlinePolicies"] = ListValue(tuple(map(_inline, listed.items)))
        return inputs


def _map(value: Value) -> MapValue:
    assert isinstance(value, MapValue)
    return value


def _joined(condition: str, then: Side, otherwise: Side) -> Side:
    """Both sides of a condition as one."""
    names = dict.fromkeys([*then.inputs, *otherwise.inputs])
    sides = {name: [side.inputs.get(name, NO_VALUE) for side in (then, otherwise)] for name in names}
    inputs = {
        name: one if one == other else Function("Fn::If", (Literal(condition), one, other))
        for name, (one, other) in sides.items()
    }
    common = tuple(child for child in then.children if child in otherwise.children)
    children = [
        dataclasses.replace(child, conditions=(*child.conditions, name))
        for side, name in ((then, condition), (otherwise, opposite(condition)))
        for child in side.children
        if child not in common
    ]
    return Side(inputs, (*common, *children))


def _inline(policy: Value) -> Value:
    members = policy.items if isinstance(policy, MapValue) else {}
    names = {"PolicyName": "name", "PolicyDocument": "policy"}
    return MapValue({names.get(key, key): item for key, item in members.items()})
