"""Reads ``Pulumi.yaml``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from .errors import ProgramError

DEFAULT_REGION = "eu-west-1"
ENTRY_POINT = "__main__.py"
_WORDS = ("default", "description", "items", "secret", "type", "value")
_PACKAGE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Project:
    """What ``Pulumi.yaml`` says of a program."""

    directory: Path
    name: str
    description: str
    region: str
    main: Path
    """The file that is run; the program's working directory is the folder it is in."""
    config: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Declared settings, each with type, default and description where given. The key of a setting of another
    namespace than the project's carries it: ``other:key``."""
    provider: Mapping[str, Any] = field(default_factory=dict)
    """Settings of the default AWS provider (``aws:``), without namespace."""

    def contains(self, file: Path) -> bool:
        """Whether a file is part of the program: below its folder, but no library and not this package."""
        inside = file.is_relative_to(self.directory) and not file.is_relative_to(_PACKAGE)
        return inside and "site-packages" not in file.parts


def load_project(directory: Path) -> Project:
    """Read ``Pulumi.yaml``.

    Raises:
        ProgramError: there is none, it cannot be read, or it is not a Python project.
    """
    file = directory / "Pulumi.yaml"
    settings = _read(file)
    runtime = settings.get("runtime")
    if (runtime.get("name") if isinstance(runtime, dict) else runtime) != "python":
        raise ProgramError(f"{file}: only programs with `runtime: python` can be compiled, this one has {runtime!r}.")
    name = settings.get("name")
    if not isinstance(name, str) or not name:
        raise ProgramError(f"{file}: the project has no name. Add `name: ...`.")
    config, provider = _settings(file, settings.get("config"), name)
    return Project(
        directory=directory,
        name=name,
        description=settings.get("description") or name,
        region=str(provider.setdefault("region", DEFAULT_REGION)),
        main=_entry_point(file, settings.get("main")),
        config=config,
        provider=provider,
    )


def _read(file: Path) -> Mapping[str, Any]:
    if not file.is_file():
        raise ProgramError(f"{file.parent} has no Pulumi.yaml. Name the folder of a Pulumi Python program.")
    try:
        settings = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ProgramError(f"{file} is no YAML: {' '.join(str(error).split())}") from error
    if not isinstance(settings, dict):
        raise ProgramError(f"{file} does not describe a project. It needs at least `name` and `runtime: python`.")
    return settings


def _entry_point(file: Path, main: object) -> Path:
    """The file to run: ``main`` names it or its folder, relative to the project."""
    entry = file.parent / str(main or "")
    if not entry.resolve().is_relative_to(file.parent.resolve()):
        raise ProgramError(f"{file}: main: {main!r} is outside the project. Name a file or folder below it.")
    entry = entry / ENTRY_POINT if entry.is_dir() else entry
    if not entry.is_file():
        raise ProgramError(f"{file}: there is no {entry.relative_to(file.parent)}. Correct `main`, or add the file.")
    return entry


def _settings(file: Path, config: object, name: str) -> tuple[dict[str, Mapping[str, Any]], dict[str, Any]]:
    """The program's settings and the AWS provider's."""
    if config is None:
        return {}, {}
    if not isinstance(config, dict):
        # Old projects name the folder of the stacks' files here.
        raise ProgramError(f"{file}: config: {config!r} does not declare settings. Use `stackConfigDir` for a folder.")
    declared: dict[str, Mapping[str, Any]] = {}
    provider: dict[str, Any] = {}
    for key, value in config.items():
        declaration = _declaration(f"{file}: {key}", value)
        if str(key).startswith("aws:"):
            provider[str(key).removeprefix("aws:")] = declaration.get("default")
        else:
            declared[str(key).removeprefix(f"{name}:")] = declaration
    return declared, provider


def _declaration(title: str, value: object) -> Mapping[str, Any]:
    """A declaration from any of its forms: a plain value, ``{value: ...}``, or ``{type: ..., default: ...}``."""
    if not isinstance(value, dict):
        return {"default": value}
    for word in value:
        if word not in _WORDS:
            raise ProgramError(f"{title}: {word!r} is no word of a declaration. Write `value:` before an object.")
    return {**value, "default": value["value"]} if "value" in value else value
