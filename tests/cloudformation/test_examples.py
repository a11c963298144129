"""The examples: other programs than this repository's own, with their templates as goldens."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from cfnlint.api import ManualArgs, lint

from cloudformation.synth import Synthesis, synthesize

from .support import load

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
NAMES = ("bucket-with-subresources", "two-security-groups", "lambda-behind-api")


@pytest.fixture(scope="module")
def syntheses() -> dict[str, Synthesis]:
    """Every example, compiled once."""
    return {name: synthesize(EXAMPLES / name) for name in NAMES}


def test_every_example_is_tested() -> None:
    """One that is added gets its golden and its test."""
    assert {folder.parent.name for folder in EXAMPLES.glob("*/Pulumi.yaml")} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_the_template_beside_the_program_is_up_to_date(name: str, syntheses: dict[str, Synthesis]) -> None:
    """Whoever changes a program or the compiler sees in the golden what that changes."""
    assert syntheses[name].text == (EXAMPLES / name / "template.yml").read_text(encoding="utf-8")


def test_the_linter_has_nothing_to_say(syntheses: dict[str, Synthesis]) -> None:
    """With its informational checks, for the Region of the examples."""
    arguments = ManualArgs(regions=["eu-west-1"], include_checks=["I"])
    assert {name: list(lint(item.text, config=arguments)) for name, item in syntheses.items()} == {
        name: [] for name in NAMES
    }


def test_a_bucket_holds_its_parts(syntheses: dict[str, Synthesis]) -> None:
    """Ten registrations are two buckets and two policies; what is set from Pulumi.yaml is a parameter."""
    compilation = syntheses["bucket-with-subresources"].compilation
    kinds = [item.type for item in compilation.template.resources]
    assert sorted(kinds) == ["AWS::S3::Bucket"] * 2 + ["AWS::S3::BucketPolicy"] * 2
    assert len(compilation.recorded.resources) == 13
    (rule,) = _resources(syntheses, "bucket-with-subresources")["ReportsBucket"]["Properties"][
        "LifecycleConfiguration"
    ]["Rules"]
    assert rule["ExpirationInDays"] == {"Ref": "RetentionDays"}


def test_two_groups_name_each_other_without_a_circle(syntheses: dict[str, Synthesis]) -> None:
    """The rules are resources of their own."""
    resources = _resources(syntheses, "two-security-groups")
    named = {
        name: {resources[name]["Properties"][key]["Fn::GetAtt"][0] for key in keys}
        for name, keys in (
            ("EgressWebToApp", ("GroupId", "DestinationSecurityGroupId")),
            ("IngressAppToWeb", ("GroupId", "SourceSecurityGroupId")),
        )
    }
    assert named == {"EgressWebToApp": {"SgWeb", "SgApp"}, "IngressAppToWeb": {"SgWeb", "SgApp"}}


def test_a_changed_api_is_deployed_again(tmp_path: Path, syntheses: dict[str, Synthesis]) -> None:
    """Its deployment is another resource then, and the stage follows; otherwise it stays the same one."""
    for file in ("Pulumi.yaml", "__main__.py"):
        text = (EXAMPLES / "lambda-behind-api" / file).read_text(encoding="utf-8")
        (tmp_path / file).write_text(text.replace('type="AWS_PROXY"', 'type="AWS"'), encoding="utf-8")

    def deployment(synthesis: Synthesis) -> tuple[str, str]:
        resources = load(synthesis.text)["Resources"]
        (name,) = [name for name, item in resources.items() if item["Type"] == "AWS::ApiGateway::Deployment"]
        return name, resources["StageLive"]["Properties"]["DeploymentId"]["Fn::GetAtt"][0]

    before, after = deployment(syntheses["lambda-behind-api"]), deployment(synthesize(tmp_path))
    assert before[0] == before[1] != after[0] == after[1]


def test_default_tags_of_the_project_are_applied(syntheses: dict[str, Synthesis]) -> None:
    """To whatever can be tagged."""
    project = yaml.safe_load((EXAMPLES / "lambda-behind-api" / "Pulumi.yaml").read_text(encoding="utf-8"))
    (key,) = project["config"]["aws:defaultTags"]["value"]["tags"]
    tagged = [
        name
        for name, item in _resources(syntheses, "lambda-behind-api").items()
        if {"Key": key, "Value": "greeting"} in item["Properties"].get("Tags", [])
    ]
    assert tagged == ["RoleGreeter", "LambdaGreeter", "Api", "StageLive"]


def _resources(syntheses: dict[str, Synthesis], name: str) -> dict[str, Any]:
    resources: dict[str, Any] = load(syntheses[name].text)["Resources"]
    return resources
