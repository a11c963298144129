"""Task roles: each service reaches its own streams, tables, queue and secrets, and no other's."""

from __future__ import annotations

import json

import pytest

from tests.components.conftest import Record
from tests.components.processing_stand_ins import Stack, default_stack

STAGES = ("ingest", "validate", "authorise", "settle")
FOLLOWERS = {"ingest": "validate", "validate": "authorise", "authorise": "settle"}
# Actions for which AWS supports nothing finer than every resource.
WITHOUT_RESOURCES = {
    "cloudwatch:PutMetricData",
    "ecr:GetAuthorizationToken",
    "elasticloadbalancing:DescribeListeners",
    "elasticloadbalancing:DescribeRules",
    "elasticloadbalancing:DescribeTargetGroups",
    "elasticloadbalancing:DescribeTargetHealth",
}


@pytest.fixture
def stack(record: Record) -> Stack:
    return default_stack(record)


def test_the_api_writes_the_first_stream_and_reads_none(stack: Stack) -> None:
    """The API hands transactions to the first stage, and can neither read them back nor skip a stage."""
    statements = stack.statements("policy-api-service")

    assert statements["WriteNextStream"]["Resource"] == ["<stream-ingest.arn>"]
    actions = {action for statement in statements.values() for action in statement["Action"]}
    assert {action for action in actions if action.startswith("kinesis:")} == {
        "kinesis:PutRecord",
        "kinesis:PutRecords",
    }
    assert "kms:Decrypt" not in statements["EncryptRecords"]["Action"]


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_reads_its_own_stream_and_writes_the_next_one_only(stack: Stack, stage: str) -> None:
    """The last stage writes none; no stage can write to its own or to an earlier one."""
    statements = stack.statements(f"policy-stage-{stage}")
    reading = [s for s in statements.values() if "kinesis:GetRecords" in s["Action"]]
    writing = [s for s in statements.values() if "kinesis:PutRecords" in s["Action"]]

    assert [s["Resource"] for s in reading] == [[f"<stream-{stage}.arn>"]]
    follower = FOLLOWERS.get(stage)
    assert [s["Resource"] for s in writing] == ([[f"<stream-{follower}.arn>"]] if follower else [])


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_reaches_nothing_of_another_stage_but_the_next_stream(stack: Stack, stage: str) -> None:
    """No queue or table of another stage is named in its policy."""
    text = json.dumps(stack.statements(f"policy-stage-{stage}"))

    for other in set(STAGES) - {stage}:
        assert f"<dlq-{other}." not in text
        assert f"<table-{other}-" not in text
    assert f"<dlq-{stage}.arn>" in text


def test_consumers_cannot_create_or_change_tables(stack: Stack) -> None:
    """The stack makes the lease tables; a consumer that could would make ones without key and tags."""
    statements = stack.statements("policy-stage-ingest")
    actions = {action for statement in statements.values() for action in statement["Action"]}

    assert not actions & {"dynamodb:CreateTable", "dynamodb:UpdateTable", "dynamodb:DeleteTable"}
    assert statements["KeepLeases"]["Resource"] == [
        "<table-ingest-leases.arn>",
        "<table-ingest-coordinator.arn>",
        "<table-ingest-workers.arn>",
    ]
    assert statements["FindOwnLeases"] == {
        "Sid": "FindOwnLeases",
        "Effect": "Allow",
        "Action": ["dynamodb:Query"],
        "Resource": ["<table-ingest-leases.arn>/index/LeaseOwnerToLeaseKeyIndex"],
    }


def test_keys_are_used_through_services_only(stack: Stack) -> None:
    """No role may call KMS directly: every key statement names the services in between."""
    checked = 0
    for policy in stack.of_type("RolePolicy"):
        for statement in stack.statements(policy.name).values():
            if any(action.startswith("kms:") for action in statement["Action"]):
                services = statement["Condition"]["StringEquals"]["kms:ViaService"]
                assert all(service.endswith(".eu-west-1.amazonaws.com") for service in services)
                checked += 1
    assert checked >= len(STAGES)


def test_every_statement_names_exact_actions_and_resources(stack: Stack) -> None:
    """No wildcard action anywhere; a wildcard resource only where AWS supports nothing finer."""
    for policy in stack.of_type("RolePolicy"):
        for statement in stack.statements(policy.name).values():
            assert not [action for action in statement["Action"] if "*" in action]
            if "*" in statement["Resource"]:
                assert set(statement["Action"]) <= WITHOUT_RESOURCES


def test_metrics_go_to_the_consumer_s_own_namespace(stack: Stack) -> None:
    """CloudWatch knows no resource for metrics; the namespace keeps a stage from writing another's."""
    condition = stack.statements("policy-stage-ingest")["PublishMetrics"]["Condition"]

    assert condition == {"StringEquals": {"cloudwatch:namespace": "stage-ingest-test"}}
    assert stack.environment("task-stage-ingest")["APPLICATION"] == "stage-ingest-test"


def test_each_service_signs_in_as_a_database_user_of_its_own(stack: Stack) -> None:
    """The user that a container is told is the one that its role may sign in as."""
    for service in ("api-service", *(f"stage-{stage}" for stage in STAGES)):
        user = stack.environment(f"task-{service}")["DATABASE_USER"]
        assert stack.statements(f"policy-{service}")["ConnectToDatabase"]["Resource"] == [f"arn-dbuser/{user}"]
    users = [stack.environment(task.name)["DATABASE_USER"] for task in stack.of_type("TaskDefinition")]
    assert len(set(users)) == len(users)


def test_shared_files_are_mounted_through_the_access_point_only(stack: Stack) -> None:
    """Without the condition a task could mount the whole file system as any user."""
    statement = stack.statements("policy-api-service")["MountSharedStorage"]

    assert statement["Condition"] == {"StringEquals": {"elasticfilesystem:AccessPointArn": "arn-fsap"}}
    assert "elasticfilesystem:ClientRootAccess" not in statement["Action"]


def test_each_service_reads_exactly_its_own_secrets(stack: Stack) -> None:
    """The API signs sessions, two stages call card networks; both roles of each read that secret, and no others any."""
    secrets = {
        "api-service": "arn-secret-session-signing",
        "stage-authorise": "arn-secret-api-client",
        "stage-settle": "arn-secret-api-client",
    }
    for service in ("api-service", *(f"stage-{stage}" for stage in STAGES)):
        for policy in (f"policy-{service}", f"policy-{service}-execution"):
            if service in secrets:
                assert stack.statements(policy)["ReadSecrets"]["Resource"] == [secrets[service]]
            else:
                assert "secretsmanager" not in json.dumps(stack.statements(policy))


def test_starting_a_task_writes_its_own_log_group_and_makes_none(stack: Stack) -> None:
    """A role that may make log groups would bring a deleted one back, without key."""
    statements = stack.statements("policy-stage-ingest-execution")

    assert statements["WriteLog"]["Action"] == ["logs:CreateLogStream", "logs:PutLogEvents"]
    assert statements["WriteLog"]["Resource"] == [
        "arn:aws:logs:eu-west-1:123456789012:log-group:log-stage-ingest-test:*"
    ]


def test_task_roles_are_assumed_by_tasks_of_this_account_only(stack: Stack) -> None:
    """The trust policy names the account and ECS in this Region."""
    trust = json.loads(stack.inputs("role-stage-ingest")["assumeRolePolicy"])["Statement"][0]

    assert trust["Principal"] == {"Service": "ecs-tasks.amazonaws.com"}
    assert trust["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "123456789012"},
        "ArnLike": {"aws:SourceArn": "arn:aws:ecs:eu-west-1:123456789012:*"},
    }
