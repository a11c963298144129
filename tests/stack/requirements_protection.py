"""What the customer requires of encryption, credentials, access and logs, as checks: each returns what is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from cloudformation.schema import load
from tests.stack.requirements_reader import (
    Item,
    Stack,
    at,
    attributes,
    denies_plain_transport,
    listed,
    refers_to,
    statements,
    texts,
)

YEAR = 365
KEY_PROPERTY = re.compile(r"kms.*(key|id|arn)|encryptionkey", re.IGNORECASE)

# What proves encryption at rest: the property that names the key. An item whose proof is missing or no key of this
# stack is wrong.
AT_REST: dict[str, Callable[[Item], Any]] = {
    "AWS::CloudTrail::Trail": lambda item: item.get("KMSKeyId"),
    "AWS::DynamoDB::Table": lambda item: (
        item.get("SSESpecification", "SSEEnabled") is True and item.get("SSESpecification", "KMSMasterKeyId")
    ),
    "AWS::ECS::Cluster": lambda item: item.get(
        "Configuration", "ManagedStorageConfiguration", "FargateEphemeralStorageKmsKeyId"
    ),
    "AWS::EFS::FileSystem": lambda item: item.get("Encrypted") is True and item.get("KmsKeyId"),
    "AWS::ElastiCache::ReplicationGroup": lambda item: (
        item.get("AtRestEncryptionEnabled") is True and item.get("KmsKeyId")
    ),
    "AWS::Kinesis::Stream": lambda item: (
        item.get("StreamEncryption", "EncryptionType") == "KMS" and item.get("StreamEncryption", "KeyId")
    ),
    "AWS::Logs::LogGroup": lambda item: item.get("KmsKeyId"),
    "AWS::RDS::DBCluster": lambda item: item.get("StorageEncrypted") is True and item.get("KmsKeyId"),
    "AWS::RDS::DBInstance": lambda item: item.get("PerformanceInsightsKMSKeyId"),
    "AWS::S3::Bucket": lambda item: at(
        item.get("BucketEncryption", "ServerSideEncryptionConfiguration", 0),
        "ServerSideEncryptionByDefault",
        "KMSMasterKeyID",
    ),
    "AWS::SNS::Topic": lambda item: item.get("KmsMasterKeyId"),
    "AWS::SQS::Queue": lambda item: item.get("KmsMasterKeyId"),
    "AWS::SecretsManager::Secret": lambda item: item.get("KmsKeyId"),
}
# Elastic Load Balancing delivers its logs to no other kind of bucket.
SSE_S3 = {"S3AccessLogs"}
# Types that can name a key and hold no data here.
HOLDS_NOTHING = {
    "AWS::ECS::Service": "its volumes and Service Connect logs are not used",
    "AWS::KMS::Alias": "names a key",
    "AWS::KMS::Key": "is the key",
    "AWS::Lambda::Function": "environment only, checked by function_environments",
    "AWS::SecretsManager::RotationSchedule": "the hosted rotation function is not used",
}
TRAFFIC_DENIED_WITHOUT_TLS = {
    "AWS::S3::Bucket": ("AWS::S3::BucketPolicy", "Bucket", "PolicyDocument"),
    "AWS::SNS::Topic": ("AWS::SNS::TopicPolicy", "Topics", "PolicyDocument"),
    "AWS::SQS::Queue": ("AWS::SQS::QueuePolicy", "Queues", "PolicyDocument"),
    "AWS::SecretsManager::Secret": ("AWS::SecretsManager::ResourcePolicy", "SecretId", "ResourcePolicy"),
}
MODERN_TLS = ("TLSv1.2", "TLSv1.3")
SECRET_NAME = re.compile(r"PASSWORD|SECRET|TOKEN|CREDENTIAL|PRIVATE_KEY|API_KEY")
# Actions for which IAM knows no resource, so that "*" is the least ...
WITHOUT_RESOURCE = {
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "ecr:GetAuthorizationToken",
    "elasticloadbalancing:DescribeListeners",
    "elasticloadbalancing:DescribeRules",
    "elasticloadbalancing:DescribeTargetGroups",
    "elasticloadbalancing:DescribeTargetHealth",
    "secretsmanager:GetRandomPassword",
    "xray:PutTelemetryRecords",
    "xray:PutTraceSegments",
}
# ... what Lambda asks of every role of a function in a VPC, for interfaces that do not exist yet ...
OF_LAMBDA_IN_VPC = {
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:UnassignPrivateIpAddresses",
}
# ... and what a condition narrows down instead.
NARROWED = {"cloudwatch:PutMetricData": "cloudwatch:namespace"}


def at_rest(stack: Stack) -> list[str]:
    """Everything that holds data is encrypted under a customer-managed key of this stack."""
    wrong = []
    for item in stack.items:
        if item.type not in AT_REST or item.id in SSE_S3:
            continue
        key = AT_REST[item.type](item)
        if not stack.is_a(key, "AWS::KMS::Key"):
            wrong.append(f"{item.id} ({item.type})")
    return wrong


def exception_encrypted(stack: Stack) -> list[str]:
    """The one bucket that cannot have such a key is encrypted with S3's."""
    path = ("BucketEncryption", "ServerSideEncryptionConfiguration", 0, "ServerSideEncryptionByDefault", "SSEAlgorithm")
    return [item.id for item in stack.items if item.id in SSE_S3 and item.get(*path) != "AES256"]


def at_rest_is_complete(stack: Stack) -> list[str]:
    """Every type that can name a key is judged, or it is said why not; a new kind of store cannot slip through."""
    judged = AT_REST.keys() | HOLDS_NOTHING.keys()
    kinds = {item.type for item in stack.items if item.type.startswith("AWS::")}
    return sorted(kind for kind in kinds - judged if _can_name_key(load(kind, "eu-west-1").document))


def _can_name_key(node: Any) -> bool:
    if not isinstance(node, dict):
        return False
    return any(map(KEY_PROPERTY.search, node.get("properties", {}))) or any(map(_can_name_key, node.values()))


def function_environments(stack: Stack) -> list[str]:
    """Environments of functions are encrypted under a key of this stack."""
    return [
        item.id
        for item in stack.of("AWS::Lambda::Function")
        if item.get("Environment") and not stack.is_a(item.get("KmsKeyArn"), "AWS::KMS::Key")
    ]


def key_rotation(stack: Stack) -> list[str]:
    """Every key rotates by itself."""
    return [item.id for item in stack.of("AWS::KMS::Key") if item.get("EnableKeyRotation") is not True]


def tls_policies(stack: Stack) -> list[str]:
    """Buckets, queues, topics, secrets and the file system refuse everybody without TLS."""
    wrong = []
    for kind, (policy_type, target, document) in TRAFFIC_DENIED_WITHOUT_TLS.items():
        covered = {
            name
            for policy in stack.of(policy_type)
            if denies_plain_transport(policy.get(document))
            for name in refers_to(policy.get(target))
        }
        wrong += [item.id for item in stack.of(kind) if item.id not in covered]
    return wrong + [
        item.id for item in stack.of("AWS::EFS::FileSystem") if not denies_plain_transport(item.get("FileSystemPolicy"))
    ]


def tls_at_the_edge(stack: Stack) -> list[str]:
    """Clients come by TLS 1.2 or newer, and so do API Gateway to the load balancer and that to the containers."""
    wrong = [
        item.id
        for item in stack.of("AWS::ApiGateway::RestApi", "AWS::ApiGateway::DomainName")
        if not str(item.get("SecurityPolicy")).startswith(("SecurityPolicy_TLS13", "TLS_1_2"))
    ]
    wrong += [
        item.id
        for item in stack.of("AWS::ApiGateway::Method")
        if not str(item.get("Integration", "Uri")).startswith("https://")
    ]
    for item in stack.of("AWS::ElasticLoadBalancingV2::Listener"):
        if item.get("Protocol") != "HTTPS" or not str(item.get("SslPolicy")).startswith("ELBSecurityPolicy-TLS13-1-2"):
            wrong.append(item.id)
    return wrong + [
        item.id
        for item in stack.of("AWS::ElasticLoadBalancingV2::TargetGroup")
        if {item.get("Protocol"), item.get("HealthCheckProtocol")} != {"HTTPS"}
    ]


def tls_to_the_data(stack: Stack) -> list[str]:
    """Proxy, database, cache and files accept TLS only."""
    wrong = [item.id for item in stack.of("AWS::RDS::DBProxy") if item.get("RequireTLS") is not True]
    for item in stack.of("AWS::RDS::DBClusterParameterGroup"):
        settings = item.get("Parameters") or {}
        if settings.get("rds.force_ssl") != "1" or settings.get("ssl_min_protocol_version") not in MODERN_TLS:
            wrong.append(item.id)
    wrong += [
        item.id
        for item in stack.of("AWS::ElastiCache::ReplicationGroup")
        if item.get("TransitEncryptionEnabled") is not True or item.get("TransitEncryptionMode") != "required"
    ]
    return wrong + [
        item.id
        for item in stack.of("AWS::ECS::TaskDefinition")
        for volume in listed(item.get("Volumes"))
        if "EFSVolumeConfiguration" in volume and volume["EFSVolumeConfiguration"].get("TransitEncryption") != "ENABLED"
    ]


def database_secret(stack: Stack) -> list[str]:
    """RDS makes, keeps and rotates the administrator's password, under a key of this stack."""
    return [
        item.id
        for item in stack.of("AWS::RDS::DBCluster")
        if item.get("ManageMasterUserPassword") is not True
        or item.get("MasterUserPassword") is not None
        or not stack.is_a(item.get("MasterUserSecret", "KmsKeyId"), "AWS::KMS::Key")
    ]


def secrets_rotate(stack: Stack) -> list[str]:
    """Every secret has no value in the template, and rotates within 90 days."""
    rotated = {
        name
        for schedule in stack.of("AWS::SecretsManager::RotationSchedule")
        if 0 < (schedule.get("RotationRules", "AutomaticallyAfterDays") or 0) <= 90
        for name in refers_to(schedule.get("SecretId"))
    }
    secrets = stack.of("AWS::SecretsManager::Secret")
    return [item.id for item in secrets if item.id not in rotated or item.get("SecretString") is not None]


def no_secret_in_clear(stack: Stack) -> list[str]:
    """Containers and functions get credentials by reference to Secrets Manager, never as plain variables."""
    wrong = []
    for item in stack.of("AWS::ECS::TaskDefinition"):
        for container in listed(item.get("ContainerDefinitions")):
            names = [variable["Name"] for variable in listed(container.get("Environment"))]
            wrong += [f"{item.id}: {name}" for name in names if SECRET_NAME.search(name) and not name.endswith("_ARN")]
            wrong += [
                f"{item.id}: {secret['Name']}"
                for secret in listed(container.get("Secrets"))
                if not stack.is_a(secret["ValueFrom"], "AWS::SecretsManager::Secret")
            ]
    return wrong + [name for name, parameter in stack.template["Parameters"].items() if "NoEcho" in parameter]


def signed_in_with_iam(stack: Stack) -> list[str]:
    """Services sign in to database, cache and files with their role, without a shared password."""
    wrong = [
        item.id for item in stack.of("AWS::RDS::DBCluster") if item.get("EnableIAMDatabaseAuthentication") is not True
    ]
    wrong += [item.id for item in stack.of("AWS::RDS::DBProxy") if item.get("DefaultAuthScheme") != "IAM_AUTH"]
    wrong += [item.id for item in stack.of("AWS::ElastiCache::User") if item.get("AuthenticationMode", "Type") != "iam"]
    for item in stack.of("AWS::ECS::TaskDefinition"):
        for volume in listed(item.get("Volumes")):
            if at(volume, "EFSVolumeConfiguration", "AuthorizationConfig", "IAM") not in (None, "ENABLED"):
                wrong.append(item.id)
    return wrong


def least_privilege(stack: Stack) -> list[str]:
    """Roles are allowed single actions, on single resources; no role is assumed by everybody."""
    wrong = []
    for item in stack.of("AWS::IAM::RolePolicy", "AWS::IAM::Role"):
        documents = [item.get("PolicyDocument"), *(policy["PolicyDocument"] for policy in listed(item.get("Policies")))]
        for statement in (entry for document in documents for entry in statements(document)):
            actions = listed(statement.get("Action"))
            if statement["Effect"] != "Allow":
                continue
            if "NotAction" in statement or "NotResource" in statement or any("*" in action for action in actions):
                wrong.append(f"{item.id}: {actions}")
            if "*" in listed(statement.get("Resource")) and not all(
                _boundless(action, statement) for action in actions
            ):
                wrong.append(f"{item.id}: {actions} on *")
        wrong += [
            f"{item.id}: anybody"
            for statement in statements(item.get("AssumeRolePolicyDocument"))
            if statement.get("Principal") in ("*", {"AWS": "*"})
        ]
    return wrong


def _boundless(action: str, statement: Mapping[str, Any]) -> bool:
    """Whether a statement may allow an action on all resources."""
    narrowed = NARROWED.get(action)
    if narrowed:
        return any(narrowed in condition for condition in statement.get("Condition", {}).values())
    return action in WITHOUT_RESOURCE | OF_LAMBDA_IN_VPC


def own_roles(stack: Stack) -> list[str]:
    """No two services share a task role."""
    roles = [frozenset(refers_to(item.get("TaskRoleArn"))) for item in stack.of("AWS::ECS::TaskDefinition")]
    return [] if roles and len(set(roles)) == len(roles) and frozenset() not in roles else [str(roles)]


def trail(stack: Stack) -> list[str]:
    """A trail of all Regions, with validated files and a log group, is running."""
    wanted = {"IsLogging": True, "IsMultiRegionTrail": True, "EnableLogFileValidation": True}
    wrong = [
        f"{item.id}: {name}"
        for item in stack.of("AWS::CloudTrail::Trail")
        for name, value in wanted.items()
        if item.get(name) is not value
    ]
    wrong += [item.id for item in stack.of("AWS::CloudTrail::Trail") if not item.get("CloudWatchLogsLogGroupArn")]
    return wrong if stack.of("AWS::CloudTrail::Trail") else ["no trail"]


def service_logs(stack: Stack) -> list[str]:
    """Every critical service writes to a log group of this stack, or to the access-log bucket."""
    kind = "AWS::Logs::LogGroup"
    wrong = [
        item.id
        for item in stack.of("AWS::EC2::FlowLog")
        if item.get("TrafficType") != "ALL" or not stack.is_a(item.get("LogDestination"), kind)
    ]
    wrong += [
        item.id
        for item in stack.of("AWS::ECS::TaskDefinition")
        for container in listed(item.get("ContainerDefinitions"))
        if not stack.is_a(at(container, "LogConfiguration", "Options", "awslogs-group"), kind)
    ]
    places = {
        "AWS::ApiGateway::Stage": ("AccessLogSetting", "DestinationArn"),
        "AWS::ECS::Cluster": ("Configuration", "ExecuteCommandConfiguration", "LogConfiguration"),
        "AWS::Lambda::Function": ("LoggingConfig", "LogGroup"),
        "AWS::WAFv2::LoggingConfiguration": ("LogDestinationConfigs",),
    }
    wrong += [
        item.id for item in stack.items if item.type in places and not stack.is_a(item.get(*places[item.type]), kind)
    ]
    for item in stack.of("AWS::ElastiCache::ReplicationGroup"):
        logs = {entry["LogType"] for entry in listed(item.get("LogDeliveryConfigurations"))}
        if logs != {"slow-log", "engine-log"}:
            wrong.append(item.id)
    wrong += [
        item.id
        for item in stack.of("AWS::RDS::DBCluster")
        if "postgresql" not in listed(item.get("EnableCloudwatchLogsExports"))
    ]
    for item in stack.of("AWS::ElasticLoadBalancingV2::LoadBalancer"):
        if attributes(item, "LoadBalancerAttributes").get("access_logs.s3.enabled") != "true":
            wrong.append(item.id)
    firewalled = set().union(
        *(refers_to(item.get("ResourceArn")) for item in stack.of("AWS::WAFv2::LoggingConfiguration"))
    )
    return wrong + [item.id for item in stack.of("AWS::WAFv2::WebACL") if item.id not in firewalled]


def database_audit(stack: Stack) -> list[str]:
    """pgaudit records changes of data, of roles and of the schema."""
    return [
        item.id
        for item in stack.of("AWS::RDS::DBClusterParameterGroup")
        if "pgaudit" not in str(item.get("Parameters", "shared_preload_libraries"))
        or not {"ddl", "role", "write"} <= set(str(item.get("Parameters", "pgaudit.log")).split(","))
    ]


def logs_kept(stack: Stack) -> list[str]:
    """Log groups keep their events for a year at least."""
    return [item.id for item in stack.of("AWS::Logs::LogGroup") if stack.least(item.get("RetentionInDays")) < YEAR]


def no_card_data_in_logs(stack: Stack) -> list[str]:
    """API Gateway logs no bodies."""
    return [
        item.id
        for item in stack.of("AWS::ApiGateway::Stage")
        for setting in listed(item.get("MethodSettings")) or [{}]
        if setting.get("DataTraceEnabled") is not False
    ]


def detections(stack: Stack) -> list[str]:
    """Every metric filter on the trail has an alarm, and every alarm tells somebody or rolls something back."""
    watched = {text for item in stack.of("AWS::CloudWatch::Alarm") for text in texts(dict(item.properties))}
    used = {name for item in stack.of("AWS::ECS::Service") for name in refers_to(item.get("DeploymentConfiguration"))}
    wrong = [
        item.id
        for item in stack.of("AWS::Logs::MetricFilter")
        if not {entry["MetricName"] for entry in item.get("MetricTransformations")} <= watched
    ]
    return wrong + [
        item.id
        for item in stack.of("AWS::CloudWatch::Alarm")
        if not refers_to(item.get("AlarmActions")) and item.id not in used
    ]
