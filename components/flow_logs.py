"""Flow logs: who talked to whom in the network, and who was refused."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws

from components.layer import Layer, document, statement, trust
from components.log_groups import group_arn, log_group, write_statement

# Of the two that EC2 offers (60 and 600 seconds), the one that shows more.
INTERVAL_SECONDS = 60


def flow_log(
    layer: Layer, vpc_id: pulumi.Output[str], *, key_arn: pulumi.Input[str], retention_days: pulumi.Input[int]
) -> tuple[pulumi.Output[str], pulumi.Output[str]]:
    """Flow log of all traffic, accepted and refused, in records of one minute (PCI DSS v4.0.1, 10.2.1).

    Returns the name of its log group and its own id.
    """
    group = log_group(layer, "flow", key_arn=key_arn, retention_days=retention_days)
    role, permission = _flow_log_role(layer, group)
    name = layer.named("flow", "vpc")
    log = aws.ec2.FlowLog(
        name.logical,
        vpc_id=vpc_id,
        traffic_type="ALL",
        max_aggregation_interval=INTERVAL_SECONDS,
        log_destination_type="cloud-watch-logs",
        log_destination=group_arn(layer, group),
        iam_role_arn=role.arn,
        tags=layer.tags(name),
        opts=layer.child(depends_on=[permission]),
    )
    return group.name, log.id


def _flow_log_role(layer: Layer, group: aws.cloudwatch.LogGroup) -> tuple[aws.iam.Role, aws.iam.RolePolicy]:
    """Role with which flow logs are written to their log group, and nothing else."""
    name = layer.named("role", "flow-log")
    role = aws.iam.Role(
        name.logical,
        name=name.physical,
        description="VPC flow logs are written to their log group with this role.",
        assume_role_policy=trust(
            "vpc-flow-logs.amazonaws.com",
            layer.context,
            source_arn=layer.context.arn("ec2", "vpc-flow-log/*"),
        ),
        tags=layer.tags(name),
        opts=layer.child(),
    )
    policy = layer.named("policy", "flow-log")
    permission = aws.iam.RolePolicy(
        policy.logical,
        name=policy.physical,
        role=role.name,
        policy=document(
            write_statement(layer, group),
            statement(
                "FindStream",
                actions=["logs:DescribeLogStreams"],
                resources=[pulumi.Output.concat(group_arn(layer, group), ":*")],
            ),
            # Lists groups, so it cannot be limited to one.
            statement(
                "FindGroup",
                actions=["logs:DescribeLogGroups"],
                resources=[layer.context.arn("logs", "log-group:*")],
            ),
        ),
        opts=layer.child(),
    )
    return role, permission
