"""Create, no-op, three updates, delete, and create again under the same suffix."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

from cloudformation import emulator
from cloudformation.deploy import deploy
from cloudformation.destroy import destroy
from cloudformation.synth import synthesize
from cloudformation.target import EMULATOR, Target

ROOT = Path(__file__).resolve().parents[2]
STACK = "tap-test"
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


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with an emulator of its own."""
    directory = tmp_path_factory.mktemp("platform")
    emulator.start(directory / emulator.DIRECTORY)
    yield directory
    emulator.stop(directory / emulator.DIRECTORY)


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The template of the program with the changed spec."""
    program = tmp_path_factory.mktemp("changed")
    (program / "Pulumi.yaml").write_text((ROOT / "Pulumi.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    main = (ROOT / "__main__.py").read_text(encoding="utf-8")
    main = main.replace("TapStack(context, settings)", "TapStack(context, settings, spec)")
    (program / "__main__.py").write_text(CHANGED_SPEC + main.partition('"""\n\n')[2], encoding="utf-8")
    template = program / "template.yml"
    template.write_text(synthesize(program).text, encoding="utf-8")
    return template


def _parameters(directory: Path, **changes: str) -> Path:
    entries = json.loads((ROOT / "parameters" / "dev.json").read_text(encoding="utf-8"))
    values = {entry["ParameterKey"]: entry["ParameterValue"] for entry in entries} | changes
    file = directory / "parameters.json"
    file.write_text(json.dumps([{"ParameterKey": k, "ParameterValue": v} for k, v in values.items()]), encoding="utf-8")
    return file


def _resources(directory: Path) -> dict[str, str]:
    """Physical id of each resource of the stack, by logical id."""
    state = emulator.running(directory / emulator.DIRECTORY)
    assert state
    client = boto3.client(
        "cloudformation",
        region_name=emulator.REGION,
        endpoint_url=state.endpoint,
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    pages = client.get_paginator("list_stack_resources").paginate(StackName=STACK)
    return {
        item["LogicalResourceId"]: item["PhysicalResourceId"]
        for page in pages
        for item in page["StackResourceSummaries"]
    }


def _deployment_id(resources: dict[str, str]) -> str:
    (identifier,) = [name for name in resources if name.startswith("DeploymentApi")]
    return identifier


def test_the_platform_lives(directory: Path, changed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each operation succeeds with the real client, changes what it should and nothing else, and leaves nothing."""
    target = Target(STACK, EMULATOR, directory=directory)
    template = ROOT / "TapStack.yml"

    deploy(template, target, parameters=_parameters(directory))
    created = _resources(directory)
    outputs = capsys.readouterr().out.partition("OUTPUT")[2]
    assert len(created) > 400
    assert "dashboard" in outputs.lower()
    assert "${" not in outputs

    deploy(template, target, parameters=_parameters(directory))
    assert _resources(directory) == created

    image = "registry.example.com/tap-api:1.0.1"
    deploy(template, target, parameters=_parameters(directory, ApiImage=image))
    with_image = _resources(directory)
    assert {name for name in created if created[name] != with_image[name]} == {"TaskApiService"}

    deploy(changed, target, parameters=_parameters(directory, ApiImage=image))
    with_stage = _resources(directory)
    assert _deployment_id(with_stage) != _deployment_id(created)
    added = set(with_stage) - set(created) - {_deployment_id(with_stage)}
    assert len(added) > 20
    assert {"StreamReport", "DlqReport", "SvcStageReport", "RoleStageReport"} <= added

    destroy(target)
    assert "Nothing is left" in capsys.readouterr().out
    emulator.start(directory / emulator.DIRECTORY)

    deploy(template, target, parameters=_parameters(directory))
    assert set(_resources(directory)) == set(created)
    destroy(target)
    assert "Nothing is left" in capsys.readouterr().out
