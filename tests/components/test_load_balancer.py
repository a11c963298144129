"""The load balancer: internal, TLS on both sides, and the shape that blue/green deployments need."""

from __future__ import annotations

import pulumi
import pytest

from components.availability import HealthCheckSpec
from components.processing import ProcessingSpec
from tests.components.conftest import Record
from tests.components.processing_stand_ins import SETTINGS, Stack, build_processing, default_stack


@pytest.fixture
def stack(record: Record) -> Stack:
    return default_stack(record)


def test_it_is_internal_in_all_zones_and_logs_every_request_and_connection(stack: Stack) -> None:
    """No address on the internet; requests and handshakes are logged to the audit bucket, whose policy it waits for."""
    balancer = stack.by_name["alb-api"]

    assert balancer.inputs["internal"] is True
    assert balancer.inputs["subnets"] == ["app-1", "app-2", "app-3"]
    assert balancer.inputs["securityGroups"] == ["sg-alb"]
    for kind in ("accessLogs", "connectionLogs"):
        assert balancer.inputs[kind] == {"bucket": "s3-access-logs", "prefix": "alb", "enabled": True}
    assert "bucketpolicy-access-logs" in balancer.depends_on


def test_malformed_requests_are_dropped_and_nothing_keeps_it_from_being_deleted(stack: Stack) -> None:
    """Invalid headers and smuggled requests end here."""
    inputs = stack.inputs("alb-api")

    assert inputs["dropInvalidHeaderFields"] is True
    assert inputs["desyncMitigationMode"] in ("defensive", "strictest")
    assert inputs["enableDeletionProtection"] is False


@pytest.mark.parametrize(("listener", "port"), [("listener-production", 443), ("listener-test", 8444)])
def test_listeners_speak_tls_with_the_certificate_and_answer_404_by_default(
    stack: Stack, listener: str, port: int
) -> None:
    """TLS 1.2 at least, and nothing behind a path that no rule claims."""
    inputs = stack.inputs(listener)

    assert (inputs["protocol"], inputs["port"]) == ("HTTPS", port)
    assert inputs["sslPolicy"].startswith("ELBSecurityPolicy-TLS13-1-2-Res-")
    assert inputs["certificateArn"] == SETTINGS["certificate_arn"]
    (action,) = inputs["defaultActions"]
    assert (action["type"], action["fixedResponse"]["statusCode"]) == ("fixed-response", "404")


def test_both_rules_list_both_sides_from_the_first_deployment(stack: Stack) -> None:
    """ECS writes weighted rules; a rule of another shape would look changed after every deployment."""
    for purpose in ("production", "test"):
        rule = stack.by_name[f"listener-rule-{purpose}"]
        assert rule.inputs["listenerArn"] == f"<listener-{purpose}.arn>"
        (action,) = rule.inputs["actions"]
        weights = {group["arn"]: group["weight"] for group in action["forward"]["targetGroups"]}
        assert weights == {"<tg-api-blue.arn>": 100, "<tg-api-green.arn>": 0}


def test_the_weights_belong_to_ecs_after_the_first_deployment(record: Record) -> None:
    """Pulumi ignores the rules' actions, so that an update of the stack does not move traffic back."""
    ignored: dict[str, object] = {}

    def note(arguments: pulumi.ResourceTransformationArgs) -> None:
        ignored[arguments.name] = arguments.opts.ignore_changes

    record(lambda context: build_processing(context, opts=pulumi.ResourceOptions(transformations=[note])))

    assert ignored["listener-rule-production"] == ["actions"]
    assert ignored["listener-rule-test"] == ["actions"]
    assert not ignored["listener-production"]


def test_target_groups_differ_in_nothing_but_their_names(stack: Stack) -> None:
    """A release that is healthy on one side is healthy on the other."""
    blue, green = dict(stack.inputs("tg-api-blue")), dict(stack.inputs("tg-api-green"))
    for group, name in ((blue, "tg-api-blue-test"), (green, "tg-api-green-test")):
        assert group.pop("name") == name
        assert group.pop("tags")["Name"] == name

    assert blue == green


def test_targets_are_reached_and_checked_over_tls(stack: Stack) -> None:
    """Card data is encrypted on the way from the load balancer to the container as well."""
    group = stack.inputs("tg-api-blue")

    assert (group["protocol"], group["port"], group["targetType"]) == ("HTTPS", 8443, "ip")
    assert (group["healthCheck"]["protocol"], group["healthCheck"]["path"]) == ("HTTPS", "/v1/health")


def test_the_spec_s_times_reach_the_target_groups(record: Record) -> None:
    """What the budget was computed from is what is deployed."""
    check = HealthCheckSpec(interval=6, timeout=3, unhealthy_threshold=3, drain=8)
    spec = ProcessingSpec(health_check=check)
    group = Stack(record(lambda context: build_processing(context, spec=spec))).inputs("tg-api-green")

    assert group["deregistrationDelay"] == 8
    assert {name: group["healthCheck"][name] for name in ("interval", "timeout", "unhealthyThreshold")} == {
        "interval": 6,
        "timeout": 3,
        "unhealthyThreshold": 3,
    }
