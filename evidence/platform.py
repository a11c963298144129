"""The recorded program as the evidence looks at it: resources by type, what they refer to, and where they stand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from cloudformation.compiler import Compilation
from cloudformation.errors import Position
from cloudformation.graph import (
    Attribute,
    Concat,
    Function,
    ListValue,
    Literal,
    MapValue,
    ParameterValue,
    Pseudo,
    Resource,
    Secret,
    Value,
    as_text,
    parse_json,
    references,
)
from cloudformation.program import Parameter
from cloudformation.synth import Synthesis
from cloudformation.template_reader import TemplateFile, parse_template
from cloudformation.types.registry import types

TEMPLATE = "TapStack.yml"
SHARED_LAYER = "compiler"
"""Layer of what the compiler adds for the whole template: the functions behind custom resources."""


@dataclass(frozen=True)
class Place:
    """Where a resource stands: in the template and in the program."""

    logical_id: str
    """Of the template's resource that it is, or is part of."""
    template_line: int | None
    position: Position | None


class Platform:
    """Read access to one synthesis."""

    def __init__(self, synthesis: Synthesis) -> None:
        self.synthesis = synthesis
        self.compilation: Compilation = synthesis.compilation
        self.program = self.compilation.program

    @cached_property
    def _by_type(self) -> dict[str, tuple[Resource, ...]]:
        found: dict[str, list[Resource]] = {}
        for resource in self.program.resources.values():
            found.setdefault(resource.type, []).append(resource)
        return {name: tuple(members) for name, members in found.items()}

    @cached_property
    def _text(self) -> TemplateFile:
        return parse_template(self.synthesis.text, TEMPLATE)

    @cached_property
    def _users(self) -> dict[str, tuple[Resource, ...]]:
        found: dict[str, dict[str, Resource]] = {}
        for resource in self.program.resources.values():
            for urn in sorted({urn for value in resource.inputs.values() for urn in references(value)}):
                found.setdefault(urn, {})[resource.urn] = resource
        return {urn: tuple(users.values()) for urn, users in found.items()}

    def of(self, *names: str) -> tuple[Resource, ...]:
        """Resources of the given Pulumi types, in program order within each type."""
        return tuple(resource for name in names for resource in self._by_type.get(name, ()))

    def users(self, resource: Resource, *names: str) -> tuple[Resource, ...]:
        """Resources (of the given types) with an input made from ``resource``."""
        return tuple(user for user in self._users.get(resource.urn, ()) if not names or user.type in names)

    def target(self, value: Value | None) -> Resource | None:
        """The one resource that a value is an output of or is made from; None when there is no or more than one."""
        if value is None:
            return None
        found = sorted(references(value))
        return self.program.resources.get(found[0]) if len(found) == 1 else None

    def targets(self, value: Value | None) -> tuple[Resource, ...]:
        """All resources that a value is made from, in the order of a list's items."""
        if value is None:
            return ()
        items = value.items if isinstance(value, ListValue) else (value,)
        urns = dict.fromkeys(urn for item in items for urn in sorted(references(item)))
        return tuple(self.program.resources[urn] for urn in urns if urn in self.program.resources)

    def layer(self, resource: Resource) -> str:
        """Name of the layer that made it: ``network``."""
        chain = []
        parent = resource.parent
        while parent is not None and parent in self.program.components:
            component = self.program.components[parent]
            chain.append(component.name)
            parent = component.parent
        return chain[-2] if len(chain) > 1 else chain[0] if chain else SHARED_LAYER

    @cached_property
    def layers(self) -> tuple[str, ...]:
        """Every layer that has resources, in the program's order."""
        present = {self.layer(resource) for resource in self.program.resources.values()}
        declared = [component.name for component in self.program.components.values()]
        return tuple(name for name in dict.fromkeys([*declared, SHARED_LAYER]) if name in present)

    def summary(self, layer: str) -> str:
        """What a layer is, in the words of its docstring."""
        found = (item.summary for item in self.program.components.values() if item.name == layer)
        return next(found, "Functions that the template needs in place of Pulumi's provider.")

    def place(self, resource: Resource) -> Place:
        owner = self.compilation.owners.get(resource.urn, resource.urn)
        logical_id = self.compilation.logical_ids.get(owner, "")
        return Place(logical_id, self._line(logical_id), resource.position)

    def layer_and_place(self, urn: str) -> tuple[str, Place | None]:
        """Layer and place of a registered resource, also where the template has others in its place."""
        split = self.program.splits.get(urn)
        known = (self.program.resources.get(name) for name in (urn, *(split.made if split else ())))
        resource = next((item for item in known if item is not None), None)
        recorded = self.compilation.recorded.resources.get(urn)
        if resource is None:
            return "", None
        place = self.place(resource)
        return self.layer(resource), Place(place.logical_id, place.template_line, (recorded or resource).position)

    def _line(self, logical_id: str) -> int | None:
        lines = self._text.lines("Resources", logical_id) if logical_id else None
        return lines.first if lines else None

    def cloudformation_type(self, resource: Resource) -> str:
        owner = self.program.resources[self.compilation.owners.get(resource.urn, resource.urn)]
        return str(getattr(types()[owner.type], "cloudformation", owner.type))

    @cached_property
    def parameters(self) -> dict[str, Parameter]:
        return {parameter.name: parameter for parameter in self.program.parameters}

    def bounds(self, value: Value | None) -> tuple[float, float] | None:
        """The least and the greatest number that a value can be at deployment; None when it is none."""
        match value:
            case Literal(bool()) | Literal(None):
                return None
            case Literal(plain):
                return _numbers(plain)
            case ParameterValue(name):
                parameter = self.parameters[name]
                if parameter.allowed_values:
                    allowed = [float(item) for item in parameter.allowed_values]
                    return min(allowed), max(allowed)
                low, high = parameter.min_value, parameter.max_value
                return (float(low), float(high)) if low is not None and high is not None else None
            case _:
                return None


def _numbers(plain: object) -> tuple[float, float] | None:
    try:
        number = float(str(plain))
    except ValueError:
        return None
    return number, number


def at(resource: Resource | Value | None, path: str) -> Value | None:
    """The value at ``a.b.0.c`` in a resource's inputs or inside a value; None when there is none."""
    value: Value | None = MapValue(resource.inputs) if isinstance(resource, Resource) else resource
    for step in path.split("."):
        if isinstance(value, Secret):
            value = value.value
        if isinstance(value, MapValue):
            value = value.items.get(step)
        elif isinstance(value, ListValue) and step.isdigit() and int(step) < len(value.items):
            value = value.items[int(step)]
        else:
            return None
    return value


def items(resource: Resource | Value | None, path: str) -> tuple[Value, ...]:
    """The items of the list at ``path``; empty when there is none."""
    value = at(resource, path)
    return value.items if isinstance(value, ListValue) else ()


def literal(resource: Resource | Value | None, path: str) -> str | int | float | bool | None:
    """The literal at ``path``, or None."""
    value = at(resource, path)
    return value.value if isinstance(value, Literal) else None


def document(value: Value | None) -> Value | None:
    """A JSON text as a value, for example an IAM policy; None when it is none."""
    if not isinstance(value, Literal | Concat):
        return None
    try:
        return parse_json(value)
    except ValueError:
        return None


def statements(value: Value | None) -> tuple[Value, ...]:
    """The statements of an IAM policy given as JSON text."""
    return items(document(value), "Statement")


def words(value: Value | None) -> tuple[str, ...]:
    """A text or a list of texts, as people read them."""
    if value is None:
        return ()
    return tuple(shown(item) for item in value.items) if isinstance(value, ListValue) else (shown(value),)


def shown(value: Value | None) -> str:
    """A value as a person reads it; what only the deployment knows stands as ``${Name}``."""
    match value:
        case None:
            return ""
        case Literal():
            return as_text(value)
        case ParameterValue(name) | Pseudo(name):
            return "${" + name + "}"
        case Attribute(urn, path):
            return "${" + ".".join([urn.rpartition("::")[2], *map(str, path)]) + "}"
        case Concat(pieces):
            return "".join(map(shown, pieces))
        case ListValue(listed):
            return ", ".join(map(shown, listed))
        case MapValue(entries):
            return ", ".join(f"{key}: {shown(item)}" for key, item in entries.items())
        case Function(name, arguments):
            return f"{name}({', '.join(map(shown, arguments))})"
        case Secret():
            return "(secret)"
    return ""


def names(resources: Iterable[Resource]) -> tuple[str, ...]:
    """Logical names without repetition, sorted."""
    return tuple(sorted({resource.name for resource in resources}))
