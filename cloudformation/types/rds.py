"""Amazon RDS and Aurora."""

from .model import Drop, Explicit, Folded, GetAtt, Ref, ResourceType, Text, To
from .shapes import listed, named_values


def _arn(kind: str) -> Text:
    return Text(f"arn:${{AWS::Partition}}:rds:${{AWS::Region}}:${{AWS::AccountId}}:{kind}:${{Ref}}")


AT_ONCE = Drop("CloudFormation applies changes at once", only=(True,))

TYPES = (
    ResourceType(
        "aws:rds/cluster:Cluster",
        "AWS::RDS::DBCluster",
        properties={
            "clusterIdentifier": To("DBClusterIdentifier"),
            "enabledCloudwatchLogsExports": To("EnableCloudwatchLogsExports"),
            "iamDatabaseAuthenticationEnabled": To("EnableIAMDatabaseAuthentication"),
            "masterPassword": To("MasterUserPassword"),
            "masterUserSecretKmsKeyId": To("MasterUserSecret.KmsKeyId"),
            "applyImmediately": AT_ONCE,
            "allowMajorVersionUpgrade": Drop("CloudFormation allows them when EngineVersion changes"),
            "skipFinalSnapshot": Drop("DeletionPolicy: Delete takes no snapshot", only=(True,)),
        },
        attributes={
            "id": Ref(),
            "clusterIdentifier": Ref(),
            "arn": GetAtt("DBClusterArn"),
            "clusterResourceId": GetAtt("DBClusterResourceId"),
            "endpoint": GetAtt("Endpoint.Address"),
            "readerEndpoint": GetAtt("ReadEndpoint.Address"),
            "masterUserSecrets[0].secretArn": GetAtt("MasterUserSecret.SecretArn"),
        },
        stateful=True,
        short=("aurora",),
    ),
    ResourceType(
        "aws:rds/clusterInstance:ClusterInstance",
        "AWS::RDS::DBInstance",
        properties={
            "clusterIdentifier": To("DBClusterIdentifier"),
            "identifier": To("DBInstanceIdentifier"),
            "instanceClass": To("DBInstanceClass"),
            "caCertIdentifier": To("CACertificateIdentifier"),
            "performanceInsightsEnabled": To("EnablePerformanceInsights"),
            "applyImmediately": AT_ONCE,
            "forceDestroy": Drop("an Aurora instance holds no data of its own"),
        },
        attributes={
            "id": Ref(),
            "identifier": Ref(),
            "arn": GetAtt("DBInstanceArn"),
            "endpoint": GetAtt("Endpoint.Address"),
        },
        stateful=True,
        short=("aurora",),
    ),
    ResourceType(
        "aws:rds/subnetGroup:SubnetGroup",
        "AWS::RDS::DBSubnetGroup",
        properties={"name": To("DBSubnetGroupName"), "description": To("DBSubnetGroupDescription")},
        attributes={"id": Ref(), "name": Ref(), "arn": GetAtt("DBSubnetGroupArn")},
        short=("dbsubnets", "subnets"),
    ),
    ResourceType(
        "aws:rds/clusterParameterGroup:ClusterParameterGroup",
        "AWS::RDS::DBClusterParameterGroup",
        properties={
            "name": To("DBClusterParameterGroupName"),
            "parameters": To("Parameters", "a map in CloudFormation", convert=named_values),
            "parameters.applyMethod": Drop("CloudFormation chooses when to apply a parameter"),
        },
        attributes={"id": Ref(), "name": Ref(), "arn": _arn("cluster-pg")},
        short=("parameter",),
    ),
    ResourceType(
        "aws:rds/parameterGroup:ParameterGroup",
        "AWS::RDS::DBParameterGroup",
        properties={
            "name": To("DBParameterGroupName"),
            "parameters": To("Parameters", "a map in CloudFormation", convert=named_values),
            "parameters.applyMethod": Drop("CloudFormation chooses when to apply a parameter"),
            "skipDestroy": Drop("DeletionPolicy says it", only=(False,)),
        },
        attributes={"id": Ref(), "name": Ref(), "arn": _arn("pg")},
    ),
    ResourceType(
        "aws:rds/eventSubscription:EventSubscription",
        "AWS::RDS::EventSubscription",
        properties={"name": To("SubscriptionName"), "snsTopic": To("SnsTopicArn")},
        attributes={"id": Ref(), "arn": _arn("es")},
        short=("events", "subscription"),
    ),
    ResourceType(
        "aws:rds/proxy:Proxy",
        "AWS::RDS::DBProxy",
        properties={"name": To("DBProxyName"), "auths": To("Auth")},
        attributes={"id": Ref(), "name": Ref(), "arn": GetAtt("DBProxyArn"), "endpoint": GetAtt("Endpoint")},
    ),
    ResourceType(
        "aws:rds/proxyDefaultTargetGroup:ProxyDefaultTargetGroup",
        "AWS::RDS::DBProxyTargetGroup",
        properties={"connectionPoolConfig": To("ConnectionPoolConfigurationInfo")},
        attributes={"id": Ref(), "name": Text("default"), "arn": GetAtt("TargetGroupArn")},
        explicit={
            "TargetGroupName": Explicit("default", "a proxy has this one target group; Pulumi's type implies it")
        },
        short=("targets",),
    ),
    Folded(
        "aws:rds/proxyTarget:ProxyTarget",
        parent="targetGroupName",
        into="aws:rds/proxyDefaultTargetGroup:ProxyDefaultTargetGroup",
        properties={
            "dbProxyName": Drop("the target group names its proxy"),
            "dbClusterIdentifier": To("DBClusterIdentifiers", "a list of targets in CloudFormation", convert=listed),
            "dbInstanceIdentifier": To("DBInstanceIdentifiers", "a list of targets in CloudFormation", convert=listed),
        },
        reason="a target group lists its targets itself",
    ),
    ResourceType(
        "aws:rds/proxyEndpoint:ProxyEndpoint",
        "AWS::RDS::DBProxyEndpoint",
        attributes={
            "id": Ref(),
            "dbProxyEndpointName": Ref(),
            "arn": GetAtt("DBProxyEndpointArn"),
            "endpoint": GetAtt("Endpoint"),
        },
        short=("proxy",),
    ),
)
