"""The rules of a type read backwards: which input a property of CloudFormation came from.

There is no second table: everything follows from the data by which programs are compiled.
"""

from __future__ import annotations

import functools
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from ..graph import ListValue, Literal, MapValue, Value
from ..schema import Node, Schema, SchemaError, load
from ..types.model import Drop, Entry, Folded, ResourceType, Spread, To, TypeEntry, parse_path
from ..types.registry import types
from .sdk_inputs import Input, inputs

Names = tuple[str, ...]
"""A path without the indices of lists."""


@dataclass(frozen=True)
class Origin:
    """Where a property came from."""

    source: Names
    rule: To


@dataclass(frozen=True)
class Inversion:
    """One Pulumi type, seen from CloudFormation."""

    entry: TypeEntry
    schema: Schema
    base: Names
    """Where the type's own properties begin in the CloudFormation resource: empty but for folded types."""
    origins: Mapping[Names, tuple[Origin, ...]]
    """By property, the inputs that a rule sends there."""
    pairs: Mapping[Names, Mapping[str, Names]]
    """By list of key-value pairs, the input for each key."""
    beside: frozenset[Names]
    """Properties that only say of which kind a neighbour is."""
    spreads: tuple[Names, ...]
    """Inputs whose members stand in the object around them."""
    defaults: Mapping[str, Value] = field(default_factory=dict)
    """Inputs whose one compilable value is what CloudFormation does anyway."""

    @property
    def entry_explicit(self) -> Collection[str]:
        """Properties that the compiler writes out by itself."""
        return self.entry.explicit if isinstance(self.entry, ResourceType) else ()

    def members(self, source: Names) -> Mapping[str, Input]:
        """The SDK's inputs below an input, by their names in lower case."""
        found = inputs(self.entry.pulumi)
        for name in source:
            here = found.get(name.lower())
            found = here.members if here else {}
        return found

    def place(self, source: Names) -> Names | None:
        """The property that an input becomes; None when it becomes none."""
        return _target(self.entry, self.schema, self.base, source)

    def is_list(self, source: Names) -> bool | None:
        """Whether an input is a list; None when the SDK does not say, as of JSON text."""
        here = self.members(source[:-1]).get(source[-1].lower())
        return here.list if here and (here.list or here.nested) else None

    def is_scalar(self, source: Names) -> bool:
        """Whether an input is neither a list nor an object."""
        here = self.members(source[:-1]).get(source[-1].lower()) if source else None
        return here is not None and not here.list and not here.nested

    def leads_to(self, target: Names) -> bool:
        """Whether some rule sends an input further inside ``target``."""
        return any(other[: len(target)] == target for other in (*self.origins, *self.pairs))

    def claims(self, name: str) -> bool:
        """For a type folded into its parent's own properties: whether the property ``name`` is one of its."""
        own = {target[0] for target in (*self.origins, *self.pairs) if target}
        members = {member.lower(): member for member in self.schema.members(self.schema.root)}
        said = {source.lower() for source in self.entry.properties}
        if isinstance(self.entry, Folded) and isinstance(self.entry.parent, str):
            said.add(self.entry.parent.lower())
        own |= {members[key] for key in inputs(self.entry.pulumi) if key in members and key not in said}
        return name in own


@functools.cache
def inversion(pulumi_type: str, region: str) -> Inversion:
    """Read the rules of a type backwards."""
    entry = types()[pulumi_type]
    schema = _schema(entry, region)
    base = _names(entry.under) if isinstance(entry, Folded) else ()
    origins: dict[Names, list[Origin]] = {}
    pairs: dict[Names, dict[str, Names]] = {}
    beside: set[Names] = set()
    for name, rule in entry.properties.items():
        source = tuple(name.split("."))
        around = _target(entry, schema, base, source[:-1])
        if around is None:
            continue
        if isinstance(rule, To):
            target = (*around, *_names(rule.name))
            origins.setdefault(target, []).append(Origin(source, rule))
            beside.update((*around, *_names(other)) for other in rule.also)
        elif isinstance(rule, Entry):
            place = (*around, *_names(rule.list))
            pairs.setdefault(place, {})[rule.key] = source
    defaults: dict[str, Value] = {
        name: Literal(rule.only[0])
        for name, rule in entry.properties.items()
        if isinstance(rule, Drop) and rule.only and len(rule.only) == 1 and "." not in name
    }
    return Inversion(
        entry,
        schema,
        base,
        {target: tuple(found) for target, found in origins.items()},
        pairs,
        frozenset(beside),
        tuple(tuple(name.split(".")) for name, rule in entry.properties.items() if isinstance(rule, Spread)),
        defaults,
    )


def _names(path: str) -> Names:
    return tuple(step for step in parse_path(path) if isinstance(step, str))


def _schema(entry: TypeEntry, region: str) -> Schema:
    while isinstance(entry, Folded):
        entry = types()[entry.into]
    return entry.schema or load(entry.cloudformation, region)


def _target(entry: TypeEntry, schema: Schema, base: Names, source: Names) -> Names | None:
    """The property that an input becomes; None when it is left out or not known."""
    target = base
    for index, name in enumerate(source):
        rule = entry.properties.get(".".join(source[: index + 1]))
        if isinstance(rule, To):
            target = (*target, *_names(rule.name))
        elif isinstance(rule, Drop | Entry):
            return None
        elif not isinstance(rule, Spread):
            found = _member(schema, target, name)
            if found is None:
                return None
            target = (*target, found)
    return target


def _member(schema: Schema, target: Names, name: str) -> str | None:
    node = node_at(schema, target)
    members = schema.members(node) if node is not None else {}
    return next((member for member in members if member.lower() == name.lower()), None)


def node_at(schema: Schema, target: Names) -> Node | None:
    """The schema of a property (of its elements, where it is a list); None when there is no such property."""
    try:
        node = schema.at(".".join(target))
    except SchemaError:
        return None
    return schema.item(node) if "array" in schema.kinds(node) else node


@functools.cache
def folded_into(pulumi_type: str) -> tuple[str, ...]:
    """The types that end in the properties of another, by Pulumi token."""
    return tuple(name for name, entry in types().items() if isinstance(entry, Folded) and entry.into == pulumi_type)


@functools.cache
def by_cloudformation() -> Mapping[str, str]:
    """The Pulumi type of each CloudFormation type that can be compiled to."""
    return {entry.cloudformation: name for name, entry in types().items() if isinstance(entry, ResourceType)}


def unconverted(rule: To, value: Value) -> Value | None:
    """What ``rule`` converts into ``value``, found by trying; None when nothing that was tried is."""
    convert = rule.convert
    if convert is None:
        return value
    for candidate in _candidates(value):
        try:
            if convert(candidate) == value:
                return candidate
        except (ValueError, KeyError, AttributeError):
            continue
    return None


def _candidates(value: Value) -> list[Value]:
    """Values that a change of form could have started from."""
    found: list[Value] = [Literal(True), Literal(False)]
    if isinstance(value, Literal):
        found += [Literal(str(value.value)), Literal("*/*")]
    if isinstance(value, MapValue):
        found.append(ListValue(tuple(MapValue({"name": Literal(k), "value": v}) for k, v in value.items.items())))
    if isinstance(value, ListValue):
        if len(value.items) == 1:
            found.append(value.items[0])
        for key in ("Key", "Name"):
            named = [item.items for item in value.items if isinstance(item, MapValue) and key in item.items]
            if named and len(named) == len(value.items):
                found.append(MapValue({str(getattr(item[key], "value", item[key])): item["Value"] for item in named}))
        found.append(ListValue(()))
        found.append(ListValue(tuple(_rule(item) for item in value.items if isinstance(item, MapValue))))
        if not value.items:
            found.append(MapValue({}))
    return [*found, value]


def _rule(item: MapValue) -> Value:
    """A security group's rule as Pulumi writes it inside the group."""
    names = {"IpProtocol": "protocol", "FromPort": "fromPort", "ToPort": "toPort", "Description": "description"}
    made: dict[str, Value] = {names[key]: value for key, value in item.items.items() if key in names}
    for key, value in item.items.items():
        for ending, name in (
            ("CidrIp", "cidrBlocks"),
            ("CidrIpv6", "ipv6CidrBlocks"),
            ("PrefixListId", "prefixListIds"),
            ("SecurityGroupId", "securityGroups"),
        ):
            if key.endswith(ending):
                made[name] = ListValue((value,))
    return MapValue(made)
