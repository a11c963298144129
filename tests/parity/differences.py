"""What may differ, each with its reason. Everything else that differs fails the comparison.

An entry stands for every resource of its type: where it does not occur, that fails as well. So the list stays as short
as the truth, and what only one side has cannot go unnoticed.
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase

from .normal import Leaf
from .paths import canonical

PROGRAM, TEMPLATE = "program", "template"
ANY = "*"


@dataclass(frozen=True)
class Listed:
    """One thing that only one side has."""

    side: str
    type: str
    """The template's type."""
    path: str
    """Dotted, as on that side (for the program's side: as in the template, if it is renamed); with ``*``."""
    value: str
    """The value, or a pattern with ``*``."""
    reason: str

    def covers(self, kind: str, side: str, leaf: Leaf) -> bool:
        path = ".".join(canonical(tuple(self.path.split("."))))
        return (
            (side, kind) == (self.side, self.type)
            and fnmatchcase(leaf.name, path)
            and fnmatchcase(leaf.value, self.value)
        )


_AT_ONCE = "CloudFormation applies every change at once"
_CLOSED = "without a rule CloudFormation allows all egress and the provider none; this rule matches nothing"
_CUSTOM = "what a custom resource is called with"
_EMPTIED = "the provider empties the bucket itself when it deletes it; the template has a custom resource for that"
_FUNCTION = "arn:aws:lambda:eu-west-1:123456789012:function:lambda-"
_NAMED = "CloudFormation makes up the name of a parameter group; where the program has the name, it has that"
_ONE_PATH = "the provider has one path for resource and method, CloudFormation a property for each"

LISTED: tuple[Listed, ...] = (
    Listed(
        PROGRAM, "AWS::ApiGateway::Deployment", "triggers.api", ANY, "in a template the logical id carries the hash"
    ),
    Listed(PROGRAM, "AWS::ApiGateway::Stage", "MethodSettings.methodPath", "[*]/[*]", _ONE_PATH),
    Listed(TEMPLATE, "AWS::ApiGateway::Stage", "MethodSettings.HttpMethod", "[*]", _ONE_PATH),
    Listed(TEMPLATE, "AWS::ApiGateway::Stage", "MethodSettings.ResourcePath", "/[*]", _ONE_PATH),
    Listed(TEMPLATE, "AWS::DynamoDB::Table", "KeySchema.KeyType", "HASH", "the provider's hashKey says it"),
    Listed(TEMPLATE, "AWS::DynamoDB::Table", "SSESpecification.SSEType", "KMS", "the only kind there is"),
    Listed(TEMPLATE, "AWS::EC2::FlowLog", "ResourceType", "VPC", "the provider's vpcId says it"),
    Listed(
        TEMPLATE,
        "AWS::EC2::InternetGateway",
        "VPCGatewayAttachment.InternetGatewayId",
        "«IgwMain.Ref»",
        "the provider's vpcId attaches the gateway itself",
    ),
    Listed(TEMPLATE, "AWS::EC2::SecurityGroup", "SecurityGroupEgress.CidrIp", "255.255.255.255/32", _CLOSED),
    Listed(
        TEMPLATE,
        "AWS::EC2::SecurityGroup",
        "SecurityGroupEgress.Description",
        "No egress but by rules of their own",
        _CLOSED,
    ),
    Listed(TEMPLATE, "AWS::EC2::SecurityGroup", "SecurityGroupEgress.FromPort", "252", _CLOSED),
    Listed(TEMPLATE, "AWS::EC2::SecurityGroup", "SecurityGroupEgress.IpProtocol", "icmp", _CLOSED),
    Listed(TEMPLATE, "AWS::EC2::SecurityGroup", "SecurityGroupEgress.ToPort", "86", _CLOSED),
    Listed(
        PROGRAM,
        "AWS::ECS::Service",
        "desiredCount",
        ANY,
        "scaling sets the number; a template would set it back with every deployment, and the program ignores it",
    ),
    Listed(PROGRAM, "AWS::ECS::Service", "waitForSteadyState", "true", "CloudFormation always waits"),
    Listed(PROGRAM, "AWS::ElastiCache::ParameterGroup", "name", "«ParameterGroupCache.Ref»", _NAMED),
    Listed(PROGRAM, "AWS::ElastiCache::ParameterGroup", "tags.Name", "«ParameterGroupCache.Ref»", _NAMED),
    Listed(TEMPLATE, "AWS::ElastiCache::ParameterGroup", "tags.Name", "parameter-group-cache-parity", _NAMED),
    Listed(PROGRAM, "AWS::ElastiCache::ReplicationGroup", "applyImmediately", "true", _AT_ONCE),
    Listed(
        TEMPLATE,
        "AWS::ElasticLoadBalancingV2::ListenerRule",
        "Conditions.Field",
        "path-pattern",
        "the provider's pathPattern says it",
    ),
    Listed(PROGRAM, "AWS::RDS::DBCluster", "applyImmediately", "true", _AT_ONCE),
    Listed(PROGRAM, "AWS::RDS::DBCluster", "skipFinalSnapshot", "true", "DeletionPolicy: Delete takes no snapshot"),
    Listed(
        PROGRAM,
        "AWS::RDS::DBClusterParameterGroup",
        "parameters.*.applyMethod",
        ANY,
        "CloudFormation chooses by the parameter when it applies",
    ),
    Listed(PROGRAM, "AWS::RDS::DBInstance", "applyImmediately", "true", _AT_ONCE),
    Listed(PROGRAM, "AWS::S3::Bucket", "forceDestroy", "true", _EMPTIED),
    Listed(TEMPLATE, "AWS::S3::Bucket", "BucketContents.BucketName", "s3-*-parity", _EMPTIED),
    Listed(TEMPLATE, "AWS::S3::Bucket", "BucketContents.ServiceTimeout", "900", _CUSTOM),
    Listed(TEMPLATE, "AWS::S3::Bucket", "BucketContents.ServiceToken", f"{_FUNCTION}empty-buckets-parity", _CUSTOM),
    Listed(
        PROGRAM,
        "AWS::SecretsManager::Secret",
        "recoveryWindowInDays",
        "0",
        "CloudFormation deletes a secret without a recovery window",
    ),
    Listed(PROGRAM, "Custom::ClosedSecurityGroup", "vpcId", "«VpcMain.Ref»", "the provider finds the group by its VPC"),
    Listed(
        TEMPLATE,
        "Custom::ClosedSecurityGroup",
        "GroupId",
        "«VpcMain.DefaultSecurityGroup»",
        "the provider finds the group by its VPC",
    ),
    Listed(TEMPLATE, "Custom::ClosedSecurityGroup", "ServiceTimeout", "60", _CUSTOM),
    Listed(TEMPLATE, "Custom::ClosedSecurityGroup", "ServiceToken", f"{_FUNCTION}close-default-groups-parity", _CUSTOM),
)
