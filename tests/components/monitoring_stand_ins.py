"""Stand-ins for the layers that the API and the monitoring are built on: nothing but the values that they hand over."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pulumi

from components.api_definition import read_definition
from components.streaming import PipelineSpec


@dataclass(frozen=True)
class StandIns:
    """One value per layer, as the layer's constructor arguments name it."""

    network: Any
    processing: Any
    streaming: Any
    database: Any
    cache: Any
    storage: Any
    secrets: Any
    keys: Any
    audit: Any
    api: Any


def stand_ins(pipeline: PipelineSpec | None = None) -> StandIns:
    """The layers of a stack with the stages of ``pipeline``. Call it inside a recorded program."""
    names = [stage.name for stage in (pipeline or PipelineSpec()).stages]
    return StandIns(
        network=SimpleNamespace(
            app_subnet_ids=tuple(map(pulumi.Output.from_input, ("subnet-a", "subnet-b", "subnet-c"))),
            nat_gateway_ids=tuple(map(pulumi.Output.from_input, ("nat-a", "nat-b", "nat-c"))),
            security_groups=_outputs("sg", "edge"),
        ),
        processing=SimpleNamespace(
            blue=_outputs("blue", "arn", "full_name"),
            green=_outputs("green", "arn", "full_name"),
            stage_services=tuple(
                SimpleNamespace(stage=name, service_name=pulumi.Output.from_input(f"svc-{name}")) for name in names
            ),
            **vars(
                _outputs(
                    "processing", "cluster_name", "load_balancer_arn", "load_balancer_full_name", "api_service_name"
                )
            ),
        ),
        streaming=SimpleNamespace(stages=tuple(_stage(name) for name in names)),
        database=_outputs("database", "cluster_identifier", "proxy_name"),
        cache=_outputs("cache", "replication_group_id"),
        storage=_outputs("storage", "file_system_id"),
        secrets=_outputs("secrets", "rotation_function_name"),
        keys=SimpleNamespace(logs=_outputs("key", "id", "arn", "alias_name")),
        audit=_outputs("audit", "alarm_topic_arn", "event_role_arn"),
        api=SimpleNamespace(
            operations=read_definition().operations,
            **vars(_outputs("api", "rest_api_name", "stage_name", "web_acl_name", "access_log_group_name")),
        ),
    )


def _stage(name: str) -> Any:
    return SimpleNamespace(
        name=name,
        coordinator_table=_outputs(f"{name}-coordinator", "name", "arn"),
        worker_table=_outputs(f"{name}-workers", "name", "arn"),
        **vars(_outputs(name, "stream_name", "dead_letter_queue_name", "lease_table_name")),
    )


def _outputs(prefix: str, *names: str) -> Any:
    return SimpleNamespace(**{name: pulumi.Output.from_input(f"{prefix}.{name}") for name in names})
