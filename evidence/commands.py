"""The command ``report``."""

from __future__ import annotations

import argparse
import importlib
from pathlib import Path
from typing import Any

OUTPUT = Path("build/report")
PICTURES = Path("docs")


def add_arguments(subparsers: Any) -> None:
    """Offer ``report`` on a command line; what it needs is imported when it runs."""
    command: argparse.ArgumentParser = subparsers.add_parser(
        "report", help="write the evidence (page, JSON, CSV), or print it in short"
    )
    command.add_argument("--program", type=Path, default=Path(), help="folder of the program (default: this one)")
    command.add_argument("--output", type=Path, help=f"folder to write to (default: {OUTPUT} in the program's folder)")
    command.add_argument("--text", action="store_true", help="print the short form, and write nothing")
    command.add_argument(
        "--pictures", action="store_true", help=f"write {PICTURES}/architecture.svg and {PICTURES}/capacity.svg as well"
    )
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Write or print the report; returns the exit status."""
    status: int = importlib.import_module("evidence.writing").run(options)
    return status
