"""Security groups: the paths through the network, and that there are no others."""

from __future__ import annotations

from typing import Any

import pytest

from components.layer import Context
from components.network import NetworkSpec
from components.security_groups import PREFIX_LISTS
from tests.components.conftest import Record, Recorded
from tests.components.support import of_type
from tests.components.test_network import build

Way = tuple[str, str, int]


@pytest.fixture(scope="module")
def network(record: Record) -> list[Recorded]:
    """What the default network registers."""
    return record(build)


def rules(recorded: list[Recorded], direction: str) -> list[dict[str, Any]]:
    """Inputs of all incoming (``Ingress``) or outgoing (``Egress``) rules."""
    return [rule.inputs for rule in of_type(recorded, f"SecurityGroup{direction}Rule")]


def group(identifier: str) -> str:
    """``alb`` from the id ``<secgroup-alb.id>``."""
    return identifier.removeprefix("<secgroup-").removesuffix(".id>")


def ways_out(recorded: list[Recorded]) -> set[Way]:
    """(source, destination, port) of the outgoing rules between groups."""
    return {
        (group(rule["securityGroupId"]), group(rule["referencedSecurityGroupId"]), int(rule["fromPort"]))
        for rule in rules(recorded, "Egress")
        if "referencedSecurityGroupId" in rule
    }


def ways_in(recorded: list[Recorded]) -> set[Way]:
    """(source, destination, port) of the incoming rules."""
    return {
        (group(rule["referencedSecurityGroupId"]), group(rule["securityGroupId"]), int(rule["fromPort"]))
        for rule in rules(recorded, "Ingress")
    }


def test_no_rule_names_an_address(network: list[Recorded]) -> None:
    """No rule, in or out, opens to an address range; all name a group or an AWS service."""
    for rule in rules(network, "Ingress") + rules(network, "Egress"):
        assert "cidrIpv4" not in rule
        assert "cidrIpv6" not in rule
        assert ("referencedSecurityGroupId" in rule) != ("prefixListId" in rule)


def test_groups_themselves_carry_no_rules(network: list[Recorded]) -> None:
    """Inline rules would fight with the rule resources."""
    for resource in of_type(network, "SecurityGroup"):
        assert "ingress" not in resource.inputs
        assert "egress" not in resource.inputs
        assert not resource.inputs["name"].startswith("sg-"), "EC2 refuses such a name"


def test_each_way_is_open_at_both_ends(network: list[Recorded]) -> None:
    """What one group lets out, the other lets in, and the other way round."""
    assert ways_out(network) == ways_in(network)


def test_database_is_reached_through_the_proxy_only(network: list[Recorded]) -> None:
    """Nothing but the proxy connects to the database, and nothing but tasks connects to the proxy."""
    assert {way for way in ways_in(network) if way[1] == "database"} == {("proxy", "database", 5432)}
    assert {way[0] for way in ways_in(network) if way[1] == "proxy"} == {"api", "consumer"}


def test_requests_come_in_at_the_edge_only(network: list[Recorded]) -> None:
    """The load balancer hears the VPC link alone, the API service the load balancer alone, and nothing the edge."""
    sources = {
        destination: {way[0] for way in ways_in(network) if way[1] == destination}
        for destination in ("alb", "api", "edge")
    }
    assert sources == {"alb": {"edge"}, "api": {"alb"}, "edge": set()}
    assert {way[2] for way in ways_in(network) if way[1] == "alb"} == {443, 8444}


@pytest.mark.parametrize("name", ["database", "cache", "storage", "endpoints"])
def test_what_only_answers_opens_nothing(network: list[Recorded], name: str) -> None:
    """Database, cache, file system and endpoints have no way out."""
    assert not [way for way in ways_out(network) if way[0] == name]
    assert not [rule for rule in rules(network, "Egress") if group(rule["securityGroupId"]) == name]


def test_tasks_reach_s3_and_dynamodb_by_their_prefix_lists(network: list[Recorded]) -> None:
    """Images come from S3 for both services; only consumers use lease tables. Over HTTPS alone."""
    found = {
        (group(rule["securityGroupId"]), rule["prefixListId"], int(rule["fromPort"]))
        for rule in rules(network, "Egress")
        if "prefixListId" in rule
    }
    assert found == {
        ("api", PREFIX_LISTS["s3"], 443),
        ("consumer", PREFIX_LISTS["s3"], 443),
        ("consumer", PREFIX_LISTS["dynamodb"], 443),
    }


def test_every_rule_is_one_tcp_port_with_a_reason(network: list[Recorded]) -> None:
    """A rule opens a single TCP port and says what for, in characters that EC2 accepts."""
    for rule in rules(network, "Ingress") + rules(network, "Egress"):
        assert rule["ipProtocol"] == "tcp"
        assert rule["fromPort"] == rule["toPort"]
        assert 0 < len(rule["description"]) <= 255
        assert set(rule["description"]) <= set(
            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 ._-:/()#,@[]+=&;{}!$*"
        )


def test_card_networks_are_open_to_consumers_alone(record: Record) -> None:
    """A listed card network adds one outgoing HTTPS rule, of the stage consumers, and no incoming one."""
    spec = NetworkSpec(card_networks=("185.10.20.0/24",))

    def with_card_network(context: Context) -> object:
        return build(context, spec=spec)

    recorded = record(with_card_network)
    (rule,) = [rule for rule in rules(recorded, "Egress") if "cidrIpv4" in rule]
    assert rule["cidrIpv4"] == "185.10.20.0/24"
    assert rule["fromPort"] == 443
    assert group(rule["securityGroupId"]) == "consumer"
    assert not [rule for rule in rules(recorded, "Ingress") if "cidrIpv4" in rule]
