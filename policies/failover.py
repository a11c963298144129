"""Failover within 30 seconds: three zones, spare copies, quick detection, safe deployments."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from .checks import at_least, at_most, both, number, one_of
from .containers import containers
from .model import Check, Context, Group, Parameter, Resource, Rule, Severity, bounds
from .resource_types import (
    ALARM,
    CACHE,
    CACHE_SUBNETS,
    DB_CLUSTER,
    DB_INSTANCE,
    DB_PROXY,
    DB_PROXY_ENDPOINT,
    DB_SUBNETS,
    ECS_CAPACITY,
    ECS_SERVICE,
    FILE_SYSTEM,
    FUNCTION,
    IAM_ROLE,
    LISTENER_RULE,
    LOAD_BALANCER,
    MOUNT_TARGET,
    NAT_GATEWAY,
    SCALING_POLICY,
    SCALING_TARGET,
    STREAM,
    SUBNET,
    TABLE,
    TARGET_GROUP,
    TASK_DEFINITION,
    VPC_ENDPOINT,
    VPC_LINK,
    guide,
    hub,
)
from .topology import leads_out, routes, subnets_of, zones

ZONES = Parameter("fewestZones", "Availability Zones at least", 3, minimum=1, maximum=6)
SECONDS = Parameter("mostSeconds", "Seconds at most", 30, minimum=1)
SPREAD = (
    CACHE_SUBNETS,
    DB_SUBNETS,
    DB_PROXY,
    DB_PROXY_ENDPOINT,
    ECS_SERVICE,
    FUNCTION,
    LOAD_BALANCER,
    VPC_ENDPOINT,
    VPC_LINK,
)
# What two target groups of a service share.
SHARED = (
    "connectionTermination",
    "deregistrationDelay",
    "healthCheck",
    "loadBalancingAlgorithmType",
    "loadBalancingCrossZoneEnabled",
    "port",
    "preserveClientIp",
    "protocol",
    "protocolVersion",
    "slowStart",
    "stickiness",
    "targetType",
    "vpcId",
)
ROLLBACK = (
    "deploymentCircuitBreaker.enable",
    "deploymentCircuitBreaker.rollback",
    "alarms.enable",
    "alarms.rollback",
)


def _spread(resource: Resource, context: Context) -> Iterator[str]:
    if resource.type == VPC_ENDPOINT and resource.text("vpcEndpointType", "Gateway") == "Gateway":
        return
    if resource.type == FUNCTION and not resource.given("vpcConfig"):
        return  # AWS runs it in several zones; that it should stand in the VPC is another rule's
    found = zones(subnets_of(context.stack, resource))
    if len(found) < context.limit("fewestZones"):
        yield f"stands in {len(found)} Availability Zone{'s' if len(found) != 1 else ''}"


def _mounted_in_zones(system: Resource, context: Context) -> Iterator[str]:
    targets = context.stack.users(system, MOUNT_TARGET, through=("fileSystemId",))
    found = zones(subnet for target in targets for subnet in context.stack.linked(target, "subnetId", SUBNET))
    if len(found) < context.limit("fewestZones"):
        yield f"has mount targets in {len(found)} Availability Zones"


def _out_through_own_zone(subnet: Resource, context: Context) -> Iterator[str]:
    for route in routes(context.stack, subnet):
        if not leads_out(route):
            continue
        for gateway in context.stack.linked(route, "natGatewayId", NAT_GATEWAY):
            there = zones(context.stack.linked(gateway, "subnetId", SUBNET))
            if there and there != zones([subnet]):
                yield f"its way out ({gateway.name}) stands in another zone"


def _instances_in_zones(cluster: Resource, context: Context) -> Iterator[str]:
    instances = context.stack.users(cluster, DB_INSTANCE, through=("clusterIdentifier",))
    found = {instance.text("availabilityZone") for instance in instances}
    if len(instances) < context.limit("fewestZones"):
        yield f"has {len(instances)} instances"
    elif len(found - {""}) < context.limit("fewestZones"):
        yield f"has instances in {len(found - {''})} named zones"
    for instance in instances:
        if (instance.bounds("promotionTier") or (0, 0))[1] > 1:
            yield f"{instance.name} has no promotion tier of 0 or 1, so it may be too small when it takes over"


def _cache_fails_over(cache: Resource, context: Context) -> Iterator[str]:
    for path in ("automaticFailoverEnabled", "multiAzEnabled"):
        if not cache.flag(path):
            yield f"{path} is not true"
    if cache.given("replicasPerNodeGroup") or not cache.given("numCacheClusters"):
        yield from at_least("replicasPerNodeGroup", "fewestReplicas", default=0)(cache, context)
    else:
        replicas = (cache.bounds("numCacheClusters") or (1, 1))[0] - 1
        if replicas < context.limit("fewestReplicas"):
            yield f"has {replicas:g} replicas"


def _clustered(cache: Resource, _: Context) -> Iterator[str]:
    if cache.text("clusterMode") not in ("enabled", "compatible"):
        yield "clusterMode is not enabled, so the whole cache fails over at once"


def _detects_soon(group: Resource, context: Context) -> Iterator[str]:
    if not group.flag("healthCheck.enabled", True):
        yield "healthCheck.enabled is not true"
        return
    interval = number(group.get("healthCheck.interval"), "healthCheck.interval", 30)
    failures = number(group.get("healthCheck.unhealthyThreshold"), "healthCheck.unhealthyThreshold", 3)
    timeout = number(group.get("healthCheck.timeout"), "healthCheck.timeout", 5)
    worst = interval * failures + timeout
    if worst > context.limit("mostSeconds"):
        yield f"a dead target is noticed after {worst:g} s"


def _healthy_means_well(group: Resource, _: Context) -> Iterator[str]:
    matcher = group.text("healthCheck.matcher", "200")
    if not re.fullmatch(r"2\d\d(,2\d\d)*", matcher):
        yield f"healthCheck.matcher is {matcher}, which takes errors for health"
    if not group.given("healthCheck.path"):
        yield "healthCheck.path is not given"
    if group.text("healthCheck.port", "traffic-port") != "traffic-port":
        yield "healthCheck.port is not the port that requests go to"


def _alike(service: Resource, context: Context) -> Iterator[str]:
    """Both colours of a blue/green service have target groups with the same settings."""
    groups = context.stack.linked(service, "loadBalancers", TARGET_GROUP)
    if not groups:
        return
    first, *others = groups
    for other in others:
        for prop in SHARED:
            if first.known(prop) != other.known(prop):
                yield f"{first.name} and {other.name} differ in {prop}"


def _blue_green(service: Resource, context: Context) -> Iterator[str]:
    if not service.given("loadBalancers"):
        return
    if service.text("deploymentController.type", "ECS") != "ECS":
        yield f"deploymentController.type is {service.text('deploymentController.type')}, which ECS does not roll back"
    if service.text("deploymentConfiguration.strategy", "ROLLING") not in ("BLUE_GREEN", "LINEAR", "CANARY"):
        yield "deploymentConfiguration.strategy is ROLLING"
        return
    bake = bounds(service.known("deploymentConfiguration.bakeTimeInMinutes"), "bakeTimeInMinutes") or (15, 15)
    if bake[0] < context.limit("fewestMinutes"):
        yield f"deploymentConfiguration.bakeTimeInMinutes is {bake[0]:g}"
    for balancer in service.items("loadBalancers"):
        advanced = balancer.get("advancedConfiguration") or {}
        for name in ("alternateTargetGroupArn", "productionListenerRule", "testListenerRule", "roleArn"):
            if not isinstance(advanced, Mapping) or advanced.get(name) in (None, ""):
                yield f"loadBalancers.advancedConfiguration.{name} is not given"
    if len(context.stack.linked(service, "loadBalancers", TARGET_GROUP)) != 2:
        yield "does not name two target groups"


def _both_colours_in_rule(service: Resource, context: Context) -> Iterator[str]:
    groups = context.stack.linked(service, "loadBalancers", TARGET_GROUP)
    for rule in context.stack.linked(service, "loadBalancers", LISTENER_RULE):
        if set(context.stack.linked(rule, "actions", TARGET_GROUP)) != set(groups):
            yield f"{rule.name} does not forward to both target groups"


def _rolls_back(service: Resource, context: Context) -> Iterator[str]:
    for path in ROLLBACK:
        if not service.flag(path):
            yield f"{path} is not true"
    if not context.stack.linked(service, "alarms.alarmNames", ALARM):
        yield "alarms.alarmNames names no alarm of this stack"


def _keeps_capacity(service: Resource, _: Context) -> Iterator[str]:
    least = bounds(service.known("deploymentMinimumHealthyPercent"), "deploymentMinimumHealthyPercent") or (100, 100)
    most = bounds(service.known("deploymentMaximumPercent"), "deploymentMaximumPercent") or (200, 200)
    if least[0] < 100:
        yield f"deploymentMinimumHealthyPercent is {least[0]:g}, so deployments take capacity away"
    if most[0] <= 100:
        yield f"deploymentMaximumPercent is {most[0]:g}, so no new task can start before an old one stops"


def _scales(service: Resource, context: Context) -> Iterator[str]:
    targets = context.stack.users(service, SCALING_TARGET, through=("resourceId",))
    if not targets:
        yield "does not scale"
        return
    policies = context.stack.users(service, SCALING_POLICY, through=("resourceId",))
    # A policy may name the service as its target does.
    policies += [item for one in targets for item in context.stack.users(one, SCALING_POLICY, through=("resourceId",))]
    if not any(_by_transactions(policy) for policy in policies):
        yield "no scaling policy follows the number of transactions"


def _by_transactions(policy: Resource) -> bool:
    """Whether a policy follows requests or records instead of what they use up."""
    tracking = "targetTrackingScalingPolicyConfiguration"
    predefined = policy.text(f"{tracking}.predefinedMetricSpecification.predefinedMetricType")
    return predefined == "ALBRequestCountPerTarget" or policy.given(f"{tracking}.customizedMetricSpecification")


def _scales_out_fast(policy: Resource, context: Context) -> Iterator[str]:
    most = context.limit("mostSeconds")
    for configuration, name in (
        ("targetTrackingScalingPolicyConfiguration", "scaleOutCooldown"),
        ("stepScalingPolicyConfiguration", "cooldown"),
    ):
        if policy.given(configuration):
            # For ECS services, Application Auto Scaling takes 300 s when nothing is said.
            found = policy.bounds(f"{configuration}.{name}") or (300, 300)
            if found[1] > most:
                yield f"{configuration}.{name} is {found[1]:g} s"
    if policy.flag("targetTrackingScalingPolicyConfiguration.disableScaleIn"):
        yield "disableScaleIn is true, so the service only grows"


def _scaling_range(target: Resource, context: Context) -> Iterator[str]:
    yield from at_least("minCapacity", "fewestTasks")(target, context)
    yield from at_least("maxCapacity", "fewestTasks")(target, context)
    state: Mapping[str, Any] = target.known("suspendedState") or {}
    for name in ("dynamicScalingInSuspended", "dynamicScalingOutSuspended", "scheduledScalingSuspended"):
        if state.get(name) is True:
            yield f"suspendedState.{name} is true"


def _health_checked(task: Resource, context: Context) -> Iterator[str]:
    """A dead container is noticed in time: by the load balancer, or by a health check of its own."""
    found = containers(task)
    if not any(container.get("essential", True) for container in found):
        yield "no container is essential, so the task goes on without any"
    services = context.stack.users(task, ECS_SERVICE, through=("taskDefinition",))
    if not services or any(service.given("loadBalancers") for service in services):
        return
    for container in found:
        if container.get("essential") is False:
            continue
        check = container.get("healthCheck")
        if not check or not check.get("command"):
            yield f"container {container.get('name')} has neither load balancer nor health check"
            continue
        worst = number(check.get("interval"), "interval", 30) * number(check.get("retries"), "retries", 3)
        worst += number(check.get("timeout"), "timeout", 5)
        if worst > context.limit("mostSeconds"):
            yield f"container {container.get('name')}: a dead one is noticed after {worst:g} s"


def _stops_in_time(task: Resource, context: Context) -> Iterator[str]:
    """A task behind a load balancer outlives the draining of its connections, and is gone soon after."""
    services = context.stack.users(task, ECS_SERVICE, through=("taskDefinition",))
    if not any(service.given("loadBalancers") for service in services):
        return
    groups = [group for service in services for group in context.stack.linked(service, "loadBalancers", TARGET_GROUP)]
    delays = [number(group.get("deregistrationDelay"), "deregistrationDelay", 300) for group in groups]
    drained = max(delays, default=0)
    for container in containers(task):
        stop = number(container.get("stopTimeout"), "stopTimeout", 30)
        if stop > context.limit("mostSeconds"):
            yield f"container {container.get('name')}: stopTimeout is {stop:g} s"
        elif stop < drained:
            yield f"container {container.get('name')}: stopTimeout is {stop:g} s, less than draining ({drained:g} s)"


def _logs_do_not_block(task: Resource, _: Context) -> Iterator[str]:
    for container in containers(task):
        configuration = container.get("logConfiguration") or {}
        mode = (configuration.get("options") or {}).get("mode")
        if configuration.get("logDriver") == "awslogs" and mode != "non-blocking":
            yield f"container {container.get('name')} stands still while its log cannot be written (mode)"


def _proxy_borrow(group: Resource, context: Context) -> Iterator[str]:
    found = group.bounds("connectionPoolConfig.connectionBorrowTimeout") or (120, 120)
    if found[1] > context.limit("mostSeconds"):
        yield f"connectionPoolConfig.connectionBorrowTimeout is {found[1]:g} s"


def _colours_watched_alike(service: Resource, context: Context) -> Iterator[str]:
    """Both target groups have the same alarms among those that roll a deployment back."""
    alarms = context.stack.linked(service, "alarms.alarmNames", ALARM)
    watched = {
        group.name: tuple(sorted(_metrics(alarm) for alarm in alarms if alarm in context.stack.users(group, ALARM)))
        for group in context.stack.linked(service, "loadBalancers", TARGET_GROUP)
    }
    if len(set(watched.values())) > 1:
        yield f"alarms that roll back differ between {' and '.join(sorted(watched))}"


def _metrics(alarm: Resource) -> str:
    names = [alarm.text("metricName")]
    names += [str((query.get("metric") or {}).get("metricName")) for query in alarm.items("metricQueries")]
    return " ".join(sorted(names))


def _rollback_in_time(service: Resource, context: Context) -> Iterator[str]:
    """An alarm that rolls back can fire while both colours still run."""
    if not service.given("loadBalancers"):
        return
    bake = bounds(service.known("deploymentConfiguration.bakeTimeInMinutes"), "bakeTimeInMinutes") or (15, 15)
    for alarm in context.stack.linked(service, "alarms.alarmNames", ALARM):
        queried = [(query.get("metric") or query).get("period") for query in alarm.items("metricQueries")]
        periods = [bounds(period, "period") for period in (alarm.known("period"), *queried)]
        longest = max((period[1] for period in periods if period), default=60)
        looked = (alarm.bounds("evaluationPeriods") or (1, 1))[1]
        if longest * looked > bake[0] * 60:
            yield f"{alarm.name} looks back {longest * looked:g} s, longer than both colours run"


def _no_spot(resource: Resource, _: Context) -> Iterator[str]:
    providers = list(resource.items("capacityProviders"))
    for path in ("capacityProviderStrategies", "defaultCapacityProviderStrategies"):
        providers += [item.get("capacityProvider") for item in resource.items(path)]
    if "FARGATE_SPOT" in providers:
        yield "runs tasks on spot capacity, which AWS takes away at short notice"


def _grace(service: Resource, context: Context) -> Iterator[str]:
    if service.given("loadBalancers"):
        yield from at_most("healthCheckGracePeriodSeconds", "mostSeconds", default=0)(service, context)


def _traffic_role(service: Resource, context: Context) -> Iterator[str]:
    if service.text("deploymentConfiguration.strategy", "ROLLING") == "ROLLING" or not service.given("loadBalancers"):
        return
    if not context.stack.linked(service, "loadBalancers", IAM_ROLE):
        yield "the role that shifts traffic is none of this stack"


def _failover(
    id_: str,
    title: str,
    remedy: str,
    types: tuple[str, ...],
    check: Check,
    *,
    url: str,
    relational: bool = False,
    severity: Severity = Severity.HIGH,
    parameters: tuple[Parameter, ...] = (),
) -> Rule:
    return Rule(
        id_,
        title,
        severity,
        remedy,
        types,
        check,
        relational=relational,
        group=Group.FAILOVER,
        url=url,
        parameters=parameters,
    )


RULES = (
    _failover(
        "spread-over-zones",
        "Everything that can stand in several Availability Zones stands in three.",
        "Name a subnet in each of three zones.",
        SPREAD,
        _spread,
        relational=True,
        url=hub("elb", 13),
        parameters=(ZONES,),
    ),
    _failover(
        "file-system-mounted-in-zones",
        "File systems have mount targets in three Availability Zones.",
        "Add a MountTarget in each zone.",
        (FILE_SYSTEM,),
        _mounted_in_zones,
        relational=True,
        url=guide("efs/latest/ug/accessing-fs.html"),
        parameters=(ZONES,),
    ),
    _failover(
        "way-out-in-own-zone",
        "Subnets leave the VPC through a NAT gateway in their own Availability Zone.",
        "Route to the NAT gateway of the subnet's zone.",
        (SUBNET,),
        _out_through_own_zone,
        relational=True,
        url=guide("vpc/latest/userguide/vpc-nat-gateway.html"),
    ),
    _failover(
        "database-instances-in-zones",
        "Databases have an instance in each of three zones, and a reader that takes over.",
        "Add instances with availabilityZone and promotionTier 0 or 1.",
        (DB_CLUSTER,),
        _instances_in_zones,
        relational=True,
        url=hub("rds", 15),
        parameters=(ZONES,),
    ),
    _failover(
        "database-proxy-soon",
        "Clients of a database proxy learn within seconds that no connection is to be had.",
        "Lower connectionPoolConfig.connectionBorrowTimeout.",
        ("aws:rds/proxyDefaultTargetGroup:ProxyDefaultTargetGroup",),
        _proxy_borrow,
        url=guide("AmazonRDS/latest/AuroraUserGuide/rds-proxy-connections.html"),
        severity=Severity.MEDIUM,
        parameters=(SECONDS,),
    ),
    _failover(
        "cache-fails-over",
        "Caches fail over by themselves, to two replicas in other zones.",
        "Set automaticFailoverEnabled and multiAzEnabled to true and replicasPerNodeGroup to 2.",
        (CACHE,),
        _cache_fails_over,
        url=hub("elasticache", 3),
        parameters=(Parameter("fewestReplicas", "Replicas of each shard at least", 2, maximum=5),),
    ),
    _failover(
        "cache-clustered",
        "Caches are divided into shards that fail over one by one.",
        "Set clusterMode to enabled.",
        (CACHE,),
        _clustered,
        url=guide("AmazonElastiCache/latest/dg/Replication.Redis-RedisCluster.html"),
        severity=Severity.MEDIUM,
    ),
    _failover(
        "target-group-detects-soon",
        "Load balancers notice a dead target in time.",
        "Lower healthCheck.interval, unhealthyThreshold or timeout.",
        (TARGET_GROUP,),
        _detects_soon,
        url=guide("elasticloadbalancing/latest/application/target-group-health-checks.html"),
        parameters=(SECONDS,),
    ),
    _failover(
        "target-group-health-means-well",
        "Only a good answer from the real port counts as health.",
        "Set healthCheck.matcher to 200, a path, and port traffic-port.",
        (TARGET_GROUP,),
        _healthy_means_well,
        url=guide("elasticloadbalancing/latest/application/target-group-health-checks.html"),
        severity=Severity.MEDIUM,
    ),
    _failover(
        "target-group-drains-soon",
        "Load balancers let go of a target in time.",
        "Lower deregistrationDelay.",
        (TARGET_GROUP,),
        at_most("deregistrationDelay", "mostSeconds", default=300),
        url=guide("elasticloadbalancing/latest/application/edit-target-group-attributes.html"),
        parameters=(SECONDS,),
    ),
    _failover(
        "target-groups-alike",
        "Both colours of a service have target groups with the same settings.",
        "Make both groups with the same arguments.",
        (ECS_SERVICE,),
        _alike,
        relational=True,
        url=guide("AmazonECS/latest/developerguide/deployment-type-blue-green.html"),
    ),
    _failover(
        "service-blue-green",
        "Services behind a load balancer are deployed blue/green, with time to look at the new colour.",
        "Set deploymentConfiguration.strategy to BLUE_GREEN, a bake time, and loadBalancers.advancedConfiguration.",
        (ECS_SERVICE,),
        _blue_green,
        relational=True,
        url=guide("AmazonECS/latest/developerguide/deployment-type-blue-green.html"),
        parameters=(Parameter("fewestMinutes", "Minutes of bake time at least", 5, maximum=1440),),
    ),
    _failover(
        "listener-rules-know-both-colours",
        "Listener rules of a blue/green service forward to both target groups.",
        "Name both target groups in a weighted forward action.",
        (ECS_SERVICE,),
        _both_colours_in_rule,
        relational=True,
        url=guide("AmazonECS/latest/developerguide/alb-resources-for-blue-green.html"),
        severity=Severity.MEDIUM,
    ),
    _failover(
        "service-traffic-role",
        "The role that shifts traffic between the colours is one of this stack.",
        "Set loadBalancers.advancedConfiguration.roleArn.",
        (ECS_SERVICE,),
        _traffic_role,
        relational=True,
        url=guide("AmazonECS/latest/developerguide/AmazonECSInfrastructureRolePolicyForLoadBalancers.html"),
        severity=Severity.MEDIUM,
    ),
    Rule(
        "service-rolls-back",
        "A deployment that fails, or that sets off an alarm, is rolled back.",
        Severity.HIGH,
        "Enable deploymentCircuitBreaker and alarms with rollback, and name alarms.",
        types=(ECS_SERVICE,),
        check=_rolls_back,
        relational=True,
        group=Group.FAILOVER,
        requirements=("6.5.1", "6.5.2"),
        controls=(111,),
        url=guide("AmazonECS/latest/developerguide/deployment-failure-detection.html"),
    ),
    _failover(
        "service-keeps-capacity",
        "Deployments take no capacity away.",
        "Set deploymentMinimumHealthyPercent to 100 and deploymentMaximumPercent above it.",
        (ECS_SERVICE,),
        _keeps_capacity,
        url=guide("AmazonECS/latest/developerguide/service_definition_parameters.html"),
    ),
    _failover(
        "service-in-every-zone",
        "Services keep a task in every Availability Zone.",
        "Raise desiredCount to 3 and set availabilityZoneRebalancing to ENABLED.",
        (ECS_SERVICE,),
        both(at_least("desiredCount", "fewestTasks", default=1), one_of("availabilityZoneRebalancing", "ENABLED")),
        url=guide("AmazonECS/latest/developerguide/service-rebalancing.html"),
        parameters=(Parameter("fewestTasks", "Tasks at least", 3, minimum=1),),
    ),
    _failover(
        "service-grace-period",
        "New tasks are not waited for longer than they need to start.",
        "Lower healthCheckGracePeriodSeconds.",
        (ECS_SERVICE,),
        _grace,
        url=guide("AmazonECS/latest/developerguide/service_definition_parameters.html"),
        severity=Severity.LOW,
        parameters=(Parameter("mostSeconds", "Seconds at most", 120, minimum=0),),
    ),
    _failover(
        "service-scales",
        "Services scale with the number of transactions.",
        "Add a scaling Target and a policy on requests or records.",
        (ECS_SERVICE,),
        _scales,
        relational=True,
        url=guide("AmazonECS/latest/developerguide/service-auto-scaling.html"),
    ),
    _failover(
        "scaling-range",
        "Scaling keeps a task in every zone, and is not suspended.",
        "Raise minCapacity to 3; remove suspendedState.",
        (SCALING_TARGET,),
        _scaling_range,
        url=guide("autoscaling/application/userguide/what-is-application-auto-scaling.html"),
        parameters=(Parameter("fewestTasks", "Tasks at least", 3, minimum=1),),
    ),
    _failover(
        "scaling-out-soon",
        "Services grow again within minutes, and shrink when they may.",
        "Lower the cooldown for scaling out; leave disableScaleIn out.",
        (SCALING_POLICY,),
        _scales_out_fast,
        url=guide("autoscaling/application/userguide/application-auto-scaling-target-tracking.html"),
        severity=Severity.MEDIUM,
        parameters=(Parameter("mostSeconds", "Seconds at most", 120, minimum=0),),
    ),
    _failover(
        "colours-watched-alike",
        "The same alarms watch both colours of a service.",
        "Make each rollback alarm for both target groups, and name all of them.",
        (ECS_SERVICE,),
        _colours_watched_alike,
        relational=True,
        url=guide("AmazonECS/latest/developerguide/deployment-alarm-failure.html"),
        severity=Severity.MEDIUM,
    ),
    _failover(
        "rollback-alarm-in-bake-time",
        "Alarms that roll a deployment back fire while the old colour still runs.",
        "Lower the alarm's period or evaluationPeriods, or raise the bake time.",
        (ECS_SERVICE,),
        _rollback_in_time,
        relational=True,
        url=guide("AmazonECS/latest/developerguide/deployment-alarm-failure.html"),
        severity=Severity.MEDIUM,
    ),
    _failover(
        "no-spot-capacity",
        "Nothing runs on capacity that AWS may take away.",
        "Use FARGATE instead of FARGATE_SPOT.",
        (ECS_SERVICE, ECS_CAPACITY),
        _no_spot,
        url=guide("AmazonECS/latest/developerguide/fargate-capacity-providers.html"),
        severity=Severity.MEDIUM,
    ),
    _failover(
        "table-scales",
        "Tables take whatever load comes.",
        "Set billingMode to PAY_PER_REQUEST.",
        (TABLE,),
        one_of("billingMode", "PAY_PER_REQUEST", default="PROVISIONED"),
        url=guide("amazondynamodb/latest/developerguide/capacity-mode.html"),
        severity=Severity.MEDIUM,
    ),
    _failover(
        "stream-scales",
        "Streams take whatever load comes.",
        "Set streamModeDetails.streamMode to ON_DEMAND.",
        (STREAM,),
        one_of("streamModeDetails.streamMode", "ON_DEMAND", default="PROVISIONED"),
        url=guide("streams/latest/dev/how-do-i-size-a-stream.html"),
        severity=Severity.MEDIUM,
    ),
    _failover(
        "container-health-checked",
        "A container that no load balancer watches has a health check, quick enough.",
        "Set healthCheck with a short interval.",
        (TASK_DEFINITION,),
        _health_checked,
        relational=True,
        url=guide("AmazonECS/latest/developerguide/healthcheck.html"),
        parameters=(SECONDS,),
    ),
    _failover(
        "container-stops-in-time",
        "Containers behind a load balancer stop in time.",
        "Lower stopTimeout.",
        (TASK_DEFINITION,),
        _stops_in_time,
        relational=True,
        url=guide("AmazonECS/latest/developerguide/task_definition_parameters.html"),
        severity=Severity.MEDIUM,
        parameters=(SECONDS,),
    ),
    _failover(
        "container-logs-do-not-block",
        "Containers go on while their log cannot be written.",
        "Set logConfiguration.options.mode to non-blocking.",
        (TASK_DEFINITION,),
        _logs_do_not_block,
        url=guide("AmazonECS/latest/developerguide/using_awslogs.html"),
        severity=Severity.MEDIUM,
    ),
)
