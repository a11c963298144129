"""Network ACLs, judged as EC2 does: by number, first match wins, and what matches nothing is refused."""

from __future__ import annotations

import ipaddress
from typing import Any

import pytest

from components.layer import Context, Layer, Scope
from components.network_acls import ANYWHERE, Entry, Peer, network_acl
from tests.components.conftest import Record, Recorded
from tests.components.support import of_type
from tests.components.test_network import build, tier

INTERNET_HOST = "185.10.20.30"


@pytest.fixture(scope="module")
def network(record: Record) -> list[Recorded]:
    """What the default network registers."""
    return record(build)


class Acls:
    """Answers whether a packet passes the ACL of a tier."""

    def __init__(self, recorded: list[Recorded]) -> None:
        self.recorded = recorded

    def passes(self, tier_name: str, *, egress: bool, peer: str, port: int) -> bool:
        """Whether TCP to ``port`` passes the tier's ACL, ``peer`` being the other end."""
        acl_id = f"<nacl-{tier_name}.id>"
        rules = [
            rule.inputs
            for rule in of_type(self.recorded, "NetworkAclRule")
            if rule.inputs["networkAclId"] == acl_id and rule.inputs["egress"] is egress
        ]
        for rule in sorted(rules, key=lambda rule: rule["ruleNumber"]):
            if matches(rule, peer, port):
                return bool(rule["ruleAction"] == "allow")
        return False

    def host(self, tier_name: str, number: int = 0) -> str:
        """An address in one of a tier's subnets."""
        return str(ipaddress.ip_network(tier(self.recorded, tier_name)[number].inputs["cidrBlock"])[10])

    def connects(self, source: str, destination: str, port: int, client_port: int = 40000) -> bool:
        """Whether a TCP connection between two tiers gets through both ACLs, both ways."""
        here, there = self.host(source), self.host(destination, 1)
        return (
            self.passes(source, egress=True, peer=there, port=port)
            and self.passes(destination, egress=False, peer=here, port=port)
            and self.passes(destination, egress=True, peer=here, port=client_port)
            and self.passes(source, egress=False, peer=there, port=client_port)
        )


def matches(rule: dict[str, Any], peer: str, port: int) -> bool:
    """Whether a packet matches one entry."""
    if ipaddress.ip_address(peer) not in ipaddress.ip_network(rule["cidrBlock"]):
        return False
    return rule["protocol"] == "-1" or rule["fromPort"] <= port <= rule["toPort"]


def test_every_subnet_has_the_acl_of_its_tier(network: list[Recorded]) -> None:
    """Each subnet is associated with exactly one ACL, that of its own tier."""
    associations = {a.inputs["subnetId"]: a.inputs["networkAclId"] for a in of_type(network, "NetworkAclAssociation")}
    assert associations == {
        subnet.id: f"<nacl-{name}.id>" for name in ("public", "app", "data") for subnet in tier(network, name)
    }


@pytest.mark.parametrize("port", [2049, 5432, 6379])
def test_application_reaches_the_data_tier(network: list[Recorded], port: int) -> None:
    """Database, cache and file system are reached from the application tier, replies included."""
    assert Acls(network).connects("app", "data", port)


@pytest.mark.parametrize("port", [443, 8443, 8444])
def test_application_tier_talks_within_itself(network: list[Recorded], port: int) -> None:
    """VPC link, load balancer, tasks and endpoints reach each other."""
    assert Acls(network).connects("app", "app", port, client_port=1024)


def test_data_tier_reaches_endpoints_and_itself(network: list[Recorded]) -> None:
    """The database proxy reaches the endpoints in the application tier, and the database in its own."""
    assert Acls(network).connects("data", "app", 443)
    assert Acls(network).connects("data", "data", 5432)


@pytest.mark.parametrize("port", [22, 443, 2049, 3389, 5432, 6379, 40000])
def test_data_tier_has_nothing_to_do_with_the_public_tier_or_the_internet(network: list[Recorded], port: int) -> None:
    """Neither direction is open between the data tier and a public subnet or an address outside."""
    acls = Acls(network)
    for peer in (*(acls.host("public", number) for number in range(3)), INTERNET_HOST):
        for egress in (False, True):
            assert not acls.passes("data", egress=egress, peer=peer, port=port)


def test_application_leaves_through_nat_over_https_only(network: list[Recorded]) -> None:
    """A request to the internet passes both tiers and comes back; plain HTTP does not even leave."""
    acls = Acls(network)
    app, nat_port = acls.host("app"), 1024
    assert acls.passes("app", egress=True, peer=INTERNET_HOST, port=443)
    assert acls.passes("public", egress=False, peer=app, port=443)
    assert acls.passes("public", egress=True, peer=INTERNET_HOST, port=443)
    assert acls.passes("public", egress=False, peer=INTERNET_HOST, port=nat_port)
    assert acls.passes("public", egress=True, peer=app, port=40000)
    assert acls.passes("app", egress=False, peer=INTERNET_HOST, port=40000)

    assert not acls.passes("app", egress=True, peer=INTERNET_HOST, port=80)
    assert not acls.passes("public", egress=True, peer=INTERNET_HOST, port=80)


@pytest.mark.parametrize("port", [22, 3389, 443, 80])
@pytest.mark.parametrize("name", ["public", "app", "data"])
def test_the_internet_opens_no_connection(network: list[Recorded], name: str, port: int) -> None:
    """Remote administration and web ports are closed to the internet in every tier."""
    assert not Acls(network).passes(name, egress=False, peer=INTERNET_HOST, port=port)


@pytest.mark.parametrize("port", [2049, 5432, 6379, 8443, 8444])
def test_the_internet_does_not_reach_service_ports(network: list[Recorded], port: int) -> None:
    """The ports that the platform serves on are not among those left open for replies to the application tier."""
    assert not Acls(network).passes("app", egress=False, peer=INTERNET_HOST, port=port)


def test_more_entries_than_ec2_accepts_are_refused(record: Record) -> None:
    """An ACL with more than twenty entries in one direction is refused with tier, direction and both numbers."""

    class Example(Layer):
        def __init__(self, context: Context) -> None:
            super().__init__(context)
            network_acl(
                self,
                "wide",
                [Entry(False, Peer.INTERNET, port, port) for port in range(21)],
                vpc_id="vpc",
                vpc_cidr="10.0.0.0/16",
                public_cidrs=[],
                subnet_ids=[],
                scope=Scope.CONNECTED,
            )

    with pytest.raises(ValueError, match=r"'wide' has 21 incoming entries, but EC2 accepts 20"):
        record(Example)


def test_the_world_is_named_once() -> None:
    """The one range that stands for everywhere covers every address."""
    assert ipaddress.ip_network(ANYWHERE).num_addresses == 2**32
