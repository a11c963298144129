"""`explain`: every input of a resource with its place, its line and its reason, for people and for tools."""

from __future__ import annotations

import argparse
import dataclasses
import json
import textwrap
from pathlib import Path
from typing import Any

import pytest

from cloudformation.errors import Problem
from cloudformation.explain import add_explain_command, as_json, select
from cloudformation.ledger import Ledger, build_ledger
from cloudformation.ledger_text import describe_resource, rows, summary, totals
from cloudformation.source import Sources
from cloudformation.template_reader import parse_template
from cloudformation.yaml_writer import write
from tests.cloudformation.ledger_programs import ROOT, compiled, every_way

PROGRAM = """
import pulumi_aws as aws


def bucket():
    \"\"\"Logs of everything.\"\"\"
    made = aws.s3.Bucket("s3-logs", bucket="logs")
    aws.s3.BucketVersioning("versioning", bucket=made.id, versioning_configuration={"status": "Enabled"})


bucket()
"""


@pytest.fixture(scope="module")
def ledger() -> Ledger:
    """The small program's ledger, with lines."""
    compilation = compiled(every_way)
    text = write(compilation.template, compilation.program, Sources(ROOT))
    return build_ledger(compilation, parse_template(text))


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """The folder of a program of two resources."""
    (tmp_path / "Pulumi.yaml").write_text("name: logs\nruntime: python\n")
    (tmp_path / "__main__.py").write_text(PROGRAM)
    return tmp_path


def explain(*arguments: str) -> int:
    """Run the command; returns its exit status."""
    parser = argparse.ArgumentParser()
    add_explain_command(parser.add_subparsers())
    options = parser.parse_args(["explain", *arguments])
    status: int = options.run(options)
    return status


def told(ledger: Ledger, name: str, width: int = 100) -> str:
    """What is told of one resource."""
    (resource,) = select(ledger, [name])
    return describe_resource(resource, ledger, width=width, template="TapStack.yml", comments={})


def test_a_resource_is_told_with_its_parts(program: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Program line, template lines, what each input became, and what other resources put into it."""
    assert explain("S3Logs", "--program", str(program)) == 0
    output = capsys.readouterr().out
    assert "-> S3Logs, AWS::S3::Bucket  TapStack.yml:" in output
    assert "from __main__.py:7" in output
    assert "Logs of everything. (__main__.py, bucket)" in output
    assert "bucket -> BucketName" in output
    assert "with aws:s3/bucketVersioning:BucketVersioning 'versioning', __main__.py:8" in output
    assert "versioningConfiguration.status -> VersioningConfiguration.Status" in output
    assert "bucket is provider-only: names the Bucket that it is part of" in output


def test_without_a_name_every_resource_is_summed(program: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One line per resource, its parts under it, and the proof at the end."""
    assert explain("--program", str(program)) == 0
    lines = capsys.readouterr().out.splitlines()
    # Inputs, in the template, provider-only, made explicit.
    assert lines[1].split()[:5] == ["S3Logs", "1", "1", "0", "0"]
    assert lines[2].split()[:6] == ["+", "versioning", "2", "1", "1", "0"]
    assert "Inputs: 3 values recorded;" in " ".join(lines)
    assert " ".join(lines).count("100 %") == 2


def test_a_stale_template_is_said_to_be_so(program: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Lines of a file that does not exist like that would mislead."""
    explain("S3Logs", "--program", str(program))
    assert "not up to date" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["kms-data", "KmsData", "aws:kms/key:Key", "AWS::KMS::Key", "kmsd*", "*:Key"])
def test_a_resource_has_many_names(ledger: Ledger, name: str) -> None:
    """Pulumi name, logical id, either type, or a pattern; upper and lower case do not matter."""
    assert [resource.name for resource in select(ledger, [name])] == ["kms-data"]


def test_a_part_comes_with_its_whole_or_alone(ledger: Ledger) -> None:
    """Nothing is told twice, and a part can be asked for by itself."""
    assert [item.name for item in select(ledger, ["s3-logs", "logs-versioning"])] == ["s3-logs"]
    assert [item.name for item in select(ledger, ["logs-versioning"])] == ["logs-versioning"]
    assert "part of S3Logs" in told(ledger, "logs-versioning")


def test_an_unknown_name_gets_a_hint(ledger: Ledger) -> None:
    """A slip of the pen is answered with what was meant."""
    with pytest.raises(Exception, match=r"called 'KmsDate'\. Did you mean KmsData"):
        select(ledger, ["KmsDate"])


def test_what_went_the_same_way_is_one_line(ledger: Ledger) -> None:
    """Tags, and a whole document, are not told value by value."""
    vpc = [row.text for row in rows(select(ledger, ["vpc-main"])[0].entries, "VpcMain")]
    assert "tags.* (2 values) -> Tags[*]: a list of tags in CloudFormation" in vpc
    policy = [row.text for row in rows(select(ledger, ["policy-db"])[0].entries, "PolicyDb")]
    assert [row for row in policy if row.startswith("policy ")] == ["policy (4 values) -> PolicyDocument"]


def test_entries_of_a_list_are_told_one_by_one(ledger: Ledger) -> None:
    """Each attribute of a target group has its own place in the list."""
    text = told(ledger, "tg-api")
    assert "deregistrationDelay -> TargetGroupAttributes[0]" in text
    assert "slowStart -> TargetGroupAttributes[1]" in text


def test_what_was_expanded_leads_to_what_was_made(ledger: Ledger) -> None:
    """The reader finds the custom resource, and from there the way back."""
    assert "forceDestroy -> S3LogsContents: CloudFormation deletes only empty buckets" in told(ledger, "s3-logs")
    assert "made for aws:s3/bucket:Bucket 's3-logs'" in told(ledger, "S3LogsContents")


def test_what_was_made_explicit_is_told_with_its_reason(ledger: Ledger) -> None:
    """The answer to: who put this here?"""
    text = " ".join(told(ledger, "sg-db").split())
    assert "SecurityGroupEgress = (a list of 1) was made explicit: without a rule CloudFormation allows" in text


@pytest.mark.parametrize("width", [80, 120])
def test_lines_fit_the_terminal(ledger: Ledger, width: int) -> None:
    """No line is wider than asked for, names that cannot be broken apart."""
    for resource in ledger.resources:
        if resource.folded:
            continue
        for line in told(ledger, resource.name, width).splitlines():
            assert len(line) <= width or len(textwrap.dedent(line).split()) <= 2, line


def test_json_has_every_value(ledger: Ledger) -> None:
    """A tool gets each value with path, place, lines and reason, and the sums that prove it whole."""
    data: dict[str, Any] = json.loads(json.dumps(as_json(ledger, select(ledger, ["pg-main"]))))
    (resource,) = data["resources"]
    values = {tuple(value["input"] or ()): value for value in resource["values"]}
    dropped = values["parameters", 0, "applyMethod"]
    assert (dropped["disposition"], dropped["property"]) == ("provider-only", None)
    assert dropped["reason"] == "CloudFormation chooses when to apply a parameter"
    forced = values["parameters", 0, "value"]
    assert forced["property"] == ["Parameters", "rds.force_ssl"]
    assert resource["lines"][0] < forced["lines"][0] <= resource["lines"][1]
    assert data["totals"]["inputsLost"] == 0
    assert data["totals"]["inputs"] == sum(item.inputs for item in ledger.recorded)


def test_the_sum_says_100_only_when_nothing_is_missing(ledger: Ledger) -> None:
    """One lost value among thousands is not rounded away."""
    problem = Problem("aws:kms/key:Key 'kms-data'", "KmsData.Enabled", "has no source.", "")
    broken = dataclasses.replace(ledger, properties=10**6, unexplained=(problem,))
    assert "100 %" in totals(ledger, 500)[1]
    assert "99.99 % explained" in totals(broken, 500)[2]


def test_the_summary_counts_what_the_entries_say(ledger: Ledger) -> None:
    """The table adds up: given is placed plus left out."""
    for line in summary(ledger)[1:]:
        numbers = [int(word) for word in line.split() if word.isdigit()][:4]
        assert numbers[0] == numbers[1] + numbers[2], line
