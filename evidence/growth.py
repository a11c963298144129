"""How cost and load grow with the volume, as a plot on logarithmic scales."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from .canvas import WIDTH, Box, Canvas
from .capacity import TIMES, Capacity, Limit

HEIGHT = 330
PLOT_TOP, PLOT_BOTTOM = 64.0, 282.0
LABEL_GAP = 13
"""Least distance of two labels, in pixels."""


@dataclass(frozen=True)
class Scale:
    """A logarithmic axis over whole powers of ten."""

    low: int
    high: int
    start: float
    end: float

    @classmethod
    def over(cls, values: Sequence[float], start: float, end: float) -> Scale:
        positive = [value for value in values if value > 0]
        low, high = math.floor(math.log10(min(positive))), math.ceil(math.log10(max(positive)))
        return cls(low, max(high, low + 1), start, end)

    def at(self, value: float) -> float:
        part = (math.log10(value) - self.low) / (self.high - self.low)
        return self.start + part * (self.end - self.start)

    @property
    def powers(self) -> range:
        return range(self.low, self.high + 1)


def growth(capacities: Sequence[Capacity]) -> Canvas:
    """Draw cost (of every size) and load (of the last size, the production one) at each multiple of the volume."""
    canvas = Canvas("grow", HEIGHT, "Growth of cost and load with the volume", _description(capacities))
    _costs(canvas, capacities, Box(64, PLOT_TOP, 330, PLOT_BOTTOM - PLOT_TOP))
    _loads(canvas, capacities[-1], Box(508, PLOT_TOP, 170, PLOT_BOTTOM - PLOT_TOP))
    return canvas


def _description(capacities: Sequence[Capacity]) -> str:
    told = []
    for item in capacities:
        for step in item.growth:
            least = "" if step.cost.complete else "at least "
            told.append(f"{item.size.name}, {step.times} times the volume: {least}{step.cost.usd:,.0f} dollars a month")
    last = capacities[-1]
    loads = ", ".join(f"{step.peak:,.0f} at {step.times} times" for step in last.growth)
    return f"{'; '.join(told)}. Peak transactions a second of {last.size.name}: {loads}."


def _frame(canvas: Canvas, box: Box, axes: tuple[Scale, Scale], title: str, unit: str) -> None:
    across, up = axes
    canvas.text(title, box.x - 50, 24, 13, "strong")
    canvas.text(unit, box.x - 50, 42, 10.5, "soft")
    for power in up.powers:
        y = up.at(10**power)
        canvas.straight([(box.x, y), (box.right, y)], "grid", head=False)
        label = f"{10**power:,.0f}" if power >= 0 else f"{10**power:g}"
        canvas.text(label, box.x - 6, y + 3.5, 10, "soft", anchor="end")
    for times in TIMES:
        x = across.at(times)
        canvas.straight([(x, box.y), (x, box.bottom)], "grid", head=False)
        canvas.text(f"{times}x", x, box.bottom + 16, 10.5, anchor="middle")
    canvas.text("volume", box.centre, box.bottom + 34, 10.5, "soft", anchor="middle")


def _costs(canvas: Canvas, capacities: Sequence[Capacity], box: Box) -> None:
    values = [step.cost.usd for item in capacities for step in item.growth]
    across = Scale(0, round(math.log10(TIMES[-1])), box.x + 20, box.right - 20)
    up = Scale.over(values, box.bottom, box.y)
    least = "" if all(step.cost.complete for item in capacities for step in item.growth) else "at least, "
    _frame(canvas, box, (across, up), "Cost", f"{least}dollars a month")
    for item, kind in zip(capacities, ("two", "one"), strict=False):
        points = [(across.at(step.times), up.at(step.cost.usd)) for step in item.growth]
        canvas.straight(points, f"line-{kind}", head=False)
        for (x, y), step in zip(points, item.growth, strict=True):
            canvas.dot(x, y, kind)
            canvas.text(f"{step.cost.usd:,.0f}", x - 6, y - 8, 10.5, anchor="end" if x > box.centre else "middle")
        canvas.text(item.size.name, points[-1][0] + 8, points[-1][1] + 4, 10.5, "strong")


def _loads(canvas: Canvas, capacity: Capacity, box: Box) -> None:
    limits = _grouped(capacity.limits)
    across = Scale(0, round(math.log10(TIMES[-1])), box.x + 20, box.right - 20)
    up = Scale.over([step.peak for step in capacity.growth] + [tps for tps, _ in limits], box.bottom, box.y)
    title = f"Peak load and limits, {capacity.size.name}"
    _frame(canvas, box, (across, up), title, "transactions a second")
    label = math.inf
    for tps, text in limits:
        y = up.at(tps)
        canvas.straight([(box.x, y), (box.right, y)], "line-two", head=False)
        label = min(y + 3.5, label - LABEL_GAP)
        canvas.text(f"{tps:,.0f}  {text}", box.right + 6, label, 10, room=WIDTH - box.right - 10)
    points = [(across.at(step.times), up.at(step.peak)) for step in capacity.growth]
    canvas.straight(points, "line-one", head=False)
    for x, y in points:
        canvas.dot(x, y)


def _grouped(limits: Sequence[Limit]) -> list[tuple[float, str]]:
    """Limits of the same height together, the lowest first."""
    found: dict[float, list[Limit]] = {}
    for limit in limits:
        found.setdefault(round(limit.tps, 3), []).append(limit)
    return [
        (tps, members[0].what if len(members) == 1 else f"{members[0].what.partition(',')[0]} ({len(members)})")
        for tps, members in sorted(found.items())
    ]
