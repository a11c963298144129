"""Alarms that roll deployments back."""

from __future__ import annotations

import pytest

from components.processing import ProcessingSpec
from components.rollback_alarms import RollbackSpec
from tests.components.conftest import Record
from tests.components.processing_stand_ins import Stack, build_processing, default_stack


@pytest.fixture
def stack(record: Record) -> Stack:
    return default_stack(record)


def rollback_alarms(stack: Stack) -> list[str]:
    return [alarm.name for alarm in stack.of_type("MetricAlarm") if alarm.name.startswith("alarm-rollback-")]


def test_every_rollback_alarm_is_watched_by_exactly_one_service(stack: Stack) -> None:
    """No alarm is made that ECS does not look at, and no service looks at an alarm that does not exist."""
    watched = [name for service in stack.of_type("Service") for name in service.inputs["alarms"]["alarmNames"]]

    assert sorted(watched) == sorted(stack.inputs(name)["name"] for name in rollback_alarms(stack))
    assert all(service.inputs["alarms"]["rollback"] for service in stack.of_type("Service"))
    assert all(service.inputs["alarms"]["enable"] for service in stack.of_type("Service"))


def test_alarms_report_to_the_topic_in_both_directions(stack: Stack) -> None:
    """Outside deployments they are ordinary alarms; an idle side, which has no data, raises none."""
    for name in rollback_alarms(stack):
        inputs = stack.inputs(name)
        assert inputs["alarmActions"] == inputs["okActions"] == ["arn-topic"]
        assert inputs["treatMissingData"] == "notBreaching"


@pytest.mark.parametrize("side", ["blue", "green"])
def test_the_api_is_watched_on_both_sides(stack: Stack, side: str) -> None:
    """Errors, slowness and unhealthy tasks of either side count, since either can have the new release."""
    dimensions = {"TargetGroup": f"<tg-api-{side}.arnSuffix>", "LoadBalancer": "<alb-api.arnSuffix>"}

    assert stack.inputs(f"alarm-rollback-{side}-latency")["dimensions"] == dimensions
    assert stack.inputs(f"alarm-rollback-{side}-hosts")["dimensions"] == dimensions
    queries = {query["id"]: query for query in stack.inputs(f"alarm-rollback-{side}-errors")["metricQueries"]}
    assert queries["errors"]["metric"]["dimensions"] == queries["requests"]["metric"]["dimensions"] == dimensions
    assert [name for name, query in queries.items() if query["returnData"]] == ["share"]


def test_a_stage_is_watched_on_its_own_stream_and_queue(stack: Stack) -> None:
    """Lag is read from the stage's stream, rejects from its dead-letter queue."""
    lag, rejects = stack.inputs("alarm-rollback-stage-settle-lag"), stack.inputs("alarm-rollback-stage-settle-rejects")

    assert lag["dimensions"] == {"StreamName": "stream-settle-test"}
    assert lag["threshold"] == 60_000
    assert rejects["dimensions"] == {"QueueName": "dlq-settle-test"}


def test_thresholds_come_from_the_spec(record: Record) -> None:
    """Percent, seconds and records of the spec are those of the alarms."""
    rollback = RollbackSpec(error_percent=5, least_errors=20, latency_seconds=0.5, lag_seconds=90, minutes=4)
    spec = ProcessingSpec(rollback=rollback)
    stack = Stack(record(lambda context: build_processing(context, spec=spec)))

    errors = stack.inputs("alarm-rollback-blue-errors")
    assert (errors["threshold"], errors["evaluationPeriods"]) == (5, 4)
    assert ">= 20," in next(query["expression"] for query in errors["metricQueries"] if query["id"] == "share")
    assert stack.inputs("alarm-rollback-blue-latency")["threshold"] == 0.5
    assert stack.inputs("alarm-rollback-stage-ingest-lag")["threshold"] == 90_000


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"error_percent": 0}, "error_percent: 0"),
        ({"error_percent": 101}, "error_percent: 101"),
        ({"latency_seconds": 0}, "latency_seconds: 0"),
        ({"lag_seconds": 0}, "lag_seconds: 0"),
        ({"rejected_records": 0}, "rejected_records: 0"),
        ({"least_errors": 0}, "least_errors: 0"),
        ({"minutes": 0}, "minutes: 0"),
    ],
)
def test_thresholds_that_always_or_never_fire_are_refused(change: dict[str, float], message: str) -> None:
    """The message names the field, the value and what is allowed."""
    with pytest.raises(ValueError, match=f"rollback, {message} is not allowed"):
        RollbackSpec(**change)  # type: ignore[arg-type]


def test_a_release_bakes_at_least_as_long_as_its_alarms_need() -> None:
    """A release that is complete before an alarm can fire is never rolled back by it."""
    ProcessingSpec(bake_minutes=3)

    with pytest.raises(ValueError, match=r"bakes for 2 minutes, but its alarms need 3 minutes"):
        ProcessingSpec(bake_minutes=2)
    with pytest.raises(ValueError, match=r"bakes for 5 minutes, but its alarms need 6 minutes"):
        ProcessingSpec(bake_minutes=5, rollback=RollbackSpec(minutes=6))
    with pytest.raises(ValueError, match=r"bake_minutes: 1441 is not allowed; use 0 to 1440"):
        ProcessingSpec(bake_minutes=1441)
