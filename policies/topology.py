"""The network as rules see it: which subnet is what, who may talk to whom."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .checks import setting_admits
from .model import CannotKnow, Resource, Setting, Stack, Text, Unknown, bounds
from .resource_types import (
    CACHE,
    CACHE_SUBNETS,
    DB_CLUSTER,
    DB_PROXY,
    DB_PROXY_ENDPOINT,
    DB_STANDALONE,
    DB_SUBNETS,
    ECS_SERVICE,
    EGRESS_RULE,
    FUNCTION,
    INGRESS_RULE,
    INSTANCE,
    INTERNET_GATEWAY,
    LOAD_BALANCER,
    MOUNT_TARGET,
    NAT_GATEWAY,
    ROUTE,
    ROUTE_TABLE,
    ROUTE_TABLE_ASSOCIATION,
    SECURITY_GROUP,
    SECURITY_GROUP_RULE,
    SUBNET,
    VPC_ENDPOINT,
    VPC_LINK,
)

# What stands in a subnet, by type: the input that names its subnets.
PLACES = {
    CACHE_SUBNETS: "subnetIds",
    DB_SUBNETS: "subnetIds",
    DB_PROXY: "vpcSubnetIds",
    DB_PROXY_ENDPOINT: "vpcSubnetIds",
    MOUNT_TARGET: "subnetId",
    ECS_SERVICE: "networkConfiguration.subnets",
    FUNCTION: "vpcConfig.subnetIds",
    INSTANCE: "subnetId",
    LOAD_BALANCER: "subnets",
    NAT_GATEWAY: "subnetId",
    VPC_ENDPOINT: "subnetIds",
    VPC_LINK: "subnetIds",
}
DATA_STORES = (CACHE_SUBNETS, DB_SUBNETS, MOUNT_TARGET)
# What security groups guard, by type: the input that names them.
GUARDED = {
    CACHE: "securityGroupIds",
    DB_CLUSTER: "vpcSecurityGroupIds",
    DB_STANDALONE: "vpcSecurityGroupIds",
    DB_PROXY: "vpcSecurityGroupIds",
    DB_PROXY_ENDPOINT: "vpcSecurityGroupIds",
    MOUNT_TARGET: "securityGroups",
    ECS_SERVICE: "networkConfiguration.securityGroups",
    FUNCTION: "vpcConfig.securityGroupIds",
    INSTANCE: "vpcSecurityGroupIds",
    LOAD_BALANCER: "securityGroups",
    VPC_ENDPOINT: "securityGroupIds",
    VPC_LINK: "securityGroupIds",
}
DATA_TIER = (CACHE, DB_CLUSTER, DB_STANDALONE, MOUNT_TARGET)
APP_TIER = (DB_PROXY, DB_PROXY_ENDPOINT, ECS_SERVICE, FUNCTION, INSTANCE)
EDGE_TIER = (LOAD_BALANCER, VPC_LINK)

# What belongs into subnets of the data tier, beside the data stores themselves.
DATA_SIDE = (*DATA_STORES, DB_PROXY, DB_PROXY_ENDPOINT)

ANYWHERE = ("0.0.0.0/0", "::/0")
ADMIN_PORTS = (22, 3389)
ALL_PORTS = (0.0, 65535.0)


def occupants(stack: Stack, subnet: Resource) -> list[Resource]:
    """What stands in a subnet, as far as the stack says."""
    return [item for item in stack.users(subnet, *PLACES) if subnet in stack.linked(item, PLACES[item.type], SUBNET)]


def subnets_of(stack: Stack, resource: Resource) -> list[Resource]:
    """The subnets in which a resource of one of the types in PLACES stands.

    Raises:
        CannotKnow: its subnets are named, but are none of this stack.
    """
    path = PLACES[resource.type]
    found = stack.linked(resource, path, SUBNET)
    if not found and resource.given(path):
        raise CannotKnow(f"the subnets of {resource.name} are not part of this stack")
    return found


def route_tables(stack: Stack, subnet: Resource) -> list[Resource]:
    associations = stack.users(subnet, ROUTE_TABLE_ASSOCIATION, through=("subnetId",))
    return [table for item in associations for table in stack.linked(item, "routeTableId", ROUTE_TABLE)]


def routes(stack: Stack, subnet: Resource) -> list[Resource]:
    """The routes that leave a subnet. Routes written inside a route table are given as resources of their own."""
    found: list[Resource] = []
    for table in route_tables(stack, subnet):
        found += stack.users(table, ROUTE, through=("routeTableId",))
        urns = table.links.get("routes", frozenset())
        for item in table.items("routes"):
            props = {_ROUTE_NAMES.get(name, name): value for name, value in item.items()}
            found.append(Resource(ROUTE, table.name, table.urn, props, dict.fromkeys(props, urns)))
    return found


_ROUTE_NAMES = {"cidrBlock": "destinationCidrBlock", "ipv6CidrBlock": "destinationIpv6CidrBlock"}


def leads_out(route: Resource) -> bool:
    """Whether a route leads further than the VPC and AWS's own services: it has addresses as its destination."""
    return route.given("destinationCidrBlock") or route.given("destinationIpv6CidrBlock")


def is_public(stack: Stack, subnet: Resource) -> bool:
    """Whether a route of the subnet leads to an internet gateway."""
    return any(
        stack.linked(route, "gatewayId", INTERNET_GATEWAY) or str(route.get("gatewayId") or "").startswith("igw-")
        for route in routes(stack, subnet)
        if not isinstance(route.get("gatewayId"), Unknown) or stack.linked(route, "gatewayId", INTERNET_GATEWAY)
    )


def kind_of(stack: Stack, subnet: Resource) -> str:
    """``public``, ``data`` or ``application``."""
    known = stack.once(_kinds)
    if subnet not in known:
        known[subnet] = _find_kind(stack, subnet)
    return known[subnet]


def _kinds(_: Stack) -> dict[Resource, str]:
    """What is known of subnets so far."""
    return {}


def _find_kind(stack: Stack, subnet: Resource) -> str:
    if is_public(stack, subnet):
        return "public"
    return "data" if any(item.type in DATA_STORES for item in occupants(stack, subnet)) else "application"


def zones(subnets: Iterable[Resource]) -> set[str]:
    """The Availability Zones of subnets.

    Raises:
        CannotKnow: a zone is not known.
    """
    return {subnet.text("availabilityZone") or subnet.text("availabilityZoneId") for subnet in subnets}


def is_wider_than(block: Any, prefix: float) -> bool:
    """Whether an address block is known and wider than ``/prefix``."""
    try:
        return ipaddress.ip_network(str(block), strict=False).prefixlen < prefix
    except ValueError:
        return False


def is_internet(block: Any) -> bool:
    """Whether an address block reaches beyond private addresses.

    Raises:
        CannotKnow: it is a setting that nothing limits, or not known.
    """
    if isinstance(block, Unknown):
        raise CannotKnow(block.what)
    if isinstance(block, Setting):
        return setting_admits(block, ANYWHERE[0])
    if isinstance(block, Text):
        return False  # cut from another block, such as the VPC's
    try:
        network = ipaddress.ip_network(block, strict=False)
    except ValueError:
        raise CannotKnow(f"{block!r} is no address block") from None
    return not network.is_private or network.prefixlen == 0


@dataclass(frozen=True)
class Flow:
    """Traffic that one rule of a security group allows."""

    rule: Resource
    """The resource that says so: a rule, or the group itself."""
    group: tuple[Resource, ...]
    ingress: bool
    protocol: str
    ports: tuple[float, float]
    blocks: tuple[Any, ...]
    peers: tuple[Resource, ...]
    """Security groups of the stack at the other end."""
    by_group: bool
    """Whether the other end is a security group, of this stack or not."""
    description: Any

    def reaches(self, port: int) -> bool:
        return self.protocol in ("-1", "all") or (
            self.protocol in ("tcp", "udp", "6", "17") and self.ports[0] <= port <= self.ports[1]
        )


def flows(stack: Stack) -> Iterator[Flow]:
    """Everything that the stack's security groups allow, in whichever way it is written."""
    for rule in stack.of(INGRESS_RULE, EGRESS_RULE, SECURITY_GROUP_RULE, SECURITY_GROUP):
        yield from flows_of(stack, rule)


def flows_of(stack: Stack, resource: Resource) -> Iterator[Flow]:
    """What one security group (by itself) or one rule allows."""
    if resource.type == SECURITY_GROUP:
        for prop in ("ingress", "egress"):
            for item in resource.items(prop):
                yield _inline(stack, resource, prop, item)
    elif resource.type == SECURITY_GROUP_RULE:
        yield _classic(stack, resource)
    else:
        yield _standalone(stack, resource)


def _standalone(stack: Stack, rule: Resource) -> Flow:
    return Flow(
        rule,
        tuple(stack.linked(rule, "securityGroupId", SECURITY_GROUP)),
        rule.type == INGRESS_RULE,
        rule.text("ipProtocol").lower(),
        _ports(rule.get("fromPort"), rule.get("toPort")),
        tuple(rule.get(name) for name in ("cidrIpv4", "cidrIpv6") if rule.given(name)),
        tuple(stack.linked(rule, "referencedSecurityGroupId", SECURITY_GROUP)),
        rule.given("referencedSecurityGroupId"),
        rule.get("description"),
    )


def _classic(stack: Stack, rule: Resource) -> Flow:
    own = tuple(stack.linked(rule, "securityGroupId", SECURITY_GROUP))
    own_too = rule.flag("self")
    return Flow(
        rule,
        own,
        rule.text("type") == "ingress",
        rule.text("protocol").lower(),
        _ports(rule.get("fromPort"), rule.get("toPort")),
        (*rule.items("cidrBlocks"), *rule.items("ipv6CidrBlocks")),
        tuple(stack.linked(rule, "sourceSecurityGroupId", SECURITY_GROUP)) + (own if own_too else ()),
        rule.given("sourceSecurityGroupId") or own_too,
        rule.get("description"),
    )


def _inline(stack: Stack, group: Resource, prop: str, item: Mapping[str, Any]) -> Flow:
    if isinstance(item, Unknown):
        raise CannotKnow(item.what)
    sources = item.get("securityGroups") or ()
    return Flow(
        group,
        (group,),
        prop == "ingress",
        str(item.get("protocol", "-1")).lower(),
        _ports(item.get("fromPort"), item.get("toPort")),
        (*(item.get("cidrBlocks") or ()), *(item.get("ipv6CidrBlocks") or ())),
        tuple(stack.linked(group, prop, SECURITY_GROUP)) if sources else (),
        bool(sources) or bool(item.get("self")),
        item.get("description"),
    )


def _ports(first: Any, last: Any) -> tuple[float, float]:
    low, high = bounds(first, "fromPort"), bounds(last, "toPort")
    if low is None or low[0] < 0:
        return ALL_PORTS
    return low[0], (high or low)[1]


def guards(stack: Stack, group: Resource) -> list[Resource]:
    """What a security group is attached to."""
    return [
        item for item in stack.users(group, *GUARDED) if group in stack.linked(item, GUARDED[item.type], SECURITY_GROUP)
    ]


def tier(stack: Stack, group: Resource) -> str:
    """``data``, ``app``, ``edge`` or, for a group that guards none of these, an empty text."""
    types = {resource.type for resource in guards(stack, group)}
    for name, members in (("data", DATA_TIER), ("app", APP_TIER), ("edge", EDGE_TIER)):
        if types.intersection(members):
            return name
    return ""
