"""Compiles a CloudFormation template backwards to a program, as far as the supported types allow.

What cannot be read back is said, not guessed: :class:`Decompilation` lists it. The result is good for judging a
template by the policy pack's rules, not for deploying it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..errors import Position
from ..graph import Attribute, ListValue, MapValue, Program, Resource, Value
from ..schema import SchemaError
from ..template_reader import TemplateFile
from ..types.model import Folded
from ..types.registry import types
from ..values import NO_VALUE
from .expansions import without_expansions
from .intrinsics import Reader
from .inversion import by_cloudformation
from .parameters import parameter
from .resources import Child, ResourceReader

# A type of CloudFormation's own that says in one resource what Pulumi says in others.
INLINE_POLICY = "AWS::IAM::Policy"
POLICY_HOLDERS = (
    ("Roles", "aws:iam/rolePolicy:RolePolicy", "role"),
    ("Users", "aws:iam/userPolicy:UserPolicy", "user"),
    ("Groups", "aws:iam/groupPolicy:GroupPolicy", "group"),
)
TEMPLATE = "the template"
# Inputs by which a folded resource names what its parent belongs to, such as an integration its API.
SHARED_WITH_PARENT = ("restApi", "resourceId", "httpMethod", "dbProxyName")


@dataclass(frozen=True)
class Unread:
    """Something in the template that was not read back."""

    resource: str
    """Its logical id; empty for what belongs to no single resource."""
    what: str
    position: Position | None = None

    def __str__(self) -> str:
        place = f"{self.position}: " if self.position else ""
        return f"{place}{self.resource or TEMPLATE}: {self.what}"


@dataclass(frozen=True)
class Decompilation:
    """A program that says what a template says, and what of the template it leaves out."""

    program: Program
    unread: tuple[Unread, ...] = ()
    logical_ids: tuple[str, ...] = ()
    """The template's resources that the program has; the others are among ``unread``."""


def decompile(template: TemplateFile, region: str) -> Decompilation:
    """Read a template back; ``region`` is where it is to be deployed."""
    return _Decompiler(template, region).run()


@dataclass
class _Decompiler:
    template: TemplateFile
    region: str
    resources: dict[str, Resource] = field(default_factory=dict)
    unread: list[Unread] = field(default_factory=list)
    logical_ids: list[str] = field(default_factory=list)

    def run(self) -> Decompilation:
        data = self.template.data
        known = by_cloudformation()
        declared: Mapping[str, Any] = data["Resources"]
        parameters = self._section("Parameters")
        urns = {name: _urn(name, known.get(item["Type"], "")) for name, item in declared.items()}
        self.reader = Reader(
            urns, frozenset(parameters), self._section("Mappings"), self._section("Conditions"), self.region
        )
        if "Transform" in data:
            self._note("", "Transform: macros run when it is deployed, and what they make is not judged")
        for logical_id, item in declared.items():
            self._declared(logical_id, *urns[logical_id], item)
        for problem in dict.fromkeys(self.reader.problems):
            self._note("", problem)
        program = Program(
            description=str(data.get("Description", "")),
            region=self.region,
            resources=without_expansions(self.resources),
            parameters=tuple(parameter(name, item) for name, item in parameters.items()),
        )
        return Decompilation(program, tuple(dict.fromkeys(self.unread)), tuple(self.logical_ids))

    def _section(self, name: str) -> dict[str, Any]:
        """A section's entries; those that are no maps are named and left out."""
        section = self.template.data.get(name) or {}
        if not isinstance(section, Mapping):
            self._note("", f"{name} is no map")
            return {}
        for entry, item in section.items():
            if not isinstance(item, Mapping):
                self._note("", f"{name}.{entry} is no map")
        return {entry: item for entry, item in section.items() if isinstance(item, Mapping)}

    def _note(self, logical_id: str, what: str) -> None:
        self.unread.append(Unread(logical_id, what, self._position(logical_id)))

    def _position(self, logical_id: str) -> Position | None:
        lines = self.template.lines("Resources", logical_id) if logical_id else None
        return Position(self.template.name, lines.first) if lines else None

    def _declared(self, logical_id: str, urn: str, type_: str, item: Mapping[str, Any]) -> None:
        if item["Type"] == INLINE_POLICY:
            read = self._inline_policy(logical_id, urn, item)
        elif not type_:
            read = False
            self._note(logical_id, f"{item['Type']} is no supported type")
        else:
            read = self._supported(logical_id, urn, type_, item)
        if read:
            self.logical_ids.append(logical_id)

    def _supported(self, logical_id: str, urn: str, type_: str, item: Mapping[str, Any]) -> bool:
        try:
            side = ResourceReader(type_, item, self.region, self._noter(logical_id)).side(self._properties(item))
        except SchemaError as error:  # not in this Region
            self._note(logical_id, str(error))
            return False
        resource = self._made(logical_id, urn, type_, item, side.inputs)
        self.resources[urn] = resource
        for child in side.children:
            self._child(logical_id, resource, child)
        return True

    def _noter(self, logical_id: str) -> Callable[[str], None]:
        return lambda what: self._note(logical_id, what)

    def _properties(self, item: Mapping[str, Any]) -> MapValue:
        read = self.reader.read(item.get("Properties") or {})
        return read if isinstance(read, MapValue) else MapValue({})

    def _made(
        self, logical_id: str, urn: str, type_: str, item: Mapping[str, Any], inputs: Mapping[str, Value]
    ) -> Resource:
        position = self._position(logical_id)
        condition = item.get("Condition")
        return Resource(
            urn,
            type_,
            logical_id,
            None,
            inputs,
            conditions=(self.reader.condition(condition),) if condition else (),
            retain_on_delete=item.get("DeletionPolicy") in ("Retain", "RetainExceptOnCreate"),
            trace=(position,) if position else (),
        )

    def _child(self, logical_id: str, parent: Resource, child: Child) -> None:
        """Put what the template has inside a resource beside it."""
        entry = types()[child.type]
        assert isinstance(entry, Folded)
        noun = child.type.rpartition(":")[2]
        urn = f"{parent.urn}-{noun}"
        while urn in self.resources:
            urn += "-"
        inputs = dict(child.inputs)
        if isinstance(entry.parent, str):
            inputs[entry.parent] = Attribute(parent.urn, ("id",))
        for name in SHARED_WITH_PARENT:
            if name in entry.properties and name in parent.inputs:
                inputs[name] = parent.inputs[name]
        self.resources[urn] = dataclasses.replace(
            parent,
            urn=urn,
            type=child.type,
            name=f"{logical_id}.{noun}",
            inputs=inputs,
            conditions=(*parent.conditions, *child.conditions),
        )

    def _inline_policy(self, logical_id: str, urn: str, item: Mapping[str, Any]) -> bool:
        """``AWS::IAM::Policy`` is a policy inside each of the roles, users and groups that it names."""
        properties = self._properties(item)
        holders = [
            (f"{urn}-{plural}-{index}", type_, input_, holder)
            for plural, type_, input_ in POLICY_HOLDERS
            for index, holder in enumerate(_elements(properties.items.get(plural)))
        ]
        for own, type_, input_, holder in holders:
            inputs = {
                "name": properties.items.get("PolicyName", NO_VALUE),
                "policy": properties.items.get("PolicyDocument", NO_VALUE),
                input_: holder,
            }
            self.resources[own] = self._made(logical_id, own, type_, item, inputs)
        if not holders:
            self._note(logical_id, "names no role, user or group in a form that can be read back")
        return bool(holders)


def _elements(value: Value | None) -> tuple[Value, ...]:
    return value.items if isinstance(value, ListValue) else ()


def _urn(logical_id: str, type_: str) -> tuple[str, str]:
    """A resource's URN and its Pulumi type, which is empty for one that is not supported."""
    return f"urn:pulumi:stack::template::{type_ or 'aws:unknown:Unknown'}::{logical_id}", type_
