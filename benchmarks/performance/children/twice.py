"""Prints the seconds of a first and of a second synth in this process. Argument: the template to write."""

from __future__ import annotations

import contextlib
import io
import json
import sys
import time
from pathlib import Path


def synth(output: Path) -> float:
    started = time.perf_counter()
    from cloudformation.__main__ import main as command  # noqa: PLC0415

    with contextlib.redirect_stdout(io.StringIO()):
        status = command(["synth", "--output", str(output)])
    if status:
        sys.exit(status)
    return time.perf_counter() - started


if __name__ == "__main__":
    print(json.dumps([synth(Path(sys.argv[1])) for _ in range(2)]))
