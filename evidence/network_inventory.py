"""Data flows, open ports, routes, endpoints and entrances (PCI DSS v4.0.1, 1.2.3, 1.2.4, 1.2.5)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cloudformation.graph import Resource

from .platform import Platform, at, literal, names, shown, statements, words

GROUP = "aws:ec2/securityGroup:SecurityGroup"
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
METHOD = "aws:apigateway/method:Method"

ANYWHERE = ("0.0.0.0/0", "::/0")
# Protocol numbers of the Internet Assigned Numbers Authority that stand in the network ACLs.
PROTOCOLS = {"-1": "all", "6": "tcp", "17": "udp", "1": "icmp"}


@dataclass(frozen=True)
class Flow:
    """One allowed way between two security groups, or from one to an AWS service or an address range."""

    urn: str
    name: str
    source: str
    destination: str
    protocol: str
    port: str
    purpose: str
    both_ends: bool
    """Whether a rule of its own allows it at the other end as well; false for services and ranges, which have none."""


@dataclass(frozen=True)
class OpenPort:
    """One port on which something in the VPC can be reached, and by whom."""

    urn: str
    name: str
    group: str
    what: str
    """What the group is put on."""
    protocol: str
    port: str
    sources: tuple[str, ...]
    internet: bool


@dataclass(frozen=True)
class Route:
    """One route out of a subnet's table."""

    urn: str
    name: str
    table: str
    subnets: tuple[str, ...]
    destination: str
    target: str


@dataclass(frozen=True)
class Endpoint:
    """One AWS service that is reached without leaving the VPC."""

    urn: str
    name: str
    service: str
    kind: str
    actions: tuple[str, ...]
    """What its policy lets through."""


@dataclass(frozen=True)
class Entrance:
    """One method of the public API."""

    urn: str
    name: str
    verb: str
    path: str
    authorization: str
    api_key: bool
    backend: str


@dataclass(frozen=True)
class AclEntry:
    """One entry of a network ACL."""

    urn: str
    name: str
    tier: str
    direction: str
    number: int
    action: str
    protocol: str
    ports: str
    range: str


def _port(rule: Resource) -> str:
    low, high = shown(at(rule, "fromPort")), shown(at(rule, "toPort"))
    return "all" if not low else low if low == high else f"{low}-{high}"


def _other_end(platform: Platform, rule: Resource) -> str:
    group = platform.target(at(rule, "referencedSecurityGroupId"))
    if group is not None:
        return group.name
    return shown(at(rule, "prefixListId")) or shown(at(rule, "cidrIpv4")) or shown(at(rule, "cidrIpv6"))


def _own_end(platform: Platform, rule: Resource) -> str:
    group = platform.target(at(rule, "securityGroupId"))
    return group.name if group else shown(at(rule, "securityGroupId"))


def flows(platform: Platform) -> Iterator[Flow]:
    """Every rule of every group. A way that both ends allow is told once, from its egress rule."""
    admitted = {(_other_end(platform, r), _own_end(platform, r), _port(r)) for r in platform.of(INGRESS)}
    let_out = set()
    for rule in platform.of(EGRESS):
        ends = (_own_end(platform, rule), _other_end(platform, rule), _port(rule))
        let_out.add(ends)
        yield _flow(rule, ends, ends in admitted)
    for rule in platform.of(INGRESS):
        ends = (_other_end(platform, rule), _own_end(platform, rule), _port(rule))
        if ends not in let_out:
            yield _flow(rule, ends, False)


def _flow(rule: Resource, ends: tuple[str, str, str], both: bool) -> Flow:
    source, destination, port = ends
    protocol = PROTOCOLS.get(shown(at(rule, "ipProtocol")), shown(at(rule, "ipProtocol")))
    return Flow(rule.urn, rule.name, source, destination, protocol, port, shown(at(rule, "description")), both)


def open_ports(platform: Platform) -> Iterator[OpenPort]:
    """Every port of every group, with who may reach it."""
    found: dict[tuple[str, str, str], list[Resource]] = {}
    for rule in platform.of(INGRESS):
        protocol = PROTOCOLS.get(shown(at(rule, "ipProtocol")), shown(at(rule, "ipProtocol")))
        found.setdefault((_own_end(platform, rule), protocol, _port(rule)), []).append(rule)
    described = {group.name: shown(at(group, "description")) for group in platform.of(GROUP)}
    for (group, protocol, port), rules in sorted(found.items()):
        sources = tuple(sorted({_other_end(platform, rule) for rule in rules}))
        what = described.get(group, "")
        internet = any(source in ANYWHERE for source in sources)
        yield OpenPort(rules[0].urn, rules[0].name, group, what, protocol, port, sources, internet)


def routes(platform: Platform) -> Iterator[Route]:
    """Every route, and every table without one."""
    for route in platform.of("aws:ec2/route:Route"):
        table = platform.target(at(route, "routeTableId"))
        targets = ("gatewayId", "natGatewayId", "vpcEndpointId", "transitGatewayId", "vpcPeeringConnectionId")
        target = next((platform.target(at(route, name)) for name in targets if at(route, name) is not None), None)
        yield Route(
            route.urn,
            route.name,
            table.name if table else "",
            _subnets_of(platform, table),
            shown(at(route, "destinationCidrBlock")) or shown(at(route, "destinationIpv6CidrBlock")),
            target.name if target else "",
        )
    for table in platform.of("aws:ec2/routeTable:RouteTable"):
        if not platform.users(table, "aws:ec2/route:Route"):
            yield Route(table.urn, table.name, table.name, _subnets_of(platform, table), "the VPC only", "no way out")


def _subnets_of(platform: Platform, table: Resource | None) -> tuple[str, ...]:
    if table is None:
        return ()
    associations = platform.users(table, "aws:ec2/routeTableAssociation:RouteTableAssociation")
    return names(subnet for item in associations for subnet in platform.targets(at(item, "subnetId")))


def endpoints(platform: Platform) -> Iterator[Endpoint]:
    """Every endpoint of an AWS service."""
    for endpoint in platform.of(ENDPOINT):
        allowed = [item for item in statements(at(endpoint, "policy")) if literal(item, "Effect") == "Allow"]
        actions = tuple(sorted({action for item in allowed for action in words(at(item, "Action"))}))
        service = shown(at(endpoint, "serviceName")).partition("}.")[2] or shown(at(endpoint, "serviceName"))
        yield Endpoint(endpoint.urn, endpoint.name, service, shown(at(endpoint, "vpcEndpointType")), actions)


def entrances(platform: Platform) -> Iterator[Entrance]:
    """Every method of the API."""
    backends = {
        (shown(at(item, "resourceId")), literal(item, "httpMethod")): shown(at(item, "uri"))
        for item in platform.of("aws:apigateway/integration:Integration")
    }
    for method in platform.of(METHOD):
        verb = shown(at(method, "httpMethod"))
        resource = platform.target(at(method, "resourceId"))
        yield Entrance(
            method.urn,
            method.name,
            verb,
            _api_path(platform, resource),
            shown(at(method, "authorization")),
            literal(method, "apiKeyRequired") is True,
            backends.get((shown(at(method, "resourceId")), verb), ""),
        )


def _api_path(platform: Platform, resource: Resource | None) -> str:
    path = ""
    while resource is not None and resource.type == "aws:apigateway/resource:Resource":
        path = f"/{shown(at(resource, 'pathPart'))}{path}"
        resource = platform.target(at(resource, "parentId"))
    return path or "/"


def acl_entries(platform: Platform) -> Iterator[AclEntry]:
    """Every entry of every network ACL."""
    for rule in platform.of("aws:ec2/networkAclRule:NetworkAclRule"):
        acl = platform.target(at(rule, "networkAclId"))
        low, high = shown(at(rule, "fromPort")), shown(at(rule, "toPort"))
        number = literal(rule, "ruleNumber")
        yield AclEntry(
            rule.urn,
            rule.name,
            acl.name if acl else "",
            "out" if literal(rule, "egress") is True else "in",
            int(number) if isinstance(number, int | float) else 0,
            shown(at(rule, "ruleAction")),
            PROTOCOLS.get(shown(at(rule, "protocol")), shown(at(rule, "protocol"))),
            "all" if not low else low if low == high else f"{low}-{high}",
            shown(at(rule, "cidrBlock")) or shown(at(rule, "ipv6CidrBlock")),
        )
