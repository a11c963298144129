"""Prints what synth takes for a program of any size, in this process, after the imports that every program pays.

The limits of one template are lifted: how time grows is seen best beyond them. The policies judge the program, but
nothing is refused for what they find. Arguments: the program's folder, the template to write, and the floor's script.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import sys
import time
from pathlib import Path

BEYOND = sys.maxsize


def main(program: Path, output: Path, script: str) -> None:
    exec(script, {})
    started, cpu = time.perf_counter(), _cpu()
    # The compiler's own imports are part of its time.
    from cloudformation import judgement, synth  # noqa: PLC0415
    from cloudformation.__main__ import main as command  # noqa: PLC0415

    synth.MAX_RESOURCES = synth.MAX_PARAMETERS = synth.MAX_OUTPUTS = synth.MAX_BYTES = BEYOND
    judgement.Judgement.require = lambda _: None  # type: ignore[assignment, method-assign]
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        status = command(["synth", "--program", str(program), "--output", str(output)])
    if status:
        sys.exit(status)
    figures = {"seconds": time.perf_counter() - started, "cpu": _cpu() - cpu}
    print(json.dumps({**figures, "resources": _resources(printed.getvalue())}))


def _cpu() -> float:
    """Seconds of CPU time so far, of this process and of its children that have ended."""
    return sum(os.times()[:4])


def _resources(printed: str) -> int:
    """The number of resources that the command says it has written."""
    found = re.search(r"([\d,]+) resources", printed)
    if not found:
        sys.exit(f"synth did not say how many resources it wrote: {printed!r}")
    return int(found.group(1).replace(",", ""))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
