"""Who may do what, what runs, and what watches it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from . import Account, Check, Facts, Program, document, tag_map

HELPERS = tuple(f"{kind}-{name}" for kind in ("role", "lambda") for name in ("empty-buckets", "close-default-groups"))
"""What only a template needs: the custom resources' functions and their roles."""


def _roles_asked(program: Program) -> Facts:
    inline: dict[str, dict[str, str]] = {}
    for item in program.of("iam/rolePolicy:RolePolicy"):
        inline.setdefault(item["role"], {})[item["name"]] = document(item["policy"])
    attached: dict[str, list[str]] = {}
    for item in program.of("iam/rolePolicyAttachment:RolePolicyAttachment"):
        attached.setdefault(item["role"], []).append(item["policyArn"])
    return {
        item["name"]: (
            document(item["assumeRolePolicy"]),
            inline.get(item["name"], {}),
            sorted(attached.get(item["name"], [])),
            item["tags"],
        )
        for item in program.of("iam/role:Role")
    }


def _roles_found(account: Account) -> Facts:
    found = {}
    for role in account.ask("iam", "list_roles")["Roles"]:
        name = role["RoleName"]
        if name.startswith(HELPERS) or role["Path"].startswith("/aws-service-role/"):
            continue
        policies = account.raw("iam", "list_role_policies", RoleName=name)["PolicyNames"]
        attached = account.raw("iam", "list_attached_role_policies", RoleName=name)["AttachedPolicies"]
        found[name] = (
            document(role["AssumeRolePolicyDocument"]),
            {
                policy: document(
                    account.ask("iam", "get_role_policy", RoleName=name, PolicyName=policy)["PolicyDocument"]
                )
                for policy in policies
            },
            sorted(item["PolicyArn"] for item in attached),
            tag_map(account.raw("iam", "list_role_tags", RoleName=name)["Tags"]),
        )
    return found


def _container(given: Mapping[str, Any]) -> Any:
    """What counts of a container, in a form that both sides can have: they write its keys alike."""
    return {
        "image": given["image"],
        "essential": given.get("essential", True),
        "read-only": given.get("readonlyRootFilesystem"),
        "user": given.get("user"),
        "environment": {item["name"]: item["value"] for item in given.get("environment", [])},
        "secrets": {item["name"]: item["valueFrom"] for item in given.get("secrets", [])},
        "log": (given["logConfiguration"]["logDriver"], given["logConfiguration"]["options"]),
        "ports": [item["containerPort"] for item in given.get("portMappings", [])],
        "mounts": sorted(item["containerPath"] for item in given.get("mountPoints", [])),
        "stop": given.get("stopTimeout"),
        "capabilities": given.get("linuxParameters", {}).get("capabilities", {}).get("drop"),
    }


def _tasks_asked(program: Program) -> Facts:
    return {
        item["family"]: {
            "size": (item["cpu"], item["memory"], item["ephemeralStorage"]["sizeInGib"]),
            "roles": (item["taskRoleArn"], item["executionRoleArn"]),
            "network": item["networkMode"],
            "containers": [_container(one) for one in json.loads(item["containerDefinitions"])],
            "files": _mounts_asked(item["volumes"]),
        }
        for item in program.of("ecs/taskDefinition:TaskDefinition")
    }


def _mounts_asked(volumes: Sequence[Mapping[str, Any]]) -> Any:
    files = [item["efsVolumeConfiguration"] for item in volumes if item.get("efsVolumeConfiguration")]
    return [
        (
            item["fileSystemId"],
            item["transitEncryption"],
            item["authorizationConfig"]["iam"],
            item["authorizationConfig"]["accessPointId"],
        )
        for item in files
    ]


def _tasks_found(account: Account) -> Facts:
    found = {}
    for arn in account.raw("ecs", "list_task_definitions")["taskDefinitionArns"]:
        task = account.ask("ecs", "describe_task_definition", taskDefinition=arn)["taskDefinition"]
        found[task["family"]] = {
            "size": (task["cpu"], task["memory"], task["ephemeralStorage"]["sizeInGiB"]),
            "roles": (task["taskRoleArn"], task["executionRoleArn"]),
            "network": task["networkMode"],
            "containers": [_container(one) for one in task["containerDefinitions"]],
            "files": _mounts_asked(task["volumes"]),
        }
    return found


def _services_asked(program: Program) -> Facts:
    return {
        item["name"]: {
            "cluster": item["cluster"],
            "task": item["taskDefinition"],
            "subnets": sorted(item["networkConfiguration"]["subnets"]),
            "groups": sorted(item["networkConfiguration"]["securityGroups"]),
            "public": item["networkConfiguration"]["assignPublicIp"],
            "balancers": [
                (one["targetGroupArn"], one["containerName"], one["containerPort"])
                for one in item.get("loadBalancers", [])
            ],
        }
        for item in program.of("ecs/service:Service")
    }


def _services_found(account: Account) -> Facts:
    found = {}
    for cluster in account.raw("ecs", "list_clusters")["clusterArns"]:
        arns = account.raw("ecs", "list_services", cluster=cluster)["serviceArns"]
        for service in account.ask("ecs", "describe_services", cluster=cluster, services=arns)["services"]:
            network = service["networkConfiguration"]["awsvpcConfiguration"]
            found[service["serviceName"]] = {
                "cluster": service["clusterArn"],
                "task": service["taskDefinition"],
                "subnets": sorted(network["subnets"]),
                "groups": sorted(network["securityGroups"]),
                "public": network["assignPublicIp"] == "ENABLED",
                "balancers": [
                    (one["targetGroupArn"], one["containerName"], one["containerPort"])
                    for one in service["loadBalancers"]
                ],
            }
    return found


def _functions_asked(program: Program) -> Facts:
    return {
        item["name"]: (
            item["runtime"],
            item["handler"],
            item["role"],
            item["memorySize"],
            item["timeout"],
            item["kmsKeyArn"],
            item["architectures"],
            sorted(item["vpcConfig"]["subnetIds"]),
            sorted(item["vpcConfig"]["securityGroupIds"]),
            item["environment"]["variables"],
            item["tracingConfig"]["mode"],
        )
        for item in program.of("lambda/function:Function")
    }


def _functions_found(account: Account) -> Facts:
    return {
        item["FunctionName"]: (
            item["Runtime"],
            item["Handler"],
            item["Role"],
            item["MemorySize"],
            item["Timeout"],
            item["KMSKeyArn"],
            item["Architectures"],
            sorted(item["VpcConfig"]["SubnetIds"]),
            sorted(item["VpcConfig"]["SecurityGroupIds"]),
            item["Environment"]["Variables"],
            item["TracingConfig"]["Mode"],
        )
        for item in account.ask("lambda", "list_functions")["Functions"]
        if not item["FunctionName"].startswith(HELPERS)
    }


def _alarms_asked(program: Program) -> Facts:
    return {
        item["name"]: (
            item["comparisonOperator"],
            item.get("threshold"),
            item["evaluationPeriods"],
            item.get("metricName"),
            item.get("namespace"),
            item.get("period"),
            item.get("dimensions", {}),
            [(one["id"], one.get("expression")) for one in item.get("metricQueries", [])],
            item.get("alarmActions", []),
            item["treatMissingData"],
        )
        for item in program.of("cloudwatch/metricAlarm:MetricAlarm")
    }


def _alarms_found(account: Account) -> Facts:
    return {
        item["AlarmName"]: (
            item["ComparisonOperator"],
            item.get("Threshold"),
            item["EvaluationPeriods"],
            item.get("MetricName"),
            item.get("Namespace"),
            item.get("Period"),
            {one["Name"]: one["Value"] for one in item.get("Dimensions", [])},
            [(one["Id"], one.get("Expression")) for one in item.get("Metrics", [])],
            item.get("AlarmActions", []),
            item["TreatMissingData"],
        )
        for item in account.ask("cloudwatch", "describe_alarms")["MetricAlarms"]
    }


def _trails_asked(program: Program) -> Facts:
    return {
        item["name"]: (
            item["s3BucketName"],
            item["kmsKeyId"],
            item["enableLogFileValidation"],
            item["isMultiRegionTrail"],
            item["includeGlobalServiceEvents"],
            item["cloudWatchLogsGroupArn"],
            item["cloudWatchLogsRoleArn"],
        )
        for item in program.of("cloudtrail/trail:Trail")
    }


def _trails_found(account: Account) -> Facts:
    return {
        item["Name"]: (
            item["S3BucketName"],
            item["KmsKeyId"],
            item["LogFileValidationEnabled"],
            item["IsMultiRegionTrail"],
            item["IncludeGlobalServiceEvents"],
            item["CloudWatchLogsLogGroupArn"],
            item["CloudWatchLogsRoleArn"],
        )
        for item in account.ask("cloudtrail", "describe_trails")["trailList"]
    }


def _events_asked(program: Program) -> Facts:
    targets = {
        item["rule"]: (item["arn"], item["roleArn"]) for item in program.of("cloudwatch/eventTarget:EventTarget")
    }
    return {
        item["name"]: (json.loads(item["eventPattern"]), item["state"], targets[item["name"]])
        for item in program.of("cloudwatch/eventRule:EventRule")
    }


def _events_found(account: Account) -> Facts:
    found = {}
    for rule in account.ask("events", "list_rules")["Rules"]:
        (target,) = account.ask("events", "list_targets_by_rule", Rule=rule["Name"])["Targets"]
        found[rule["Name"]] = (json.loads(rule["EventPattern"]), rule["State"], (target["Arn"], target["RoleArn"]))
    return found


CHECKS = (
    Check("roles", "iam", _roles_asked, _roles_found),
    Check("task definitions", "ecs", _tasks_asked, _tasks_found),
    Check("services", "ecs", _services_asked, _services_found),
    Check("functions", "lambda", _functions_asked, _functions_found),
    Check("alarms", "cloudwatch", _alarms_asked, _alarms_found),
    Check("audit trail", "cloudtrail", _trails_asked, _trails_found),
    Check("event rules", "events", _events_asked, _events_found),
)
