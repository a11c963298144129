"""ECS, Elastic Load Balancing, Lambda: clusters, services, load balancers, functions."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from typing import Any

from ..api import ApiType, Call, Given, Services, Setting, Source, answered, constant, listed, named, ref, tags
from ..resources import Record


def _desired(record: Record) -> Any:
    """CloudFormation starts one task when nothing is said; a daemon service takes no number."""
    return record.properties.get("DesiredCount", None if record.properties.get("SchedulingStrategy") == "DAEMON" else 1)


def _package(record: Record) -> Any:
    """Inline code, in the archive that CloudFormation makes of it."""
    code = record.properties["Code"]
    if "ZipFile" not in code:
        return code
    suffix = "py" if str(record.properties.get("Runtime", "")).startswith("python") else "js"
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr(f"index.{suffix}", code["ZipFile"])
    return {"ZipFile": archive.getvalue()}


def _code(services: Services, record: Record, _: Mapping[str, Any]) -> None:
    services.call("lambda", "update_function_code", {"FunctionName": record.physical_id, **_package(record)})


def _listener_actions(services: Services, record: Record, _: Mapping[str, Any]) -> None:
    given = {name: record.properties.get(name) for name in LISTENER_SETTINGS}
    services.call("elbv2", "modify_listener", {"ListenerArn": record.physical_id, **given})


SERVICE_SETTINGS = (
    "AvailabilityZoneRebalancing",
    "CapacityProviderStrategy",
    "DeploymentConfiguration",
    "EnableECSManagedTags",
    "EnableExecuteCommand",
    "HealthCheckGracePeriodSeconds",
    "LoadBalancers",
    "NetworkConfiguration",
    "PlacementConstraints",
    "PlacementStrategies",
    "PlatformVersion",
    "PropagateTags",
    "ServiceRegistries",
    "TaskDefinition",
)
RENAMED: dict[str, Source] = {"PlacementStrategy": Given("PlacementStrategies")}
TARGET_GROUP_SETTINGS = (
    "HealthCheckEnabled",
    "HealthCheckIntervalSeconds",
    "HealthCheckPath",
    "HealthCheckPort",
    "HealthCheckProtocol",
    "HealthCheckTimeoutSeconds",
    "HealthyThresholdCount",
    "Matcher",
    "UnhealthyThresholdCount",
)
LISTENER_SETTINGS = ("AlpnPolicy", "Certificates", "DefaultActions", "Port", "Protocol", "SslPolicy")
FUNCTION_SETTINGS = (
    "DeadLetterConfig",
    "Description",
    "Environment",
    "EphemeralStorage",
    "Handler",
    "KmsKeyArn",
    "Layers",
    "LoggingConfig",
    "MemorySize",
    "Role",
    "Runtime",
    "Timeout",
    "TracingConfig",
    "VpcConfig",
)
SERVICE_PARAMETERS = tuple(name for name in SERVICE_SETTINGS if name != "PlacementStrategies")
NO_CAPACITY: dict[str, Source] = {
    "cluster": Given("Cluster"),
    "capacityProviders": constant([]),
    "defaultCapacityProviderStrategy": constant([]),
}
CAPACITY = Call(
    "put_cluster_capacity_providers", same=("Cluster", "CapacityProviders", "DefaultCapacityProviderStrategy")
)

TYPES = {
    "AWS::ECS::Cluster": ApiType(
        "ecs",
        create=Call(
            "create_cluster",
            {"clusterName": named, "settings": Given("ClusterSettings")},
            ("Configuration", "CapacityProviders", "DefaultCapacityProviderStrategy", "ServiceConnectDefaults", "Tags"),
        ),
        ref=named,
        delete=(Call("delete_cluster", {"cluster": ref}),),
        settings=(
            Setting(
                ("ClusterSettings", "Configuration", "ServiceConnectDefaults"),
                Call(
                    "update_cluster",
                    {"cluster": ref, "settings": Given("ClusterSettings")},
                    ("Configuration", "ServiceConnectDefaults"),
                ),
                at_creation=False,
            ),
            tags({"resourceArn": answered("cluster.clusterArn")}, service="ecs"),
        ),
        attributes={"Arn": answered("cluster.clusterArn")},
        unkept=("CapacityProviders", "DefaultCapacityProviderStrategy"),
    ),
    "AWS::ECS::ClusterCapacityProviderAssociations": ApiType(
        "ecs",
        create=CAPACITY,
        ref=Given("Cluster"),
        delete=(Call("put_cluster_capacity_providers", NO_CAPACITY),),
        settings=(Setting(("CapacityProviders", "DefaultCapacityProviderStrategy"), CAPACITY, at_creation=False),),
    ),
    "AWS::ECS::TaskDefinition": ApiType(
        "ecs",
        create=Call(
            "register_task_definition",
            {"family": lambda record: record.properties.get("Family", record.name)},
            (
                "ContainerDefinitions",
                "Cpu",
                "EnableFaultInjection",
                "EphemeralStorage",
                "ExecutionRoleArn",
                "IpcMode",
                "Memory",
                "NetworkMode",
                "PidMode",
                "PlacementConstraints",
                "ProxyConfiguration",
                "RequiresCompatibilities",
                "RuntimePlatform",
                "Tags",
                "TaskRoleArn",
                "Volumes",
            ),
        ),
        ref=answered("taskDefinition.taskDefinitionArn"),
        delete=(Call("deregister_task_definition", {"taskDefinition": ref}),),
        settings=(tags({"resourceArn": ref}, service="ecs"),),
        attributes={"TaskDefinitionArn": ref},
    ),
    "AWS::ECS::Service": ApiType(
        "ecs",
        create=Call(
            "create_service",
            {"serviceName": named, "desiredCount": _desired, **RENAMED},
            (
                "Cluster",
                "DeploymentController",
                "LaunchType",
                "Role",
                "SchedulingStrategy",
                "ServiceConnectConfiguration",
                "Tags",
                "VolumeConfigurations",
                *SERVICE_PARAMETERS,
            ),
        ),
        ref=answered("service.serviceArn"),
        delete=(Call("delete_service", {"service": ref, "force": constant(True)}, ("Cluster",)),),
        settings=(
            Setting(
                (*SERVICE_SETTINGS, "DesiredCount"),
                Call(
                    "update_service",
                    {"service": ref, "desiredCount": Given("DesiredCount"), **RENAMED},
                    ("Cluster", *SERVICE_PARAMETERS),
                ),
                at_creation=False,
            ),
            tags({"resourceArn": ref}, service="ecs"),
        ),
        attributes={"ServiceArn": ref, "Name": named},
        unkept=(
            "DeploymentController",
            "ForceNewDeployment",
            "GatewayConnectors",
            "LaunchType",
            "Monitoring",
            "ServiceConnectConfiguration",
            "VolumeConfigurations",
            "VpcLatticeConfigurations",
        ),
    ),
    "AWS::ElasticLoadBalancingV2::LoadBalancer": ApiType(
        "elbv2",
        create=Call(
            "create_load_balancer",
            {"Name": named},
            ("Subnets", "SubnetMappings", "SecurityGroups", "Scheme", "Type", "IpAddressType", "Tags"),
        ),
        ref=answered("LoadBalancers[0].LoadBalancerArn"),
        delete=(Call("delete_load_balancer", {"LoadBalancerArn": ref}),),
        settings=(
            Setting(
                ("LoadBalancerAttributes",),
                Call(
                    "modify_load_balancer_attributes",
                    {"LoadBalancerArn": ref, "Attributes": Given("LoadBalancerAttributes")},
                ),
            ),
            Setting(
                ("SecurityGroups",),
                Call("set_security_groups", {"LoadBalancerArn": ref}, ("SecurityGroups",)),
                at_creation=False,
            ),
            Setting(
                ("Subnets", "SubnetMappings"),
                Call("set_subnets", {"LoadBalancerArn": ref}, ("Subnets", "SubnetMappings")),
                at_creation=False,
            ),
            tags({"ResourceArns": listed(ref)}, service="elbv2", operations=("add_tags", "remove_tags")),
        ),
        attributes={
            "LoadBalancerArn": ref,
            "LoadBalancerName": named,
            "DNSName": answered("LoadBalancers[0].DNSName"),
            "CanonicalHostedZoneID": answered("LoadBalancers[0].CanonicalHostedZoneId"),
            "LoadBalancerFullName": lambda record: record.physical_id.split(":loadbalancer/", 1)[1],
        },
        unkept=(
            "EnableCapacityReservationProvisionStabilize",
            "EnablePrefixForIpv6SourceNat",
            "EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic",
            "IpAddressType",
            "Ipv4IpamPoolId",
            "MinimumLoadBalancerCapacity",
        ),
    ),
    "AWS::ElasticLoadBalancingV2::TargetGroup": ApiType(
        "elbv2",
        create=Call(
            "create_target_group",
            {"Name": named},
            (
                "Protocol",
                "ProtocolVersion",
                "Port",
                "VpcId",
                "TargetType",
                "IpAddressType",
                "Tags",
                *TARGET_GROUP_SETTINGS,
            ),
        ),
        ref=answered("TargetGroups[0].TargetGroupArn"),
        delete=(Call("delete_target_group", {"TargetGroupArn": ref}),),
        settings=(
            Setting(
                ("TargetGroupAttributes",),
                Call(
                    "modify_target_group_attributes",
                    {"TargetGroupArn": ref, "Attributes": Given("TargetGroupAttributes")},
                ),
            ),
            Setting(
                TARGET_GROUP_SETTINGS,
                Call("modify_target_group", {"TargetGroupArn": ref}, TARGET_GROUP_SETTINGS),
                at_creation=False,
            ),
            tags({"ResourceArns": listed(ref)}, service="elbv2", operations=("add_tags", "remove_tags")),
        ),
        attributes={
            "TargetGroupArn": ref,
            "TargetGroupName": named,
            "TargetGroupFullName": lambda record: record.physical_id.rsplit(":", 1)[1],
        },
        unkept=("TargetControlPort", "Targets"),
    ),
    "AWS::ElasticLoadBalancingV2::Listener": ApiType(
        "elbv2",
        create=Call("create_listener", same=("LoadBalancerArn", "Tags", *LISTENER_SETTINGS)),
        ref=answered("Listeners[0].ListenerArn"),
        delete=(Call("delete_listener", {"ListenerArn": ref}),),
        settings=(
            Setting(LISTENER_SETTINGS, _listener_actions, at_creation=False),
            Setting(
                ("ListenerAttributes",),
                Call("modify_listener_attributes", {"ListenerArn": ref, "Attributes": Given("ListenerAttributes")}),
            ),
            tags({"ResourceArns": listed(ref)}, service="elbv2", operations=("add_tags", "remove_tags")),
        ),
        attributes={"ListenerArn": ref},
        unkept=("MutualAuthentication",),
    ),
    "AWS::ElasticLoadBalancingV2::ListenerRule": ApiType(
        "elbv2",
        create=Call("create_rule", same=("ListenerArn", "Priority", "Conditions", "Actions", "Tags")),
        ref=answered("Rules[0].RuleArn"),
        delete=(Call("delete_rule", {"RuleArn": ref}),),
        settings=(
            Setting(
                ("Conditions", "Actions"),
                Call("modify_rule", {"RuleArn": ref}, ("Conditions", "Actions")),
                at_creation=False,
            ),
            Setting(
                ("Priority",),
                Call(
                    "set_rule_priorities",
                    {"RulePriorities": lambda r: [{"RuleArn": r.physical_id, "Priority": r.properties["Priority"]}]},
                ),
                at_creation=False,
            ),
            tags({"ResourceArns": listed(ref)}, service="elbv2", operations=("add_tags", "remove_tags")),
        ),
        attributes={"RuleArn": ref},
        unkept=("Transforms",),
    ),
    "AWS::Lambda::Function": ApiType(
        "lambda",
        create=Call(
            "create_function",
            {"FunctionName": named, "Code": _package},
            ("Architectures", "PackageType", "Tags", *FUNCTION_SETTINGS),
        ),
        ref=named,
        delete=(Call("delete_function", {"FunctionName": ref}),),
        settings=(
            Setting(("Code", "Architectures"), _code, at_creation=False),
            Setting(
                FUNCTION_SETTINGS,
                Call("update_function_configuration", {"FunctionName": ref}, FUNCTION_SETTINGS),
                at_creation=False,
            ),
            Setting(
                ("ReservedConcurrentExecutions",),
                Call("put_function_concurrency", {"FunctionName": ref}, ("ReservedConcurrentExecutions",)),
                without=Call("delete_function_concurrency", {"FunctionName": ref}),
            ),
            tags({"Resource": answered("FunctionArn")}, service="lambda"),
        ),
        attributes={"Arn": answered("FunctionArn")},
        unkept=(
            "CapacityProviderConfig",
            "CodeSigningConfigArn",
            "DurableConfig",
            "FileSystemConfigs",
            "FunctionScalingConfig",
            "ImageConfig",
            "PublishToLatestPublished",
            "RecursiveLoop",
            "RuntimeManagementConfig",
            "SnapStart",
        ),
    ),
    "AWS::Lambda::Permission": ApiType(
        "lambda",
        create=Call(
            "add_permission",
            {"StatementId": lambda record: f"{record.logical_id}-{record.seed[:12]}"},
            ("FunctionName", "Action", "Principal", "SourceArn", "SourceAccount", "EventSourceToken", "PrincipalOrgID"),
        ),
        ref=lambda record: f"{record.logical_id}-{record.seed[:12]}",
        delete=(Call("remove_permission", {"StatementId": ref}, ("FunctionName",)),),
        attributes={"Id": ref},
    ),
}
