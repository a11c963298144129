"""Intrinsic functions, worked out without a stack."""

from __future__ import annotations

from typing import Any

import pytest

from cloudformation.emulator.errors import TemplateError
from cloudformation.emulator.intrinsics import NO_VALUE, Scope, references, resolve

SCOPE = Scope(
    values={"Size": "3", "Name": "web", "Zones": ["a", "b"], "AWS::Region": "eu-west-1"},
    mappings={"Engines": {"valkey": {"Version": "8.0"}}},
    conditions={"Yes": {"Fn::Equals": [{"Ref": "Size"}, 3]}, "No": {"Fn::Not": [{"Condition": "Yes"}]}},
    imports={"other-Id": "vpc-1"},
    reference=lambda name: f"<{name}>",
    attribute=lambda name, attribute: f"<{name}:{attribute}>",
)


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ({"Fn::Sub": "${Name}-${Thing}-${Thing.A.B}-${!Name}"}, "web-<Thing>-<Thing:A.B>-${Name}"),
        ({"Fn::Sub": ["${Own}${Name}", {"Own": {"Ref": "Size"}}]}, "3web"),
        # What a substitution brings in is not substituted again.
        ({"Fn::Sub": ["${Own}", {"Own": "${Name}"}]}, "${Name}"),
        ({"Fn::Cidr": ["10.0.0.0/16", 9, "10"]}, [f"10.0.{4 * n}.0/22" for n in range(9)]),
        ({"Fn::Select": ["1", {"Fn::Cidr": ["10.0.0.0/20", 2, 8]}]}, "10.0.1.0/24"),
        ({"Fn::GetAZs": {"Ref": "AWS::Region"}}, ["eu-west-1a", "eu-west-1b", "eu-west-1c"]),
        ({"Fn::Join": [":", [{"Ref": "Size"}, True, {"Fn::GetAtt": "Thing.Arn"}]]}, "3:true:<Thing:Arn>"),
        ({"Fn::FindInMap": ["Engines", "valkey", "Version"]}, "8.0"),
        ({"Fn::If": ["Yes", "then", {"Ref": "Missing"}]}, "then"),
        ([1, {"Fn::If": ["No", 2, {"Ref": "AWS::NoValue"}]}], [1]),
        ({"A": {"Ref": "AWS::NoValue"}, "B": 1}, {"B": 1}),
        ({"Fn::ImportValue": {"Fn::Sub": "other-${Id}"}} | {}, None),
        ({"Fn::ImportValue": "other-Id"}, "vpc-1"),
        ({"Fn::Split": [",", "a,b"]}, ["a", "b"]),
        ({"Fn::And": [{"Condition": "Yes"}, {"Fn::Contains": [{"Ref": "Zones"}, "b"]}]}, True),
        ({"Fn::Or": [{"Condition": "No"}, {"Fn::EachMemberIn": [["a"], {"Ref": "Zones"}]}]}, True),
        # An IAM statement's Condition is no function.
        (
            {"Condition": {"Bool": {"aws:SecureTransport": False}}},
            {"Condition": {"Bool": {"aws:SecureTransport": False}}},
        ),
    ],
)
def test_resolves(expression: Any, value: Any) -> None:
    """Every function gives what CloudFormation gives."""
    if value is None:
        with pytest.raises(TemplateError):
            resolve(expression, SCOPE)
    else:
        assert resolve(expression, SCOPE) == value


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ({"Fn::Cidr": ["10.0.0.0/24", 9, 6]}, "cannot cut 9 blocks"),
        ({"Fn::Cidr": ["10.0.0.0/24", 1, 10]}, "cannot cut"),
        ({"Fn::Select": [2, {"Ref": "Zones"}]}, "nonexistent value at index 2"),
        ({"Fn::Select": [-1, {"Ref": "Zones"}]}, "nonexistent value at index -1"),
        ({"Fn::Nothing": 1}, "does not know Fn::Nothing"),
        ({"Fn::If": ["Maybe", 1, 2]}, "Unresolved condition dependency Maybe"),
        ({"Fn::FindInMap": ["Engines", "redis", "Version"]}, "Unable to get mapping for Engines::redis::Version"),
        ({"Fn::Join": ["", "text"]}, "Fn::Join needs a list"),
        ({"Fn::Sub": "${Zones}"}, "text is needed"),
        ({"Fn::GetAZs": "us-east-1"}, "not in us-east-1"),
        ({"Fn::ImportValue": "nobody"}, "No export named nobody"),
    ],
)
def test_refuses(expression: Any, message: str) -> None:
    """What CloudFormation cannot work out is refused, not guessed."""
    with pytest.raises(TemplateError, match=message):
        resolve(expression, SCOPE)


def test_no_value_alone_is_told_apart_from_null() -> None:
    """A property that is AWS::NoValue is recognised by whoever asked for it."""
    assert resolve({"Ref": "AWS::NoValue"}, SCOPE) is NO_VALUE


def test_references_are_found_wherever_they_stand() -> None:
    """Ref, GetAtt in both forms and Sub count; a Sub's own variables and literals do not."""
    value = {
        "A": [{"Ref": "One"}, {"Fn::GetAtt": ["Two", "Arn"]}, {"Fn::GetAtt": "Three.Arn"}],
        "B": {"Fn::Sub": ["${Four.Arn}-${Own}-${!Five}", {"Own": {"Ref": "Six"}}]},
        "C": {"Fn::If": ["Yes", {"Ref": "Seven"}, {"Ref": "AWS::NoValue"}]},
    }
    assert set(references(value)) == {"One", "Two", "Three", "Four", "Six", "Seven", "AWS::NoValue"}
