"""Messages when a control stops, within minutes of it (PCI DSS v4.0.1, 10.7.2 and 10.7.3), and when a release fails.

EventBridge rules on the API calls that CloudTrail sees. The audit trail's own metric filters
(:mod:`components.detections`) raise an alarm on some of the same calls, but they read the trail's log group: they fall
silent with it, and take longer. A message says which call it was, and whose.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components.layer import Context, Layer

API_CALL = "AWS API Call via CloudTrail"
# EventBridge tries for a day, which is the longest and the default; written out so that nobody has to know.
RETRY_SECONDS = 86_400
RETRY_ATTEMPTS = 185


@dataclass(frozen=True)
class Control:
    """A control, and the calls that stop it.

    Raises:
        ValueError: no calls are named.
    """

    purpose: str
    meaning: str
    """What has happened, as the message begins."""
    services: tuple[str, ...]
    """As in the event source: ``kms`` for ``kms.amazonaws.com``."""
    calls: tuple[str, ...]
    own: str | None = None
    """Request parameter that names what is affected, when only names that end in this stack's suffix count: other
    stacks delete their log groups too."""

    def __post_init__(self) -> None:
        if not self.calls:
            raise ValueError(f"Control {self.purpose!r} names no calls that stop it. Name at least one.")

    def pattern(self, context: Context) -> dict[str, Any]:
        """The event pattern: only calls that did something, not refused ones."""
        detail: dict[str, Any] = {
            "eventSource": [f"{service}.amazonaws.com" for service in self.services],
            "eventName": list(self.calls),
            "errorCode": [{"exists": False}],
        }
        if self.own:
            detail["requestParameters"] = {self.own: [{"suffix": f"-{context.suffix}"}]}
        # Nobody but AWS can send events whose source starts so.
        return {"source": [{"prefix": "aws."}], "detail-type": [API_CALL], "detail": detail}


CONTROLS = (
    Control(
        "trail",
        "The audit trail was stopped or changed",
        ("cloudtrail",),
        ("StopLogging", "DeleteTrail", "UpdateTrail", "PutEventSelectors", "PutInsightSelectors"),
    ),
    Control("flow-logs", "Network flow logs were deleted", ("ec2",), ("DeleteFlowLogs",)),
    Control(
        "keys",
        "An encryption key was disabled, is to be deleted, or no longer rotates",
        ("kms",),
        ("DisableKey", "ScheduleKeyDeletion", "DisableKeyRotation"),
    ),
    Control(
        "logs",
        "A log group was deleted, decrypted, or keeps its events for another time",
        ("logs",),
        ("DeleteLogGroup", "DeleteLogStream", "PutRetentionPolicy", "DeleteRetentionPolicy", "DisassociateKmsKey"),
        own="logGroupName",
    ),
    Control(
        "firewall",
        "The web application firewall was taken away or no longer logs",
        ("wafv2",),
        ("DeleteLoggingConfiguration", "DisassociateWebACL", "DeleteWebACL"),
    ),
    Control(
        "detection",
        "Threat detection, the record of configurations, or security checks were stopped or cut back",
        ("guardduty", "config", "securityhub"),
        (
            "DeleteDetector",
            "UpdateDetector",
            "StopMonitoringMembers",
            "StopConfigurationRecorder",
            "DeleteConfigurationRecorder",
            "DeleteDeliveryChannel",
            "DisableSecurityHub",
            "BatchDisableStandards",
        ),
    ),
    Control(
        "alarms",
        "Alarms were deleted or silenced",
        ("monitoring",),
        ("DeleteAlarms", "DisableAlarmActions"),
        own="alarmNames",
    ),
    Control("rotation", "A secret no longer rotates", ("secretsmanager",), ("CancelRotateSecret", "DeleteSecret")),
)

# Fields of an event that the message names, by the name that the message's text has for them.
CALL_FIELDS = {
    "call": "$.detail.eventName",
    "caller": "$.detail.userIdentity.arn",
    "address": "$.detail.sourceIPAddress",
    "time": "$.time",
    "event": "$.detail.eventID",
}


@dataclass(frozen=True)
class Notice:
    """A message that is sent when an event of a pattern is seen."""

    purpose: str
    meaning: str
    pattern: pulumi.Input[str]
    """JSON."""
    fields: Mapping[str, str]
    """Where the values stand in the event, by the names that ``message`` has for them."""
    message: str
    """Names of ``fields`` in angle brackets are replaced by their values."""


def create_rules(
    layer: Layer, *, cluster_name: pulumi.Input[str], topic_arn: pulumi.Input[str], role_arn: pulumi.Input[str]
) -> list[str]:
    """All rules; returns their names. ``role_arn`` is the role with which they publish to the topic."""
    notices = [*control_notices(layer.context), _failed_release(layer.context, cluster_name), _failed_rotation()]
    return [_create_rule(layer, notice, topic_arn, role_arn) for notice in notices]


def control_notices(context: Context) -> list[Notice]:
    """What is said when a control stops."""
    return [
        Notice(
            f"control-{control.purpose}",
            control.meaning,
            json.dumps(control.pattern(context)),
            CALL_FIELDS,
            f"{control.meaning}: <call> by <caller> from <address> at <time>. CloudTrail event <event>.",
        )
        for control in CONTROLS
    ]


def _failed_release(context: Context, cluster_name: pulumi.Input[str]) -> Notice:
    services = pulumi.Output.concat(context.arn("ecs", "service/"), cluster_name, "/")
    meaning = "A release failed and is rolled back"
    return Notice(
        "failed-release",
        meaning,
        pulumi.Output.json_dumps(
            {
                "source": ["aws.ecs"],
                "detail-type": ["ECS Deployment State Change"],
                "resources": [{"prefix": services}],
                "detail": {"eventName": ["SERVICE_DEPLOYMENT_FAILED"]},
            }
        ),
        {"service": "$.resources[0]", "reason": "$.detail.reason", "time": "$.time"},
        f"{meaning}: <service> at <time>. <reason>",
    )


def _failed_rotation() -> Notice:
    meaning = "A secret could not be rotated"
    return Notice(
        "failed-rotation",
        meaning,
        json.dumps(
            {
                "source": ["aws.secretsmanager"],
                "detail-type": ["AWS Service Event via CloudTrail"],
                "detail": {"eventSource": ["secretsmanager.amazonaws.com"], "eventName": ["RotationFailed"]},
            }
        ),
        {"secret": "$.detail.additionalEventData.SecretId", "time": "$.time", "event": "$.detail.eventID"},
        f"{meaning}: <secret> at <time>. CloudTrail event <event>.",
    )


def _create_rule(layer: Layer, notice: Notice, topic_arn: pulumi.Input[str], role_arn: pulumi.Input[str]) -> str:
    """Rule that sends a message to the alarm topic as soon as the event is seen; tried again for a day if need be.

    There is no dead-letter queue: the event stays in the audit trail, and an alarm tells of a message that could not be
    sent.
    """
    name = layer.named("rule", notice.purpose)
    rule = aws.cloudwatch.EventRule(
        name.logical,
        name=name.physical,
        description=notice.meaning,
        event_pattern=notice.pattern,
        # Reading calls are left out by this state; all calls above are writing ones.
        state="ENABLED",
        tags=layer.tags(name),
        opts=layer.child(),
    )
    aws.cloudwatch.EventTarget(
        layer.named("ruletarget", notice.purpose).logical,
        rule=rule.name,
        target_id="alarm-topic",
        arn=topic_arn,
        role_arn=role_arn,
        input_transformer=aws.cloudwatch.EventTargetInputTransformerArgs(
            input_paths=notice.fields,
            # A string of JSON, in which EventBridge replaces <call> and the like.
            input_template=json.dumps(notice.message),
        ),
        retry_policy=aws.cloudwatch.EventTargetRetryPolicyArgs(
            maximum_event_age_in_seconds=RETRY_SECONDS, maximum_retry_attempts=RETRY_ATTEMPTS
        ),
        opts=layer.child(),
    )
    return name.physical
