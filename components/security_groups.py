"""Security groups: every path through the network is one line of a table, and becomes one rule at each of its ends.

No rule names an address range except the card networks' that :class:`~components.network.NetworkSpec` lists; all others
name the group, or the AWS service, at the other end. That is what makes the table the whole truth (PCI DSS v4.0.1,
1.2.5 and 1.4.4).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
import pulumi_aws as aws

from components.layer import Layer, Scope

HTTPS = 443

# Ids of AWS's lists of the addresses of its services in eu-west-1 (`aws ec2 describe-prefix-lists`); the same for every
# account. A gateway endpoint tells the id of its list in Pulumi, but not in CloudFormation.
PREFIX_LISTS = {"s3": "pl-6da54004", "dynamodb": "pl-6fa54006"}


@dataclass(frozen=True)
class Group:
    """One security group: what it is put on."""

    name: str
    description: str
    scope: Scope


@dataclass(frozen=True)
class Path:
    """One way through the network, from one group to another or to a service behind a gateway endpoint."""

    source: str
    destination: str
    port: int
    why: str


GROUPS = (
    Group("edge", "VPC link of API Gateway", Scope.CARDHOLDER_DATA),
    Group("alb", "Internal load balancer of the API service", Scope.CARDHOLDER_DATA),
    Group("api", "Tasks of the API service", Scope.CARDHOLDER_DATA),
    Group("consumer", "Tasks of the stage consumers", Scope.CARDHOLDER_DATA),
    Group("rotation", "Function that rotates secrets", Scope.CONNECTED),
    Group("proxy", "Database proxy", Scope.CARDHOLDER_DATA),
    Group("database", "Database instances", Scope.CARDHOLDER_DATA),
    Group("cache", "Session cache", Scope.CARDHOLDER_DATA),
    Group("storage", "Mount targets of the shared file system", Scope.CARDHOLDER_DATA),
    Group("endpoints", "Interface endpoints of AWS services", Scope.CONNECTED),
)

PATHS = (
    Path("edge", "alb", HTTPS, "API requests"),
    Path("edge", "alb", 8444, "Test requests to the new version during a blue-green deployment"),
    Path("alb", "api", 8443, "API requests and health checks"),
    Path("api", "proxy", 5432, "Transactions to the database"),
    Path("consumer", "proxy", 5432, "Transactions to the database"),
    Path("proxy", "database", 5432, "Pooled connections to the database"),
    Path("api", "cache", 6379, "Sessions of API clients"),
    Path("consumer", "cache", 6379, "Sessions of API clients"),
    Path("api", "storage", 2049, "Shared files over NFS with TLS"),
    Path("consumer", "storage", 2049, "Shared files over NFS with TLS"),
    Path("api", "endpoints", HTTPS, "Streams, secrets, keys, images and logs"),
    Path("consumer", "endpoints", HTTPS, "Streams, queues, secrets, keys, images and logs"),
    Path("rotation", "endpoints", HTTPS, "Secrets to rotate"),
    Path("proxy", "endpoints", HTTPS, "Database credentials"),
)

SERVICE_PATHS = (
    Path("api", "s3", HTTPS, "Layers of container images"),
    Path("consumer", "s3", HTTPS, "Layers of container images"),
    Path("consumer", "dynamodb", HTTPS, "Lease tables of the streams"),
)

# Who may call the card networks, when the spec lists any.
CARD_NETWORK_SOURCE = "consumer"


@dataclass(frozen=True)
class SecurityGroups:
    """Ids of the security groups, by what they are put on."""

    edge: pulumi.Output[str]
    alb: pulumi.Output[str]
    api: pulumi.Output[str]
    consumer: pulumi.Output[str]
    rotation: pulumi.Output[str]
    proxy: pulumi.Output[str]
    database: pulumi.Output[str]
    cache: pulumi.Output[str]
    storage: pulumi.Output[str]
    endpoints: pulumi.Output[str]
    service_rules: Mapping[str, Sequence[pulumi.Resource]] = field(default_factory=dict)
    """By group, the rules on its ways to AWS services: whoever calls one as soon as it is made waits for them."""


def security_groups(layer: Layer, vpc_id: pulumi.Input[str], card_networks: tuple[str, ...]) -> SecurityGroups:
    """All security groups of the stack and the paths between them.

    ``card_networks`` are address ranges outside AWS that the stage consumers may reach over HTTPS.
    """
    ids = {group.name: _group(layer, group, vpc_id).id for group in GROUPS}
    service_rules: dict[str, list[pulumi.Resource]] = {group.name: [] for group in GROUPS}
    for path in PATHS:
        way_out = _let_out(layer, path, ids[path.source], group_id=ids[path.destination])
        way_in = _let_in(layer, path, ids[path.source], ids[path.destination])
        if path.destination == "endpoints":
            service_rules[path.source] += [way_out, way_in]
    for path in SERVICE_PATHS:
        way_out = _let_out(layer, path, ids[path.source], prefix_list_id=PREFIX_LISTS[path.destination])
        service_rules[path.source].append(way_out)
    for number, network in enumerate(card_networks, start=1):
        path = Path(CARD_NETWORK_SOURCE, f"card-network-{number}", HTTPS, "Authorisation and settlement requests")
        _let_out(layer, path, ids[path.source], network=network)
    return SecurityGroups(**ids, service_rules=service_rules)


def _group(layer: Layer, group: Group, vpc_id: pulumi.Input[str]) -> aws.ec2.SecurityGroup:
    """Security group; its rules are resources of their own, so that groups can name each other.

    It has no rule to begin with. Without one CloudFormation would let everything out, and Pulumi nothing; the compiler
    makes both let nothing out.
    """
    # EC2 refuses names that begin with "sg-", as its own ids do.
    name = layer.named("secgroup", group.name)
    return aws.ec2.SecurityGroup(
        name.logical,
        name=name.physical,
        description=group.description,
        vpc_id=vpc_id,
        tags=layer.tags(name, group.scope),
        opts=layer.child(),
    )


# The rules carry no tags: in CloudFormation they are no taggable resources.
def _let_out(
    layer: Layer,
    path: Path,
    source_id: pulumi.Input[str],
    *,
    group_id: pulumi.Input[str] | None = None,
    prefix_list_id: str | None = None,
    network: str | None = None,
) -> aws.vpc.SecurityGroupEgressRule:
    """Way out of a security group, to one group, AWS service or card network, on one port."""
    return aws.vpc.SecurityGroupEgressRule(
        _rule_name(layer, path, "out"),
        security_group_id=source_id,
        referenced_security_group_id=group_id,
        prefix_list_id=prefix_list_id,
        cidr_ipv4=network,
        ip_protocol="tcp",
        from_port=path.port,
        to_port=path.port,
        description=f"{path.why} (to {path.destination})",
        opts=layer.child(),
    )


def _let_in(
    layer: Layer, path: Path, source_id: pulumi.Input[str], destination_id: pulumi.Input[str]
) -> aws.vpc.SecurityGroupIngressRule:
    """Way into a security group, from one other group, on one port."""
    return aws.vpc.SecurityGroupIngressRule(
        _rule_name(layer, path, "in"),
        security_group_id=destination_id,
        referenced_security_group_id=source_id,
        ip_protocol="tcp",
        from_port=path.port,
        to_port=path.port,
        description=f"{path.why} (from {path.source})",
        opts=layer.child(),
    )


def _rule_name(layer: Layer, path: Path, direction: str) -> str:
    return layer.named("sgr", f"{path.source}-{path.destination}-{direction}-{path.port}").logical
