"""Mutants: the platform broken one property at a time. ``mutant_operators`` says in which ways."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from cloudformation.compiler import Compilation
from cloudformation.graph import (
    Concat,
    ListValue,
    Literal,
    MapValue,
    Path,
    Program,
    Resource,
    Value,
    describe,
    parse_json,
    to_json,
)
from cloudformation.schema import Node, Schema, SchemaError, load
from cloudformation.types.model import ResourceType
from cloudformation.types.registry import types

REMOVED = Literal("\ue000removed")


@dataclass(frozen=True)
class Mutant:
    """The platform with one thing broken."""

    operator: str
    resource: Resource
    where: str
    what: str
    make: Callable[[], Program]

    @property
    def title(self) -> str:
        return f"{self.operator}: {self.resource.name} {self.where}: {self.what}"

    @property
    def kind(self) -> tuple[str, ...]:
        """Equal for mutants that break the same thing in another resource of the type.

        Event rules are told apart: no two of them are for the same events.
        """
        own = self.resource.name if self.resource.type.endswith(":EventRule") else ""
        return self.operator, self.resource.type, own, re.sub(r"\d+", "*", self.where), self.what


# Editing a recorded program.


@dataclass(frozen=True)
class Tree:
    """A resource's inputs with JSON texts read as maps and lists."""

    resource: Resource
    root: MapValue
    texts: frozenset[str]

    @classmethod
    def of(cls, resource: Resource) -> Tree:
        inputs: dict[str, Value] = {}
        texts = set()
        for name, value in resource.inputs.items():
            first = value.parts[0] if isinstance(value, Concat) else value
            looks = isinstance(first, Literal) and isinstance(first.value, str) and first.value[:1] in ("{", "[")
            if isinstance(value, Literal | Concat) and looks:
                try:
                    inputs[name] = parse_json(value)
                    texts.add(name)
                    continue
                except ValueError:
                    pass
            inputs[name] = value
        return cls(resource, MapValue(inputs), frozenset(texts))

    def replaced(self, path: Path, value: Value) -> Resource:
        """The resource with another value at ``path``; REMOVED takes it away."""
        root = _replaced(self.root, path, value)
        assert isinstance(root, MapValue)
        inputs = {name: to_json(item) if name in self.texts else item for name, item in root.items.items()}
        return dataclasses.replace(self.resource, inputs=inputs)


def _replaced(node: Value, path: Path, value: Value) -> Value:
    if not path:
        return value
    step, *rest = path
    if isinstance(node, MapValue):
        members = dict(node.items)
        members[str(step)] = _replaced(members.get(str(step), MapValue({})), tuple(rest), value)
        return MapValue({name: item for name, item in members.items() if item != REMOVED})
    assert isinstance(node, ListValue)
    assert isinstance(step, int)
    items = [_replaced(item, tuple(rest), value) if index == step else item for index, item in enumerate(node.items)]
    return ListValue(tuple(item for item in items if item != REMOVED))


def nodes(value: Value, path: Path = ()) -> Iterator[tuple[Path, Value]]:
    """Every value inside, containers too, outermost first."""
    yield path, value
    if isinstance(value, MapValue):
        for name, item in value.items.items():
            yield from nodes(item, (*path, name))
    elif isinstance(value, ListValue):
        for index, item in enumerate(value.items):
            yield from nodes(item, (*path, index))


@dataclass(frozen=True)
class Bench:
    """The platform, and what AWS's schemas say of each input."""

    program: Program
    compilation: Compilation

    def edited(self, resource: Resource) -> Program:
        return dataclasses.replace(self.program, resources={**self.program.resources, resource.urn: resource})

    def without(self, urn: str) -> Program:
        return dataclasses.replace(
            self.program, resources={key: item for key, item in self.program.resources.items() if key != urn}
        )

    def schemas(self) -> Mapping[tuple[str, Path], Node]:
        """By URN and path of an input, the schema of the property that it became."""
        found: dict[tuple[str, Path], Node] = {}
        for placement in self.compilation.placements:
            owner = self.compilation.program.resources.get(placement.owner_urn)
            if placement.target is None or owner is None:
                continue
            entry = types().get(owner.type)
            if isinstance(entry, ResourceType) and entry.schema is None:
                schema = load(entry.cloudformation, self.program.region)
                node = _node(schema, placement.target)
                if node is not None:
                    found[placement.source_urn, placement.source] = node
        return found


def _node(schema: Schema, path: Path) -> Node | None:
    try:
        node = schema.at(".".join(str(step) for step in path if isinstance(step, str)))
    except SchemaError:
        return None
    if isinstance(path[-1], int):
        node = schema.item(node)
    merged: dict[str, object] = {}
    for alternative in schema.alternatives(node):
        merged = {**alternative, **merged}
    return merged


def edit(  # noqa: PLR0917 - what, where and how
    bench: Bench, tree: Tree, path: Path, value: Value, operator: str, what: str, where: str | None = None
) -> Mutant:
    return Mutant(
        operator,
        tree.resource,
        describe(path) if where is None else where,
        what,
        lambda: bench.edited(tree.replaced(path, value)),
    )


def whole(bench: Bench, resource: Resource, inputs: Mapping[str, Value], operator: str, what: str) -> Mutant:
    return Mutant(operator, resource, "", what, lambda: bench.edited(dataclasses.replace(resource, inputs=inputs)))


def added(bench: Bench, near: Resource, type_: str, name: str, inputs: Mapping[str, Value]) -> Mutant:
    urn = near.urn.rpartition("::")[0].rpartition("::")[0] + f"::{type_}::{near.name}-{name}"
    new = Resource(urn, type_, f"{near.name}-{name}", near.parent, inputs, trace=near.trace)
    return Mutant("add", near, "", name, lambda: bench.edited(new))
