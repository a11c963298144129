"""What stands in which subnet: computed from the inputs that name subnets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from cloudformation.graph import Function, Literal, Resource, Value, references

from .demand import SERVICE, pipeline
from .platform import Platform, at, literal, shown

SUBNET = "aws:ec2/subnet:Subnet"

# Inputs that name subnets to say something about the subnet itself, not to put anything into it.
_PLUMBING = ("aws:ec2/routeTableAssociation:", "aws:ec2/networkAclAssociation:")

# A subnet group stands for what is made in it.
_GROUPS = {"aws:rds/subnetGroup:SubnetGroup": "rds", "aws:elasticache/subnetGroup:SubnetGroup": "elasticache"}

_WORDS = {
    "aws:ec2/natGateway:NatGateway": "NAT gateway",
    "aws:lb/loadBalancer:LoadBalancer": "Load balancer",
    "aws:apigatewayv2/vpcLink:VpcLink": "VPC link",
    "aws:ec2/vpcEndpoint:VpcEndpoint": "Endpoint",
    "aws:efs/mountTarget:MountTarget": "File system mount",
    "aws:rds/proxy:Proxy": "Database proxy",
    "aws:rds/proxyEndpoint:ProxyEndpoint": "Proxy for reading",
    "aws:rds/clusterInstance:ClusterInstance": "Database",
    "aws:elasticache/replicationGroup:ReplicationGroup": "Cache node",
}


@dataclass(frozen=True)
class Subnet:
    resource: Resource
    tier: str
    zone: int
    """Number of its Availability Zone, from 0."""
    holds: tuple[str, ...]
    """What stands in it, in words."""
    way_out: str
    """Where its default route leads; empty when it has none."""


def subnets(platform: Platform) -> tuple[Subnet, ...]:
    """Every subnet with what stands in it, by tier and zone."""
    contents: dict[str, Counter[str]] = {subnet.urn: Counter() for subnet in platform.of(SUBNET)}
    for resource in platform.program.resources.values():
        if resource.type == SUBNET or resource.type.startswith(_PLUMBING):
            continue
        for subnet, label in _placed(platform, resource):
            contents[subnet.urn][label] += 1
    return tuple(
        Subnet(
            subnet,
            _tier(subnet),
            zone(at(subnet, "availabilityZone")),
            _told(contents[subnet.urn]),
            _out(platform, subnet),
        )
        for subnet in platform.of(SUBNET)
    )


def _tier(subnet: Resource) -> str:
    return shown(at(subnet, "tags.Tier")) or subnet.name.split("-")[1]


def zone(value: Value | None) -> int:
    """Number of a zone that is chosen from the Region's zones."""
    match value:
        case Function("Fn::Select", (Literal(number), _)) if isinstance(number, int | float | str):
            return int(float(number))
    return 0


def _placed(platform: Platform, resource: Resource) -> Iterator[tuple[Resource, str]]:
    """The subnets that a resource is put into, each with what to call it there."""
    if resource.type in _GROUPS:
        yield from _in_group(platform, resource)
        return
    for value in resource.inputs.values():
        for subnet in _named(platform, value):
            yield subnet, _label(platform, resource)


def _named(platform: Platform, value: Value) -> list[Resource]:
    found = (platform.program.resources.get(urn) for urn in sorted(references(value)))
    return [resource for resource in found if resource is not None and resource.type == SUBNET]


def _in_group(platform: Platform, group: Resource) -> Iterator[tuple[Resource, str]]:
    members = platform.targets(at(group, "subnetIds"))
    for user in platform.users(group):
        if _GROUPS[group.type] == "elasticache":
            for subnet in members:
                yield subnet, _label(platform, user)
            continue
        for instance in platform.users(user, "aws:rds/clusterInstance:ClusterInstance"):
            wanted = zone(at(instance, "availabilityZone"))
            for subnet in members:
                if zone(at(subnet, "availabilityZone")) == wanted:
                    yield subnet, f"{_label(platform, instance)}, tier {shown(at(instance, 'promotionTier'))}"


def _label(platform: Platform, resource: Resource) -> str:
    if resource.type == SERVICE:
        stages = {stage.service.urn: stage.name for stage in pipeline(platform) if stage.service}
        return f"Tasks: {stages.get(resource.urn, resource.name.partition('-')[2])}"
    if resource.type == "aws:lambda/function:Function":
        return f"{resource.name.partition('-')[2].capitalize()} function"
    return _WORDS.get(resource.type, resource.name)


def _told(contents: Counter[str]) -> tuple[str, ...]:
    return tuple(label if count == 1 else _several(count, label) for label, count in contents.items())


def _several(count: int, label: str) -> str:
    return f"{count} {label.lower()}s" if label.isalpha() else f"{count} of: {label}"


def _out(platform: Platform, subnet: Resource) -> str:
    for association in platform.users(subnet, "aws:ec2/routeTableAssociation:RouteTableAssociation"):
        table = platform.target(at(association, "routeTableId"))
        for route in platform.users(table, "aws:ec2/route:Route") if table else ():
            if literal(route, "destinationCidrBlock") in ("0.0.0.0/0", "::/0"):
                target = platform.target(at(route, "natGatewayId")) or platform.target(at(route, "gatewayId"))
                return target.name if target else "internet"
    return ""
