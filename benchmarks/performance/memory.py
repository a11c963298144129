"""How much memory a command holds with all of its processes, pages that several share counted once."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import psutil  # type: ignore[import-untyped]

from .process import CommandError, clean_environment

INTERVAL_SECONDS = 0.02


def together(command: Sequence[str | Path], folder: Path) -> int | None:
    """Most bytes seen at once while the command runs; None where the system does not count shared pages (not Linux).

    Looking takes time, so this is a run of its own, whose time is not measured.

    Raises:
        CommandError: its exit status is not 0.
    """
    if sys.platform != "linux":
        return None
    child = psutil.Popen(
        list(map(str, command)),
        cwd=folder,
        env=clean_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    most = 0
    with contextlib.suppress(psutil.NoSuchProcess):
        while True:
            most = max(most, sum(map(_shared_once, [child, *child.children(recursive=True)])))
            with contextlib.suppress(psutil.TimeoutExpired):
                child.wait(INTERVAL_SECONDS)
                break
    if child.wait():
        raise CommandError(f"{' '.join(map(str, command))[:200]} ended with status {child.wait()}.")
    return most


def _shared_once(process: psutil.Process) -> int:
    try:
        return int(process.memory_full_info().pss)
    except psutil.Error:
        # It has just ended.
        return 0
