"""S3: buckets with all their settings, bucket policies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..account import REGION
from ..api import ApiType, Call, Given, Services, Setting, constant, formatted, named, ref
from ..resources import Record


def _encryption(record: Record) -> Any:
    rules = [
        {
            "ApplyServerSideEncryptionByDefault": rule.get("ServerSideEncryptionByDefault"),
            **({"BucketKeyEnabled": rule["BucketKeyEnabled"]} if "BucketKeyEnabled" in rule else {}),
        }
        for rule in record.properties.get("BucketEncryption", {}).get("ServerSideEncryptionConfiguration", [])
    ]
    return {"Rules": rules}


def _logging(record: Record) -> Any:
    given = record.properties.get("LoggingConfiguration")
    if not given:
        return {}
    enabled = {"TargetBucket": given.get("DestinationBucketName", record.name)}
    return {"LoggingEnabled": enabled | {"TargetPrefix": given.get("LogFilePrefix", "")}}


def _lifecycle(record: Record) -> Any:
    return {"Rules": [_lifecycle_rule(rule) for rule in record.properties["LifecycleConfiguration"]["Rules"]]}


def _lifecycle_rule(rule: Mapping[str, Any]) -> dict[str, Any]:
    """A rule in the API's form, which groups what CloudFormation writes flat."""
    result: dict[str, Any] = {"ID": rule.get("Id"), "Status": rule["Status"]}
    tags = rule.get("TagFilters", [])
    prefix = rule.get("Prefix", "")
    result["Filter"] = {"And": {"Prefix": prefix, "Tags": tags}} if tags else {"Prefix": prefix}
    expiration = {
        "Days": rule.get("ExpirationInDays"),
        "Date": rule.get("ExpirationDate"),
        "ExpiredObjectDeleteMarker": rule.get("ExpiredObjectDeleteMarker"),
    }
    result["Expiration"] = _given(expiration) or None
    result["NoncurrentVersionExpiration"] = rule.get("NoncurrentVersionExpiration")
    result["AbortIncompleteMultipartUpload"] = rule.get("AbortIncompleteMultipartUpload")
    result["Transitions"] = [
        {"Days": step.get("TransitionInDays"), "StorageClass": step["StorageClass"]}
        for step in rule.get("Transitions", [])
    ] or None
    result["NoncurrentVersionTransitions"] = [
        {"NoncurrentDays": step.get("TransitionInDays"), "StorageClass": step["StorageClass"]}
        for step in rule.get("NoncurrentVersionTransitions", [])
    ] or None
    return _given(result)


def _given(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None}


def _tagging(record: Record) -> Any:
    return {"TagSet": record.properties.get("Tags", [])}


def _put_policy(services: Services, record: Record, _: Mapping[str, Any]) -> None:
    policy = {"Bucket": record.properties["Bucket"], "Policy": record.properties["PolicyDocument"]}
    services.call("s3", "put_bucket_policy", policy)


TYPES = {
    "AWS::S3::Bucket": ApiType(
        "s3",
        create=Call(
            "create_bucket",
            {
                "Bucket": named,
                "CreateBucketConfiguration": constant({"LocationConstraint": REGION}),
                "ObjectLockEnabledForBucket": Given("ObjectLockEnabled"),
            },
        ),
        ref=named,
        delete=(Call("delete_bucket", {"Bucket": ref}),),
        settings=(
            Setting(
                ("OwnershipControls",),
                Call("put_bucket_ownership_controls", {"Bucket": ref}, ("OwnershipControls",)),
                without=Call("delete_bucket_ownership_controls", {"Bucket": ref}),
            ),
            Setting(
                ("PublicAccessBlockConfiguration",),
                Call("put_public_access_block", {"Bucket": ref}, ("PublicAccessBlockConfiguration",)),
                without=Call("delete_public_access_block", {"Bucket": ref}),
            ),
            Setting(
                ("BucketEncryption",),
                Call("put_bucket_encryption", {"Bucket": ref, "ServerSideEncryptionConfiguration": _encryption}),
                without=Call("delete_bucket_encryption", {"Bucket": ref}),
            ),
            Setting(
                ("VersioningConfiguration",),
                Call("put_bucket_versioning", {"Bucket": ref}, ("VersioningConfiguration",)),
                without=Call(
                    "put_bucket_versioning",
                    {"Bucket": ref, "VersioningConfiguration": constant({"Status": "Suspended"})},
                ),
            ),
            Setting(
                ("LifecycleConfiguration",),
                Call("put_bucket_lifecycle_configuration", {"Bucket": ref, "LifecycleConfiguration": _lifecycle}),
                without=Call("delete_bucket_lifecycle", {"Bucket": ref}),
            ),
            Setting(
                ("LoggingConfiguration",),
                Call("put_bucket_logging", {"Bucket": ref, "BucketLoggingStatus": _logging}),
            ),
            Setting(
                ("ObjectLockConfiguration",),
                Call("put_object_lock_configuration", {"Bucket": ref}, ("ObjectLockConfiguration",)),
            ),
            Setting(
                ("Tags",),
                Call("put_bucket_tagging", {"Bucket": ref, "Tagging": _tagging}),
                without=Call("delete_bucket_tagging", {"Bucket": ref}),
            ),
        ),
        attributes={
            "Arn": formatted("arn:aws:s3:::{name}"),
            "DomainName": formatted("{name}.s3.amazonaws.com"),
            "RegionalDomainName": formatted("{name}.s3.{region}.amazonaws.com"),
            "DualStackDomainName": formatted("{name}.s3.dualstack.{region}.amazonaws.com"),
        },
        unkept=(
            "AbacStatus",
            "AccelerateConfiguration",
            "AccessControl",
            "AnalyticsConfigurations",
            "CorsConfiguration",
            "IntelligentTieringConfigurations",
            "InventoryConfigurations",
            "MetadataConfiguration",
            "MetadataTableConfiguration",
            "MetricsConfigurations",
            "NotificationConfiguration",
            "ObjectLockEnabled",
            "ReplicationConfiguration",
            "WebsiteConfiguration",
        ),
    ),
    "AWS::S3::BucketPolicy": ApiType(
        "s3",
        create=Call("head_bucket", same=("Bucket",)),
        ref=Given("Bucket"),
        delete=(Call("delete_bucket_policy", same=("Bucket",)),),
        settings=(Setting(("PolicyDocument",), _put_policy),),
    ),
}
