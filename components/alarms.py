"""Alarms as data: what is measured, when it counts as wrong, and one function that makes them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import pulumi
import pulumi_aws as aws

from components.layer import Layer

MINUTE = 60
DAY = 86_400
# An alarm on a math expression may use so many metrics (Amazon CloudWatch user guide, "Alarm data queries").
MAX_METRICS = 10
STATISTICS = frozenset(("Average", "Maximum", "Minimum", "SampleCount", "Sum"))
PERCENTILE = re.compile(r"p\d{1,2}(\.\d{1,2})?")


class Comparison(StrEnum):
    """How a value breaks its threshold."""

    ABOVE = "GreaterThanThreshold"
    AT_LEAST = "GreaterThanOrEqualToThreshold"
    BELOW = "LessThanThreshold"


class Missing(StrEnum):
    """What it means that a metric has no data. Written out for each alarm, because the default hides failures."""

    FINE = "notBreaching"
    """No data is no event: most services publish a count only when there is one."""
    WRONG = "breaching"
    """What should always report has stopped reporting."""
    UNCHANGED = "ignore"


@dataclass(frozen=True)
class Metric:
    """One metric, read with one statistic.

    Raises:
        ValueError: CloudWatch knows no such statistic, or the period is not in whole minutes.
    """

    namespace: str
    name: str
    dimensions: Mapping[str, pulumi.Input[str]]
    statistic: str = "Sum"
    """``Sum``, ``Maximum``, ... or a percentile such as ``p99``."""
    period: int = MINUTE
    """Seconds."""

    def __post_init__(self) -> None:
        if self.statistic not in STATISTICS and not PERCENTILE.fullmatch(self.statistic):
            raise ValueError(
                f"Metric {self.name}: the statistic {self.statistic!r} is unknown. Use one of "
                f"{', '.join(sorted(STATISTICS))}, or a percentile such as p99."
            )
        if self.period < MINUTE or self.period % MINUTE:
            raise ValueError(f"Metric {self.name}: the period of {self.period} s is not in whole minutes.")


@dataclass(frozen=True)
class Math:
    """An expression over several metrics, which it names by the keys of ``metrics``.

    Raises:
        ValueError: too many metrics, different periods, or a key that the expression does not use.
    """

    expression: str
    metrics: Mapping[str, Metric]

    def __post_init__(self) -> None:
        if len(self.metrics) > MAX_METRICS:
            raise ValueError(
                f"The expression {self.expression!r} has {len(self.metrics)} metrics; an alarm may have {MAX_METRICS}."
            )
        periods = {metric.period for metric in self.metrics.values()}
        if len(periods) != 1:
            raise ValueError(f"The metrics of {self.expression!r} have the periods {sorted(periods)}; use one.")
        used = set(re.findall(r"\b[a-z]\w*\b", self.expression))
        if used != set(self.metrics):
            raise ValueError(
                f"The expression {self.expression!r} uses {sorted(used)}, but the metrics are {sorted(self.metrics)}."
            )


@dataclass(frozen=True)
class Query:
    """A Metrics Insights query; with ``GROUP BY`` each of its series is judged for itself."""

    expression: str
    period: int = MINUTE


@dataclass(frozen=True)
class AlarmSpec:
    """One alarm.

    Raises:
        ValueError: more periods have to be wrong than are looked at.
    """

    purpose: str
    """End of its name: ``api-errors`` becomes ``alarm-api-errors-{suffix}``."""
    meaning: str
    """What has happened, and what to do first. Whoever is woken by it reads this."""
    source: Metric | Math | Query
    threshold: float
    """In the metric's own unit. A deploy-time number may stand here."""
    comparison: Comparison = Comparison.ABOVE
    periods: int = 5
    """So many periods are looked at ..."""
    wrong: int = 3
    """... and so many of them have to be wrong: one bad minute is no trend."""
    missing: Missing = field(kw_only=True)

    def __post_init__(self) -> None:
        if not 1 <= self.wrong <= self.periods:
            raise ValueError(
                f"Alarm {self.purpose!r}: {self.wrong} of {self.periods} periods cannot be wrong. Use 1 to the number "
                "of periods."
            )


def create_alarm(layer: Layer, spec: AlarmSpec, topic_arn: pulumi.Input[str]) -> aws.cloudwatch.MetricAlarm:
    """Alarm that tells the alarm topic when the state changes for the worse, and when it is well again (10.7.2)."""
    name = layer.named("alarm", spec.purpose)
    return aws.cloudwatch.MetricAlarm(
        name.logical,
        name=name.physical,
        alarm_description=spec.meaning,
        comparison_operator=spec.comparison.value,
        threshold=spec.threshold,
        evaluation_periods=spec.periods,
        datapoints_to_alarm=spec.wrong,
        treat_missing_data=spec.missing.value,
        actions_enabled=True,
        alarm_actions=[topic_arn],
        ok_actions=[topic_arn],
        tags=layer.tags(name),
        opts=layer.child(),
        **_source(spec.source),
    )


def _source(source: Metric | Math | Query) -> dict[str, Any]:
    if isinstance(source, Metric):
        kind = "statistic" if source.statistic in STATISTICS else "extended_statistic"
        return {
            "namespace": source.namespace,
            "metric_name": source.name,
            "dimensions": source.dimensions,
            "period": source.period,
            kind: source.statistic,
        }
    query = aws.cloudwatch.MetricAlarmMetricQueryArgs
    if isinstance(source, Query):
        return {
            "metric_queries": [query(id="result", expression=source.expression, period=source.period, return_data=True)]
        }
    return {
        "metric_queries": [
            *(query(id=key, metric=_stat(metric), return_data=False) for key, metric in source.metrics.items()),
            query(id="result", expression=source.expression, label="Result", return_data=True),
        ]
    }


def _stat(metric: Metric) -> aws.cloudwatch.MetricAlarmMetricQueryMetricArgs:
    return aws.cloudwatch.MetricAlarmMetricQueryMetricArgs(
        namespace=metric.namespace,
        metric_name=metric.name,
        dimensions=metric.dimensions,
        period=metric.period,
        stat=metric.statistic,
    )
