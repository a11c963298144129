"""What ids and ARNs look like, per resource type, and which inputs AWS cannot change in place.

The forms are those of the services' API references. ``fixed`` follows ``createOnlyProperties`` of the CloudFormation
resource schemas (the same API behind it), reduced to what pulumi_aws has under some name; for a type that is not
listed, only a changed ``name`` makes a replacement. The real provider may replace more.

In a template, ``{input}`` is an input's value (for an unnamed resource, a name made from the Pulumi name) and
``{input_name}`` the last part of it, as of an ARN; ``{hash}`` stands for 17 hexadecimal digits that are the resource's
own, ``{uuid}`` for such digits as a UUID, ``{revision}`` for how often it has been made.
"""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

ACCOUNT = "123456789012"
REGION = "eu-west-1"


@dataclass(frozen=True)
class Form:
    """The shape of a type's id and ARN."""

    id: str
    arn: str = ""
    fixed: frozenset[str] = frozenset()


def _form(id: str, arn: str = "", fixed: str = "") -> Form:  # noqa: A002
    return Form(id, arn, frozenset(fixed.split()))


def _regional(service: str, resource: str) -> str:
    return f"arn:aws:{service}:{{region}}:{{account}}:{resource}"


def _ec2(prefix: str, kind: str, fixed: str = "") -> Form:
    return _form(f"{prefix}-{{hash}}", _regional("ec2", f"{kind}/{{id}}"), fixed)


_ELB = "elasticloadbalancing"
_RULE = "securityGroupId ipProtocol fromPort toPort cidrIpv4 cidrIpv6 referencedSecurityGroupId prefixListId"

FORMS: dict[str, Form] = {
    # Network
    "aws:ec2/vpc:Vpc": _ec2("vpc", "vpc", "cidrBlock"),
    "aws:ec2/subnet:Subnet": _ec2("subnet", "subnet", "vpcId cidrBlock availabilityZone availabilityZoneId"),
    "aws:ec2/internetGateway:InternetGateway": _ec2("igw", "internet-gateway"),
    "aws:ec2/internetGatewayAttachment:InternetGatewayAttachment": _form(
        "{internetGatewayId}:{vpcId}", fixed="internetGatewayId vpcId"
    ),
    "aws:ec2/eip:Eip": _ec2("eipalloc", "elastic-ip", "networkBorderGroup address"),
    "aws:ec2/natGateway:NatGateway": _ec2("nat", "natgateway", "subnetId allocationId connectivityType privateIp"),
    "aws:ec2/routeTable:RouteTable": _ec2("rtb", "route-table", "vpcId"),
    "aws:ec2/route:Route": _form("r-{hash}", fixed="routeTableId destinationCidrBlock destinationIpv6CidrBlock"),
    "aws:ec2/routeTableAssociation:RouteTableAssociation": _form("rtbassoc-{hash}", fixed="subnetId gatewayId"),
    "aws:ec2/networkAcl:NetworkAcl": _ec2("acl", "network-acl", "vpcId"),
    "aws:ec2/networkAclRule:NetworkAclRule": _form("nacl-{hash}", fixed="networkAclId ruleNumber egress"),
    "aws:ec2/networkAclAssociation:NetworkAclAssociation": _form("aclassoc-{hash}", fixed="networkAclId subnetId"),
    "aws:ec2/securityGroup:SecurityGroup": _ec2("sg", "security-group", "name description vpcId"),
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": _ec2("sg", "security-group", "vpcId"),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": _ec2("sgr", "security-group-rule", _RULE),
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": _ec2("sgr", "security-group-rule", _RULE),
    "aws:ec2/vpcEndpoint:VpcEndpoint": _ec2("vpce", "vpc-endpoint", "vpcId serviceName vpcEndpointType"),
    "aws:ec2/flowLog:FlowLog": _ec2(
        "fl",
        "vpc-flow-log",
        "vpcId subnetId trafficType logDestination logDestinationType iamRoleArn logFormat maxAggregationInterval",
    ),
    # Keys, secrets, identities
    "aws:kms/key:Key": _form("{uuid}", _regional("kms", "key/{id}")),
    "aws:kms/alias:Alias": _form("{name}", _regional("kms", "{name}"), "name"),
    "aws:secretsmanager/secret:Secret": _form("{arn}", _regional("secretsmanager", "secret:{name}-{hash}"), "name"),
    "aws:secretsmanager/secretVersion:SecretVersion": _form(
        "{secretId}|{uuid}", "{secretId}", "secretId secretString secretBinary"
    ),
    "aws:secretsmanager/secretRotation:SecretRotation": _form("{secretId}", fixed="secretId"),
    "aws:secretsmanager/secretPolicy:SecretPolicy": _form("{secretArn}", fixed="secretArn"),
    "aws:iam/role:Role": _form("{name}", "arn:aws:iam::{account}:role/{name}", "name path"),
    "aws:iam/rolePolicy:RolePolicy": _form("{role}:{name}", fixed="role name"),
    "aws:iam/policy:Policy": _form("{arn}", "arn:aws:iam::{account}:policy/{name}", "name path description"),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": _form("{role}/{policyArn}", fixed="role policyArn"),
    # Logs, audit, alarms
    "aws:s3/bucket:Bucket": _form("{bucket}", "arn:aws:s3:::{bucket}", "bucket"),
    "aws:s3/bucketPolicy:BucketPolicy": _form("{bucket}", fixed="bucket"),
    "aws:s3/bucketVersioning:BucketVersioning": _form("{bucket}", fixed="bucket"),
    "aws:s3/bucketLogging:BucketLogging": _form("{bucket}", fixed="bucket"),
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": _form("{bucket}", fixed="bucket"),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": _form("{bucket}", fixed="bucket"),
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": _form("{bucket}", fixed="bucket"),
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": _form(
        "{bucket}", fixed="bucket"
    ),
    "aws:cloudtrail/trail:Trail": _form("{arn}", _regional("cloudtrail", "trail/{name}"), "name"),
    "aws:cloudwatch/logGroup:LogGroup": _form("{name}", _regional("logs", "log-group:{name}"), "name logGroupClass"),
    "aws:cloudwatch/logMetricFilter:LogMetricFilter": _form("{logGroupName}:{name}", fixed="name logGroupName"),
    "aws:cloudwatch/metricAlarm:MetricAlarm": _form("{name}", _regional("cloudwatch", "alarm:{name}"), "name"),
    "aws:cloudwatch/dashboard:Dashboard": _form(
        "{dashboardName}", "arn:aws:cloudwatch::{account}:dashboard/{dashboardName}", "dashboardName"
    ),
    "aws:cloudwatch/eventRule:EventRule": _form("{name}", _regional("events", "rule/{name}"), "name eventBusName"),
    "aws:cloudwatch/eventTarget:EventTarget": _form("{rule}-{hash}", fixed="rule targetId eventBusName"),
    "aws:sns/topic:Topic": _form("{arn}", _regional("sns", "{name}"), "name fifoTopic"),
    "aws:sns/topicPolicy:TopicPolicy": _form("{arn}", fixed="arn"),
    "aws:sns/topicSubscription:TopicSubscription": _form("{arn}", "{topic}:{uuid}", "topic protocol endpoint"),
    # Data
    "aws:kinesis/stream:Stream": _form("{arn}", _regional("kinesis", "stream/{name}"), "name"),
    "aws:sqs/queue:Queue": _form(
        "https://sqs.{region}.amazonaws.com/{account}/{name}", _regional("sqs", "{name}"), "name fifoQueue"
    ),
    "aws:sqs/queuePolicy:QueuePolicy": _form("{queueUrl}", fixed="queueUrl"),
    "aws:dynamodb/table:Table": _form("{name}", _regional("dynamodb", "table/{name}"), "name hashKey rangeKey"),
    "aws:rds/cluster:Cluster": _form(
        "{clusterIdentifier}",
        _regional("rds", "cluster:{clusterIdentifier}"),
        "clusterIdentifier databaseName dbSubnetGroupName engineMode kmsKeyId storageEncrypted masterUsername",
    ),
    "aws:rds/clusterInstance:ClusterInstance": _form(
        "{identifier}", _regional("rds", "db:{identifier}"), "identifier clusterIdentifier dbSubnetGroupName"
    ),
    "aws:rds/subnetGroup:SubnetGroup": _form("{name}", _regional("rds", "subgrp:{name}"), "name"),
    "aws:rds/clusterParameterGroup:ClusterParameterGroup": _form(
        "{name}", _regional("rds", "cluster-pg:{name}"), "name family description"
    ),
    "aws:rds/parameterGroup:ParameterGroup": _form("{name}", _regional("rds", "pg:{name}"), "name family description"),
    "aws:rds/proxy:Proxy": _form("{name}", _regional("rds", "db-proxy:prx-{hash}"), "name engineFamily vpcSubnetIds"),
    "aws:rds/proxyDefaultTargetGroup:ProxyDefaultTargetGroup": _form(
        "{dbProxyName}", _regional("rds", "target-group:prx-tg-{hash}"), "dbProxyName"
    ),
    "aws:rds/proxyTarget:ProxyTarget": _form(
        "{dbProxyName}/{targetGroupName}/{hash}",
        fixed="dbProxyName targetGroupName dbClusterIdentifier dbInstanceIdentifier",
    ),
    "aws:elasticache/replicationGroup:ReplicationGroup": _form(
        "{replicationGroupId}",
        _regional("elasticache", "replicationgroup:{replicationGroupId}"),
        "replicationGroupId atRestEncryptionEnabled kmsKeyId subnetGroupName port networkType dataTieringEnabled",
    ),
    "aws:elasticache/subnetGroup:SubnetGroup": _form("{name}", _regional("elasticache", "subnetgroup:{name}"), "name"),
    "aws:elasticache/parameterGroup:ParameterGroup": _form(
        "{name}", _regional("elasticache", "parametergroup:{name}"), "name family"
    ),
    "aws:elasticache/user:User": _form("{userId}", _regional("elasticache", "user:{userId}"), "userId userName"),
    "aws:elasticache/userGroup:UserGroup": _form(
        "{userGroupId}", _regional("elasticache", "usergroup:{userGroupId}"), "userGroupId"
    ),
    "aws:efs/fileSystem:FileSystem": _form(
        "fs-{hash}",
        _regional("elasticfilesystem", "file-system/{id}"),
        "encrypted kmsKeyId performanceMode availabilityZoneName creationToken",
    ),
    "aws:efs/accessPoint:AccessPoint": _form(
        "fsap-{hash}", _regional("elasticfilesystem", "access-point/{id}"), "fileSystemId posixUser rootDirectory"
    ),
    "aws:efs/mountTarget:MountTarget": _form("fsmt-{hash}", fixed="fileSystemId subnetId ipAddress ipAddressType"),
    "aws:efs/fileSystemPolicy:FileSystemPolicy": _form("{fileSystemId}", fixed="fileSystemId"),
    "aws:efs/backupPolicy:BackupPolicy": _form("{fileSystemId}", fixed="fileSystemId"),
    # Processing and API
    "aws:ecs/cluster:Cluster": _form("{arn}", _regional("ecs", "cluster/{name}"), "name"),
    "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders": _form("{clusterName}", fixed="clusterName"),
    "aws:ecs/taskDefinition:TaskDefinition": _form(
        "{family}",
        _regional("ecs", "task-definition/{family}:{revision}"),
        "family containerDefinitions cpu memory networkMode executionRoleArn taskRoleArn volumes ephemeralStorage "
        "requiresCompatibilities runtimePlatform",
    ),
    "aws:ecs/service:Service": _form("{arn}", _regional("ecs", "service/{cluster_name}/{name}"), "name cluster"),
    "aws:lb/loadBalancer:LoadBalancer": _form(
        "{arn}", _regional(_ELB, "loadbalancer/app/{name}/{hash}"), "name internal loadBalancerType"
    ),
    "aws:lb/targetGroup:TargetGroup": _form(
        "{arn}",
        _regional(_ELB, "targetgroup/{name}/{hash}"),
        "name port protocol protocolVersion targetType vpcId ipAddressType",
    ),
    "aws:lb/listener:Listener": _form("{arn}", _regional(_ELB, "listener/app/{hash}"), "loadBalancerArn"),
    "aws:lb/listenerRule:ListenerRule": _form("{arn}", _regional(_ELB, "listener-rule/app/{hash}"), "listenerArn"),
    "aws:appautoscaling/target:Target": _form(
        "{serviceNamespace}/{resourceId}/{scalableDimension}",
        _regional("application-autoscaling", "scalable-target/{hash}"),
        "serviceNamespace resourceId scalableDimension",
    ),
    "aws:appautoscaling/policy:Policy": _form(
        "{resourceId}/{name}",
        _regional("autoscaling", "scalingPolicy:{uuid}:policyName/{name}"),
        "name serviceNamespace resourceId scalableDimension",
    ),
    "aws:lambda/function:Function": _form("{name}", _regional("lambda", "function:{name}"), "name packageType"),
    "aws:lambda/permission:Permission": _form(
        "{function}:{hash}", fixed="action function principal sourceArn sourceAccount statementId"
    ),
    "aws:apigateway/restApi:RestApi": _form("{hash}", "arn:aws:apigateway:{region}::/restapis/{id}"),
    "aws:apigateway/deployment:Deployment": _form("{hash}", fixed="restApi triggers"),
    "aws:apigateway/stage:Stage": _form(
        "ags-{restApi}-{stageName}",
        "arn:aws:apigateway:{region}::/restapis/{restApi}/stages/{stageName}",
        "restApi stageName",
    ),
    "aws:apigateway/usagePlan:UsagePlan": _form("{hash}", "arn:aws:apigateway:{region}::/usageplans/{id}"),
    "aws:apigateway/domainName:DomainName": _form(
        "{domainName}", "arn:aws:apigateway:{region}::/domainnames/{domainName}", "domainName"
    ),
    "aws:apigatewayv2/vpcLink:VpcLink": _form(
        "{hash}", "arn:aws:apigateway:{region}::/vpclinks/{id}", "securityGroupIds subnetIds"
    ),
    "aws:wafv2/webAcl:WebAcl": _form("{uuid}", _regional("wafv2", "regional/webacl/{name}/{id}"), "name scope"),
    "aws:wafv2/webAclAssociation:WebAclAssociation": _form("{webAclArn},{resourceArn}", fixed="webAclArn resourceArn"),
    "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration": _form("{resourceArn}", fixed="resourceArn"),
}


def form_of(token: str) -> Form:
    """The form for a type token; one made from its words for a type that is not listed."""
    service, _, kind = token.partition(":")[2].partition(":")[0].partition("/")
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", kind).lower()
    default = Form(f"{words}-{{hash}}", _regional(service, f"{words}/{{id}}"), frozenset({"name"}))
    return FORMS.get(token, default)


@dataclass(frozen=True)
class Identity:
    """One resource's own id and ARN."""

    id: str
    arn: str
    seed: str
    """What everything made up about this resource follows from."""
    names: Mapping[str, str]
    """The inputs that id and ARN are made of, with the names of an unnamed resource."""


def identify(token: str, urn: str, inputs: Mapping[str, Any], generation: int) -> Identity:
    """The id and ARN of a resource: the same in every run with the same inputs and history.

    ``generation`` counts how often a resource of this URN was created before: a replacement has another id, unless
    the id is the resource's name.
    """
    form = form_of(token)
    seed = hashlib.sha256(f"{token}\0{urn}\0{generation}".encode()).hexdigest()
    facts = _Facts(urn, seed, inputs, generation)
    if "{arn}" in form.id:
        arn = form.arn.format_map(facts) if form.arn else str(inputs.get("arn", ""))
        return Identity(arn, arn, seed, facts.names)
    facts["id"] = form.id.format_map(facts)
    return Identity(facts["id"], form.arn.format_map(facts), seed, facts.names)


class _Facts(dict[str, str]):
    """What the templates may ask for."""

    def __init__(self, urn: str, seed: str, inputs: Mapping[str, Any], generation: int) -> None:
        super().__init__(
            region=REGION,
            account=ACCOUNT,
            hash=seed[:17],
            uuid=str(uuid.UUID(seed[:32])),
            revision=str(generation + 1),
        )
        self.names: dict[str, str] = {}
        self._inputs = inputs
        self._unnamed = f"{urn.rpartition('::')[2]}-{seed[:7]}"

    def __missing__(self, name: str) -> str:
        name, last, _ = name.partition("_name")
        value = self._inputs.get(name)
        self.names[name] = self._unnamed if value is None else str(value)
        return self.names[name].rpartition("/")[2] if last else self.names[name]
