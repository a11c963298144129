"""The graph's values: joining, reading from text and JSON, and writing back."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cloudformation.graph import (
    Attribute,
    Concat,
    Function,
    ListValue,
    Literal,
    MapValue,
    Secret,
    Value,
    concat,
    describe,
    leaves,
    parse_json,
    parse_text,
    parts,
    references,
    to_json,
)
from cloudformation.tokens import Token
from cloudformation.values import from_python

ARN, NAME = Attribute("urn:a", ("arn",)), Attribute("urn:b", ("name",))


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        ([], Literal("")),
        ([Literal("a"), Literal("b")], Literal("ab")),
        ([Literal(""), ARN, Literal("")], ARN),
        ([Literal("a"), Literal(1), ARN, Literal(True)], Concat((Literal("a1"), ARN, Literal(True)))),
        ([Concat((Literal("a"), ARN)), Concat((Literal("b"), NAME))], Concat((Literal("a"), ARN, Literal("b"), NAME))),
        ([ARN, ARN], Concat((ARN, ARN))),
    ],
)
def test_joining_keeps_no_join_inside_a_join(pieces: list[Value], expected: Value) -> None:
    """Adjacent literals become one, and a lone part stays what it is."""
    assert concat(pieces) == expected


def test_text_is_read_by_its_tokens() -> None:
    """A token alone is its value; in text it is a part."""
    token = Token("k", "k")
    assert parse_text(str(token), lambda _token: ARN) == ARN
    assert parse_text(f"a{token}b{token}", lambda _token: ARN) == Concat((Literal("a"), ARN, Literal("b"), ARN))
    assert parse_text("<<Tok:xyz>>", lambda _token: ARN) == Literal("<<Tok:xyz>>")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ([Literal('{"a": "'), ARN, Literal('"}')], {"a": ARN}),
        ([Literal('{"a": "x-'), ARN, Literal('-y", "b": ["'), NAME, Literal('"]}')], {"a": "x-{}-y", "b": [NAME]}),
        ([Literal('{"port": '), ARN, Literal("}")], {"port": ARN}),
        ([Literal(r'{"a": "say \"'), ARN, Literal(r'\""}')], {"a": 'say "{}"'}),
        ([Literal('{"a": "\ue0000\ue001", "b": "'), ARN, Literal('"}')], {"a": "\ue0000\ue001", "b": ARN}),
        ([Literal(r'{"a": "\uE0000\ue001", "b": "'), ARN, Literal('"}')], {"a": "\ue0000\ue001", "b": ARN}),
    ],
)
def test_json_is_read_with_values_inside(text: list[Value], expected: dict[str, Any]) -> None:
    """In strings and in place of whole values, whatever characters stand around them."""
    value = concat(text)
    assert isinstance(value, Literal | Concat)

    def filled(node: Any) -> Value:
        if isinstance(node, str) and "{}" in node:
            before, after = node.split("{}")
            return concat([Literal(before), ARN, Literal(after)])
        if isinstance(node, list):
            return ListValue(tuple(map(filled, node)))
        return from_python(node)

    assert parse_json(value) == MapValue({key: filled(item) for key, item in expected.items()})


@pytest.mark.parametrize(
    "text", [[Literal("{")], [Literal('{"a": NaN}')], [Literal('{"'), ARN, Literal(':sub": 1}')], [Literal("plain")]]
)
def test_what_is_no_json_is_said_so(text: list[Value]) -> None:
    """Also where the name of a member is known only when the stack is deployed."""
    value = concat(text)
    assert isinstance(value, Literal | Concat)
    with pytest.raises(ValueError, match=r".+"):
        parse_json(value)


@pytest.mark.parametrize(
    "plain", [{}, [], {"a": [1, 2.5, True, None, 'x"y\\z\n\u2028ü'], 'k"': {"b": {}}}, "text", 3], ids=repr
)
def test_json_that_is_written_is_read_back(plain: Any) -> None:
    """Without holes it is ordinary JSON."""
    written = to_json(from_python(plain))
    assert isinstance(written, Literal)
    assert json.loads(str(written.value)) == plain
    assert parse_json(written) == from_python(plain)


def test_json_with_holes_is_read_back() -> None:
    """Alone, in text, as a secret, and from a function."""
    zone = Function("Fn::Select", (Literal(0), Function("Fn::GetAZs", (Literal(""),))))
    value = MapValue({"a": ARN, "b": concat([Literal('x"'), NAME]), "c": ListValue((zone, Literal(1)))})
    written = to_json(value)
    assert isinstance(written, Concat)
    assert parse_json(written) == value


def test_leaves_and_parts() -> None:
    """Leaves have their place, an empty container is one; parts go into functions and joins as well."""
    value = MapValue({"a": ListValue((Literal(1), Secret(ARN))), "b": MapValue({}), "c": Concat((Literal("x"), NAME))})
    assert [(describe(path), leaf) for path, leaf in leaves(value)] == [
        ("a[0]", Literal(1)),
        ("a[1]", ARN),
        ("b", MapValue({})),
        ("c", Concat((Literal("x"), NAME))),
    ]
    assert references(Function("Fn::If", (Literal("C"), value, NAME))) == {"urn:a", "urn:b"}
    inner = MapValue({"c": Concat((Literal("x"), NAME)), "d": Secret(ListValue((Literal(1), ARN)))})
    assert [*parts(inner)] == [
        inner,
        Concat((Literal("x"), NAME)),
        Literal("x"),
        NAME,
        Secret(ListValue((Literal(1), ARN))),
        ListValue((Literal(1), ARN)),
        Literal(1),
        ARN,
    ]
