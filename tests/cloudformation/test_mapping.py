"""Inputs to properties: by the schema's names and types, by a type's rules, and never anything lost or in clear."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from cloudformation.graph import (
    Attribute,
    Concat,
    Function,
    ListValue,
    Literal,
    MapValue,
    ParameterValue,
    Resource,
    Secret,
    Value,
    describe,
)
from cloudformation.mapping import Mapper
from cloudformation.placement import Disposition, build
from cloudformation.schema import Schema
from cloudformation.types.model import Drop, Entry, Rule, Spread, To
from cloudformation.types.shapes import choice, listed, named_values, pairs
from cloudformation.values import NO_VALUE, from_python

ARN = Attribute("urn:other", ("arn",))
TEXT, NUMBER, WHOLE, TRUTH = ({"type": kind} for kind in ("string", "number", "integer", "boolean"))
PAIR = {"type": "object", "properties": {"Key": TEXT, "Value": TEXT}}
SCHEMA = Schema(
    {
        "typeName": "Test::Type",
        "tagging": {"tagProperty": "/properties/Tags"},
        "properties": {
            "Name": TEXT,
            "Size": WHOLE,
            "Ratio": NUMBER,
            "Enabled": TRUTH,
            "Mode": {"type": "string", "enum": ["ON", "OFF"]},
            "Names": {"type": "array", "items": TEXT},
            "Inner": {"type": "object", "properties": {"Path": TEXT, "Deep": {"$ref": "#/definitions/Deep"}}},
            "Rules": {"type": "array", "items": {"type": "object", "properties": {"Id": TEXT, "Days": WHOLE}}},
            "Document": {"type": ["object", "string"]},
            "Strict": {"type": "object"},
            "Variables": {"type": "object", "patternProperties": {".*": TEXT}},
            "Anything": {"type": "object", "patternProperties": {".*": {"type": ["string", "object", "integer"]}}},
            "Attributes": {"type": "array", "items": PAIR},
            "Tags": {"type": "array", "items": PAIR},
            "MasterPassword": TEXT,
            "ManageMasterUserPassword": TRUTH,
        },
        "definitions": {"Deep": {"type": "object", "properties": {"Port": WHOLE}}},
    }
)


def _mapper(inputs: Mapping[str, Value], rules: Mapping[str, Rule] | None = None) -> Mapper:
    resource = Resource("urn:a", "test:index:Type", "a", None, inputs)
    mapper = Mapper(resource, SCHEMA, rules or {}, "urn:a")
    mapper.map(SCHEMA.root, (), {})
    return mapper


def _properties(inputs: Mapping[str, Value], rules: Mapping[str, Rule] | None = None) -> Value:
    mapper = _mapper(inputs, rules)
    assert mapper.problems == []
    return build(mapper.placements)


def _plain(inputs: Mapping[str, Any], rules: Mapping[str, Rule] | None = None) -> Value:
    return _properties({key: from_python(value) for key, value in inputs.items()}, rules)


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        ({"name": "a", "SIZE": 3}, {"Name": "a", "Size": 3}),
        ({"size": "3", "ratio": "0.5", "enabled": "true"}, {"Size": 3, "Ratio": 0.5, "Enabled": True}),
        ({"name": 3}, {"Name": "3"}),
        ({"name": True}, {"Name": "true"}),
        ({"names": ["a", "b"]}, {"Names": ["a", "b"]}),
        ({"names": []}, {"Names": []}),
        ({"names": "a"}, {"Names": ["a"]}),
        ({"inner": {"path": "/", "deep": {"port": 1}}}, {"Inner": {"Path": "/", "Deep": {"Port": 1}}}),
        ({"inner": [{"path": "/"}]}, {"Inner": {"Path": "/"}}),
        ({"rules": {"id": "x"}}, {"Rules": [{"Id": "x"}]}),
        ({"document": '{"a": [1, "b"]}'}, {"Document": {"a": [1, "b"]}}),
        ({"document": "plain"}, {"Document": "plain"}),
        ({"document": "12"}, {"Document": "12"}),
        ({"document": "1e3"}, {"Document": "1e3"}),
        ({"document": '{"a": null}'}, {"Document": '{"a": null}'}),
        ({"variables": {"anyKey": "x", "other-key": "y"}}, {"Variables": {"anyKey": "x", "other-key": "y"}}),
        ({"anything": {"a": '{"b": 1}', "c": "5", "d": 5}}, {"Anything": {"a": '{"b": 1}', "c": "5", "d": 5}}),
        ({"tags": {"b": "2", "a": 1}}, {"Tags": [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]}),
        ({"name": None, "variables": {"a": "x", "b": None}}, {"Variables": {"a": "x"}}),
    ],
    ids=str,
)
def test_by_name_and_type(inputs: dict[str, Any], expected: dict[str, Any]) -> None:
    """Where CloudFormation has the property, no rule is needed; the value gets the type that its schema asks for."""
    assert _plain(inputs) == from_python(expected)


RULED: list[tuple[dict[str, Any], dict[str, Rule], dict[str, Any]]] = [
    ({"title": "a"}, {"title": To("Name")}, {"Name": "a"}),
    ({"title": "a"}, {"title": To("Inner.Path")}, {"Inner": {"Path": "a"}}),
    ({"title": "a"}, {"title": To("Name", also={"Mode": "ON"})}, {"Name": "a", "Mode": "ON"}),
    ({"title": None}, {"title": To("Name", also={"Mode": "ON"})}, {}),
    ({"on": True}, {"on": To("Mode", convert=choice({True: "ON", False: "OFF"}))}, {"Mode": "ON"}),
    ({"one": "a"}, {"one": To("Names", convert=listed)}, {"Names": ["a"]}),
    ({"map": {"a": "x"}}, {"map": To("Attributes", convert=pairs())}, {"Attributes": [{"Key": "a", "Value": "x"}]}),
    ({"rules": [{"ident": "x"}]}, {"rules.ident": To("Id")}, {"Rules": [{"Id": "x"}]}),
    ({"flat": {"name": "a", "size": 1}}, {"flat": Spread("why")}, {"Name": "a", "Size": 1}),
    ({"flat": [{"name": "a"}]}, {"flat": Spread("why")}, {"Name": "a"}),
    (
        {"first": 1, "second": True},
        {"first": Entry("Attributes", "a.b", "why"), "second": Entry("Attributes", "c", "why")},
        {"Attributes": [{"Key": "a.b", "Value": "1"}, {"Key": "c", "Value": "true"}]},
    ),
    ({"knob": 5, "name": "a"}, {"knob": Drop("why")}, {"Name": "a"}),
    ({"knob": False}, {"knob": Drop("why", only=(False,))}, {}),
]


@pytest.mark.parametrize(("inputs", "rules", "expected"), RULED, ids=lambda value: str(value)[:40])
def test_by_rule(inputs: dict[str, Any], rules: dict[str, Rule], expected: dict[str, Any]) -> None:
    """Each kind of exception that a type can make."""
    assert _plain(inputs, rules) == from_python(expected)


PROBLEMS: list[tuple[dict[str, Any], dict[str, Rule], str, str]] = [
    ({"other": 1}, {}, "other", "Test::Type has no property of that name"),
    ({"inner": {"other": 1}}, {}, "inner.other", "has no property of that name in Inner"),
    ({"size": "many"}, {}, "size", "'many' does not fit: CloudFormation takes integer"),
    ({"size": 1.5}, {}, "size", "1.5 does not fit"),
    ({"size": "010"}, {}, "size", "'010' does not fit"),
    ({"size": "1_000"}, {}, "size", "'1_000' does not fit"),
    ({"ratio": "inf"}, {}, "ratio", "'inf' does not fit"),
    ({"enabled": "yes"}, {}, "enabled", "'yes' does not fit: CloudFormation takes boolean"),
    ({"mode": "MAYBE"}, {}, "mode", "'MAYBE' is not allowed"),
    ({"name": {"a": 1}}, {}, "name", "is an object, but CloudFormation takes string"),
    ({"name": ["a", "b"]}, {}, "name", "is a list, but CloudFormation takes string"),
    ({"names": ["a", None]}, {}, "names[1]", "is an element of a list, but not set"),
    ({"strict": "plain"}, {}, "strict", "is no JSON text"),
    ({"strict": '{"a": [null]}'}, {}, "strict", "a[0] is null"),
    (
        {"knob": True},
        {"knob": Drop("buckets are deleted", only=(False,))},
        "knob",
        "only when it is False. Buckets are",
    ),
    ({"knob": True}, {"knob": Drop("a resource of its own", only=())}, "knob", "cannot be compiled. A resource of"),
    ({"on": "?"}, {"on": To("Mode", convert=choice({True: "ON"}))}, "on", "must be one of True"),
    ({"flat": "x"}, {"flat": Spread("why")}, "flat", "must be an object that the program writes out (why)"),
    ({"title": "x"}, {"title": To("Missing")}, "title", "the schema has no Missing"),
    ({"masterPassword": "secret"}, {}, "masterPassword", "a secret would stand in the template in clear"),
    ({"variables": {"DB_PASSWORD": "x"}}, {}, "variables.DB_PASSWORD", "a secret would stand in the template in clear"),
]


@pytest.mark.parametrize(("inputs", "rules", "where", "message"), PROBLEMS, ids=lambda value: str(value)[:40])
def test_what_cannot_be_mapped_is_a_problem(
    inputs: dict[str, Any], rules: dict[str, Rule], where: str, message: str
) -> None:
    """With the input's place, what is wrong, and what to do."""
    (problem,) = _mapper({key: from_python(value) for key, value in inputs.items()}, rules).problems
    assert (problem.resource, problem.where) == ("test:index:Type 'a'", where)
    assert message in f"{problem.message} {problem.remedy}"


def test_every_input_is_placed_or_dropped_with_a_reason() -> None:
    """Nothing vanishes: what is not in the template has a placement that says why."""
    mapper = _mapper({"name": Literal(None), "knob": from_python({"a": [1, 2]})}, {"knob": Drop("a knob")})
    assert [(describe(item.source), item.target, item.disposition, item.reason) for item in mapper.placements] == [
        ("name", None, Disposition.PROVIDER_ONLY, "not set"),
        ("knob.a[0]", None, Disposition.PROVIDER_ONLY, "a knob"),
        ("knob.a[1]", None, Disposition.PROVIDER_ONLY, "a knob"),
    ]


def _if(then: Value, otherwise: Value = NO_VALUE) -> Function:
    return Function("Fn::If", (Literal("HasX"), then, otherwise))


CHOICES: list[tuple[dict[str, Value], dict[str, Rule], Value]] = [
    (
        {"size": _if(Literal("3"), Literal("4"))},
        {},
        MapValue({"Size": _if(Literal(3), Literal(4))}),
    ),
    ({"size": _if(Literal("3"), Literal(None))}, {}, MapValue({"Size": _if(Literal(3))})),
    (
        {"inner": _if(MapValue({"path": Literal("/")}))},
        {},
        MapValue({"Inner": _if(MapValue({"Path": Literal("/")}))}),
    ),
    (
        {"on": _if(Literal(True), Literal(False))},
        {"on": To("Mode", convert=choice({True: "ON", False: "OFF"}))},
        MapValue({"Mode": _if(Literal("ON"), Literal("OFF"))}),
    ),
    (
        {"title": _if(Literal("a"))},
        {"title": To("Name", also={"Mode": "ON"})},
        MapValue({"Name": _if(Literal("a")), "Mode": _if(Literal("ON"))}),
    ),
    (
        {"flat": _if(MapValue({"name": Literal("a")}), MapValue({"size": Literal(1)}))},
        {"flat": Spread("why")},
        MapValue({"Name": _if(Literal("a")), "Size": Function("Fn::If", (Literal("HasX"), NO_VALUE, Literal(1)))}),
    ),
    (
        {"first": _if(Literal("a"))},
        {"first": Entry("Attributes", "k", "why")},
        MapValue({"Attributes": ListValue((_if(MapValue({"Key": Literal("k"), "Value": Literal("a")})),))}),
    ),
    (
        {"names": ListValue((Literal("a"), _if(Literal("b"))))},
        {},
        MapValue({"Names": ListValue((Literal("a"), _if(Literal("b"))))}),
    ),
]


@pytest.mark.parametrize(("inputs", "rules", "expected"), CHOICES, ids=lambda value: str(value)[:40])
def test_choices_are_mapped_on_both_sides(inputs: dict[str, Value], rules: dict[str, Rule], expected: Value) -> None:
    """Each side gets its type and its form; where one is nothing, so is what belongs to it."""
    assert _properties(inputs, rules) == expected


@pytest.mark.parametrize(
    "value",
    [
        Secret(Literal("x")),
        Secret(Concat((Literal("x"), ARN))),
        Secret(MapValue({"a": Secret(Literal("x")), "b": Literal("y")})),
        _if(Secret(Literal("x"))),
        Secret(_if(Literal("x"))),
    ],
    ids=repr,
)
@pytest.mark.parametrize("name", ["name", "variables"])
def test_a_secret_never_stands_in_clear(value: Value, name: str) -> None:
    """However it is wrapped."""
    inner = value if name == "variables" and isinstance(value, Secret) else MapValue({"a": value})
    mapper = _mapper({name: inner if name == "variables" else value})
    assert mapper.problems
    assert "'x'" not in repr(build(mapper.placements))
    assert "'y'" not in repr(build(mapper.placements))


@pytest.mark.parametrize("value", [Secret(ARN), Secret(ParameterValue("Word")), ARN], ids=repr)
def test_a_reference_to_a_secret_is_no_secret(value: Value) -> None:
    """It names what holds it."""
    mapper = _mapper({"masterPassword": value})
    assert mapper.problems == []
    assert len(mapper.placements) == 1


def test_names_that_only_look_like_secrets() -> None:
    """Whether AWS manages a password is no password."""
    assert _plain({"manageMasterUserPassword": True}) == from_python({"ManageMasterUserPassword": True})


def test_a_parameter_of_a_group_needs_a_value() -> None:
    """Without one there is nothing to set; the error names the parameter."""
    group = [{"name": "tls", "value": "1"}, {"name": "log_statement"}]
    with pytest.raises(ValueError, match="must give the parameter log_statement a value"):
        named_values(from_python(group))
