"""Every layer is watched, and a stage more is watched as well."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from components.layer import Context
from components.monitoring import Monitoring, MonitoringSpec
from components.streaming import PipelineSpec, StageSpec
from tests.components.conftest import Record, Recorded
from tests.components.monitoring_stand_ins import stand_ins

MAX_ALARMS_FOR_FOUR_STAGES = 70


def _build(pipeline: PipelineSpec | None = None, spec: MonitoringSpec | None = None) -> Callable[[Context], object]:
    def build(context: Context) -> Monitoring:
        others = stand_ins(pipeline)
        return Monitoring(
            context,
            api=others.api,
            processing=others.processing,
            streaming=others.streaming,
            database=others.database,
            cache=others.cache,
            storage=others.storage,
            secrets=others.secrets,
            audit=others.audit,
            nat_gateway_ids=others.network.nat_gateway_ids,
            certificate_arn="certificate-arn",
            api_min_tasks=3,
            stage_min_tasks=4,
            spec=spec,
        )

    return build


# Recorded once: no test changes what it reads.
RECORDED: list[Recorded] = []


@pytest.fixture
def resources(record: Record) -> list[Recorded]:
    """Everything that monitoring registers for the default stages."""
    if not RECORDED:
        RECORDED.extend(record(_build()))
    return RECORDED


def _all(resources: list[Recorded], type_name: str) -> list[Recorded]:
    return [resource for resource in resources if resource.type.endswith(f":{type_name}")]


def _metrics(alarm: Recorded) -> list[tuple[str, str, dict[str, Any]]]:
    """Namespace, name and dimensions of what an alarm reads."""
    inputs = alarm.inputs
    if "metricQueries" not in inputs:
        return [(inputs["namespace"], inputs["metricName"], inputs.get("dimensions", {}))]
    metrics = [query["metric"] for query in inputs["metricQueries"] if "metric" in query]
    return [(metric["namespace"], metric["metricName"], metric["dimensions"]) for metric in metrics]


def test_every_alarm_reaches_somebody(resources: list[Recorded]) -> None:
    """An alarm without an action is a light in an empty room."""
    for alarm in _all(resources, "MetricAlarm"):
        assert alarm.inputs["alarmActions"] == ["audit.alarm_topic_arn"]
        assert alarm.inputs["actionsEnabled"] is True


def test_every_alarm_says_what_happened_and_what_silence_means(resources: list[Recorded]) -> None:
    """Description, explicit treatment of missing data, and a name that ends in the suffix."""
    for alarm in _all(resources, "MetricAlarm"):
        assert len(alarm.inputs["alarmDescription"]) > 20
        assert alarm.inputs["treatMissingData"] in {"breaching", "notBreaching", "ignore"}
        assert alarm.inputs["name"] == f"{alarm.name}-test"


def test_every_layer_is_watched(resources: list[Recorded]) -> None:
    """Each service that a transaction passes has an alarm on its own metrics."""
    namespaces = {namespace for alarm in _all(resources, "MetricAlarm") for namespace, _, _ in _metrics(alarm)}
    assert {
        "AWS/ApiGateway",
        "AWS/WAFV2",
        "AWS/ApplicationELB",
        "AWS/CertificateManager",
        "AWS/ECS",
        "ECS/ContainerInsights",
        "AWS/Kinesis",
        "AWS/SQS",
        "AWS/DynamoDB",
        "AWS/RDS",
        "AWS/EFS",
        "AWS/Lambda",
        "AWS/NATGateway",
        "AWS/SNS",
        "AWS/Events",
    } <= namespaces
    expressions = json.dumps([alarm.inputs.get("metricQueries", []) for alarm in _all(resources, "MetricAlarm")])
    assert "AWS/ElastiCache" in expressions


def test_the_alarms_stay_few_enough_to_be_read(resources: list[Recorded]) -> None:
    """And the template below its limit of resources."""
    assert len(_all(resources, "MetricAlarm")) <= MAX_ALARMS_FOR_FOUR_STAGES


def test_tasks_are_compared_with_what_should_run(resources: list[Recorded]) -> None:
    """A service that reports no tasks at all is as wrong as one with too few."""
    alarms = {alarm.name: alarm.inputs for alarm in _all(resources, "MetricAlarm")}
    for name, least in (("alarm-service-api-tasks", 3), ("alarm-service-settle-tasks", 4)):
        assert alarms[name]["threshold"] == least
        assert alarms[name]["comparisonOperator"] == "LessThanThreshold"
        assert alarms[name]["treatMissingData"] == "breaching"


def _flow(resources: list[Recorded], stage: str) -> dict[str, str]:
    """Stream or API method by the metric that a stage's flow alarm reads."""
    (alarm,) = (a for a in _all(resources, "MetricAlarm") if a.name == f"alarm-{stage}-flow")
    return {name: dimensions.get("StreamName") or dimensions["Resource"] for _, name, dimensions in _metrics(alarm)}


def test_each_stage_is_compared_with_the_one_before(resources: list[Recorded]) -> None:
    """Records that vanish between two stages are noticed; the first stage is compared with the API."""
    assert _flow(resources, "validate") == {
        "GetRecords.Records": "ingest.stream_name",
        "IncomingRecords": "validate.stream_name",
    }
    first = _flow(resources, "ingest")
    assert first["Count"] == "/transactions"
    assert first["IncomingRecords"] == "ingest.stream_name"


def test_another_stage_brings_its_alarms_and_widgets(resources: list[Recorded], record: Record) -> None:
    """One line in the pipeline is enough, and what was there stays as it was."""
    stages = (*PipelineSpec().stages, StageSpec("reconcile"))
    more = record(_build(PipelineSpec(stages)))
    before = {alarm.name: alarm.inputs for alarm in _all(resources, "MetricAlarm")}
    after = {alarm.name: alarm.inputs for alarm in _all(more, "MetricAlarm")}
    added = set(after) - set(before)
    assert len(added) == len([name for name in before if "settle" in name])
    assert all("reconcile" in name for name in added)
    assert {name: after[name] for name in before} == before
    assert _titles(more).index("Stage: reconcile") == _titles(more).index("Stage: settle") + 1


def _body(resources: list[Recorded]) -> list[dict[str, Any]]:
    (dashboard,) = _all(resources, "Dashboard")
    widgets: list[dict[str, Any]] = json.loads(dashboard.inputs["dashboardBody"])["widgets"]
    return widgets


def _titles(resources: list[Recorded]) -> list[str]:
    texts = [widget["properties"]["markdown"] for widget in _body(resources) if widget["type"] == "text"]
    return [text.splitlines()[0].removeprefix("## ") for text in texts]


def test_the_dashboard_follows_the_transaction(resources: list[Recorded]) -> None:
    """From the API through the stages to where it is kept."""
    assert _titles(resources) == [
        "API",
        "Load balancer",
        "API service",
        "Stage: ingest",
        "Stage: validate",
        "Stage: authorise",
        "Stage: settle",
        "Database",
        "Cache",
        "Platform",
    ]


def test_every_alarm_stands_on_the_dashboard(resources: list[Recorded]) -> None:
    """Once."""
    shown = [arn for widget in _body(resources) if widget["type"] == "alarm" for arn in widget["properties"]["alarms"]]
    assert sorted(shown) == sorted(f"<{alarm.name}.arn>" for alarm in _all(resources, "MetricAlarm"))


def test_the_layer_says_where_the_dashboard_is(resources: list[Recorded]) -> None:
    """The URL is an output for the operator."""
    (layer,) = (resource for resource in resources if resource.type == "tap:monitoring:Monitoring")
    assert layer.outputs["dashboardUrl"].endswith("#dashboards/dashboard/dashboard-transactions-test")


def test_throttled_requests_are_counted_from_the_access_log(resources: list[Recorded]) -> None:
    """The filter reads the field as the access log writes it, and the alarm the metric that the filter writes."""
    (log_filter,) = (f.inputs for f in _all(resources, "LogMetricFilter"))
    assert log_filter["logGroupName"] == "api.access_log_group_name"
    transformation = log_filter["metricTransformation"]
    (alarm,) = (a for a in _all(resources, "MetricAlarm") if a.name == "alarm-api-throttled")
    assert _metrics(alarm) == [(transformation["namespace"], transformation["name"], {})]


def test_an_unknown_entry_operation_is_refused(record: Record) -> None:
    """The message names it and the operations that there are."""
    with pytest.raises(ValueError, match=r"'pay'.*createTransaction"):
        record(_build(spec=MonitoringSpec(entry_operation="pay")))
