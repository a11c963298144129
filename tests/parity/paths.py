"""How a property is called on the other side, where that is not the same but for upper and lower case.

Written from the provider's documentation and AWS's resource reference, for the properties that this platform sets.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from .normal import Leaf, Path

PATHS: Mapping[str, Mapping[str, str]] = {
    "AWS::ApiGateway::BasePathMapping": {"restApi": "RestApiId", "stageName": "Stage"},
    "AWS::ApiGateway::Deployment": {"restApi": "RestApiId"},
    "AWS::ApiGateway::GatewayResponse": {"restApiId": "RestApiId"},
    "AWS::ApiGateway::Method": {
        "authorization": "AuthorizationType",
        "restApi": "RestApiId",
        "Integration.timeoutMilliseconds": "Integration.TimeoutInMillis",
    },
    "AWS::ApiGateway::Model": {"restApi": "RestApiId"},
    "AWS::ApiGateway::RequestValidator": {"restApi": "RestApiId"},
    "AWS::ApiGateway::Resource": {"restApi": "RestApiId"},
    "AWS::ApiGateway::RestApi": {"apiKeySource": "ApiKeySourceType"},
    "AWS::ApiGateway::Stage": {
        "deployment": "DeploymentId",
        "restApi": "RestApiId",
        "xrayTracingEnabled": "TracingEnabled",
        "MethodSettings.settings": "MethodSettings",
    },
    "AWS::ApiGateway::UsagePlan": {"quotaSettings": "Quota", "throttleSettings": "Throttle"},
    "AWS::CloudTrail::Trail": {"cloudWatchLogsGroupArn": "CloudWatchLogsLogGroupArn", "enableLogging": "IsLogging"},
    "AWS::CloudWatch::Alarm": {
        "metricQueries": "Metrics",
        "metricQueries.metric": "Metrics.MetricStat.Metric",
        "metricQueries.metric.period": "Metrics.MetricStat.Period",
        "metricQueries.metric.stat": "Metrics.MetricStat.Stat",
    },
    "AWS::DynamoDB::Table": {
        "attributes.name": "AttributeDefinitions.AttributeName",
        "attributes.type": "AttributeDefinitions.AttributeType",
        "globalSecondaryIndexes.name": "GlobalSecondaryIndexes.IndexName",
        "globalSecondaryIndexes.projectionType": "GlobalSecondaryIndexes.Projection.ProjectionType",
        "hashKey": "KeySchema.AttributeName",
        "pointInTimeRecovery.enabled": "PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled",
        "serverSideEncryption.enabled": "SSESpecification.SSEEnabled",
        "serverSideEncryption.kmsKeyArn": "SSESpecification.KMSMasterKeyId",
    },
    "AWS::EC2::FlowLog": {"iamRoleArn": "DeliverLogsPermissionArn", "vpcId": "ResourceId"},
    "AWS::EC2::InternetGateway": {"vpcId": "VPCGatewayAttachment.VpcId"},
    "AWS::EC2::NetworkAclEntry": {"fromPort": "PortRange.From", "toPort": "PortRange.To"},
    "AWS::EC2::SecurityGroupEgress": {
        "prefixListId": "DestinationPrefixListId",
        "referencedSecurityGroupId": "DestinationSecurityGroupId",
        "securityGroupId": "GroupId",
    },
    "AWS::EC2::SecurityGroupIngress": {
        "referencedSecurityGroupId": "SourceSecurityGroupId",
        "securityGroupId": "GroupId",
    },
    "AWS::EC2::VPCEndpoint": {"policy": "PolicyDocument"},
    "AWS::ECS::ClusterCapacityProviderAssociations": {
        "clusterName": "Cluster",
        "defaultCapacityProviderStrategies": "DefaultCapacityProviderStrategy",
    },
    "AWS::ECS::Service": {
        "alarms": "DeploymentConfiguration.Alarms",
        "deploymentCircuitBreaker": "DeploymentConfiguration.DeploymentCircuitBreaker",
        "deploymentMaximumPercent": "DeploymentConfiguration.MaximumPercent",
        "deploymentMinimumHealthyPercent": "DeploymentConfiguration.MinimumHealthyPercent",
        "networkConfiguration": "NetworkConfiguration.AwsvpcConfiguration",
    },
    "AWS::EFS::FileSystem": {
        "BackupPolicy.backupPolicy": "BackupPolicy",
        "FileSystemPolicy.policy": "FileSystemPolicy",
    },
    "AWS::ElastiCache::ParameterGroup": {"family": "CacheParameterGroupFamily", "parameters": "Properties"},
    "AWS::ElastiCache::ReplicationGroup": {
        "logDeliveryConfigurations.destination": (
            "LogDeliveryConfigurations.DestinationDetails.CloudWatchLogsDetails.LogGroup"
        ),
        "maintenanceWindow": "PreferredMaintenanceWindow",
        "nodeType": "CacheNodeType",
        "parameterGroupName": "CacheParameterGroupName",
        "subnetGroupName": "CacheSubnetGroupName",
    },
    "AWS::ElastiCache::SubnetGroup": {"name": "CacheSubnetGroupName"},
    "AWS::ElasticLoadBalancingV2::Listener": {
        "certificateArn": "Certificates.CertificateArn",
        "defaultActions.fixedResponse": "DefaultActions.FixedResponseConfig",
    },
    "AWS::ElasticLoadBalancingV2::ListenerRule": {
        "actions.forward": "Actions.ForwardConfig",
        "actions.forward.targetGroups.arn": "Actions.ForwardConfig.TargetGroups.TargetGroupArn",
        "conditions.pathPattern": "Conditions.PathPatternConfig",
    },
    "AWS::ElasticLoadBalancingV2::LoadBalancer": {
        "accessLogs": "LoadBalancerAttributes.access_logs.s3",
        "connectionLogs": "LoadBalancerAttributes.connection_logs.s3",
        "desyncMitigationMode": "LoadBalancerAttributes.routing.http.desync_mitigation_mode",
        "dropInvalidHeaderFields": "LoadBalancerAttributes.routing.http.drop_invalid_header_fields.enabled",
        "enableDeletionProtection": "LoadBalancerAttributes.deletion_protection.enabled",
        "idleTimeout": "LoadBalancerAttributes.idle_timeout.timeout_seconds",
        "internal": "Scheme",
        "loadBalancerType": "Type",
    },
    "AWS::ElasticLoadBalancingV2::TargetGroup": {
        "deregistrationDelay": "TargetGroupAttributes.deregistration_delay.timeout_seconds",
        "healthCheck.enabled": "HealthCheckEnabled",
        "healthCheck.healthyThreshold": "HealthyThresholdCount",
        "healthCheck.interval": "HealthCheckIntervalSeconds",
        "healthCheck.matcher": "Matcher.HttpCode",
        "healthCheck.path": "HealthCheckPath",
        "healthCheck.port": "HealthCheckPort",
        "healthCheck.protocol": "HealthCheckProtocol",
        "healthCheck.timeout": "HealthCheckTimeoutSeconds",
        "healthCheck.unhealthyThreshold": "UnhealthyThresholdCount",
        "loadBalancingAlgorithmType": "TargetGroupAttributes.load_balancing.algorithm.type",
    },
    "AWS::Events::Rule": {
        "EventTarget": "Targets",
        "EventTarget.inputTransformer.inputPaths": "Targets.InputTransformer.InputPathsMap",
        "EventTarget.targetId": "Targets.Id",
    },
    "AWS::IAM::Role": {
        "assumeRolePolicy": "AssumeRolePolicyDocument",
        "RolePolicyAttachment.policyArn": "ManagedPolicyArns",
    },
    "AWS::IAM::RolePolicy": {"name": "PolicyName", "policy": "PolicyDocument", "role": "RoleName"},
    "AWS::KMS::Alias": {"name": "AliasName"},
    "AWS::KMS::Key": {"deletionWindowInDays": "PendingWindowInDays"},
    "AWS::Kinesis::Stream": {
        "encryptionType": "StreamEncryption.EncryptionType",
        "kmsKeyId": "StreamEncryption.KeyId",
        "retentionPeriod": "RetentionPeriodHours",
    },
    "AWS::Lambda::Function": {"code.index.py": "Code.ZipFile"},
    "AWS::Lambda::Permission": {"function": "FunctionName"},
    "AWS::Logs::LogGroup": {
        "LogDataProtectionPolicy.policyDocument": "DataProtectionPolicy",
    },
    "AWS::Logs::MetricFilter": {
        "metricTransformation": "MetricTransformations",
        "metricTransformation.name": "MetricTransformations.MetricName",
        "metricTransformation.namespace": "MetricTransformations.MetricNamespace",
        "metricTransformation.value": "MetricTransformations.MetricValue",
    },
    "AWS::RDS::DBCluster": {
        "enabledCloudwatchLogsExports": "EnableCloudwatchLogsExports",
        "iamDatabaseAuthenticationEnabled": "EnableIAMDatabaseAuthentication",
        "masterUserSecretKmsKeyId": "MasterUserSecret.KmsKeyId",
    },
    "AWS::RDS::DBInstance": {
        "caCertIdentifier": "CACertificateIdentifier",
        "performanceInsightsEnabled": "EnablePerformanceInsights",
    },
    "AWS::RDS::DBProxyTargetGroup": {
        "connectionPoolConfig": "ConnectionPoolConfigurationInfo",
        "ProxyTarget.dbClusterIdentifier": "DBClusterIdentifiers",
        "ProxyTarget.targetGroupName": "TargetGroupName",
    },
    "AWS::RDS::EventSubscription": {"snsTopic": "SnsTopicArn"},
    "AWS::S3::Bucket": {
        "bucket": "BucketName",
        "BucketLifecycleConfiguration": "LifecycleConfiguration",
        "BucketLifecycleConfiguration.rules.expiration.days": "LifecycleConfiguration.Rules.ExpirationInDays",
        "BucketLifecycleConfiguration.rules.expiration.expiredObjectDeleteMarker": (
            "LifecycleConfiguration.Rules.ExpiredObjectDeleteMarker"
        ),
        "BucketLifecycleConfiguration.rules.transitions.days": (
            "LifecycleConfiguration.Rules.Transitions.TransitionInDays"
        ),
        "BucketLogging.targetBucket": "LoggingConfiguration.DestinationBucketName",
        "BucketLogging.targetPrefix": "LoggingConfiguration.LogFilePrefix",
        "BucketOwnershipControls.rule": "OwnershipControls.Rules",
        "BucketPublicAccessBlock": "PublicAccessBlockConfiguration",
        "BucketServerSideEncryptionConfiguration.rules": "BucketEncryption.ServerSideEncryptionConfiguration",
        "BucketServerSideEncryptionConfiguration.rules.applyServerSideEncryptionByDefault": (
            "BucketEncryption.ServerSideEncryptionConfiguration.ServerSideEncryptionByDefault"
        ),
        "BucketVersioning.versioningConfiguration": "VersioningConfiguration",
    },
    "AWS::S3::BucketPolicy": {"policy": "PolicyDocument"},
    "AWS::SNS::Subscription": {"topic": "TopicArn"},
    "AWS::SNS::TopicPolicy": {"arn": "Topics", "policy": "PolicyDocument"},
    "AWS::SQS::Queue": {
        "maxMessageSize": "MaximumMessageSize",
        "messageRetentionSeconds": "MessageRetentionPeriod",
        "receiveWaitTimeSeconds": "ReceiveMessageWaitTimeSeconds",
        "visibilityTimeoutSeconds": "VisibilityTimeout",
    },
    "AWS::SQS::QueuePolicy": {"policy": "PolicyDocument", "queueUrl": "Queues"},
    "AWS::SecretsManager::ResourcePolicy": {"policy": "ResourcePolicy", "secretArn": "SecretId"},
    "AWS::SecretsManager::RotationSchedule": {"rotateImmediately": "RotateImmediatelyOnUpdate"},
}
"""By the template's type: the program's path, or the beginning of it, and the template's. The longest counts.

What is folded into another resource has its type's last word in front. Lists do not show in a path.
"""


def translated(kind: str, found: Iterable[Leaf], known: Iterable[Leaf]) -> list[Leaf]:
    """The program's leaves as the template of that type would have them; ``known`` are the template's own.

    A first key that the template knows only with the type's noun in front (``name``, ``LogGroupName``) gets it.
    """
    noun = canonical((kind.rpartition("::")[2],))[0]
    firsts = {canonical(leaf.path)[0] for leaf in known}
    return [_translated(kind, leaf, noun, firsts) for leaf in found]


def _translated(kind: str, leaf: Leaf, noun: str, firsts: set[str]) -> Leaf:
    table = PATHS.get(kind, {})
    for length in range(len(leaf.path), 0, -1):
        name = ".".join(leaf.path[:length])
        if name in table:
            return _valued(kind, canonical((*table[name].split("."), *leaf.path[length:])), leaf)
    first, *rest = canonical(leaf.path)
    if first not in firsts:
        longer = [name for name in firsts if name.endswith(first) and name.removesuffix(first) in noun]
        first = longer[0] if len(longer) == 1 else first
    return _valued(kind, (first, *rest), leaf)


def _valued(kind: str, path: Path, leaf: Leaf) -> Leaf:
    return Leaf(path, leaf.place, VALUES.get((kind, path), {}).get(leaf.value, leaf.value))


def canonical(path: Path) -> Path:
    """Keys without case, plural and signs: ``subnetIds`` and ``SubnetId``."""
    split = ".".join(path).split(".")
    return tuple(re.sub("[^a-z0-9*$«»]", "", key.lower()).removesuffix("s") for key in split)


VALUES: Mapping[tuple[str, Path], Mapping[str, str]] = {
    (kind, canonical(tuple(path.split(".")))): values
    for kind, path, values in (
        ("AWS::ECS::Service", "NetworkConfiguration.AwsvpcConfiguration.AssignPublicIp", {"false": "DISABLED"}),
        ("AWS::ElasticLoadBalancingV2::LoadBalancer", "Scheme", {"true": "internal", "false": "internet-facing"}),
    )
}
"""Values that are written differently, by the template's type and path."""
