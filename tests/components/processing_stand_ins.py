"""Frozen stand-ins for the layers below processing: they hold what processing reads of them, and make nothing else."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pulumi
import pulumi_aws as aws

from components.database_spec import DatabaseSpec
from components.encryption import Key
from components.layer import Context
from components.processing import Processing
from components.secrets import PURPOSES, OwnSecret
from components.security_groups import SecurityGroups
from components.streaming import PipelineSpec, Streaming
from tests.components.conftest import Record, Recorded


def out(text: str) -> pulumi.Output[str]:
    return pulumi.Output.from_input(text)


def key(name: str) -> Key:
    return Key(id=out(f"id-{name}"), arn=out(f"arn-key-{name}"), alias_name=out(f"alias/{name}"))


def way(group: str) -> tuple[pulumi.Resource, ...]:
    return (aws.ec2.VpcEndpoint(f"vpce-{group}", vpc_id="vpc-1"),)


@dataclass(frozen=True)
class StandInNetwork:
    ways: Mapping[str, tuple[pulumi.Resource, ...]] = field(
        default_factory=lambda: {group: way(group) for group in ("api", "consumer")}
    )
    vpc_id: pulumi.Output[str] = field(default_factory=lambda: out("vpc-1"))
    app_subnet_ids: tuple[pulumi.Output[str], ...] = field(
        default_factory=lambda: (out("app-1"), out("app-2"), out("app-3"))
    )
    security_groups: SecurityGroups = field(
        default_factory=lambda: SecurityGroups(
            **{
                name: out(f"sg-{name}")
                for name in "edge alb api consumer rotation proxy database cache storage endpoints".split()
            }
        )
    )

    def way_to_services(self, group: str) -> tuple[pulumi.Resource, ...]:
        return self.ways[group]


@dataclass(frozen=True)
class StandInKeys:
    data: Key = field(default_factory=lambda: key("data"))
    streams: Key = field(default_factory=lambda: key("streams"))
    secrets: Key = field(default_factory=lambda: key("secrets"))
    logs: Key = field(default_factory=lambda: key("logs"))


@dataclass(frozen=True)
class StandInDatabase:
    proxy_endpoint: pulumi.Output[str] = field(default_factory=lambda: out("proxy.example"))
    proxy_reader_endpoint: pulumi.Output[str] = field(default_factory=lambda: out("readers.example"))
    database_name: str = "transactions"
    port: int = 5432

    def service_user(self, service: str) -> str:
        return DatabaseSpec().service_user(service)

    def connect_arn(self, user: str) -> pulumi.Output[str]:
        return out(f"arn-dbuser/{user}")


@dataclass(frozen=True)
class StandInCache:
    endpoint: pulumi.Output[str] = field(default_factory=lambda: out("cache.example"))
    port: int = 6379
    replication_group_id: pulumi.Output[str] = field(default_factory=lambda: out("cache-sessions-test"))
    replication_group_arn: pulumi.Output[str] = field(default_factory=lambda: out("arn-cache"))
    user_arn: pulumi.Output[str] = field(default_factory=lambda: out("arn-cache-user"))
    user_name: str = "service"
    key_prefix: str = "tap:"


@dataclass(frozen=True)
class StandInStorage:
    file_system_id: pulumi.Output[str] = field(default_factory=lambda: out("fs-1"))
    file_system_arn: pulumi.Output[str] = field(default_factory=lambda: out("arn-fs"))
    access_point_id: pulumi.Output[str] = field(default_factory=lambda: out("fsap-1"))
    access_point_arn: pulumi.Output[str] = field(default_factory=lambda: out("arn-fsap"))
    mount_targets: tuple[pulumi.Resource, ...] = field(default_factory=lambda: (mount_target(),))


def mount_target() -> aws.efs.MountTarget:
    return aws.efs.MountTarget("mount-x", file_system_id="fs-1", subnet_id="data-1")


def own_secret(purpose: str) -> OwnSecret:
    rules = aws.secretsmanager.SecretRotationRotationRulesArgs(automatically_after_days=30)
    name = f"secret-{purpose}-rotation"
    rotation = aws.secretsmanager.SecretRotation(name, secret_id=f"secret-{purpose}", rotation_rules=rules)
    return OwnSecret(out(f"arn-secret-{purpose}"), rotation)


@dataclass(frozen=True)
class StandInSecrets:
    secrets: Mapping[str, OwnSecret] = field(
        default_factory=lambda: {purpose: own_secret(purpose) for purpose in PURPOSES}
    )


@dataclass(frozen=True)
class StandInAudit:
    access_log_bucket: pulumi.Output[str] = field(default_factory=lambda: out("s3-access-logs"))
    access_log_policy: pulumi.Resource = field(
        default_factory=lambda: aws.s3.BucketPolicy("bucketpolicy-access-logs", bucket="b", policy="{}")
    )
    alarm_topic_arn: pulumi.Output[str] = field(default_factory=lambda: out("arn-topic"))


SETTINGS: dict[str, Any] = {
    "certificate_arn": "arn:aws:acm:eu-west-1:123456789012:certificate/1",
    "api_image": "registry/api:1.0",
    "consumer_image": "registry/consumer:1.0",
    "api_min_tasks": 3,
    "api_max_tasks": 30,
    "api_requests_per_task": 6000,
    "stage_min_tasks": 4,
    "stage_max_tasks": 40,
    "stage_records_per_task": 12000,
    "log_retention_days": 400,
}


def build_processing(context: Context, pipeline: PipelineSpec | None = None, **changes: Any) -> Processing:
    """Streaming and processing over stand-ins; ``changes`` replace arguments of :class:`Processing`."""
    keys = StandInKeys()
    streaming = Streaming(context, streams_key=keys.streams, spec=pipeline)
    arguments: dict[str, Any] = {
        "network": StandInNetwork(),
        "streaming": streaming,
        "database": StandInDatabase(),
        "cache": StandInCache(),
        "storage": StandInStorage(),
        "secrets": StandInSecrets(),
        "keys": keys,
        "audit": StandInAudit(),
        **SETTINGS,
    }
    return Processing(context, **{**arguments, **changes})


class Stack:
    """What was recorded, by name, and what each service's only container is told."""

    def __init__(self, recorded: list[Recorded]) -> None:
        self.recorded = recorded
        self.by_name = {resource.name: resource for resource in recorded}

    def inputs(self, name: str) -> dict[str, Any]:
        return self.by_name[name].inputs

    def of_type(self, suffix: str) -> list[Recorded]:
        return [resource for resource in self.recorded if resource.type.endswith(f":{suffix}")]

    def container(self, task: str) -> dict[str, Any]:
        (container,) = json.loads(self.inputs(task)["containerDefinitions"])
        return dict(container)

    def environment(self, task: str) -> dict[str, str]:
        return {entry["name"]: entry["value"] for entry in self.container(task)["environment"]}

    def statements(self, policy: str) -> dict[str, dict[str, Any]]:
        return {entry["Sid"]: entry for entry in json.loads(self.inputs(policy)["policy"])["Statement"]}


_default: list[Stack] = []


def default_stack(record: Record) -> Stack:
    """Four stages and the default specs, recorded once for all tests: nothing in it changes."""
    if not _default:
        _default.append(Stack(record(build_processing)))
    return _default[0]
