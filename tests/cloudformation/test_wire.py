"""Pulumi's wire: what is written with tokens is read back as what they stand for."""

from __future__ import annotations

from typing import Any

import pytest
from google.protobuf import struct_pb2

from cloudformation.errors import ProgramError, TokenError
from cloudformation.graph import Attribute, Concat, Function, ListValue, Literal, MapValue, Pseudo, Secret, Value
from cloudformation.tokens import OTHER, PLAIN
from cloudformation.wire import Wire

ARN = Attribute("urn:pulumi:stack::demo::a:b:C::name", ("arn",))
VALUES: list[Value] = [
    Literal("text"),
    Literal(3),
    Literal(0.5),
    Literal(True),
    Literal(None),
    ARN,
    Pseudo("AWS::Region"),
    Function("Fn::Select", (Literal(0), Function("Fn::GetAZs", (Literal(""),)))),
    Concat((Literal("a-"), ARN, Literal("/*"))),
    ListValue((ARN, Literal("x"))),
    MapValue({"a": MapValue({"b": ARN})}),
    Secret(ARN),
    MapValue({"a": Secret(MapValue({"b": Literal("x")}))}),
]


@pytest.mark.parametrize("spelling", [PLAIN, OTHER], ids=["plain", "other"])
@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_what_is_written_is_read_back(value: Value, spelling: Any) -> None:
    """Whole numbers stay whole, secrets secret, tokens what they stand for."""
    wire = Wire(spelling)
    struct = wire.write_struct({"value": value})
    (read,) = wire.read_fields(struct.fields).values()
    assert read == value
    assert repr(read) == repr(value)


def test_tokens_guard_themselves_wherever_they_stand() -> None:
    """Alone, in lists and in maps; other text is other text."""
    wire = Wire()
    text = wire.write(ARN)
    guarded = wire.guarded({"a": [text, "plain"]})
    assert guarded["a"][1] == "plain"
    with pytest.raises(TokenError, match="output arn of 'name'"):
        guarded["a"][0].split(":")


@pytest.mark.parametrize(
    ("plain", "words"),
    [
        ({"a": float("inf")}, "inf is no number"),
        ({"a": {f"x{PLAIN.spell('key')}": 1}}, "is used as a key"),
        ({"a": PLAIN.spell("another run")}, "of another run"),
    ],
    ids=str,
)
def test_what_no_template_can_hold_is_refused(plain: dict[str, Any], words: str) -> None:
    """Before it becomes a value."""
    struct = struct_pb2.Struct()
    struct.update(plain)
    with pytest.raises(ProgramError, match=words):
        Wire().read_fields(struct.fields)
