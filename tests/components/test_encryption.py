"""Encryption keys, and what their policies let whom do."""

from __future__ import annotations

import json

import pytest

from components.encryption import Encryption
from tests.components.conftest import Record, Recorded
from tests.components.policy_judge import Request, allows

ACCOUNT = "arn:aws:iam::123456789012:root"
TRAIL = "arn:aws:cloudtrail:eu-west-1:123456789012:trail/trail-audit-test"
FARGATE = {
    "kms:EncryptionContext:aws:ecs:clusterAccount": "123456789012",
    "kms:EncryptionContext:aws:ecs:clusterName": "ecs-main-test",
    "aws:PrincipalIsAWSService": "true",
}
DOMAINS = ("data", "streams", "secrets", "logs")


@pytest.fixture(scope="module")
def recorded(record: Record) -> list[Recorded]:
    """What the encryption layer registers."""
    return record(Encryption)


@pytest.fixture(scope="module")
def policies(recorded: list[Recorded]) -> dict[str, str]:
    """The key policies by domain."""
    return {r.name.removeprefix("kms-"): r.inputs["policy"] for r in recorded if r.type == "aws:kms/key:Key"}


def through(service: str, account: str = "123456789012", **more: str) -> Request:
    """The context of a request that an AWS service makes for one of its callers."""
    return {"kms:ViaService": f"{service}.eu-west-1.amazonaws.com", "kms:CallerAccount": account, **more}


def test_each_domain_has_a_rotated_key_with_an_alias(recorded: list[Recorded]) -> None:
    """Four keys, new material every year, thirty days to stop a deletion, each known by an alias with the suffix."""
    keys = {r.name: r.inputs for r in recorded if r.type == "aws:kms/key:Key"}
    assert set(keys) == {f"kms-{domain}" for domain in DOMAINS}
    for inputs in keys.values():
        assert inputs["enableKeyRotation"] is True
        assert inputs["rotationPeriodInDays"] == 365
        assert inputs["deletionWindowInDays"] == 30
    aliases = {r.inputs["name"]: r.inputs["targetKeyId"] for r in recorded if r.type == "aws:kms/alias:Alias"}
    assert aliases == {f"alias/kms-{domain}-test": f"<kms-{domain}.keyId>" for domain in DOMAINS}


@pytest.mark.parametrize("domain", DOMAINS)
def test_account_keeps_control_of_its_key(policies: dict[str, str], domain: str) -> None:
    """The account may change the policy again; KMS refuses a policy that locks its author out."""
    assert allows(policies[domain], ACCOUNT, "kms:PutKeyPolicy")
    assert allows(policies[domain], ACCOUNT, "kms:ScheduleKeyDeletion")


@pytest.mark.parametrize("action", ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncryptFrom"])
@pytest.mark.parametrize("domain", DOMAINS)
def test_administering_a_key_is_not_using_it(policies: dict[str, str], domain: str, action: str) -> None:
    """Nobody uses a key directly, not even who administers it; and no statement allows every action."""
    assert not allows(policies[domain], ACCOUNT, action, {"kms:CallerAccount": "123456789012"})
    for statement in json.loads(policies[domain])["Statement"]:
        assert "kms:*" not in statement["Action"]


@pytest.mark.parametrize(
    ("domain", "services"),
    [
        ("data", {"rds", "elasticache", "elasticfilesystem"}),
        ("streams", {"kinesis", "sqs", "dynamodb"}),
        ("secrets", {"secretsmanager", "rds", "lambda"}),
        ("logs", {"s3", "sns"}),
    ],
)
def test_a_key_is_used_through_the_services_of_its_domain_only(
    policies: dict[str, str], domain: str, services: set[str]
) -> None:
    """A key decrypts for the services of its own domain, and for no service of another."""
    everything = {"rds", "elasticache", "elasticfilesystem", "kinesis", "sqs", "dynamodb", "secretsmanager", "lambda"}
    everything |= {"s3", "sns", "ec2", "ssm"}
    used = {service for service in everything if allows(policies[domain], ACCOUNT, "kms:Decrypt", through(service))}
    assert used == services


def test_another_account_gets_nothing(policies: dict[str, str]) -> None:
    """A request that comes through the right service, but for a caller of another account, is not allowed."""
    assert not allows(policies["data"], ACCOUNT, "kms:Decrypt", through("rds", account="999999999999"))
    assert not allows(policies["data"], "arn:aws:iam::999999999999:root", "kms:Decrypt", through("rds"))


def test_keys_are_lent_to_services_only(policies: dict[str, str]) -> None:
    """A grant is made by an AWS service for its resource; a person cannot make one, with whatever permission."""
    for_resource = through("rds", **{"kms:GrantIsForAWSResource": "true"})
    for_person = through("rds", **{"kms:GrantIsForAWSResource": "false"})
    assert allows(policies["data"], ACCOUNT, "kms:CreateGrant", for_resource)
    assert not allows(policies["data"], ACCOUNT, "kms:CreateGrant", for_person)
    for policy in policies.values():
        assert "Deny" in {
            statement["Effect"]
            for statement in json.loads(policy)["Statement"]
            if statement["Principal"] == "*" and statement["Action"] == ["kms:CreateGrant"]
        }


def test_fargate_encrypts_storage_of_this_stacks_clusters(policies: dict[str, str]) -> None:
    """Fargate may lend the data key, for decryption only, and only for a cluster of this account and stack."""
    policy, service = policies["data"], "fargate.amazonaws.com"
    grant = {**FARGATE, "kms:GrantOperations": ["Decrypt"]}
    assert allows(policy, service, "kms:GenerateDataKeyWithoutPlaintext", FARGATE)
    assert allows(policy, service, "kms:CreateGrant", grant)

    assert not allows(policy, service, "kms:CreateGrant", {**grant, "kms:GrantOperations": ["Decrypt", "Encrypt"]})
    other_stack = {**FARGATE, "kms:EncryptionContext:aws:ecs:clusterName": "ecs-main-prod"}
    assert not allows(policy, service, "kms:GenerateDataKeyWithoutPlaintext", other_stack)
    other_account = {**FARGATE, "kms:EncryptionContext:aws:ecs:clusterAccount": "999999999999"}
    assert not allows(policy, service, "kms:GenerateDataKeyWithoutPlaintext", other_account)
    assert not allows(policies["secrets"], service, "kms:GenerateDataKeyWithoutPlaintext", FARGATE)


def test_log_groups_of_this_account_are_encrypted_under_the_logs_key(policies: dict[str, str]) -> None:
    """CloudWatch Logs uses the key for log groups of this account, not for those of another."""
    service, key = "logs.eu-west-1.amazonaws.com", "kms:EncryptionContext:aws:logs:arn"
    own = {key: "arn:aws:logs:eu-west-1:123456789012:log-group:/aws/lambda/lambda-x-test"}
    other = {key: "arn:aws:logs:eu-west-1:999999999999:log-group:/aws/lambda/lambda-x-test"}
    for action in ("kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey", "kms:ReEncryptTo", "kms:DescribeKey"):
        assert allows(policies["logs"], service, action, own)
        assert not allows(policies["logs"], service, action, other)
        assert not allows(policies["data"], service, action, own)


def test_cloudtrail_encrypts_this_trail_only(policies: dict[str, str]) -> None:
    """CloudTrail encrypts for the stack's own trail, with or without the bucket's key in between."""
    policy, service = policies["logs"], "cloudtrail.amazonaws.com"
    plain = {"aws:SourceArn": TRAIL, "kms:EncryptionContext:aws:cloudtrail:arn": TRAIL}
    bucket = {"aws:SourceArn": TRAIL, "kms:EncryptionContext:aws:s3:arn": "arn:aws:s3:::s3-audit-123456789012-test"}
    assert allows(policy, service, "kms:GenerateDataKey", plain)
    assert allows(policy, service, "kms:GenerateDataKey", bucket)
    assert allows(policy, service, "kms:DescribeKey", {"aws:SourceArn": TRAIL})

    for context in (plain, bucket):
        assert not allows(policy, service, "kms:GenerateDataKey", {**context, "aws:SourceArn": f"{TRAIL}-other"})
    elsewhere = {**bucket, "kms:EncryptionContext:aws:s3:arn": "arn:aws:s3:::somebody-elses-bucket"}
    assert not allows(policy, service, "kms:GenerateDataKey", elsewhere)


@pytest.mark.parametrize("service", ["cloudwatch.amazonaws.com", "events.rds.amazonaws.com"])
def test_alarms_reach_the_encrypted_topic_from_this_account(policies: dict[str, str], service: str) -> None:
    """Alarms and database events of this account may be encrypted for the topic; those of another may not."""
    for action in ("kms:GenerateDataKey", "kms:Decrypt"):
        assert allows(policies["logs"], service, action, {"aws:SourceAccount": "123456789012"})
        assert not allows(policies["logs"], service, action, {"aws:SourceAccount": "999999999999"})
        assert not allows(policies["logs"], service, action)


def test_shell_sessions_are_encrypted_for_this_stacks_tasks(policies: dict[str, str]) -> None:
    """Operator and task may agree on a session key for a task of this stack, and for no other target."""
    target = "kms:EncryptionContext:aws:ssm:TargetId"
    own = {"kms:CallerAccount": "123456789012", target: "ecs:ecs-main-test_0a1b_0a1b-265927825"}
    assert allows(policies["logs"], ACCOUNT, "kms:GenerateDataKey", own)
    assert allows(policies["logs"], ACCOUNT, "kms:Decrypt", own)
    assert not allows(policies["logs"], ACCOUNT, "kms:Decrypt", {**own, target: "i-0123456789abcdef0"})
    assert not allows(policies["logs"], ACCOUNT, "kms:Decrypt", {**own, target: "ecs:ecs-main-prod_0a1b_0a1b-2659"})


def test_every_service_in_a_key_policy_is_bound_by_a_condition(policies: dict[str, str]) -> None:
    """No statement trusts an AWS service as such (the confused deputy), and none allows everybody anything."""
    for policy in policies.values():
        for statement in json.loads(policy)["Statement"]:
            if "Service" in statement["Principal"]:
                assert statement["Condition"], statement["Sid"]
            if statement["Principal"] == "*":
                assert statement["Effect"] == "Deny"
