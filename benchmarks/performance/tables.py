"""The results as tables, for the terminal and for the page alike."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pyperf  # type: ignore[import-untyped]

from .suite import FLOOR, SYNTH, Results
from .targets import MEGABYTE, targets

Row = Sequence[str]
CDK_REMARK = (
    "The CDK apps make the same resources as TapStack.yml, with the library's class for each type and no constructs "
    "above them; `cdk synth` runs with `--quiet --no-notices` and without credentials, so that it neither prints the "
    "template nor waits for the network. synth runs all policies."
)


@dataclass(frozen=True)
class Table:
    """A table with a caption."""

    caption: str
    head: Row
    rows: Sequence[Row]
    remark: str = ""

    def markdown(self) -> str:
        """As Markdown, with columns of even width so that it reads well as plain text, too."""
        widths = [max(len(row[column]) for row in (self.head, *self.rows)) for column in range(len(self.head))]
        ruler = [f"-{'-' * (width - 2)}-" if width > 1 else "-" for width in widths]
        lines = [_line(row, widths) for row in (self.head, ruler, *self.rows)]
        return "\n".join([self.caption, "", *lines, *(["", self.remark] if self.remark else [])])


def _line(row: Row, widths: Sequence[int]) -> str:
    return "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"


def tables(results: Results) -> list[Table]:
    """All that was measured, the verdicts first."""
    return [_targets(results), _commands(results), *_twice(results), *_growth(results), *_pack(results)]


def _targets(results: Results) -> Table:
    rows = [target.row() for target in targets(results)]
    return Table("Targets, as ratios of one run:", ("What", "Target", "Measured", "Verdict"), rows)


def _commands(results: Results) -> Table:
    floor, synth = results.commands[FLOOR], results.commands[SYNTH]
    rows = [
        (
            measured.name,
            _seconds(measured.wall),
            _seconds(measured.cpu),
            f"{measured.peak.median() / MEGABYTE:.0f} MB",
            f"{synth.wall.median() / measured.wall.median():.2f}",
            f"{synth.cpu.median() / measured.cpu.median():.2f}",
        )
        for measured in results.commands.values()
    ]
    head = ("Whole process", "Wall time", "CPU time", "Peak memory", "synth / this, wall", "synth / this, CPU")
    remark = (
        f"Medians of {len(floor.samples)} rounds and standard deviation; CPU time is that of all processes and "
        "threads, peak memory that of the largest process."
    )
    if len(results.commands) > 2:
        remark = f"{remark} {CDK_REMARK}"
    return Table("Commands, one after the other in each round:", head, rows, remark)


def _seconds(benchmark: pyperf.Benchmark) -> str:
    deviation = benchmark.stdev() if benchmark.get_nvalue() > 1 else 0.0
    return f"{benchmark.median():.2f} s ± {deviation:.2f}"


def _twice(results: Results) -> Iterator[Table]:
    if results.first:
        row = (f"{results.first:.2f} s", f"{results.second:.2f} s", f"{results.second / results.first * 100:.0f} %")
        yield Table("Twice in one process:", ("First synth", "Second synth", "Second / first"), [row])


def _growth(results: Results) -> Iterator[Table]:
    head = ("Resources in the template", "Size", "Wall time", "CPU time", "Time, times that of the smallest")
    for curve in results.curves:
        rows = [
            (
                f"{point.resources:,}",
                f"{curve.size(point):.1f}x",
                f"{point.seconds:.2f} s",
                f"{point.cpu:.2f} s",
                f"{curve.factor(point):.1f}x",
            )
            for point in curve.points
        ]
        yield Table(f"Growth of {curve.title}, time above the imports:", head, rows)


def _pack(results: Results) -> Iterator[Table]:
    pack = results.pack
    if pack:
        head = ("Resources", "Resources a second", "Rules a second", "All resources", "The stack")
        row = (
            f"{pack.resources:,}",
            f"{pack.per_second:,.0f}",
            f"{pack.rules / pack.resource_seconds:,.0f}",
            f"{pack.resource_seconds:.2f} s",
            f"{pack.stack_seconds:.2f} s",
        )
        yield Table("The policy pack as a process, over the Analyzer protocol:", head, [row])
