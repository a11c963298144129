"""The audit layer: trail, buckets, alarm topic and detections."""

from __future__ import annotations

import json
from typing import Any

import pytest

from components.audit import Audit
from components.detections import DETECTIONS
from components.layer import Context
from tests.components.conftest import Record, Recorded
from tests.components.policy_judge import allows
from tests.components.support import key, of_type, only

ACCOUNT = "123456789012"
TRAIL = f"arn:aws:cloudtrail:eu-west-1:{ACCOUNT}:trail/trail-audit-test"
AUDIT_BUCKET = f"arn:aws:s3:::s3-audit-{ACCOUNT}-test"
ACCESS_LOG_BUCKET = f"arn:aws:s3:::s3-access-logs-{ACCOUNT}-test"
TOPIC = "<topic-alarms.arn>"


def build(context: Context, alarm_email: str | None = None) -> Audit:
    """The audit layer with the shortest retention that the settings allow."""
    return Audit(
        context, logs_key=key("logs"), log_retention_days=400, audit_retention_days=400, alarm_email=alarm_email
    )


@pytest.fixture(scope="module")
def recorded(record: Record) -> list[Recorded]:
    """What the audit layer registers without an alarm address."""
    return record(build)


def named(recorded: list[Recorded], name: str) -> dict[str, Any]:
    """The inputs of the one resource with this name."""
    (resource,) = [resource for resource in recorded if resource.name == name]
    return resource.inputs


def dependencies(recorded: list[Recorded], name: str) -> frozenset[str]:
    """What the resource with this name waits for."""
    (resource,) = [resource for resource in recorded if resource.name == name]
    return resource.depends_on


def test_trail_records_all_regions_and_can_prove_its_files(recorded: list[Recorded]) -> None:
    """The trail is on, everywhere, validated, encrypted, and goes to the audit bucket and the log group."""
    trail = named(recorded, "trail-audit")
    for switch in ("enableLogging", "isMultiRegionTrail", "includeGlobalServiceEvents", "enableLogFileValidation"):
        assert trail[switch] is True, switch
    assert trail["kmsKeyId"] == "arn:kms:logs"
    assert trail["s3BucketName"] == f"s3-audit-{ACCOUNT}-test"
    assert trail["cloudWatchLogsGroupArn"] == f"arn:aws:logs:eu-west-1:{ACCOUNT}:log-group:log-trail-test:*"


def test_trail_waits_until_it_may_write(recorded: list[Recorded]) -> None:
    """CloudTrail checks bucket and role when the trail is created, so both permissions have to be there."""
    assert {"s3-audit-policy", "policy-trail"} <= dependencies(recorded, "trail-audit")


def test_trail_keeps_management_events_and_every_touch_of_the_logs(recorded: list[Recorded]) -> None:
    """All management events, and reads as well as writes of objects in both log buckets; unusual rates are noticed."""
    trail = named(recorded, "trail-audit")
    management, objects = (
        {item["field"]: item for item in selector["fieldSelectors"]} for selector in trail["advancedEventSelectors"]
    )
    assert set(management) == {"eventCategory"}
    assert management["eventCategory"]["equals"] == ["Management"]
    assert objects["eventCategory"]["equals"] == ["Data"]
    assert "readOnly" not in objects
    assert objects["resources.ARN"]["startsWiths"] == ["<s3-audit.arn>/", "<s3-access-logs.arn>/"]
    assert {item["insightType"] for item in trail["insightSelectors"]} == {"ApiCallRateInsight", "ApiErrorRateInsight"}


def test_trail_role_writes_to_its_group_and_makes_none(recorded: list[Recorded]) -> None:
    """The role may write to the trail's log group only."""
    (statement,) = json.loads(named(recorded, "policy-trail")["policy"])["Statement"]
    assert set(statement["Action"]) == {"logs:CreateLogStream", "logs:PutLogEvents"}
    assert statement["Resource"] == [f"arn:aws:logs:eu-west-1:{ACCOUNT}:log-group:log-trail-test:*"]


@pytest.mark.parametrize("bucket", ["s3-audit", "s3-access-logs"])
def test_buckets_are_private_versioned_and_emptied_by_age(recorded: list[Recorded], bucket: str) -> None:
    """Both buckets are closed to the public, keep versions, take no ACLs, and can be deleted with what is in them."""
    closed = named(recorded, f"{bucket}-public-access")
    for switch in ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"):
        assert closed[switch] is True
    assert named(recorded, f"{bucket}-versioning")["versioningConfiguration"] == {"status": "Enabled"}
    assert named(recorded, f"{bucket}-ownership")["rule"] == {"objectOwnership": "BucketOwnerEnforced"}
    assert named(recorded, bucket)["bucket"] == f"{bucket}-{ACCOUNT}-test"
    assert named(recorded, bucket)["forceDestroy"] is True

    rules = {rule["id"]: rule for rule in named(recorded, f"{bucket}-lifecycle")["rules"]}
    assert rules["retention"]["expiration"] == {"days": 400}
    assert rules["retention"]["noncurrentVersionExpiration"] == {"noncurrentDays": 400}
    (transition,) = rules["retention"]["transitions"]
    assert transition["days"] >= 90, "three months have to be at hand at once"


def test_audit_bucket_is_under_the_logs_key_and_logged(recorded: list[Recorded]) -> None:
    """The audit bucket encrypts under the customer's key, and requests to it are logged in the other bucket."""
    (rule,) = named(recorded, "s3-audit-encryption")["rules"]
    assert rule["applyServerSideEncryptionByDefault"] == {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": "arn:kms:logs"}
    assert rule["bucketKeyEnabled"] is True
    assert named(recorded, "s3-audit-logging")["targetBucket"] == f"s3-access-logs-{ACCOUNT}-test"
    assert "s3-access-logs-policy" in dependencies(recorded, "s3-audit-logging")


def test_access_log_bucket_takes_what_load_balancers_deliver(recorded: list[Recorded]) -> None:
    """The access-log bucket uses S3-managed keys, all that load balancers deliver to, and does not log itself."""
    (rule,) = named(recorded, "s3-access-logs-encryption")["rules"]
    assert rule["applyServerSideEncryptionByDefault"] == {"sseAlgorithm": "AES256"}
    assert not [resource for resource in recorded if resource.name == "s3-access-logs-logging"]


def test_only_the_trail_writes_to_the_audit_bucket(recorded: list[Recorded]) -> None:
    """CloudTrail writes below this account's prefix, for this trail; other trails and prefixes are refused."""
    policy, service = named(recorded, "s3-audit-policy")["policy"], "cloudtrail.amazonaws.com"
    request = {"aws:SourceArn": TRAIL, "s3:x-amz-acl": "bucket-owner-full-control"}
    target = f"{AUDIT_BUCKET}/AWSLogs/{ACCOUNT}/CloudTrail/eu-west-1/file"

    assert allows(policy, service, "s3:PutObject", request, resource=target)
    assert allows(policy, service, "s3:GetBucketAcl", request, resource=AUDIT_BUCKET)
    assert not allows(policy, service, "s3:PutObject", {**request, "aws:SourceArn": f"{TRAIL}-other"}, resource=target)
    assert not allows(policy, service, "s3:PutObject", request, resource=f"{AUDIT_BUCKET}/AWSLogs/999999999999/file")
    assert not allows(policy, service, "s3:DeleteObject", request, resource=target)


def test_load_balancers_and_s3_deliver_logs_of_this_account(recorded: list[Recorded]) -> None:
    """Load balancers of this account deliver below their prefix, S3 the requests to the audit bucket below its own."""
    policy = named(recorded, "s3-access-logs-policy")["policy"]
    balancer = "logdelivery.elasticloadbalancing.amazonaws.com"
    target = f"{ACCESS_LOG_BUCKET}/alb/AWSLogs/{ACCOUNT}/elasticloadbalancing/file"
    own = {"aws:SourceArn": f"arn:aws:elasticloadbalancing:eu-west-1:{ACCOUNT}:loadbalancer/app/alb-api-test/1"}
    other = {"aws:SourceArn": "arn:aws:elasticloadbalancing:eu-west-1:999999999999:loadbalancer/app/alb/1"}
    assert allows(policy, balancer, "s3:PutObject", own, resource=target)
    assert not allows(policy, balancer, "s3:PutObject", other, resource=target)

    server_log = f"{ACCESS_LOG_BUCKET}/{named(recorded, 's3-audit-logging')['targetPrefix']}2026-01-01"
    request = {"aws:SourceAccount": ACCOUNT, "aws:SourceArn": AUDIT_BUCKET}
    assert allows(policy, "logging.s3.amazonaws.com", "s3:PutObject", request, resource=server_log)
    for change in ({"aws:SourceAccount": "999999999999"}, {"aws:SourceArn": "arn:aws:s3:::another"}):
        assert not allows(
            policy, "logging.s3.amazonaws.com", "s3:PutObject", {**request, **change}, resource=server_log
        )


@pytest.mark.parametrize("bucket", ["s3-audit", "s3-access-logs"])
@pytest.mark.parametrize("transport", [{"aws:SecureTransport": "false"}, {"s3:TlsVersion": "1.1"}])
def test_buckets_refuse_old_or_no_tls(recorded: list[Recorded], bucket: str, transport: dict[str, str]) -> None:
    """What would be allowed is refused over plain HTTP and over TLS older than 1.2, on bucket and objects."""
    policy = json.loads(named(recorded, f"{bucket}-policy")["policy"])
    anyone = {"Sid": "Anyone", "Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*"}
    policy["Statement"].append(anyone)
    for resource in (f"<{bucket}.arn>", f"<{bucket}.arn>/object"):
        good = {"aws:SecureTransport": "true", "s3:TlsVersion": "1.2"}
        assert allows(json.dumps(policy), "x", "s3:GetObject", good, resource=resource)
        assert not allows(json.dumps(policy), "x", "s3:GetObject", {**good, **transport}, resource=resource)


def test_alarm_topic_hears_this_stack_over_tls(recorded: list[Recorded]) -> None:
    """The topic is encrypted; alarms of this stack and database events of this account may publish, over TLS only."""
    assert named(recorded, "topic-alarms")["kmsMasterKeyId"] == "arn:kms:logs"
    policy = named(recorded, "topic-alarms-policy")["policy"]
    alarm = {
        "aws:SourceAccount": ACCOUNT,
        "aws:SourceArn": f"arn:aws:cloudwatch:eu-west-1:{ACCOUNT}:alarm:alarm-root-use-test",
    }
    cloudwatch, database = "cloudwatch.amazonaws.com", "events.rds.amazonaws.com"
    assert allows(policy, cloudwatch, "sns:Publish", alarm, resource=TOPIC)
    assert allows(policy, database, "sns:Publish", {"aws:SourceAccount": ACCOUNT}, resource=TOPIC)

    assert not allows(policy, cloudwatch, "sns:Publish", {**alarm, "aws:SecureTransport": "false"}, resource=TOPIC)
    assert not allows(policy, cloudwatch, "sns:Publish", {**alarm, "aws:SourceAccount": "999999999999"}, resource=TOPIC)
    other_stack = {**alarm, "aws:SourceArn": alarm["aws:SourceArn"].replace("-test", "-prod")}
    assert not allows(policy, cloudwatch, "sns:Publish", other_stack, resource=TOPIC)
    assert not allows(policy, database, "sns:Publish", {"aws:SourceAccount": "999999999999"}, resource=TOPIC)
    assert not allows(policy, "events.amazonaws.com", "sns:Publish", alarm, resource=TOPIC)


def test_event_rules_publish_with_a_role_of_this_account(recorded: list[Recorded]) -> None:
    """EventBridge assumes the role for rules of this stack, and may then publish to the topic and encrypt for it."""
    trust = named(recorded, "role-alarm-events")["assumeRolePolicy"]
    rule = {
        "aws:SourceAccount": ACCOUNT,
        "aws:SourceArn": f"arn:aws:events:eu-west-1:{ACCOUNT}:rule/rule-deployments-test",
    }
    assert allows(trust, "events.amazonaws.com", "sts:AssumeRole", rule)
    assert not allows(trust, "events.amazonaws.com", "sts:AssumeRole", {**rule, "aws:SourceAccount": "999999999999"})

    publish, encrypt = json.loads(named(recorded, "policy-alarm-events")["policy"])["Statement"]
    assert (publish["Action"], publish["Resource"]) == (["sns:Publish"], [TOPIC])
    assert encrypt["Resource"] == ["arn:kms:logs"]
    assert encrypt["Condition"] == {"StringEquals": {"kms:ViaService": "sns.eu-west-1.amazonaws.com"}}


def test_an_alarm_address_is_subscribed_only_if_given(recorded: list[Recorded], record: Record) -> None:
    """Without an address there is no subscription, with one there is exactly one, by e-mail."""
    assert not of_type(recorded, "TopicSubscription")

    with_address = record(lambda context: build(context, "security@example.com"))
    subscription = only(with_address, "TopicSubscription")
    assert subscription.inputs["protocol"] == "email"
    assert subscription.inputs["endpoint"] == "security@example.com"
    assert subscription.inputs["topic"] == TOPIC


def test_every_detection_counts_in_the_trails_log_and_alarms(recorded: list[Recorded]) -> None:
    """Each detection has a filter on the trail's log group, and an alarm on its metric that tells the topic."""
    filters = [resource.inputs for resource in of_type(recorded, "LogMetricFilter")]
    alarms = [resource.inputs for resource in of_type(recorded, "MetricAlarm")]
    assert len(filters) == len(alarms) == len(DETECTIONS)
    assert {inputs["logGroupName"] for inputs in filters} == {"log-trail-test"}

    counted = {(f["metricTransformation"]["namespace"], f["metricTransformation"]["name"]) for f in filters}
    assert {(alarm["namespace"], alarm["metricName"]) for alarm in alarms} == counted
    assert len(counted) == len(DETECTIONS)
    for alarm in alarms:
        assert alarm["alarmActions"] == [TOPIC]
        assert alarm["threshold"] == 1
        assert alarm["comparisonOperator"] == "GreaterThanOrEqualToThreshold"
