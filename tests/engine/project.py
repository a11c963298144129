"""Reads what a Pulumi project folder says: its name and the stack's configuration."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from .results import EngineError


@dataclass(frozen=True)
class Project:
    """A program with the name and configuration that its folder gives it."""

    program: Path
    """The folder with ``__main__.py``, or one Python file."""
    name: str
    config: dict[str, str]
    """By full key (``aws:region``); objects and lists as JSON text, as the engine passes them on."""

    @property
    def directory(self) -> Path:
        return self.program if self.program.is_dir() else self.program.parent


def read_project(program: Path, stack: str, name: str | None, config: Mapping[str, object]) -> Project:
    """Read ``Pulumi.yaml`` and ``Pulumi.STACK.yaml`` if they are there; ``config`` goes before what they say.

    Raises:
        EngineError: there is no such program, or a value of the stack's file is encrypted and not given in ``config``.
    """
    program = program.resolve()
    if not (program.is_file() or (program / "__main__.py").is_file()):
        raise EngineError(f"{program} is neither a Python file nor a folder with a __main__.py.")
    directory = program if program.is_dir() else program.parent
    settings = _yaml(directory / "Pulumi.yaml") if program.is_dir() else {}
    name = name or str(settings.get("name") or program.stem)
    given = {_full(key, name): _text(value) for key, value in config.items()}
    from_files: dict[str, str] = {}
    for key, value in (settings.get("config") or {}).items():
        default = value.get("value", value.get("default")) if isinstance(value, dict) else value
        if default is not None:
            from_files[_full(key, name)] = _text(default)
    if program.is_dir():
        for key, value in (_yaml(directory / f"Pulumi.{stack}.yaml").get("config") or {}).items():
            full = _full(key, name)
            if isinstance(value, dict) and set(value) == {"secure"}:
                if full not in given:
                    raise EngineError(f"{key} is encrypted in Pulumi.{stack}.yaml: give its value in `config`.")
                continue
            from_files[full] = _text(value)
    return Project(program, name, from_files | given)


def _yaml(path: Path) -> dict[str, Any]:
    return (yaml.safe_load(path.read_text()) or {}) if path.exists() else {}


def _full(key: str, project: str) -> str:
    return key if ":" in key else f"{project}:{key}"


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
