"""Prints the seconds of a first and of a second synth in this process. Argument: the template to write."""

from __future__ import annotations

import gc
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path


def first(output: Path) -> tuple[float, Callable[[], None]]:
    """Synthesize with all that a process pays for once; returns the seconds, and what does it again."""
    started = time.perf_counter()
    from cloudformation import sdk_import  # noqa: PLC0415

    # As the command line does.
    gc.disable()
    sdk_import.install()
    from cloudformation.reuse import synthesizer  # noqa: PLC0415
    from cloudformation.synth import write_file  # noqa: PLC0415

    kept = synthesizer(Path())

    def again() -> None:
        write_file(output, kept.get().text)

    again()
    return time.perf_counter() - started, again


def main(output: Path) -> None:
    """Measure."""
    seconds, again = first(output)
    started = time.perf_counter()
    again()
    print(json.dumps([seconds, time.perf_counter() - started]))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
