"""Amazon VPC: networks, routes, security groups, endpoints, flow logs."""

from __future__ import annotations

import dataclasses

from ..graph import Attribute, ListValue, Literal, Program, Resource, Value, references
from .custom import SECURITY_GROUP_HANDLER, custom_resource
from .inline_rules import NO_EGRESS, NO_RULES, inline_rules
from .model import Drop, Expanded, Expansion, Explicit, GetAtt, Ref, ResourceType, Text, To


def _arn(kind: str, reference: str = "${Ref}") -> Text:
    return Text(f"arn:${{AWS::Partition}}:ec2:${{AWS::Region}}:${{AWS::AccountId}}:{kind}/{reference}")


_ONE_SOURCE = "each rule has one source in CloudFormation"
_RULE = {
    "securityGroupId": To("GroupId"),
    "cidrIpv4": To("CidrIp"),
}

# IANA protocol numbers; Pulumi takes the names, too.
_PROTOCOLS = {"-1": -1, "all": -1, "icmp": 1, "tcp": 6, "udp": 17, "icmpv6": 58}


def _protocol_number(value: Value) -> Value:
    text = str(value.value) if isinstance(value, Literal) else ""
    if text.isdigit():
        return Literal(int(text))
    if text in _PROTOCOLS:
        return Literal(_PROTOCOLS[text])
    raise ValueError(f"must be a protocol number or one of {', '.join(_PROTOCOLS)}")


TYPES = (
    ResourceType(
        "aws:ec2/vpc:Vpc",
        "AWS::EC2::VPC",
        attributes={
            "id": Ref(),
            "arn": _arn("vpc"),
            "cidrBlock": GetAtt("CidrBlock"),
            "defaultSecurityGroupId": GetAtt("DefaultSecurityGroup"),
            "defaultNetworkAclId": GetAtt("DefaultNetworkAcl"),
        },
    ),
    ResourceType("aws:ec2/subnet:Subnet", "AWS::EC2::Subnet", attributes={"id": Ref(), "arn": _arn("subnet")}),
    ResourceType(
        "aws:ec2/internetGateway:InternetGateway",
        "AWS::EC2::InternetGateway",
        attributes={"id": Ref(), "arn": _arn("internet-gateway")},
        short=("igw",),
    ),
    ResourceType(
        "aws:ec2/internetGatewayAttachment:InternetGatewayAttachment",
        "AWS::EC2::VPCGatewayAttachment",
        attributes={"id": Ref()},
        short=("attachment",),
    ),
    ResourceType(
        "aws:ec2/eip:Eip",
        "AWS::EC2::EIP",
        attributes={"id": GetAtt("AllocationId"), "allocationId": GetAtt("AllocationId"), "publicIp": Ref()},
    ),
    ResourceType(
        "aws:ec2/natGateway:NatGateway",
        "AWS::EC2::NatGateway",
        properties={"privateIp": To("PrivateIpAddress")},
        attributes={"id": Ref(), "networkInterfaceId": GetAtt("EniId")},
        short=("nat",),
    ),
    ResourceType(
        "aws:ec2/routeTable:RouteTable",
        "AWS::EC2::RouteTable",
        attributes={"id": Ref(), "arn": _arn("route-table")},
        short=("rtb",),
    ),
    ResourceType("aws:ec2/route:Route", "AWS::EC2::Route", attributes={"id": Ref()}),
    ResourceType(
        "aws:ec2/routeTableAssociation:RouteTableAssociation",
        "AWS::EC2::SubnetRouteTableAssociation",
        attributes={"id": Ref()},
        short=("association",),
    ),
    ResourceType(
        "aws:ec2/networkAcl:NetworkAcl",
        "AWS::EC2::NetworkAcl",
        attributes={"id": Ref(), "arn": _arn("network-acl")},
        short=("nacl", "acl"),
    ),
    ResourceType(
        "aws:ec2/networkAclRule:NetworkAclRule",
        "AWS::EC2::NetworkAclEntry",
        properties={
            "protocol": To("Protocol", "a number in CloudFormation", convert=_protocol_number),
            "fromPort": To("PortRange.From"),
            "toPort": To("PortRange.To"),
            "icmpType": To("Icmp.Type"),
            "icmpCode": To("Icmp.Code"),
        },
        attributes={"id": Ref()},
        short=("nacl",),
    ),
    ResourceType(
        "aws:ec2/networkAclAssociation:NetworkAclAssociation",
        "AWS::EC2::SubnetNetworkAclAssociation",
        attributes={"id": Ref()},
        short=("association",),
    ),
    ResourceType(
        "aws:ec2/securityGroup:SecurityGroup",
        "AWS::EC2::SecurityGroup",
        properties={
            "name": To("GroupName"),
            "description": To("GroupDescription"),
            "ingress": To("SecurityGroupIngress", _ONE_SOURCE, convert=inline_rules("Source")),
            "egress": To("SecurityGroupEgress", _ONE_SOURCE, convert=inline_rules("Destination", NO_RULES)),
            "revokeRulesOnDelete": Drop("CloudFormation deletes the rules of its own stack first"),
        },
        attributes={"id": GetAtt("GroupId"), "arn": _arn("security-group", "${GetAtt:GroupId}")},
        explicit={
            "SecurityGroupEgress": Explicit(
                NO_EGRESS,
                "without a rule CloudFormation allows all egress, Pulumi's provider none; this one matches nothing",
            )
        },
        short=("sg", "secgroup"),
    ),
    ResourceType(
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
        "AWS::EC2::SecurityGroupIngress",
        properties={
            **_RULE,
            "referencedSecurityGroupId": To("SourceSecurityGroupId"),
            "prefixListId": To("SourcePrefixListId"),
        },
        attributes={"id": Ref(), "securityGroupRuleId": Ref()},
        short=("sgr", "ingress"),
    ),
    ResourceType(
        "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
        "AWS::EC2::SecurityGroupEgress",
        properties={
            **_RULE,
            "referencedSecurityGroupId": To("DestinationSecurityGroupId"),
            "prefixListId": To("DestinationPrefixListId"),
        },
        attributes={"id": Ref(), "securityGroupRuleId": Ref()},
        short=("sgr", "egress"),
    ),
    ResourceType(
        "aws:ec2/flowLog:FlowLog",
        "AWS::EC2::FlowLog",
        properties={
            "iamRoleArn": To("DeliverLogsPermissionArn"),
            "vpcId": To(
                "ResourceId", "what kind of resource it is, is a property of its own", also={"ResourceType": "VPC"}
            ),
            "subnetId": To(
                "ResourceId", "what kind of resource it is, is a property of its own", also={"ResourceType": "Subnet"}
            ),
        },
        attributes={"id": Ref(), "arn": _arn("vpc-flow-log")},
        short=("flow",),
    ),
    ResourceType(
        "aws:ec2/vpcEndpoint:VpcEndpoint",
        "AWS::EC2::VPCEndpoint",
        properties={"policy": To("PolicyDocument")},
        attributes={"id": Ref(), "arn": _arn("vpc-endpoint")},
        short=("vpce",),
    ),
)


def _empty(value: Value | None) -> bool:
    return value is None or value == ListValue(())


def _attach(resource: Resource, _program: Program) -> Expansion:
    """An internet gateway names its VPC itself in Pulumi; CloudFormation has a resource for the attachment."""
    vpc = resource.inputs.get("vpcId")
    if vpc is None:
        return Expansion((resource,))
    gateway = dataclasses.replace(
        resource,
        inputs={name: value for name, value in resource.inputs.items() if name != "vpcId"},
        dependencies=tuple(item for item in resource.dependencies if item not in references(vpc)),
    )
    attachment = dataclasses.replace(
        resource,
        urn=f"{resource.urn}-attachment",
        type="aws:ec2/internetGatewayAttachment:InternetGatewayAttachment",
        name=f"{resource.name}-attachment",
        inputs={"internetGatewayId": Attribute(resource.urn, ("id",)), "vpcId": vpc},
    )
    return Expansion((gateway, attachment), completing=(attachment.urn,), became={"vpcId": (attachment.urn, "vpcId")})


def _close_default_group(resource: Resource, program: Program) -> Expansion:
    """Pulumi takes the default group over and removes its rules; in CloudFormation a custom resource does so."""
    closed = _empty(resource.inputs.get("ingress")) and _empty(resource.inputs.get("egress"))
    if not closed:
        raise ValueError("the default security group can be compiled only without rules: pass ingress=[] and egress=[]")
    vpc = resource.inputs["vpcId"]
    inputs: dict[str, Value] = {"vpcId": vpc}
    if isinstance(vpc, Attribute):
        inputs = {"groupId": Attribute(vpc.urn, ("defaultSecurityGroupId",))}
    if "tags" in resource.inputs:
        inputs["tags"] = resource.inputs["tags"]
    return custom_resource(
        resource,
        program,
        SECURITY_GROUP_HANDLER,
        "aws:ec2/defaultSecurityGroup:Closed",
        inputs,
        became={"vpcId": "groupId" if isinstance(vpc, Attribute) else "vpcId", "ingress": "", "egress": ""},
    )


EXPANSIONS = (
    Expanded("aws:ec2/internetGateway:InternetGateway", _attach, "the attachment is a resource of its own"),
    Expanded(
        "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
        _close_default_group,
        "CloudFormation has no type for what the VPC brings along; a custom resource removes the group's rules",
    ),
)
