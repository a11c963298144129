"""The commands that are measured on the platform itself."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from .memory import together
from .process import CommandError, Sample, run

ROOT = Path(__file__).resolve().parents[2]
CHILDREN = "benchmarks.performance.children"
TEMPLATE = "TapStack.yml"


def child(name: str, *arguments: object, environment: Mapping[str, str] | None = None) -> Sample:
    """Run one of :mod:`.children`."""
    return run([sys.executable, "-m", f"{CHILDREN}.{name}", *map(str, arguments)], ROOT, environment)


def sdk_classes(program: Path = ROOT, environment: Mapping[str, str] | None = None) -> dict[str, list[str]]:
    """The classes of pulumi-aws that a program uses, by module.

    Raises:
        CommandError: it uses none.
    """
    classes: dict[str, list[str]] = json.loads(child("sdk_classes", program, environment=environment).output)
    if not classes:
        raise CommandError("The program uses no class of pulumi-aws; there is nothing to compare with.")
    return classes


def floor_script(classes: Mapping[str, Sequence[str]]) -> str:
    """What every Pulumi program with these resources pays before its first line: the SDK's own imports."""
    touched = [f"pulumi_aws.{module}.{name}" for module, names in classes.items() for name in names]
    return "\n".join(["import pulumi", "import pulumi_aws", *touched])


@dataclass(frozen=True)
class Platform:
    """The platform's commands, each with what it writes in a folder of its own."""

    folder: Path
    script: str
    """See :func:`floor_script`."""

    def floor(self) -> Sample:
        """Import pulumi, and the classes of pulumi-aws that the platform uses."""
        return run([sys.executable, "-c", self.script], self.folder)

    def synth(self) -> Sample:
        """The whole command, policies included."""
        return run(self.synth_command, ROOT)

    def synth_together(self) -> int | None:
        """Most bytes that the processes of :meth:`synth` hold at once."""
        return together(self.synth_command, ROOT)

    @property
    def synth_command(self) -> list[str | Path]:
        return [sys.executable, "-m", "cloudformation", "synth", "--output", self.folder / TEMPLATE]
