"""Network segmentation: subnets, routes, security groups, network ACLs, endpoints, flow logs (PCI DSS 1)."""

from __future__ import annotations

from collections.abc import Iterator

from .checks import both, customer_key, false, number, one_of, present, true  # noqa: F401
from .documents import read
from .model import Context, Parameter, Resource, Rule, Severity, Unknown
from .resource_types import (
    DB_SUBNETS,
    DEFAULT_SECURITY_GROUP,
    ECS_CLUSTER,
    ECS_SERVICE,
    EGRESS_RULE,
    FLOW_LOG,
    FUNCTION,
    INGRESS_RULE,
    INTERNET_GATEWAY,
    KEY,
    LOAD_BALANCER,
    LOG_GROUP,
    NAT_GATEWAY,
    NETWORK_ACL,
    NETWORK_ACL_ASSOCIATION,
    NETWORK_ACL_RULE,
    QUEUE,
    SECRET,
    SECURITY_GROUP,
    SECURITY_GROUP_RULE,
    STREAM,
    SUBNET,
    TABLE,
    VPC,
    VPC_ENDPOINT,
    guide,
    hub,
)
from .topology import (
    ADMIN_PORTS,
    DATA_STORES,
    Flow,
    flows_of,
    is_internet,
    is_public,
    is_wider_than,
    kind_of,
    leads_out,
    occupants,
    route_tables,
    routes,
    tier,
)

FLOW_TYPES = (INGRESS_RULE, EGRESS_RULE, SECURITY_GROUP_RULE, SECURITY_GROUP)
DATA_PORTS = {
    1433: "SQL Server",
    1521: "Oracle",
    2049: "NFS",
    3306: "MySQL",
    5432: "PostgreSQL",
    6379: "Redis",
    9092: "Kafka",
    11211: "Memcached",
    27017: "MongoDB",
}
# What a service is called in the name of its endpoint, by the type of resource that needs it.
NEEDED_ENDPOINTS = {
    ECS_SERVICE: ("ecr.api", "ecr.dkr", "s3", "logs", "monitoring"),
    ECS_CLUSTER: ("ssmmessages",),
    KEY: ("kms",),
    STREAM: ("kinesis-streams",),
    QUEUE: ("sqs",),
    TABLE: ("dynamodb",),
    SECRET: ("secretsmanager",),
}


def _ingress(resource: Resource, context: Context) -> Iterator[Flow]:
    return (flow for flow in flows_of(context.stack, resource) if flow.ingress)


def _egress(resource: Resource, context: Context) -> Iterator[Flow]:
    return (flow for flow in flows_of(context.stack, resource) if not flow.ingress)


def _public_subnets_hold_nothing(subnet: Resource, context: Context) -> Iterator[str]:
    if not is_public(context.stack, subnet):
        return
    for occupant in occupants(context.stack, subnet):
        if occupant.type not in (NAT_GATEWAY, LOAD_BALANCER):
            yield f"{occupant.name} stands in it, and a route leads to an internet gateway"


def _data_subnets_have_no_way_out(subnet: Resource, context: Context) -> Iterator[str]:
    if not any(occupant.type in DATA_STORES for occupant in occupants(context.stack, subnet)):
        return
    for route in routes(context.stack, subnet):
        if leads_out(route):
            yield f"holds a data store, and {route.name} leads out of the VPC"


def _subnet_has_route_table(subnet: Resource, context: Context) -> Iterator[str]:
    if not route_tables(context.stack, subnet):
        yield "no route table is associated, so the VPC's main one applies"


def _gateway_is_attached(gateway: Resource, context: Context) -> Iterator[str]:
    if not gateway.given("vpcId"):
        yield "vpcId is not given"
    elif not context.stack.linked(gateway, "vpcId", VPC):
        yield "is attached to a VPC that is none of this stack"


def _no_ingress_from_internet(resource: Resource, context: Context) -> Iterator[str]:
    port = context.limit("allowedPort")
    for flow in _ingress(resource, context):
        for block in flow.blocks:
            if is_internet(block) and not (port and flow.protocol == "tcp" and flow.ports == (port, port)):
                yield f"lets {block} in, {_ports(flow)}"


def _no_admin_ports(resource: Resource, context: Context) -> Iterator[str]:
    for flow in _ingress(resource, context):
        for port in ADMIN_PORTS:
            if flow.blocks and flow.reaches(port):
                yield f"lets addresses in to port {port}"


def _data_ports_by_group(resource: Resource, context: Context) -> Iterator[str]:
    for flow in _ingress(resource, context):
        for port, name in DATA_PORTS.items():
            if flow.blocks and flow.reaches(port):
                yield f"lets addresses in to port {port} ({name}); only security groups may be let in"
                break


def _no_all_protocols(resource: Resource, context: Context) -> Iterator[str]:
    for flow in flows_of(context.stack, resource):
        if flow.protocol in ("-1", "all"):
            yield f"allows all protocols {'in' if flow.ingress else 'out'}"
        elif flow.protocol in ("tcp", "udp", "6", "17") and flow.ports[1] - flow.ports[0] > context.limit(
            "widestRange"
        ):
            yield f"allows ports {flow.ports[0]:g} to {flow.ports[1]:g} {'in' if flow.ingress else 'out'}"


def _no_egress_anywhere(resource: Resource, context: Context) -> Iterator[str]:
    for flow in _egress(resource, context):
        for block in flow.blocks:
            if is_internet(block) or is_wider_than(block, context.limit("widestBlock")):
                yield f"lets traffic out to {block}, {_ports(flow)}"


def _tiers_in_order(resource: Resource, context: Context) -> Iterator[str]:
    """Traffic passes edge, application and data in this order and skips none."""
    for flow in _ingress(resource, context):
        for group in flow.group:
            receiving = tier(context.stack, group)
            for peer in flow.peers:
                sending = tier(context.stack, peer)
                if receiving == "data" and sending not in ("app", "data"):
                    yield f"lets {peer.name} ({sending or 'no'} tier) into {group.name} (data tier)"
                elif receiving == "edge" and sending in ("app", "data"):
                    yield f"lets {peer.name} ({sending} tier) into {group.name} (edge tier)"
            if receiving and flow.blocks and not flow.by_group:
                yield f"lets addresses into {group.name} ({receiving} tier); only security groups may be let in"


def _data_tier_sends_nothing(resource: Resource, context: Context) -> Iterator[str]:
    for flow in _egress(resource, context):
        for group in flow.group:
            if tier(context.stack, group) == "data":
                yield f"lets {group.name} (data tier) open connections"


def _described(resource: Resource, context: Context) -> Iterator[str]:
    if resource.type == SECURITY_GROUP and _undescribed(resource.get("description")):
        yield "description is not given"
    for flow in flows_of(context.stack, resource):
        if _undescribed(flow.description):
            yield "a rule has no description"


def _undescribed(description: object) -> bool:
    return not isinstance(description, Unknown) and (not description or description == "Managed by Pulumi")


def _default_group_closed(vpc: Resource, context: Context) -> Iterator[str]:
    groups = context.stack.users(vpc, DEFAULT_SECURITY_GROUP, through=("vpcId",))
    if not groups:
        yield "its default security group is left as AWS makes it, open among its members"
    for group in groups:
        for prop in ("ingress", "egress"):
            if group.items(prop):
                yield f"{group.name} has {prop} rules"


def _acl_rules(acl: Resource, context: Context) -> Iterator[tuple[bool, Resource]]:
    """The rules of a network ACL, written inside it or apart, each as a resource; True for ingress."""
    for rule in context.stack.users(acl, NETWORK_ACL_RULE, through=("networkAclId",)):
        yield not rule.flag("egress"), rule
    for prop in ("ingress", "egress"):
        for item in acl.items(prop):
            props = {"ruleAction": item.get("action"), **item}
            yield prop == "ingress", Resource(NETWORK_ACL_RULE, acl.name, acl.urn, props)


def _acl_no_admin_ports(acl: Resource, context: Context) -> Iterator[str]:
    for ingress, rule in _acl_rules(acl, context):
        if not ingress or rule.text("ruleAction").lower() != "allow" or not _from_anywhere(rule):
            continue
        low, high = number(rule.get("fromPort"), "fromPort", 0), number(rule.get("toPort"), "toPort", 65535)
        everything = rule.text("protocol") in ("-1", "all") or (low, high) == (0, 0)
        for port in ADMIN_PORTS:
            if everything or low <= port <= high:
                yield f"{rule.name} lets everybody in to port {port}"


def _acl_not_allow_all(acl: Resource, context: Context) -> Iterator[str]:
    for ingress, rule in _acl_rules(acl, context):
        if rule.text("ruleAction").lower() == "allow" and rule.text("protocol") in ("-1", "all"):
            yield f"{rule.name} allows all traffic {'in' if ingress else 'out'}"


def _from_anywhere(rule: Resource) -> bool:
    return any(rule.given(name) and is_internet(rule.get(name)) for name in ("cidrBlock", "ipv6CidrBlock"))


def _acl_in_use(acl: Resource, context: Context) -> Iterator[str]:
    if not acl.given("subnetIds") and not context.stack.users(acl, NETWORK_ACL_ASSOCIATION, through=("networkAclId",)):
        yield "no subnet uses it"


def _subnet_has_acl(subnet: Resource, context: Context) -> Iterator[str]:
    if not context.stack.users(subnet, NETWORK_ACL_ASSOCIATION, NETWORK_ACL, through=("subnetId", "subnetIds")):
        yield "no network ACL of this stack is associated, so the VPC's default one lets everything through"


def _tiers_have_own_acl(acl: Resource, context: Context) -> Iterator[str]:
    associations = context.stack.users(acl, NETWORK_ACL_ASSOCIATION, through=("networkAclId",))
    subnets = [item for one in associations for item in context.stack.linked(one, "subnetId", SUBNET)]
    subnets += context.stack.linked(acl, "subnetIds", SUBNET)
    kinds = {kind_of(context.stack, subnet) for subnet in subnets}
    if len(kinds) > 1:
        yield f"is shared by {' and '.join(sorted(kinds))} subnets"


def _vpc_has_flow_log(vpc: Resource, context: Context) -> Iterator[str]:
    logs = context.stack.users(vpc, FLOW_LOG, through=("vpcId",))
    if not logs:
        yield "has no flow log"


def _flow_log_kept(log: Resource, context: Context) -> Iterator[str]:
    most = context.limit("mostSeconds")
    if (log.bounds("maxAggregationInterval") or (600, 600))[1] > most:
        yield f"maxAggregationInterval is above {most:g} s"
    kind = log.text("logDestinationType", "cloud-watch-logs")
    if not log.given("logDestination"):
        yield "logDestination is not given"
    elif kind != "cloud-watch-logs" and context.stack.linked(log, "logDestination", LOG_GROUP):
        yield f"logDestinationType is {kind}, but logDestination is a log group"
    elif kind == "cloud-watch-logs" and not context.stack.linked(log, "logDestination", LOG_GROUP):
        yield "logs to a group that is none of this stack, so nothing says how long and how encrypted it keeps them"
    elif kind == "cloud-watch-logs" and not log.given("iamRoleArn"):
        yield "iamRoleArn is not given, so nothing can be written"


def _needed_endpoints(vpc: Resource, context: Context) -> Iterator[str]:
    if not context.stack.of(ECS_SERVICE, FUNCTION):
        return
    names = [endpoint.text("serviceName") for endpoint in context.stack.users(vpc, VPC_ENDPOINT, through=("vpcId",))]
    for type_, services in NEEDED_ENDPOINTS.items():
        if not context.stack.of(type_):
            continue
        for service in services:
            if not any(name.endswith(f".{service}") for name in names):
                yield f"has no endpoint for {service}, so traffic to it takes the way through the internet"


def _private_dns(endpoint: Resource, _: Context) -> Iterator[str]:
    if endpoint.text("vpcEndpointType", "Gateway") == "Interface" and not endpoint.flag("privateDnsEnabled"):
        yield "privateDnsEnabled is not true, so clients that use the public name go past it"


def _endpoint_policy(endpoint: Resource, _: Context) -> Iterator[str]:
    if not endpoint.given("policy"):
        yield "policy is not given, so everybody may do everything through it"
        return
    for statement in read(endpoint, "policy").allowing:
        if statement.broad_actions:
            yield f"{statement.title} allows {', '.join(statement.broad_actions)}"
        elif statement.anyone and statement.any_resource and not statement.tied:
            yield f"{statement.title} allows everybody everything of that kind; tie it to this account"


def _endpoint_group(endpoint: Resource, context: Context) -> Iterator[str]:
    if endpoint.text("vpcEndpointType", "Gateway") != "Interface":
        return
    if not endpoint.given("securityGroupIds"):
        yield "securityGroupIds is not given, so the VPC's default security group applies"
    for group in context.stack.linked(endpoint, "securityGroupIds", SECURITY_GROUP):
        for rule in context.stack.users(group, INGRESS_RULE, SECURITY_GROUP_RULE, through=("securityGroupId",)):
            for flow in _ingress(rule, context):
                if flow.ports != (443, 443) or flow.protocol != "tcp":
                    yield f"{rule.name} lets in more than port 443"


def _subnets_private(group: Resource, context: Context) -> Iterator[str]:
    for subnet in context.stack.linked(group, "subnetIds", SUBNET):
        if is_public(context.stack, subnet):
            yield f"{subnet.name} has a route to an internet gateway"


def _ports(flow: Flow) -> str:
    if flow.protocol in ("-1", "all"):
        return "all protocols"
    return f"port {flow.ports[0]:g}" if flow.ports[0] == flow.ports[1] else f"ports {flow.ports[0]:g}-{flow.ports[1]:g}"


RULES = (
    Rule(
        "subnet-no-public-addresses",
        "Subnets give no public addresses to what starts in them.",
        Severity.MEDIUM,
        "Set mapPublicIpOnLaunch and assignIpv6AddressOnCreation to false.",
        types=(SUBNET,),
        check=both(false("mapPublicIpOnLaunch"), false("assignIpv6AddressOnCreation")),
        requirements=("1.4.4", "1.3.1", "1.4.2"),
        controls=(1,),
        url=hub("ec2", 15),
    ),
    Rule(
        "public-subnets-hold-no-workload",
        "Public subnets hold only load balancers and NAT gateways.",
        Severity.CRITICAL,
        "Move it to an application or data subnet, or take the route to the internet gateway away.",
        types=(SUBNET,),
        check=_public_subnets_hold_nothing,
        relational=True,
        requirements=("1.4.1", "1.4.4"),
        controls=(2, 3),
        url=hub("rds", 46),
    ),
    Rule(
        "data-subnets-no-way-out",
        "Subnets with data stores have no route out of the VPC.",
        Severity.CRITICAL,
        "Remove the route; reach AWS services through VPC endpoints.",
        types=(SUBNET,),
        check=_data_subnets_have_no_way_out,
        relational=True,
        requirements=("1.3.2", "1.4.4", "1.3.1", "1.4.2"),
        controls=(2, 61, 88),
        url=hub("rds", 46),
    ),
    Rule(
        "subnet-has-route-table",
        "Every subnet has a route table of its own kind.",
        Severity.MEDIUM,
        "Add a RouteTableAssociation for the subnet.",
        types=(SUBNET,),
        check=_subnet_has_route_table,
        relational=True,
        requirements=("1.2.5", "1.4.1"),
        controls=(2,),
        url=guide("vpc/latest/userguide/VPC_Route_Tables.html"),
    ),
    Rule(
        "internet-gateway-of-own-vpc",
        "Internet gateways are attached to a VPC of this stack.",
        Severity.MEDIUM,
        "Set vpcId to the VPC that the gateway is for.",
        types=(INTERNET_GATEWAY,),
        check=_gateway_is_attached,
        relational=True,
        requirements=("1.2.8", "1.3.1", "1.4.1", "1.4.4"),
        controls=(4,),
        url=guide("config/latest/developerguide/internet-gateway-authorized-vpc-only.html"),
    ),
    Rule(
        "ingress-not-from-internet",
        "Security groups let nothing in from the internet.",
        Severity.CRITICAL,
        "Let a security group in instead of addresses (referencedSecurityGroupId).",
        types=FLOW_TYPES,
        check=_no_ingress_from_internet,
        requirements=("1.3.1", "1.4.2", "1.2.5"),
        controls=(5, 6, 7),
        url=hub("ec2", 18),
        parameters=(
            Parameter("allowedPort", "The one TCP port that the internet may reach; 0 for none", 0, maximum=65535),
        ),
    ),
    Rule(
        "ingress-no-administration-ports",
        "No address range reaches SSH or remote desktop.",
        Severity.CRITICAL,
        "Remove the rule; use ECS Exec or Session Manager.",
        types=FLOW_TYPES,
        check=_no_admin_ports,
        requirements=("1.3.1",),
        controls=(5, 6),
        url=hub("ec2", 53),
    ),
    Rule(
        "data-ports-only-from-groups",
        "Database, cache and file ports are open to security groups, not to addresses.",
        Severity.HIGH,
        "Replace the address block by referencedSecurityGroupId.",
        types=FLOW_TYPES,
        check=_data_ports_by_group,
        requirements=("1.3.1", "1.4.4"),
        controls=(8,),
        url=hub("ec2", 19),
    ),
    Rule(
        "security-groups-exact-ports",
        "Security groups open single protocols and narrow port ranges, in both directions.",
        Severity.HIGH,
        "Name the protocol and the port.",
        types=FLOW_TYPES,
        check=_no_all_protocols,
        requirements=("1.2.5", "1.3.1", "1.3.2"),
        controls=(9,),
        url=guide("vpc/latest/userguide/security-group-rules.html"),
        parameters=(Parameter("widestRange", "Ports that one rule may open beyond its first", 0, maximum=65535),),
    ),
    Rule(
        "egress-not-to-internet",
        "Security groups let nothing out to all of the internet, or to whole private ranges.",
        Severity.HIGH,
        "Let it out to a security group, a prefix list, or the addresses that it needs.",
        types=FLOW_TYPES,
        check=_no_egress_anywhere,
        requirements=("1.3.2",),
        controls=(9,),
        url=guide("vpc/latest/userguide/security-group-rules.html"),
        parameters=(Parameter("widestBlock", "Prefix length of the widest address block allowed", 16, maximum=32),),
    ),
    Rule(
        "traffic-passes-tiers-in-order",
        "Traffic goes from edge to application to data and skips no tier.",
        Severity.HIGH,
        "Let only the security group of the tier before in.",
        types=FLOW_TYPES,
        check=_tiers_in_order,
        relational=True,
        requirements=("1.3.1", "1.4.2", "1.4.4"),
        controls=(7, 8),
        url=hub("ec2", 19),
    ),
    Rule(
        "data-tier-opens-no-connections",
        "Databases, caches and file systems open no connections.",
        Severity.MEDIUM,
        "Remove the egress rule of the data tier's security group.",
        types=FLOW_TYPES,
        check=_data_tier_sends_nothing,
        relational=True,
        requirements=("1.3.2",),
        controls=(9,),
        url=guide("vpc/latest/userguide/security-group-rules.html"),
    ),
    Rule(
        "security-group-rules-described",
        "Every security group and every rule says what it is for.",
        Severity.LOW,
        "Write the business reason into description.",
        types=FLOW_TYPES,
        check=_described,
        requirements=("1.2.5", "1.2.6"),
        controls=(10,),
        url=guide("vpc/latest/userguide/security-group-rules.html"),
    ),
    Rule(
        "default-security-group-closed",
        "The default security group of every VPC has no rules.",
        Severity.HIGH,
        "Add a DefaultSecurityGroup with empty ingress and egress.",
        types=(VPC,),
        check=_default_group_closed,
        relational=True,
        requirements=("1.3.1", "2.2.6"),
        controls=(11,),
        url=hub("ec2", 2),
    ),
    Rule(
        "network-acl-no-administration-ports",
        "Network ACLs do not let everybody in to SSH or remote desktop.",
        Severity.MEDIUM,
        "Cut the port range so that it leaves 22 and 3389 out.",
        types=(NETWORK_ACL,),
        check=_acl_no_admin_ports,
        relational=True,
        requirements=("1.3.1",),
        controls=(12,),
        url=hub("ec2", 21),
    ),
    Rule(
        "network-acl-not-allow-all",
        "Network ACLs allow no traffic wholesale.",
        Severity.MEDIUM,
        "Name the protocol and the ports.",
        types=(NETWORK_ACL,),
        check=_acl_not_allow_all,
        relational=True,
        requirements=("1.2.5", "1.3.1", "1.3.2"),
        controls=(13,),
        url=guide("vpc/latest/userguide/vpc-network-acls.html"),
    ),
    Rule(
        "network-acl-in-use",
        "Every network ACL has subnets.",
        Severity.LOW,
        "Associate it with subnets, or remove it.",
        types=(NETWORK_ACL,),
        check=_acl_in_use,
        relational=True,
        requirements=("1.2.7",),
        controls=(13,),
        url=hub("ec2", 16),
    ),
    Rule(
        "subnet-has-network-acl",
        "Every subnet has a network ACL of this stack.",
        Severity.MEDIUM,
        "Add a NetworkAclAssociation for the subnet.",
        types=(SUBNET,),
        check=_subnet_has_acl,
        relational=True,
        requirements=("1.2.7", "1.3.1"),
        controls=(13,),
        url=hub("ec2", 16),
    ),
    Rule(
        "network-acl-per-tier",
        "Public, application and data subnets each have a network ACL of their own.",
        Severity.MEDIUM,
        "Make one network ACL per tier.",
        types=(NETWORK_ACL,),
        check=_tiers_have_own_acl,
        relational=True,
        requirements=("1.2.7", "1.3.1", "1.4.1"),
        controls=(13,),
        url=guide("vpc/latest/userguide/vpc-network-acls.html"),
    ),
    Rule(
        "vpc-has-flow-log",
        "Every VPC has a flow log.",
        Severity.HIGH,
        "Add a FlowLog with trafficType ALL for the VPC.",
        types=(VPC,),
        check=_vpc_has_flow_log,
        relational=True,
        requirements=("10.2.1", "11.5.1"),
        controls=(14,),
        url=hub("ec2", 6),
    ),
    Rule(
        "flow-log-all-traffic",
        "Flow logs record accepted and rejected traffic.",
        Severity.HIGH,
        "Set trafficType to ALL.",
        types=(FLOW_LOG,),
        check=one_of("trafficType", "ALL"),
        requirements=("10.2.1", "11.5.1"),
        controls=(14,),
        url=hub("ec2", 6),
    ),
    Rule(
        "flow-log-kept",
        "Flow logs go to a log group of this stack, minute by minute.",
        Severity.MEDIUM,
        "Set logDestination to a LogGroup's ARN, iamRoleArn, and maxAggregationInterval to 60.",
        types=(FLOW_LOG,),
        check=_flow_log_kept,
        relational=True,
        requirements=("10.2.1", "10.5.1"),
        controls=(14,),
        url=hub("ec2", 6),
        parameters=(Parameter("mostSeconds", "Seconds that one record covers at most", 60, minimum=60, maximum=600),),
    ),
    Rule(
        "endpoints-for-used-services",
        "The services that workloads use are reached through VPC endpoints.",
        Severity.MEDIUM,
        "Add a VpcEndpoint for the service.",
        types=(VPC,),
        check=_needed_endpoints,
        relational=True,
        requirements=("1.3.2", "1.4.1", "1.4.4"),
        controls=(15,),
        url=hub("ec2", 10),
    ),
    Rule(
        "endpoint-private-dns",
        "Interface endpoints answer to the service's own name.",
        Severity.MEDIUM,
        "Set privateDnsEnabled to true.",
        types=(VPC_ENDPOINT,),
        check=_private_dns,
        requirements=("1.3.2", "1.4.1"),
        controls=(15,),
        url=guide("vpc/latest/privatelink/manage-dns-names.html"),
    ),
    Rule(
        "endpoint-policy-restricted",
        "Endpoint policies allow named actions to this account only.",
        Severity.HIGH,
        "Name the actions and add a condition on aws:PrincipalAccount.",
        types=(VPC_ENDPOINT,),
        check=_endpoint_policy,
        requirements=("1.3.1", "7.3.1"),
        controls=(16,),
        url=guide("vpc/latest/privatelink/vpc-endpoints-access.html"),
    ),
    Rule(
        "endpoint-only-https",
        "Interface endpoints are open on port 443 only.",
        Severity.MEDIUM,
        "Give the endpoint a security group that lets only port 443 in.",
        types=(VPC_ENDPOINT,),
        check=_endpoint_group,
        relational=True,
        requirements=("1.3.1", "1.2.5"),
        controls=(16,),
        url=guide("vpc/latest/privatelink/create-interface-endpoint.html"),
    ),
    Rule(
        "database-subnets-private",
        "Subnet groups of databases and caches hold private subnets only.",
        Severity.CRITICAL,
        "Use data subnets.",
        types=(DB_SUBNETS, "aws:elasticache/subnetGroup:SubnetGroup"),
        check=_subnets_private,
        relational=True,
        requirements=("1.4.4", "1.3.1", "1.4.1"),
        controls=(61, 80),
        url=hub("rds", 46),
    ),
)
