"""Log groups, all made the same way: named, encrypted, kept for the audit period, and there before their writer."""

from __future__ import annotations

import json
from typing import Any

import pulumi
import pulumi_aws as aws

from components.layer import Layer, Scope, statement

# Managed data identifiers of CloudWatch Logs for what PCI DSS v4.0.1, 3.3.1 and 3.4.1, forbid to keep or to show.
CARD_DATA_IDENTIFIERS = ("CreditCardNumber", "CreditCardSecurityCode", "CreditCardExpiration")


def log_group(
    layer: Layer,
    purpose: str,
    *,
    key_arn: pulumi.Input[str],
    retention_days: pulumi.Input[int],
    fixed_name: pulumi.Input[str] | None = None,
    scope: Scope = Scope.CONNECTED,
    mask_card_data: bool = False,
) -> aws.cloudwatch.LogGroup:
    """Log group under the logs key, kept for the audit period (PCI DSS v4.0.1, 10.3.2 and 10.5.1).

    Its name is ``log-{purpose}-{suffix}``, or ``fixed_name`` where the writing service dictates the name (a Lambda
    function's group, say, is ``/aws/lambda/{function}``); such a name has to hold the suffix too. The writer needs
    ``logs:CreateLogStream`` and ``logs:PutLogEvents`` only, and has to wait for the group: a writer that may create
    groups brings a deleted one back, unencrypted, and the next deployment fails on it.

    ``mask_card_data`` hides card numbers, security codes and expiry dates that slip into the text; set it for every
    group that an application writes to.
    """
    name = layer.named("log", purpose)
    group = aws.cloudwatch.LogGroup(
        name.logical,
        name=name.physical if fixed_name is None else fixed_name,
        kms_key_id=key_arn,
        retention_in_days=retention_days,
        tags=layer.tags(name, scope),
        opts=layer.child(),
    )
    if mask_card_data:
        policy = layer.named("mask", purpose)
        aws.cloudwatch.LogDataProtectionPolicy(
            policy.logical,
            log_group_name=group.name,
            policy_document=_masking_policy(policy.physical, layer.context.partition),
            opts=layer.child(),
        )
    return group


def group_arn(layer: Layer, group: aws.cloudwatch.LogGroup) -> pulumi.Output[str]:
    """ARN of a log group without ``:*`` at its end; add ``:*`` for the streams in it.

    Made from the group's name, since its own ARN attribute ends in ``:*`` in CloudFormation and does not in Pulumi.
    """
    return pulumi.Output.concat(layer.context.arn("logs", "log-group:"), group.name)


def write_statement(layer: Layer, group: aws.cloudwatch.LogGroup, sid: str = "WriteLog") -> dict[str, Any]:
    """IAM statement that lets a role write to one log group, and not make groups."""
    return statement(
        sid,
        actions=["logs:CreateLogStream", "logs:PutLogEvents"],
        resources=[pulumi.Output.concat(group_arn(layer, group), ":*")],
    )


def _masking_policy(name: str, partition: str) -> str:
    """A data protection policy: the service wants an audit statement and a masking one over the same identifiers."""
    identifiers = [f"arn:{partition}:dataprotection::aws:data-identifier/{item}" for item in CARD_DATA_IDENTIFIERS]
    operations: dict[str, dict[str, object]] = {
        "Find": {"Audit": {"FindingsDestination": {}}},
        "Mask": {"Deidentify": {"MaskConfig": {}}},
    }
    return json.dumps(
        {
            "Name": name,
            "Version": "2021-06-01",
            "Statement": [
                {"Sid": sid, "DataIdentifier": identifiers, "Operation": operation}
                for sid, operation in operations.items()
            ],
        }
    )
