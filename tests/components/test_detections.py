"""Detections: what is looked for in the audit trail."""

from __future__ import annotations

import pytest

from components.detections import DETECTIONS, MAX_PATTERN_LENGTH, Detection


@pytest.mark.parametrize(
    "event",
    [
        *("StopLogging", "DeleteTrail", "ScheduleKeyDeletion", "DisableKey", "PutBucketPolicy", "ConsoleLogin"),
        *("AuthorizeSecurityGroupIngress", "CreateNetworkAclEntry", "AttachInternetGateway", "CreateRoute"),
        *("CreateVpcPeeringConnection", "AttachRolePolicy", "StopConfigurationRecorder", "DeleteFlowLogs"),
        *("DeleteLogGroup", "PutRetentionPolicy", "DisassociateKmsKey", "DeleteAlarms", "DisableAlarmActions"),
    ],
)
def test_what_would_blind_or_open_the_platform_is_detected(event: str) -> None:
    """Calls that stop a control, or open a way in or out, stand in some pattern."""
    assert [
        detection.purpose
        for detection in DETECTIONS
        if f"eventName={event})" in detection.pattern or f'eventName="{event}")' in detection.pattern
    ]


def test_patterns_are_balanced() -> None:
    """A pattern is one brace expression whose parentheses and quotes close."""
    for detection in DETECTIONS:
        pattern = detection.pattern
        assert pattern.startswith("{")
        assert pattern.endswith("}")
        assert pattern.count("(") == pattern.count(")")
        assert pattern.count('"') % 2 == 0


def test_a_pattern_that_is_too_long_is_refused() -> None:
    """A detection whose pattern CloudWatch Logs would refuse is refused when it is declared, with both lengths."""
    with pytest.raises(
        ValueError, match=f"'wide' has {MAX_PATTERN_LENGTH + 1} characters.*accepts {MAX_PATTERN_LENGTH}"
    ):
        Detection("wide", "10.2.1", "Too much at once.", "x" * (MAX_PATTERN_LENGTH + 1))
