"""How the database is watched: operating-system metrics, and events that reach the alarm topic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pulumi
import pulumi_aws as aws

from components.layer import Layer, document, statement, trust

# What RDS tells the alarm topic, by the kind of source (Security Hub RDS.19 to RDS.21 ask for the first three).
# Categories: "Amazon RDS event categories and event messages" in the Aurora user guide.
EVENTS = {
    "db-cluster": ("configuration change", "deletion", "failover", "failure", "maintenance"),
    "db-instance": ("configuration change", "deletion", "failure", "low storage", "maintenance"),
    "db-parameter-group": ("configuration change",),
    "db-proxy": ("configuration change", "deletion", "failure"),
}


def monitoring_role(layer: Layer) -> tuple[aws.iam.Role, aws.iam.RolePolicy]:
    """Role of enhanced monitoring: writes operating-system metrics to the one log group that RDS has for them."""
    n = layer.named("role", "database-monitoring")
    role = aws.iam.Role(
        n.logical,
        name=n.physical,
        description="Lets RDS write the instances' operating-system metrics",
        assume_role_policy=trust("monitoring.rds.amazonaws.com", layer.context),
        tags=layer.tags(n),
        opts=layer.child(),
    )
    group = layer.context.arn("logs", "log-group:RDSOSMetrics")
    p = layer.named("policy", "database-monitoring")
    policy = aws.iam.RolePolicy(
        p.logical,
        name=p.physical,
        role=role.name,
        policy=document(
            # All clusters of an account share this group, so no stack can own it, and RDS may have to make it.
            statement(
                "SharedGroup", actions=["logs:CreateLogGroup", "logs:PutRetentionPolicy"], resources=[f"{group}*"]
            ),
            statement(
                "WriteMetrics",
                actions=["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:GetLogEvents", "logs:PutLogEvents"],
                resources=[f"{group}:log-stream:*"],
            ),
        ),
        opts=layer.child(),
    )
    return role, policy


def event_subscriptions(
    layer: Layer, sources: Mapping[str, Sequence[pulumi.Output[str]]], topic_arn: pulumi.Input[str]
) -> None:
    """Notice to the alarm topic when RDS fails over, fails, or something is changed (PCI DSS v4.0.1, 11.5.2).

    ``sources`` names what is watched, by the kinds of source in :data:`EVENTS`.
    """
    for source_type, categories in EVENTS.items():
        n = layer.named("events", source_type)
        aws.rds.EventSubscription(
            n.logical,
            name=n.physical,
            sns_topic=topic_arn,
            source_type=source_type,
            source_ids=list(sources[source_type]),
            event_categories=list(categories),
            enabled=True,
            tags=layer.tags(n),
            opts=layer.child(),
        )
