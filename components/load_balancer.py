"""The internal load balancer in front of the API service: one production rule, one test rule, two target groups."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.audit import LOAD_BALANCER_PREFIX, Audit
from components.availability import HealthCheckSpec
from components.container_contract import API_PATHS, HEALTH_PATH, PORT
from components.layer import Layer, Scope
from components.network import Network

PRODUCTION_PORT = 443
TEST_PORT = 8444
# TLS 1.3 and 1.2, forward secrecy, authenticated encryption only, post-quantum key exchange for clients that offer it.
# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html (recommended there)
TLS_POLICY = "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09"


@dataclass(frozen=True)
class TargetGroup:
    """One side of the blue/green pair."""

    arn: pulumi.Output[str]
    full_name: pulumi.Output[str]
    """The value of CloudWatch's ``TargetGroup`` dimension."""


@dataclass(frozen=True)
class LoadBalancer:
    """The load balancer, and what ECS needs to shift traffic."""

    arn: pulumi.Output[str]
    full_name: pulumi.Output[str]
    """The value of CloudWatch's ``LoadBalancer`` dimension."""
    dns_name: pulumi.Output[str]
    listener_arn: pulumi.Output[str]
    production_rule: aws.lb.ListenerRule
    test_rule: aws.lb.ListenerRule
    blue: TargetGroup
    green: TargetGroup

    @property
    def target_groups(self) -> dict[str, TargetGroup]:
        return {"blue": self.blue, "green": self.green}


def load_balancer(
    layer: Layer,
    network: Network,
    *,
    certificate_arn: str,
    audit: Audit,
    health_check: HealthCheckSpec,
) -> LoadBalancer:
    """Internal load balancer of the API, in the application subnets of all zones; it logs requests and handshakes."""
    n = layer.named("alb", "api")
    balancer = aws.lb.LoadBalancer(
        n.logical,
        name=n.physical,
        load_balancer_type="application",
        internal=True,
        subnets=list(network.app_subnet_ids),
        security_groups=[network.security_groups.alb],
        access_logs=aws.lb.LoadBalancerAccessLogsArgs(
            bucket=audit.access_log_bucket, prefix=LOAD_BALANCER_PREFIX, enabled=True
        ),
        # Also the connections that never became a request, because the handshake failed. The names of their files
        # begin with conn_log, so both kinds go under one prefix.
        connection_logs=aws.lb.LoadBalancerConnectionLogsArgs(
            bucket=audit.access_log_bucket, prefix=LOAD_BALANCER_PREFIX, enabled=True
        ),
        drop_invalid_header_fields=True,
        desync_mitigation_mode="defensive",
        # Longer than API Gateway waits (29 s), so that it is API Gateway who gives up.
        idle_timeout=60,
        enable_deletion_protection=False,
        tags=layer.tags(n, Scope.CARDHOLDER_DATA),
        # Elastic Load Balancing tries to write to the bucket before it accepts it.
        opts=layer.child(depends_on=[audit.access_log_policy]),
    )
    blue, green = (_target_group(layer, network, side, health_check) for side in ("blue", "green"))
    production = _listener(layer, balancer, "production", PRODUCTION_PORT, certificate_arn)
    test = _listener(layer, balancer, "test", TEST_PORT, certificate_arn)
    return LoadBalancer(
        arn=balancer.arn,
        full_name=balancer.arn_suffix,
        dns_name=balancer.dns_name,
        listener_arn=production.arn,
        production_rule=_rule(layer, production, "production", blue, green),
        test_rule=_rule(layer, test, "test", blue, green),
        blue=blue,
        green=green,
    )


def _target_group(layer: Layer, network: Network, side: str, check: HealthCheckSpec) -> TargetGroup:
    """Target group of one side of the blue/green pair: TLS to the container, and health checked over TLS."""
    n = layer.named("tg", f"api-{side}")
    group = aws.lb.TargetGroup(
        n.logical,
        name=n.physical,
        vpc_id=network.vpc_id,
        target_type="ip",
        port=PORT,
        protocol="HTTPS",
        protocol_version="HTTP1",
        deregistration_delay=check.drain,
        # A slow task has more requests under way, and so gets fewer new ones before its health check fails.
        load_balancing_algorithm_type="least_outstanding_requests",
        health_check=aws.lb.TargetGroupHealthCheckArgs(
            enabled=True,
            protocol="HTTPS",
            port="traffic-port",
            path=HEALTH_PATH,
            matcher="200",
            interval=check.interval,
            timeout=check.timeout,
            healthy_threshold=check.healthy_threshold,
            unhealthy_threshold=check.unhealthy_threshold,
        ),
        tags=layer.tags(n, Scope.CARDHOLDER_DATA),
        opts=layer.child(),
    )
    return TargetGroup(arn=group.arn, full_name=group.arn_suffix)


def _listener(
    layer: Layer, balancer: aws.lb.LoadBalancer, purpose: str, port: int, certificate_arn: str
) -> aws.lb.Listener:
    """TLS listener that answers 404 to whatever no rule claims."""
    n = layer.named("listener", purpose)
    return aws.lb.Listener(
        n.logical,
        load_balancer_arn=balancer.arn,
        port=port,
        protocol="HTTPS",
        ssl_policy=TLS_POLICY,
        certificate_arn=certificate_arn,
        default_actions=[
            aws.lb.ListenerDefaultActionArgs(
                type="fixed-response",
                fixed_response=aws.lb.ListenerDefaultActionFixedResponseArgs(
                    content_type="application/json", message_body='{"message":"Not Found"}', status_code="404"
                ),
            )
        ],
        tags=layer.tags(n, Scope.CARDHOLDER_DATA),
        opts=layer.child(),
    )


def _rule(
    layer: Layer, listener: aws.lb.Listener, purpose: str, blue: TargetGroup, green: TargetGroup
) -> aws.lb.ListenerRule:
    """Forwarding rule that ECS rewrites in each deployment; it lists both sides from the start, as ECS does.

    ECS owns the weights after the first deployment. Under Pulumi they are ignored; in CloudFormation, where nothing can
    be ignored, the rule must hold nothing that changes between releases, because an update of it would move traffic.
    """
    n = layer.named("listener-rule", purpose)
    weights = ((blue, 100), (green, 0))
    return aws.lb.ListenerRule(
        n.logical,
        listener_arn=listener.arn,
        priority=100,
        conditions=[
            aws.lb.ListenerRuleConditionArgs(
                path_pattern=aws.lb.ListenerRuleConditionPathPatternArgs(values=[API_PATHS])
            )
        ],
        actions=[
            aws.lb.ListenerRuleActionArgs(
                type="forward",
                forward=aws.lb.ListenerRuleActionForwardArgs(
                    target_groups=[
                        aws.lb.ListenerRuleActionForwardTargetGroupArgs(arn=group.arn, weight=weight)
                        for group, weight in weights
                    ]
                ),
            )
        ],
        tags=layer.tags(n, Scope.CARDHOLDER_DATA),
        opts=layer.child(ignore_changes=["actions"]),
    )
