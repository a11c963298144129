"""The record of scanners' findings: complete, in step with its page, and unable to hide a new finding."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.scanners import PAGE, Finding, Scanner, bound, differences, load_record, render, scan
from cloudformation.template_reader import parse_template


def test_the_page_says_what_the_record_says() -> None:
    """A change of the record without ``--write`` is found here."""
    assert PAGE.read_text(encoding="utf-8") == render(load_record())


def test_explanations_are_about_resources_that_exist(root: Path) -> None:
    """An explanation that outlives its resource is found without running a scanner."""
    resources = parse_template((root / "TapStack.yml").read_text(encoding="utf-8")).data["Resources"]
    named = {name for explanation in load_record().explanations for name in explanation.resources}
    assert named - resources.keys() == set()


def test_a_new_finding_and_a_stale_explanation_are_reported() -> None:
    """Both ways in which record and scanner can differ."""
    new, old, same = (Finding("checkov", rule, "S3Audit") for rule in ("NEW", "OLD", "SAME"))
    assert differences({new, same}, {old, same}) == [
        "not explained: checkov NEW S3Audit",
        "explained, but no longer found: checkov OLD S3Audit",
    ]
    assert differences({same}, {same}) == []


def test_a_finding_explained_twice_is_refused(tmp_path: Path) -> None:
    """Two reasons for one finding would contradict each other sooner or later."""
    entry = "{rules: {checkov: [CKV_AWS_18]}, resources: [S3Audit], reason: one}"
    file = tmp_path / "record.yaml"
    file.write_text(
        f"scanners: [{{name: checkov, version: '3', checks: all}}]\nexplained: [{entry}, {entry}]\n", encoding="utf-8"
    )
    with pytest.raises(ValueError, match="checkov CKV_AWS_18 S3Audit is explained twice"):
        load_record(file)


def test_an_absent_scanner_finds_nothing_and_says_so(tmp_path: Path) -> None:
    """None, which is not the same as no finding."""
    assert scan(Scanner("checkov", "3", "all"), tmp_path, tmp_path / "template.json") is None


def test_scanners_see_the_values_of_parameters() -> None:
    """Given values, defaults and the account stand where the template refers to them; other references stay."""
    template = {
        "Parameters": {"Days": {"Type": "Number", "Default": 400}, "Suffix": {"Type": "String"}},
        "Resources": {
            "Log": {
                "Retention": {"Ref": "Days"},
                "Name": {"Fn::Sub": "log-${Suffix}"},
                "Arn": {"Fn::Sub": "${Log.Arn}:${AWS::AccountId}"},
                "Key": {"Ref": "KmsLogs"},
            }
        },
    }
    assert bound(template, {"Suffix": "prod"})["Resources"]["Log"] == {
        "Retention": 400,
        "Name": "log-prod",
        "Arn": {"Fn::Sub": "${Log.Arn}:123456789012"},
        "Key": {"Ref": "KmsLogs"},
    }
