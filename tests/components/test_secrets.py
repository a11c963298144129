"""Secrets: made empty, filled and rotated by a function that reaches nothing else."""

from __future__ import annotations

from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from components.layer import Context
from components.secrets import Secrets, SecretsSpec
from tests.components.conftest import Record
from tests.components.support import key, misnamed, network, of_type, only, statements


def build(context: Context, **options: Any) -> Secrets:
    return Secrets(
        context, secrets_key=key("secrets"), logs_key=key("logs"), log_retention_days=400, network=network(), **options
    )


def test_no_value_is_given_to_a_secret(record: Record) -> None:
    """No registration holds a secret's value: there is no version, and no input that could carry one."""
    recorded = record(build)

    assert not of_type(recorded, "SecretVersion")
    secrets = of_type(recorded, "Secret")
    assert {secret.inputs["name"] for secret in secrets} == {"secret-api-client-test", "secret-session-signing-test"}
    for secret in secrets:
        assert set(secret.inputs) == {"name", "description", "kmsKeyId", "recoveryWindowInDays", "tags"}
        assert secret.inputs["kmsKeyId"] == "arn:kms:secrets"
        assert secret.inputs["recoveryWindowInDays"] == 0


def test_every_secret_is_rotated_at_once_and_within_thirty_days(record: Record) -> None:
    """Each secret has a rotation that starts immediately, since that is what gives it a value."""
    recorded = record(build)

    rotations = of_type(recorded, "SecretRotation")
    rotated = {rotation.inputs["secretId"] for rotation in rotations}
    assert rotated == {f"<{secret.name}.arn>" for secret in of_type(recorded, "Secret")}
    for rotation in rotations:
        assert rotation.inputs["rotateImmediately"] is True
        assert rotation.inputs["rotationRules"]["automaticallyAfterDays"] <= 30


def test_rotation_waits_until_the_function_may_be_called_and_may_act(record: Record) -> None:
    """The first rotation starts with the rotation resource; called earlier, it would fail for want of permissions."""
    recorded = record(build)

    for rotation in of_type(recorded, "SecretRotation"):
        assert {"lambda-rotation-permission", "policy-rotation", "lambda-rotation"} <= rotation.depends_on


def test_rotation_waits_for_the_way_to_secrets_manager(record: Record) -> None:
    """What the caller names as the function's way out, VPC endpoints say, is there before the first rotation."""

    def with_endpoint(context: Context) -> None:
        endpoint = aws.ec2.VpcEndpoint("vpce-secretsmanager", vpc_id="vpc")
        build(context, wait_for=[endpoint])

    for rotation in of_type(record(with_endpoint), "SecretRotation"):
        assert "vpce-secretsmanager" in rotation.depends_on


def test_other_accounts_and_plain_transport_are_denied(record: Record) -> None:
    """Each secret's policy denies other accounts (but not AWS's own services) and connections without TLS."""
    policies = of_type(record(build), "SecretPolicy")

    assert len(policies) == 2
    for policy in policies:
        assert policy.inputs["blockPublicPolicy"] is True
        found = statements(policy)
        assert found["DenyOtherAccounts"]["Condition"] == {
            "StringNotEquals": {"aws:PrincipalAccount": "123456789012"},
            "Bool": {"aws:PrincipalIsAWSService": "false"},
        }
        assert {s["Effect"] for s in found.values()} == {"Deny"}


def test_the_role_reaches_only_the_two_secrets(record: Record) -> None:
    """Reading and writing secrets is allowed on exactly the secrets of this layer, the key through Secrets Manager."""
    policy = only(record(build), "RolePolicy")

    found = statements(policy)
    assert found["RotateOwnSecrets"]["Resource"] == ["<secret-api-client.arn>", "<secret-session-signing.arn>"]
    assert found["UseSecretsKey"]["Resource"] == ["arn:kms:secrets"]
    assert found["UseSecretsKey"]["Condition"]["StringEquals"] == {
        "kms:ViaService": "secretsmanager.eu-west-1.amazonaws.com"
    }
    actions = [action for s in found.values() for action in s["Action"]]
    assert "logs:CreateLogGroup" not in actions
    assert not [action for action in actions if action.endswith("*")]


def test_the_functions_code_cannot_use_lambdas_network_permissions(record: Record) -> None:
    """What Lambda needs to attach the function to the VPC is denied to calls that the function itself makes."""
    policy = only(record(build), "RolePolicy")

    found = statements(policy)
    assert found["CodeDoesNot"]["Effect"] == "Deny"
    assert found["CodeDoesNot"]["Action"] == found["LambdaAttachesToVpc"]["Action"]
    assert found["CodeDoesNot"]["Condition"]["ArnEquals"] == {
        "lambda:SourceFunctionArn": "arn:aws:lambda:eu-west-1:123456789012:function:lambda-rotation-test"
    }


def test_function_runs_in_application_subnets_with_its_own_group_and_key(record: Record) -> None:
    """The function sits in the VPC with the rotation security group; its settings and its log are encrypted."""
    recorded = record(build)
    function = only(recorded, "Function")
    group = only(recorded, "LogGroup")

    assert function.inputs["vpcConfig"]["subnetIds"] == ["app-a", "app-b", "app-c"]
    assert function.inputs["vpcConfig"]["securityGroupIds"] == ["sg-rotation"]
    assert function.inputs["kmsKeyArn"] == "arn:kms:secrets"
    assert function.inputs["loggingConfig"]["logGroup"] == group.inputs["name"]
    assert function.inputs["tracingConfig"]["mode"] == "Active"
    assert group.inputs["kmsKeyId"] == "arn:kms:logs"
    assert {"log-rotation", "policy-rotation"} <= function.depends_on


def test_function_is_deployed_with_its_source(record: Record) -> None:
    """The deployment package holds index.py with the handler that the function names."""
    function = only(record(build), "Function")

    archive = function.inputs["code"]
    assert isinstance(archive, pulumi.AssetArchive)
    source = archive.assets["index.py"]
    assert isinstance(source, pulumi.StringAsset)
    assert "def handler(" in source.text
    assert function.inputs["handler"] == "index.handler"


def test_only_secrets_manager_of_this_account_may_call_the_function(record: Record) -> None:
    """The one permission on the function is for Secrets Manager, bound to this account."""
    permission = only(record(build), "Permission")

    assert permission.inputs["principal"] == "secretsmanager.amazonaws.com"
    assert permission.inputs["sourceAccount"] == "123456789012"


def test_length_reaches_the_function(record: Record) -> None:
    """The length that the spec asks for is what the function gets to know."""
    function = only(record(lambda context: build(context, spec=SecretsSpec(length=80))), "Function")

    assert function.inputs["environment"]["variables"] == {"SECRET_LENGTH": "80"}


def test_names_end_in_the_suffix(record: Record) -> None:
    """Every physical name ends in the environment's suffix."""
    assert misnamed(record(build), "name") == []


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"rotation_days": 31}, "rotation_days: 31 is not allowed; use 1 to 30 days"),
        ({"rotation_days": 0}, "rotation_days: 0 is not allowed"),
        ({"length": 16}, "length: 16 is not allowed; use 43 to"),
    ],
)
def test_a_lax_spec_is_refused(values: dict[str, int], message: str) -> None:
    """A rotation later than 30 days, or a secret weaker than a 256-bit key, is refused with the limits."""
    with pytest.raises(ValueError, match=message):
        SecretsSpec(**values)
