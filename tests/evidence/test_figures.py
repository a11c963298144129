"""Tables of figures: each with source and reason, and clear words where one is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from evidence.figures import FigureError, Price, load_prices, load_workload


def price(usd: float | None, *tiers: tuple[float, float]) -> Price:
    return Price("p", usd, "unit", "source", None, "seen", tiers)


def test_every_price_has_a_source_or_is_unknown() -> None:
    """The committed table: what has a price names where AWS publishes it and where it was read."""
    table = load_prices()
    assert table.region == "eu-west-1"
    for item in table.prices.values():
        assert (item.usd is None) == (item.source == ""), item.name
        assert item.seen, item.name
        assert item.usd is None or item.usd > 0, item.name


def test_every_assumption_says_why() -> None:
    """The committed workload: no figure without unit and reason."""
    for item in load_workload().assumptions.values():
        assert item.unit, item.name
        assert len(item.why.split()) >= 3, item.name


def test_a_price_falls_with_the_tiers() -> None:
    """The first units cost the first price, those beyond a threshold the next one."""
    tiered = price(3.0, (100, 2.0), (200, 1.0))
    assert tiered.cost(100) == 300
    assert tiered.cost(150) == 300 + 100
    assert tiered.cost(250) == 300 + 200 + 50


def test_an_unknown_price_makes_no_sum() -> None:
    """Nothing costs nothing; anything at an unknown price is unknown, not free."""
    assert price(None).cost(0) == 0
    assert price(None).cost(1) is None


def test_a_price_that_is_not_in_the_table_is_unknown() -> None:
    """A node type that nobody looked up must not stop the report, nor be priced as another."""
    assert load_prices().price("cache.node.valkey.cache.x9z.huge").usd is None


def table(tmp_path: Path, entry: str) -> Path:
    file = tmp_path / "prices.yaml"
    file.write_text(f"region: eu-west-1\nhours_per_month: 730\nprices:\n  p: {entry}\n", encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ("{usd: 1.0, unit: hour, seen: somewhere}", "needs a source"),
        ("{usd: 1.0, source: there, seen: somewhere}", "give it a unit"),
        ("{usd: null, unit: hour}", "where it was seen"),
    ],
)
def test_an_incomplete_price_is_refused(tmp_path: Path, entry: str, words: str) -> None:
    """A price without unit, source or place of reading is an error that names it."""
    with pytest.raises(FigureError, match=words) as caught:
        load_prices(table(tmp_path, entry))
    assert "prices.yaml, p" in str(caught.value)


def test_a_text_that_yaml_cut_is_refused(tmp_path: Path) -> None:
    """An unquoted comma in the short form would silently shorten a unit; it is an error instead."""
    with pytest.raises(FigureError, match="zone and hour is not known"):
        load_prices(table(tmp_path, "{usd: null, unit: endpoint, zone and hour, seen: somewhere}"))


def test_an_assumption_without_reason_is_refused(tmp_path: Path) -> None:
    """The error names the figure and what it lacks."""
    file = tmp_path / "workload.yaml"
    file.write_text("logs: []\nvolume:\n  dev: {value: 1, unit: tps}\n", encoding="utf-8")
    with pytest.raises(FigureError, match=r"volume\.dev: it lacks why"):
        load_workload(file)


def test_a_missing_figure_is_named() -> None:
    """Asking for a figure that is not there says which, and what to do."""
    with pytest.raises(FigureError, match=r"no figure volume\.moon"):
        load_workload()["volume.moon"]


def test_log_volumes_go_by_the_first_pattern() -> None:
    """The list is read from top to bottom, and its last entry takes what is left."""
    workload = load_workload()
    assert workload.log_volume("log-waf-api").vended
    assert not workload.log_volume("log-stage-ingest").vended
    assert workload.log_volume("log-of-something-new").gb > 0
