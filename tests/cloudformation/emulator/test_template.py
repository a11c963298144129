"""Reading templates, parameters and rules, and putting resources in order."""

from __future__ import annotations

from typing import Any

import pytest

from cloudformation.emulator.errors import TemplateError
from cloudformation.emulator.order import creation_order, dependencies
from cloudformation.emulator.parameters import check_rules, parameter_values
from cloudformation.emulator.template import Template, parse

TOPIC = "Resources: {Topic: {Type: AWS::SNS::Topic}}\n"


def template(**sections: Any) -> Template:
    """A template of these sections."""
    return Template(body={"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}, **sections})


def test_short_forms_become_long_ones() -> None:
    """Tags are read as the functions that they stand for, however deep; dates stay text."""
    text = """
    Resources:
      Topic:
        Type: AWS::SNS::Topic
        Properties:
          TopicName: !Join ["-", [!Ref A, !GetAtt B.C.D, !Sub "${E}"]]
          Version: 2012-10-17
    Conditions:
      X: !And [!Condition Y, !Equals [!Ref A, 1]]
    """
    body = parse(text).body
    properties = body["Resources"]["Topic"]["Properties"]
    assert properties["TopicName"] == {
        "Fn::Join": ["-", [{"Ref": "A"}, {"Fn::GetAtt": ["B", "C.D"]}, {"Fn::Sub": "${E}"}]]
    }
    assert properties["Version"] == "2012-10-17"
    assert body["Conditions"]["X"] == {"Fn::And": [{"Condition": "Y"}, {"Fn::Equals": [{"Ref": "A"}, 1]}]}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Resources: {}", "At least one Resources member"),
        ("[]", "unsupported structure"),
        ("Resources: {A: {Type: X}", "not well-formed"),
        (TOPIC + "Resources: {}", "duplicate key 'Resources'"),
        (TOPIC + "Resource: {}", "Invalid template property or properties"),
        ("Resources: {A: {Typ: AWS::SNS::Topic}}", "must have a Type"),
        ("Resources: {A: {Type: AWS::SNS::Topic, Props: {}}}", "Invalid attribute Props of resource A"),
        ("Resources: {a-b: {Type: AWS::SNS::Topic}}", "a-b is non alphanumeric"),
        (TOPIC + "#" * 1_000_000, "may not exceed 1000000 bytes"),
    ],
)
def test_what_is_no_template_is_refused(text: str, message: str) -> None:
    """The refusal says what is wrong."""
    with pytest.raises(TemplateError, match=message):
        parse(text)


def test_limits_are_those_of_cloudformation() -> None:
    """501 resources are one too many."""
    resources = "\n".join(f"  R{n}: {{Type: AWS::SNS::Topic}}" for n in range(501))
    with pytest.raises(TemplateError, match="Number of resources, 501, is greater than 500"):
        parse(f"Resources:\n{resources}")


@pytest.mark.parametrize(
    ("declaration", "good", "bad", "message"),
    [
        ({"AllowedPattern": "[a-z]+"}, "abc", "abc1", "must match pattern"),
        ({"AllowedPattern": "[a-z]+", "ConstraintDescription": "letters"}, "abc", "A", "constraint: letters"),
        ({"AllowedValues": [400, 545]}, "545", "30", "must be one of"),
        ({"MaxLength": 3}, "abc", "abcd", "MaxLength is 3"),
        ({"Type": "Number", "MinValue": 3, "MaxValue": 300}, "3", "2", "MinValue is 3"),
        ({"Type": "Number"}, "1.5", "three", "must be a number"),
    ],
)
def test_parameter_constraints_hold(declaration: dict[str, Any], good: str, bad: str, message: str) -> None:
    """A value within the constraints passes, one outside is refused with the constraint."""
    declared = template(Parameters={"P": {"Type": "String", **declaration}})
    assert parameter_values(declared, {"P": good}) == {"P": good}
    with pytest.raises(TemplateError, match=message):
        parameter_values(declared, {"P": bad})


def test_parameters_are_all_given_and_all_known() -> None:
    """A default stands in; without one the value is missed, and an unknown name is refused."""
    declared = template(Parameters={"A": {"Type": "String"}, "B": {"Type": "CommaDelimitedList", "Default": "x, y"}})
    assert parameter_values(declared, {"A": ""}) == {"A": "", "B": ["x", "y"]}
    with pytest.raises(TemplateError, match=r"\[A\] must have values"):
        parameter_values(declared, {})
    with pytest.raises(TemplateError, match=r"\[C\] do not exist"):
        parameter_values(declared, {"A": "1", "C": "2"})


def test_rules_are_evaluated() -> None:
    """A rule is checked where its condition holds, and its own words are the refusal."""
    rule = {
        "RuleCondition": {"Fn::Equals": [{"Ref": "Env"}, "prod"]},
        "Assertions": [
            {"Assert": {"Fn::Contains": [["m5", "m6"], {"Ref": "Size"}]}, "AssertDescription": "not in production"}
        ],
    }
    ruled = template(Rules={"Sizes": rule})
    check_rules(ruled, {"Env": "dev", "Size": "t3"})
    check_rules(ruled, {"Env": "prod", "Size": "m5"})
    with pytest.raises(TemplateError, match="Sizes failed: not in production"):
        check_rules(ruled, {"Env": "prod", "Size": "t3"})


def test_order_puts_what_is_needed_first_and_else_keeps_the_templates_order() -> None:
    """References and DependsOn count alike; circles are refused by name."""
    edges = {"C": ("A",), "B": (), "A": ("D",), "D": ()}
    assert creation_order(edges) == ["D", "A", "C", "B"]
    with pytest.raises(TemplateError, match=r"\[A, D\]"):
        creation_order({"C": ("A",), "A": ("D",), "D": ("A",)})


def test_references_to_nothing_are_refused() -> None:
    """In resources and in outputs alike."""
    lost = {"Topic": {"Type": "AWS::SNS::Topic", "DependsOn": "Queue"}}
    with pytest.raises(TemplateError, match=r"\[Queue\] in the Resources block"):
        dependencies(template(Resources=lost))
    with pytest.raises(TemplateError, match=r"\[Queue\] in the Outputs block"):
        dependencies(template(Outputs={"O": {"Value": {"Ref": "Queue"}}}))
