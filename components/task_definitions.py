"""Fargate task definitions: hardened containers that get names and addresses, never secrets, in their environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components.availability import within
from components.container_contract import HEALTH_COMMAND, PORT, SCRATCH_PATH, SHARED_PATH, START_SECONDS, USER
from components.layer import Layer, Scope
from components.storage import Storage
from components.task_roles import TaskRole

# Memory (MiB) that Fargate offers per CPU size (1024 units are one vCPU).
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html#task_size
FARGATE_MEMORY: Mapping[int, tuple[int, ...]] = {
    256: (512, 1024, 2048),
    512: tuple(range(1024, 4096 + 1, 1024)),
    1024: tuple(range(2048, 8192 + 1, 1024)),
    2048: tuple(range(4096, 16384 + 1, 1024)),
    4096: tuple(range(8192, 30720 + 1, 1024)),
    8192: tuple(range(16384, 61440 + 1, 4096)),
    16384: tuple(range(32768, 122880 + 1, 8192)),
}
ARCHITECTURES = ("ARM64", "X86_64")


@dataclass(frozen=True)
class TaskSpec:
    """Size and platform of one kind of task.

    Raises:
        ValueError: Fargate does not offer the combination.
    """

    cpu: int = 1024
    """CPU units; 1024 are one vCPU."""
    memory_mib: int = 2048
    ephemeral_gib: int = 21
    """Scratch space; 21 GiB is the least that can be asked for."""
    architecture: str = "ARM64"

    def __post_init__(self) -> None:
        if self.cpu not in FARGATE_MEMORY:
            raise ValueError(f"task: {self.cpu} CPU units are not offered; use one of {_words(tuple(FARGATE_MEMORY))}.")
        memory = FARGATE_MEMORY[self.cpu]
        if self.memory_mib not in memory:
            raise ValueError(
                f"task: Fargate does not offer {self.memory_mib} MiB of memory with {self.cpu} CPU units; "
                f"use one of {_words(memory)} MiB, or another CPU size."
            )
        within("task, ephemeral_gib", self.ephemeral_gib, 21, 200, "GiB")
        if self.architecture not in ARCHITECTURES:
            raise ValueError(f"task: architecture {self.architecture!r} is not one of {_words(ARCHITECTURES)}.")


@dataclass(frozen=True)
class ContainerHealthSpec:
    """How ECS notices that a consumer, which no load balancer checks, hangs. Times in seconds.

    Limits: Amazon ECS API reference, HealthCheck.

    Raises:
        ValueError: a value is outside the limits of ECS.
    """

    interval: int = 10
    timeout: int = 5
    retries: int = 2
    start_period: int = START_SECONDS

    def __post_init__(self) -> None:
        within("container health, interval", self.interval, 5, 300, "seconds")
        within("container health, timeout", self.timeout, 2, 60, "seconds")
        within("container health, retries", self.retries, 1, 10, "checks")
        within("container health, start_period", self.start_period, 0, 300, "seconds")

    @property
    def detection_seconds(self) -> int:
        """Worst case: the container hangs just after a check, and the last failing one runs into its timeout."""
        return self.interval * self.retries + self.timeout

    @property
    def definition(self) -> dict[str, Any]:
        """The container definition's ``healthCheck``."""
        return {
            "command": ["CMD", HEALTH_COMMAND],
            "interval": self.interval,
            "timeout": self.timeout,
            "retries": self.retries,
            "startPeriod": self.start_period,
        }


def container(
    name: str,
    *,
    image: str,
    environment: Mapping[str, pulumi.Input[str]],
    secrets: Mapping[str, pulumi.Input[str]],
    log_group: pulumi.Input[str],
    region: str,
    stop_seconds: int,
    listens: bool = False,
    health: ContainerHealthSpec | None = None,
) -> dict[str, Any]:
    """The container definition, in the form of the ECS API; values may be outputs.

    Logs are sent without blocking: a stalled log endpoint would otherwise stop payments in every zone. What PCI DSS
    v4.0.1, 10.2.1, asks to be recorded does not hang on these logs alone: the database's audit log, the API's access
    log and CloudTrail are written by their services.
    """
    definition: dict[str, Any] = {
        "name": name,
        "image": image,
        "essential": True,
        "user": USER,
        "privileged": False,
        "readonlyRootFilesystem": True,
        "linuxParameters": {"initProcessEnabled": True, "capabilities": {"drop": ["ALL"]}},
        "environment": [{"name": key, "value": environment[key]} for key in sorted(environment)],
        "mountPoints": [
            {"sourceVolume": "shared", "containerPath": SHARED_PATH, "readOnly": False},
            {"sourceVolume": "scratch", "containerPath": SCRATCH_PATH, "readOnly": False},
        ],
        "stopTimeout": stop_seconds,
        "versionConsistency": "enabled",
        "logConfiguration": {
            "logDriver": "awslogs",
            "options": {
                "awslogs-group": log_group,
                "awslogs-region": region,
                "awslogs-stream-prefix": name,
                "mode": "non-blocking",
                "max-buffer-size": "25m",
            },
        },
    }
    if secrets:
        definition["secrets"] = [{"name": key, "valueFrom": secrets[key]} for key in sorted(secrets)]
    if listens:
        definition["portMappings"] = [{"containerPort": PORT, "hostPort": PORT, "protocol": "tcp"}]
    if health:
        definition["healthCheck"] = health.definition
    return definition


def task_definition(
    layer: Layer,
    purpose: str,
    *,
    spec: TaskSpec,
    definition: Mapping[str, Any],
    task_role: TaskRole,
    execution_role: TaskRole,
    storage: Storage,
) -> aws.ecs.TaskDefinition:
    """Task of one service: not root, no privileges, read-only root file system, shared files over TLS with IAM."""
    n = layer.named("task", purpose)
    shared = aws.ecs.TaskDefinitionVolumeEfsVolumeConfigurationArgs(
        file_system_id=storage.file_system_id,
        transit_encryption="ENABLED",
        authorization_config=aws.ecs.TaskDefinitionVolumeEfsVolumeConfigurationAuthorizationConfigArgs(
            access_point_id=storage.access_point_id, iam="ENABLED"
        ),
    )
    return aws.ecs.TaskDefinition(
        n.logical,
        family=n.physical,
        requires_compatibilities=["FARGATE"],
        network_mode="awsvpc",
        runtime_platform=aws.ecs.TaskDefinitionRuntimePlatformArgs(
            cpu_architecture=spec.architecture, operating_system_family="LINUX"
        ),
        cpu=str(spec.cpu),
        memory=str(spec.memory_mib),
        ephemeral_storage=aws.ecs.TaskDefinitionEphemeralStorageArgs(size_in_gib=spec.ephemeral_gib),
        task_role_arn=task_role.arn,
        execution_role_arn=execution_role.arn,
        container_definitions=pulumi.Output.json_dumps([definition]),
        volumes=[
            aws.ecs.TaskDefinitionVolumeArgs(name="shared", efs_volume_configuration=shared),
            # The root file system is read-only; this is the task's own ephemeral storage, under our key.
            aws.ecs.TaskDefinitionVolumeArgs(name="scratch"),
        ],
        tags=layer.tags(n, Scope.CARDHOLDER_DATA),
        opts=layer.child(),
    )


def _words(values: tuple[int, ...] | tuple[str, ...]) -> str:
    return ", ".join(map(str, values))
