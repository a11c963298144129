"""Network: a VPC in three tiers, of which only the one for NAT gateways borders on the internet."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from cloudformation.program import cidr_blocks
from components.encryption import Key
from components.endpoints import gateway_endpoints, interface_endpoints
from components.flow_logs import flow_log
from components.layer import Context, Layer, Scope
from components.network_acls import ANYWHERE, APP_ENTRIES, DATA_ENTRIES, PUBLIC_ENTRIES, network_acl
from components.security_groups import security_groups

MIN_ZONES = 3
# Subnets are of size /16 to /28 (Amazon VPC user guide, "Subnet sizing").
MIN_HOST_BITS, MAX_HOST_BITS = 4, 16

# Wider than this is not one counterpart, but a large part of the internet.
WIDEST_CARD_NETWORK = 16
# RFC 1918.
PRIVATE_BLOCKS = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")

PUBLIC, APP, DATA = "public", "app", "data"
SCOPES = {PUBLIC: Scope.CONNECTED, APP: Scope.CARDHOLDER_DATA, DATA: Scope.CARDHOLDER_DATA}


@dataclass(frozen=True)
class NetworkSpec:
    """Shape of the network.

    Raises:
        ValueError: fewer than three zones, subnets that AWS does not offer, or a card network that is no proper range.
    """

    zone_count: int = 3
    host_bits: int = 10
    """Each subnet has ``2**host_bits`` addresses."""
    card_networks: tuple[str, ...] = ()
    """Address ranges outside AWS that the stage consumers may reach over HTTPS through the NAT gateways."""

    def __post_init__(self) -> None:
        if self.zone_count < MIN_ZONES:
            raise ValueError(
                f"zone_count is {self.zone_count}, but at least {MIN_ZONES} zones are needed, so that one can fail and "
                f"two are left. Use {MIN_ZONES} or more."
            )
        if not MIN_HOST_BITS <= self.host_bits <= MAX_HOST_BITS:
            raise ValueError(
                f"host_bits is {self.host_bits}, but AWS offers subnets of 2**{MIN_HOST_BITS} to 2**{MAX_HOST_BITS} "
                f"addresses. Use {MIN_HOST_BITS} to {MAX_HOST_BITS}."
            )
        for network in self.card_networks:
            _check_card_network(network)


@dataclass(frozen=True)
class Tier:
    """The subnets of one tier, one per zone, with their address ranges."""

    name: str
    subnet_ids: tuple[pulumi.Output[str], ...]
    cidrs: tuple[str, ...]


class Network(Layer):
    """VPC over three or more zones: a tier for NAT gateways, one for the application, one for data without a way out.

    Attributes:
        vpc_id, vpc_cidr: the VPC and its address range.
        public_subnet_ids, app_subnet_ids, data_subnet_ids: one subnet per zone.
        nat_gateway_ids: one NAT gateway per zone.
        security_groups: ids by what they are put on.
        flow_log_id, flow_log_group_name: the flow log and where it writes.
    """

    def __init__(
        self,
        context: Context,
        *,
        vpc_cidr: str,
        log_key: Key,
        log_retention_days: pulumi.Input[int],
        spec: NetworkSpec = NetworkSpec(),
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        if len(context.zones) < spec.zone_count:
            raise ValueError(
                f"zone_count is {spec.zone_count}, but the context has {len(context.zones)} zones "
                f"({', '.join(map(str, context.zones))}). Give it more zones, or lower zone_count."
            )
        super().__init__(context, opts)
        self.vpc_cidr = vpc_cidr
        self.vpc_id = self._vpc().id
        public, app, data = self._tiers(spec)
        app_route_tables, self.nat_gateway_ids = self._routes(public, app, data)
        self._network_acls(public, app, data)
        self._default_security_group()
        self.security_groups = security_groups(self, self.vpc_id, spec.card_networks)
        self._endpoints = [
            *gateway_endpoints(self, vpc_id=self.vpc_id, route_table_ids=app_route_tables),
            *interface_endpoints(
                self,
                vpc_id=self.vpc_id,
                subnet_ids=app.subnet_ids,
                security_group_id=self.security_groups.endpoints,
            ),
        ]
        self.flow_log_group_name, self.flow_log_id = flow_log(
            self, self.vpc_id, key_arn=log_key.arn, retention_days=log_retention_days
        )
        self.public_subnet_ids = public.subnet_ids
        self.app_subnet_ids = app.subnet_ids
        self.data_subnet_ids = data.subnet_ids
        self.register_outputs(
            {
                "vpcId": self.vpc_id,
                "publicSubnetIds": list(self.public_subnet_ids),
                "appSubnetIds": list(self.app_subnet_ids),
                "dataSubnetIds": list(self.data_subnet_ids),
                "flowLogId": self.flow_log_id,
                "flowLogGroupName": self.flow_log_group_name,
            }
        )

    def way_to_services(self, group: str) -> tuple[pulumi.Resource, ...]:
        """What members of a security group need to reach AWS services: the endpoints, and the rules on the way.

        Whoever calls one as soon as it is made waits for them.
        """
        return (*self._endpoints, *self.security_groups.service_rules[group])

    def _vpc(self) -> aws.ec2.Vpc:
        """VPC of the cardholder data environment; nothing else is deployed in it (PCI DSS v4.0.1, 1.4.1)."""
        name = self.named("vpc", "main")
        return aws.ec2.Vpc(
            name.logical,
            cidr_block=self.vpc_cidr,
            enable_dns_support=True,
            enable_dns_hostnames=True,
            instance_tenancy="default",
            tags=self.tags(name, Scope.CARDHOLDER_DATA),
            opts=self.child(),
        )

    def _tiers(self, spec: NetworkSpec) -> tuple[Tier, Tier, Tier]:
        zones = self.context.zones[: spec.zone_count]
        blocks = cidr_blocks(self.vpc_cidr, 3 * len(zones), spec.host_bits)
        public, app, data = (
            self._tier(tier, zones, blocks[index * len(zones) : (index + 1) * len(zones)])
            for index, tier in enumerate((PUBLIC, APP, DATA))
        )
        return public, app, data

    def _tier(self, tier: str, zones: Sequence[str], cidrs: Sequence[str]) -> Tier:
        """Subnets of one tier, one per zone; none gives out public addresses (PCI DSS v4.0.1, 1.4.4)."""
        ids = []
        for number, (zone, cidr) in enumerate(zip(zones, cidrs, strict=True), start=1):
            name = self.named("subnet", f"{tier}-{number}")
            subnet = aws.ec2.Subnet(
                name.logical,
                vpc_id=self.vpc_id,
                availability_zone=zone,
                cidr_block=cidr,
                map_public_ip_on_launch=False,
                tags={**self.tags(name, SCOPES[tier]), "Tier": tier},
                opts=self.child(),
            )
            ids.append(subnet.id)
        return Tier(tier, tuple(ids), tuple(cidrs))

    def _routes(
        self, public: Tier, app: Tier, data: Tier
    ) -> tuple[list[pulumi.Output[str]], tuple[pulumi.Output[str], ...]]:
        """Route tables; returns the ids of the application tier's, and of the NAT gateways they lead to."""
        gateway = self._internet_gateway()
        public_table = self._route_table(PUBLIC, public.subnet_ids)
        aws.ec2.Route(
            self.named("route", PUBLIC).logical,
            route_table_id=public_table.id,
            destination_cidr_block=ANYWHERE,
            gateway_id=gateway.id,
            opts=self.child(),
        )
        # No route of its own: the data tier reaches the VPC and nothing else.
        self._route_table(DATA, data.subnet_ids)
        tables, gateways = [], []
        for number, (public_id, app_id) in enumerate(zip(public.subnet_ids, app.subnet_ids, strict=True), start=1):
            nat = self._nat_gateway(number, public_id, gateway)
            table = self._route_table(APP, [app_id], number)
            aws.ec2.Route(
                self.named("route", f"{APP}-{number}").logical,
                route_table_id=table.id,
                destination_cidr_block=ANYWHERE,
                nat_gateway_id=nat.id,
                opts=self.child(),
            )
            tables.append(table.id)
            gateways.append(nat.id)
        return tables, tuple(gateways)

    def _internet_gateway(self) -> aws.ec2.InternetGateway:
        """Internet gateway: only NAT gateways reach it, and nothing is reached through it (PCI DSS v4.0.1, 1.4.2)."""
        name = self.named("igw", "main")
        return aws.ec2.InternetGateway(name.logical, vpc_id=self.vpc_id, tags=self.tags(name), opts=self.child())

    def _nat_gateway(
        self, number: int, subnet_id: pulumi.Output[str], gateway: aws.ec2.InternetGateway
    ) -> aws.ec2.NatGateway:
        """NAT gateway of one zone, so that no zone depends on another for its way out."""
        address_name = self.named("eip", f"egress-{number}")
        address = aws.ec2.Eip(
            address_name.logical, domain="vpc", tags=self.tags(address_name), opts=self.child(depends_on=[gateway])
        )
        name = self.named("nat", f"egress-{number}")
        return aws.ec2.NatGateway(
            name.logical,
            allocation_id=address.allocation_id,
            subnet_id=subnet_id,
            connectivity_type="public",
            tags=self.tags(name),
            opts=self.child(depends_on=[gateway]),
        )

    def _route_table(
        self, tier: str, subnet_ids: Sequence[pulumi.Output[str]], number: int | None = None
    ) -> aws.ec2.RouteTable:
        """Route table of a tier, or of one zone's part of it."""
        name = self.named("rtb", tier if number is None else f"{tier}-{number}")
        table = aws.ec2.RouteTable(
            name.logical, vpc_id=self.vpc_id, tags=self.tags(name, SCOPES[tier]), opts=self.child()
        )
        for position, subnet_id in enumerate(subnet_ids, start=1 if number is None else number):
            aws.ec2.RouteTableAssociation(
                self.named("rtb", f"{tier}-association-{position}").logical,
                route_table_id=table.id,
                subnet_id=subnet_id,
                opts=self.child(),
            )
        return table

    def _network_acls(self, public: Tier, app: Tier, data: Tier) -> None:
        for tier, entries in ((public, PUBLIC_ENTRIES), (app, APP_ENTRIES), (data, DATA_ENTRIES)):
            network_acl(
                self,
                tier.name,
                entries,
                vpc_id=self.vpc_id,
                vpc_cidr=self.vpc_cidr,
                public_cidrs=public.cidrs,
                subnet_ids=tier.subnet_ids,
                scope=SCOPES[tier.name],
            )

    def _default_security_group(self) -> None:
        """Default security group without rules: what is put nowhere else reaches nothing (PCI DSS v4.0.1, 1.3.1)."""
        name = self.named("secgroup", "default")
        aws.ec2.DefaultSecurityGroup(
            name.logical,
            vpc_id=self.vpc_id,
            ingress=[],
            egress=[],
            tags=self.tags(name),
            opts=self.child(),
        )


def _check_card_network(network: str) -> None:
    try:
        parsed = ipaddress.IPv4Network(network)
    except ValueError as error:
        raise ValueError(
            f"Card network {network!r} is not an IPv4 network: {error}. Use the form 203.0.113.0/24."
        ) from error
    wide = parsed.prefixlen < WIDEST_CARD_NETWORK
    if wide or any(parsed.overlaps(ipaddress.IPv4Network(block)) for block in PRIVATE_BLOCKS):
        raise ValueError(
            f"Card network {network} is {'too wide' if wide else 'in a private range'}. List the public ranges that "
            f"the card network or acquirer names, each /{WIDEST_CARD_NETWORK} or smaller."
        )
