"""Kinesis, DynamoDB, EFS: streams, tables, file systems."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..api import ApiType, Call, Given, Services, Setting, answered, constant, formatted, named, ref, tags, unique
from ..resources import Record

DEFAULT_RETENTION_HOURS = 24


def _retention(services: Services, record: Record, old: Mapping[str, Any]) -> None:
    before = old.get("RetentionPeriodHours", DEFAULT_RETENTION_HOURS)
    after = record.properties.get("RetentionPeriodHours", DEFAULT_RETENTION_HOURS)
    if after != before:
        verb = "increase" if after > before else "decrease"
        parameters = {"StreamName": record.physical_id, "RetentionPeriodHours": after}
        services.call("kinesis", f"{verb}_stream_retention_period", parameters)


def _stream_encryption(services: Services, record: Record, old: Mapping[str, Any]) -> None:
    wanted = record.properties.get("StreamEncryption")
    operation = "start_stream_encryption" if wanted else "stop_stream_encryption"
    services.call("kinesis", operation, {"StreamName": record.physical_id, **(wanted or old["StreamEncryption"])})


def _stream_mode(record: Record) -> Any:
    by_shards = {"StreamMode": "PROVISIONED" if "ShardCount" in record.properties else "ON_DEMAND"}
    return record.properties.get("StreamModeDetails", by_shards)


def _sse(record: Record) -> Any:
    given = record.properties.get("SSESpecification")
    if given is None:
        return None
    return {("Enabled" if key == "SSEEnabled" else key): value for key, value in given.items()}


def _backed_up(record: Record) -> bool:
    return bool(record.properties.get("BackupPolicy", {}).get("Status") == "ENABLED")


TABLE_SETTINGS = (
    "AttributeDefinitions",
    "BillingMode",
    "DeletionProtectionEnabled",
    "OnDemandThroughput",
    "ProvisionedThroughput",
    "StreamSpecification",
    "TableClass",
    "WarmThroughput",
)

TYPES = {
    "AWS::Kinesis::Stream": ApiType(
        "kinesis",
        create=Call("create_stream", {"StreamName": named, "StreamModeDetails": _stream_mode}, ("ShardCount",)),
        ref=named,
        delete=(Call("delete_stream", {"StreamName": ref, "EnforceConsumerDeletion": constant(True)}),),
        settings=(
            Setting(("RetentionPeriodHours",), _retention),
            Setting(("StreamEncryption",), _stream_encryption),
            Setting(
                ("StreamModeDetails",),
                Call(
                    "update_stream_mode",
                    {"StreamARN": formatted("{arn:kinesis}:stream/{name}"), "StreamModeDetails": _stream_mode},
                ),
                at_creation=False,
            ),
            Setting(
                ("ShardCount",),
                Call(
                    "update_shard_count",
                    {
                        "StreamName": ref,
                        "TargetShardCount": Given("ShardCount"),
                        "ScalingType": constant("UNIFORM_SCALING"),
                    },
                ),
                at_creation=False,
            ),
            tags(
                {"StreamName": ref},
                service="kinesis",
                operations=("add_tags_to_stream", "remove_tags_from_stream"),
                at_creation=True,
            ),
        ),
        attributes={"Arn": formatted("{arn:kinesis}:stream/{name}"), "StreamId": ref},
        unkept=(
            "DesiredShardLevelMetrics",
            "MaxRecordSizeInKiB",
            "RecordDistributionStrategy",
            "WarmThroughputMiBps",
        ),
    ),
    "AWS::DynamoDB::Table": ApiType(
        "dynamodb",
        create=Call(
            "create_table",
            {"TableName": named, "SSESpecification": _sse},
            ("KeySchema", "GlobalSecondaryIndexes", "LocalSecondaryIndexes", "Tags", *TABLE_SETTINGS),
        ),
        ref=named,
        delete=(Call("delete_table", {"TableName": ref}),),
        settings=(
            Setting(
                ("PointInTimeRecoverySpecification",),
                Call("update_continuous_backups", {"TableName": ref}, ("PointInTimeRecoverySpecification",)),
            ),
            Setting(
                ("TimeToLiveSpecification",),
                Call("update_time_to_live", {"TableName": ref}, ("TimeToLiveSpecification",)),
            ),
            Setting(
                (*TABLE_SETTINGS, "SSESpecification"),
                Call("update_table", {"TableName": ref, "SSESpecification": _sse}, TABLE_SETTINGS),
                at_creation=False,
            ),
            tags({"ResourceArn": formatted("{arn:dynamodb}:table/{name}")}, service="dynamodb"),
        ),
        attributes={
            "Arn": answered("TableDescription.TableArn"),
            "StreamArn": answered("TableDescription.LatestStreamArn"),
        },
        unkept=(
            "ContributorInsightsSpecification",
            "GlobalSecondaryIndexes",
            "KeySchema",
            "KinesisStreamSpecification",
            "LocalSecondaryIndexes",
            "ResourcePolicy",
            "VectorIndexes",
        ),
    ),
    "AWS::EFS::FileSystem": ApiType(
        "efs",
        create=Call(
            "create_file_system",
            {"CreationToken": unique, "Tags": Given("FileSystemTags"), "Backup": _backed_up},
            (
                "AvailabilityZoneName",
                "Encrypted",
                "KmsKeyId",
                "PerformanceMode",
                "ProvisionedThroughputInMibps",
                "ThroughputMode",
            ),
        ),
        ref=answered("FileSystemId"),
        delete=(Call("delete_file_system", {"FileSystemId": ref}),),
        settings=(
            Setting(
                ("LifecyclePolicies",),
                Call("put_lifecycle_configuration", {"FileSystemId": ref}, ("LifecyclePolicies",)),
            ),
            Setting(
                ("FileSystemPolicy",),
                Call("put_file_system_policy", {"FileSystemId": ref, "Policy": Given("FileSystemPolicy")}),
            ),
            tags({"ResourceId": ref}, service="efs", name="FileSystemTags"),
        ),
        attributes={"Arn": answered("FileSystemArn"), "FileSystemId": ref},
        unkept=(
            "BackupPolicy",
            "BypassPolicyLockoutSafetyCheck",
            "FileSystemProtection",
            "ProvisionedThroughputInMibps",
            "ReplicationConfiguration",
            "ThroughputMode",
        ),
    ),
    "AWS::EFS::MountTarget": ApiType(
        "efs",
        create=Call("create_mount_target", same=("FileSystemId", "SubnetId", "IpAddress", "SecurityGroups")),
        ref=answered("MountTargetId"),
        delete=(Call("delete_mount_target", {"MountTargetId": ref}),),
        settings=(
            Setting(
                ("SecurityGroups",),
                Call("modify_mount_target_security_groups", {"MountTargetId": ref}, ("SecurityGroups",)),
                at_creation=False,
            ),
        ),
        attributes={"Id": ref, "IpAddress": answered("IpAddress")},
    ),
    "AWS::EFS::AccessPoint": ApiType(
        "efs",
        create=Call(
            "create_access_point",
            {"ClientToken": unique, "Tags": Given("AccessPointTags")},
            ("FileSystemId", "PosixUser", "RootDirectory"),
        ),
        ref=answered("AccessPointId"),
        delete=(Call("delete_access_point", {"AccessPointId": ref}),),
        settings=(tags({"ResourceId": ref}, service="efs", name="AccessPointTags"),),
        attributes={"AccessPointId": ref, "Arn": answered("AccessPointArn")},
    ),
}
