"""Cost: complete over the program, honest where a price is unknown, and it follows the settings."""

from __future__ import annotations

import dataclasses

import pytest

from cloudformation.graph import Literal
from cloudformation.synth import Synthesis
from evidence.cost import Cost, cost
from evidence.figures import FigureError, PriceTable, Workload, load_prices, load_workload
from evidence.free import FREE
from evidence.meters import METERS
from evidence.platform import Platform
from evidence.sizes import Size, sizes
from tests.evidence.conftest import ROOT
from tests.evidence.support import changed, replaced, resource


@pytest.fixture(scope="module")
def prices() -> PriceTable:
    return load_prices()


@pytest.fixture(scope="module")
def workload() -> Workload:
    return load_workload()


@pytest.fixture(scope="module")
def production(platform: Platform, workload: Workload) -> Size:
    return sizes(platform, ROOT, workload)[1]


def lines(made: Cost, what: str) -> list[float | None]:
    return [line.usd for line in made.lines if line.what == what]


def test_the_dev_size_is_what_the_file_says(platform: Platform, workload: Workload) -> None:
    """Dev takes the values of its stack file and the defaults for the rest; production takes the defaults."""
    dev, production = sizes(platform, ROOT, workload)
    assert (dev.settings["DatabaseMaxCapacity"], production.settings["DatabaseMaxCapacity"]) == (4, 32)
    assert dev.settings["LogRetentionDays"] == production.settings["LogRetentionDays"]


def test_every_type_has_a_meter_or_is_free(platform: Platform) -> None:
    """No type of the program is in neither list, none in both, and none is listed that nobody uses."""
    used = {item.type for item in platform.program.resources.values()}
    assert used == set(METERS) | set(FREE)
    assert not set(METERS) & set(FREE)


def test_an_unmetered_type_is_an_error(
    synthesis: Synthesis, production: Size, prices: PriceTable, workload: Workload
) -> None:
    """A resource of a new type stops the report until somebody says what it costs."""
    stray = dataclasses.replace(resource(Platform(synthesis), "vpc-main"), urn="urn:x", type="aws:moon/base:Base")
    with pytest.raises(FigureError, match="nothing says what it costs"):
        cost(replaced(synthesis, {"urn:x": stray}), production, prices, workload)


def test_one_more_resource_costs_one_more(
    synthesis: Synthesis, production: Size, prices: PriceTable, workload: Workload
) -> None:
    """A second NAT gateway in a zone costs what the price table says for its hours."""
    before = Platform(synthesis)
    nat = resource(before, "nat-egress-1")
    twin = dataclasses.replace(nat, urn=f"{nat.urn}-twin", name="twin")
    more = cost(replaced(synthesis, {twin.urn: twin}), production, prices, workload)
    less = cost(before, production, prices, workload)
    assert more.usd - less.usd == pytest.approx(730 * 0.048)


def test_a_larger_database_costs_more(platform: Platform, prices: PriceTable, workload: Workload) -> None:
    """Capacity is billed for each instance, and follows the setting."""
    dev, production = sizes(platform, ROOT, workload)
    instances = 3
    small, large = (
        sum(filter(None, lines(cost(platform, size, prices, workload), "Database capacity")))
        for size in (dev, production)
    )
    assert small == pytest.approx(instances * 1 * 730 * 0.14)
    assert large == pytest.approx(instances * 2 * 730 * 0.14)


def test_an_unknown_price_is_said(platform: Platform, production: Size, prices: PriceTable, workload: Workload) -> None:
    """While prices are missing the sum is incomplete; with all of them it is complete and not lower."""
    partly = cost(platform, production, prices, workload)
    assert not partly.complete
    assert "Stream" in {what for layer in partly.layers for what in layer.unknown}
    filled = {name: dataclasses.replace(item, usd=item.usd or 0.01) for name, item in prices.prices.items()}
    whole = cost(platform, production, dataclasses.replace(prices, prices=filled), workload)
    assert whole.complete
    assert whole.usd > partly.usd


def test_a_node_type_without_price_is_unknown(
    platform: Platform, production: Size, prices: PriceTable, workload: Workload
) -> None:
    """Another node type is not priced as the usual one."""
    other = dataclasses.replace(production, settings={**production.settings, "CacheNodeType": "cache.r7g.16xlarge"})
    assert lines(cost(platform, other, prices, workload), "Cache nodes") == [None]


def test_layers_add_up_to_the_sum(platform: Platform, production: Size, prices: PriceTable, workload: Workload) -> None:
    """The table by layer and the sum under it are the same money."""
    made = cost(platform, production, prices, workload)
    assert sum(layer.usd for layer in made.layers) == pytest.approx(made.usd)


def test_what_grows_with_volume_grows(
    platform: Platform, production: Size, prices: PriceTable, workload: Workload
) -> None:
    """Ten times the volume costs more by volume, and what does not depend on it stays the same."""
    once, tenfold = (cost(platform, production, prices, workload, times) for times in (1, 10))
    assert tenfold.by_volume > 5 * once.by_volume
    assert lines(tenfold, "Web ACL") == lines(once, "Web ACL")
    assert sum(filter(None, lines(tenfold, "Task processors"))) > sum(filter(None, lines(once, "Task processors")))


def test_resources_of_empty_settings_cost_nothing(
    synthesis: Synthesis, production: Size, prices: PriceTable, workload: Workload
) -> None:
    """What exists only with an optional setting is not billed to a size that leaves the setting empty."""
    before = Platform(synthesis)
    nat = resource(before, "nat-egress-1")
    twin = dataclasses.replace(nat, urn=f"{nat.urn}-twin", name="twin", conditions=("AlarmEmail",))
    platform = replaced(synthesis, {twin.urn: twin})
    assert cost(platform, production, prices, workload).usd == pytest.approx(
        cost(before, production, prices, workload).usd
    )


def test_a_metric_math_alarm_costs_each_metric(
    platform: Platform, production: Size, prices: PriceTable, workload: Workload
) -> None:
    """CloudWatch bills alarms by the metrics that they look at."""
    made = cost(platform, production, prices, workload)
    by_name = {line.resource: line.quantity for line in made.lines if line.what == "Alarm"}
    assert by_name["alarm-service-ingest-load"] == 2
    assert by_name["alarm-vpc-changes"] == 1


def test_a_size_without_a_needed_number_is_an_error(
    synthesis: Synthesis, production: Size, prices: PriceTable, workload: Workload
) -> None:
    """A shard count that is no number cannot be multiplied; the error says so."""
    platform = changed(synthesis, "cache-sessions", numNodeGroups=Literal("several"))
    with pytest.raises(FigureError, match="where a number is needed"):
        cost(platform, production, prices, workload)
