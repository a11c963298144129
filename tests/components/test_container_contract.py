"""The contract with the images: the page says what the task definitions do."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from components.availability import FAILOVER_BUDGET_SECONDS, HealthCheckSpec, LeaseSpec
from components.cache import CacheSpec
from components.container_contract import (
    API_STOP_SECONDS,
    ENVIRONMENT,
    HEALTH_COMMAND,
    HEALTH_PATH,
    PORT,
    SCRATCH_PATH,
    SECRETS,
    SHARED_PATH,
    STAGE_STOP_SECONDS,
    START_SECONDS,
    USER,
    Variable,
)
from components.database_spec import DatabaseSpec
from components.secrets import API_CLIENT
from components.storage import StorageSpec
from components.streaming import PipelineSpec, StageSpec
from components.task_definitions import ContainerHealthSpec
from tests.components.conftest import Record
from tests.components.processing_stand_ins import Stack, build_processing

PAGE = Path(__file__).parents[2] / "docs" / "container-contract.md"
ROW = re.compile(r"^\| `([A-Z_]+)` \|.*$", re.MULTILINE)


@pytest.fixture
def stack(record: Record) -> Stack:
    """Two stages: one with a follower, and the last one, which calls card networks."""
    pipeline = PipelineSpec((StageSpec("ingest"), StageSpec("settle", secrets=(API_CLIENT,))))
    return Stack(record(lambda context: build_processing(context, pipeline)))


def names(variables: tuple[Variable, ...], kind: str, secrets: tuple[str, ...] = ()) -> set[str]:
    """What a kind of container is promised that is given these secrets."""
    return {
        variable.name
        for variable in variables
        if getattr(variable, kind) and (not variable.secret or variable.secret in secrets)
    }


def test_the_page_lists_exactly_the_variables_in_order() -> None:
    """Each variable has its line in the page, word for word, and the page has no other."""
    text = PAGE.read_text(encoding="utf-8")
    rows = [match.group(0) for match in ROW.finditer(text)]

    assert rows == [variable.row for variable in (*ENVIRONMENT, *SECRETS)]


def test_the_api_container_gets_exactly_its_variables(stack: Stack) -> None:
    """The API's environment and secrets are those that the contract promises the API."""
    assert set(stack.environment("task-api-service")) == names(ENVIRONMENT, "api")
    assert {secret["name"] for secret in stack.container("task-api-service")["secrets"]} == names(SECRETS, "api")


def test_stage_containers_get_exactly_their_variables(stack: Stack) -> None:
    """A stage's environment is that of the contract; the last stage has no stream to write to, and here a secret."""
    assert set(stack.environment("task-stage-ingest")) == names(ENVIRONMENT, "stage")
    assert "secrets" not in stack.container("task-stage-ingest")

    promised = names(ENVIRONMENT, "stage", (API_CLIENT,))
    assert set(stack.environment("task-stage-settle")) == promised - {"OUTPUT_STREAM"}
    secrets = {secret["name"] for secret in stack.container("task-stage-settle")["secrets"]}
    assert secrets == names(SECRETS, "stage", (API_CLIENT,))


@pytest.mark.parametrize(
    "fact",
    [
        f"port `{PORT}`",
        f"`GET {HEALTH_PATH}`",
        f"| User | `{USER}`;",
        f"`{SCRATCH_PATH}`",
        f"`{SHARED_PATH}`",
        f"`{HEALTH_COMMAND}`",
        f"ready within {START_SECONDS} seconds",
        f"follows after {API_STOP_SECONDS} seconds",
        f"follows after {STAGE_STOP_SECONDS} seconds",
        f"every {HealthCheckSpec().interval} seconds, waits {HealthCheckSpec().timeout} seconds",
        f"after {HealthCheckSpec().unhealthy_threshold} failures",
        f"waited {HealthCheckSpec().drain} seconds",
        f"within {FAILOVER_BUDGET_SECONDS} seconds",
        f"lease of {LeaseSpec().seconds} seconds",
        f"{LeaseSpec().takeover_seconds} seconds",
        f"`{DatabaseSpec().service_user('stage-ingest')}`",
        f"after {ContainerHealthSpec().detection_seconds} seconds at most",
        " and ".join(f"`{stage.name}`" for stage in PipelineSpec().stages if API_CLIENT in stage.secrets),
        f"start with `{CacheSpec().key_prefix}`",
    ],
)
def test_the_page_states_the_figures_of_the_code(fact: str) -> None:
    """Ports, paths, times and names on the page are those that the components use."""
    text = " ".join(PAGE.read_text(encoding="utf-8").split())

    assert fact in text


def test_containers_run_as_the_owner_of_the_shared_files() -> None:
    """The access point acts as this user whoever mounts it; a container of another one would be told wrong owners."""
    storage = StorageSpec()

    assert f"{storage.user_id}:{storage.group_id}" == USER
