"""Network ACLs: a second fence around each tier, which holds even where a security group is wrong.

An ACL keeps no state, so each way has an entry for the requests and one for the replies. What no entry allows is
refused. Traffic to the VPC's own resolver, clock and task metadata does not pass through ACLs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import pulumi
import pulumi_aws as aws

from components.layer import Layer, Scope

ANYWHERE = "0.0.0.0/0"
TCP = "6"
ALL_PROTOCOLS = "-1"
# EC2 gives each ACL twenty entries per direction, unless one asks for more.
MAX_ENTRIES = 20


class Peer(Enum):
    """Who is at the other end of an entry."""

    VPC = "the VPC"
    INTERNET = "the internet"
    PUBLIC_SUBNETS = "each public subnet"


@dataclass(frozen=True)
class Entry:
    """What one tier lets in (or out) from (or to) ``peer``; TCP ports unless it refuses everything."""

    egress: bool
    peer: Peer
    first_port: int
    last_port: int
    allow: bool = True


def _inbound(peer: Peer, first_port: int, last_port: int | None = None) -> Entry:
    return Entry(False, peer, first_port, first_port if last_port is None else last_port)


def _outbound(peer: Peer, first_port: int, last_port: int | None = None) -> Entry:
    return Entry(True, peer, first_port, first_port if last_port is None else last_port)


def _refused(peer: Peer) -> tuple[Entry, Entry]:
    return Entry(False, peer, 0, 0, allow=False), Entry(True, peer, 0, 0, allow=False)


# NAT gateways only: requests of the application tier, and the internet's replies. A NAT gateway takes its ports from
# 1024 up; 3389 is left out so that no scan can mistake the replies for remote desktops.
PUBLIC_ENTRIES = (
    _inbound(Peer.VPC, 443),
    _inbound(Peer.INTERNET, 1024, 3388),
    _inbound(Peer.INTERNET, 3390, 65535),
    _outbound(Peer.INTERNET, 443),
    _outbound(Peer.VPC, 1024, 65535),
)
# Load balancer, tasks, rotation function and endpoints. Replies from S3, DynamoDB and card networks come from public
# addresses, to the ports that Linux takes for its clients (from 32768 up).
APP_ENTRIES = (
    _inbound(Peer.VPC, 443),
    _inbound(Peer.VPC, 1024, 65535),
    _inbound(Peer.INTERNET, 32768, 65535),
    _outbound(Peer.INTERNET, 443),
    _outbound(Peer.VPC, 1024, 65535),
)
# Database, proxy, cache and mount targets: nothing to do with the internet, nor with the tier that borders on it.
DATA_ENTRIES = (
    *_refused(Peer.PUBLIC_SUBNETS),
    _inbound(Peer.VPC, 2049),
    _inbound(Peer.VPC, 5432),
    _inbound(Peer.VPC, 6379),
    _inbound(Peer.VPC, 32768, 65535),
    _outbound(Peer.VPC, 443),
    _outbound(Peer.VPC, 1024, 65535),
)


def network_acl(
    layer: Layer,
    tier: str,
    entries: Sequence[Entry],
    *,
    vpc_id: pulumi.Input[str],
    vpc_cidr: str,
    public_cidrs: Sequence[str],
    subnet_ids: Sequence[pulumi.Output[str]],
    scope: Scope,
) -> None:
    """Network ACL of one tier; what its entries do not allow is refused (PCI DSS v4.0.1, 1.2.5 and 1.4.4).

    Raises:
        ValueError: more entries in one direction than EC2 accepts.
    """
    name = layer.named("nacl", tier)
    acl = aws.ec2.NetworkAcl(name.logical, vpc_id=vpc_id, tags=layer.tags(name, scope), opts=layer.child())
    for number, subnet_id in enumerate(subnet_ids, start=1):
        aws.ec2.NetworkAclAssociation(
            layer.named("nacl", f"{tier}-association-{number}").logical,
            network_acl_id=acl.id,
            subnet_id=subnet_id,
            opts=layer.child(),
        )
    cidrs = {Peer.VPC: [vpc_cidr], Peer.INTERNET: [ANYWHERE], Peer.PUBLIC_SUBNETS: list(public_cidrs)}
    for egress in (False, True):
        rules = [(entry, cidr) for entry in entries if entry.egress is egress for cidr in cidrs[entry.peer]]
        if len(rules) > MAX_ENTRIES:
            raise ValueError(
                f"The network ACL of tier {tier!r} has {len(rules)} {'outgoing' if egress else 'incoming'} entries, "
                f"but EC2 accepts {MAX_ENTRIES}. Use fewer zones, or merge entries."
            )
        for index, (entry, cidr) in enumerate(rules, start=1):
            _rule(layer, tier, acl, entry, cidr, number=index * 10)


def _rule(layer: Layer, tier: str, acl: aws.ec2.NetworkAcl, entry: Entry, cidr: str, *, number: int) -> None:
    """One entry of a network ACL."""
    direction = "out" if entry.egress else "in"
    aws.ec2.NetworkAclRule(
        layer.named("nacl", f"{tier}-{direction}-{number}").logical,
        network_acl_id=acl.id,
        egress=entry.egress,
        rule_number=number,
        rule_action="allow" if entry.allow else "deny",
        protocol=TCP if entry.allow else ALL_PROTOCOLS,
        cidr_block=cidr,
        from_port=entry.first_port if entry.allow else None,
        to_port=entry.last_port if entry.allow else None,
        opts=layer.child(),
    )
