"""Endpoints: the platform reaches AWS services without leaving the VPC, and through them nothing of other accounts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components.layer import Context, Layer, document, statement


@dataclass(frozen=True)
class Endpoint:
    """One AWS service, and the calls that the platform makes to it from inside the VPC.

    ``tests/stack/test_endpoints.py`` compares them with what the roles may do.
    """

    service: str
    """Last part of the endpoint service's name, ``kinesis-streams`` in ``com.amazonaws.eu-west-1.kinesis-streams``."""
    actions: tuple[str, ...]
    own_resources: bool = True
    """Resources must belong to this account as well, not only the caller: nobody can carry data out to their own."""


INTERFACE_ENDPOINTS = (
    # Images may come from a repository of another account of the organisation.
    Endpoint(
        "ecr.api",
        (
            "ecr:BatchCheckLayerAvailability",
            "ecr:BatchGetImage",
            "ecr:GetAuthorizationToken",
            "ecr:GetDownloadUrlForLayer",
        ),
        own_resources=False,
    ),
    Endpoint(
        "ecr.dkr",
        ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"),
        own_resources=False,
    ),
    # The describing ones are for the log of a shell session.
    Endpoint(
        "logs", ("logs:CreateLogStream", "logs:DescribeLogGroups", "logs:DescribeLogStreams", "logs:PutLogEvents")
    ),
    Endpoint(
        "secretsmanager",
        (
            "secretsmanager:DescribeSecret",
            "secretsmanager:GetRandomPassword",
            "secretsmanager:GetSecretValue",
            "secretsmanager:PutSecretValue",
            "secretsmanager:UpdateSecretVersionStage",
        ),
    ),
    # The services use keys for the tasks by themselves; a shell session's agent does it from inside the task.
    Endpoint("kms", ("kms:Decrypt",)),
    Endpoint(
        "kinesis-streams",
        (
            "kinesis:DescribeStream",
            "kinesis:DescribeStreamSummary",
            "kinesis:GetRecords",
            "kinesis:GetShardIterator",
            "kinesis:ListShards",
            "kinesis:PutRecord",
            "kinesis:PutRecords",
        ),
    ),
    Endpoint("sqs", ("sqs:SendMessage",)),
    # The channels of shell sessions into tasks. No task here may open one; an operator who needs one starts a task with
    # a role for it, and then this is the way.
    Endpoint(
        "ssmmessages",
        (
            "ssmmessages:CreateControlChannel",
            "ssmmessages:CreateDataChannel",
            "ssmmessages:OpenControlChannel",
            "ssmmessages:OpenDataChannel",
        ),
    ),
    Endpoint("monitoring", ("cloudwatch:PutMetricData",)),
)

DYNAMODB = Endpoint(
    "dynamodb",
    (
        "dynamodb:DeleteItem",
        "dynamodb:DescribeTable",
        "dynamodb:GetItem",
        "dynamodb:PutItem",
        "dynamodb:Query",
        "dynamodb:Scan",
        "dynamodb:UpdateItem",
    ),
)


def gateway_endpoints(
    layer: Layer, *, vpc_id: pulumi.Input[str], route_table_ids: Sequence[pulumi.Output[str]]
) -> list[aws.ec2.VpcEndpoint]:
    """Gateway endpoints: S3 and DynamoDB by a route of their own instead of over the internet (PCI DSS v4.0.1, 1.4.4).

    ``route_table_ids`` are those of the application tier; nothing in the data tier calls S3 or DynamoDB.
    """
    endpoints = []
    for service, allowed in (
        ("s3", _image_layers(layer.context)),
        (DYNAMODB.service, _own_account(layer.context, DYNAMODB)),
    ):
        name = layer.named("vpce", service)
        endpoint = aws.ec2.VpcEndpoint(
            name.logical,
            vpc_id=vpc_id,
            vpc_endpoint_type="Gateway",
            service_name=_service_name(layer.context, service),
            route_table_ids=list(route_table_ids),
            policy=document(allowed),
            tags=layer.tags(name),
            opts=layer.child(),
        )
        endpoints.append(endpoint)
    return endpoints


def interface_endpoints(
    layer: Layer,
    *,
    vpc_id: pulumi.Input[str],
    subnet_ids: Sequence[pulumi.Output[str]],
    security_group_id: pulumi.Input[str],
) -> list[aws.ec2.VpcEndpoint]:
    """Interface endpoints: AWS services at addresses of the VPC, for this account only (PCI DSS 1.3.2, 1.4.4)."""
    endpoints = []
    for spec in INTERFACE_ENDPOINTS:
        name = layer.named("vpce", spec.service.replace(".", "-"))
        endpoint = aws.ec2.VpcEndpoint(
            name.logical,
            vpc_id=vpc_id,
            vpc_endpoint_type="Interface",
            service_name=_service_name(layer.context, spec.service),
            subnet_ids=list(subnet_ids),
            security_group_ids=[security_group_id],
            private_dns_enabled=True,
            policy=document(_own_account(layer.context, spec)),
            tags=layer.tags(name),
            opts=layer.child(),
        )
        endpoints.append(endpoint)
    return endpoints


def _service_name(context: Context, service: str) -> str:
    return f"com.amazonaws.{context.region}.{service}"


def _image_layers(context: Context) -> dict[str, Any]:
    """Where ECR keeps the layers of images; the platform uses no other bucket from inside the VPC.

    ECR hands out signed links, so the caller is ECR and not this account. Source: Amazon ECR user guide, "Minimum
    Amazon S3 bucket permissions for Amazon ECR".
    """
    return statement(
        "ImageLayers",
        actions=["s3:GetObject"],
        resources=[f"arn:{context.partition}:s3:::prod-{context.region}-starport-layer-bucket/*"],
        principal="*",
    )


def _own_account(context: Context, endpoint: Endpoint) -> dict[str, Any]:
    conditions = {"StringEquals": {"aws:PrincipalAccount": context.account_id}}
    if endpoint.own_resources:
        # "IfExists", since some calls (a list of log groups, a metric) name no resource.
        conditions["StringEqualsIfExists"] = {"aws:ResourceAccount": context.account_id}
    return statement(
        "OwnAccount", actions=list(endpoint.actions), resources=["*"], principal="*", conditions=conditions
    )
