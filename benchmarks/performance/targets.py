"""What is aimed at, as ratios of figures of one run, and whether it is met."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .cdk.language import JAVASCRIPT, PYTHON
from .suite import FLOOR, PLAIN, SYNTH, VALIDATED, Results

PEAK_MB = 200
SAVED_SECONDS = 0.75
MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Target:
    """One aim with what was measured."""

    what: str
    measured: float
    limit: float
    unit: str = "x"
    at_least: bool = False
    stretch: bool = False

    @property
    def met(self) -> bool:
        return self.measured >= self.limit if self.at_least else self.measured <= self.limit

    def row(self) -> tuple[str, str, str, str]:
        """As a row of a table."""
        bound = "at least" if self.at_least else "at most"
        stretch = " (stretch)" if self.stretch else ""
        verdict = "met" if self.met else "not met"
        return (
            self.what + stretch,
            f"{bound} {_shown(self.limit, self.unit)}",
            _shown(self.measured, self.unit),
            verdict,
        )


def _shown(value: float, unit: str) -> str:
    text = f"{value:,.0f}" if value >= 100 else f"{value:.2f}".rstrip("0").rstrip(".")
    return f"{text}{unit}" if unit in ("x", "%") else f"{text} {unit}"


def targets(results: Results) -> list[Target]:
    """The aims that this run can judge."""
    return [
        *_ratios(results),
        *_memory(results),
        *_second(results),
        *_saved(results),
        *_growth(results),
        *_pack(results),
    ]


def _ratios(results: Results) -> Iterator[Target]:
    limits = (
        (FLOOR, 0.6, False),
        (VALIDATED.format(PYTHON.name), 0.35, False),
        (VALIDATED.format(JAVASCRIPT.name), 0.5, False),
        (PLAIN.format(JAVASCRIPT.name), 1.0, True),
    )
    synth = results.commands[SYNTH].wall.median()
    for name, limit, stretch in limits:
        if name in results.commands:
            ratio = synth / results.commands[name].wall.median()
            yield Target(f"synth / {name}, wall time", ratio, limit, stretch=stretch)


def _memory(results: Results) -> Iterator[Target]:
    yield Target("peak memory of synth", results.commands[SYNTH].peak.median() / MEGABYTE, PEAK_MB, "MB")
    if results.together is not None:
        what = "peak memory of synth, all processes together"
        yield Target(what, results.together / MEGABYTE, PEAK_MB, "MB")


def _second(results: Results) -> Iterator[Target]:
    if results.first:
        yield Target("second synth in one process / first", results.second / results.first * 100, 10, "%")


def _saved(results: Results) -> Iterator[Target]:
    if results.saved:
        yield Target("synth --watch, from saving a component to the answer", results.saved, SAVED_SECONDS, "s")


def _growth(results: Results) -> Iterator[Target]:
    for curve in results.curves:
        largest = curve.points[-1]
        size = curve.size(largest)
        # 10 times the resources in 8 times the time; the same share for other sizes.
        limit = size * 0.8
        what = f"{curve.title}: {size:.0f} times the resources, time above import"
        yield Target(what, curve.factor(largest), limit)


def _pack(results: Results) -> Iterator[Target]:
    if results.pack:
        what = "policy pack over the Analyzer protocol, resources checked"
        yield Target(what, results.pack.per_second, 1000, "a second", at_least=True)
