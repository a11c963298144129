"""Everything that is measured, in one run."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from .cdk.commands import write_apps
from .cdk.tools import Tools, ToolsError, install
from .commands import ROOT, TEMPLATE, Platform, child, floor_script, sdk_classes
from .growth import Curve, Growing, curves, programs
from .measurement import Measurement, Run, interleaved

FLOOR, SYNTH = "floor", "synth"
VALIDATED, PLAIN = "cdk synth, {}", "cdk synth, {}, no validation"
WITHOUT_VALIDATION = "--no-validation"
PASSES = 5


@dataclass(frozen=True)
class Pack:
    """The policy pack over the Analyzer protocol."""

    resources: int
    rules: int
    """Rules asked in one pass over the resources, those of the stack not counted."""
    resource_seconds: float
    stack_seconds: float

    @property
    def per_second(self) -> float:
        """Resources checked in a second."""
        return self.resources / self.resource_seconds


@dataclass(frozen=True)
class Results:
    """What one run found."""

    commands: Mapping[str, Measurement]
    together: int | None = None
    """Most bytes that all processes of synth hold at once; None where it cannot be seen."""
    first: float = 0.0
    """Seconds of the first synth in a process, its imports included."""
    second: float = 0.0
    saved: float = 0.0
    """Seconds from saving a component to the answer of ``synth --watch``."""
    curves: Sequence[Curve] = ()
    pack: Pack | None = None
    skipped: Sequence[str] = field(default=())


def measure(
    folder: Path, rounds: int, *, quick: bool, tools: Tools, installing: bool, note: Callable[[str], None]
) -> Results:
    """Measure; ``quick``: only floor and synth."""
    platform = Platform(folder, floor_script(sdk_classes()))
    commands: dict[str, Run] = {FLOOR: platform.floor, SYNTH: platform.synth}
    if quick:
        return Results(interleaved(commands, rounds, note), _together(platform, note))
    skipped: list[str] = []
    try:
        if installing:
            note(f"installing CDK in {tools.folder}")
            install(tools)
        commands |= _cdk(tools, folder)
    except ToolsError as error:
        skipped.append(f"CDK: {error}")
    measured = interleaved(commands, rounds, note)
    first, second = _twice(folder, rounds, note)
    growing = programs(folder)
    return Results(
        measured,
        together=_together(platform, note),
        first=first,
        second=second,
        saved=_saved(growing[0], folder, note),
        # The large programs take longest by far, and the ratios of one program are steadier.
        curves=curves(growing, (rounds + 1) // 2, note),
        pack=_pack(note),
        skipped=skipped,
    )


def _cdk(tools: Tools, folder: Path) -> dict[str, Run]:
    template: dict[str, Any] = json.loads(child("template", ROOT / TEMPLATE).output)
    commands: dict[str, Run] = {}
    for app in write_apps(tools, template, folder):
        commands[VALIDATED.format(app.language.name)] = app.synth
        commands[PLAIN.format(app.language.name)] = functools.partial(app.synth, WITHOUT_VALIDATION)
    return commands


def _together(platform: Platform, note: Callable[[str], None]) -> int | None:
    note("synth, its memory watched")
    return platform.synth_together()


def _twice(folder: Path, rounds: int, note: Callable[[str], None]) -> tuple[float, float]:
    taken = []
    for number in range(1, rounds + 1):
        note(f"round {number} of {rounds}: synth twice in one process")
        taken.append(json.loads(child("twice", folder / TEMPLATE).output))
    return median(first for first, _ in taken), median(second for _, second in taken)


def _saved(platform: Growing, folder: Path, note: Callable[[str], None]) -> float:
    note("saving a component under synth --watch")
    environment = {platform.variable: str(min(platform.sizes))}
    return median(
        json.loads(child("watch", platform.folder, folder / TEMPLATE, PASSES, environment=environment).output)
    )


def _pack(note: Callable[[str], None]) -> Pack:
    note("the policy pack over the Analyzer protocol")
    figures = json.loads(child("policy_pack", PASSES).output)
    return Pack(
        figures["resources"],
        figures["rules"],
        median(figures["resource_seconds"]),
        median(figures["stack_seconds"]),
    )
