"""The API service: blue/green by ECS, with everything that a release needs in place before it."""

from __future__ import annotations

import json

import pulumi
import pytest

from components.processing import ProcessingSpec
from tests.components.conftest import Record
from tests.components.processing_stand_ins import SETTINGS, Stack, build_processing, default_stack


@pytest.fixture
def stack(record: Record) -> Stack:
    return default_stack(record)


def test_releases_are_blue_green_and_roll_back_by_themselves(stack: Stack) -> None:
    """ECS's own strategy, with a bake time, the circuit breaker, and full capacity all the time."""
    service = stack.inputs("svc-api")

    assert service["deploymentController"] == {"type": "ECS"}
    assert service["deploymentConfiguration"] == {"strategy": "BLUE_GREEN", "bakeTimeInMinutes": "10"}
    assert service["deploymentCircuitBreaker"] == {"enable": True, "rollback": True}
    assert (service["deploymentMinimumHealthyPercent"], service["deploymentMaximumPercent"]) == (100, 200)


def test_traffic_shifts_between_the_two_sides_by_the_two_rules(stack: Stack) -> None:
    """Blue first, green as the alternate; production and test rule are the ones of this load balancer."""
    (balancer,) = stack.inputs("svc-api")["loadBalancers"]

    assert balancer["targetGroupArn"] == "<tg-api-blue.arn>"
    assert balancer["containerPort"] == 8443
    assert balancer["containerName"] == stack.container("task-api-service")["name"]
    assert balancer["advancedConfiguration"] == {
        "alternateTargetGroupArn": "<tg-api-green.arn>",
        "productionListenerRule": "<listener-rule-production.arn>",
        "testListenerRule": "<listener-rule-test.arn>",
        "roleArn": "<role-traffic-shift.arn>",
    }


def test_tasks_run_in_all_zones_without_public_addresses_and_without_shells(stack: Stack) -> None:
    """Three application subnets, spread evenly, reachable by the load balancer only."""
    service = stack.inputs("svc-api")

    assert service["networkConfiguration"] == {
        "subnets": ["app-1", "app-2", "app-3"],
        "securityGroups": ["sg-api"],
        "assignPublicIp": False,
    }
    assert service["availabilityZoneRebalancing"] == "ENABLED"
    assert service["enableExecuteCommand"] is False
    assert service["platformVersion"] == "LATEST"


def test_the_service_waits_for_rules_roles_alarms_files_endpoints_and_filled_secrets(stack: Stack) -> None:
    """A service that starts before them fails its first deployment, or starts with empty secrets."""
    assert stack.by_name["svc-api"].depends_on >= {
        "listener-rule-production",
        "listener-rule-test",
        "policy-api-service",
        "policy-api-service-execution",
        "policy-traffic-shift",
        "alarm-rollback-blue-errors",
        "alarm-rollback-green-errors",
        "secret-session-signing-rotation",
        "mount-x",
        "vpce-api",
    }


def test_scaling_and_ecs_own_what_they_change(record: Record) -> None:
    """The number of tasks and the pair of target groups are set once, and a release gets time to bake."""
    noted: dict[str, pulumi.ResourceOptions] = {}

    def note(arguments: pulumi.ResourceTransformationArgs) -> None:
        noted[arguments.name] = arguments.opts

    spec = ProcessingSpec(bake_minutes=60)
    options = pulumi.ResourceOptions(transformations=[note])
    stack = Stack(record(lambda context: build_processing(context, spec=spec, opts=options)))

    assert stack.inputs("svc-api")["desiredCount"] == SETTINGS["api_min_tasks"]
    assert set(noted["svc-api"].ignore_changes or []) == {"desiredCount", "loadBalancers"}
    timeouts = noted["svc-api"].custom_timeouts
    assert timeouts is not None
    assert int(str(timeouts.update).removesuffix("m")) > 60


def test_ecs_may_shift_traffic_between_these_two_sides_and_nothing_else(stack: Stack) -> None:
    """The role changes these rules and targets of these groups; it may not change listeners."""
    statements = stack.statements("policy-traffic-shift")

    assert statements["MoveTargets"]["Resource"] == ["<tg-api-blue.arn>", "<tg-api-green.arn>"]
    assert statements["ShiftTraffic"]["Action"] == ["elasticloadbalancing:ModifyRule"]
    assert statements["ShiftTraffic"]["Resource"] == ["<listener-rule-production.arn>", "<listener-rule-test.arn>"]
    trust = json.loads(stack.inputs("role-traffic-shift")["assumeRolePolicy"])["Statement"][0]
    assert trust["Principal"] == {"Service": "ecs.amazonaws.com"}
