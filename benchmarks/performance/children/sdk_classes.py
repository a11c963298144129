"""Prints the classes of pulumi-aws that a recorded program uses: by module, the names of its resources' classes."""

from __future__ import annotations

import json
import keyword
import sys
from collections.abc import Iterable
from pathlib import Path

from cloudformation.project import load_project
from cloudformation.recorder import record

PACKAGE = "aws:"


def classes(types: Iterable[str]) -> dict[str, list[str]]:
    """Class names by module of pulumi-aws. A type is written ``aws:ec2/vpc:Vpc``: package, module, class."""
    found: dict[str, set[str]] = {}
    for type_ in types:
        if type_.startswith(PACKAGE):
            module, _, name = type_.removeprefix(PACKAGE).partition("/")
            python = f"{module}_" if keyword.iskeyword(module) else module
            found.setdefault(python, set()).add(name.partition(":")[2])
    return {module: sorted(names) for module, names in sorted(found.items())}


def main(program: Path) -> None:
    recorded = record(load_project(program.resolve()))
    print(json.dumps(classes(resource.type for resource in recorded.resources.values())))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
