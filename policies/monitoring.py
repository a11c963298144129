"""Alarms: that they exist, watch what they should, and reach somebody (PCI DSS 10.4, 10.7, 11.5, 12.10.5)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from .documents import read
from .model import CannotKnow, Context, Malformed, Parameter, Resource, Rule, Severity, Stack, Unknown, bounds
from .resource_types import (
    ALARM,
    API_REST,
    CACHE,
    COMPOSITE_ALARM,
    DB_CLUSTER,
    ECS_SERVICE,
    EVENT_RULE,
    EVENT_TARGET,
    FILE_SYSTEM,
    FUNCTION,
    LOAD_BALANCER,
    LOG_GROUP,
    LOG_METRIC_FILTER,
    QUEUE,
    SCALING_POLICY,
    STREAM,
    TOPIC,
    TOPIC_POLICY,
    TOPIC_SUBSCRIPTION,
    TRAIL,
    guide,
    hub,
)

# What has to be noticed at once, by the words that a filter on the trail then holds (CIS AWS Foundations 4.1 to 4.14,
# which Security Hub has as CloudWatch.1 to CloudWatch.14).
AUDIT_EVENTS: Mapping[str, tuple[str, ...]] = {
    "use of the root user": ("userIdentity.type", "Root"),
    "refused calls": ("UnauthorizedOperation", "AccessDenied"),
    "console logins without a second factor": ("ConsoleLogin", "MFAUsed"),
    "changes of IAM policies": ("PutRolePolicy", "AttachRolePolicy", "DeleteRolePolicy"),
    "changes of the trail": ("StopLogging", "UpdateTrail", "DeleteTrail"),
    "failed console logins": ("ConsoleLogin", "Failed authentication"),
    "keys disabled or deleted": ("DisableKey", "ScheduleKeyDeletion"),
    "changes of bucket policies": ("PutBucketPolicy", "DeleteBucketPolicy", "PutBucketAcl"),
    "changes of AWS Config": ("StopConfigurationRecorder", "DeleteDeliveryChannel"),
    "changes of security groups": ("AuthorizeSecurityGroupIngress", "RevokeSecurityGroupIngress"),
    "changes of network ACLs": ("CreateNetworkAclEntry", "ReplaceNetworkAclAssociation"),
    "changes of gateways": ("AttachInternetGateway", "CreateInternetGateway"),
    "changes of routes": ("CreateRoute", "ReplaceRoute"),
    "changes of VPCs": ("CreateVpc", "ModifyVpcAttribute", "CreateVpcPeeringConnection"),
}
API_CALL = "AWS API Call via CloudTrail"
# A control that fails has to be noticed (10.7.2): the calls that switch one off.
CONTROL_FAILURES = (
    "CancelRotateSecret",
    "DeleteAlarms",
    "DeleteDataProtectionPolicy",
    "DeleteFlowLogs",
    "DeleteLogGroup",
    "DeleteLogStream",
    "DeleteLoggingConfiguration",
    "DeleteMetricFilter",
    "DeleteTopic",
    "DeleteTrail",
    "DisableAlarmActions",
    "DisableKey",
    "DisableKeyRotation",
    "DisassociateWebACL",
    "PutEventSelectors",
    "PutRetentionPolicy",
    "ScheduleKeyDeletion",
    "StopConfigurationRecorder",
    "StopLogging",
    "Unsubscribe",
)
# What watches every resource of these types: the namespace of its metrics, and metrics of which one is enough (none
# means any).
WATCHED: Mapping[str, tuple[str, tuple[str, ...]]] = {
    API_REST: ("AWS/ApiGateway", ("5XXError",)),
    CACHE: ("AWS/ElastiCache", ()),
    DB_CLUSTER: ("AWS/RDS", ()),
    ECS_SERVICE: ("AWS/ECS", ()),
    FILE_SYSTEM: ("AWS/EFS", ()),
    FUNCTION: ("AWS/Lambda", ("Errors",)),
    LOAD_BALANCER: (
        "AWS/ApplicationELB",
        ("HTTPCode_Target_5XX_Count", "HTTPCode_ELB_5XX_Count", "UnHealthyHostCount", "HealthyHostCount"),
    ),
    QUEUE: ("AWS/SQS", ("ApproximateNumberOfMessagesVisible", "ApproximateAgeOfOldestMessage")),
    STREAM: ("AWS/Kinesis", ("GetRecords.IteratorAgeMilliseconds", "IncomingRecords")),
}


def _filters(stack: Stack) -> list[Resource]:
    """Metric filters on a log group that a trail writes to."""
    groups = [group for trail in stack.of(TRAIL) for group in stack.linked(trail, "cloudWatchLogsGroupArn", LOG_GROUP)]
    return [item for group in groups for item in stack.users(group, LOG_METRIC_FILTER, through=("logGroupName",))]


def _audit_alarms(context: Context) -> Iterator[str]:
    patterns = [item.text("pattern") for item in context.stack.once(_filters) if _alarms_of(item, context)]
    for event, words in AUDIT_EVENTS.items():
        if not any(all(_names(pattern, word) for word in words) for pattern in patterns):
            yield f"no alarm tells of {event} ({', '.join(words)})"


def _names(pattern: str, word: str) -> bool:
    return re.search(rf"(?<![A-Za-z]){re.escape(word)}(?![A-Za-z])", pattern) is not None


def _control_failures(context: Context) -> Iterator[str]:
    patterns = [item.text("pattern") for item in context.stack.once(_filters) if _alarms_of(item, context)]
    told: set[str] = set()
    for rule in context.stack.of(EVENT_RULE):
        if context.stack.users(rule, EVENT_TARGET, through=("rule",)) and rule.text("state", "ENABLED") == "ENABLED":
            told |= _calls_told(rule)
    for call in CONTROL_FAILURES:
        if call not in told and not any(_names(pattern, call) for pattern in patterns):
            yield f"nobody is told of {call}"


def _pattern(rule: Resource) -> Mapping[str, Any]:
    pattern = rule.known("eventPattern") or {}
    if isinstance(pattern, str):
        try:
            pattern = json.loads(pattern)
        except ValueError as error:
            raise Malformed(f"eventPattern is no JSON: {error}") from error
    return pattern if isinstance(pattern, Mapping) else {}


def _calls_told(rule: Resource) -> set[str]:
    """The API calls of which an event rule tells when they succeed."""
    pattern = _pattern(rule)
    detail = pattern.get("detail") or {}
    kinds = pattern.get("detail-type", [API_CALL])
    if API_CALL not in kinds or {"exists": True} in (detail.get("errorCode") or ()):
        return set()
    return {name for name in detail.get("eventName") or () if isinstance(name, str)}


def _transformation(item: Resource) -> Mapping[str, Any]:
    value = item.known("metricTransformation")
    return value if isinstance(value, Mapping) else {}


def _by_metric(stack: Stack) -> dict[tuple[str, str], list[Resource]]:
    """Alarms by the namespace and the name of the one metric that they watch."""
    found: dict[tuple[str, str], list[Resource]] = {}
    for alarm in stack.of(ALARM):
        key = alarm.get("namespace"), alarm.get("metricName")
        if isinstance(key[0], str) and isinstance(key[1], str):
            found.setdefault(key, []).append(alarm)
    return found


def _alarms_of(item: Resource, context: Context) -> list[Resource]:
    """The alarms on the metric that a filter counts in."""
    counted = _transformation(item)
    namespace, name = counted.get("namespace"), counted.get("name")
    if not isinstance(namespace, str) or not isinstance(name, str):
        return []
    return context.stack.once(_by_metric).get((namespace, name), [])


def _filter_has_alarm(item: Resource, context: Context) -> Iterator[str]:
    counted = _transformation(item)
    if any(isinstance(value, Unknown) for value in (counted.get("name"), counted.get("namespace"))):
        raise CannotKnow("which metric the filter counts in")
    if not _alarms_of(item, context):
        yield "no alarm watches its metric"
    if str(counted.get("value", "0")) == "0":
        yield "counts nothing: its value is 0"


def _filter_on_own_group(item: Resource, context: Context) -> Iterator[str]:
    if not context.stack.linked(item, "logGroupName", LOG_GROUP):
        yield "logGroupName is no log group of this stack"


def _alarm_acts(alarm: Resource, context: Context) -> Iterator[str]:
    if not alarm.flag("actionsEnabled", True):
        yield "actionsEnabled is not true"
    if not alarm.given("alarmActions") and not context.stack.users(alarm, COMPOSITE_ALARM, ECS_SERVICE):
        yield "alarmActions is not given"


def _alarm_can_fire(alarm: Resource, _: Context) -> Iterator[str]:
    """An alarm of which more periods have to be wrong than are looked at, or that looks back for hours, is no alarm."""
    looked = (alarm.bounds("evaluationPeriods") or (1, 1))[1]
    wrong = (alarm.bounds("datapointsToAlarm") or (1, 1))[1]
    if wrong > looked:
        yield f"datapointsToAlarm is {wrong:g}, above evaluationPeriods {looked:g}"
    if not alarm.given("metricName") and not alarm.given("metricQueries"):
        yield "neither metricName nor metricQueries is given"
    if not alarm.given("threshold") and not alarm.given("thresholdMetricId"):
        yield "threshold is not given"
    if not alarm.given("treatMissingData"):
        yield "treatMissingData is not given, so nobody decided what silence means"


def _audit_alarm_soon(item: Resource, context: Context) -> Iterator[str]:
    if item not in context.stack.once(_filters):
        return
    for alarm in _alarms_of(item, context):
        period = (alarm.bounds("period") or (300, 300))[1]
        periods = (alarm.bounds("evaluationPeriods") or (1, 1))[1]
        if period * periods > context.limit("mostSeconds"):
            yield f"{alarm.name} looks back {period * periods:g} s, above {context.limit('mostSeconds'):g}"
        threshold = bounds(alarm.known("threshold"), "threshold")
        if threshold is not None and threshold[1] > context.limit("mostEvents"):
            yield f"{alarm.name} waits for {threshold[1]:g} events, above {context.limit('mostEvents'):g}"


def _topic_has_subscriber(topic: Resource, context: Context) -> Iterator[str]:
    if not context.stack.users(topic, ALARM, EVENT_TARGET):
        return
    if not context.stack.users(topic, TOPIC_SUBSCRIPTION, through=("topic",)):
        yield "nobody subscribes to it, so its alarms reach nobody"


def _watched(resource: Resource, context: Context) -> Iterator[str]:
    namespace, metrics = WATCHED[resource.type]
    by_name = context.stack.once(_by_name)
    name = resource.get("name")
    alarms = [
        *context.stack.users(resource, ALARM),
        *(by_name.get(name, ()) if isinstance(name, str) else ()),
        *by_name.get(namespace, ()),
    ]
    if not alarms:
        yield "no alarm watches it"
    elif metrics and not any(_uses(alarm, metrics) for alarm in alarms):
        yield f"no alarm watches {' or '.join(metrics)}"


def _by_name(stack: Stack) -> dict[str, list[Resource]]:
    """Alarms by what their dimensions name, and by the namespaces of which they ask about all resources."""
    found: dict[str, list[Resource]] = {}
    for alarm in stack.of(ALARM):
        dimensions = [alarm.get("dimensions")]
        names: set[str] = set()
        for query in alarm.items("metricQueries"):
            dimensions.append((query.get("metric") or {}).get("dimensions"))
            names.update(re.findall(r'SCHEMA\("([^"]+)"', str(query.get("expression"))))
        for item in dimensions:
            if isinstance(item, Mapping):
                names.update(value for value in item.values() if isinstance(value, str))
        for name in names:
            found.setdefault(name, []).append(alarm)
    return found


def _uses(alarm: Resource, names: tuple[str, ...]) -> bool:
    """Whether an alarm uses one of the metrics, directly or in an expression."""
    used = [alarm.text("metricName")]
    for query in alarm.items("metricQueries"):
        used += [str((query.get("metric") or {}).get("metricName")), str(query.get("expression"))]
    return any(name in text for name in names for text in used)


def _step_policy_has_alarm(policy: Resource, context: Context) -> Iterator[str]:
    if policy.text("policyType") == "StepScaling" and not context.stack.users(policy, ALARM, through=("alarmActions",)):
        yield "no alarm sets it off"


def _target_reached(target: Resource, context: Context) -> Iterator[str]:
    """EventBridge publishes to a topic with a role, or because the topic's policy lets it."""
    for topic in context.stack.linked(target, "arn", TOPIC):
        policies = context.stack.users(topic, TOPIC_POLICY, through=("arn",))
        allowed = [name for item in policies for one in read(item, "policy").allowing for name in one.services]
        if not target.given("roleArn") and not any(name.startswith("events.amazonaws") for name in allowed):
            yield f"EventBridge may not publish to {topic.name}: neither roleArn nor the topic's policy lets it"


def _event_rule_has_target(rule: Resource, context: Context) -> Iterator[str]:
    if not rule.given("eventPattern") and not rule.given("scheduleExpression"):
        yield "neither eventPattern nor scheduleExpression is given"
    elif {"exists": True} in ((_pattern(rule).get("detail") or {}).get("errorCode") or ()):
        yield "tells of calls that failed only"
    if not context.stack.users(rule, EVENT_TARGET, through=("rule",)):
        yield "has no target"
    if rule.text("state", "ENABLED") == "DISABLED" or not rule.flag("isEnabled", True):
        yield "is disabled"


RULES = (
    Rule(
        "audit-alarms-complete",
        "Alarms watch the trail for everything that PCI DSS wants reviewed.",
        Severity.HIGH,
        "Add a LogMetricFilter on the trail's log group and a MetricAlarm.",
        stack_check=_audit_alarms,
        requirements=("10.4.1.1", "10.2.1", "11.5.2", "12.10.5"),
        controls=(135, 45),
        url=hub("cloudwatch", 1),
    ),
    Rule(
        "control-failures-noticed",
        "Somebody is told when a control is switched off.",
        Severity.HIGH,
        "Add the call to a LogMetricFilter with an alarm, or to an EventRule with a target.",
        stack_check=_control_failures,
        requirements=("10.7.2", "10.7.3"),
        controls=(136, 45),
        url=guide("eventbridge/latest/userguide/eb-service-event-cloudtrail.html"),
    ),
    Rule(
        "metric-filter-has-alarm",
        "Every metric filter has an alarm.",
        Severity.MEDIUM,
        "Add a MetricAlarm with the filter's metric and namespace.",
        types=(LOG_METRIC_FILTER,),
        check=_filter_has_alarm,
        relational=True,
        requirements=("10.4.1.1", "10.7.2"),
        controls=(135,),
        url=guide("AmazonCloudWatch/latest/logs/MonitoringLogData.html"),
    ),
    Rule(
        "metric-filter-on-own-group",
        "Metric filters read log groups of this stack.",
        Severity.LOW,
        "Set logGroupName to the group's name.",
        types=(LOG_METRIC_FILTER,),
        check=_filter_on_own_group,
        relational=True,
        requirements=("10.4.1.1",),
        controls=(135,),
        url=guide("AmazonCloudWatch/latest/logs/MonitoringLogData.html"),
    ),
    Rule(
        "audit-alarm-soon",
        "Audit alarms fire at the first event, within minutes.",
        Severity.MEDIUM,
        "Lower period, evaluationPeriods or threshold.",
        types=(LOG_METRIC_FILTER,),
        check=_audit_alarm_soon,
        relational=True,
        requirements=("10.7.2", "12.10.5"),
        controls=(135,),
        url=guide("AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html"),
        parameters=(
            Parameter("mostSeconds", "Seconds that the alarm looks back at most", 900, minimum=60),
            Parameter("mostEvents", "Events that it takes at most", 5, minimum=1),
        ),
    ),
    Rule(
        "alarm-acts",
        "Alarms do something.",
        Severity.MEDIUM,
        "Set alarmActions to the alarm topic and actionsEnabled to true.",
        types=(ALARM,),
        check=_alarm_acts,
        relational=True,
        requirements=("10.7.2", "10.4.1", "12.10.5"),
        controls=(134,),
        url=hub("cloudwatch", 15),
    ),
    Rule(
        "alarm-can-fire",
        "Alarms can fire, and somebody decided what silence means.",
        Severity.MEDIUM,
        "Set a metric, treatMissingData, and datapointsToAlarm within evaluationPeriods.",
        types=(ALARM,),
        check=_alarm_can_fire,
        requirements=("10.7.2",),
        controls=(134,),
        url=guide("AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html"),
    ),
    Rule(
        "alarm-topic-has-subscriber",
        "Alarms reach somebody.",
        Severity.HIGH,
        "Add a TopicSubscription.",
        types=(TOPIC,),
        check=_topic_has_subscriber,
        relational=True,
        requirements=("10.7.2", "12.10.5"),
        controls=(134,),
        url=guide("sns/latest/dg/sns-create-subscribe-endpoint-to-topic.html"),
    ),
    Rule(
        "resource-watched",
        "Streams, queues, databases, caches, file systems, APIs, load balancers, services and functions have alarms.",
        Severity.MEDIUM,
        "Add a MetricAlarm with the resource in its dimensions.",
        types=tuple(WATCHED),
        check=_watched,
        relational=True,
        requirements=("10.4.1", "10.7.2", "12.10.5"),
        controls=(134,),
        url=guide("AmazonCloudWatch/latest/monitoring/Best_Practice_Recommended_Alarms_AWS_Services.html"),
    ),
    Rule(
        "step-scaling-has-alarm",
        "Step scaling is set off by an alarm.",
        Severity.MEDIUM,
        "Add a MetricAlarm whose alarmActions name the policy.",
        types=(SCALING_POLICY,),
        check=_step_policy_has_alarm,
        relational=True,
        requirements=("10.7.2",),
        controls=(134,),
        url=guide("autoscaling/application/userguide/application-auto-scaling-step-scaling-policies.html"),
    ),
    Rule(
        "event-target-reached",
        "Events reach the topic that they are sent to.",
        Severity.MEDIUM,
        "Set roleArn to a role that may publish to the topic.",
        types=(EVENT_TARGET,),
        check=_target_reached,
        relational=True,
        requirements=("10.7.2", "12.10.5"),
        controls=(134, 136),
        url=guide("eventbridge/latest/userguide/eb-use-resource-based.html"),
    ),
    Rule(
        "event-rule-has-target",
        "Event rules are enabled and tell somebody.",
        Severity.MEDIUM,
        "Add an EventTarget; set state to ENABLED.",
        types=(EVENT_RULE,),
        check=_event_rule_has_target,
        relational=True,
        requirements=("10.7.2",),
        controls=(136,),
        url=guide("eventbridge/latest/userguide/eb-rules.html"),
    ),
)
