"""Measures several commands in turn, and keeps the samples in pyperf's form."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyperf  # type: ignore[import-untyped]

from .process import Sample

Run = Callable[[], Sample]


@dataclass(frozen=True)
class Measurement:
    """One command, as often as there were rounds."""

    name: str
    samples: tuple[Sample, ...]

    @property
    def wall(self) -> pyperf.Benchmark:
        """Seconds of wall time."""
        return series(f"{self.name}: wall time", [sample.wall for sample in self.samples])

    @property
    def cpu(self) -> pyperf.Benchmark:
        """Seconds of CPU time."""
        return series(f"{self.name}: CPU time", [sample.cpu for sample in self.samples])

    @property
    def peak(self) -> pyperf.Benchmark:
        """Bytes of memory."""
        return series(f"{self.name}: peak memory", [float(sample.peak) for sample in self.samples], "byte")

    def all_series(self) -> list[pyperf.Benchmark]:
        return [self.wall, self.cpu, self.peak]


def series(name: str, values: Sequence[float], unit: str = "second") -> pyperf.Benchmark:
    """Values as a benchmark of pyperf, which knows median and deviation and can be saved and compared."""
    metadata = {"name": name, "unit": unit}
    return pyperf.Benchmark([pyperf.Run([value], metadata=metadata, collect_metadata=False) for value in values])


def interleaved(
    commands: Mapping[str, Run], rounds: int, note: Callable[[str], None] = lambda _: None
) -> dict[str, Measurement]:
    """Run all commands once in each round, so that whatever slows the machine slows all of them.

    A round before the first is not counted: it writes bytecode and fills the system's file cache.
    """
    samples: dict[str, list[Sample]] = {name: [] for name in commands}
    for number in range(rounds + 1):
        for name, run in commands.items():
            note(f"round {number} of {rounds}: {name}" if number else f"before the rounds: {name}")
            sample = run()
            if number:
                samples[name].append(sample)
    return {name: Measurement(name, tuple(taken)) for name, taken in samples.items()}


def save(measurements: Sequence[pyperf.Benchmark], file: Path) -> None:
    """Write benchmarks for ``python -m pyperf compare_to``."""
    pyperf.BenchmarkSuite(measurements).dump(str(file), replace=True)
