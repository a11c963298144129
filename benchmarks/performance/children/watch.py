"""Prints the seconds from each save of a component to the answer of ``synth --watch``, after the first synth.

Arguments: the platform's folder (a copy, which is changed), the template to write, and how often.
"""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

COMPONENT = "components/outputs.py"
WORDS = "ECS service of the API"
"""Stands in the component, and becomes part of the template."""
ANSWERED = re.compile(r"\([\d.]+ s\)")
WATCHING = re.compile("Watching .*")
# After an answer it tidies up, while nobody waits.
REST_SECONDS = 1.0


def main(folder: Path, output: Path, times: int) -> None:
    """Measure."""
    command = ["-u", "-m", "cloudformation", "synth", "--watch", "--program", folder, "--output", output]
    with subprocess.Popen(
        [sys.executable, *command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as watch:
        assert watch.stdout
        try:
            lines = iter(watch.stdout)
            _expect(lines, WATCHING)
            print(json.dumps([_save(folder / COMPONENT, number, lines) for number in range(times)]))
        finally:
            watch.send_signal(signal.SIGINT)


def _save(file: Path, number: int, lines: Iterator[str]) -> float:
    """Save another text; returns the seconds until the answer."""
    text = file.read_text(encoding="utf-8")
    changed = re.sub(rf"{WORDS}( \d+)?", f"{WORDS} {number}", text)
    if changed == text:
        sys.exit(f"There is no {WORDS!r} in {file} to change.")
    time.sleep(REST_SECONDS)
    started = time.perf_counter()
    file.write_text(changed, encoding="utf-8")
    said = _expect(lines, ANSWERED)
    if not any("is written." in line for line in said):
        sys.exit("The save changed nothing in the template:\n" + "".join(said))
    return time.perf_counter() - started


def _expect(lines: Iterator[str], wanted: re.Pattern[str]) -> list[str]:
    """What is said up to a line."""
    said = []
    for line in lines:
        said.append(line)
        if wanted.fullmatch(line.rstrip()):
            return said
    sys.exit("synth --watch ended:\n" + "".join(said))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
