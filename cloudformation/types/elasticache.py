"""Amazon ElastiCache."""

from .model import Drop, GetAtt, Ref, ResourceType, Text, To
from .rds import AT_ONCE
from .shapes import choice, named_values


def _arn(kind: str) -> Text:
    return Text(f"arn:${{AWS::Partition}}:elasticache:${{AWS::Region}}:${{AWS::AccountId}}:{kind}:${{Ref}}")


TYPES = (
    ResourceType(
        "aws:elasticache/replicationGroup:ReplicationGroup",
        "AWS::ElastiCache::ReplicationGroup",
        properties={
            "description": To("ReplicationGroupDescription"),
            "nodeType": To("CacheNodeType"),
            "maintenanceWindow": To("PreferredMaintenanceWindow"),
            "nodeGroupConfigurations": To("NodeGroupConfiguration"),
            "parameterGroupName": To("CacheParameterGroupName"),
            "subnetGroupName": To("CacheSubnetGroupName"),
            "logDeliveryConfigurations.destination": To("DestinationDetails.CloudWatchLogsDetails.LogGroup"),
            "logDeliveryConfigurations.destinationType": To(
                "DestinationType",
                "the details are those of a log group",
                convert=choice({"cloudwatch-logs": "cloudwatch-logs"}),
            ),
            "applyImmediately": AT_ONCE,
            "authTokenUpdateStrategy": Drop("there is no token", only=()),
        },
        attributes={
            "id": Ref(),
            "replicationGroupId": Ref(),
            "arn": _arn("replicationgroup"),
            "configurationEndpointAddress": GetAtt("ConfigurationEndPoint.Address"),
            "primaryEndpointAddress": GetAtt("PrimaryEndPoint.Address"),
            "readerEndpointAddress": GetAtt("ReaderEndPoint.Address"),
        },
        stateful=True,
        short=("cache",),
    ),
    ResourceType(
        "aws:elasticache/subnetGroup:SubnetGroup",
        "AWS::ElastiCache::SubnetGroup",
        properties={"name": To("CacheSubnetGroupName")},
        attributes={"id": Ref(), "name": Ref(), "arn": _arn("subnetgroup")},
        short=("cachesubnets", "subnets"),
    ),
    ResourceType(
        "aws:elasticache/parameterGroup:ParameterGroup",
        "AWS::ElastiCache::ParameterGroup",
        properties={
            "name": Drop("CloudFormation names a parameter group itself; the property is read-only"),
            "family": To("CacheParameterGroupFamily"),
            "parameters": To("Properties", "a map in CloudFormation", convert=named_values),
        },
        attributes={"id": Ref(), "name": Ref(), "arn": _arn("parametergroup")},
    ),
    ResourceType(
        "aws:elasticache/user:User",
        "AWS::ElastiCache::User",
        attributes={"id": Ref(), "userId": Ref(), "arn": GetAtt("Arn")},
        short=("cacheuser",),
    ),
    ResourceType(
        "aws:elasticache/userGroup:UserGroup",
        "AWS::ElastiCache::UserGroup",
        attributes={"id": Ref(), "userGroupId": Ref(), "arn": GetAtt("Arn")},
    ),
)
