"""The stage consumers: one rolling service per stage."""

from __future__ import annotations

import pulumi
import pytest

from components.streaming import PipelineSpec, StageSpec
from tests.components.conftest import Record
from tests.components.processing_stand_ins import SETTINGS, Stack, build_processing, default_stack


@pytest.fixture
def stack(record: Record) -> Stack:
    return default_stack(record)


def test_consumers_are_replaced_a_few_at_a_time(stack: Stack) -> None:
    """Rolling and never two whole fleets, never below full capacity, rolled back when it fails."""
    service = stack.inputs("svc-stage-ingest")

    assert "deploymentConfiguration" not in service
    assert service["deploymentMinimumHealthyPercent"] == 100
    assert 100 < service["deploymentMaximumPercent"] < 200
    assert service["deploymentCircuitBreaker"] == {"enable": True, "rollback": True}


def test_consumers_run_in_all_zones_behind_no_load_balancer(stack: Stack) -> None:
    """Nothing calls a consumer; its security group lets nothing in."""
    service = stack.inputs("svc-stage-ingest")

    assert "loadBalancers" not in service
    assert service["networkConfiguration"]["subnets"] == ["app-1", "app-2", "app-3"]
    assert service["networkConfiguration"]["securityGroups"] == ["sg-consumer"]
    assert service["networkConfiguration"]["assignPublicIp"] is False
    assert service["enableExecuteCommand"] is False


def test_each_service_runs_its_own_stage_s_task_and_waits_for_what_it_needs_to_start(stack: Stack) -> None:
    """A consumer that starts before its role has a policy, or without files, endpoints or secret, fails."""
    service = stack.by_name["svc-stage-settle"]

    assert service.inputs["taskDefinition"] == "<task-stage-settle.arn>"
    assert service.depends_on >= {
        *("policy-stage-settle", "policy-stage-settle-execution", "mount-x", "vpce-consumer"),
        "secret-api-client-rotation",
    }
    assert not [name for name in stack.by_name["svc-stage-ingest"].depends_on if name.startswith("secret-")]


def test_scaling_owns_the_number_of_tasks(record: Record) -> None:
    """The number of tasks is set once, to the least, and then left to scaling."""
    ignored: dict[str, object] = {}

    def note(arguments: pulumi.ResourceTransformationArgs) -> None:
        ignored[arguments.name] = arguments.opts.ignore_changes

    options = pulumi.ResourceOptions(transformations=[note])
    pipeline = PipelineSpec((StageSpec("ingest"),))
    stack = Stack(record(lambda context: build_processing(context, pipeline, opts=options)))

    assert stack.inputs("svc-stage-ingest")["desiredCount"] == SETTINGS["stage_min_tasks"]
    assert ignored["svc-stage-ingest"] == ["desiredCount"]
