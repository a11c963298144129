"""The roles of containers: one per service for what the container does, one for what starts it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components.cache import Cache
from components.database import Database
from components.encryption import Key
from components.layer import Context, Layer, document, statement, trust
from components.log_groups import write_statement
from components.storage import Storage
from components.streaming import StageStreams

Statement = dict[str, Any]


@dataclass(frozen=True)
class Backends:
    """The data stores that every service works with."""

    database: Database
    cache: Cache
    storage: Storage


@dataclass(frozen=True)
class TaskRole:
    """A role together with its policy, which has to be there before a task starts."""

    arn: pulumi.Output[str]
    policy: aws.iam.RolePolicy


def task_role(layer: Layer, purpose: str, statements: Sequence[Statement]) -> TaskRole:
    """Role of one service's containers: its own streams, tables, queue and secrets, and nothing of the others'."""
    return _role(layer, purpose, statements)


def execution_role(
    layer: Layer, purpose: str, *, log_group: aws.cloudwatch.LogGroup, statements: Sequence[Statement] = ()
) -> TaskRole:
    """Role with which Fargate starts one service's tasks: pulls the image, writes its log group, injects its secrets.

    ``statements`` add what only this service needs. The role may not make log groups: one that its writer brings back
    after its deletion is neither encrypted nor part of the stack.
    """
    context = layer.context
    start = [
        # ECR supports no narrower resource for this action.
        statement("LogInToRegistry", actions=["ecr:GetAuthorizationToken"], resources=["*"]),
        statement(
            "PullImage",
            actions=["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
            # The images are deploy-time values; which repository of this account they are in is not known before.
            resources=[context.arn("ecr", "repository/*")],
        ),
        write_statement(layer, log_group),
    ]
    return _role(layer, f"{purpose}-execution", [*start, *statements])


def api_statements(
    context: Context,
    *,
    backends: Backends,
    user: str,
    first_stage: StageStreams,
    streams_key: Key,
) -> list[Statement]:
    """What the API may do: hand transactions to the first stage and use the data stores."""
    return [
        *_write_stream(first_stage),
        _use_key("EncryptRecords", context, streams_key, ["kms:GenerateDataKey"], ["kinesis"]),
        *_data_access(backends, user),
    ]


def stage_statements(
    context: Context,
    *,
    backends: Backends,
    user: str,
    stage: StageStreams,
    follower: StageStreams | None,
    streams_key: Key,
    application: str,
) -> list[Statement]:
    """What one stage's consumers may do: read their stream, write the next one's, keep leases, set records aside.

    The table actions are those that AWS lists for the Kinesis Client Library, less ``CreateTable`` and ``UpdateTable``:
    the stack makes the tables. https://docs.aws.amazon.com/streams/latest/dev/kcl-iam-permissions.html
    """
    return [
        statement(
            "ReadOwnStream",
            actions=[
                "kinesis:DescribeStream",
                "kinesis:DescribeStreamSummary",
                "kinesis:GetRecords",
                "kinesis:GetShardIterator",
                "kinesis:ListShards",
            ],
            resources=[stage.stream_arn],
        ),
        *(_write_stream(follower) if follower else []),
        statement("SetRecordsAside", actions=["sqs:SendMessage"], resources=[stage.dead_letter_queue_arn]),
        statement(
            "KeepLeases",
            actions=[
                "dynamodb:DeleteItem",
                "dynamodb:DescribeTable",
                "dynamodb:GetItem",
                "dynamodb:PutItem",
                "dynamodb:Scan",
                "dynamodb:UpdateItem",
            ],
            resources=stage.table_arns,
        ),
        statement("FindOwnLeases", actions=["dynamodb:Query"], resources=[stage.lease_index_arn]),
        _use_key(
            "UseStreamsKey",
            context,
            streams_key,
            ["kms:Decrypt", "kms:GenerateDataKey"],
            ["dynamodb", "kinesis", "sqs"],
        ),
        statement(
            "PublishMetrics",
            actions=["cloudwatch:PutMetricData"],
            # CloudWatch supports no resource for this action; the namespace narrows it.
            resources=["*"],
            conditions={"StringEquals": {"cloudwatch:namespace": application}},
        ),
        *_data_access(backends, user),
    ]


def read_secrets(context: Context, secret_arns: Sequence[pulumi.Input[str]], key: Key) -> list[Statement]:
    """Reading exactly these secrets."""
    return [
        statement("ReadSecrets", actions=["secretsmanager:GetSecretValue"], resources=list(secret_arns)),
        _use_key("DecryptSecrets", context, key, ["kms:Decrypt"], ["secretsmanager"]),
    ]


def _role(layer: Layer, purpose: str, statements: Sequence[Statement]) -> TaskRole:
    n = layer.named("role", purpose)
    role = aws.iam.Role(
        n.logical,
        name=n.physical,
        assume_role_policy=trust("ecs-tasks.amazonaws.com", layer.context, source_arn=layer.context.arn("ecs", "*")),
        tags=layer.tags(n),
        opts=layer.child(),
    )
    p = layer.named("policy", purpose)
    policy = aws.iam.RolePolicy(
        p.logical, name=p.physical, role=role.name, policy=document(*statements), opts=layer.child()
    )
    return TaskRole(arn=role.arn, policy=policy)


def _write_stream(stage: StageStreams) -> list[Statement]:
    return [
        statement("WriteNextStream", actions=["kinesis:PutRecord", "kinesis:PutRecords"], resources=[stage.stream_arn])
    ]


def _data_access(backends: Backends, user: str) -> list[Statement]:
    storage = backends.storage
    return [
        statement("ConnectToDatabase", actions=["rds-db:connect"], resources=[backends.database.connect_arn(user)]),
        statement(
            "ConnectToCache",
            actions=["elasticache:Connect"],
            resources=[backends.cache.replication_group_arn, backends.cache.user_arn],
        ),
        statement(
            "MountSharedStorage",
            actions=["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"],
            resources=[storage.file_system_arn],
            conditions={"StringEquals": {"elasticfilesystem:AccessPointArn": storage.access_point_arn}},
        ),
    ]


def _use_key(sid: str, context: Context, key: Key, actions: list[str], services: list[str]) -> Statement:
    """Use of a key through the named services only, never directly."""
    via = [f"{service}.{context.region}.amazonaws.com" for service in services]
    return statement(sid, actions=actions, resources=[key.arn], conditions={"StringEquals": {"kms:ViaService": via}})
