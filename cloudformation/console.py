"""What long steps write: one line per step, lines of progress under it, tables at the end. Plain text, never colour."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Sequence
from typing import TextIO

NARROWEST = 80


def terminal_width(widest: int) -> int:
    """Columns to write in: the terminal's, within what can be read well."""
    return max(NARROWEST, min(shutil.get_terminal_size((100, 0)).columns, widest))


class Console:
    """Writes progress, each line at once, so that it is seen through pipes as well."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream
        self._started = time.monotonic()

    def step(self, text: str) -> None:
        """Say what is being done now."""
        self._write(f"==> {text}")

    def line(self, text: str) -> None:
        """A line of progress within the step."""
        self._write(f"    {text}")

    def table(self, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Aligned columns; the last one is as long as it is."""
        for row in aligned([header, *rows]):
            self.line(row)

    def elapsed(self) -> str:
        """The time since the start, as ``2 min 05 s``."""
        minutes, seconds = divmod(int(time.monotonic() - self._started), 60)
        return f"{minutes} min {seconds:02d} s" if minutes else f"{seconds} s"

    def _write(self, text: str) -> None:
        print(text, file=self._stream or sys.stdout, flush=True)


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """The rows as lines whose columns stand under each other."""
    if not rows:
        return []
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
