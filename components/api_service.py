"""The API service: containers behind the load balancer, released blue/green by ECS itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.container_contract import PORT, START_SECONDS
from components.layer import Layer, Scope, document, statement
from components.load_balancer import LoadBalancer
from components.network import Network
from components.service_tasks import API_CONTAINER, ServiceTask
from components.task_roles import TaskRole


@dataclass(frozen=True)
class Placement:
    """Where a service's tasks run."""

    cluster_arn: pulumi.Output[str]
    network: Network

    def configuration(self, security_group: pulumi.Input[str]) -> aws.ecs.ServiceNetworkConfigurationArgs:
        """The application subnets of all zones, without public addresses."""
        return aws.ecs.ServiceNetworkConfigurationArgs(
            subnets=list(self.network.app_subnet_ids), security_groups=[security_group], assign_public_ip=False
        )


def api_service(
    layer: Layer,
    placement: Placement,
    *,
    task: ServiceTask,
    balancer: LoadBalancer,
    alarm_names: Sequence[pulumi.Input[str]],
    least_tasks: int,
    bake_minutes: int,
) -> aws.ecs.Service:
    """API service: a new release gets tasks of its own, then all traffic; the old one stands by while it bakes."""
    shift = _traffic_shift_role(layer, balancer)
    n = layer.named("svc", "api")
    return aws.ecs.Service(
        n.logical,
        name=n.physical,
        cluster=placement.cluster_arn,
        task_definition=task.definition.arn,
        launch_type="FARGATE",
        platform_version="LATEST",
        desired_count=least_tasks,
        availability_zone_rebalancing="ENABLED",
        network_configuration=placement.configuration(placement.network.security_groups.api),
        deployment_controller=aws.ecs.ServiceDeploymentControllerArgs(type="ECS"),
        deployment_configuration=aws.ecs.ServiceDeploymentConfigurationArgs(
            strategy="BLUE_GREEN", bake_time_in_minutes=str(bake_minutes)
        ),
        deployment_minimum_healthy_percent=100,
        deployment_maximum_percent=200,
        # Ends a release whose tasks never become healthy; the alarms end one that is healthy and wrong.
        deployment_circuit_breaker=aws.ecs.ServiceDeploymentCircuitBreakerArgs(enable=True, rollback=True),
        alarms=aws.ecs.ServiceAlarmsArgs(alarm_names=list(alarm_names), enable=True, rollback=True),
        load_balancers=[
            aws.ecs.ServiceLoadBalancerArgs(
                container_name=API_CONTAINER,
                container_port=PORT,
                target_group_arn=balancer.blue.arn,
                advanced_configuration=aws.ecs.ServiceLoadBalancerAdvancedConfigurationArgs(
                    alternate_target_group_arn=balancer.green.arn,
                    production_listener_rule=balancer.production_rule.arn,
                    test_listener_rule=balancer.test_rule.arn,
                    role_arn=shift.arn,
                ),
            )
        ],
        health_check_grace_period_seconds=START_SECONDS,
        # Whoever can open a shell in a container reads what passes through it (PCI DSS v4.0.1, 7.2.5).
        enable_execute_command=False,
        enable_ecs_managed_tags=True,
        propagate_tags="SERVICE",
        wait_for_steady_state=True,
        tags=layer.tags(n, Scope.CARDHOLDER_DATA),
        opts=layer.child(
            depends_on=[shift.policy, *task.wait_for, *placement.network.way_to_services("api")],
            # Scaling owns the number of tasks. ECS decides which side the next release goes to; sending the pair again
            # would choose the same side each time (hashicorp/terraform-provider-aws#45678).
            ignore_changes=["desiredCount", "loadBalancers"],
            custom_timeouts=deployment_timeouts(bake_minutes),
        ),
    )


def deployment_timeouts(bake_minutes: int) -> pulumi.CustomTimeouts:
    """Half an hour to replace the tasks, and the time that a release bakes."""
    minutes = f"{30 + bake_minutes}m"
    return pulumi.CustomTimeouts(create=minutes, update=minutes)


def _traffic_shift_role(layer: Layer, balancer: LoadBalancer) -> TaskRole:
    """Role with which ECS shifts traffic: these two rules and these two target groups, nothing else.

    It does what AWS's managed policy AmazonECSInfrastructureRolePolicyForLoadBalancers (v6) does, on exactly the
    resources that are meant, and without changing listeners, which only network load balancers need.
    """
    n = layer.named("role", "traffic-shift")
    role = aws.iam.Role(
        n.logical,
        name=n.physical,
        # Without a source condition, as AWS documents this role: nothing is said of which keys ECS passes when it
        # assumes one. A role can be handed to a service only within its own account.
        assume_role_policy=document(
            statement("AssumedByEcs", actions=["sts:AssumeRole"], principal={"Service": "ecs.amazonaws.com"})
        ),
        tags=layer.tags(n),
        opts=layer.child(),
    )
    p = layer.named("policy", "traffic-shift")
    policy = aws.iam.RolePolicy(
        p.logical,
        name=p.physical,
        role=role.name,
        policy=document(
            statement(
                "ReadState",
                actions=[
                    "elasticloadbalancing:DescribeListeners",
                    "elasticloadbalancing:DescribeRules",
                    "elasticloadbalancing:DescribeTargetGroups",
                    "elasticloadbalancing:DescribeTargetHealth",
                ],
                # Elastic Load Balancing supports no resource for its Describe actions.
                resources=["*"],
            ),
            statement(
                "MoveTargets",
                actions=["elasticloadbalancing:DeregisterTargets", "elasticloadbalancing:RegisterTargets"],
                resources=[balancer.blue.arn, balancer.green.arn],
            ),
            statement(
                "ShiftTraffic",
                actions=["elasticloadbalancing:ModifyRule"],
                resources=[balancer.production_rule.arn, balancer.test_rule.arn],
            ),
        ),
        opts=layer.child(),
    )
    return TaskRole(arn=role.arn, policy=policy)
