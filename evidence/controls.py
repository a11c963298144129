"""The control table as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from .figures import FOLDER, FigureError

FIELDS = ("number", "title", "requirements", "unseen", "decided")


@dataclass(frozen=True)
class Control:
    """One row of the control table."""

    number: int
    title: str
    requirements: tuple[str, ...]
    unseen: str = ""
    """Why no template shows it."""
    decided: str = ""
    """Why this platform does otherwise on purpose."""


def load_controls(file: Path = FOLDER / "controls.yaml") -> tuple[Control, ...]:
    """Read the control table.

    Raises:
        FigureError: a row is incomplete, says something unknown, or has the number of another.
    """
    rows = tuple(_control(file.name, entry) for entry in yaml.safe_load(file.read_text(encoding="utf-8")))
    numbers = [row.number for row in rows]
    twice = sorted({number for number in numbers if numbers.count(number) > 1})
    if twice:
        raise FigureError(f"{file.name}: the numbers {twice} stand there twice. Each control has a number of its own.")
    return rows


def _control(name: str, entry: Mapping[str, Any]) -> Control:
    others = [word for word in entry if word not in FIELDS]
    missing = [word for word in FIELDS[:3] if not entry.get(word)]
    if others or missing:
        problem = f"{', '.join(map(str, others))} is not known" if others else f"it lacks {', '.join(missing)}"
        raise FigureError(f"{name}, control {entry.get('number')}: {problem}. A row has {', '.join(FIELDS)}.")
    return Control(
        int(entry["number"]),
        str(entry["title"]),
        tuple(map(str, entry["requirements"])),
        str(entry.get("unseen", "")),
        str(entry.get("decided", "")),
    )
