"""Key policies: who may administer a key, use it, or lend it to an AWS service.

The three are separate statements (PCI DSS v4.0.1, 3.6.1 and 3.7). What they allow the account, its principals still
need an IAM policy for; what they allow a service is bound to this account by a condition.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from components.buckets import AUDIT_BUCKET, bucket_arn
from components.layer import Context, Scope, statement

# In a key policy "*" means the key that the policy belongs to.
THIS_KEY = ["*"]

# No action here reads, writes or lends the key's material.
ADMINISTRATION = [
    "kms:CancelKeyDeletion",
    "kms:CreateAlias",
    "kms:DeleteAlias",
    "kms:DescribeKey",
    "kms:DisableKey",
    "kms:DisableKeyRotation",
    "kms:EnableKey",
    "kms:EnableKeyRotation",
    "kms:GetKeyPolicy",
    "kms:GetKeyRotationStatus",
    "kms:ListGrants",
    "kms:ListKeyPolicies",
    "kms:ListKeyRotations",
    "kms:ListResourceTags",
    "kms:PutKeyPolicy",
    "kms:RevokeGrant",
    "kms:RotateKeyOnDemand",
    "kms:ScheduleKeyDeletion",
    "kms:TagResource",
    "kms:UntagResource",
    "kms:UpdateAlias",
    "kms:UpdateKeyDescription",
]
USE = [
    "kms:Decrypt",
    "kms:DescribeKey",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
]


@dataclass(frozen=True)
class Domain:
    """What one key protects, and the AWS services through which the account's principals may use it."""

    name: str
    description: str
    services: tuple[str, ...]
    """As in ``kms:ViaService``, without Region and domain: ``rds`` for ``rds.eu-west-1.amazonaws.com``."""
    scope: Scope


DATA = Domain(
    "data",
    "Cardholder data at rest: database, cache, shared files and task storage",
    ("rds", "elasticache", "elasticfilesystem"),
    Scope.CARDHOLDER_DATA,
)
STREAMS = Domain(
    "streams",
    "Transactions in flight: streams, dead-letter queues and lease tables",
    ("kinesis", "sqs", "dynamodb"),
    Scope.CARDHOLDER_DATA,
)
# RDS keeps the database's master password in Secrets Manager; Lambda keeps the rotation function's settings.
SECRETS = Domain("secrets", "Credentials and signing secrets", ("secretsmanager", "rds", "lambda"), Scope.CONNECTED)
LOGS = Domain("logs", "Audit trail, logs and alarm messages", ("s3", "sns"), Scope.CONNECTED)


def common_statements(context: Context, domain: Domain) -> list[dict[str, Any]]:
    """What every key policy says.

    The first statement also keeps the account able to change the policy: KMS refuses one that locks its author out.
    """
    account = {"AWS": context.account_root()}
    through_services = {
        "StringEquals": {
            "kms:CallerAccount": context.account_id,
            "kms:ViaService": [f"{service}.{context.region}.amazonaws.com" for service in domain.services],
        }
    }
    return [
        statement("Administration", actions=ADMINISTRATION, resources=THIS_KEY, principal=account),
        statement(
            "UseThroughServices", actions=USE, resources=THIS_KEY, principal=account, conditions=through_services
        ),
        statement(
            "LendToServices",
            actions=["kms:CreateGrant"],
            resources=THIS_KEY,
            principal=account,
            conditions={**through_services, "Bool": {"kms:GrantIsForAWSResource": "true"}},
        ),
        # Both keys, since a service that acts for itself (Fargate) carries the second and not the first.
        statement(
            "LendToNobodyElse",
            effect="Deny",
            actions=["kms:CreateGrant"],
            resources=THIS_KEY,
            principal="*",
            conditions={
                "BoolIfExists": {"kms:GrantIsForAWSResource": "false", "aws:PrincipalIsAWSService": "false"},
            },
        ),
    ]


def fargate_storage(context: Context) -> list[dict[str, Any]]:
    """Storage of the tasks in this stack's clusters; the encryption context names account and cluster.

    Source: Amazon ECS developer guide, "Create an encryption key for Fargate ephemeral storage".
    """
    clusters: Mapping[str, Mapping[str, Any]] = {
        "StringEquals": {"kms:EncryptionContext:aws:ecs:clusterAccount": context.account_id},
        "StringLike": {"kms:EncryptionContext:aws:ecs:clusterName": f"*-{context.suffix}"},
    }
    fargate = {"Service": "fargate.amazonaws.com"}
    return [
        statement(
            "TaskStorage",
            actions=["kms:GenerateDataKeyWithoutPlaintext"],
            resources=THIS_KEY,
            principal=fargate,
            conditions=clusters,
        ),
        statement(
            "TaskStorageGrant",
            actions=["kms:CreateGrant"],
            resources=THIS_KEY,
            principal=fargate,
            conditions={**clusters, "ForAllValues:StringEquals": {"kms:GrantOperations": ["Decrypt"]}},
        ),
    ]


def log_writers(context: Context) -> list[dict[str, Any]]:
    """CloudWatch Logs, for log groups of this account, and CloudTrail, for this stack's trail."""
    trail = trail_arn(context)
    bucket = bucket_arn(context, AUDIT_BUCKET)
    cloudtrail = {"Service": "cloudtrail.amazonaws.com"}
    return [
        statement(
            "LogGroups",
            actions=[
                "kms:Decrypt",
                "kms:DescribeKey",
                "kms:Encrypt",
                "kms:GenerateDataKey*",
                "kms:ReEncrypt*",
            ],
            resources=THIS_KEY,
            principal={"Service": f"logs.{context.region}.amazonaws.com"},
            conditions={"ArnLike": {"kms:EncryptionContext:aws:logs:arn": context.arn("logs", "log-group:*")}},
        ),
        statement(
            "TrailEncrypt",
            actions=["kms:GenerateDataKey*"],
            resources=THIS_KEY,
            principal=cloudtrail,
            conditions={"StringEquals": {"aws:SourceArn": trail, "kms:EncryptionContext:aws:cloudtrail:arn": trail}},
        ),
        # The audit bucket has a bucket key, and S3 then names the bucket in the encryption context.
        statement(
            "TrailEncryptWithBucketKey",
            actions=["kms:GenerateDataKey*"],
            resources=THIS_KEY,
            principal=cloudtrail,
            conditions={
                "StringEquals": {"aws:SourceArn": trail},
                "StringLike": {"kms:EncryptionContext:aws:s3:arn": [bucket, f"{bucket}/*"]},
            },
        ),
        # CloudTrail checks the key before it accepts it; a bucket with a bucket key needs Decrypt as well.
        statement(
            "TrailCheck",
            actions=["kms:Decrypt", "kms:DescribeKey"],
            resources=THIS_KEY,
            principal=cloudtrail,
            conditions={"StringEquals": {"aws:SourceArn": trail}},
        ),
    ]


def alarm_publishers(context: Context) -> list[dict[str, Any]]:
    """Services that publish to the encrypted alarm topic.

    EventBridge is not among them: it tells KMS no source account (Amazon SNS developer guide, "Managing encryption keys
    and costs"), so its rules publish with a role of this account instead.
    """
    return [
        statement(
            sid,
            actions=["kms:Decrypt", "kms:GenerateDataKey*"],
            resources=THIS_KEY,
            principal={"Service": service},
            conditions={"StringEquals": {"aws:SourceAccount": context.account_id}},
        )
        for sid, service in (("Alarms", "cloudwatch.amazonaws.com"), ("DatabaseEvents", "events.rds.amazonaws.com"))
    ]


def shell_sessions(context: Context) -> dict[str, Any]:
    """Shell sessions into tasks of this stack's clusters (ECS Exec).

    Operator and task agree on a session key, each by its own IAM permission and without a service in between; the
    encryption context names the session's target, ``ecs:{cluster}_{task}_{container}``.
    """
    return statement(
        "ShellSessions",
        actions=["kms:Decrypt", "kms:GenerateDataKey"],
        resources=THIS_KEY,
        principal={"AWS": context.account_root()},
        conditions={
            "StringEquals": {"kms:CallerAccount": context.account_id},
            "StringLike": {"kms:EncryptionContext:aws:ssm:TargetId": f"ecs:*-{context.suffix}_*"},
        },
    )


def trail_arn(context: Context) -> str:
    """ARN of the audit trail, by its name: key and bucket name it in their policies before it exists."""
    return context.arn("cloudtrail", f"trail/trail-audit-{context.suffix}")
