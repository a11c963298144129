"""Reads ``Pulumi.yaml``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from .errors import ProgramError


@dataclass(frozen=True)
class Project:
    """What ``Pulumi.yaml`` says of a program."""

    directory: Path
    name: str
    description: str
    region: str
    main: Path
    config: Mapping[str, Mapping[str, Any]]
    """Declared configuration keys without namespace, each with type, default and description where given."""


def load_project(directory: Path) -> Project:
    """Read ``Pulumi.yaml``.

    Raises:
        ProgramError: there is none, or it is not a Python project.
    """
    file = directory / "Pulumi.yaml"
    if not file.is_file():
        raise ProgramError(f"{directory} has no Pulumi.yaml. Name the folder of a Pulumi Python program.")
    settings = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
    runtime = settings.get("runtime")
    if (runtime.get("name") if isinstance(runtime, dict) else runtime) != "python":
        raise ProgramError(f"{file}: only programs with `runtime: python` can be compiled, this one has {runtime!r}.")
    name = settings["name"]
    declared = {key: value if isinstance(value, dict) else {"default": value} for key, value in _config(settings)}
    return Project(
        directory=directory,
        name=name,
        description=settings.get("description", name),
        region=str(declared.pop("aws:region", {"default": "eu-west-1"}).get("default")),
        main=directory / settings.get("main", "") / "__main__.py",
        config={key.removeprefix(f"{name}:"): value for key, value in declared.items()},
    )


def _config(settings: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in (settings.get("config") or {}).items():
        given = isinstance(value, dict) and "value" in value
        yield key, {**value, "default": value["value"]} if given else value
