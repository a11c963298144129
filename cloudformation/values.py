"""Plain Python data as values."""

from __future__ import annotations

from .graph import Function, ListValue, Literal, MapValue, Value


def from_python(plain: object) -> Value:
    """A value made of literals; tuples count as lists, values stay as they are."""
    match plain:
        case dict():
            return MapValue({str(key): from_python(item) for key, item in plain.items()})
        case list() | tuple():
            return ListValue(tuple(map(from_python, plain)))
        case str() | int() | float() | bool() | None:
            return Literal(plain)
        case _:
            assert isinstance(plain, Value), plain
            return plain


def ref(name: str) -> Function:
    """``Ref`` to a logical id, a parameter or a pseudo parameter."""
    return Function("Ref", (Literal(name),))


def get_att(logical_id: str, attribute: str) -> Function:
    """``Fn::GetAtt``."""
    return Function("Fn::GetAtt", (Literal(logical_id), Literal(attribute)))


NO_VALUE = ref("AWS::NoValue")
"""Stands for nothing at all: the property or element with this value is left out."""

UNREADABLE = "Unreadable"


def unreadable(why: str) -> Function:
    """Stands for a value that cannot be read back: rules say that they cannot know, and do not take it for absent."""
    return Function(UNREADABLE, (Literal(why),))
