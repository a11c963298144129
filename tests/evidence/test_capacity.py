"""Capacity: limits follow settings, and the lowest is the bottleneck."""

from __future__ import annotations

import dataclasses

import pytest

from evidence.capacity import Capacity, capacity
from evidence.demand import entry, pipeline, scalings
from evidence.figures import load_prices, load_workload
from evidence.platform import Platform
from evidence.sizes import Size, sizes
from tests.evidence.conftest import ROOT


@pytest.fixture(scope="module")
def production(platform: Platform) -> Size:
    return sizes(platform, ROOT, load_workload())[1]


def limits(platform: Platform, size: Size, **settings: int) -> Capacity:
    changed = dataclasses.replace(size, settings={**size.settings, **settings})
    return capacity(platform, changed, load_prices(), load_workload())


def test_stages_come_in_the_order_of_the_pipeline(platform: Platform) -> None:
    """The order is read from what each consumer reads and writes, not from names."""
    assert [stage.name for stage in pipeline(platform)] == ["ingest", "validate", "authorise", "settle"]
    first = entry(platform)
    assert first is not None
    assert first.name == "svc-api"


def test_every_stage_has_its_limits(platform: Platform, production: Size) -> None:
    """API, each stream, each stage's consumers and the database: nothing on the way is left out."""
    made = limits(platform, production)
    parts = {(item.part, item.what.partition(",")[0]) for item in made.limits}
    for stage in pipeline(platform):
        assert {(stage.name, "Stream"), (stage.name, "Consumers of the stage")} <= parts
    assert {("API", "Throttle of the API stage"), ("API", "Tasks of the API service")} <= parts
    assert ("database", "Capacity of the writer") in parts


def test_the_bottleneck_moves(platform: Platform, production: Size) -> None:
    """Raising the lowest limit makes the next one the bottleneck; lowering one makes it that one."""
    assert limits(platform, production).bottleneck.what == "Throttle of the API stage"
    raised = limits(platform, production, ApiRateLimit=10_000)
    assert raised.bottleneck.what.startswith("Consumers of the stage")
    assert raised.bottleneck.part == "ingest"
    assert limits(platform, production, DatabaseMaxCapacity=2).bottleneck.resource == "aurora-transactions"


def test_a_limit_counts_in_transactions(platform: Platform, production: Size) -> None:
    """The API's throttle counts requests, of which a transaction takes several."""
    each = load_workload()["transaction.api_requests"]
    assert limits(platform, production, ApiRateLimit=440).bottleneck.tps == pytest.approx(440 / each)


def test_more_tasks_than_shards_do_not_help(platform: Platform, production: Size) -> None:
    """A shard is read by one task: while the stream is new its shards limit the consumers, not the setting."""
    few, many = (limits(platform, production, StageMaxTasks=tasks) for tasks in (3, 100))
    tps = [next(item.tps for item in made.limits if item.what.startswith("Consumers")) for made in (few, many)]
    per_task = next(item.per_task for item in scalings(platform, production) if item.stream)
    assert tps == [pytest.approx(3 * per_task), pytest.approx(4 * per_task)]


def test_growth_names_what_has_to_be_raised(platform: Platform, production: Size) -> None:
    """At a hundred times the volume more limits are exceeded than at once, and the lowest comes first."""
    made = limits(platform, production)
    once, _, hundredfold = made.growth
    assert once.exceeded == ()
    assert hundredfold.exceeded[0] == made.bottleneck
    assert all(item.tps < hundredfold.peak for item in hundredfold.exceeded)


def test_clients_have_limits_of_their_own(platform: Platform, production: Size) -> None:
    """Quota and firewall limit one client or address, not the platform."""
    made = limits(platform, production, ApiDailyQuota=86_400, WafRateLimit=600)
    rates = {item.what: item.rps for item in made.clients}
    assert rates["Quota of one client, all day long"] == pytest.approx(1)
    assert rates["Firewall, for one source address"] == pytest.approx(2)
