"""Alarm specs that cannot work are refused, and the ones that can reach CloudWatch unchanged."""

from __future__ import annotations

from typing import Any

import pytest

from components.alarms import AlarmSpec, Comparison, Math, Metric, Missing, Query, create_alarm
from components.layer import Context, Layer
from tests.components.conftest import Record

METRIC = Metric("AWS/SQS", "ApproximateNumberOfMessagesVisible", {"QueueName": "dlq"}, "Maximum")


class Watch(Layer):
    """A layer to put alarms into."""


def _inputs(record: Record, source: Metric | Math | Query) -> dict[str, Any]:
    def build(context: Context) -> None:
        spec = AlarmSpec("queue", "Look at the queue.", source, 1, Comparison.AT_LEAST, missing=Missing.FINE)
        create_alarm(Watch(context), spec, "topic-arn")

    (alarm,) = (r for r in record(build) if r.type.endswith(":MetricAlarm"))
    return alarm.inputs


def test_an_alarm_tells_the_topic_both_ways(record: Record) -> None:
    """Whoever was woken learns that it is over, too."""
    inputs = _inputs(record, METRIC)
    assert inputs["alarmActions"] == inputs["okActions"] == ["topic-arn"]
    assert inputs["name"] == "alarm-queue-test"


def test_a_single_metric(record: Record) -> None:
    """Metric, dimensions and statistic stand on the alarm itself."""
    inputs = _inputs(record, METRIC)
    assert inputs["dimensions"] == {"QueueName": "dlq"}
    assert inputs["statistic"] == "Maximum"
    assert "metricQueries" not in inputs


def test_a_percentile_is_an_extended_statistic(record: Record) -> None:
    """CloudWatch takes percentiles in another property."""
    inputs = _inputs(record, Metric("AWS/ApiGateway", "Latency", {}, "p99"))
    assert inputs["extendedStatistic"] == "p99"
    assert "statistic" not in inputs


def test_an_expression_returns_one_result(record: Record) -> None:
    """CloudWatch accepts an alarm on an expression only if exactly one query returns data."""
    queries = _inputs(record, Math("FILL(one, 0) + two", {"one": METRIC, "two": METRIC}))["metricQueries"]
    assert [query["id"] for query in queries if query["returnData"]] == ["result"]
    assert {query["id"] for query in queries} == {"one", "two", "result"}


def test_a_query_has_a_period(record: Record) -> None:
    """Metrics Insights needs to know how long a period is."""
    (query,) = _inputs(record, Query('SELECT MAX("CPU") FROM "AWS/ElastiCache"'))["metricQueries"]
    assert query["period"] == 60


def test_an_unknown_statistic_is_refused() -> None:
    """The message names it."""
    with pytest.raises(ValueError, match="Mean"):
        Metric("AWS/SQS", "Depth", {}, "Mean")


@pytest.mark.parametrize("period", [0, 30, 90])
def test_a_broken_period_is_refused(period: int) -> None:
    """Standard metrics have whole minutes."""
    with pytest.raises(ValueError, match=f"{period} s"):
        Metric("AWS/SQS", "Depth", {}, period=period)


def test_more_metrics_than_an_alarm_takes_are_refused() -> None:
    """The message names both numbers."""
    metrics = {f"m{number}": METRIC for number in range(11)}
    with pytest.raises(ValueError, match=r"11 metrics.* 10"):
        Math(" + ".join(metrics), metrics)


@pytest.mark.parametrize("expression", ["one", "one + two + three"])
def test_an_expression_and_its_metrics_must_agree(expression: str) -> None:
    """A metric too many or too few is a typing error."""
    with pytest.raises(ValueError, match="but the metrics are"):
        Math(expression, {"one": METRIC, "two": METRIC})


def test_metrics_of_different_periods_are_refused() -> None:
    """CloudWatch needs one period."""
    with pytest.raises(ValueError, match=r"\[60, 300\]"):
        Math("one + two", {"one": METRIC, "two": Metric("AWS/SQS", "Depth", {}, period=300)})


@pytest.mark.parametrize(("periods", "wrong"), [(3, 4), (3, 0)])
def test_impossible_counts_are_refused(periods: int, wrong: int) -> None:
    """More periods cannot be wrong than are looked at."""
    with pytest.raises(ValueError, match=f"{wrong} of {periods}"):
        AlarmSpec("queue", "Look.", METRIC, 1, periods=periods, wrong=wrong, missing=Missing.FINE)
