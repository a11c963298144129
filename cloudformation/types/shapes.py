"""Changes of form that several services need."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..graph import ListValue, Literal, MapValue, Value

Plain = str | int | float | bool | None


def pairs(key: str = "Key", value: str = "Value") -> Callable[[Value], Value]:
    """A map as a list of key-value pairs under the given names."""

    def convert(original: Value) -> Value:
        if not isinstance(original, MapValue):
            raise ValueError("must be a map, so that it can become a list of pairs")
        return ListValue(tuple(MapValue({key: Literal(name), value: item}) for name, item in original.items.items()))

    return convert


def listed(original: Value) -> Value:
    """A single value as a list of one."""
    return ListValue((original,))


def choice(forms: Mapping[Plain, Plain]) -> Callable[[Value], Value]:
    """One literal in place of another, as ``choice({True: "ENABLED", False: "DISABLED"})``."""

    def convert(original: Value) -> Value:
        if isinstance(original, Literal) and original.value in forms:
            return Literal(forms[original.value])
        raise ValueError(f"must be one of {', '.join(map(str, forms))}")

    return convert


def named_values(original: Value) -> Value:
    """A list of ``{name, value, applyMethod}`` as a map from name to value; CloudFormation chooses when to apply."""
    items = original.items if isinstance(original, ListValue) else ()
    named: dict[str, Value] = {}
    for item in items:
        if not isinstance(item, MapValue) or not isinstance(item.items.get("name"), Literal):
            raise ValueError("must be a list of parameters whose names are written out")
        name = str(item.items["name"].value)  # type: ignore[union-attr]
        if "value" not in item.items:
            raise ValueError(f"must give the parameter {name} a value")
        named[name] = item.items["value"]
    return MapValue(dict(sorted(named.items())))
