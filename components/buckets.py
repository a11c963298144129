"""Buckets, all made the same way: private, versioned, encrypted, over TLS only, and emptied of what is too old."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components.layer import Context, Layer, Scope, document, statement
from components.naming import Name, name

AUDIT_BUCKET = "audit"
ACCESS_LOG_BUCKET = "access-logs"

# PCI DSS v4.0.1, 10.5.1: the latest three months at once, the rest of the year at call. Glacier Instant Retrieval is
# colder and cheaper, and still answers in milliseconds.
HOT_DAYS = 90
COLD_CLASS = "GLACIER_IR"


@dataclass(frozen=True)
class LogBucket:
    """A finished bucket. Who writes to it waits for ``policy``."""

    name: pulumi.Output[str]
    arn: pulumi.Output[str]
    policy: aws.s3.BucketPolicy


def bucket_name(context: Context, purpose: str) -> Name:
    """Names of a bucket; the physical one holds the account id, since all AWS accounts share one name space."""
    account = "-123456789012"
    checked = name("s3", purpose, context.suffix, variable_length=len(account))
    return Name(logical=checked.logical, physical=f"{checked.logical}-{context.account_id}-{context.suffix}")


def bucket_arn(context: Context, purpose: str) -> str:
    """ARN of a bucket by its name, for policies that are written before the bucket exists."""
    return f"arn:{context.partition}:s3:::{bucket_name(context, purpose).physical}"


def log_bucket(
    layer: Layer,
    purpose: str,
    *,
    retention_days: pulumi.Input[int],
    writers: list[dict[str, Any]],
    key_arn: pulumi.Input[str] | None = None,
    access_logs: LogBucket | None = None,
) -> LogBucket:
    """Log bucket: private, versioned, encrypted, TLS 1.2 or newer only (PCI DSS v4.0.1, 1.4.4, 3.5.1, 4.2.1, 10.3).

    ``writers`` are the statements of the bucket policy that let log deliveries in. Without ``key_arn`` objects are
    encrypted under a key that S3 manages; without ``access_logs`` requests to the bucket itself are not logged.
    """
    names = bucket_name(layer.context, purpose)
    bucket = aws.s3.Bucket(
        names.logical,
        bucket=names.physical,
        # Logs are kept by retention, not by refusing to delete the stack.
        force_destroy=True,
        tags=layer.tags(names, Scope.CONNECTED),
        opts=layer.child(),
    )
    aws.s3.BucketVersioning(
        f"{names.logical}-versioning",
        bucket=bucket.bucket,
        versioning_configuration={"status": "Enabled"},
        opts=layer.child(),
    )
    aws.s3.BucketServerSideEncryptionConfiguration(
        f"{names.logical}-encryption", bucket=bucket.bucket, rules=[_encryption(key_arn)], opts=layer.child()
    )
    aws.s3.BucketOwnershipControls(
        f"{names.logical}-ownership",
        bucket=bucket.bucket,
        rule={"object_ownership": "BucketOwnerEnforced"},
        opts=layer.child(),
    )
    aws.s3.BucketLifecycleConfiguration(
        f"{names.logical}-lifecycle", bucket=bucket.bucket, rules=_lifecycle(retention_days), opts=layer.child()
    )
    if access_logs is not None:
        aws.s3.BucketLogging(
            f"{names.logical}-logging",
            bucket=bucket.bucket,
            target_bucket=access_logs.name,
            target_prefix=server_log_prefix(purpose),
            opts=layer.child(depends_on=[access_logs.policy]),
        )
    closed = aws.s3.BucketPublicAccessBlock(
        f"{names.logical}-public-access",
        bucket=bucket.bucket,
        block_public_acls=True,
        block_public_policy=True,
        ignore_public_acls=True,
        restrict_public_buckets=True,
        opts=layer.child(),
    )
    policy = aws.s3.BucketPolicy(
        f"{names.logical}-policy",
        bucket=bucket.bucket,
        policy=document(*_transport(bucket.arn), *writers),
        # S3 refuses to change both at once.
        opts=layer.child(depends_on=[closed]),
    )
    return LogBucket(name=bucket.bucket, arn=bucket.arn, policy=policy)


def server_log_prefix(purpose: str) -> str:
    """Where the requests to bucket ``purpose`` are logged in the access-log bucket."""
    return f"s3/{purpose}/"


def _encryption(key_arn: pulumi.Input[str] | None) -> aws.s3.BucketServerSideEncryptionConfigurationRuleArgsDict:
    if key_arn is None:
        return {"apply_server_side_encryption_by_default": {"sse_algorithm": "AES256"}}
    return {
        "apply_server_side_encryption_by_default": {"sse_algorithm": "aws:kms", "kms_master_key_id": key_arn},
        "bucket_key_enabled": True,
    }


def _lifecycle(retention_days: pulumi.Input[int]) -> list[aws.s3.BucketLifecycleConfigurationRuleArgsDict]:
    """Objects grow cold, then expire; versions that were replaced or deleted stay as long, in case it was tampering."""
    return [
        {
            "id": "retention",
            "status": "Enabled",
            "filter": {},
            "transitions": [{"days": HOT_DAYS, "storage_class": COLD_CLASS}],
            "expiration": {"days": retention_days},
            "noncurrent_version_expiration": {"noncurrent_days": retention_days},
            "abort_incomplete_multipart_upload": {"days_after_initiation": 7},
        },
        {
            "id": "delete-markers",
            "status": "Enabled",
            "filter": {},
            "expiration": {"expired_object_delete_marker": True},
        },
    ]


def _transport(arn: pulumi.Output[str]) -> list[dict[str, Any]]:
    """Refuse everything that does not come over TLS 1.2 or newer."""
    denials: tuple[tuple[str, Mapping[str, Mapping[str, Any]]], ...] = (
        ("DenyWithoutTls", {"Bool": {"aws:SecureTransport": "false"}}),
        ("DenyOldTls", {"NumericLessThan": {"s3:TlsVersion": "1.2"}}),
    )
    return [
        statement(
            sid,
            effect="Deny",
            actions=["s3:*"],
            resources=[arn, pulumi.Output.concat(arn, "/*")],
            principal="*",
            conditions=conditions,
        )
        for sid, conditions in denials
    ]
