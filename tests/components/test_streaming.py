"""Streaming: what every stage gets, and which pipelines are refused."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from components.layer import Context
from components.naming import MAX_SUFFIX_LENGTH
from components.streaming import PipelineSpec, StageSpec, Streaming
from tests.components.conftest import Record, Recorded
from tests.components.processing_stand_ins import key

PER_STAGE = {
    "aws:kinesis/stream:Stream": 1,
    "aws:sqs/queue:Queue": 1,
    "aws:sqs/queuePolicy:QueuePolicy": 1,
    "aws:dynamodb/table:Table": 3,
}


def build(context: Context, *stages: StageSpec) -> Streaming:
    return Streaming(context, streams_key=key("streams"), spec=PipelineSpec(stages) if stages else None)


def of_type(recorded: list[Recorded], suffix: str) -> list[Recorded]:
    return [resource for resource in recorded if resource.type.endswith(f":{suffix}")]


def test_default_pipeline_has_four_stages_in_order(record: Record) -> None:
    """Transactions pass ingest, validate, authorise and settle, in this order."""
    stages: list[str] = []
    record(lambda context: stages.extend(stage.name for stage in build(context).stages))

    assert stages == ["ingest", "validate", "authorise", "settle"]


def test_a_further_stage_brings_everything_it_needs(record: Record) -> None:
    """One more spec gives one more stream, queue with policy, and three tables."""
    one = record(lambda context: build(context, StageSpec("ingest")))
    two = record(lambda context: build(context, StageSpec("ingest"), StageSpec("refund")))

    added = Counter(resource.type for resource in two) - Counter(resource.type for resource in one)
    assert added == PER_STAGE


def test_streams_are_encrypted_and_keep_records_for_a_week(record: Record) -> None:
    """Streams grow by themselves, use the streams key, and keep records 168 hours unless the spec says otherwise."""
    recorded = record(lambda context: build(context, StageSpec("ingest"), StageSpec("settle", retention_hours=24)))

    hours = {stream.name: stream.inputs["retentionPeriod"] for stream in of_type(recorded, "Stream")}
    assert hours == {"stream-ingest": 168, "stream-settle": 24}
    for stream in of_type(recorded, "Stream"):
        assert stream.inputs["encryptionType"] == "KMS"
        assert stream.inputs["kmsKeyId"] == "arn-key-streams"
        assert stream.inputs["streamModeDetails"] == {"streamMode": "ON_DEMAND"}


def test_dead_letter_queue_is_encrypted_bounded_and_no_other_queue_fills_it(record: Record) -> None:
    """A set-aside record waits 14 days under the streams key; a record of the largest size fits."""
    queue = of_type(record(lambda context: build(context, StageSpec("ingest"))), "Queue")[0].inputs

    assert queue["kmsMasterKeyId"] == "arn-key-streams"
    assert queue["messageRetentionSeconds"] == 14 * 24 * 60 * 60
    assert queue["maxMessageSize"] == 1024 * 1024
    assert json.loads(queue["redriveAllowPolicy"]) == {"redrivePermission": "denyAll"}


def test_dead_letter_queue_policy_only_denies(record: Record) -> None:
    """The queue's policy denies plain transport and other accounts, and allows nobody anything."""
    policy = of_type(record(lambda context: build(context, StageSpec("ingest"))), "QueuePolicy")[0]
    statements = json.loads(policy.inputs["policy"])["Statement"]

    assert {statement["Effect"] for statement in statements} == {"Deny"}
    assert {statement["Resource"][0] for statement in statements} == {"<dlq-ingest.arn>"}
    conditions = [statement["Condition"] for statement in statements]
    assert {"Bool": {"aws:SecureTransport": "false"}} in conditions
    assert {"StringNotEquals": {"aws:PrincipalAccount": "123456789012"}} in conditions


def test_tables_have_the_keys_that_the_consumer_library_looks_for(record: Record) -> None:
    """Names and keys are those of the Kinesis Client Library 3, so that it finds the tables and makes none."""
    recorded = of_type(record(lambda context: build(context, StageSpec("ingest"))), "Table")
    tables = {table.name: table.inputs for table in recorded}

    assert {name: table["hashKey"] for name, table in tables.items()} == {
        "table-ingest-leases": "leaseKey",
        "table-ingest-coordinator": "key",
        "table-ingest-workers": "wid",
    }
    (index,) = tables["table-ingest-leases"]["globalSecondaryIndexes"]
    assert index["name"] == "LeaseOwnerToLeaseKeyIndex"
    assert [(part["attributeName"], part["keyType"]) for part in index["keySchemas"]] == [
        ("leaseOwner", "HASH"),
        ("leaseKey", "RANGE"),
    ]
    assert not tables["table-ingest-workers"].get("globalSecondaryIndexes")


def test_every_key_attribute_is_declared_and_no_other(record: Record) -> None:
    """DynamoDB refuses a table whose attributes are not exactly those of its keys and indexes."""
    for table in of_type(record(build), "Table"):
        used = {table.inputs["hashKey"]}
        for index in table.inputs.get("globalSecondaryIndexes") or []:
            used |= {part["attributeName"] for part in index["keySchemas"]}
        assert {attribute["name"] for attribute in table.inputs["attributes"]} == used


def test_tables_are_encrypted_recoverable_and_destroyable(record: Record) -> None:
    """Every table has the streams key and point-in-time recovery, and nothing keeps it from being deleted."""
    for table in of_type(record(build), "Table"):
        assert table.inputs["serverSideEncryption"] == {"enabled": True, "kmsKeyArn": "arn-key-streams"}
        assert table.inputs["pointInTimeRecovery"] == {"enabled": True}
        assert table.inputs["deletionProtectionEnabled"] is False
        assert table.inputs["billingMode"] == "PAY_PER_REQUEST"


def test_names_end_in_the_suffix(record: Record) -> None:
    """Every physical name ends in the suffix, so that two environments fit into one account."""
    named = [resource for resource in record(build) if "name" in resource.inputs]

    assert named
    assert all(resource.inputs["name"].endswith("-test") for resource in named)


def test_the_longest_stage_name_fits_the_longest_suffix(context: Context, record: Record) -> None:
    """A stage name of 20 characters with the longest suffix stays within the limits of AWS."""
    longest = Context(**{**vars(context), "suffix": "s" * MAX_SUFFIX_LENGTH})
    recorded = record(lambda _: build(longest, StageSpec("a" * 20)))

    assert len(of_type(recorded, "Table")) == 3


@pytest.mark.parametrize("name", ["Ingest", "in-gest", "1st", "x", "a" * 21, "", "in_gest"])
def test_stage_names_that_aws_or_naming_cannot_take_are_refused(name: str) -> None:
    """A hyphen is refused as well: it would let two stages' role names meet."""
    with pytest.raises(ValueError, match=rf"stage '{name}': a name is 2 to 20"):
        StageSpec(name)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"retention_hours": 23}, r"stage 'ingest', retention_hours: 23 is not allowed; use 24 to 8760 hours"),
        ({"retention_hours": 8761}, r"8761 is not allowed"),
        ({"dead_letter_days": 15}, r"stage 'ingest', dead_letter_days: 15 is not allowed; use 1 to 14 days"),
    ],
)
def test_retention_outside_the_limits_is_refused(change: dict[str, int], message: str) -> None:
    """Kinesis keeps records for a day to a year, SQS messages for 14 days at most."""
    with pytest.raises(ValueError, match=message):
        StageSpec("ingest", **change)


def test_a_secret_that_is_not_for_stages_is_refused() -> None:
    """The key that signs sessions is the API's alone; the message names what a stage may be given."""
    with pytest.raises(ValueError, match=r"stage 'settle': secret 'session-signing' is not for stages.* api-client"):
        StageSpec("settle", secrets=("session-signing",))


def test_a_stage_twice_is_refused_and_both_places_are_named() -> None:
    """Two stages of one name would share a stream."""
    with pytest.raises(ValueError, match=r"stages 1 and 3 are both called 'ingest'"):
        PipelineSpec((StageSpec("ingest"), StageSpec("settle"), StageSpec("ingest")))


def test_a_pipeline_without_stages_is_refused() -> None:
    """The API needs a stage to hand transactions to."""
    with pytest.raises(ValueError, match="it has no stage"):
        PipelineSpec(())
