"""The platform's life on the emulator: created, left alone, changed three ways, refused, deleted, and created again.

Each chapter is ``make deploy`` or ``make destroy`` as a user runs it: the real AWS CLI, with its change sets and waits.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest

from cloudformation import emulator
from cloudformation.console import Console
from cloudformation.deploy import deploy
from cloudformation.destroy import destroy
from cloudformation.schema import stateful_types
from cloudformation.synth import synthesize
from cloudformation.target import DeployError, Target

ROOT = Path(__file__).resolve().parents[2]
STACK = "tap-test"
# The name of one of the last resources to be made.
TAKEN = "aws-waf-logs-api-dev"
NEW_IMAGE = "registry.example.com/tap-api:9.9.9"
# The program with another spec: the API waits less long for the service, and the pipeline has a fifth stage.
CHANGED_SPEC = """
from components.api import ApiSpec
from components.streaming import PipelineSpec, StageSpec
from components.tap_stack import TapSpec

spec = TapSpec(
    api=ApiSpec(timeout_seconds=20),
    pipeline=PipelineSpec((*PipelineSpec().stages, StageSpec("report"))),
)
"""


@dataclass(frozen=True)
class Chapter:
    """What the stack is after one operation, and what the user was shown."""

    printed: str
    resources: Mapping[str, Mapping[str, Any]]
    """By logical id, as the emulator was asked for them."""
    outputs: Mapping[str, str]
    refusal: str = ""

    @property
    def ids(self) -> dict[str, str]:
        """Physical ids by logical id."""
        return {name: item["PhysicalResourceId"] for name, item in self.resources.items()}

    def one(self, prefix: str, kind: str) -> str:
        """The logical id of the one resource of a type whose logical id begins so."""
        (found,) = [
            name for name, item in self.resources.items() if name.startswith(prefix) and item["ResourceType"] == kind
        ]
        return found


@dataclass(frozen=True)
class Life:
    """All chapters."""

    created: Chapter
    again: Chapter
    released: Chapter
    changed: Chapter
    refused: Chapter
    recreated: Chapter
    image: str
    """That of the API's task definition, as ECS has it after the release."""
    destroyed: tuple[str, str]
    """What the user was shown at either end."""
    failed: Chapter
    """A creation that could not be completed, before all others."""
    left_by_failure: Sequence[str]


class Story:
    """Runs the chapters in one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.target = Target(STACK, directory=folder)
        emulator.start(folder / emulator.DIRECTORY)

    def deploy(self, template: Path, **changes: str) -> Chapter:
        """Deploy a template with the parameters for development and these."""
        entries = json.loads((ROOT / "parameters" / "dev.json").read_text(encoding="utf-8"))
        values = {entry["ParameterKey"]: entry["ParameterValue"] for entry in entries} | changes
        file = self._folder / "parameters.json"
        file.write_text(json.dumps([{"ParameterKey": key, "ParameterValue": value} for key, value in values.items()]))
        refusal, written = "", io.StringIO()
        try:
            deploy(template, self.target, parameters=file, console=Console(written))
        except DeployError as error:
            refusal = str(error)
        stack = self.ask("cloudformation", "describe_stacks", StackName=STACK)["Stacks"][0]
        return Chapter(
            written.getvalue(),
            {item["LogicalResourceId"]: item for item in emulator.stack_resources(self._endpoint, STACK)},
            {item["OutputKey"]: item["OutputValue"] for item in stack.get("Outputs", ())},
            refusal,
        )

    def fail(self, template: Path) -> tuple[Chapter, list[str]]:
        """Deploy where one name is taken; the outcome, and what is left in the account beside what was there."""
        self.ask("logs", "create_log_group", logGroupName=TAKEN)
        failed = self.deploy(template)
        left = [item for item in emulator.leftovers(self._endpoint) if not item.endswith(f" {TAKEN}")]
        self.ask("logs", "delete_log_group", logGroupName=TAKEN)
        self.ask("cloudformation", "delete_stack", StackName=STACK)
        return failed, left

    def destroy(self) -> str:
        """Take the stack down; what was written."""
        written = io.StringIO()
        destroy(self.target, console=Console(written))
        return written.getvalue()

    def ask(self, service: str, operation: str, **parameters: Any) -> Any:
        """Ask a service of the emulated account."""
        credentials = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
        client = boto3.client(service, region_name=emulator.REGION, endpoint_url=self._endpoint, **credentials)
        return getattr(client, operation)(**parameters)

    @property
    def _endpoint(self) -> str:
        state = emulator.running(self._folder / emulator.DIRECTORY)
        assert state
        return state.endpoint


def changed_template(folder: Path) -> Path:
    """The template of the program with the changed spec."""
    (folder / "Pulumi.yaml").write_text((ROOT / "Pulumi.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    main = (ROOT / "__main__.py").read_text(encoding="utf-8")
    main = main.replace("TapStack(context, settings)", "TapStack(context, settings, spec)")
    (folder / "__main__.py").write_text(CHANGED_SPEC + main.partition('"""\n\n')[2], encoding="utf-8")
    template = folder / "template.yml"
    template.write_text(synthesize(folder).text, encoding="utf-8")
    return template


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> Life:
    """The whole story, told once."""
    template, changed = ROOT / "TapStack.yml", changed_template(tmp_path_factory.mktemp("changed"))
    story = Story(tmp_path_factory.mktemp("platform"))
    try:
        failed, left = story.fail(template)
        created, again = story.deploy(template), story.deploy(template)
        released = story.deploy(template, ApiImage=NEW_IMAGE)
        task = story.ask("ecs", "describe_task_definition", taskDefinition=released.ids["TaskApiService"])
        image = task["taskDefinition"]["containerDefinitions"][0]["image"]
        larger = story.deploy(changed, ApiImage=NEW_IMAGE)
        refused = story.deploy(changed, ApiImage=NEW_IMAGE, EnvironmentSuffix="other")
        first_end = story.destroy()
        recreated = story.deploy(template)
        ends = (first_end, story.destroy())
        return Life(created, again, released, larger, refused, recreated, image, ends, failed, left)
    finally:
        emulator.stop(story.target.emulator_directory)


def test_creation_that_fails_is_rolled_back(life: Life) -> None:
    """One name is taken: hundreds of resources go again, in the order in which they can, and nothing is left."""
    made = set(re.findall(r"(\d+) resources done", life.failed.printed))
    assert max(map(int, made)) > 100
    assert "CREATE_FAILED  AWS::Logs::LogGroup  LogWafApi" in life.failed.printed
    assert "already exists" in life.failed.printed
    assert "is in ROLLBACK_COMPLETE" in life.failed.refusal
    assert life.left_by_failure == []


def test_creation_makes_everything(life: Life) -> None:
    """The change set announces all resources, and all of them are there afterwards."""
    assert not life.created.refusal
    assert f"{len(life.created.resources)} resources are added" in life.created.printed
    assert len(life.created.resources) > 400
    assert all(life.created.ids.values())


def test_every_output_names_something_that_is_there(life: Life) -> None:
    """Each output, or each part of a list, is or contains an id, a name or an address of a resource of the stack."""
    known = {
        str(value)
        for item in life.created.resources.values()
        for value in (item["PhysicalResourceId"], *item["Attributes"].values())
    }
    # Settings and names that the program itself decides on.
    known |= {item["Properties"]["DatabaseName"] for item in life.created.resources.values() if _is_cluster(item)}
    known |= {item["Properties"]["CidrBlock"] for item in life.created.resources.values() if _is_vpc(item)}
    lost = {
        name: part
        for name, value in life.created.outputs.items()
        for part in value.split(",")
        if not any(len(text) > 1 and text in part for text in known)
    }
    assert len(life.created.outputs) > 40
    assert lost == {}


def _is_cluster(item: Mapping[str, Any]) -> bool:
    return bool(item["ResourceType"] == "AWS::RDS::DBCluster")


def _is_vpc(item: Mapping[str, Any]) -> bool:
    return bool(item["ResourceType"] == "AWS::EC2::VPC")


def test_second_deployment_does_nothing(life: Life) -> None:
    """The same template with the same parameters has no changes, and no change set is carried out."""
    assert "No changes to deploy" in life.again.printed
    assert life.again.resources == life.created.resources


def test_new_image_reaches_the_service_and_nothing_else(life: Life) -> None:
    """A release is one task definition more and one service that points to it."""
    before, after = life.again.ids, life.released.ids
    assert {name for name in before if before[name] != after[name]} == {"TaskApiService"}
    assert life.image == NEW_IMAGE
    assert life.released.resources["SvcApi"]["Properties"]["TaskDefinition"] == after["TaskApiService"]
    assert "UPDATE_COMPLETE  AWS::ECS::Service  SvcApi" in life.released.printed


def test_changed_api_is_another_deployment_and_the_stage_follows(life: Life) -> None:
    """API Gateway takes a picture of the API: a changed API needs a new one, and the stage has to show it."""
    old, new = (
        chapter.one("DeploymentApi", "AWS::ApiGateway::Deployment") for chapter in (life.released, life.changed)
    )
    assert old != new
    for chapter, name in ((life.released, old), (life.changed, new)):
        assert chapter.resources["StageV1"]["Properties"]["DeploymentId"] == chapter.ids[name]
    assert life.changed.ids["StageV1"] == life.released.ids["StageV1"]


def test_one_stage_more_comes_complete_and_leaves_the_others_alone(life: Life) -> None:
    """Stream, queue, tables, service, role, scaling, alarms come with a stage's line; what holds data stays."""
    added = set(life.changed.ids) - set(life.released.ids)
    kinds = {life.changed.resources[name]["ResourceType"] for name in added if "Report" in name}
    assert kinds >= {
        "AWS::ApplicationAutoScaling::ScalableTarget",
        "AWS::CloudWatch::Alarm",
        "AWS::DynamoDB::Table",
        "AWS::ECS::Service",
        "AWS::ECS::TaskDefinition",
        "AWS::IAM::Role",
        "AWS::Kinesis::Stream",
        "AWS::Logs::LogGroup",
        "AWS::SQS::Queue",
    }
    stateful = {name for name, item in life.released.resources.items() if item["ResourceType"] in stateful_types()}
    assert {name: life.changed.ids.get(name) for name in stateful} == {
        name: life.released.ids[name] for name in stateful
    }
    assert "What holds data" not in life.changed.printed


def test_another_suffix_is_refused_before_anything_happens(life: Life) -> None:
    """It would give other names, and so replace nearly all that holds data: each is named, and nothing is done."""
    replaced = {
        name
        for name, item in life.changed.resources.items()
        if item["ResourceType"] in stateful_types() and "-dev" in item["PhysicalResourceId"]
    }
    named = set(
        re.findall(r"^ +(\w+) \(\S+\) would be replaced, and what it holds is lost", life.refused.printed, re.MULTILINE)
    )
    assert len(replaced) > 40
    assert named == replaced
    assert f"{len(replaced)} resources that hold data" in life.refused.refusal
    assert "ALLOW_REPLACEMENT=1" in life.refused.refusal
    assert life.refused.resources == life.changed.resources


def test_nothing_is_left_after_deletion(life: Life) -> None:
    """Asked of the back ends, not of the stack."""
    for printed in life.destroyed:
        assert "Nothing is left. The emulator is stopped" in printed


def test_same_suffix_can_be_used_again(life: Life) -> None:
    """No name is taken by what the first stack left behind, and the second stack is the first one's like."""
    assert not life.recreated.refusal
    assert set(life.recreated.resources) == set(life.created.resources)
