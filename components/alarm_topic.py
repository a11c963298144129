"""The topic that every alarm of the stack goes to, and who may publish to it."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws

from components.layer import Layer, document, statement, trust


def alarm_topic(layer: Layer, *, key_arn: pulumi.Input[str], email: str | None) -> aws.sns.Topic:
    """Alarm topic, encrypted, reached over TLS only; publishers are this account's alarms and database events.

    Delivery status is not logged: SNS offers that for HTTP, SQS, Lambda, Firehose and mobile subscribers, and an
    e-mail address is none of these.
    """
    name = layer.named("topic", "alarms")
    topic = aws.sns.Topic(
        name.logical,
        name=name.physical,
        kms_master_key_id=key_arn,
        tags=layer.tags(name),
        opts=layer.child(),
    )
    context = layer.context
    this_account = {"aws:SourceAccount": context.account_id}
    aws.sns.TopicPolicy(
        f"{name.logical}-policy",
        arn=topic.arn,
        policy=document(
            statement(
                "DenyWithoutTls",
                effect="Deny",
                actions=["sns:Publish"],
                resources=[topic.arn],
                principal="*",
                conditions={"Bool": {"aws:SecureTransport": "false"}},
            ),
            statement(
                "Alarms",
                actions=["sns:Publish"],
                resources=[topic.arn],
                principal={"Service": "cloudwatch.amazonaws.com"},
                conditions={
                    "StringEquals": this_account,
                    "ArnLike": {"aws:SourceArn": context.arn("cloudwatch", f"alarm:*-{context.suffix}")},
                },
            ),
            statement(
                "DatabaseEvents",
                actions=["sns:Publish"],
                resources=[topic.arn],
                principal={"Service": "events.rds.amazonaws.com"},
                conditions={"StringEquals": this_account},
            ),
        ),
        opts=layer.child(),
    )
    if email is not None:
        aws.sns.TopicSubscription(
            f"{name.logical}-email-subscription",
            topic=topic.arn,
            protocol="email",
            endpoint=email,
            opts=layer.child(),
        )
    return topic


def event_role(layer: Layer, topic_arn: pulumi.Input[str], key_arn: pulumi.Input[str]) -> aws.iam.Role:
    """Role with which EventBridge rules publish to the alarm topic.

    A rule could publish by the topic's own policy, but EventBridge then passes neither source account nor source rule
    to SNS and KMS, and the policies would have to let in every account's rules.
    """
    context = layer.context
    name = layer.named("role", "alarm-events")
    rules = context.arn("events", f"rule/*-{context.suffix}")
    role = aws.iam.Role(
        name.logical,
        name=name.physical,
        description="EventBridge rules publish to the alarm topic with this role.",
        assume_role_policy=trust("events.amazonaws.com", context, source_arn=rules),
        tags=layer.tags(name),
        opts=layer.child(),
    )
    policy = layer.named("policy", "alarm-events")
    aws.iam.RolePolicy(
        policy.logical,
        name=policy.physical,
        role=role.name,
        policy=document(
            statement("Publish", actions=["sns:Publish"], resources=[topic_arn]),
            statement(
                "EncryptMessages",
                actions=["kms:Decrypt", "kms:GenerateDataKey"],
                resources=[key_arn],
                conditions={"StringEquals": {"kms:ViaService": f"sns.{context.region}.amazonaws.com"}},
            ),
        ),
        opts=layer.child(),
    )
    return role
