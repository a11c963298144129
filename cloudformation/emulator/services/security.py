"""KMS, IAM, Secrets Manager: keys, roles and their policies, secrets."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ..api import ApiType, Call, Given, Services, Setting, answered, constant, named, ref, tags
from ..resources import Record


def _rotation(services: Services, record: Record, _: Mapping[str, Any]) -> None:
    if record.properties.get("EnableKeyRotation"):
        period = record.properties.get("RotationPeriodInDays")
        parameters = {"KeyId": record.physical_id, "RotationPeriodInDays": period}
        services.call("kms", "enable_key_rotation", parameters)
    else:
        services.call("kms", "disable_key_rotation", {"KeyId": record.physical_id})


def _enabled(services: Services, record: Record, _: Mapping[str, Any]) -> None:
    operation = "enable_key" if record.properties.get("Enabled", True) else "disable_key"
    services.call("kms", operation, {"KeyId": record.physical_id})


def _role_policies(services: Services, record: Record, old: Mapping[str, Any]) -> None:
    """Managed policies attached and inline policies put, and those no longer given taken away."""
    role = record.physical_id
    attached, wanted = set(old.get("ManagedPolicyArns", [])), set(record.properties.get("ManagedPolicyArns", []))
    for arn in sorted(attached - wanted):
        services.call("iam", "detach_role_policy", {"RoleName": role, "PolicyArn": arn})
    for arn in sorted(wanted - attached):
        services.call("iam", "attach_role_policy", {"RoleName": role, "PolicyArn": arn})
    inline = {policy["PolicyName"] for policy in record.properties.get("Policies", [])}
    for policy in old.get("Policies", []):
        if policy["PolicyName"] not in inline:
            services.call("iam", "delete_role_policy", {"RoleName": role, "PolicyName": policy["PolicyName"]})
    for policy in record.properties.get("Policies", []):
        services.call("iam", "put_role_policy", {"RoleName": role, **policy})


def _strip_role(services: Services, record: Record, old: Mapping[str, Any]) -> None:
    """A role can be deleted once nothing is attached to it."""
    bare = Record(
        stack_name=record.stack_name,
        logical_id=record.logical_id,
        schema=record.schema,
        properties={},
        name=record.name,
        physical_id=record.physical_id,
    )
    _role_policies(services, bare, old)


def _attach(services: Services, record: Record, old: Mapping[str, Any]) -> None:
    before, after = set(old.get("Roles", [])), set(record.properties.get("Roles", []))
    for role in sorted(before - after):
        services.call("iam", "detach_role_policy", {"RoleName": role, "PolicyArn": record.physical_id})
    for role in sorted(after - before):
        services.call("iam", "attach_role_policy", {"RoleName": role, "PolicyArn": record.physical_id})


def _detach(services: Services, record: Record, _: Mapping[str, Any]) -> None:
    for role in record.properties.get("Roles", []):
        services.call("iam", "detach_role_policy", {"RoleName": role, "PolicyArn": record.physical_id})


def _policy_version(services: Services, record: Record, _: Mapping[str, Any]) -> None:
    versions = services.call("iam", "list_policy_versions", {"PolicyArn": record.physical_id})["Versions"]
    parameters = {
        "PolicyArn": record.physical_id,
        "PolicyDocument": record.properties["PolicyDocument"],
        "SetAsDefault": True,
    }
    services.call("iam", "create_policy_version", parameters)
    for version in versions:
        old = {"PolicyArn": record.physical_id, "VersionId": version["VersionId"]}
        services.call("iam", "delete_policy_version", old)


def _secret_value(services: Services, record: Record, _: Mapping[str, Any]) -> None:
    generate = record.properties.get("GenerateSecretString")
    value = record.properties.get("SecretString")
    if generate is not None:
        value = _generated(services, generate)
    services.call("secretsmanager", "put_secret_value", {"SecretId": record.physical_id, "SecretString": value})


def _generated(services: Services, generate: Mapping[str, Any]) -> Any:
    extra = ("GenerateStringKey", "SecretStringTemplate")
    parameters = {key: value for key, value in generate.items() if key not in extra}
    password = services.call("secretsmanager", "get_random_password", parameters)["RandomPassword"]
    if "GenerateStringKey" not in generate:
        return password
    template = generate.get("SecretStringTemplate", "{}")
    return {**_json(template), generate["GenerateStringKey"]: password}


def _json(text: Any) -> dict[str, Any]:
    value = json.loads(text) if isinstance(text, str) else text
    assert isinstance(value, dict)
    return value


ROLE_POLICY = Call("put_role_policy", same=("RoleName", "PolicyName", "PolicyDocument"))

TYPES = {
    "AWS::KMS::Key": ApiType(
        "kms",
        create=Call(
            "create_key", {"Policy": Given("KeyPolicy")}, ("Description", "KeySpec", "KeyUsage", "MultiRegion", "Tags")
        ),
        ref=answered("KeyMetadata.KeyId"),
        delete=(Call("schedule_key_deletion", {"KeyId": ref, "PendingWindowInDays": Given("PendingWindowInDays")}),),
        settings=(
            Setting(("EnableKeyRotation", "RotationPeriodInDays"), _rotation),
            Setting(("Enabled",), _enabled),
            Setting(
                ("KeyPolicy",),
                Call("put_key_policy", {"KeyId": ref, "PolicyName": constant("default"), "Policy": Given("KeyPolicy")}),
                at_creation=False,
            ),
            Setting(
                ("Description",), Call("update_key_description", {"KeyId": ref}, ("Description",)), at_creation=False
            ),
            tags({"KeyId": ref}, service="kms"),
        ),
        attributes={"Arn": answered("KeyMetadata.Arn"), "KeyId": ref},
        unkept=(
            "BypassPolicyLockoutSafetyCheck",
            "KeySpec",
            "KeyUsage",
            "MultiRegion",
            "Origin",
            "PendingWindowInDays",
        ),
    ),
    "AWS::KMS::Alias": ApiType(
        "kms",
        create=Call("create_alias", same=("AliasName", "TargetKeyId")),
        ref=Given("AliasName"),
        delete=(Call("delete_alias", same=("AliasName",)),),
        settings=(
            Setting(("TargetKeyId",), Call("update_alias", same=("AliasName", "TargetKeyId")), at_creation=False),
        ),
    ),
    "AWS::IAM::Role": ApiType(
        "iam",
        create=Call(
            "create_role",
            {"RoleName": named},
            ("Path", "AssumeRolePolicyDocument", "Description", "MaxSessionDuration", "PermissionsBoundary", "Tags"),
        ),
        ref=answered("Role.RoleName"),
        delete=(_strip_role, Call("delete_role", {"RoleName": ref})),
        settings=(
            Setting(("ManagedPolicyArns", "Policies"), _role_policies),
            Setting(
                ("AssumeRolePolicyDocument",),
                Call(
                    "update_assume_role_policy", {"RoleName": ref, "PolicyDocument": Given("AssumeRolePolicyDocument")}
                ),
                at_creation=False,
            ),
            Setting(
                ("Description", "MaxSessionDuration"),
                Call("update_role", {"RoleName": ref}, ("Description", "MaxSessionDuration")),
                at_creation=False,
            ),
            tags({"RoleName": ref}, service="iam", operations=("tag_role", "untag_role")),
        ),
        attributes={"Arn": answered("Role.Arn"), "RoleId": answered("Role.RoleId")},
        unkept=("PermissionsBoundary",),
    ),
    "AWS::IAM::RolePolicy": ApiType(
        "iam",
        create=ROLE_POLICY,
        ref=Given("PolicyName"),
        delete=(Call("delete_role_policy", same=("RoleName", "PolicyName")),),
        settings=(Setting(("PolicyDocument",), ROLE_POLICY, at_creation=False),),
    ),
    "AWS::IAM::ManagedPolicy": ApiType(
        "iam",
        create=Call("create_policy", {"PolicyName": named}, ("PolicyDocument", "Path", "Description")),
        ref=answered("Policy.Arn"),
        delete=(_detach, Call("delete_policy", {"PolicyArn": ref})),
        settings=(
            Setting(("Roles",), _attach),
            Setting(("PolicyDocument",), _policy_version, at_creation=False),
        ),
        attributes={"PolicyArn": ref, "PolicyId": answered("Policy.PolicyId")},
        unkept=("Groups", "Users"),
    ),
    "AWS::SecretsManager::Secret": ApiType(
        "secretsmanager",
        create=Call("create_secret", {"Name": named}, ("Description", "KmsKeyId", "Tags")),
        ref=answered("ARN"),
        delete=(Call("delete_secret", {"SecretId": ref, "ForceDeleteWithoutRecovery": constant(True)}),),
        settings=(
            Setting(("GenerateSecretString", "SecretString"), _secret_value),
            Setting(
                ("Description", "KmsKeyId"),
                Call("update_secret", {"SecretId": ref}, ("Description", "KmsKeyId")),
                at_creation=False,
            ),
            tags({"SecretId": ref}, service="secretsmanager"),
        ),
        attributes={"Id": ref},
        unkept=("ReplicaRegions", "Type"),
    ),
}
