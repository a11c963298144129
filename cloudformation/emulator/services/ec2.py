"""EC2: VPC, subnets, gateways, routes, network ACLs, security groups, endpoints, flow logs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..api import ApiType, Call, Given, Services, Setting, Source, answered, listed, ref, tag_specification, wrapped
from ..resources import Record


def _tags(services: Services, record: Record, old: Mapping[str, Any]) -> None:
    new_tags = {tag["Key"]: tag["Value"] for tag in record.properties.get("Tags", [])}
    gone = [tag for tag in old.get("Tags", []) if tag["Key"] not in new_tags]
    resources = [record.answer.get("AllocationId", record.physical_id)]
    if gone:
        services.call("ec2", "delete_tags", {"Resources": resources, "Tags": [{"Key": t["Key"]} for t in gone]})
    if new_tags:
        services.call("ec2", "create_tags", {"Resources": resources, "Tags": record.properties["Tags"]})


TAGS = Setting(("Tags",), _tags, at_creation=False)


def _default_in_vpc(operation: str, list_name: str, id_name: str) -> Any:
    def lookup(services: Services, record: Record) -> Any:
        filters = [{"Name": "vpc-id", "Values": [record.physical_id]}]
        found = services.call("ec2", operation, {"Filters": filters})[list_name]
        return next(item[id_name] for item in found if item.get("IsDefault") or item.get("GroupName") == "default")

    return lookup


def _port_range(record: Record) -> Any:
    return record.properties.get("PortRange")


def _acl_entry(operation: str) -> Call:
    return Call(
        operation,
        {"PortRange": _port_range, "IcmpTypeCode": Given("Icmp"), "Egress": _egress},
        ("NetworkAclId", "RuleNumber", "Protocol", "RuleAction", "CidrBlock", "Ipv6CidrBlock"),
    )


def _egress(record: Record) -> bool:
    return bool(record.properties.get("Egress", False))


def _associate_acl(services: Services, record: Record, subnet_acl: str) -> Any:
    """Put a subnet under another network ACL; EC2 knows only replacing the association that every subnet has."""
    subnet = record.properties["SubnetId"]
    filters = [{"Name": "association.subnet-id", "Values": [subnet]}]
    acls = services.call("ec2", "describe_network_acls", {"Filters": filters})["NetworkAcls"]
    current = next(
        association["NetworkAclAssociationId"]
        for acl in acls
        for association in acl["Associations"]
        if association["SubnetId"] == subnet
    )
    return services.call(
        "ec2", "replace_network_acl_association", {"AssociationId": current, "NetworkAclId": subnet_acl}
    )


def permission(rule: Mapping[str, Any], peer: str) -> dict[str, Any]:
    """A security group rule in the API's form; ``peer`` is ``Source`` or ``Destination``."""
    described = {"Description": rule["Description"]} if "Description" in rule else {}
    result: dict[str, Any] = {"IpProtocol": str(rule["IpProtocol"])}
    result |= {port: rule[port] for port in ("FromPort", "ToPort") if port in rule}
    if "CidrIp" in rule:
        result["IpRanges"] = [{"CidrIp": rule["CidrIp"], **described}]
    if "CidrIpv6" in rule:
        result["Ipv6Ranges"] = [{"CidrIpv6": rule["CidrIpv6"], **described}]
    group, prefix_list = rule.get(f"{peer}SecurityGroupId"), rule.get(f"{peer}PrefixListId")
    if group:
        result["UserIdGroupPairs"] = [{"GroupId": group, **described}]
    if prefix_list:
        result["PrefixListIds"] = [{"PrefixListId": prefix_list, **described}]
    return result


def _group_rules(services: Services, record: Record, old: Mapping[str, Any]) -> None:
    group = record.physical_id
    for name, peer, kind in (
        ("SecurityGroupIngress", "Source", "ingress"),
        ("SecurityGroupEgress", "Destination", "egress"),
    ):
        before = [permission(rule, peer) for rule in old.get(name, [])]
        if kind == "egress" and not old and name in record.properties:
            # A new group allows everything outwards until its own rules are given.
            before = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
        after = [permission(rule, peer) for rule in record.properties.get(name, [])]
        for operation, rules in (
            (f"revoke_security_group_{kind}", [rule for rule in before if rule not in after]),
            (f"authorize_security_group_{kind}", [rule for rule in after if rule not in before]),
        ):
            if rules:
                services.call("ec2", operation, {"GroupId": group, "IpPermissions": rules})


def _rule_type(kind: str, peer: str) -> ApiType:
    def permissions(record: Record) -> Any:
        return [permission(record.properties, peer)]

    parameters: dict[str, Source] = {"GroupId": Given("GroupId"), "IpPermissions": permissions}
    return ApiType(
        "ec2",
        create=Call(f"authorize_security_group_{kind}", parameters),
        ref=answered("SecurityGroupRules[0].SecurityGroupRuleId"),
        delete=(Call(f"revoke_security_group_{kind}", parameters),),
        unkept=("Description",),
    )


def _move_to_acl(services: Services, record: Record, old: Mapping[str, Any]) -> None:
    if not old:
        _associate_acl(services, record, record.properties["NetworkAclId"])


def _move_to_default_acl(services: Services, record: Record, _: Mapping[str, Any]) -> None:
    subnets = services.call("ec2", "describe_subnets", {"SubnetIds": [record.properties["SubnetId"]]})["Subnets"]
    filters = [{"Name": "vpc-id", "Values": [subnets[0]["VpcId"]]}, {"Name": "default", "Values": ["true"]}]
    default = services.call("ec2", "describe_network_acls", {"Filters": filters})["NetworkAcls"][0]
    _associate_acl(services, record, default["NetworkAclId"])


def _endpoint_policy(services: Services, record: Record, _: Mapping[str, Any]) -> None:
    policy = record.properties.get("PolicyDocument")
    change = {"PolicyDocument": policy} if policy else {"ResetPolicy": True}
    services.call("ec2", "modify_vpc_endpoint", {"VpcEndpointId": record.physical_id, **change})


def _endpoint_members(services: Services, record: Record, old: Mapping[str, Any]) -> None:
    change: dict[str, Any] = {}
    for name in ("SubnetIds", "RouteTableIds"):
        before, after = set(old.get(name, [])), set(record.properties.get(name, []))
        change |= {f"Add{name}": sorted(after - before) or None, f"Remove{name}": sorted(before - after) or None}
    services.call("ec2", "modify_vpc_endpoint", {"VpcEndpointId": record.physical_id, **change})


ROUTE_TARGETS = (
    "EgressOnlyInternetGatewayId",
    "GatewayId",
    "InstanceId",
    "NatGatewayId",
    "NetworkInterfaceId",
    "TransitGatewayId",
    "VpcEndpointId",
    "VpcPeeringConnectionId",
)
ROUTE = ("RouteTableId", "DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")

TYPES = {
    "AWS::EC2::VPC": ApiType(
        "ec2",
        create=Call("create_vpc", {"TagSpecifications": tag_specification("vpc")}, ("CidrBlock", "InstanceTenancy")),
        ref=answered("Vpc.VpcId"),
        delete=(Call("delete_vpc", {"VpcId": ref}),),
        settings=(
            TAGS,
            *(
                Setting((name,), Call("modify_vpc_attribute", {"VpcId": ref, name: wrapped(name)}))
                for name in ("EnableDnsSupport", "EnableDnsHostnames")
            ),
        ),
        attributes={"VpcId": ref},
        lookups={
            "DefaultSecurityGroup": _default_in_vpc("describe_security_groups", "SecurityGroups", "GroupId"),
            "DefaultNetworkAcl": _default_in_vpc("describe_network_acls", "NetworkAcls", "NetworkAclId"),
        },
        unkept=("InstanceTenancy",),
    ),
    "AWS::EC2::Subnet": ApiType(
        "ec2",
        create=Call(
            "create_subnet",
            {"TagSpecifications": tag_specification("subnet")},
            ("VpcId", "CidrBlock", "AvailabilityZone", "AvailabilityZoneId", "Ipv6CidrBlock"),
        ),
        ref=answered("Subnet.SubnetId"),
        delete=(Call("delete_subnet", {"SubnetId": ref}),),
        settings=(
            TAGS,
            Setting(
                ("MapPublicIpOnLaunch",),
                Call(
                    "modify_subnet_attribute",
                    {"SubnetId": ref, "MapPublicIpOnLaunch": wrapped("MapPublicIpOnLaunch")},
                ),
            ),
        ),
        attributes={
            "SubnetId": ref,
            "AvailabilityZone": answered("Subnet.AvailabilityZone"),
        },
        unkept=(
            "AssignIpv6AddressOnCreation",
            "EnableDns64",
            "EnableLniAtDeviceIndex",
            "Ipv6CidrBlock",
            "PrivateDnsNameOptionsOnLaunch",
        ),
    ),
    "AWS::EC2::InternetGateway": ApiType(
        "ec2",
        create=Call("create_internet_gateway", {"TagSpecifications": tag_specification("internet-gateway")}),
        ref=answered("InternetGateway.InternetGatewayId"),
        delete=(Call("delete_internet_gateway", {"InternetGatewayId": ref}),),
        settings=(TAGS,),
        attributes={"InternetGatewayId": ref},
    ),
    "AWS::EC2::VPCGatewayAttachment": ApiType(
        "ec2",
        create=Call("attach_internet_gateway", same=("InternetGatewayId", "VpcId")),
        ref=lambda record: f"IGW|{record.properties['VpcId']}",
        delete=(Call("detach_internet_gateway", same=("InternetGatewayId", "VpcId")),),
        unkept=(
            "InternetGatewayId",
            "VpnGatewayId",
        ),
    ),
    "AWS::EC2::EIP": ApiType(
        "ec2",
        create=Call("allocate_address", {"TagSpecifications": tag_specification("elastic-ip")}, ("Domain",)),
        ref=answered("PublicIp"),
        delete=(Call("release_address", {"AllocationId": answered("AllocationId")}),),
        settings=(TAGS,),
        attributes={"AllocationId": answered("AllocationId"), "PublicIp": ref},
        unkept=("Domain", "InstanceId", "PublicIpv4Pool"),
    ),
    "AWS::EC2::NatGateway": ApiType(
        "ec2",
        create=Call(
            "create_nat_gateway",
            {"TagSpecifications": tag_specification("natgateway")},
            ("SubnetId", "AllocationId", "ConnectivityType"),
        ),
        ref=answered("NatGateway.NatGatewayId"),
        delete=(Call("delete_nat_gateway", {"NatGatewayId": ref}),),
        settings=(TAGS,),
        attributes={"NatGatewayId": ref},
        unkept=(
            "AvailabilityZoneAddresses",
            "MaxDrainDurationSeconds",
            "SecondaryAllocationIds",
            "SecondaryPrivateIpAddressCount",
            "SecondaryPrivateIpAddresses",
        ),
    ),
    "AWS::EC2::RouteTable": ApiType(
        "ec2",
        create=Call("create_route_table", {"TagSpecifications": tag_specification("route-table")}, ("VpcId",)),
        ref=answered("RouteTable.RouteTableId"),
        delete=(Call("delete_route_table", {"RouteTableId": ref}),),
        settings=(TAGS,),
        attributes={"RouteTableId": ref},
    ),
    "AWS::EC2::Route": ApiType(
        "ec2",
        create=Call("create_route", same=(*ROUTE, *ROUTE_TARGETS)),
        ref=lambda record: f"{record.properties['RouteTableId']}|{record.properties.get('DestinationCidrBlock')}",
        delete=(Call("delete_route", same=ROUTE),),
        settings=(Setting(ROUTE_TARGETS, Call("replace_route", same=(*ROUTE, *ROUTE_TARGETS)), at_creation=False),),
        unkept=("CarrierGatewayId", "CoreNetworkArn", "LocalGatewayId", "OdbNetworkArn"),
    ),
    "AWS::EC2::SubnetRouteTableAssociation": ApiType(
        "ec2",
        create=Call("associate_route_table", same=("RouteTableId", "SubnetId")),
        ref=answered("AssociationId"),
        delete=(Call("disassociate_route_table", {"AssociationId": ref}),),
        attributes={"Id": ref},
    ),
    "AWS::EC2::NetworkAcl": ApiType(
        "ec2",
        create=Call("create_network_acl", {"TagSpecifications": tag_specification("network-acl")}, ("VpcId",)),
        ref=answered("NetworkAcl.NetworkAclId"),
        delete=(Call("delete_network_acl", {"NetworkAclId": ref}),),
        settings=(TAGS,),
        attributes={"Id": ref},
    ),
    "AWS::EC2::NetworkAclEntry": ApiType(
        "ec2",
        create=_acl_entry("create_network_acl_entry"),
        ref=lambda record: (
            f"{record.properties['NetworkAclId']}|{record.properties['RuleNumber']}|{str(_egress(record)).lower()}"
        ),
        delete=(Call("delete_network_acl_entry", {"Egress": _egress}, ("NetworkAclId", "RuleNumber")),),
        settings=(
            Setting(
                ("Protocol", "RuleAction", "CidrBlock", "Ipv6CidrBlock", "PortRange", "Icmp"),
                _acl_entry("replace_network_acl_entry"),
                at_creation=False,
            ),
        ),
    ),
    "AWS::EC2::SubnetNetworkAclAssociation": ApiType(
        "ec2",
        create=Call("describe_subnets", {"SubnetIds": listed(Given("SubnetId"))}),
        ref=lambda record: f"aclassoc-{record.seed[:17]}",
        delete=(_move_to_default_acl,),
        settings=(Setting(("NetworkAclId",), _move_to_acl),),
        attributes={"AssociationId": ref},
    ),
    "AWS::EC2::SecurityGroup": ApiType(
        "ec2",
        create=Call(
            "create_security_group",
            {
                "GroupName": lambda record: record.name,
                "Description": Given("GroupDescription"),
                "TagSpecifications": tag_specification("security-group"),
            },
            ("VpcId",),
        ),
        ref=answered("GroupId"),
        delete=(Call("delete_security_group", {"GroupId": ref}),),
        settings=(TAGS, Setting(("SecurityGroupIngress", "SecurityGroupEgress"), _group_rules)),
        attributes={"GroupId": ref, "Id": ref, "VpcId": Given("VpcId")},
    ),
    "AWS::EC2::SecurityGroupIngress": _rule_type("ingress", "Source"),
    "AWS::EC2::SecurityGroupEgress": _rule_type("egress", "Destination"),
    "AWS::EC2::VPCEndpoint": ApiType(
        "ec2",
        create=Call(
            "create_vpc_endpoint",
            {"TagSpecifications": tag_specification("vpc-endpoint")},
            (
                "VpcId",
                "ServiceName",
                "VpcEndpointType",
                "SubnetIds",
                "RouteTableIds",
                "SecurityGroupIds",
                "PrivateDnsEnabled",
                "PolicyDocument",
                "IpAddressType",
                "DnsOptions",
            ),
        ),
        ref=answered("VpcEndpoint.VpcEndpointId"),
        delete=(Call("delete_vpc_endpoints", {"VpcEndpointIds": listed(ref)}),),
        settings=(
            TAGS,
            Setting(("PolicyDocument",), _endpoint_policy, at_creation=False),
            Setting(("SubnetIds", "RouteTableIds"), _endpoint_members, at_creation=False),
        ),
        attributes={"Id": ref},
        unkept=("SecurityGroupIds", "PrivateDnsEnabled", "IpAddressType", "DnsOptions"),
    ),
    "AWS::EC2::FlowLog": ApiType(
        "ec2",
        create=Call(
            "create_flow_logs",
            {
                "ResourceIds": listed(Given("ResourceId")),
                "TagSpecifications": tag_specification("vpc-flow-log"),
            },
            (
                "ResourceType",
                "TrafficType",
                "LogDestinationType",
                "LogDestination",
                "LogGroupName",
                "DeliverLogsPermissionArn",
                "LogFormat",
                "MaxAggregationInterval",
                "DestinationOptions",
            ),
        ),
        ref=answered("FlowLogIds[0]"),
        delete=(Call("delete_flow_logs", {"FlowLogIds": listed(ref)}),),
        settings=(TAGS,),
        attributes={"Id": ref},
    ),
}
