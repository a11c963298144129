"""The dashboard: one section after another, in the order in which a transaction passes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components.alarms import MINUTE, Metric
from components.layer import Layer

# The grid of a CloudWatch dashboard, and what an alarm widget holds at most (Amazon CloudWatch API reference,
# "Dashboard body structure and syntax").
GRID_WIDTH = 24
MAX_ALARMS = 100
TITLE_HEIGHT, ALARMS_HEIGHT, GRAPH_HEIGHT = 2, 3, 6


@dataclass(frozen=True)
class Line:
    """One line of a graph."""

    metric: Metric
    label: str


@dataclass(frozen=True)
class Search:
    """Lines for all metrics that a search expression finds."""

    expression: pulumi.Input[str]


@dataclass(frozen=True)
class Graph:
    """One graph.

    Raises:
        ValueError: it has no lines.
    """

    title: str
    lines: tuple[Line | Search, ...]

    def __post_init__(self) -> None:
        if not self.lines:
            raise ValueError(f"Graph {self.title!r} has no lines. Give it at least one.")


@dataclass(frozen=True)
class Section:
    """A station on the transaction's way: what it does, its alarms, its graphs side by side.

    Raises:
        ValueError: more alarms or graphs than fit.
    """

    title: str
    text: str
    graphs: tuple[Graph, ...]
    alarm_arns: tuple[pulumi.Input[str], ...] = ()

    def __post_init__(self) -> None:
        if len(self.alarm_arns) > MAX_ALARMS:
            raise ValueError(f"Section {self.title!r} has {len(self.alarm_arns)} alarms; {MAX_ALARMS} fit.")
        if not 1 <= len(self.graphs) <= GRID_WIDTH // 6:
            raise ValueError(f"Section {self.title!r} has {len(self.graphs)} graphs; 1 to {GRID_WIDTH // 6} fit.")


def create_dashboard(layer: Layer, sections: Sequence[Section]) -> aws.cloudwatch.Dashboard:
    """Dashboard that follows a transaction from the API through all stages to where it is stored."""
    name = layer.named("dashboard", "transactions")
    return aws.cloudwatch.Dashboard(
        name.logical,
        dashboard_name=name.physical,
        dashboard_body=pulumi.Output.json_dumps({"widgets": widgets(sections, layer.context.region)}),
        opts=layer.child(),
    )


def dashboard_url(region: str, name: pulumi.Input[str]) -> pulumi.Output[str]:
    """Where the dashboard stands in the console."""
    return pulumi.Output.concat(
        f"https://{region}.console.aws.amazon.com/cloudwatch/home?region={region}#dashboards/dashboard/", name
    )


def widgets(sections: Sequence[Section], region: str) -> list[dict[str, Any]]:
    """The sections as widgets, one section below the other."""
    result: list[dict[str, Any]] = []
    y = 0

    def place(kind: str, properties: dict[str, Any], *, x: int = 0, width: int = GRID_WIDTH, height: int) -> None:
        result.append({"type": kind, "x": x, "y": y, "width": width, "height": height, "properties": properties})

    for section in sections:
        place("text", {"markdown": f"## {section.title}\n{section.text}"}, height=TITLE_HEIGHT)
        y += TITLE_HEIGHT
        if section.alarm_arns:
            alarms = {"title": f"{section.title}: alarms", "alarms": list(section.alarm_arns)}
            place("alarm", alarms, height=ALARMS_HEIGHT)
            y += ALARMS_HEIGHT
        width = GRID_WIDTH // len(section.graphs)
        for column, graph in enumerate(section.graphs):
            place("metric", _graph(graph, region), x=column * width, width=width, height=GRAPH_HEIGHT)
        y += GRAPH_HEIGHT
    return result


def _graph(graph: Graph, region: str) -> dict[str, Any]:
    return {
        "title": graph.title,
        "view": "timeSeries",
        "region": region,
        "period": MINUTE,
        "metrics": [_line(line) for line in graph.lines],
        "yAxis": {"left": {"min": 0}},
    }


def _line(line: Line | Search) -> list[Any]:
    if isinstance(line, Search):
        return [{"expression": line.expression}]
    metric = line.metric
    dimensions = [part for dimension in metric.dimensions.items() for part in dimension]
    options = {"label": line.label, "stat": metric.statistic, "period": metric.period}
    return [metric.namespace, metric.name, *dimensions, options]
