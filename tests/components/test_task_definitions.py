"""Task definitions: hardening, storage, logs, and which sizes Fargate offers."""

from __future__ import annotations

import pytest

from components.processing import ProcessingSpec
from components.task_definitions import ContainerHealthSpec, TaskSpec
from tests.components.conftest import Record
from tests.components.processing_stand_ins import SETTINGS, Stack, build_processing, default_stack

TASKS = ("task-api-service", "task-stage-ingest", "task-stage-settle")


@pytest.fixture
def stack(record: Record) -> Stack:
    return default_stack(record)


@pytest.mark.parametrize("task", TASKS)
def test_containers_have_no_more_rights_than_they_need(stack: Stack, task: str) -> None:
    """Not root, no privileges, no capabilities, nothing writable but the two volumes."""
    container = stack.container(task)

    assert container["user"].split(":")[0] not in ("", "0", "root")
    assert container["privileged"] is False
    assert container["readonlyRootFilesystem"] is True
    assert container["linuxParameters"]["capabilities"] == {"drop": ["ALL"]}
    mounted = {mount["sourceVolume"] for mount in container["mountPoints"]}
    assert mounted == {volume["name"] for volume in stack.inputs(task)["volumes"]}


@pytest.mark.parametrize("task", TASKS)
def test_shared_files_are_reached_over_tls_with_iam_through_the_access_point(stack: Stack, task: str) -> None:
    """The EFS mount is encrypted in transit and authorised by the task role."""
    shared = next(volume for volume in stack.inputs(task)["volumes"] if volume["name"] == "shared")

    assert shared["efsVolumeConfiguration"] == {
        "fileSystemId": "fs-1",
        "transitEncryption": "ENABLED",
        "authorizationConfig": {"iam": "ENABLED", "accessPointId": "fsap-1"},
    }


@pytest.mark.parametrize("task", TASKS)
def test_task_and_start_have_roles_of_their_own(stack: Stack, task: str) -> None:
    """The role of the container is not the role that starts it."""
    inputs = stack.inputs(task)

    assert inputs["taskRoleArn"] != inputs["executionRoleArn"]
    assert inputs["networkMode"] == "awsvpc"
    assert inputs["requiresCompatibilities"] == ["FARGATE"]


@pytest.mark.parametrize(
    ("task", "secrets"),
    [
        ("task-api-service", {"SESSION_SIGNING_SECRET": "arn-secret-session-signing"}),
        ("task-stage-ingest", {}),
        ("task-stage-settle", {"API_CLIENT_SECRET": "arn-secret-api-client"}),
    ],
)
def test_no_secret_value_stands_in_an_environment(stack: Stack, task: str, secrets: dict[str, str]) -> None:
    """A secret reaches a container by its ARN; what stands in the environment under its name is that ARN."""
    injected = {secret["name"]: secret["valueFrom"] for secret in stack.container(task).get("secrets", [])}
    environment = stack.environment(task)

    assert injected == secrets
    assert {name: environment[f"{name}_ARN"] for name in injected} == injected
    assert not set(injected) & set(environment)


def test_logs_go_to_the_service_s_own_encrypted_group_without_blocking(stack: Stack) -> None:
    """Each service writes to a group of its own, under the logs key, which masks card data."""
    groups = {}
    for task in TASKS:
        options = stack.container(task)["logConfiguration"]["options"]
        assert options["mode"] == "non-blocking"
        groups[task] = options["awslogs-group"]
    assert groups["task-stage-ingest"] == "log-stage-ingest-test"
    assert len(set(groups.values())) == len(TASKS)
    assert stack.inputs("log-stage-ingest")["kmsKeyId"] == "arn-key-logs"
    assert stack.inputs("log-stage-ingest")["retentionInDays"] == SETTINGS["log_retention_days"]
    assert "mask-stage-ingest" in stack.by_name


def test_only_the_api_listens_and_only_consumers_have_a_health_command(stack: Stack) -> None:
    """The load balancer checks the API; nothing but ECS can check a consumer."""
    api, consumer = stack.container("task-api-service"), stack.container("task-stage-ingest")

    assert [mapping["containerPort"] for mapping in api["portMappings"]] == [8443]
    assert "healthCheck" not in api
    assert "portMappings" not in consumer
    assert consumer["healthCheck"]["command"] == ["CMD", "/usr/local/bin/healthcheck"]


def test_consumers_get_the_longest_time_to_stop(stack: Stack) -> None:
    """Fargate waits 120 s at most between SIGTERM and SIGKILL, which consumers need to hand leases over."""
    assert stack.container("task-stage-ingest")["stopTimeout"] == 120
    assert stack.environment("task-stage-ingest")["STOP_SECONDS"] == "120"


def test_the_spec_s_sizes_reach_the_tasks(record: Record) -> None:
    """API and stages are sized apart from each other."""
    spec = ProcessingSpec(api_task=TaskSpec(2048, 4096, architecture="X86_64"), stage_task=TaskSpec(512, 1024))
    stack = Stack(record(lambda context: build_processing(context, spec=spec)))

    api, stage = stack.inputs("task-api-service"), stack.inputs("task-stage-ingest")
    assert (api["cpu"], api["memory"], api["runtimePlatform"]["cpuArchitecture"]) == ("2048", "4096", "X86_64")
    assert (stage["cpu"], stage["memory"], stage["runtimePlatform"]["cpuArchitecture"]) == ("512", "1024", "ARM64")


@pytest.mark.parametrize(("cpu", "memory"), [(256, 512), (512, 4096), (1024, 8192), (8192, 20480), (16384, 122880)])
def test_sizes_that_fargate_offers_are_accepted(cpu: int, memory: int) -> None:
    """Ends and steps of the ranges in the developer guide."""
    assert TaskSpec(cpu, memory).memory_mib == memory


@pytest.mark.parametrize(
    ("cpu", "memory", "message"),
    [
        (1000, 2048, r"1000 CPU units are not offered; use one of 256, 512,"),
        (256, 4096, r"does not offer 4096 MiB of memory with 256 CPU units; use one of 512, 1024, 2048 MiB"),
        (1024, 1024, r"does not offer 1024 MiB of memory with 1024 CPU units"),
        (8192, 17408, r"does not offer 17408 MiB of memory with 8192 CPU units"),
    ],
)
def test_sizes_that_fargate_does_not_offer_are_refused(cpu: int, memory: int, message: str) -> None:
    """The message names both values and what is offered."""
    with pytest.raises(ValueError, match=message):
        TaskSpec(cpu, memory)


def test_unknown_architecture_and_storage_are_refused() -> None:
    """Fargate runs on two architectures, with 21 to 200 GiB of storage that is asked for."""
    with pytest.raises(ValueError, match=r"architecture 'arm' is not one of ARM64, X86_64"):
        TaskSpec(architecture="arm")
    with pytest.raises(ValueError, match=r"ephemeral_gib: 20 is not allowed; use 21 to 200 GiB"):
        TaskSpec(ephemeral_gib=20)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"interval": 4}, "interval: 4"),
        ({"timeout": 61}, "timeout: 61"),
        ({"retries": 0}, "retries: 0"),
        ({"start_period": 301}, "start_period: 301"),
    ],
)
def test_container_health_checks_outside_the_limits_are_refused(change: dict[str, int], message: str) -> None:
    """What ECS would refuse at deploy time is refused when the spec is built."""
    with pytest.raises(ValueError, match=f"container health, {message} is not allowed"):
        ContainerHealthSpec(**change)
