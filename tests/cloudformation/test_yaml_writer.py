"""The written template: readable, in one order, and read back as exactly what it was written from."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest
import yaml

from cloudformation.graph import Concat, Function, ListValue, Literal, MapValue, Program, Value
from cloudformation.program import Parameter
from cloudformation.source import Sources
from cloudformation.template import Template, TemplateResource
from cloudformation.values import from_python, get_att, ref
from cloudformation.yaml_writer import WIDTH, write

from .support import FOLDER, compiled, evaluate, load, text_of


def _template(properties: Value, **changes: Any) -> Template:
    assert isinstance(properties, MapValue)
    resource = TemplateResource("A", "AWS::S3::Bucket", properties, "urn:a", "title", None, None)
    template = Template("A template", "eu-west-1", (), (), (resource,), ())
    return dataclasses.replace(template, **changes)


class _NoTrace(dict[str, Any]):
    """Resources of a program that nobody wrote."""

    def __missing__(self, _urn: str) -> Any:
        return type("Recorded", (), {"trace": ()})


def _text(template: Template) -> str:
    return write(template, Program("", "eu-west-1", _NoTrace()), Sources(FOLDER))


def _written(properties: Value) -> Any:
    """The properties as they are read back."""
    return load(_text(_template(properties)))["Resources"]["A"]["Properties"]


NASTY = [
    "yes", "no", "on", "null", "~", "true", "1e3", "0x1F", "1_000", "012", "089012345678", "12:30", "1:2:3", "=", "<<",
    "2020-01-01", ".5", "-", "- a", "a: b", "a #b", "#", "&a", "*a", "!Ref A", "%", "@", "`", "|", ">", "[", "{", "]",
    "'", '"', "''", '"\'', "\\", "\\n", "a\\", " a", "a ", "  ", "", "a\nb", "a\n", "\na", "a\n\n", "  a\n b", "a \nb",
    "a\n   \nb", "\t", "a\tb", "a\rb", "a\r\nb", "a\x85b", "a\u2028b", "a\u2029\nb", "\ufeffa", "\x00", "\x1b[0m",
    "\x7f", "ü", "漢字", "🙂", "a" * 300, ("word " * 100), ("word " * 60 + "\n") * 3, "${a}", "$", "$$", "${!a}", "{}",
    "---", "...", "? a", ": a", "a:", "key: |\n  x", "a,b", "\x0ba\x0cb\x1cc", "\ud7ff\ue000\ufffd",
]  # fmt: skip


@pytest.mark.parametrize("text", NASTY, ids=ascii)
def test_text_is_read_back_as_it_was(text: str) -> None:
    """As a value, as a key, in a list, and inside a function."""
    value = MapValue(
        {
            "Value": Literal(text),
            text: Literal("key"),
            "List": ListValue((Literal(text), MapValue({"a": Literal(text)}))),
            "Text": Concat((Literal(text), ref("AWS::Region"), Literal(text))),
        }
    )
    read = _written(value)
    assert read["Value"] == text
    assert read[text] in ("key", text)
    assert read["List"] == [text, {"a": text}]
    assert evaluate(read["Text"], {"AWS::Region": "R"}) == f"{text}R{text}"


@pytest.mark.parametrize("number", [0, -1, 3, 10**15, 0.5, -0.25, 1e-7, 1e22, 123456.789, True, False])
def test_numbers_and_truth_values_stay_what_they_are(number: float) -> None:
    """No number becomes text, no text a number."""
    read = _written(MapValue({"a": Literal(number), "b": Literal(str(number))}))
    assert read == {"a": number, "b": str(number)}
    assert type(read["a"]) is type(number)


@pytest.mark.parametrize("text", ["089012345678", "10001:10001", "1.2.3", "0.0", "-5", "+1", "123"])
def test_what_some_reader_could_take_for_a_number_is_quoted(text: str) -> None:
    """Not every reader follows the same version of YAML."""
    assert f"'{text}'" in _text(_template(MapValue({"a": Literal(text)})))


def test_functions_have_their_short_forms() -> None:
    """On one line where they are short."""
    value = MapValue(
        {
            "A": ref("B"),
            "B": get_att("B", "Arn"),
            "C": Function("Fn::Select", (Literal(0), Function("Fn::GetAZs", (Literal(""),)))),
            "D": Function("Fn::If", (Literal("HasX"), from_python({"a": 1}), ref("AWS::NoValue"))),
        }
    )
    text = _text(_template(value))
    for line in ("A: !Ref B", "B: !GetAtt B.Arn", "C: !Select [0, !GetAZs '']", "- !Ref AWS::NoValue"):
        assert line in text
    assert load(text)["Resources"]["A"]["Properties"]["D"] == {"Fn::If": ["HasX", {"a": 1}, {"Ref": "AWS::NoValue"}]}


def test_equal_values_are_written_out() -> None:
    """No anchors and aliases: CloudFormation knows none."""
    shared = from_python({"a": [1, 2]})
    text = _text(_template(MapValue({"A": shared, "B": shared})))
    assert not re.search(r"[&*]id\d", text)


def test_sections_and_members_have_one_order() -> None:
    """The same in every template, so that two can be compared line by line."""

    def build() -> None:
        config = pulumi.Config()
        topic = aws.sns.Topic("topic", display_name=config.get("title"))
        wait = pulumi.ResourceOptions(depends_on=[topic], ignore_changes=["bucket"])
        bucket = aws.s3.Bucket("a", bucket="a", opts=wait)
        pulumi.export("a", bucket.arn)

    template = load(text_of(compiled(build)))
    assert list(template) == [
        "AWSTemplateFormatVersion", "Description", "Parameters", "Rules", "Conditions", "Resources", "Outputs",
    ]  # fmt: skip
    assert list(template["Resources"]["ABucket"]) == [
        "Type", "DeletionPolicy", "UpdateReplacePolicy", "DependsOn", "Metadata", "Properties",
    ]  # fmt: skip


class Layer(pulumi.ComponentResource):
    """What this layer is for. \u2028Resources: {}"""

    def __init__(self, name: str) -> None:
        super().__init__("test:layer:Layer", name)
        self._create()

    def _create(self) -> None:
        """Why there is a topic: to be told."""
        aws.sns.Topic("topic", opts=pulumi.ResourceOptions(parent=self))


def test_comments_say_what_a_resource_is_for() -> None:
    """A heading for each layer, a comment where the reason changes; nothing in them can end the comment."""
    text = text_of(compiled(lambda: Layer("a\nlayer: \x07x")))
    lines = [line.strip() for line in text.splitlines() if line.startswith("  #")]
    assert "# a layer: x: What this layer is for. Resources: {}" in lines
    assert "# Why there is a topic: to be told. (test_yaml_writer.py, Layer._create)" in lines
    assert list(load(text)["Resources"]) == ["Topic"]
    assert all(len(line) <= WIDTH for line in lines)


@pytest.mark.parametrize(
    ("parameter", "expected"),
    [
        (Parameter("A", "", secret=True), {"Type": "String", "Description": "A", "NoEcho": True}),
        (
            Parameter("A", "Why.", optional=True, pattern="[a-z]+"),
            {"Type": "String", "Default": "", "AllowedPattern": "^$|^([a-z]+)$"},
        ),
        (
            Parameter("A", "", type="Number", optional=True),
            {"Type": "String", "Default": "", "AllowedPattern": r"^$|^(-?[0-9]+(\.[0-9]+)?)$"},
        ),
        (Parameter("A", "", optional=True, allowed_values=("x",)), {"Default": "", "AllowedValues": ["", "x"]}),
        (Parameter("A", "", type="Number", default=0.5), {"Type": "Number", "Default": 0.5}),
        (Parameter("A", "", default="yes"), {"Type": "String", "Default": "yes"}),
    ],
)
def test_parameters(parameter: Parameter, expected: dict[str, Any]) -> None:
    """One that may be left empty has a default and limits that allow it."""
    written = load(_text(_template(MapValue({}), parameters=(parameter,))))["Parameters"]["A"]
    assert expected.items() <= written.items()


def test_pyyaml_is_what_reads_it_elsewhere() -> None:
    """The linter and the AWS CLI read templates with PyYAML's rules: a document, and not several."""
    assert len(list(yaml.compose_all(_text(_template(MapValue({"a": Literal("--- x\n...")})))))) == 1
