"""Logs of the API: who called what, with which result, and nothing of what was in it (PCI DSS v4.0.1, 3.3.1, 10.2)."""

from __future__ import annotations

import json

import pulumi
import pulumi_aws as aws

from components.layer import Layer, Scope, document, statement
from components.log_groups import log_group

# One line for each request. Left out on purpose: bodies, query strings, headers, the path with its ids, API Gateway's
# error messages (which quote the request), and the client key itself. `resourcePath` is the path as defined, with the
# names of its parameters instead of their values.
ACCESS_LOG_FIELDS = {
    "requestId": "$context.requestId",
    "extendedRequestId": "$context.extendedRequestId",
    "traceId": "$context.xrayTraceId",
    "time": "$context.requestTime",
    "sourceIp": "$context.identity.sourceIp",
    "caller": "$context.identity.userArn",
    "clientKeyId": "$context.identity.apiKeyId",
    "method": "$context.httpMethod",
    "resourcePath": "$context.resourcePath",
    "stage": "$context.stage",
    "protocol": "$context.protocol",
    "tlsVersion": "$context.tlsVersion",
    "cipherSuite": "$context.cipherSuite",
    "status": "$context.status",
    "errorType": "$context.error.responseType",
    "firewall": "$context.wafResponseCode",
    "responseLength": "$context.responseLength",
    "responseLatency": "$context.responseLatency",
    "integrationStatus": "$context.integrationStatus",
    "integrationLatency": "$context.integrationLatency",
}


def access_log_format() -> str:
    """The access log's line, as JSON."""
    return json.dumps(ACCESS_LOG_FIELDS)


def create_access_log_group(
    layer: Layer, *, key_arn: pulumi.Input[str], retention_days: pulumi.Input[int]
) -> aws.cloudwatch.LogGroup:
    """The API's access log."""
    return log_group(
        layer,
        "api-access",
        key_arn=key_arn,
        retention_days=retention_days,
        scope=Scope.CARDHOLDER_DATA,
        mask_card_data=True,
    )


def create_execution_log_group(
    layer: Layer,
    rest_api_id: pulumi.Input[str],
    stage_name: str,
    *,
    key_arn: pulumi.Input[str],
    retention_days: pulumi.Input[int],
) -> aws.cloudwatch.LogGroup:
    """Log of execution errors; API Gateway dictates its name, and would make it unencrypted and for ever."""
    return log_group(
        layer,
        "api-execution",
        key_arn=key_arn,
        retention_days=retention_days,
        fixed_name=pulumi.Output.concat("API-Gateway-Execution-Logs_", rest_api_id, f"/{stage_name}"),
        scope=Scope.CARDHOLDER_DATA,
        mask_card_data=True,
    )


def allow_logging(layer: Layer) -> aws.apigateway.Account:
    """Lets API Gateway write logs: a setting of the account in this Region, which the last stack to set it wins.

    Deleting that stack takes the role away from the other stacks of the account; deploying one of them again gives them
    theirs.
    """
    role, attachment = _create_logging_role(layer)
    return aws.apigateway.Account(
        layer.named("apiaccount", "logging").logical,
        cloudwatch_role_arn=role.arn,
        # API Gateway checks the role's permissions when it gets to know it.
        opts=layer.child(depends_on=[attachment]),
    )


def _create_logging_role(layer: Layer) -> tuple[aws.iam.Role, aws.iam.RolePolicyAttachment]:
    """Role with which API Gateway writes the logs of every API of the account in this Region.

    It has AWS's own policy, because API Gateway refuses a role that lacks one of that policy's permissions, and because
    the role has to serve log groups of APIs that this program does not know. Its trust policy names no source account:
    API Gateway does not tell one when it takes on this role, and nobody can pass a role to another account.
    """
    name = layer.named("role", "api-logging")
    role = aws.iam.Role(
        name.logical,
        name=name.physical,
        description="API Gateway writes access and execution logs",
        assume_role_policy=document(
            statement(
                "AssumedByApiGateway", actions=["sts:AssumeRole"], principal={"Service": "apigateway.amazonaws.com"}
            )
        ),
        tags=layer.tags(name),
        opts=layer.child(),
    )
    attachment = aws.iam.RolePolicyAttachment(
        layer.named("attachment", "api-logging").logical,
        role=role.name,
        policy_arn=f"arn:{layer.context.partition}:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs",
        opts=layer.child(),
    )
    return role, attachment
