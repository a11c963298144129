"""Stopped controls are seen, and everyday calls are not."""

from __future__ import annotations

import copy
import json
import re
from typing import Any

import pulumi
import pytest

from components.control_failures import CONTROLS, Control, control_notices, create_rules
from components.layer import Context, Layer
from tests.components.conftest import Record, Recorded

Json = dict[str, Any]


class Watch(Layer):
    """A layer to put rules into."""


def _build(context: Context) -> None:
    create_rules(
        Watch(context),
        cluster_name=pulumi.Output.from_input("ecs-main-test"),
        topic_arn="topic-arn",
        role_arn="role-arn",
    )


@pytest.fixture
def rules(context: Context) -> dict[str, Json]:
    """The patterns of the rules on controls."""
    return {notice.purpose: json.loads(str(notice.pattern)) for notice in control_notices(context)}


@pytest.fixture
def registered(record: Record) -> dict[str, Json]:
    """The patterns of all rules, by the purpose in their names, as EventBridge gets them."""
    return {
        resource.name.removeprefix("rule-"): json.loads(resource.inputs["eventPattern"])
        for resource in record(_build)
        if resource.type.endswith(":EventRule")
    }


def test_the_rules_have_these_patterns(registered: dict[str, Json], rules: dict[str, Json]) -> None:
    """What is judged below is what is registered."""
    assert rules.items() <= registered.items()


def _matches(pattern: Json, event: Json) -> bool:
    """EventBridge's rules for what is used here: every field, any value of a list, prefix, suffix, exists."""
    for key, wanted in pattern.items():
        found = event.get(key)
        if isinstance(wanted, dict):
            if not isinstance(found, dict) or not _matches(wanted, found):
                return False
        elif not any(_accepts(condition, found) for condition in wanted):
            return False
    return True


def _accepts(condition: Any, found: Any) -> bool:
    if isinstance(found, list):
        return any(_accepts(condition, item) for item in found)
    if not isinstance(condition, dict):
        return bool(condition == found)
    if "exists" in condition:
        return bool((found is not None) == condition["exists"])
    text = found if isinstance(found, str) else ""
    return text.startswith(condition["prefix"]) if "prefix" in condition else text.endswith(condition["suffix"])


def _call(service: str, call: str, /, **parameters: Any) -> Json:
    return {
        "source": f"aws.{service}",
        "detail-type": "AWS API Call via CloudTrail",
        "detail": {
            "eventSource": f"{service}.amazonaws.com",
            "eventName": call,
            "requestParameters": parameters,
            "userIdentity": {"arn": "arn:aws:iam::123456789012:user/eve"},
        },
    }


STOPPING_CALLS = [
    ("control-trail", _call("cloudtrail", "StopLogging", name="trail-audit-test")),
    ("control-trail", _call("cloudtrail", "DeleteTrail", name="trail-audit-test")),
    ("control-trail", _call("cloudtrail", "PutEventSelectors", trailName="trail-audit-test")),
    ("control-flow-logs", _call("ec2", "DeleteFlowLogs")),
    ("control-keys", _call("kms", "DisableKey", keyId="1")),
    ("control-keys", _call("kms", "ScheduleKeyDeletion", keyId="1")),
    ("control-keys", _call("kms", "DisableKeyRotation", keyId="1")),
    ("control-logs", _call("logs", "DeleteLogGroup", logGroupName="log-api-access-test")),
    ("control-logs", _call("logs", "PutRetentionPolicy", logGroupName="log-api-access-test")),
    ("control-firewall", _call("wafv2", "DeleteLoggingConfiguration")),
    ("control-firewall", _call("wafv2", "DisassociateWebACL")),
    ("control-detection", _call("guardduty", "UpdateDetector")),
    ("control-detection", _call("config", "StopConfigurationRecorder")),
    ("control-detection", _call("securityhub", "DisableSecurityHub")),
    ("control-alarms", _call("monitoring", "DeleteAlarms", alarmNames=["other", "alarm-api-errors-test"])),
    ("control-rotation", _call("secretsmanager", "CancelRotateSecret", secretId="1")),
]


@pytest.mark.parametrize(("rule", "event"), STOPPING_CALLS, ids=lambda value: value if isinstance(value, str) else "")
def test_a_call_that_stops_a_control_is_seen(rules: dict[str, Json], rule: str, event: Json) -> None:
    """Exactly the rule on that control sees it."""
    assert [name for name, pattern in rules.items() if _matches(pattern, event)] == [rule]


def test_a_refused_call_is_not_a_stopped_control(rules: dict[str, Json]) -> None:
    """The audit trail's alarms tell of refused calls; nothing was stopped by them."""
    for rule, event in STOPPING_CALLS:
        refused = copy.deepcopy(event)
        refused["detail"]["errorCode"] = "AccessDenied"
        assert not _matches(rules[rule], refused)


@pytest.mark.parametrize(
    "event",
    [
        _call("logs", "DeleteLogGroup", logGroupName="log-api-access-other"),
        _call("monitoring", "DeleteAlarms", alarmNames=["alarm-api-errors-other"]),
        _call("kms", "Encrypt", keyId="1"),
        _call("cloudtrail", "StartLogging", name="trail-audit-test"),
        {**_call("kms", "DisableKey", keyId="1"), "source": "forged.kms"},
    ],
)
def test_other_calls_are_not_seen(rules: dict[str, Json], event: Json) -> None:
    """Other stacks' resources, everyday calls and events that somebody made up cause no message."""
    assert not [name for name, pattern in rules.items() if _matches(pattern, event)]


def test_a_failed_release_of_this_stack_is_seen(registered: dict[str, Json]) -> None:
    """And one of another cluster is not."""
    event = {
        "source": "aws.ecs",
        "detail-type": "ECS Deployment State Change",
        "resources": ["arn:aws:ecs:eu-west-1:123456789012:service/ecs-main-test/svc-api-test"],
        "detail": {"eventName": "SERVICE_DEPLOYMENT_FAILED"},
    }
    assert _matches(registered["failed-release"], event)
    other = [event["resources"][0].replace("ecs-main-test", "ecs-main-test2")]
    assert not _matches(registered["failed-release"], {**event, "resources": other})
    assert not _matches(
        registered["failed-release"], {**event, "detail": {"eventName": "SERVICE_DEPLOYMENT_COMPLETED"}}
    )


def test_a_failed_rotation_is_seen(registered: dict[str, Json]) -> None:
    """Secrets Manager reports it as a service event, not as a call."""
    event = {
        "source": "aws.secretsmanager",
        "detail-type": "AWS Service Event via CloudTrail",
        "detail": {"eventSource": "secretsmanager.amazonaws.com", "eventName": "RotationFailed"},
    }
    assert _matches(registered["failed-rotation"], event)


@pytest.fixture
def targets(record: Record) -> list[Recorded]:
    """The targets of all rules."""
    return [resource for resource in record(_build) if resource.type.endswith(":EventTarget")]


def test_every_rule_sends_to_the_topic(targets: list[Recorded]) -> None:
    """With the role that may publish, and with the retries written out."""
    assert len(targets) == len(CONTROLS) + 2
    for target in targets:
        assert (target.inputs["arn"], target.inputs["roleArn"]) == ("topic-arn", "role-arn")
        assert target.inputs["retryPolicy"]["maximumEventAgeInSeconds"] > 0


def test_messages_name_only_fields_that_they_have(targets: list[Recorded]) -> None:
    """EventBridge refuses a template with an unknown field, and leaves an unused one out silently."""
    for target in targets:
        transformer = target.inputs["inputTransformer"]
        assert set(re.findall(r"<(\w+)>", transformer["inputTemplate"])) == set(transformer["inputPaths"])
        assert isinstance(json.loads(transformer["inputTemplate"]), str)


def test_a_control_without_calls_is_refused() -> None:
    """It would match nothing, and so never tell anything."""
    with pytest.raises(ValueError, match="'empty'"):
        Control("empty", "Nothing", ("kms",), ())
