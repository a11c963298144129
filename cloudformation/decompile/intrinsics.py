"""Reads the values of a CloudFormation template, intrinsic functions and all, as values of the graph."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..conditions import HAS, LACKS, opposite
from ..graph import (
    Attribute,
    Concat,
    Function,
    ListValue,
    Literal,
    MapValue,
    ParameterValue,
    Pseudo,
    Value,
    concat,
    parts,
)
from ..types.model import GetAtt, Ref, ResourceType, parse_path
from ..types.registry import types
from ..values import NO_VALUE, unreadable

_HOLE = re.compile(r"\$\{(!?)([^}]*)\}")


@dataclass
class Reader:
    """Turns plain template data into values."""

    urns: Mapping[str, tuple[str, str]]
    """By logical id, the URN and the Pulumi type (empty for one that is not supported)."""
    parameters: frozenset[str]
    mappings: Mapping[str, Any]
    conditions: Mapping[str, Any]
    region: str
    """Where the template is to be deployed."""
    problems: list[str] = field(default_factory=list)

    def read(self, plain: Any) -> Value:
        if isinstance(plain, Mapping):
            if len(plain) == 1:
                [(name, argument)] = plain.items()
                if name in ("Ref", "Condition") or str(name).startswith("Fn::"):
                    return self._function(str(name), argument)
            return MapValue({str(key): self.read(item) for key, item in plain.items()})
        if isinstance(plain, list):
            return ListValue(tuple(map(self.read, plain)))
        return Literal(plain)

    def _function(self, name: str, argument: Any) -> Value:
        readers: Mapping[str, Callable[[Any], Value]] = {
            "Ref": self._ref,
            "Fn::GetAtt": self._get_att,
            "Fn::Sub": self._sub,
            "Fn::Join": self._join,
            "Fn::If": self._if,
            "Fn::FindInMap": self._find,
        }
        reader = readers.get(name)
        if reader:
            try:
                return reader(argument)
            except (AttributeError, KeyError, TypeError, ValueError):
                self.problems.append(f"{name} is written in a form that CloudFormation would not take")
                return unreadable(self.problems[-1])
        arguments = argument if isinstance(argument, list) else [argument]
        return Function(name, tuple(map(self.read, arguments)))

    def _ref(self, name: Any) -> Value:
        if name == "AWS::NoValue":
            return NO_VALUE
        if str(name).startswith("AWS::"):
            return Pseudo(str(name))
        if name in self.parameters:
            return ParameterValue(str(name))
        return self._attribute(str(name), Ref())

    def _get_att(self, argument: Any) -> Value:
        logical_id, attribute = argument.split(".", 1) if isinstance(argument, str) else argument
        return self._attribute(str(logical_id), GetAtt(str(attribute)))

    def _attribute(self, logical_id: str, wanted: Ref | GetAtt) -> Value:
        """An output of a resource, under the name that Pulumi has for it."""
        if logical_id not in self.urns:
            self.problems.append(f"refers to {logical_id}, which is neither a resource nor a parameter")
            return Function("Ref", (Literal(logical_id),))
        urn, type_ = self.urns[logical_id]
        entry = types().get(type_)
        if isinstance(entry, ResourceType):
            for name, expression in entry.attributes.items():
                if expression == wanted:
                    return Attribute(urn, parse_path(name))
        name = wanted.name if isinstance(wanted, GetAtt) else "id"
        return Attribute(urn, (f"{name[:1].lower()}{name[1:]}",))

    def _sub(self, argument: Any) -> Value:
        text, given = argument if isinstance(argument, list) else (argument, {})
        parts: list[Value] = []
        end = 0
        for hole in _HOLE.finditer(text):
            parts.append(Literal(text[end : hole.start()]))
            escaped, name = hole.groups()
            if escaped:
                parts.append(Literal(f"${{{name}}}"))
            elif name in given:
                parts.append(self.read(given[name]))
            else:
                parts.append(self._get_att(name) if "." in name else self._ref(name))
            end = hole.end()
        return concat([*parts, Literal(text[end:])])

    def _join(self, argument: Any) -> Value:
        delimiter, items = argument
        if not isinstance(items, list):
            return Function("Fn::Join", (Literal(delimiter), self.read(items)))
        parts: list[Value] = []
        for index, item in enumerate(items):
            parts += [Literal(delimiter), self.read(item)] if index else [self.read(item)]
        return concat(parts)

    def _if(self, argument: Any) -> Value:
        condition, then, otherwise = argument
        return Function("Fn::If", (Literal(self.condition(condition)), self.read(then), self.read(otherwise)))

    def condition(self, name: Any) -> str:
        """A condition, named as the compiler names what an optional setting decides, so that both sides are judged."""
        own, negated = str(name), False
        seen = {own}
        while isinstance(other := _negated(self.conditions.get(own)), str) and other not in seen:
            own, negated = other, not negated
            seen.add(own)
        settings = (prefix for prefix in (HAS, LACKS) if own.startswith(prefix))
        if not any(own.removeprefix(prefix) in self.parameters for prefix in settings):
            own = f"{HAS}{own}"
        return opposite(own) if negated else own

    def _find(self, argument: Any) -> Value:
        """An entry of a mapping, where its keys are known: the Region is."""
        found: Any = self.mappings
        for step in argument[:3]:
            key = self.region if step == {"Ref": "AWS::Region"} else step
            found = found.get(key) if isinstance(found, Mapping) and isinstance(key, str) else None
        if found is None:
            return Function("Fn::FindInMap", tuple(map(self.read, argument)))
        return self.read(found)


def _negated(definition: Any) -> Any:
    """The condition of which a definition is just the opposite; None when it is none."""
    match definition:
        case {"Fn::Not": [{"Condition": other}]}:
            return other
    return None


def choice_between_objects(value: Value) -> str | None:
    """The first condition that decides on whole objects, or on lists of them."""
    for part in parts(value):
        match part:
            case Function("Fn::If", (Literal(condition), *sides)) if any(map(_is_structure, sides)):
                return str(condition)
    return None


def _is_structure(value: Value) -> bool:
    match value:
        case ListValue(items):
            return any(map(_is_structure, items))
        case Function("Fn::If", (_, *sides)):
            return any(map(_is_structure, sides))
        case _:
            return isinstance(value, MapValue)


def resolved(value: Value, condition: str, holds: bool) -> Value:
    """The value where a condition holds, or where it does not."""
    match value:
        case Function("Fn::If", (Literal(name), then, otherwise)) if name == condition:
            return resolved(then if holds else otherwise, condition, holds)
        case Function(name, arguments):
            return Function(name, tuple(resolved(item, condition, holds) for item in arguments))
        case MapValue(items):
            members = {key: resolved(item, condition, holds) for key, item in items.items()}
            return MapValue({key: item for key, item in members.items() if item != NO_VALUE})
        case ListValue(items):
            elements = [resolved(item, condition, holds) for item in items]
            return ListValue(tuple(item for item in elements if item != NO_VALUE))
        case Concat(pieces):
            return concat([resolved(item, condition, holds) for item in pieces])
        case _:
            return value
