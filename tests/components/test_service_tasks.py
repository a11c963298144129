"""What each service is told: the stages form a chain, and every consumer finds its own state."""

from __future__ import annotations

import pytest

from components.availability import LeaseSpec
from components.processing import ProcessingSpec
from components.streaming import PipelineSpec, StageSpec
from tests.components.conftest import Record
from tests.components.processing_stand_ins import SETTINGS, Stack, build_processing, default_stack


@pytest.fixture
def stack(record: Record) -> Stack:
    return default_stack(record)


def test_streams_form_a_chain_from_the_api_to_the_last_stage(stack: Stack) -> None:
    """What one writes is what the next one reads; the last stage writes to no stream."""
    api = stack.environment("task-api-service")
    stages = [stack.environment(f"task-stage-{name}") for name in ("ingest", "validate", "authorise", "settle")]

    outputs = [api["OUTPUT_STREAM"], *(stage["OUTPUT_STREAM"] for stage in stages[:-1])]
    assert outputs == [stage["INPUT_STREAM"] for stage in stages]
    assert "OUTPUT_STREAM" not in stages[-1]


def test_the_order_of_the_chain_is_the_order_of_the_spec(record: Record) -> None:
    """A stage put between two others is fed by the one before and feeds the one after."""
    pipeline = PipelineSpec((StageSpec("ingest"), StageSpec("screen"), StageSpec("settle")))
    stack = Stack(record(lambda context: build_processing(context, pipeline)))

    assert stack.environment("task-stage-ingest")["OUTPUT_STREAM"] == "stream-screen-test"
    assert stack.environment("task-stage-screen")["OUTPUT_STREAM"] == "stream-settle-test"


def test_each_consumer_is_told_its_own_queue_and_tables(stack: Stack) -> None:
    """Names in the environment are those of the stage's own resources."""
    environment = stack.environment("task-stage-validate")

    assert environment["STAGE"] == "validate"
    assert environment["DEAD_LETTER_QUEUE_URL"] == "<dlq-validate.url>"
    assert environment["LEASE_TABLE"] == "table-validate-leases-test"
    assert environment["COORDINATOR_TABLE"] == "table-validate-coordinator-test"
    assert environment["WORKER_TABLE"] == "table-validate-workers-test"


def test_the_lease_time_of_the_spec_reaches_the_consumers(record: Record) -> None:
    """The failover budget was computed from the same value."""
    spec = ProcessingSpec(lease=LeaseSpec(3))
    stack = Stack(record(lambda context: build_processing(context, spec=spec)))

    assert stack.environment("task-stage-ingest")["LEASE_SECONDS"] == "3"


def test_services_run_the_image_of_their_kind(stack: Stack) -> None:
    """All stages share one image; the API has its own."""
    assert stack.container("task-api-service")["image"] == SETTINGS["api_image"]
    assert stack.container("task-stage-ingest")["image"] == SETTINGS["consumer_image"]
    assert stack.container("task-stage-settle")["image"] == SETTINGS["consumer_image"]
