"""Checks a resource's inputs against its schema, and says of every fault where it is and what belongs there."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .. import values
from .schema import (
    Anything,
    Choice,
    Field,
    File,
    ListOf,
    MapOf,
    OneOf,
    ResourceSchema,
    Scalar,
    Structure,
    Type,
    fields_of,
)

WORDS = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}


@dataclass(frozen=True)
class Fault:
    """One input that cannot be accepted."""

    path: str
    reason: str


def check(schema: ResourceSchema, inputs: Mapping[str, Any]) -> list[Fault]:
    """Everything that is wrong with a resource's inputs."""
    return list(_check_fields(schema.inputs, inputs, ""))


def _check_fields(fields: Mapping[str, Field], given: Mapping[str, Any], path: str) -> Iterator[Fault]:
    for name, value in given.items():
        if name.startswith("__") or value is None:
            continue
        if name in fields:
            yield from _check_value(fields[name].type, value, f"{path}{name}")
        else:
            close = difflib.get_close_matches(name, fields, n=1)
            hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(sorted(fields))}."
            yield Fault(f"{path}{name}", f"there is no such input; {hint}")
    for name, field in fields.items():
        if field.required and given.get(name) is None:
            yield Fault(f"{path}{name}", f"this input is required: {describe(field.type)}.")


def _check_value(expected: Type, value: Any, path: str) -> Iterator[Fault]:
    if value == values.UNKNOWN or isinstance(expected, Anything):
        return
    if isinstance(expected, OneOf):
        if all(any(_check_value(member, value, path)) for member in expected.members):
            yield _mistyped(expected, value, path)
    elif isinstance(expected, ListOf) and isinstance(value, list):
        for index, item in enumerate(value):
            yield from _check_value(expected.item, item, f"{path}[{index}]")
    elif isinstance(expected, MapOf | Structure) and isinstance(value, Mapping) and values.SIGNATURE not in value:
        if isinstance(expected, Structure):
            yield from _check_fields(fields_of(expected.python), value, f"{path}.")
        else:
            for name, item in value.items():
                yield from _check_value(expected.item, item, f"{path}.{name}")
    elif not _is_one(expected, value):
        yield _mistyped(expected, value, path)


def _is_one(expected: Type, value: Any) -> bool:
    if isinstance(expected, Choice):
        return any(
            value == option and isinstance(value, bool) == isinstance(option, bool) for option in expected.options
        )
    if isinstance(expected, File):
        return values.signature(value) == expected.signature
    if not isinstance(expected, Scalar):
        return False
    if expected.python in (int, float):
        number = isinstance(value, int | float) and not isinstance(value, bool)
        return number and (expected.python is float or float(value).is_integer())
    return isinstance(value, expected.python)


def _mistyped(expected: Type, value: Any, path: str) -> Fault:
    shown = repr(value)
    shown = shown if len(shown) <= 60 else f"{shown[:57]}..."
    return Fault(path, f"{describe(expected)} is expected, not {shown}.")


def describe(expected: Type) -> str:
    """A type in words."""
    match expected:
        case Scalar(python):
            return WORDS[python]
        case Choice(options):
            return "one of " + ", ".join(map(str, options))
        case ListOf(item):
            return f"a list (each item: {describe(item)})"
        case MapOf(item):
            return f"a map (each value: {describe(item)})"
        case Structure(python):
            return f"an object with {', '.join(sorted(fields_of(python)))}"
        case File(signature):
            return "an archive" if signature == values.ARCHIVE else "an asset"
        case OneOf(members):
            return " or ".join(map(describe, members))
        case _:
            return "anything"
