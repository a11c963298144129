"""CDK apps written from a template: the statements in both languages."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.performance.cdk.app import app
from benchmarks.performance.cdk.commands import write_apps
from benchmarks.performance.cdk.language import JAVASCRIPT, PYTHON, UnknownFunctionError
from benchmarks.performance.cdk.tools import CLI, Tools, ToolsError

TEMPLATE: dict[str, Any] = {
    "Parameters": {"Suffix": {"Type": "String", "AllowedValues": [1, 2]}},
    "Conditions": {"HasSuffix": {"Fn::Not": [{"Fn::Equals": [{"Ref": "Suffix"}, ""]}]}},
    "Resources": {
        "Key": {"Type": "AWS::KMS::Key", "DeletionPolicy": "Delete"},
        "Queue": {"Type": "AWS::SQS::Queue", "DependsOn": "Key", "Condition": "HasSuffix"},
    },
    "Outputs": {"Queue": {"Value": {"Fn::GetAtt": ["Queue", "Arn"]}, "Condition": "HasSuffix"}},
}
DESCRIBED: list[dict[str, Any]] = [
    {"id": "Key", "module": "aws_kms", "class": "CfnKey", "properties": {"enableKeyRotation": True}},
    {
        "id": "Queue",
        "module": "aws_sqs",
        "class": "CfnQueue",
        "properties": {"kmsMasterKeyId": {"$": "string", "of": {"Fn::GetAtt": ["Key", "Arn"]}}},
    },
]


def test_python() -> None:
    """Keywords in snake case, and nested keys as the library has them."""
    lines = app(PYTHON, TEMPLATE, DESCRIBED).splitlines()
    assert 'Key = cdk.aws_kms.CfnKey(stack, "Key", enable_key_rotation=True)' in lines
    arn = 'cdk.Token.as_string(cdk.Fn.get_att("Key", "Arn"))'
    assert f'Queue = cdk.aws_sqs.CfnQueue(stack, "Queue", kms_master_key_id={arn})' in lines
    assert "Queue.add_resource_dependency(Key)" in lines
    assert "Queue.cfn_options.condition = HasSuffix" in lines
    assert "Key.cfn_options.deletion_policy = cdk.CfnDeletionPolicy.DELETE" in lines
    assert lines[-1] == "app.synth()"
    compile("\n".join(lines), "app.py", "exec")


def test_javascript() -> None:
    """The same statements in the other language."""
    lines = app(JAVASCRIPT, TEMPLATE, DESCRIBED).splitlines()
    assert 'const Key = new cdk.aws_kms.CfnKey(stack, "Key", {"enableKeyRotation": true});' in lines
    assert "Queue.addResourceDependency(Key);" in lines
    suffix = 'cdk.Fn.conditionNot(cdk.Fn.conditionEquals(cdk.Fn.ref("Suffix"), ""))'
    assert f'const HasSuffix = new cdk.CfnCondition(stack, "HasSuffix", {{"expression": {suffix}}});' in lines
    assert 'const Suffix = new cdk.CfnParameter(stack, "Suffix", {"type": "String", "allowedValues": ["1", "2"]});' in (
        lines
    )


@pytest.mark.parametrize(
    ("described", "python"),
    [
        ({"$": "any", "of": {"Ref": "Key"}}, 'cdk.Fn.ref("Key")'),
        ({"$": "string", "of": {"Fn::Sub": "${Key}-x"}}, 'cdk.Fn.sub("${Key}-x")'),
        ({"$": "number", "of": {"Ref": "Count"}}, 'cdk.Token.as_number(cdk.Fn.ref("Count"))'),
        (
            {"$": "string", "of": {"Fn::Select": [0, {"Fn::Split": [":", {"Fn::GetAtt": ["A", "B"]}]}]}},
            'cdk.Fn.select(0, cdk.Fn.split(":", cdk.Token.as_string(cdk.Fn.get_att("A", "B"))))',
        ),
        ({"$": "list", "of": {"Fn::Cidr": [{"Ref": "V"}, 9, 10]}}, 'cdk.Fn.cidr(cdk.Fn.ref("V"), 9, "10")'),
        ({"$": "json", "of": {"On": None}}, 'stack.to_json_string({"On": None})'),
        ({"roles": [True, 1, "a"]}, '{"roles": [True, 1, "a"]}'),
    ],
)
def test_values(described: Any, python: str) -> None:
    """Functions become calls of CDK's, in the form that the place wants."""
    assert PYTHON.value(described) == python


def test_unknown_function() -> None:
    """A function that is not translated is named, not passed over."""
    with pytest.raises(UnknownFunctionError, match="Fn::ToJsonString"):
        PYTHON.value({"$": "string", "of": {"Fn::ToJsonString": {}}})


def test_tools_in_another_version_are_missing(tmp_path: Path) -> None:
    """What is compared with is what the page names; anything else is said to be missing, and how to get it."""
    with pytest.raises(ToolsError, match=r"aws-cdk .*--install"):
        write_apps(Tools(tmp_path), TEMPLATE, tmp_path)
    package = tmp_path / "node_modules" / "aws-cdk" / "package.json"
    package.parent.mkdir(parents=True)
    package.write_text(json.dumps({"version": "1.0.0"}))
    assert f"aws-cdk {CLI}" in Tools(tmp_path).missing()
    package.write_text(json.dumps({"version": CLI}))
    assert f"aws-cdk {CLI}" not in Tools(tmp_path).missing()
