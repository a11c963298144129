"""Roles in use: by the service that they trust, with permissions of their own (PCI DSS 7.2)."""

from __future__ import annotations

from collections.abc import Iterator

from .documents import read
from .iam import IDENTITY_POLICIES, allowing
from .model import Context, Resource, Rule, Severity
from .resource_types import (
    API_ACCOUNT,
    DB_CLUSTER,
    DB_INSTANCE,
    DB_PROXY,
    ECS_SERVICE,
    EVENT_TARGET,
    FLOW_LOG,
    FUNCTION,
    IAM_ROLE,
    IAM_ROLE_POLICY,
    IAM_ROLE_POLICY_ATTACHMENT,
    TASK_DEFINITION,
    TRAIL,
    guide,
    hub,
)

# Every input that names a role, and the service that then assumes it.
ROLE_INPUTS: tuple[tuple[str, str, str], ...] = (
    (API_ACCOUNT, "cloudwatchRoleArn", "apigateway"),
    (DB_CLUSTER, "monitoringRoleArn", "monitoring.rds"),
    (DB_INSTANCE, "monitoringRoleArn", "monitoring.rds"),
    (DB_PROXY, "roleArn", "rds"),
    (ECS_SERVICE, "loadBalancers", "ecs"),
    (EVENT_TARGET, "roleArn", "events"),
    (FLOW_LOG, "iamRoleArn", "vpc-flow-logs"),
    (FUNCTION, "role", "lambda"),
    (TASK_DEFINITION, "executionRoleArn", "ecs-tasks"),
    (TASK_DEFINITION, "taskRoleArn", "ecs-tasks"),
    (TRAIL, "cloudWatchLogsRoleArn", "cloudtrail"),
)
USERS = tuple(dict.fromkeys(type_ for type_, _, _ in ROLE_INPUTS))


def _trusts_its_user(user: Resource, context: Context) -> Iterator[str]:
    for type_, path, service in ROLE_INPUTS:
        if type_ != user.type:
            continue
        for role in context.stack.linked(user, path, IAM_ROLE):
            trusted = [name for item in read(role, "assumeRolePolicy").allowing for name in item.services]
            if not any(name.startswith(f"{service}.") for name in trusted):
                yield f"{path} is {role.name}, which does not trust {service}"


def _has_permissions(role: Resource, context: Context) -> Iterator[str]:
    if role.given("inlinePolicies") or role.given("managedPolicyArns"):
        return
    if not context.stack.users(role, IAM_ROLE_POLICY, IAM_ROLE_POLICY_ATTACHMENT, through=("role",)):
        yield "has no permissions"


def _in_use(role: Resource, context: Context) -> Iterator[str]:
    others = [
        item for item in context.stack.users(role) if item.type not in (IAM_ROLE_POLICY, IAM_ROLE_POLICY_ATTACHMENT)
    ]
    if not others:
        yield "nothing of this stack uses it"


def _access_point_only(resource: Resource, _: Context) -> Iterator[str]:
    for statement in allowing(resource):
        for action in ("elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"):
            if statement.covers(action) and not statement.condition("elasticfilesystem:AccessPointArn"):
                yield f"{statement.title} allows {action} past the access point"
                break


def _code_leaves_network_alone(resource: Resource, _: Context) -> Iterator[str]:
    """What Lambda needs to attach a function to a VPC, the function's own code does not."""
    action = "ec2:CreateNetworkInterface"
    document = read(resource, "policy")
    if not any(item.covers(action) for item in document.allowing):
        return
    key = "lambda:SourceFunctionArn"
    refused = [
        item
        for item in document.denying
        if item.covers(action) and len(item.conditions) == 1 and item.condition(key, "ArnEquals", "ArnLike")
    ]
    if not refused:
        yield f"allows {action} to the function's code as well"


def _own_database_user(resource: Resource, _: Context) -> Iterator[str]:
    for statement in allowing(resource):
        if statement.covers("rds-db:connect") and any(name.endswith(("/*", ":*")) for name in statement.resources):
            yield f"{statement.title} allows to sign in to databases as anybody"


RULES = (
    Rule(
        "role-trusts-its-user",
        "Roles are used by the service that they are made for.",
        Severity.HIGH,
        "Name the role that trusts this service.",
        types=USERS,
        check=_trusts_its_user,
        relational=True,
        requirements=("7.2.2", "7.2.5"),
        controls=(105, 152),
        url=guide("IAM/latest/UserGuide/id_roles_create_for-service.html"),
    ),
    Rule(
        "role-has-permissions",
        "Every role has permissions.",
        Severity.LOW,
        "Add a RolePolicy, or remove the role.",
        types=(IAM_ROLE,),
        check=_has_permissions,
        relational=True,
        requirements=("7.2.4", "7.2.5"),
        controls=(105, 152),
        url=guide("IAM/latest/UserGuide/best-practices.html"),
    ),
    Rule(
        "role-in-use",
        "Every role is used.",
        Severity.LOW,
        "Use the role, or remove it.",
        types=(IAM_ROLE,),
        check=_in_use,
        relational=True,
        requirements=("7.2.4", "8.2.6"),
        controls=(152,),
        url=hub("iam", 22),
    ),
    Rule(
        "iam-file-system-by-access-point",
        "Workloads mount file systems through their access point only.",
        Severity.MEDIUM,
        "Add the condition StringEquals elasticfilesystem:AccessPointArn.",
        types=IDENTITY_POLICIES,
        check=_access_point_only,
        requirements=("7.2.5", "7.3.1"),
        controls=(84, 86, 148),
        url=guide("efs/latest/ug/efs-access-points.html"),
    ),
    Rule(
        "function-code-leaves-network-alone",
        "The code of a function cannot make network interfaces, although Lambda can.",
        Severity.MEDIUM,
        "Deny the actions under the condition ArnEquals lambda:SourceFunctionArn.",
        types=(IAM_ROLE_POLICY,),
        check=_code_leaves_network_alone,
        requirements=("7.2.5",),
        controls=(148, 157),
        url=guide("lambda/latest/dg/configuration-vpc.html"),
    ),
    Rule(
        "iam-own-database-user",
        "Workloads sign in to databases as their own user only.",
        Severity.HIGH,
        "Name the user at the end of the resource.",
        types=IDENTITY_POLICIES,
        check=_own_database_user,
        requirements=("7.2.5", "8.2.1"),
        controls=(67, 148),
        url=guide("AmazonRDS/latest/AuroraUserGuide/UsingWithRDS.IAMDBAuth.IAMPolicy.html"),
    ),
)
