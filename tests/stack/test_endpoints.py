"""Endpoints and roles agree: what runs in the VPC gets through to what it may call, and to nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from cloudformation.graph import Function, ListValue, Literal, MapValue, Value, parts
from cloudformation.synth import Synthesis
from cloudformation.template import TemplateResource

# The endpoints that lead to a service, by the prefix of its actions.
ENDPOINTS = {
    "cloudwatch": {"monitoring"},
    "dynamodb": {"dynamodb"},
    "ecr": {"ecr.api", "ecr.dkr"},
    "kinesis": {"kinesis-streams"},
    "kms": {"kms"},
    "logs": {"logs"},
    "secretsmanager": {"secretsmanager"},
    "sqs": {"sqs"},
    "ssmmessages": {"ssmmessages"},
}
# What roles in the VPC are allowed, and yet nothing in the VPC calls.
NOT_CALLED = {
    "ec2": "Lambda itself attaches the function to the VPC",
    "elasticache": "judged by the cache when a client signs in",
    "elasticfilesystem": "judged by the file system when it is mounted",
    "rds-db": "judged by the proxy and the database when a client signs in",
    "xray": "Lambda itself sends the traces",
}
SHELL_SESSION = "a shell session, for which an operator gives a task a role"
# What endpoints let through although no role here may do it.
WITHOUT_ROLE = {
    "kms:Decrypt": SHELL_SESSION,
    "logs:DescribeLogGroups": SHELL_SESSION,
    "logs:DescribeLogStreams": SHELL_SESSION,
    "ssmmessages:CreateControlChannel": SHELL_SESSION,
    "ssmmessages:CreateDataChannel": SHELL_SESSION,
    "ssmmessages:OpenControlChannel": SHELL_SESSION,
    "ssmmessages:OpenDataChannel": SHELL_SESSION,
    "s3:GetObject": "image layers, by links that ECR has signed",
}


def plain(value: Value) -> Any:
    """A template value as Python has it; what only the deployment knows becomes its description."""
    match value:
        case MapValue(items):
            return {key: plain(item) for key, item in items.items()}
        case ListValue(items):
            return [plain(item) for item in items]
        case Literal(literal):
            return literal
    return repr(value)


def named(value: Value) -> set[str]:
    """Logical ids that ``value`` refers to."""
    return {
        str(part.arguments[0].value).partition(".")[0]
        for part in parts(value)
        if isinstance(part, Function) and part.arguments and isinstance(part.arguments[0], Literal)
    }


def allowances(document: Any) -> Iterator[dict[str, Any]]:
    """The statements of a policy that allow something."""
    for statement in document["Statement"]:
        if statement["Effect"] == "Allow":
            yield statement


@pytest.fixture(scope="module")
def resources(synthesis: Synthesis) -> tuple[TemplateResource, ...]:
    """The template's resources."""
    return tuple(synthesis.compilation.template.resources)


@pytest.fixture(scope="module")
def endpoints(resources: tuple[TemplateResource, ...]) -> dict[str, set[str]]:
    """What each endpoint lets through, by the last part of its service's name."""
    found = {}
    for resource in resources:
        if resource.type == "AWS::EC2::VPCEndpoint":
            name = [part.value for part in parts(resource.properties.items["ServiceName"]) if isinstance(part, Literal)]
            statements = allowances(plain(resource.properties.items["PolicyDocument"]))
            service = str(name[-1]).removeprefix(".")
            found[service] = {action for statement in statements for action in statement["Action"]}
    return found


@pytest.fixture(scope="module")
def calls(resources: tuple[TemplateResource, ...]) -> dict[str, set[str]]:
    """What each role may call from inside the VPC, by the role's logical id."""
    roles: set[str] = set()
    for resource in resources:
        items = resource.properties.items
        match resource.type:
            case "AWS::ECS::TaskDefinition":
                roles |= named(items["TaskRoleArn"]) | named(items["ExecutionRoleArn"])
            case "AWS::RDS::DBProxy":
                roles |= named(items["RoleArn"])
            case "AWS::Lambda::Function" if "VpcConfig" in items:
                roles |= named(items["Role"])
    found: dict[str, set[str]] = {role: set() for role in roles}
    for resource in resources:
        if resource.type == "AWS::IAM::RolePolicy":
            (role,) = named(resource.properties.items["RoleName"])
            if role in found:
                statements = allowances(plain(resource.properties.items["PolicyDocument"]))
                # A key that may be used through another service only is used by that service, from outside the VPC.
                direct = [item for item in statements if "kms:ViaService" not in repr(item.get("Condition"))]
                found[role] |= {action for statement in direct for action in statement["Action"]}
    return found


def test_the_roles_in_the_vpc_are_found(calls: dict[str, set[str]]) -> None:
    """Two roles for each service, those of the rotation function and of the proxy, and each may do something."""
    assert {"RoleRotation", "RoleDatabaseProxy", "RoleApiService", "RoleStageIngestExecution"} <= set(calls)
    assert all(calls.values())


def test_what_a_role_may_call_gets_through(calls: dict[str, set[str]], endpoints: dict[str, set[str]]) -> None:
    """A call that its endpoint refuses would fail in production only."""
    for role, actions in calls.items():
        for action in actions:
            prefix = action.partition(":")[0]
            if prefix not in NOT_CALLED:
                assert any(action in endpoints[service] for service in ENDPOINTS[prefix]), f"{role}: {action}"


def test_nothing_gets_through_that_no_role_may_call(calls: dict[str, set[str]], endpoints: dict[str, set[str]]) -> None:
    """A door that nobody needs is closed; each exception has its reason, and is one."""
    used = set().union(*calls.values())
    allowed = set().union(*endpoints.values())

    assert allowed - used == set(WITHOUT_ROLE)
