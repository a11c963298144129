"""What must raise an alarm when it shows up in the audit trail.

The first fourteen are the filters of the CIS AWS Foundations Benchmark, as AWS Security Hub looks for them (controls
CloudWatch.1 to CloudWatch.14): their patterns are matched to the letter there, so none may be reworded, and they stand
in that order. The text is that of the Security Hub user guide, which leaves CIS in two places: the filters on IAM
policies and on routes count calls to IAM and EC2 only. The others watch the watching itself (PCI DSS v4.0.1, 10.3 and
10.7.2).
"""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.layer import PROJECT, Layer

# Longest filter pattern that CloudWatch Logs accepts.
MAX_PATTERN_LENGTH = 1024


@dataclass(frozen=True)
class Detection:
    """One kind of event in the audit trail that somebody has to look at."""

    purpose: str
    requirement: str
    """Requirements of PCI DSS v4.0.1."""
    meaning: str
    pattern: str

    def __post_init__(self) -> None:
        if len(self.pattern) > MAX_PATTERN_LENGTH:
            raise ValueError(
                f"The pattern of detection {self.purpose!r} has {len(self.pattern)} characters, but CloudWatch Logs "
                f"accepts {MAX_PATTERN_LENGTH}. Split it into two detections."
            )


def _any_event(*names: str) -> str:
    return " || ".join(f"($.eventName={name})" for name in names)


def _calls(*names: str, source: str | None = None) -> str:
    """Pattern for calls of any of these names, to one service if ``source`` is given."""
    if source is None:
        return "{" + _any_event(*names) + "}"
    return "{($.eventSource=" + source + ") && (" + _any_event(*names) + ")}"


DETECTIONS = (
    Detection(
        "root-use",
        "8.2.2, 10.2.1.2",
        "The root user of the account was used.",
        '{$.userIdentity.type="Root" && $.userIdentity.invokedBy NOT EXISTS && $.eventType !="AwsServiceEvent"}',
    ),
    Detection(
        "unauthorised-calls",
        "10.2.1.4",
        "Calls were refused for want of permission: somebody tries doors.",
        '{($.errorCode="*UnauthorizedOperation") || ($.errorCode="AccessDenied*")}',
    ),
    Detection(
        "login-without-mfa",
        "8.4.2",
        "Somebody signed in to the console without a second factor.",
        '{ ($.eventName = "ConsoleLogin") && ($.additionalEventData.MFAUsed != "Yes") && '
        '($.userIdentity.type = "IAMUser") && ($.responseElements.ConsoleLogin = "Success") }',
    ),
    Detection(
        "iam-changes",
        "7.2.1, 10.2.1.5",
        "Permissions were changed.",
        _calls(
            "DeleteGroupPolicy",
            "DeleteRolePolicy",
            "DeleteUserPolicy",
            "PutGroupPolicy",
            "PutRolePolicy",
            "PutUserPolicy",
            "CreatePolicy",
            "DeletePolicy",
            "CreatePolicyVersion",
            "DeletePolicyVersion",
            "AttachRolePolicy",
            "DetachRolePolicy",
            "AttachUserPolicy",
            "DetachUserPolicy",
            "AttachGroupPolicy",
            "DetachGroupPolicy",
            source="iam.amazonaws.com",
        ),
    ),
    Detection(
        "trail-changes",
        "10.2.1.6, 10.7.2",
        "An audit trail was created, changed, started, stopped or deleted.",
        _calls("CreateTrail", "UpdateTrail", "DeleteTrail", "StartLogging", "StopLogging"),
    ),
    Detection(
        "login-failures",
        "10.2.1.4",
        "A sign-in to the console failed.",
        '{($.eventName=ConsoleLogin) && ($.errorMessage="Failed authentication")}',
    ),
    Detection(
        "key-disabling",
        "3.7.5, 10.7.2",
        "An encryption key was disabled or scheduled for deletion; a deletion can be cancelled while it is pending.",
        _calls("DisableKey", "ScheduleKeyDeletion", source="kms.amazonaws.com"),
    ),
    Detection(
        "bucket-policy-changes",
        "7.3.1, 10.3.1",
        "Access to a bucket, or what happens to its objects, was changed.",
        _calls(
            "PutBucketAcl",
            "PutBucketPolicy",
            "PutBucketCors",
            "PutBucketLifecycle",
            "PutBucketReplication",
            "DeleteBucketPolicy",
            "DeleteBucketCors",
            "DeleteBucketLifecycle",
            "DeleteBucketReplication",
            source="s3.amazonaws.com",
        ),
    ),
    Detection(
        "config-changes",
        "10.7.2, 11.5.2",
        "AWS Config was stopped or changed.",
        _calls(
            "StopConfigurationRecorder",
            "DeleteDeliveryChannel",
            "PutDeliveryChannel",
            "PutConfigurationRecorder",
            source="config.amazonaws.com",
        ),
    ),
    Detection(
        "security-group-changes",
        "1.2.2",
        "A security group was changed.",
        _calls(
            "AuthorizeSecurityGroupIngress",
            "AuthorizeSecurityGroupEgress",
            "RevokeSecurityGroupIngress",
            "RevokeSecurityGroupEgress",
            "CreateSecurityGroup",
            "DeleteSecurityGroup",
        ),
    ),
    Detection(
        "network-acl-changes",
        "1.2.2",
        "A network ACL was changed.",
        _calls(
            "CreateNetworkAcl",
            "CreateNetworkAclEntry",
            "DeleteNetworkAcl",
            "DeleteNetworkAclEntry",
            "ReplaceNetworkAclEntry",
            "ReplaceNetworkAclAssociation",
        ),
    ),
    Detection(
        "gateway-changes",
        "1.2.2, 1.4.1",
        "A way out of the network was opened or closed.",
        _calls(
            "CreateCustomerGateway",
            "DeleteCustomerGateway",
            "AttachInternetGateway",
            "CreateInternetGateway",
            "DeleteInternetGateway",
            "DetachInternetGateway",
        ),
    ),
    Detection(
        "route-changes",
        "1.2.2, 1.4.1",
        "A route or route table was changed.",
        _calls(
            "CreateRoute",
            "CreateRouteTable",
            "ReplaceRoute",
            "ReplaceRouteTableAssociation",
            "DeleteRouteTable",
            "DeleteRoute",
            "DisassociateRouteTable",
            source="ec2.amazonaws.com",
        ),
    ),
    Detection(
        "vpc-changes",
        "1.2.2, 1.4.1",
        "A VPC was created, changed, deleted or connected to another.",
        _calls(
            "CreateVpc",
            "DeleteVpc",
            "ModifyVpcAttribute",
            "AcceptVpcPeeringConnection",
            "CreateVpcPeeringConnection",
            "DeleteVpcPeeringConnection",
            "RejectVpcPeeringConnection",
            "AttachClassicLinkVpc",
            "DetachClassicLinkVpc",
            "DisableVpcClassicLink",
            "EnableVpcClassicLink",
        ),
    ),
    Detection(
        "log-tampering",
        "10.2.1.6, 10.3.2, 10.7.2",
        "Logs were deleted, decrypted for good, unmasked or kept for another time, or a log source was cut off.",
        _calls(
            "DeleteLogGroup",
            "DeleteLogStream",
            "PutRetentionPolicy",
            "DeleteRetentionPolicy",
            "DisassociateKmsKey",
            "DeleteDataProtectionPolicy",
            "DeleteMetricFilter",
            "DeleteSubscriptionFilter",
            "DeleteFlowLogs",
            "DeleteLoggingConfiguration",
            "DeleteBucketLogging",
        ),
    ),
    Detection(
        "notification-tampering",
        "10.7.2",
        "Alarms were deleted or silenced, or no longer reach anybody.",
        _calls("DeleteAlarms", "DisableAlarmActions", "DeleteTopic", "Unsubscribe", "DisableRule", "DeleteRule"),
    ),
)


def detect(
    layer: Layer, detection: Detection, log_group_name: pulumi.Input[str], topic_arn: pulumi.Input[str]
) -> aws.cloudwatch.MetricAlarm:
    """Event in the audit trail that somebody has to look at: metric filter and alarm (PCI DSS v4.0.1, 10.4.1.1)."""
    filter_name = layer.named("filter", detection.purpose)
    namespace = f"{PROJECT}-audit-{layer.context.suffix}"
    aws.cloudwatch.LogMetricFilter(
        filter_name.logical,
        name=filter_name.physical,
        log_group_name=log_group_name,
        pattern=detection.pattern,
        metric_transformation={
            "name": detection.purpose,
            "namespace": namespace,
            "value": "1",
            "default_value": "0",
            "unit": "Count",
        },
        opts=layer.child(),
    )
    alarm_name = layer.named("alarm", detection.purpose)
    return aws.cloudwatch.MetricAlarm(
        alarm_name.logical,
        name=alarm_name.physical,
        alarm_description=f"{detection.meaning} (PCI DSS v4.0.1: {detection.requirement})",
        namespace=namespace,
        metric_name=detection.purpose,
        statistic="Sum",
        period=300,
        evaluation_periods=1,
        comparison_operator="GreaterThanOrEqualToThreshold",
        threshold=1,
        treat_missing_data="notBreaching",
        alarm_actions=[topic_arn],
        tags=layer.tags(alarm_name),
        opts=layer.child(),
    )
