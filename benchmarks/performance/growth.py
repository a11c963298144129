"""How time grows with the program: the platform with more stages, and a synthetic program of any size."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from .commands import ROOT, TEMPLATE, child, floor_script, sdk_classes

PROGRAMS = Path(__file__).with_name("programs")


@dataclass(frozen=True)
class Growing:
    """A program whose size an environment variable decides."""

    title: str
    folder: Path
    variable: str
    sizes: Sequence[int]


@dataclass(frozen=True)
class Point:
    """One size, with the medians of what it took after the imports."""

    resources: int
    """In the template."""
    seconds: float
    cpu: float


@dataclass(frozen=True)
class Curve:
    """A program in several sizes, the smallest first."""

    title: str
    points: tuple[Point, ...]

    def size(self, point: Point) -> float:
        """How many times the resources of the smallest."""
        return point.resources / self.points[0].resources

    def factor(self, point: Point) -> float:
        """How many times the seconds of the smallest."""
        return point.seconds / self.points[0].seconds


def programs(folder: Path) -> list[Growing]:
    """The growing programs, each in a project of its own in ``folder``, which the policies judge."""
    stages, synthetic = (folder / name for name in ("stages", "synthetic"))
    for project in (stages, synthetic):
        shutil.copytree(PROGRAMS / project.name, project)
        (project / "policies").mkdir()
        shutil.copy(ROOT / "policies" / "waivers.yaml", project / "policies")
    shutil.copytree(ROOT / "components", stages / "components", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "Pulumi.yaml", stages)
    return [
        Growing("the platform with more stages", stages, "STAGES", (4, 21, 56, 153)),
        Growing("a synthetic program", synthetic, "RESOURCES", (500, 1000, 2000, 5000)),
    ]


def curves(growing: Sequence[Growing], rounds: int, note: Callable[[str], None]) -> list[Curve]:
    """Measure all programs in all sizes, one after the other in each round."""
    scripts = {
        program.title: floor_script(sdk_classes(program.folder, {program.variable: str(min(program.sizes))}))
        for program in growing
    }
    taken: dict[tuple[str, int], list[dict[str, Any]]] = {}
    for number in range(1, rounds + 1):
        for program in growing:
            for size in program.sizes:
                note(f"growth, round {number} of {rounds}: {program.title}, {program.variable}={size}")
                environment = {program.variable: str(size)}
                sample = child(
                    "growth", program.folder, program.folder / TEMPLATE, scripts[program.title], environment=environment
                )
                taken.setdefault((program.title, size), []).append(json.loads(sample.output))
    return [
        Curve(program.title, tuple(_point(taken[program.title, size]) for size in program.sizes)) for program in growing
    ]


def _point(taken: Sequence[dict[str, Any]]) -> Point:
    def middle(name: str) -> float:
        return median(float(figures[name]) for figures in taken)

    return Point(taken[0]["resources"], middle("seconds"), middle("cpu"))
