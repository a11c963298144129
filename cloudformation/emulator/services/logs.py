"""CloudWatch, CloudWatch Logs and CloudTrail: log groups, metric filters, alarms, dashboards, trails."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..api import ApiType, Call, Given, Services, Setting, answered, formatted, named, ref, tags
from ..resources import Record


def _log_group_key(services: Services, record: Record, _: Mapping[str, Any]) -> None:
    key = record.properties.get("KmsKeyId")
    parameters = {"logGroupName": record.physical_id, "kmsKeyId": key}
    services.call("logs", "associate_kms_key" if key else "disassociate_kms_key", parameters)


def _logging(services: Services, record: Record, _: Mapping[str, Any]) -> None:
    operation = "start_logging" if record.properties["IsLogging"] else "stop_logging"
    services.call("cloudtrail", operation, {"Name": record.physical_id})


def _selectors(services: Services, record: Record, _: Mapping[str, Any]) -> None:
    given = {name: record.properties.get(name) for name in ("EventSelectors", "AdvancedEventSelectors")}
    services.call("cloudtrail", "put_event_selectors", {"TrailName": record.physical_id, **given})


TRAIL_SETTINGS = (
    "S3BucketName",
    "S3KeyPrefix",
    "SnsTopicName",
    "IncludeGlobalServiceEvents",
    "IsMultiRegionTrail",
    "EnableLogFileValidation",
    "CloudWatchLogsLogGroupArn",
    "CloudWatchLogsRoleArn",
    "KMSKeyId",
    "IsOrganizationTrail",
)
FILTER = Call("put_metric_filter", {"filterName": named}, ("LogGroupName", "FilterPattern", "MetricTransformations"))
ALARM_SETTINGS = (
    "ActionsEnabled",
    "AlarmActions",
    "AlarmDescription",
    "ComparisonOperator",
    "DatapointsToAlarm",
    "Dimensions",
    "EvaluateLowSampleCountPercentile",
    "EvaluationPeriods",
    "ExtendedStatistic",
    "InsufficientDataActions",
    "MetricName",
    "Metrics",
    "Namespace",
    "OKActions",
    "Period",
    "Statistic",
    "Tags",
    "Threshold",
    "ThresholdMetricId",
    "TreatMissingData",
    "Unit",
)
ALARM = Call("put_metric_alarm", {"AlarmName": named}, ALARM_SETTINGS)
DASHBOARD = Call("put_dashboard", {"DashboardName": named}, ("DashboardBody",))

TYPES = {
    "AWS::Logs::LogGroup": ApiType(
        "logs",
        create=Call("create_log_group", {"logGroupName": named}, ("KmsKeyId", "LogGroupClass", "Tags")),
        ref=named,
        delete=(Call("delete_log_group", {"logGroupName": ref}),),
        settings=(
            Setting(
                ("RetentionInDays",),
                Call("put_retention_policy", {"logGroupName": ref}, ("RetentionInDays",)),
                without=Call("delete_retention_policy", {"logGroupName": ref}),
            ),
            Setting(("KmsKeyId",), _log_group_key, at_creation=False),
            tags({"resourceArn": formatted("{arn:logs}:log-group:{name}")}, service="logs"),
        ),
        attributes={"Arn": formatted("{arn:logs}:log-group:{name}:*")},
        unkept=(
            "BearerTokenAuthenticationEnabled",
            "DataProtectionPolicy",
            "DeletionProtectionEnabled",
            "FieldIndexPolicies",
            "LogGroupClass",
            "ResourcePolicyDocument",
        ),
    ),
    "AWS::Logs::MetricFilter": ApiType(
        "logs",
        create=FILTER,
        ref=named,
        delete=(Call("delete_metric_filter", {"filterName": ref}, ("LogGroupName",)),),
        settings=(Setting(("FilterPattern", "MetricTransformations"), FILTER, at_creation=False),),
        unkept=("ApplyOnTransformedLogs", "EmitSystemFieldDimensions", "FieldSelectionCriteria"),
    ),
    "AWS::CloudWatch::Alarm": ApiType(
        "cloudwatch",
        create=ALARM,
        ref=named,
        delete=(Call("delete_alarms", {"AlarmNames": lambda record: [record.physical_id]}),),
        settings=(Setting(ALARM_SETTINGS, ALARM, at_creation=False),),
        attributes={"Arn": formatted("{arn:cloudwatch}:alarm:{name}")},
        unkept=(
            "ActionConfiguration",
            "EvaluationCriteria",
            "EvaluationInterval",
            "EvaluationWindow",
            "WarmUpConfiguration",
        ),
    ),
    "AWS::CloudWatch::Dashboard": ApiType(
        "cloudwatch",
        create=DASHBOARD,
        ref=named,
        delete=(Call("delete_dashboards", {"DashboardNames": lambda record: [record.physical_id]}),),
        settings=(Setting(("DashboardBody",), DASHBOARD, at_creation=False),),
        unkept=("Tags",),
    ),
    "AWS::CloudTrail::Trail": ApiType(
        "cloudtrail",
        create=Call("create_trail", {"Name": named, "TagsList": Given("Tags")}, TRAIL_SETTINGS),
        ref=named,
        delete=(Call("delete_trail", {"Name": ref}),),
        settings=(
            Setting(("IsLogging",), _logging),
            Setting(("EventSelectors", "AdvancedEventSelectors"), _selectors),
            Setting(("InsightSelectors",), Call("put_insight_selectors", {"TrailName": ref}, ("InsightSelectors",))),
            Setting(TRAIL_SETTINGS, Call("update_trail", {"Name": ref}, TRAIL_SETTINGS), at_creation=False),
        ),
        attributes={"Arn": answered("TrailARN")},
        unkept=("AggregationConfigurations", "Tags"),
    ),
}
