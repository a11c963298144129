"""The dashboard's body is what CloudWatch accepts, and nothing overlaps."""

from __future__ import annotations

import json
from typing import Any

import pytest

from components.alarms import Metric
from components.dashboard import Graph, Line, Search, Section, create_dashboard, widgets
from components.layer import Context, Layer
from tests.components.conftest import Record

GRAPH = Graph("Depth", (Line(Metric("AWS/SQS", "Depth", {"QueueName": "q"}, "Maximum"), "deep"),))


class Watch(Layer):
    """A layer to put a dashboard into."""


def _section(title: str, graphs: int = 1, alarms: int = 0) -> Section:
    return Section(title, "About it.", (GRAPH,) * graphs, tuple(f"alarm-{number}" for number in range(alarms)))


def _cells(widget: dict[str, Any]) -> set[tuple[int, int]]:
    return {
        (x, y)
        for x in range(widget["x"], widget["x"] + widget["width"])
        for y in range(widget["y"], widget["y"] + widget["height"])
    }


def test_widgets_stay_in_the_grid_and_do_not_overlap() -> None:
    """24 columns, whatever the number of graphs and alarms."""
    placed = widgets([_section("a", 1, 3), _section("b", 3), _section("c", 4, 1)], "eu-west-1")
    cells = [cell for widget in placed for cell in _cells(widget)]
    assert len(cells) == len(set(cells))
    assert {x for x, _ in cells} == set(range(24))


def test_sections_follow_each_other() -> None:
    """The order of the sections is the transaction's way."""
    placed = widgets([_section("first"), _section("second")], "eu-west-1")
    titles = [widget["properties"]["markdown"] for widget in placed if widget["type"] == "text"]
    assert [title.splitlines()[0] for title in titles] == ["## first", "## second"]


def test_a_line_is_written_as_cloudwatch_reads_it() -> None:
    """Namespace, metric, dimensions, then the options."""
    (graph,) = (w["properties"] for w in widgets([_section("a")], "eu-west-1") if w["type"] == "metric")
    assert graph["metrics"] == [
        ["AWS/SQS", "Depth", "QueueName", "q", {"label": "deep", "stat": "Maximum", "period": 60}]
    ]
    assert graph["region"] == "eu-west-1"


def test_a_search_is_an_expression() -> None:
    """It has no metric of its own."""
    section = Section("a", "", (Graph("Nodes", (Search("SEARCH('x', 'Sum', 60)"),)),))
    (graph,) = (w["properties"] for w in widgets([section], "eu-west-1") if w["type"] == "metric")
    assert graph["metrics"] == [[{"expression": "SEARCH('x', 'Sum', 60)"}]]


def test_the_body_is_json(record: Record) -> None:
    """With the name that ends in the suffix."""
    resources = record(_create)
    (dashboard,) = (r.inputs for r in resources if r.type.endswith(":Dashboard"))
    assert len(json.loads(dashboard["dashboardBody"])["widgets"]) == 3
    assert dashboard["dashboardName"] == "dashboard-transactions-test"


def _create(context: Context) -> None:
    create_dashboard(Watch(context), [_section("a", alarms=1)])


def test_an_empty_graph_is_refused() -> None:
    """The message names it."""
    with pytest.raises(ValueError, match="'Depth'"):
        Graph("Depth", ())


@pytest.mark.parametrize(
    ("graphs", "alarms", "number"), [(5, 0, "5 graphs"), (0, 0, "0 graphs"), (1, 101, "101 alarms")]
)
def test_more_than_fits_is_refused(graphs: int, alarms: int, number: str) -> None:
    """The message names section and number."""
    with pytest.raises(ValueError, match=f"'a' has {number}"):
        _section("a", graphs, alarms)
