"""What the customer requires of network and placement, as checks: each returns what is wrong."""

from __future__ import annotations

from tests.stack.requirements_reader import Item, Stack, listed, refers_to

ZONES = 3
EVERYWHERE = ("0.0.0.0/0", "::/0")
# What may stand in a public subnet, and what only says how traffic gets there.
PUBLIC_KINDS = {
    "AWS::EC2::NatGateway",
    "AWS::EC2::SubnetRouteTableAssociation",
    "AWS::EC2::SubnetNetworkAclAssociation",
}
DATA_KINDS = {
    "AWS::EFS::MountTarget": "SubnetId",
    "AWS::ElastiCache::SubnetGroup": "SubnetIds",
    "AWS::RDS::DBProxy": "VpcSubnetIds",
    "AWS::RDS::DBProxyEndpoint": "VpcSubnetIds",
    "AWS::RDS::DBSubnetGroup": "SubnetIds",
}


def zone(subnet: Item) -> str:
    """The subnet's zone as the template has it."""
    return repr(subnet.get("AvailabilityZone"))


def route_tables(stack: Stack, subnet: Item) -> set[str]:
    """The route tables that a subnet is associated with."""
    return {
        table
        for association in stack.of("AWS::EC2::SubnetRouteTableAssociation")
        if refers_to(association.get("SubnetId")) == {subnet.id}
        for table in refers_to(association.get("RouteTableId"))
    }


def routes(stack: Stack, subnet: Item) -> list[Item]:
    """The routes that traffic of a subnet takes out of the VPC."""
    tables = route_tables(stack, subnet)
    return [route for route in stack.of("AWS::EC2::Route") if refers_to(route.get("RouteTableId")) <= tables]


def tiers(stack: Stack) -> dict[str, list[Item]]:
    """Subnets by where their routes lead: ``public``, ``app`` (NAT gateway) or ``data`` (nowhere)."""
    found: dict[str, list[Item]] = {"public": [], "app": [], "data": []}
    for subnet in stack.of("AWS::EC2::Subnet"):
        ways = routes(stack, subnet)
        if any(route.get("GatewayId") for route in ways):
            found["public"].append(subnet)
        elif any(route.get("NatGatewayId") for route in ways):
            found["app"].append(subnet)
        else:
            found["data"].append(subnet)
    return found


def ids(subnets: list[Item]) -> set[str]:
    return {subnet.id for subnet in subnets}


def three_zones(stack: Stack) -> list[str]:
    """Every tier has a subnet in each of three zones, nine in all."""
    return [
        f"{tier}: {len(subnets)} subnets in {len(set(map(zone, subnets)))} zones"
        for tier, subnets in tiers(stack).items()
        if len(subnets) != ZONES or len(set(map(zone, subnets))) != ZONES
    ]


def nat_per_zone(stack: Stack) -> list[str]:
    """Every application subnet gets out by a NAT gateway that stands in a public subnet of its own zone."""
    wrong = []
    for subnet in tiers(stack)["app"]:
        for route in routes(stack, subnet):
            gateway = stack.item(route.get("NatGatewayId"))
            home = stack.item(gateway.get("SubnetId")) if gateway else None
            if home is None or home.id not in ids(tiers(stack)["public"]) or zone(home) != zone(subnet):
                wrong.append(f"{subnet.id}: {route.id}")
    return wrong or ([] if tiers(stack)["app"] else ["no subnet has a way out by a NAT gateway"])


def public_subnets_hold_no_workload(stack: Stack) -> list[str]:
    """Public subnets hold NAT gateways and nothing else."""
    public = ids(tiers(stack)["public"])
    return [
        f"{item.id} ({item.type})"
        for item in stack.items
        if item.type not in PUBLIC_KINDS and refers_to(dict(item.properties)) & public
    ]


def private_placement(stack: Stack) -> list[str]:
    """Databases, cache and files stand in data subnets; tasks, functions and load balancer in application subnets."""
    app, data = ids(tiers(stack)["app"]), ids(tiers(stack)["data"])
    wrong = []
    for item in stack.items:
        if item.type in DATA_KINDS:
            expected, subnets = data, item.get(DATA_KINDS[item.type])
        elif item.type == "AWS::ECS::Service":
            expected, subnets = app, item.get("NetworkConfiguration", "AwsvpcConfiguration", "Subnets")
        elif item.type == "AWS::Lambda::Function" and item.get("VpcConfig"):
            expected, subnets = app, item.get("VpcConfig", "SubnetIds")
        elif item.type == "AWS::ElasticLoadBalancingV2::LoadBalancer":
            expected, subnets = app, item.get("Subnets")
        elif item.type == "AWS::ApiGatewayV2::VpcLink":
            expected, subnets = app, item.get("SubnetIds")
        else:
            continue
        if not refers_to(subnets) or not refers_to(subnets) <= expected:
            wrong.append(f"{item.id}: {sorted(refers_to(subnets))}")
    return wrong


def no_public_addresses(stack: Stack) -> list[str]:
    """Nothing has a public address of its own but the NAT gateways."""
    wrong = [item.id for item in stack.of("AWS::EC2::Subnet") if item.get("MapPublicIpOnLaunch") is not False]
    wrong += [item.id for item in stack.of("AWS::RDS::DBInstance") if item.get("PubliclyAccessible") is not False]
    for item in stack.of("AWS::ECS::Service"):
        if item.get("NetworkConfiguration", "AwsvpcConfiguration", "AssignPublicIp") != "DISABLED":
            wrong.append(item.id)
    for item in stack.of("AWS::ElasticLoadBalancingV2::LoadBalancer"):
        if item.get("Scheme") != "internal":
            wrong.append(item.id)
    return wrong


def security_group_rules(stack: Stack) -> list[str]:
    """Every rule of a security group is for one port of TCP, says what for, and names no range of addresses."""
    rules = stack.of("AWS::EC2::SecurityGroupIngress", "AWS::EC2::SecurityGroupEgress")
    wrong = [
        rule.id
        for rule in rules
        if rule.get("CidrIp")
        or rule.get("CidrIpv6")
        or rule.get("IpProtocol") != "tcp"
        or rule.get("FromPort") is None
        or rule.get("FromPort") != rule.get("ToPort")
        or not rule.get("Description")
    ]
    for group in stack.of("AWS::EC2::SecurityGroup"):
        inline = listed(group.get("SecurityGroupIngress")) + listed(group.get("SecurityGroupEgress"))
        # CloudFormation lets all out of a group that lists no egress; this entry leads to nowhere.
        if [rule.get("CidrIp") for rule in inline] != ["255.255.255.255/32"]:
            wrong.append(group.id)
        if not any(refers_to(rule.get("GroupId")) == {group.id} for rule in rules):
            wrong.append(f"{group.id} has no rule")
    return wrong


def segmentation(stack: Stack) -> list[str]:
    """Each tier has a network ACL of its own, and that of the data tier knows no address outside the VPC."""
    lists: dict[str, set[str]] = {}
    for tier, subnets in tiers(stack).items():
        lists[tier] = {
            acl
            for association in stack.of("AWS::EC2::SubnetNetworkAclAssociation")
            if refers_to(association.get("SubnetId")) <= ids(subnets)
            for acl in refers_to(association.get("NetworkAclId"))
        }
    wrong = [f"{tier}: {sorted(found)}" for tier, found in lists.items() if len(found) != 1]
    if len(set().union(*lists.values())) != len(lists):
        wrong.append("tiers share a network ACL")
    wrong += [
        entry.id
        for entry in stack.of("AWS::EC2::NetworkAclEntry")
        if refers_to(entry.get("NetworkAclId")) <= lists["data"]
        and entry.get("RuleAction") == "allow"
        and entry.get("CidrBlock") in EVERYWHERE
    ]
    closed = {name for item in stack.of("Custom::ClosedSecurityGroup") for name in refers_to(item.get("GroupId"))}
    return wrong + [f"{vpc.id}: its default group is open" for vpc in stack.of("AWS::EC2::VPC") if vpc.id not in closed]


def region(stack: Stack) -> list[str]:
    """A rule of the template refuses every Region but eu-west-1."""
    assertions = [
        assertion.get("Assert") for rule in stack.template.get("Rules", {}).values() for assertion in rule["Assertions"]
    ]
    return [] if {"Fn::Equals": [{"Ref": "AWS::Region"}, "eu-west-1"]} in assertions else ["any Region is accepted"]
