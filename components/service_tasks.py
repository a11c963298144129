"""What runs: the task of the API service and of each stage's consumers, with log group, roles and environment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components import container_contract as contract
from components.availability import LeaseSpec
from components.encryption import Encryption
from components.layer import Context, Layer
from components.log_groups import log_group
from components.secrets import API_SECRETS, OwnSecret, Secrets
from components.streaming import StageStreams
from components.task_definitions import ContainerHealthSpec, TaskSpec, container, task_definition
from components.task_roles import (
    Backends,
    Statement,
    TaskRole,
    api_statements,
    execution_role,
    read_secrets,
    stage_statements,
    task_role,
)

API = "api-service"
"""Purpose in the names of what belongs to the API service; ``api`` alone belongs to API Gateway."""
API_CONTAINER = "api"
STAGE_CONTAINER = "consumer"


@dataclass(frozen=True)
class Platform:
    """What all tasks share."""

    backends: Backends
    keys: Encryption
    secrets: Secrets
    log_retention_days: int


@dataclass(frozen=True)
class ServiceTask:
    """The task of one service, and what has to be there before it can start."""

    definition: aws.ecs.TaskDefinition
    wait_for: tuple[pulumi.Resource, ...]
    """Policies of its roles, mount targets of the file system, first values of its secrets."""
    log_group: aws.cloudwatch.LogGroup


def api_task(layer: Layer, platform: Platform, *, image: str, first_stage: StageStreams, spec: TaskSpec) -> ServiceTask:
    """Task of the API service: takes requests, keeps sessions, hands transactions to the first stage."""
    context, keys = layer.context, platform.keys
    user = platform.backends.database.service_user("api")
    secrets = _secrets(platform, API_SECRETS)
    reading = _reading(context, platform, secrets)
    logs = _log_group(layer, platform, API)
    execution = execution_role(layer, API, log_group=logs, statements=reading)
    role = task_role(
        layer,
        API,
        [
            *api_statements(
                context,
                backends=platform.backends,
                user=user,
                first_stage=first_stage,
                streams_key=keys.streams,
            ),
            *reading,
        ],
    )
    environment = {
        **_environment(layer, platform.backends, "api", user),
        "LISTEN_PORT": str(contract.PORT),
        "HEALTH_PATH": contract.HEALTH_PATH,
        "STOP_SECONDS": str(contract.API_STOP_SECONDS),
        "OUTPUT_STREAM": first_stage.stream_name,
        "DATABASE_READER_HOST": platform.backends.database.proxy_reader_endpoint,
        **_places(secrets),
    }
    definition = task_definition(
        layer,
        API,
        spec=spec,
        definition=container(
            API_CONTAINER,
            image=image,
            environment=environment,
            secrets={name: secret.arn for name, secret in secrets.items()},
            log_group=logs.name,
            region=context.region,
            stop_seconds=contract.API_STOP_SECONDS,
            listens=True,
        ),
        task_role=role,
        execution_role=execution,
        storage=platform.backends.storage,
    )
    return ServiceTask(definition, _prerequisites(platform, secrets, role, execution), logs)


def stage_task(
    layer: Layer,
    platform: Platform,
    *,
    image: str,
    stage: StageStreams,
    follower: StageStreams | None,
    spec: TaskSpec,
    health: ContainerHealthSpec,
    lease: LeaseSpec,
) -> ServiceTask:
    """Task of one stage's consumers: reads its own stream and writes the next one's, if there is one."""
    purpose = f"stage-{stage.name}"
    application = f"{purpose}-{layer.context.suffix}"
    user = platform.backends.database.service_user(purpose)
    secrets = _secrets(platform, stage.secrets)
    reading = _reading(layer.context, platform, secrets)
    logs = _log_group(layer, platform, purpose)
    execution = execution_role(layer, purpose, log_group=logs, statements=reading)
    role = task_role(
        layer,
        purpose,
        [
            *stage_statements(
                layer.context,
                backends=platform.backends,
                user=user,
                stage=stage,
                follower=follower,
                streams_key=platform.keys.streams,
                application=application,
            ),
            *reading,
        ],
    )
    environment = {
        **_environment(layer, platform.backends, purpose, user),
        "STAGE": stage.name,
        "APPLICATION": application,
        "STOP_SECONDS": str(contract.STAGE_STOP_SECONDS),
        "INPUT_STREAM": stage.stream_name,
        "DEAD_LETTER_QUEUE_URL": stage.dead_letter_queue_url,
        "LEASE_TABLE": stage.lease_table_name,
        "COORDINATOR_TABLE": stage.coordinator_table.name,
        "WORKER_TABLE": stage.worker_table.name,
        "LEASE_SECONDS": str(lease.seconds),
        **({"OUTPUT_STREAM": follower.stream_name} if follower else {}),
        **_places(secrets),
    }
    definition = task_definition(
        layer,
        purpose,
        spec=spec,
        definition=container(
            STAGE_CONTAINER,
            image=image,
            environment=environment,
            secrets={name: secret.arn for name, secret in secrets.items()},
            log_group=logs.name,
            region=layer.context.region,
            stop_seconds=contract.STAGE_STOP_SECONDS,
            health=health,
        ),
        task_role=role,
        execution_role=execution,
        storage=platform.backends.storage,
    )
    return ServiceTask(definition, _prerequisites(platform, secrets, role, execution), logs)


def _secrets(platform: Platform, purposes: Sequence[str]) -> dict[str, OwnSecret]:
    """The secrets that a service is given, by the variable that holds them."""
    return {contract.secret_variable(purpose): platform.secrets.secrets[purpose] for purpose in purposes}


def _reading(context: Context, platform: Platform, secrets: Mapping[str, OwnSecret]) -> list[Statement]:
    """What lets a service read its secrets; nothing if it has none."""
    return read_secrets(context, [secret.arn for secret in secrets.values()], platform.keys.secrets) if secrets else []


def _places(secrets: Mapping[str, OwnSecret]) -> dict[str, pulumi.Input[str]]:
    """Where the service reads its secrets again after a rotation."""
    return {f"{name}_ARN": secret.arn for name, secret in secrets.items()}


def _prerequisites(
    platform: Platform, secrets: Mapping[str, OwnSecret], *roles: TaskRole
) -> tuple[pulumi.Resource, ...]:
    return (
        *(role.policy for role in roles),
        *platform.backends.storage.mount_targets,
        # A secret is empty before its first rotation.
        *(secret.rotation for secret in secrets.values()),
    )


def _log_group(layer: Layer, platform: Platform, purpose: str) -> aws.cloudwatch.LogGroup:
    return log_group(
        layer,
        purpose,
        key_arn=platform.keys.logs.arn,
        retention_days=platform.log_retention_days,
        mask_card_data=True,
    )


def _environment(layer: Layer, backends: Backends, service: str, user: str) -> dict[str, pulumi.Input[str]]:
    """What every container is told."""
    database, cache = backends.database, backends.cache
    return {
        "SERVICE": service,
        "REGION": layer.context.region,
        "DATABASE_HOST": database.proxy_endpoint,
        "DATABASE_PORT": str(database.port),
        "DATABASE_NAME": database.database_name,
        "DATABASE_USER": user,
        "CACHE_HOST": cache.endpoint,
        "CACHE_PORT": str(cache.port),
        "CACHE_NAME": cache.replication_group_id,
        "CACHE_USER": cache.user_name,
        "CACHE_KEY_PREFIX": cache.key_prefix,
        "SHARED_PATH": contract.SHARED_PATH,
    }
