"""Streaming: what carries transactions from stage to stage.

Per stage: a Kinesis data stream, a dead-letter queue, and the tables in which the stage's consumers keep their leases.
Adding a stage is one line in :class:`PipelineSpec`; services, roles, scaling and alarms follow from it.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.availability import within
from components.encryption import Key
from components.layer import Context, Layer, Scope, document, statement
from components.secrets import API_CLIENT, STAGE_SECRETS

STAGE_NAME_PATTERN = r"[a-z][a-z0-9]{1,19}"
DAY_SECONDS = 86_400
MAX_MESSAGE_BYTES = 1_048_576
"""Largest message of SQS: a set-aside record has to fit."""

# Names that the Kinesis Client Library 3 (through 3.5) looks for: its lease table's index and the keys of its three
# tables. https://docs.aws.amazon.com/streams/latest/dev/kcl-dynamoDB.html, and the library's DynamoDBLeaseRefresher,
# CoordinatorStateDAO and WorkerMetricStats.
LEASE_INDEX = "LeaseOwnerToLeaseKeyIndex"
LEASE_KEY = "leaseKey"
LEASE_OWNER = "leaseOwner"
COORDINATOR_KEY = "key"
WORKER_KEY = "wid"


@dataclass(frozen=True)
class StageSpec:
    """One stage of the pipeline.

    Raises:
        ValueError: the name, a retention or a secret is not allowed.
    """

    name: str
    retention_hours: int = 168
    """How long a record can be read again. Security Hub's Kinesis.3 asks for 168 h; longer needs a reason, because
    PCI DSS v4.0.1, 3.2.1, wants account data kept no longer than needed."""
    dead_letter_days: int = 14
    """How long a set-aside record waits for an operator. 14 days is the most that SQS offers."""
    secrets: tuple[str, ...] = ()
    """Secrets that its consumers read, by purpose: what they need to call card networks, if they do."""

    def __post_init__(self) -> None:
        if not re.fullmatch(STAGE_NAME_PATTERN, self.name):
            raise ValueError(
                f"stage {self.name!r}: a name is 2 to 20 lower-case letters and digits and starts with a letter "
                f"({STAGE_NAME_PATTERN})."
            )
        within(f"stage {self.name!r}, retention_hours", self.retention_hours, 24, 8760, "hours")
        within(f"stage {self.name!r}, dead_letter_days", self.dead_letter_days, 1, 14, "days")
        for secret in self.secrets:
            if secret not in STAGE_SECRETS:
                raise ValueError(
                    f"stage {self.name!r}: secret {secret!r} is not for stages; they may be given "
                    f"{', '.join(STAGE_SECRETS)}."
                )


@dataclass(frozen=True)
class PipelineSpec:
    """The stages in the order in which a transaction passes them.

    Raises:
        ValueError: there is no stage, or a name occurs twice.
    """

    stages: tuple[StageSpec, ...] = (
        StageSpec("ingest"),
        StageSpec("validate"),
        StageSpec("authorise", secrets=(API_CLIENT,)),
        StageSpec("settle", secrets=(API_CLIENT,)),
    )

    def __post_init__(self) -> None:
        if not self.stages:
            raise ValueError(
                "pipeline: it has no stage; give at least one, as in PipelineSpec((StageSpec('ingest'),))."
            )
        names = [stage.name for stage in self.stages]
        for name, count in Counter(names).items():
            if count > 1:
                places = " and ".join(str(place) for place, other in enumerate(names, start=1) if other == name)
                raise ValueError(f"pipeline: stages {places} are both called {name!r}; each needs a name of its own.")


@dataclass(frozen=True)
class Table:
    """A table of a stage's consumers."""

    name: pulumi.Output[str]
    arn: pulumi.Output[str]


@dataclass(frozen=True)
class StageStreams:
    """What one stage reads from, keeps its place in, and is told."""

    name: str
    stream_name: pulumi.Output[str]
    stream_arn: pulumi.Output[str]
    dead_letter_queue_name: pulumi.Output[str]
    dead_letter_queue_url: pulumi.Output[str]
    dead_letter_queue_arn: pulumi.Output[str]
    lease_table_name: pulumi.Output[str]
    lease_table_arn: pulumi.Output[str]
    coordinator_table: Table
    worker_table: Table
    secrets: tuple[str, ...] = ()
    """Secrets that its consumers read, by purpose."""

    @property
    def lease_index_arn(self) -> pulumi.Output[str]:
        """The index through which a consumer finds the leases that it owns."""
        return pulumi.Output.concat(self.lease_table_arn, "/index/", LEASE_INDEX)

    @property
    def table_arns(self) -> list[pulumi.Output[str]]:
        return [self.lease_table_arn, self.coordinator_table.arn, self.worker_table.arn]


class Streaming(Layer):
    """Streams, dead-letter queues and lease tables of all stages."""

    stages: tuple[StageStreams, ...]
    """In the order of the pipeline."""

    def __init__(
        self,
        context: Context,
        *,
        streams_key: Key,
        spec: PipelineSpec | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(context, opts)
        self._key = streams_key
        self.stages = tuple(self._stage(stage) for stage in (spec or PipelineSpec()).stages)
        self.register_outputs(
            {
                "streamArns": [stage.stream_arn for stage in self.stages],
                "deadLetterQueueUrls": [stage.dead_letter_queue_url for stage in self.stages],
                "leaseTableNames": [stage.lease_table_name for stage in self.stages],
            }
        )

    def _stage(self, spec: StageSpec) -> StageStreams:
        stream = self._stream(spec)
        queue = self._dead_letter_queue(spec)
        leases = self._lease_table(spec.name)
        coordinator = self._state_table(spec.name, "coordinator", COORDINATOR_KEY)
        workers = self._state_table(spec.name, "workers", WORKER_KEY)
        return StageStreams(
            name=spec.name,
            stream_name=stream.name,
            stream_arn=stream.arn,
            dead_letter_queue_name=queue.name,
            dead_letter_queue_url=queue.url,
            dead_letter_queue_arn=queue.arn,
            lease_table_name=leases.name,
            lease_table_arn=leases.arn,
            coordinator_table=Table(coordinator.name, coordinator.arn),
            worker_table=Table(workers.name, workers.arn),
            secrets=spec.secrets,
        )

    def _stream(self, spec: StageSpec) -> aws.kinesis.Stream:
        """Stream of one stage: each record is stored in three zones before it is acknowledged, under our key."""
        n = self.named("stream", spec.name)
        return aws.kinesis.Stream(
            n.logical,
            name=n.physical,
            stream_mode_details=aws.kinesis.StreamStreamModeDetailsArgs(stream_mode="ON_DEMAND"),
            retention_period=spec.retention_hours,
            encryption_type="KMS",
            kms_key_id=self._key.arn,
            tags=self.tags(n, Scope.CARDHOLDER_DATA),
            opts=self.child(),
        )

    def _dead_letter_queue(self, spec: StageSpec) -> aws.sqs.Queue:
        """Dead-letter queue of one stage: records that cannot be processed wait here, so that none is dropped."""
        n = self.named("dlq", spec.name)
        queue = aws.sqs.Queue(
            n.logical,
            name=n.physical,
            kms_master_key_id=self._key.arn,
            kms_data_key_reuse_period_seconds=300,
            max_message_size=MAX_MESSAGE_BYTES,
            message_retention_seconds=spec.dead_letter_days * DAY_SECONDS,
            # An operator who looks at a message keeps it to himself for five minutes.
            visibility_timeout_seconds=300,
            receive_wait_time_seconds=20,
            # Consumers send to it themselves; no other queue may fill it by its redrive policy.
            redrive_allow_policy=json.dumps({"redrivePermission": "denyAll"}),
            tags=self.tags(n, Scope.CARDHOLDER_DATA),
            opts=self.child(),
        )
        aws.sqs.QueuePolicy(
            f"{n.logical}-policy",
            queue_url=queue.url,
            policy=document(
                statement(
                    "DenyPlainTransport",
                    effect="Deny",
                    principal="*",
                    actions=["sqs:*"],
                    resources=[queue.arn],
                    conditions={"Bool": {"aws:SecureTransport": "false"}},
                ),
                statement(
                    "DenyOtherAccounts",
                    effect="Deny",
                    principal="*",
                    actions=["sqs:*"],
                    resources=[queue.arn],
                    conditions={"StringNotEquals": {"aws:PrincipalAccount": self.context.account_id}},
                ),
            ),
            opts=self.child(),
        )
        return queue

    def _lease_table(self, stage: str) -> aws.dynamodb.Table:
        """Lease table of one stage: which task reads which shard, and how far it has come.

        The three tables of a stage are made here and not by the library that uses them: a table that the library makes
        has no customer-managed key, no point-in-time recovery and no tags, outlives the stack, and would need consumers
        that may create tables.
        """
        return self._table(
            stage,
            "leases",
            LEASE_KEY,
            index=aws.dynamodb.TableGlobalSecondaryIndexArgs(
                name=LEASE_INDEX,
                projection_type="KEYS_ONLY",
                key_schemas=[
                    aws.dynamodb.TableGlobalSecondaryIndexKeySchemaArgs(attribute_name=LEASE_OWNER, key_type="HASH"),
                    aws.dynamodb.TableGlobalSecondaryIndexKeySchemaArgs(attribute_name=LEASE_KEY, key_type="RANGE"),
                ],
            ),
        )

    def _state_table(self, stage: str, purpose: str, key: str) -> aws.dynamodb.Table:
        """State of one stage's consumers: which of them leads, and how busy each of them is."""
        return self._table(stage, purpose, key)

    def _table(
        self, stage: str, purpose: str, key: str, index: aws.dynamodb.TableGlobalSecondaryIndexArgs | None = None
    ) -> aws.dynamodb.Table:
        n = self.named("table", f"{stage}-{purpose}")
        keys = [key, LEASE_OWNER] if index else [key]
        return aws.dynamodb.Table(
            n.logical,
            name=n.physical,
            billing_mode="PAY_PER_REQUEST",
            hash_key=key,
            attributes=[aws.dynamodb.TableAttributeArgs(name=name, type="S") for name in keys],
            global_secondary_indexes=[index] if index else None,
            server_side_encryption=aws.dynamodb.TableServerSideEncryptionArgs(enabled=True, kms_key_arn=self._key.arn),
            point_in_time_recovery=aws.dynamodb.TablePointInTimeRecoveryArgs(enabled=True),
            deletion_protection_enabled=False,
            tags=self.tags(n),
            opts=self.child(),
        )
