"""`check`: a template that somebody else wrote is judged by the rules, and what was not judged is said."""

from __future__ import annotations

import datetime
import json
import textwrap
from pathlib import Path
from typing import Any

import pytest
import yaml

from cloudformation.__main__ import main
from cloudformation.decompile import resources
from cloudformation.decompile.inversion import inversion
from cloudformation.schema import SchemaError

ROOT = Path(__file__).parents[2]
# Keeps all rules about resources.
ADDRESSES = """\
    AWSTemplateFormatVersion: '2010-09-09'
    Resources:
      Second:
        Type: AWS::EC2::EIP
        Properties: {Domain: vpc, Tags: [{Key: Name, Value: eip-second-dev}, {Key: Project, Value: tap}, \
{Key: Environment, Value: dev}, {Key: DataClassification, Value: out-of-scope}]}
      First:
        Type: AWS::EC2::EIP
        Properties:
          Domain: vpc
          Tags:
          - {Key: Name, Value: eip-first-dev}
          - {Key: Project, Value: tap}
          - {Key: Environment, Value: dev}
          - {Key: DataClassification, Value: out-of-scope}
    """
BROKEN = ("      - {Key: Environment, Value: dev}\n", "")


def write(folder: Path, text: str, *replacements: tuple[str, str]) -> str:
    """A template's file; texts replaced, each of which must be there."""
    text = textwrap.dedent(text)
    for old, new in replacements:
        assert old in text, old
        text = text.replace(old, new)
    file = folder / "theirs.yml"
    file.write_text(text)
    return str(file)


def found(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    """What the command prints for tools."""
    main(["check", "--json", *arguments])
    result: dict[str, Any] = json.loads(capsys.readouterr().out)
    return result


def test_template_that_keeps_all_rules(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Status 0, and how much was judged."""
    assert main(["check", "--part", write(tmp_path, ADDRESSES)]) == 0
    [line] = capsys.readouterr().out.splitlines()
    assert line.startswith("2 of 2 resources judged by ")
    assert line.endswith(" rules: 0 violations.")


def test_violation_is_one_line_with_place_and_remedy(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """File and line first, the resource as the template calls it, and what to do."""
    file = write(tmp_path, ADDRESSES, BROKEN)
    assert main(["check", "--part", file]) == 1
    line, _, summary = capsys.readouterr().out.splitlines()
    assert line == (
        f"{file}:6: medium: First (AWS::EC2::EIP): lacks the tag Environment. Set the tag. "
        "[tags-required; PCI DSS 12.5.2, 6.5.3]"
    )
    assert summary.endswith(": 1 violation (1 medium).")


def test_rules_about_the_whole_stack_can_be_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A template that is one of several has no audit trail of its own."""
    file = write(tmp_path, ADDRESSES)
    whole, part = found(capsys, file), found(capsys, "--part", file)
    assert "trail-exists" in {item["rule"] for item in whole["violations"]}
    assert {item["resource"] for item in whole["violations"]} == {None}
    assert part["violations"] == []
    assert part["rules"] < whole["rules"]


def test_waivers_are_the_callers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is waived unless a file says so; one that waives nothing, or has expired, is an objection."""
    file = write(tmp_path, ADDRESSES, BROKEN)
    waivers = tmp_path / "waivers.yaml"
    entry = {"rule": "tags-required", "resource": "First", "reason": "Is gone in a week."}
    waivers.write_text(yaml.safe_dump([{**entry, "expires": datetime.date(2999, 1, 1)}]))
    assert main(["check", "--part", "--waivers", str(waivers), file]) == 0
    assert capsys.readouterr().out.endswith(": 0 violations, 1 waived.\n")
    assert main(["check", "--part", "--waivers", str(waivers), write(tmp_path, ADDRESSES)]) == 1
    assert "waivers: waiver of tags-required for First waives nothing. Remove it." in capsys.readouterr().out
    waivers.write_text(waivers.read_text().replace("2999", "2020"))
    assert main(["check", "--part", "--waivers", str(waivers), file]) == 1
    assert "expired on 2020-01-01" in capsys.readouterr().out


UNSURE = """\
    Transform: AWS::Serverless-2016-10-31
    Parameters:
      Rotated: {Type: 'AWS::SSM::Parameter::Value<String>', Default: /rotated, AllowedValues: [/rotated]}
    Resources:
      Log: {Type: AWS::Logs::LogGroup, Properties: {RetentionInDays: !ImportValue days}}
      Thing: {Type: AWS::IoT::Thing}
      Other: {Type: AWS::IoT::Thing}
      Policy: {Type: AWS::IAM::Policy, Properties: {PolicyName: p, PolicyDocument: {}, Roles: !Split [',', a]}}
    """


def test_what_is_not_judged_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Counted by reason, listed when asked, and always listed for tools."""
    file = write(tmp_path, UNSURE)
    main(["check", "--part", file])
    counted = capsys.readouterr().out
    assert "\n1 of 4 resources judged by " in counted
    assert "  2 times: AWS::IoT::Thing is no supported type\n" in counted
    assert "  1 times: Transform: macros run when it is deployed, and what they make is not judged\n" in counted
    main(["check", "--part", "--verbose", file])
    listed = capsys.readouterr().out
    assert f"  {file}:7: Other: AWS::IoT::Thing is no supported type\n" in listed
    assert f"  {file}:8: Policy: names no role, user or group in a form that can be read back\n" in listed
    assert f"  {file}: the template: Transform: macros run" in listed
    report = found(capsys, "--part", file)
    assert {"resource": "Thing", "line": 6, "what": "AWS::IoT::Thing is no supported type"} in report["notReadBack"]
    assert ("Log", "log-retention") in {(item["resource"], item["rule"]) for item in report["undecided"]}
    assert "log-retention" not in {item["rule"] for item in report["violations"]}
    assert report["resources"] == {"declared": 4, "judged": 1}


DEEP = "Resources: {A: {Type: AWS::KMS::Key, Properties: {X: " + "[" * 5000 + "]" * 5000 + "}}}"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Resources: [\n", "theirs.yml:2: did not find expected"),
        ('{"Resources": {"A": {"Type": "AWS::KMS::Key"}', "did not find expected ',' or '}'. Correct"),
        ("just text", "theirs.yml has no Resources. Name a CloudFormation template."),
        ("Parameters: {A: {Type: String}}", "theirs.yml has no Resources."),
        ("Resources: {}", "theirs.yml declares no resources."),
        ("Resources: {A: {Properties: {}}}", "the resource A has no Type."),
        ("", "theirs.yml has no Resources."),
        ("Resources: {'Fn::ForEach::Tables': [Name, [A, B], {}]}", "Fn::ForEach::Tables is a loop, which CloudForm"),
        (DEEP, "nested too deeply"),
    ],
)
def test_what_is_no_template(text: str, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Status 2, and a sentence that names file and line."""
    assert main(["check", write(tmp_path, text)]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("error: ")
    assert words in captured.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["missing.yml"], "missing.yml cannot be read: No such file or directory."),
        (["."], ". cannot be read: Is a directory."),
        ([str(ROOT / "TapStack.yml"), "--region", "nowhere-1"], "nowhere-1"),
        ([str(ROOT / "TapStack.yml"), "--waivers", "missing.yaml"], "missing.yaml: cannot be read"),
    ],
)
def test_arguments_that_lead_nowhere(arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Status 2, and what to name instead."""
    assert main(["check", *arguments]) == 2
    assert words in capsys.readouterr().err


def test_region_is_judged_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A Region in which the rules allow nothing is objected to; no resource stands for it."""
    file = write(tmp_path, ADDRESSES)
    assert main(["check", "--part", "--region", "us-east-1", file]) == 1
    assert capsys.readouterr().out.startswith(f"{file}: high: (stack): the provider deploys to us-east-1")
    [violation] = found(capsys, "--part", "--region", "us-east-1", file)["violations"]
    assert (violation["resource"], violation["line"]) == (None, None)


def test_type_that_the_region_does_not_have(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not judged, and is named; the schemas are a double."""

    def double(pulumi_type: str, region: str) -> object:
        if pulumi_type == "aws:kms/key:Key":
            raise SchemaError(f"CloudFormation has no AWS::KMS::Key in {region}.")
        return inversion(pulumi_type, region)

    monkeypatch.setattr(resources, "inversion", double)
    sections = "Resources:\n  Key: {Type: AWS::KMS::Key}"
    report = found(capsys, "--part", write(tmp_path, ADDRESSES, ("Resources:", sections)))
    what = "CloudFormation has no AWS::KMS::Key in eu-west-1."
    assert report["notReadBack"] == [{"resource": "Key", "line": 3, "what": what}]
    assert report["resources"] == {"declared": 3, "judged": 2}


def test_damaged_sections_break_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Sections that CloudFormation would refuse are named; the resources are judged even so."""
    sections = "Parameters: {A: 3}\nMappings: [1]\nConditions: {C: {'Fn::Not': [{Condition: C}]}}\nResources:"
    conditional = ("First:\n", "First:\n    Condition: C\n")
    report = found(capsys, "--part", write(tmp_path, ADDRESSES, ("Resources:", sections), conditional))
    assert {item["what"] for item in report["notReadBack"]} == {"Parameters.A is no map", "Mappings is no map"}
    assert report["violations"] == []


def test_json_templates_are_judged_like_yaml(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The form of the file does not matter."""
    yaml_file = write(tmp_path, "Resources: {Log: {Type: AWS::Logs::LogGroup, Properties: {RetentionInDays: 7}}}")
    json_file = tmp_path / "theirs.json"
    json_file.write_text(
        json.dumps({"Resources": {"Log": {"Type": "AWS::Logs::LogGroup", "Properties": {"RetentionInDays": 7}}}})
    )
    first, second = found(capsys, yaml_file), found(capsys, str(json_file))
    assert first.pop("file") != second.pop("file")
    assert first == second
    assert "log-retention" in {item["rule"] for item in first["violations"]}


def test_own_template_is_clean(capsys: pytest.CaptureFixture[str]) -> None:
    """With the platform's waivers nothing is found in TapStack.yml, and every resource of it is judged."""
    arguments = [str(ROOT / "TapStack.yml"), "--waivers", str(ROOT / "policies" / "waivers.yaml")]
    assert main(["check", "--json", *arguments]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["resources"]["judged"] == report["resources"]["declared"] > 400
    assert "api-method-authorised" in {item["rule"] for item in report["waived"]}
