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
        if f"eventName={event})" in detection.pattern or f'eventName = "{event}")' in detection.pattern
    ]


# "Security Hub controls for Amazon CloudWatch" in the Security Hub user guide, the filter patterns of CloudWatch.1 to
# CloudWatch.14.
SECURITY_HUB = """\
{$.userIdentity.type="Root" && $.userIdentity.invokedBy NOT EXISTS && $.eventType !="AwsServiceEvent"}
{($.errorCode="*UnauthorizedOperation") || ($.errorCode="AccessDenied*")}
{ ($.eventName = "ConsoleLogin") && ($.additionalEventData.MFAUsed != "Yes") && ($.userIdentity.type = "IAMUser") && \
($.responseElements.ConsoleLogin = "Success") }
{($.eventSource=iam.amazonaws.com) && (($.eventName=DeleteGroupPolicy) || ($.eventName=DeleteRolePolicy) || \
($.eventName=DeleteUserPolicy) || ($.eventName=PutGroupPolicy) || ($.eventName=PutRolePolicy) || \
($.eventName=PutUserPolicy) || ($.eventName=CreatePolicy) || ($.eventName=DeletePolicy) || \
($.eventName=CreatePolicyVersion) || ($.eventName=DeletePolicyVersion) || ($.eventName=AttachRolePolicy) || \
($.eventName=DetachRolePolicy) || ($.eventName=AttachUserPolicy) || ($.eventName=DetachUserPolicy) || \
($.eventName=AttachGroupPolicy) || ($.eventName=DetachGroupPolicy))}
{($.eventName=CreateTrail) || ($.eventName=UpdateTrail) || ($.eventName=DeleteTrail) || ($.eventName=StartLogging) || \
($.eventName=StopLogging)}
{($.eventName=ConsoleLogin) && ($.errorMessage="Failed authentication")}
{($.eventSource=kms.amazonaws.com) && (($.eventName=DisableKey) || ($.eventName=ScheduleKeyDeletion))}
{($.eventSource=s3.amazonaws.com) && (($.eventName=PutBucketAcl) || ($.eventName=PutBucketPolicy) || \
($.eventName=PutBucketCors) || ($.eventName=PutBucketLifecycle) || ($.eventName=PutBucketReplication) || \
($.eventName=DeleteBucketPolicy) || ($.eventName=DeleteBucketCors) || ($.eventName=DeleteBucketLifecycle) || \
($.eventName=DeleteBucketReplication))}
{($.eventSource=config.amazonaws.com) && (($.eventName=StopConfigurationRecorder) || \
($.eventName=DeleteDeliveryChannel) || ($.eventName=PutDeliveryChannel) || ($.eventName=PutConfigurationRecorder))}
{($.eventName=AuthorizeSecurityGroupIngress) || ($.eventName=AuthorizeSecurityGroupEgress) || \
($.eventName=RevokeSecurityGroupIngress) || ($.eventName=RevokeSecurityGroupEgress) || \
($.eventName=CreateSecurityGroup) || ($.eventName=DeleteSecurityGroup)}
{($.eventName=CreateNetworkAcl) || ($.eventName=CreateNetworkAclEntry) || ($.eventName=DeleteNetworkAcl) || \
($.eventName=DeleteNetworkAclEntry) || ($.eventName=ReplaceNetworkAclEntry) || \
($.eventName=ReplaceNetworkAclAssociation)}
{($.eventName=CreateCustomerGateway) || ($.eventName=DeleteCustomerGateway) || \
($.eventName=AttachInternetGateway) || ($.eventName=CreateInternetGateway) || ($.eventName=DeleteInternetGateway) || \
($.eventName=DetachInternetGateway)}
{($.eventSource=ec2.amazonaws.com) && (($.eventName=CreateRoute) || ($.eventName=CreateRouteTable) || \
($.eventName=ReplaceRoute) || ($.eventName=ReplaceRouteTableAssociation) || ($.eventName=DeleteRouteTable) || \
($.eventName=DeleteRoute) || ($.eventName=DisassociateRouteTable))}
{($.eventName=CreateVpc) || ($.eventName=DeleteVpc) || ($.eventName=ModifyVpcAttribute) || \
($.eventName=AcceptVpcPeeringConnection) || ($.eventName=CreateVpcPeeringConnection) || \
($.eventName=DeleteVpcPeeringConnection) || ($.eventName=RejectVpcPeeringConnection) || \
($.eventName=AttachClassicLinkVpc) || ($.eventName=DetachClassicLinkVpc) || ($.eventName=DisableVpcClassicLink) || \
($.eventName=EnableVpcClassicLink)}
""".splitlines()


def test_the_first_fourteen_are_those_of_security_hub() -> None:
    """Security Hub compares the text of a filter: one space more, and its control fails."""
    assert [detection.pattern for detection in DETECTIONS[:14]] == SECURITY_HUB


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
