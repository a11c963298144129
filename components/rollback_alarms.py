"""Alarms that roll a deployment back: ECS watches them while it deploys, and they report to the alarm topic always."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components.availability import within
from components.layer import Layer
from components.load_balancer import LoadBalancer
from components.streaming import StageStreams

MINUTE = 60
# A task may be unhealthy while it starts (START_SECONDS of the container contract); whole minutes beyond that count.
UNHEALTHY_MINUTES = 3


@dataclass(frozen=True)
class RollbackSpec:
    """When a new release counts as broken.

    Raises:
        ValueError: a threshold is outside its limits.
    """

    error_percent: float = 1.0
    """Share of requests answered with a 5xx status."""
    least_errors: int = 5
    """Fewer errors in a minute are not judged: one failed request of a quiet hour is no trend."""
    latency_seconds: float = 2.0
    """Response time that 99 of 100 requests stay below."""
    lag_seconds: int = 60
    """Age of the oldest record that a stage has not read."""
    rejected_records: int = 10
    """Records a minute that a stage sets aside."""
    minutes: int = 2
    """Minutes in a row that a threshold is exceeded."""

    def __post_init__(self) -> None:
        within("rollback, error_percent", self.error_percent, 0.01, 100, "percent")
        within("rollback, least_errors", self.least_errors, 1, 1_000_000, "errors")
        within("rollback, latency_seconds", self.latency_seconds, 0.001, 60, "seconds")
        within("rollback, lag_seconds", self.lag_seconds, 1, 86_400, "seconds")
        within("rollback, rejected_records", self.rejected_records, 1, 1_000_000, "records")
        within("rollback, minutes", self.minutes, 1, 60, "minutes")

    @property
    def detection_minutes(self) -> int:
        """The longest that any of the API's alarms takes."""
        return max(self.minutes, UNHEALTHY_MINUTES)


@dataclass(frozen=True)
class Watch:
    """Whose alarms these are, what they wait for and whom they tell."""

    layer: Layer
    spec: RollbackSpec
    topic_arn: pulumi.Output[str]

    def alarm(self, purpose: str, description: str, **condition: Any) -> pulumi.Output[str]:
        n = self.layer.named("alarm", f"rollback-{purpose}")
        alarm = aws.cloudwatch.MetricAlarm(
            n.logical,
            name=n.physical,
            alarm_description=description,
            comparison_operator="GreaterThanThreshold",
            # No data means no traffic, as on the side that is not in use.
            treat_missing_data="notBreaching",
            alarm_actions=[self.topic_arn],
            ok_actions=[self.topic_arn],
            tags=self.layer.tags(n),
            opts=self.layer.child(),
            **condition,
        )
        return alarm.name


def api_alarms(watch: Watch, balancer: LoadBalancer) -> list[pulumi.Output[str]]:
    """Names of the alarms on both sides of the blue/green pair: either can be the one with the new release."""
    names = []
    for side, group in balancer.target_groups.items():
        dimensions = {"TargetGroup": group.full_name, "LoadBalancer": balancer.full_name}
        names += [
            _error_alarm(watch, side, dimensions),
            _latency_alarm(watch, side, dimensions),
            _host_alarm(watch, side, dimensions),
        ]
    return names


def stage_alarms(watch: Watch, stage: StageStreams) -> list[pulumi.Output[str]]:
    """Names of the alarms on one stage."""
    return [_lag_alarm(watch, stage), _reject_alarm(watch, stage)]


def _error_alarm(watch: Watch, side: str, dimensions: dict[str, pulumi.Output[str]]) -> pulumi.Output[str]:
    """Rolls the API back when too large a share of its answers are server errors."""

    def query(name: str, metric: str) -> aws.cloudwatch.MetricAlarmMetricQueryArgs:
        return aws.cloudwatch.MetricAlarmMetricQueryArgs(
            id=name,
            metric=aws.cloudwatch.MetricAlarmMetricQueryMetricArgs(
                namespace="AWS/ApplicationELB", metric_name=metric, dimensions=dimensions, period=MINUTE, stat="Sum"
            ),
            return_data=False,
        )

    spec = watch.spec
    return watch.alarm(
        f"{side}-errors",
        f"More than {spec.error_percent} % of the requests to the {side} API tasks fail with a 5xx status.",
        threshold=spec.error_percent,
        evaluation_periods=spec.minutes,
        metric_queries=[
            query("errors", "HTTPCode_Target_5XX_Count"),
            query("requests", "RequestCount"),
            aws.cloudwatch.MetricAlarmMetricQueryArgs(
                id="share",
                label="Share of requests that failed (percent)",
                expression=f"IF(FILL(errors, 0) >= {spec.least_errors}, 100 * errors / requests, 0)",
                return_data=True,
            ),
        ],
    )


def _latency_alarm(watch: Watch, side: str, dimensions: dict[str, pulumi.Output[str]]) -> pulumi.Output[str]:
    """Rolls the API back when it has become slow."""
    return watch.alarm(
        f"{side}-latency",
        f"One of 100 requests to the {side} API tasks takes longer than {watch.spec.latency_seconds} s.",
        namespace="AWS/ApplicationELB",
        metric_name="TargetResponseTime",
        dimensions=dimensions,
        extended_statistic="p99",
        period=MINUTE,
        threshold=watch.spec.latency_seconds,
        evaluation_periods=watch.spec.minutes,
    )


def _host_alarm(watch: Watch, side: str, dimensions: dict[str, pulumi.Output[str]]) -> pulumi.Output[str]:
    """Rolls the API back when tasks stay unhealthy."""
    return watch.alarm(
        f"{side}-hosts",
        f"API tasks of the {side} side have been unhealthy for {UNHEALTHY_MINUTES} minutes.",
        namespace="AWS/ApplicationELB",
        metric_name="UnHealthyHostCount",
        dimensions=dimensions,
        statistic="Minimum",
        period=MINUTE,
        threshold=0,
        evaluation_periods=UNHEALTHY_MINUTES,
    )


def _lag_alarm(watch: Watch, stage: StageStreams) -> pulumi.Output[str]:
    """Rolls a stage back when it falls behind its stream."""
    return watch.alarm(
        f"stage-{stage.name}-lag",
        f"Stage {stage.name} is more than {watch.spec.lag_seconds} s behind its stream.",
        namespace="AWS/Kinesis",
        metric_name="GetRecords.IteratorAgeMilliseconds",
        dimensions={"StreamName": stage.stream_name},
        statistic="Maximum",
        period=MINUTE,
        threshold=watch.spec.lag_seconds * 1000,
        evaluation_periods=watch.spec.minutes,
    )


def _reject_alarm(watch: Watch, stage: StageStreams) -> pulumi.Output[str]:
    """Rolls a stage back when it sets aside more than the odd bad record."""
    return watch.alarm(
        f"stage-{stage.name}-rejects",
        f"Stage {stage.name} sets aside more than {watch.spec.rejected_records} records a minute.",
        namespace="AWS/SQS",
        metric_name="NumberOfMessagesSent",
        dimensions={"QueueName": stage.dead_letter_queue_name},
        statistic="Sum",
        period=MINUTE,
        threshold=watch.spec.rejected_records,
        evaluation_periods=watch.spec.minutes,
    )
