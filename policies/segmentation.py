"""Tiers kept apart: what may stand and talk where, judged over the whole stack (PCI DSS 1.2 to 1.4)."""

from __future__ import annotations

from collections.abc import Iterator

from .checks import both, number, one_of, present, setting_admits, true
from .model import Check, Context, Resource, Rule, Setting, Severity
from .resource_types import (
    CACHE,
    DB_CLUSTER,
    DB_PROXY,
    DB_PROXY_ENDPOINT,
    ECS_SERVICE,
    EGRESS_RULE,
    FUNCTION,
    INGRESS_RULE,
    LOAD_BALANCER,
    MOUNT_TARGET,
    NAT_GATEWAY,
    NETWORK_ACL,
    NETWORK_ACL_ASSOCIATION,
    NETWORK_ACL_RULE,
    ROUTE_TABLE,
    ROUTE_TABLE_ASSOCIATION,
    SECURITY_GROUP,
    SECURITY_GROUP_RULE,
    SUBNET,
    VPC,
    VPC_ENDPOINT,
    VPC_LINK,
    guide,
    hub,
)
from .topology import (
    DATA_SIDE,
    GUARDED,
    PLACES,
    Flow,
    flows_of,
    guards,
    is_internet,
    is_public,
    kind_of,
    occupants,
    route_tables,
)

GROUPS = "vpc/latest/userguide/vpc-security-groups.html"
SUBNETS = "vpc/latest/userguide/configure-subnets.html"
PUBLIC_EXAMPLE = "52.0.0.0/16"
NEEDS_GROUPS = (
    CACHE,
    DB_CLUSTER,
    DB_PROXY,
    DB_PROXY_ENDPOINT,
    ECS_SERVICE,
    FUNCTION,
    LOAD_BALANCER,
    MOUNT_TARGET,
    VPC_LINK,
)


def _groups_given(resource: Resource, context: Context) -> Iterator[str]:
    if resource.type != FUNCTION or resource.given("vpcConfig"):
        yield from present(GUARDED[resource.type])(resource, context)


def _group_in_use(group: Resource, context: Context) -> Iterator[str]:
    if not guards(context.stack, group):
        yield "guards nothing"


def _guards_one_kind(group: Resource, context: Context) -> Iterator[str]:
    kinds: dict[str, str] = {}
    for resource in guards(context.stack, group):
        kinds.setdefault(_kind(resource), resource.name)
    if len(kinds) > 1:
        yield f"guards {' and '.join(sorted(kinds.values()))}, which have different tasks"


def _kind(resource: Resource) -> str:
    if resource.type in (DB_PROXY, DB_PROXY_ENDPOINT):
        return DB_PROXY
    return f"{resource.type}{' behind a load balancer' if resource.given('loadBalancers') else ''}"


def _paired(rule: Resource, context: Context) -> Iterator[str]:
    """What one side lets out the other lets in, and the other way round; else the rule has no effect."""
    for flow in flows_of(context.stack, rule):
        if not flow.by_group and not flow.blocks and not rule.given("prefixListId") and not rule.given("prefixListIds"):
            yield "names nobody at the other end"
        for peer in flow.peers:
            if not any(_answers(flow, other) for other in _of_group(peer, context)):
                direction = "let out" if flow.ingress else "let in"
                yield f"has no effect: {peer.name} does not {direction} the same traffic"


def _of_group(group: Resource, context: Context) -> Iterator[Flow]:
    rules = context.stack.users(group, INGRESS_RULE, EGRESS_RULE, SECURITY_GROUP_RULE, through=("securityGroupId",))
    for rule in (*rules, group):
        yield from (flow for flow in flows_of(context.stack, rule) if group in flow.group)


def _answers(flow: Flow, other: Flow) -> bool:
    return (
        flow.ingress is not other.ingress
        and other.ports[0] <= flow.ports[0] <= flow.ports[1] <= other.ports[1]
        and other.protocol in (flow.protocol, "-1")
        and any(group in other.peers for group in flow.group)
    )


def _data_subnets_for_data(subnet: Resource, context: Context) -> Iterator[str]:
    if kind_of(context.stack, subnet) != "data":
        return
    for occupant in occupants(context.stack, subnet):
        if occupant.type not in DATA_SIDE:
            yield f"holds a data store, and {occupant.name}"


def _one_kind_of_subnet(resource: Resource, context: Context) -> Iterator[str]:
    subnets = context.stack.linked(resource, PLACES[resource.type], SUBNET)
    kinds = {kind_of(context.stack, subnet) for subnet in subnets}
    if len(kinds) > 1:
        yield f"stands in {' and '.join(sorted(kinds))} subnets"


def _table_of_one_kind(table: Resource, context: Context) -> Iterator[str]:
    associations = context.stack.users(table, ROUTE_TABLE_ASSOCIATION, through=("routeTableId",))
    subnets = [item for one in associations for item in context.stack.linked(one, "subnetId", SUBNET)]
    kinds = {kind_of(context.stack, subnet) for subnet in subnets}
    if len(kinds) > 1:
        yield f"is shared by {' and '.join(sorted(kinds))} subnets"


def _gateway_in_public_subnet(gateway: Resource, context: Context) -> Iterator[str]:
    if gateway.text("connectivityType", "public") != "public":
        return
    for subnet in context.stack.linked(gateway, "subnetId", SUBNET):
        if not is_public(context.stack, subnet):
            yield f"stands in {subnet.name}, from which no route leads to an internet gateway"


def _serves_workloads(endpoint: Resource, context: Context) -> Iterator[str]:
    """A gateway endpoint is in the route tables of all workloads, and in no others."""
    if endpoint.text("vpcEndpointType", "Gateway") != "Gateway":
        return
    served = context.stack.linked(endpoint, "routeTableIds", ROUTE_TABLE)
    for subnet in context.stack.of(SUBNET):
        workloads = [item for item in occupants(context.stack, subnet) if item.type in (ECS_SERVICE, FUNCTION)]
        for table in route_tables(context.stack, subnet):
            if workloads and table not in served:
                yield f"is not in {table.name}, so {workloads[0].name} takes the way through the internet"
            elif table in served and kind_of(context.stack, subnet) != "application":
                yield f"is in {table.name}, which is for {kind_of(context.stack, subnet)} subnets"


def _data_acl_refuses_public(acl: Resource, context: Context) -> Iterator[str]:
    associations = context.stack.users(acl, NETWORK_ACL_ASSOCIATION, through=("networkAclId",))
    own = [item for one in associations for item in context.stack.linked(one, "subnetId", SUBNET)]
    own += context.stack.linked(acl, "subnetIds", SUBNET)
    if not any(kind_of(context.stack, subnet) == "data" for subnet in own):
        return
    rules = context.stack.users(acl, NETWORK_ACL_RULE, through=("networkAclId",))
    for public in (subnet for subnet in context.stack.of(SUBNET) if is_public(context.stack, subnet)):
        for egress in (False, True):
            if not _refused(public, [rule for rule in rules if rule.flag("egress") is egress]):
                yield f"does not refuse traffic {'to' if egress else 'from'} {public.name}"


def _refused(subnet: Resource, rules: list[Resource]) -> bool:
    """Whether everything of a subnet is denied before anything is allowed."""
    block = subnet.text("cidrBlock")
    for rule in sorted(rules, key=lambda item: number(item.get("ruleNumber"), "ruleNumber", 0)):
        if rule.text("ruleAction").lower() == "allow":
            return False
        if rule.text("cidrBlock") in (block, "0.0.0.0/0") and rule.text("protocol") in ("-1", "all"):
            return True
    return True  # what no rule allows is denied


def _private_addresses(vpc: Resource, _: Context) -> Iterator[str]:
    block = vpc.get("cidrBlock")
    if isinstance(block, Setting):
        if setting_admits(block, PUBLIC_EXAMPLE):
            yield f"cidrBlock is the setting {block.name}, which may be public addresses"
    elif vpc.given("cidrBlock") and is_internet(block):
        yield "cidrBlock is public addresses"


def _segmentation(
    id_: str,
    title: str,
    remedy: str,
    types: tuple[str, ...],
    check: Check,
    *,
    requirements: tuple[str, ...],
    controls: tuple[int, ...],
    url: str,
    severity: Severity = Severity.MEDIUM,
    relational: bool = True,
) -> Rule:
    return Rule(
        id_,
        title,
        severity,
        remedy,
        types,
        check,
        relational=relational,
        requirements=requirements,
        controls=controls,
        url=url,
    )


RULES = (
    _segmentation(
        "security-groups-given",
        "Whatever can have security groups names them, instead of the VPC's default one.",
        "Name a security group.",
        NEEDS_GROUPS,
        _groups_given,
        requirements=("1.3.1", "2.2.6"),
        controls=(8, 11),
        url=hub("ec2", 2),
        severity=Severity.HIGH,
        relational=False,
    ),
    _segmentation(
        "security-group-in-use",
        "Every security group guards something.",
        "Attach it, or remove it.",
        (SECURITY_GROUP,),
        _group_in_use,
        requirements=("1.2.7",),
        controls=(7,),
        url=hub("ec2", 22),
        severity=Severity.LOW,
    ),
    _segmentation(
        "security-group-one-task",
        "Each security group guards resources with one task.",
        "Make a security group for each task.",
        (SECURITY_GROUP,),
        _guards_one_kind,
        requirements=("1.2.5", "1.3.1"),
        controls=(7, 8),
        url=guide(GROUPS),
    ),
    _segmentation(
        "security-group-rules-paired",
        "Every rule between security groups has its counterpart at the other end.",
        "Add the rule of the other direction, or remove this one.",
        (INGRESS_RULE, EGRESS_RULE, SECURITY_GROUP_RULE),
        _paired,
        requirements=("1.2.7", "1.2.8"),
        controls=(7, 9),
        url=guide(GROUPS),
        severity=Severity.LOW,
    ),
    _segmentation(
        "data-subnets-hold-data-only",
        "Subnets with data stores hold nothing but data stores and their proxies.",
        "Move it to an application subnet.",
        (SUBNET,),
        _data_subnets_for_data,
        requirements=("1.3.1", "1.4.4"),
        controls=(3, 61, 88),
        url=guide(SUBNETS),
        severity=Severity.HIGH,
    ),
    _segmentation(
        "one-kind-of-subnet",
        "Nothing stands in subnets of different tiers.",
        "Name subnets of one tier.",
        tuple(PLACES),
        _one_kind_of_subnet,
        requirements=("1.3.1", "1.4.1"),
        controls=(3, 61),
        url=guide(SUBNETS),
    ),
    _segmentation(
        "route-table-per-tier",
        "Public, application and data subnets share no route table.",
        "Make a route table for each tier.",
        (ROUTE_TABLE,),
        _table_of_one_kind,
        requirements=("1.3.1", "1.3.2", "1.4.1"),
        controls=(2,),
        url=guide("vpc/latest/userguide/VPC_Route_Tables.html"),
    ),
    _segmentation(
        "nat-gateway-in-public-subnet",
        "NAT gateways stand in public subnets.",
        "Set subnetId to a public subnet.",
        (NAT_GATEWAY,),
        _gateway_in_public_subnet,
        requirements=("1.4.1",),
        controls=(3,),
        url=guide("vpc/latest/userguide/vpc-nat-gateway.html"),
    ),
    _segmentation(
        "gateway-endpoint-for-workloads",
        "Gateway endpoints serve the subnets of all workloads, and no other tier.",
        "Set routeTableIds to the application subnets' route tables.",
        (VPC_ENDPOINT,),
        _serves_workloads,
        requirements=("1.3.2", "1.4.4"),
        controls=(15,),
        url=guide("vpc/latest/privatelink/gateway-endpoints.html"),
    ),
    _segmentation(
        "data-acl-refuses-public-subnets",
        "The network ACL of the data tier refuses public subnets, both ways.",
        "Deny each public subnet's block before anything is allowed.",
        (NETWORK_ACL,),
        _data_acl_refuses_public,
        requirements=("1.3.1", "1.4.4"),
        controls=(13,),
        url=guide("vpc/latest/userguide/vpc-network-acls.html"),
    ),
    _segmentation(
        "vpc-private-addresses",
        "VPCs have private addresses.",
        "Use a block of RFC 1918; limit a setting's pattern to those.",
        (VPC,),
        _private_addresses,
        requirements=("1.4.4", "1.4.5"),
        controls=(1,),
        url=guide("vpc/latest/userguide/vpc-cidr-blocks.html"),
        relational=False,
    ),
    _segmentation(
        "vpc-resolves-names",
        "VPCs resolve the names of private endpoints.",
        "Set enableDnsSupport and enableDnsHostnames to true.",
        (VPC,),
        both(true("enableDnsSupport", default=True), true("enableDnsHostnames")),
        requirements=("1.3.2", "1.4.1"),
        controls=(15,),
        url=guide("vpc/latest/privatelink/manage-dns-names.html"),
        relational=False,
    ),
    _segmentation(
        "endpoint-type-known",
        "VPC endpoints are gateways or interfaces of this VPC.",
        "Set vpcEndpointType to Gateway or Interface.",
        (VPC_ENDPOINT,),
        one_of("vpcEndpointType", "Gateway", "Interface", default="Gateway"),
        requirements=("1.2.5", "1.4.1"),
        controls=(15, 16),
        url=guide("vpc/latest/privatelink/concepts.html"),
        relational=False,
    ),
)
