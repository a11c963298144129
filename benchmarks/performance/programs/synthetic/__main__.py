"""As many resources as the variable RESOURCES asks for: services that each have the same twenty resources."""

import os
from collections.abc import Mapping

import pulumi
import pulumi_aws as aws

RESOURCES_PER_SERVICE = 20


def create_store(name: str, key: aws.kms.Key) -> aws.s3.Bucket:
    """What CloudFormation keeps in one resource and a policy."""
    bucket = aws.s3.Bucket(f"{name}-store", tags={"Service": name})
    aws.s3.BucketVersioning(f"{name}-store", bucket=bucket.id, versioning_configuration={"status": "Enabled"})
    aws.s3.BucketServerSideEncryptionConfiguration(
        f"{name}-store",
        bucket=bucket.id,
        rules=[
            {
                "apply_server_side_encryption_by_default": {
                    "sse_algorithm": "aws:kms",
                    "kms_master_key_id": key.arn,
                },
            }
        ],
    )
    aws.s3.BucketOwnershipControls(f"{name}-store", bucket=bucket.id, rule={"object_ownership": "BucketOwnerEnforced"})
    aws.s3.BucketPublicAccessBlock(
        f"{name}-store",
        bucket=bucket.id,
        block_public_acls=True,
        block_public_policy=True,
        ignore_public_acls=True,
        restrict_public_buckets=True,
    )
    denial = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [bucket.arn, pulumi.Output.concat(bucket.arn, "/*")],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    aws.s3.BucketPolicy(f"{name}-store", bucket=bucket.id, policy=_document(denial))
    return bucket


def create_messages(name: str, key: aws.kms.Key) -> aws.sqs.Queue:
    """A topic, its queue, and the queue of what could not be read."""
    topic = aws.sns.Topic(f"{name}-news", kms_master_key_id=key.id, tags={"Service": name})
    lost = aws.sqs.Queue(f"{name}-lost", kms_master_key_id=key.id, tags={"Service": name})
    queue = aws.sqs.Queue(
        f"{name}-work",
        kms_master_key_id=key.id,
        redrive_policy=pulumi.Output.json_dumps({"deadLetterTargetArn": lost.arn, "maxReceiveCount": 5}),
        tags={"Service": name},
    )
    permission = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue.arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": topic.arn}},
    }
    aws.sqs.QueuePolicy(f"{name}-work", queue_url=queue.url, policy=_document(permission))
    aws.sns.TopicSubscription(f"{name}-news", topic=topic.arn, protocol="sqs", endpoint=queue.arn)
    for subject, watched in (("work", queue), ("lost", lost)):
        aws.cloudwatch.MetricAlarm(
            f"{name}-{subject}-old",
            comparison_operator="GreaterThanThreshold",
            evaluation_periods=3,
            metric_name="ApproximateAgeOfOldestMessage",
            namespace="AWS/SQS",
            period=60,
            statistic="Maximum",
            threshold=300,
            dimensions={"QueueName": watched.name},
            alarm_actions=[topic.arn],
        )
    return queue


def create_service(name: str) -> None:
    """Twenty resources that refer to each other."""
    key = aws.kms.Key(f"{name}-key", description=f"Data of {name}", enable_key_rotation=True)
    aws.kms.Alias(f"{name}-key", target_key_id=key.id, name=f"alias/{name}")
    bucket = create_store(name, key)
    queue = create_messages(name, key)
    log = aws.cloudwatch.LogGroup(f"{name}-log", retention_in_days=365, tags={"Service": name})
    stream = aws.kinesis.Stream(f"{name}-events", shard_count=2, encryption_type="KMS", kms_key_id=key.arn)
    table = aws.dynamodb.Table(
        f"{name}-state",
        attributes=[{"name": "id", "type": "S"}],
        hash_key="id",
        billing_mode="PAY_PER_REQUEST",
        server_side_encryption={"enabled": True, "kms_key_arn": key.arn},
    )
    trust = {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}
    role = aws.iam.Role(f"{name}-task", assume_role_policy=_document(trust), tags={"Service": name})
    work = [
        {"Effect": "Allow", "Action": "sqs:ReceiveMessage", "Resource": queue.arn},
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": pulumi.Output.concat(bucket.arn, "/*")},
        {"Effect": "Allow", "Action": "dynamodb:PutItem", "Resource": table.arn},
        {"Effect": "Allow", "Action": "kinesis:PutRecord", "Resource": stream.arn},
        {"Effect": "Allow", "Action": "logs:PutLogEvents", "Resource": pulumi.Output.concat(log.arn, ":*")},
    ]
    aws.iam.RolePolicy(f"{name}-task", role=role.id, policy=_document(*work))


def _document(*statements: Mapping[str, object]) -> pulumi.Output[str]:
    return pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": list(statements)})


for number in range(int(os.environ["RESOURCES"]) // RESOURCES_PER_SERVICE):
    create_service(f"service-{number}")
