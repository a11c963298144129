"""Runs a command as a process of its own and says what it took: wall time, CPU time, peak memory."""

from __future__ import annotations

import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

LEFT_OUT = ("PYTHON", "AWS_", "PULUMI_", "CDK_", "JSII_", "COVERAGE_")
"""Beginnings of environment variables that a measured process is not given. Without bytecode files every import would
compile its module anew; AWS credentials make CDK ask for an account; the rest changes what the commands do."""
SHOWN_CHARACTERS = 2000
LIMIT_SECONDS = 600.0
"""A command that takes longer hangs."""


class CommandError(Exception):
    """A measured command failed, so its time says nothing."""


@dataclass(frozen=True)
class Sample:
    """One run of a command."""

    wall: float
    """Seconds."""
    cpu: float
    """Seconds of user and system time, of the process and of the children that it waited for."""
    peak: int
    """Most memory that was resident in one of these processes, in bytes."""
    output: str = ""


def clean_environment(added: Mapping[str, str] | None = None) -> dict[str, str]:
    """This process's environment without what would change the measurement, and with ``added``."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(LEFT_OUT)}
    return {**kept, **(added or {})}


def run(command: Sequence[str | Path], folder: Path, environment: Mapping[str, str] | None = None) -> Sample:
    """Run a command in ``folder`` and measure it.

    The peak of a process is never shown below that of the one that started it, so whoever calls this stays small.

    Raises:
        CommandError: its exit status is not 0.
    """
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        started = time.perf_counter()
        child = subprocess.Popen(
            list(map(str, command)),
            cwd=folder,
            env=clean_environment(environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=errors,
        )
        watch = threading.Timer(LIMIT_SECONDS, child.kill)
        watch.start()
        try:
            _, status, usage = os.wait4(child.pid, 0)
        except BaseException:
            child.kill()
            raise
        finally:
            watch.cancel()
        wall = time.perf_counter() - started
        child.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        errors.seek(0)
        if child.returncode:
            said = errors.read().decode(errors="replace").strip()[-SHOWN_CHARACTERS:]
            raise CommandError(f"{' '.join(map(str, command))[:200]} ended with status {child.returncode}:\n{said}")
        text = output.read().decode(errors="replace")
    # Linux counts in KiB, macOS in bytes.
    unit = 1 if os.uname().sysname == "Darwin" else 1024
    return Sample(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * unit, text)
