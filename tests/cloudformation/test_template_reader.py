"""Templates are read as CloudFormation reads them, and each part is found again in the text."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cfnlint.decode import cfn_yaml

from cloudformation.template_reader import Lines, TemplateError, parse_template, read_template

TEMPLATE = """\
AWSTemplateFormatVersion: 2010-09-09
# About the data
Resources:
  # The table.
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: !Sub table-${Suffix}
      Tags:
      - Key: Owner
        Value: !Ref Owner
      - {Key: Scope, Value: in}

  # The function.
  Function:
    Type: AWS::Lambda::Function
    Properties:
      Role: !GetAtt Role.Arn
      Code:
        ZipFile: |
          def handler(event, context):
              # the end

      Timeout: 3
"""


def value(text: str) -> Any:
    """One value of a property, as it is read."""
    return parse_template(f"Resources: {{A: {{Type: T, Properties: {{P: {text}}}}}}}").data["Resources"]["A"][
        "Properties"
    ]["P"]


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("!Ref A", {"Ref": "A"}),
        ("!GetAtt A.Endpoint.Address", {"Fn::GetAtt": ["A", "Endpoint.Address"]}),
        ("!GetAtt [A, Arn]", {"Fn::GetAtt": ["A", "Arn"]}),
        ("!Sub 'x-${A}'", {"Fn::Sub": "x-${A}"}),
        ("!If [C, !Ref A, !Ref 'AWS::NoValue']", {"Fn::If": ["C", {"Ref": "A"}, {"Ref": "AWS::NoValue"}]}),
        ("!Condition C", {"Condition": "C"}),
        (
            "!Transform {Name: N, Parameters: {P: !Ref A}}",
            {"Fn::Transform": {"Name": "N", "Parameters": {"P": {"Ref": "A"}}}},
        ),
    ],
)
def test_short_forms_are_long_ones(short: str, long: object) -> None:
    """Equal templates are equal data, however they are written."""
    assert value(short) == long


def test_dates_stay_text_and_numbered_keys_too() -> None:
    """A policy's Version is text in CloudFormation, and an account id is a key."""
    assert value("{Version: 2012-10-17, 123456789012: x}") == {"Version": "2012-10-17", "123456789012": "x"}


def test_the_committed_template_is_read_as_cfn_lint_reads_it() -> None:
    """Every value of a large template, held against another reader."""
    file = Path(__file__).resolve().parents[2] / "TapStack.yml"
    assert read_template(file).data == json.loads(json.dumps(cfn_yaml.load(str(file))))


def test_json_is_read_as_well(tmp_path: Path) -> None:
    """A template that comes back from AWS may be JSON."""
    file = tmp_path / "template.json"
    file.write_text(json.dumps({"Resources": {"A": {"Type": "AWS::SNS::Topic"}}}, indent=2))
    template = read_template(file)
    assert template.data["Resources"]["A"] == {"Type": "AWS::SNS::Topic"}
    assert template.lines("Resources", "A") == Lines(3, 5)


@pytest.mark.parametrize(
    ("path", "lines"),
    [
        (("Resources", "Table"), Lines(5, 12)),
        (("Resources", "Table", "Properties", "TableName"), Lines(8, 8)),
        (("Resources", "Table", "Properties", "Tags"), Lines(9, 12)),
        (("Resources", "Table", "Properties", "Tags", 0), Lines(10, 11)),
        (("Resources", "Table", "Properties", "Tags", 1, "Value"), Lines(12, 12)),
        (("Resources", "Function", "Properties", "Code", "ZipFile"), Lines(20, 22)),
        (("Resources", "Function"), Lines(15, 24)),
        (("Resources", "Table", "Properties", "TableName", "Fn::Sub"), Lines(8, 8)),
        (("Nothing",), None),
    ],
)
def test_each_part_is_found_in_the_text(path: tuple[str | int, ...], lines: Lines | None) -> None:
    """From its key to its last line, without the blank lines and comments that follow."""
    assert parse_template(TEMPLATE).lines(*path) == lines


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Resources: {A: [}", "template:1: "),
        ("a: 1\nResources:\n  A: {Type: T}\n  A: {Type: T}\n", "template:4: the key A stands twice"),
        ("Resource: {}", "has no Resources"),
        ("- 1", "has no Resources"),
        ("", "has no Resources"),
        ("Resources: {A: {Properties: {}}}", "the resource A has no Type"),
        ("Resources: {A: 1}", "the resource A has no Type"),
        ("Resources:\n  ? [a]\n  : {Type: T}\n", "template:2: a key must be text"),
        ("Resources:\n  A: &a {Type: T}\n  B: {<<: *a}\n", "template:3: a key must be text"),
        ("Resources: {A: {Type: T}}\n---\nResources: {}", "template:"),
    ],
)
def test_what_is_no_template_is_refused(text: str, message: str) -> None:
    """The error says where, and what is wrong."""
    with pytest.raises(TemplateError) as raised:
        parse_template(text)
    assert message in str(raised.value)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    """No such file, and a file that is no text."""
    with pytest.raises(TemplateError, match=r"nowhere\.yml cannot be read: No such file"):
        read_template(tmp_path / "nowhere.yml")
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(TemplateError, match=r"binary cannot be read: it is no text"):
        read_template(tmp_path / "binary")
