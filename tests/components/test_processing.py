"""Processing as a whole: the cluster, what a further stage brings, and what the layer passes on."""

from __future__ import annotations

from collections import Counter

import pytest

from components.layer import Context
from components.naming import MAX_SUFFIX_LENGTH
from components.processing import Processing
from components.streaming import PipelineSpec, StageSpec
from tests.components.conftest import Record
from tests.components.processing_stand_ins import Stack, build_processing, default_stack


@pytest.fixture
def stack(record: Record) -> Stack:
    return default_stack(record)


def test_the_cluster_encrypts_task_storage_and_logs_shell_sessions(stack: Stack) -> None:
    """Scratch space is under the data key, sessions under the logs key and in an encrypted group."""
    configuration = stack.inputs("ecs-main")["configuration"]

    assert configuration["managedStorageConfiguration"] == {"fargateEphemeralStorageKmsKeyId": "arn-key-data"}
    sessions = configuration["executeCommandConfiguration"]
    assert (sessions["logging"], sessions["kmsKeyId"]) == ("OVERRIDE", "arn-key-logs")
    assert sessions["logConfiguration"] == {
        "cloudWatchEncryptionEnabled": True,
        "cloudWatchLogGroupName": "log-ecs-sessions-test",
    }
    assert stack.inputs("log-ecs-sessions")["kmsKeyId"] == "arn-key-logs"


def test_the_group_that_ecs_would_make_itself_is_there_before_the_cluster(stack: Stack) -> None:
    """Container insights write to a group whose name ECS dictates; ours has the key, and goes with the stack."""
    assert stack.inputs("log-ecs-insights")["name"] == "/aws/ecs/containerinsights/ecs-main-test/performance"
    assert "log-ecs-insights" in stack.by_name["ecs-main"].depends_on
    assert stack.inputs("ecs-main")["settings"] == [{"name": "containerInsights", "value": "enabled"}]


def test_tasks_cannot_land_on_capacity_that_is_taken_away(stack: Stack) -> None:
    """Only FARGATE is offered, and every service asks for it."""
    assert stack.inputs("ecs-main-capacity")["capacityProviders"] == ["FARGATE"]
    assert {service.inputs["launchType"] for service in stack.of_type("Service")} == {"FARGATE"}


def test_a_further_stage_brings_everything_it_needs(record: Record) -> None:
    """One more line in the spec: stream, queue, tables, service, task, roles, logs, alarms and scaling follow."""

    def count(*names: str) -> Counter[str]:
        pipeline = PipelineSpec(tuple(map(StageSpec, names)))
        return Counter(resource.type for resource in record(lambda context: build_processing(context, pipeline)))

    assert count("ingest", "settle", "refund") - count("ingest", "settle") == {
        "aws:kinesis/stream:Stream": 1,
        "aws:sqs/queue:Queue": 1,
        "aws:sqs/queuePolicy:QueuePolicy": 1,
        "aws:dynamodb/table:Table": 3,
        "aws:cloudwatch/logGroup:LogGroup": 1,
        "aws:cloudwatch/logDataProtectionPolicy:LogDataProtectionPolicy": 1,
        "aws:iam/role:Role": 2,
        "aws:iam/rolePolicy:RolePolicy": 2,
        "aws:ecs/taskDefinition:TaskDefinition": 1,
        "aws:ecs/service:Service": 1,
        "aws:appautoscaling/target:Target": 1,
        "aws:appautoscaling/policy:Policy": 3,
        "aws:cloudwatch/metricAlarm:MetricAlarm": 3,
    }


def test_the_layer_passes_on_what_api_and_monitoring_need(record: Record) -> None:
    """One service per stage in the order of the pipeline, and every log group."""
    built: list[Processing] = []
    recorded = record(lambda context: built.append(build_processing(context)))

    (layer,) = built
    assert [service.stage for service in layer.stage_services] == ["ingest", "validate", "authorise", "settle"]
    outputs = next(resource.outputs for resource in recorded if resource.type == "tap:processing:Processing")
    assert outputs["apiServiceName"] == "svc-api-test"
    assert outputs["stageServiceNames"][0] == "svc-stage-ingest-test"
    groups = {r.inputs["name"] for r in recorded if r.type == "aws:cloudwatch/logGroup:LogGroup"}
    assert set(outputs["logGroupNames"]) == groups


def test_everything_belongs_to_the_layer_and_carries_its_tags(stack: Stack) -> None:
    """No resource stands outside a component; what can be tagged says how it relates to card data."""
    outside = {"VpcEndpoint", "SecretRotation", "MountTarget", "BucketPolicy"}
    for resource in stack.recorded:
        if resource.type.rpartition(":")[2] not in outside and not resource.type.startswith("tap:"):
            assert resource.parent in ("processing", "streaming"), resource.name
        if "tags" in resource.inputs:
            assert resource.inputs["tags"]["DataClassification"]
            assert resource.inputs["tags"]["Environment"] == "test"


def test_the_longest_names_fit_the_longest_suffix(context: Context, record: Record) -> None:
    """A stage name of 20 characters with the longest suffix stays within the limits of AWS."""
    longest = Context(**{**vars(context), "suffix": "s" * MAX_SUFFIX_LENGTH})
    pipeline = PipelineSpec((StageSpec("a" * 20),))
    stack = Stack(record(lambda _: build_processing(longest, pipeline)))

    assert max(len(role.inputs["name"]) for role in stack.of_type("Role")) <= 64
    assert max(len(group.inputs["name"]) for group in stack.of_type("TargetGroup")) <= 32
