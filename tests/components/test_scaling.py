"""Scaling on the volume of transactions."""

from __future__ import annotations

from typing import Any

import pytest

from components.processing import ProcessingSpec
from components.scaling import ScalingSpec
from tests.components.conftest import Record
from tests.components.processing_stand_ins import SETTINGS, Stack, build_processing, default_stack


@pytest.fixture
def stack(record: Record) -> Stack:
    return default_stack(record)


def tracking(stack: Stack, policy: str) -> dict[str, Any]:
    return dict(stack.inputs(policy)["targetTrackingScalingPolicyConfiguration"])


def queries(stack: Stack, policy: str) -> dict[str, dict[str, Any]]:
    return {query["id"]: query for query in tracking(stack, policy)["customizedMetricSpecification"]["metrics"]}


def dimensions(query: dict[str, Any]) -> dict[str, str]:
    return {entry["name"]: entry["value"] for entry in query["metricStat"]["metric"]["dimensions"]}


@pytest.mark.parametrize(
    ("target", "service", "least", "most"),
    [
        ("scaling-api", "svc-api-test", SETTINGS["api_min_tasks"], SETTINGS["api_max_tasks"]),
        ("scaling-stage-settle", "svc-stage-settle-test", SETTINGS["stage_min_tasks"], SETTINGS["stage_max_tasks"]),
    ],
)
def test_every_service_scales_between_its_bounds(
    stack: Stack, target: str, service: str, least: int, most: int
) -> None:
    """The bounds are the deploy-time settings of its kind of service."""
    inputs = stack.inputs(target)

    assert inputs["resourceId"] == f"service/ecs-main-test/{service}"
    assert (inputs["minCapacity"], inputs["maxCapacity"]) == (least, most)
    assert len(stack.of_type("Target")) == len(stack.of_type("Service"))


def test_the_api_scales_on_requests_whichever_side_serves(stack: Stack) -> None:
    """After a deployment the other target group gets the traffic; the busier one of the two counts."""
    found = queries(stack, "scaling-api-requests")

    assert {dimensions(found[side])["TargetGroup"] for side in ("blue", "green")} == {
        "<tg-api-blue.arnSuffix>",
        "<tg-api-green.arnSuffix>",
    }
    assert [query["expression"] for query in found.values() if query["returnData"]] == [
        "MAX([FILL(blue, 0), FILL(green, 0)])"
    ]
    assert tracking(stack, "scaling-api-requests")["targetValue"] == SETTINGS["api_requests_per_task"]


def test_a_stage_scales_on_its_incoming_records_per_task(stack: Stack) -> None:
    """Records of the stage's own stream, divided by the tasks of its own service."""
    found = queries(stack, "scaling-stage-validate-records")

    assert dimensions(found["records"]) == {"StreamName": "stream-validate-test"}
    assert dimensions(found["tasks"]) == {"ClusterName": "ecs-main-test", "ServiceName": "svc-stage-validate-test"}
    assert [query["id"] for query in found.values() if query["returnData"]] == ["load"]
    assert tracking(stack, "scaling-stage-validate-records")["targetValue"] == SETTINGS["stage_records_per_task"]


def test_waiting_records_add_tasks_at_once(stack: Stack) -> None:
    """The lag alarm of a stage triggers the stage's own step policy, and the steps leave no gap."""
    alarm = stack.inputs("alarm-scale-stage-ingest-lag")

    assert alarm["alarmActions"] == ["<scaling-stage-ingest-lag.arn>"]
    assert alarm["dimensions"] == {"StreamName": "stream-ingest-test"}
    first, second = stack.inputs("scaling-stage-ingest-lag")["stepScalingPolicyConfiguration"]["stepAdjustments"]
    assert first["metricIntervalLowerBound"] == "0"
    assert first["metricIntervalUpperBound"] == second["metricIntervalLowerBound"]
    assert "metricIntervalUpperBound" not in second
    assert 0 < first["scalingAdjustment"] < second["scalingAdjustment"]


def test_cpu_is_a_floor_under_every_service(stack: Stack) -> None:
    """Each service has a policy on its average CPU use beside the one on volume."""
    floors = [policy for policy in stack.of_type("Policy") if policy.name.endswith("-cpu")]

    assert len(floors) == len(stack.of_type("Service"))
    for policy in floors:
        predefined = tracking(stack, policy.name)["predefinedMetricSpecification"]
        assert predefined["predefinedMetricType"] == "ECSServiceAverageCPUUtilization"


def test_the_spec_reaches_every_policy(record: Record) -> None:
    """CPU use, lag and cooldowns of the spec are those of the policies."""
    spec = ProcessingSpec(scaling=ScalingSpec(cpu_percent=40, lag_seconds=10, out_cooldown=30, in_cooldown=600))
    stack = Stack(record(lambda context: build_processing(context, spec=spec)))

    cpu = tracking(stack, "scaling-api-cpu")
    assert (cpu["targetValue"], cpu["scaleOutCooldown"], cpu["scaleInCooldown"]) == (40, 30, 600)
    assert stack.inputs("alarm-scale-stage-ingest-lag")["threshold"] == 10_000


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"cpu_percent": 5}, r"cpu_percent: 5 is not allowed; use 10 to 90 percent"),
        ({"lag_seconds": 0}, r"lag_seconds: 0 is not allowed"),
        ({"in_cooldown": 30}, r"in_cooldown of 30 s below the out_cooldown of 60 s"),
    ],
)
def test_scaling_that_would_swing_or_never_act_is_refused(change: dict[str, int], message: str) -> None:
    """The message names the values and what to change."""
    with pytest.raises(ValueError, match=message):
        ScalingSpec(**change)
