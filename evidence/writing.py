"""Makes the report and writes its files."""

from __future__ import annotations

import argparse
from pathlib import Path

from cloudformation.synth import synthesize, write_file

from .commands import OUTPUT, PICTURES
from .diagram import architecture
from .files import as_csv, as_json
from .growth import growth
from .page import page, relative_root
from .report import Report, report
from .text import as_text

PAGE = "index.html"


def run(options: argparse.Namespace) -> int:
    """Write or print the report as the command line asks; returns the exit status."""
    directory: Path = options.program
    made = report(synthesize(directory), directory)
    if options.text:
        print(as_text(made), end="")
        return 0
    file = write(made, options.output or directory / OUTPUT, directory)
    print(f"{file}: {file.stat().st_size:,} bytes")
    if options.pictures:
        for picture in write_pictures(made, directory / PICTURES):
            print(picture)
    return 0


def write(made: Report, output: Path, directory: Path) -> Path:
    """Write page, JSON and CSV into the folder ``output``; links lead to the files in ``directory``."""
    output.mkdir(parents=True, exist_ok=True)
    tables = as_csv(made)
    write_file(output / PAGE, page(made, tuple(tables), relative_root(output, directory)))
    write_file(output / "report.json", as_json(made))
    for name, text in tables.items():
        # CSV has line ends of its own.
        (output / name).write_bytes(text.encode())
    return output / PAGE


def write_pictures(made: Report, folder: Path) -> tuple[Path, Path]:
    """Write the two drawings that the documents show."""
    folder.mkdir(parents=True, exist_ok=True)
    files = (folder / "architecture.svg", folder / "capacity.svg")
    for file, canvas in zip(files, (architecture(made.platform), growth(made.capacities)), strict=True):
        write_file(file, canvas.svg())
    return files
