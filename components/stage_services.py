"""The stage consumers: per stage one service that reads its own stream and writes the next one's."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from components.api_service import Placement, deployment_timeouts
from components.layer import Layer, Scope
from components.service_tasks import ServiceTask


def stage_service(
    layer: Layer,
    placement: Placement,
    purpose: str,
    *,
    task: ServiceTask,
    alarm_names: Sequence[pulumi.Input[str]],
    least_tasks: int,
) -> aws.ecs.Service:
    """Consumers of one stage, replaced a few at a time: two whole fleets would fight over the same leases."""
    n = layer.named("svc", purpose)
    return aws.ecs.Service(
        n.logical,
        name=n.physical,
        cluster=placement.cluster_arn,
        task_definition=task.definition.arn,
        launch_type="FARGATE",
        platform_version="LATEST",
        desired_count=least_tasks,
        availability_zone_rebalancing="ENABLED",
        network_configuration=placement.configuration(placement.network.security_groups.consumer),
        deployment_controller=aws.ecs.ServiceDeploymentControllerArgs(type="ECS"),
        deployment_minimum_healthy_percent=100,
        deployment_maximum_percent=150,
        deployment_circuit_breaker=aws.ecs.ServiceDeploymentCircuitBreakerArgs(enable=True, rollback=True),
        alarms=aws.ecs.ServiceAlarmsArgs(alarm_names=list(alarm_names), enable=True, rollback=True),
        enable_execute_command=False,
        enable_ecs_managed_tags=True,
        propagate_tags="SERVICE",
        wait_for_steady_state=True,
        tags=layer.tags(n, Scope.CARDHOLDER_DATA),
        opts=layer.child(
            depends_on=[*task.wait_for, *placement.network.way_to_services("consumer")],
            ignore_changes=["desiredCount"],
            custom_timeouts=deployment_timeouts(0),
        ),
    )
