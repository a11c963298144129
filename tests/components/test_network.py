"""The network: zones, tiers, routes, the closed default group, flow logs and what a bad spec is told."""

from __future__ import annotations

import dataclasses
import ipaddress
import json
from typing import Any

import pytest

from components.layer import Context
from components.network import Network, NetworkSpec
from tests.components.conftest import Record, Recorded
from tests.components.support import key, of_type

ZONES = ("eu-west-1a", "eu-west-1b", "eu-west-1c")


def build(context: Context, **options: Any) -> Network:
    """The network of the default settings."""
    return Network(context, **{"vpc_cidr": "10.0.0.0/16", "log_key": key("logs"), "log_retention_days": 400, **options})


@pytest.fixture(scope="module")
def network(record: Record) -> list[Recorded]:
    """What the default network registers."""
    return record(build)


def tier(recorded: list[Recorded], name: str) -> list[Recorded]:
    """The subnets of one tier."""
    return [subnet for subnet in of_type(recorded, "Subnet") if subnet.inputs["tags"]["Tier"] == name]


def routes_of(recorded: list[Recorded], subnet: Recorded) -> list[dict[str, Any]]:
    """The routes of the one route table that a subnet is associated with."""
    tables = [
        association.inputs["routeTableId"]
        for association in of_type(recorded, "RouteTableAssociation")
        if association.inputs["subnetId"] == subnet.id
    ]
    assert len(tables) == 1, f"{subnet.name} needs exactly one route table"
    return [route.inputs for route in of_type(recorded, "Route") if route.inputs["routeTableId"] == tables[0]]


def test_three_tiers_each_in_all_zones_without_overlap(network: list[Recorded]) -> None:
    """Nine subnets, each tier once in each zone, inside the VPC's range and none over another; no public addresses."""
    subnets = of_type(network, "Subnet")
    assert len(subnets) == 9
    for name in ("public", "app", "data"):
        assert sorted(subnet.inputs["availabilityZone"] for subnet in tier(network, name)) == list(ZONES)

    blocks = [ipaddress.ip_network(subnet.inputs["cidrBlock"]) for subnet in subnets]
    assert all(block.subnet_of(ipaddress.ip_network("10.0.0.0/16")) for block in blocks)
    assert not [(a, b) for a in blocks for b in blocks if a is not b and a.overlaps(b)]
    assert not any(subnet.inputs["mapPublicIpOnLaunch"] for subnet in subnets)


def test_only_the_public_tier_borders_on_the_internet(network: list[Recorded]) -> None:
    """Public subnets route to the internet gateway, and the data tier has no route besides the VPC's own."""
    for subnet in tier(network, "public"):
        (route,) = routes_of(network, subnet)
        assert route["destinationCidrBlock"] == "0.0.0.0/0"
        assert route["gatewayId"] == "<igw-main.id>"
    for subnet in tier(network, "data"):
        assert routes_of(network, subnet) == []


def test_each_zone_leaves_by_its_own_nat_gateway(network: list[Recorded]) -> None:
    """An application subnet routes to a NAT gateway that stands in a public subnet of the same zone."""
    gateways = {gateway.id: gateway for gateway in of_type(network, "NatGateway")}
    zones = {subnet.id: subnet.inputs["availabilityZone"] for subnet in of_type(network, "Subnet")}
    public = {subnet.id for subnet in tier(network, "public")}

    for subnet in tier(network, "app"):
        (route,) = routes_of(network, subnet)
        assert "gatewayId" not in route
        stands_in = gateways[route["natGatewayId"]].inputs["subnetId"]
        assert stands_in in public
        assert zones[stands_in] == subnet.inputs["availabilityZone"]
    assert len({gateway.inputs["allocationId"] for gateway in gateways.values()}) == 3


def test_default_security_group_is_closed(network: list[Recorded]) -> None:
    """The VPC's default security group has neither incoming nor outgoing rules."""
    (group,) = of_type(network, "DefaultSecurityGroup")
    assert group.inputs["ingress"] == []
    assert group.inputs["egress"] == []


def test_flow_log_sees_all_traffic_and_writes_to_an_encrypted_group(network: list[Recorded]) -> None:
    """All traffic of the VPC is logged by the minute, under the key given, and not before the role may write."""
    (log,) = of_type(network, "FlowLog")
    assert log.inputs["trafficType"] == "ALL"
    assert log.inputs["maxAggregationInterval"] == 60
    assert log.inputs["vpcId"] == "<vpc-main.id>"
    assert log.inputs["logDestination"] == "arn:aws:logs:eu-west-1:123456789012:log-group:log-flow-test"
    assert "policy-flow-log" in log.depends_on

    (group,) = of_type(network, "LogGroup")
    assert group.inputs["kmsKeyId"] == "arn:kms:logs"
    assert group.inputs["retentionInDays"] == 400


def test_flow_log_role_serves_this_account_and_makes_no_groups(network: list[Recorded]) -> None:
    """Only flow logs of this account assume the role, and it cannot bring a deleted log group back."""
    (role,) = of_type(network, "Role")
    (statement,) = json.loads(role.inputs["assumeRolePolicy"])["Statement"]
    assert statement["Principal"] == {"Service": "vpc-flow-logs.amazonaws.com"}
    assert statement["Condition"]["StringEquals"] == {"aws:SourceAccount": "123456789012"}

    (policy,) = of_type(network, "RolePolicy")
    actions = {action for item in json.loads(policy.inputs["policy"])["Statement"] for action in item["Action"]}
    assert "logs:PutLogEvents" in actions
    assert "logs:CreateLogGroup" not in actions
    assert not [action for action in actions if "*" in action]


def test_a_fourth_zone_needs_nothing_but_the_spec(context: Context, record: Record) -> None:
    """With four zones there are twelve subnets, and each zone still has its own way out."""
    four = dataclasses.replace(context, zones=(*ZONES, "eu-west-1d"))
    recorded = record(lambda _: build(four, spec=NetworkSpec(zone_count=4)))

    assert len(of_type(recorded, "Subnet")) == 12
    assert len(of_type(recorded, "NatGateway")) == 4
    for subnet in tier(recorded, "app"):
        assert len(routes_of(recorded, subnet)) == 1


@pytest.mark.parametrize(
    ("group", "rules"),
    [
        ("rotation", {"sgr-rotation-endpoints-out-443", "sgr-rotation-endpoints-in-443"}),
        (
            "consumer",
            {
                *("sgr-consumer-endpoints-out-443", "sgr-consumer-endpoints-in-443"),
                *("sgr-consumer-s3-out-443", "sgr-consumer-dynamodb-out-443"),
            },
        ),
        ("edge", set()),
    ],
)
def test_the_way_to_services_has_all_endpoints_and_the_group_s_own_rules(
    record: Record, group: str, rules: set[str]
) -> None:
    """Who waits for it calls no service before its endpoint is there, nor before a rule lets the call through."""
    names: list[str] = []

    def build_and_look(context: Context) -> None:
        names.extend(resource._name for resource in build(context).way_to_services(group))

    recorded = record(build_and_look)

    endpoints = {endpoint.name for endpoint in of_type(recorded, "VpcEndpoint")}
    assert set(names) == endpoints | rules


def test_every_resource_stands_under_the_layer(network: list[Recorded]) -> None:
    """Nothing is registered outside the component, and taggable resources carry the common tags."""
    assert {resource.parent for resource in network if resource.name != "network"} == {"network"}
    for resource in network:
        if "tags" in resource.inputs:
            assert resource.inputs["tags"]["Name"].endswith("-test")
            assert resource.inputs["tags"]["DataClassification"]


@pytest.mark.parametrize("count", [0, 2])
def test_fewer_than_three_zones_are_refused(count: int) -> None:
    """A spec with fewer than three zones is refused with the number given and the number needed."""
    with pytest.raises(ValueError, match=rf"zone_count is {count}, but at least 3"):
        NetworkSpec(zone_count=count)


@pytest.mark.parametrize("bits", [3, 17])
def test_subnets_that_aws_does_not_offer_are_refused(bits: int) -> None:
    """A subnet size outside AWS's limits is refused with both limits."""
    with pytest.raises(ValueError, match=rf"host_bits is {bits}.*4 to 16"):
        NetworkSpec(host_bits=bits)


@pytest.mark.parametrize(
    ("network", "complaint"),
    [
        ("0.0.0.0/0", "too wide"),
        ("185.0.0.0/8", "too wide"),
        ("10.1.0.0/16", "private"),
        ("172.20.0.0/24", "private"),
        ("185.10.0.1/24", "not an IPv4 network"),
        ("visa.example.com", "not an IPv4 network"),
    ],
)
def test_improper_card_networks_are_refused(network: str, complaint: str) -> None:
    """The internet as a whole, private ranges and host names are no card networks."""
    with pytest.raises(ValueError, match=complaint):
        NetworkSpec(card_networks=(network,))


def test_more_zones_than_the_context_has_are_refused(context: Context, record: Record) -> None:
    """A spec for more zones than there are is refused before anything is registered, naming both numbers."""
    two = dataclasses.replace(context, zones=ZONES[:2])
    with pytest.raises(ValueError, match="zone_count is 3, but the context has 2 zones"):
        record(lambda _: build(two))


def test_a_range_too_small_for_the_subnets_is_refused(record: Record) -> None:
    """A VPC range that does not hold nine subnets is refused with what would do."""
    with pytest.raises(ValueError, match=r"10\.0\.0\.0/20 holds 4 blocks of 1024 addresses, but 9 are needed"):
        record(lambda context: build(context, vpc_cidr="10.0.0.0/20"))
