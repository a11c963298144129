"""A bucket for reports: what Pulumi has as seven resources is one in CloudFormation, and a policy."""

import pulumi
import pulumi_aws as aws


def create_access_log_bucket(name: str) -> aws.s3.Bucket:
    """Who read which report: the buckets' own access logs, kept apart from them."""
    bucket = aws.s3.Bucket(f"{name}-bucket", opts=pulumi.ResourceOptions(retain_on_delete=True))
    encrypt_and_close(name, bucket)
    return bucket


def create_report_bucket(name: str, log_bucket: aws.s3.Bucket, retention_days: int) -> aws.s3.Bucket:
    """The reports: every version kept for a while, every access logged."""
    bucket = aws.s3.Bucket(f"{name}-bucket")
    aws.s3.BucketVersioning(name, bucket=bucket.id, versioning_configuration={"status": "Enabled"})
    aws.s3.BucketLogging(name, bucket=bucket.id, target_bucket=log_bucket.id, target_prefix="reports/")
    aws.s3.BucketLifecycleConfiguration(
        name,
        bucket=bucket.id,
        rules=[
            {
                "id": "expire",
                "status": "Enabled",
                "expiration": {"days": retention_days},
                "noncurrent_version_expiration": {"noncurrent_days": 30},
            }
        ],
    )
    encrypt_and_close(name, bucket)
    return bucket


def encrypt_and_close(name: str, bucket: aws.s3.Bucket) -> None:
    """What every bucket has: encryption, one owner, no public access, no plain transport."""
    default = {"apply_server_side_encryption_by_default": {"sse_algorithm": "AES256"}}
    aws.s3.BucketServerSideEncryptionConfiguration(name, bucket=bucket.id, rules=[default])
    aws.s3.BucketOwnershipControls(name, bucket=bucket.id, rule={"object_ownership": "BucketOwnerEnforced"})
    aws.s3.BucketPublicAccessBlock(
        name,
        bucket=bucket.id,
        block_public_acls=True,
        block_public_policy=True,
        ignore_public_acls=True,
        restrict_public_buckets=True,
    )
    document = aws.iam.get_policy_document_output(
        statements=[
            {
                "sid": "DenyPlainTransport",
                "effect": "Deny",
                "principals": [{"type": "*", "identifiers": ["*"]}],
                "actions": ["s3:*"],
                "resources": [bucket.arn, pulumi.Output.concat(bucket.arn, "/*")],
                "conditions": [{"test": "Bool", "variable": "aws:SecureTransport", "values": ["false"]}],
            }
        ]
    )
    aws.s3.BucketPolicy(f"{name}-policy", bucket=bucket.id, policy=document.json)


config = pulumi.Config()
logs = create_access_log_bucket("access-logs")
reports = create_report_bucket("reports", logs, config.require_int("retention-days"))

pulumi.export("report-bucket", reports.bucket)
