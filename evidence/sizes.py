"""The sizes that the figures are for: the values of the settings, and the volume that goes with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from cloudformation.graph import Literal, ParameterValue, Value
from cloudformation.program import Parameter

from .figures import FigureError, Workload
from .platform import Platform

DEV_STACK = "Pulumi.dev.yaml"


@dataclass(frozen=True)
class Size:
    """One set of values for the settings, and how much goes through a platform of that size."""

    name: str
    origin: str
    """Where its values are from."""
    settings: Mapping[str, str | int | float | None]
    volume: float
    """Average transactions a second."""

    def number(self, value: Value | None) -> float:
        """A number as this size has it.

        Raises:
            FigureError: it is no number, or a setting without one.
        """
        match value:
            case Literal(bool()):
                pass
            case Literal(plain):
                return _number(plain, "a value of the program")
            case ParameterValue(name):
                return _number(self.settings.get(name), f"the setting {name} of size {self.name}")
        raise FigureError(f"size {self.name}: {value} is no number that a size could know.")

    def text(self, value: Value | None) -> str:
        """A text as this size has it; empty when it is no literal and no setting."""
        match value:
            case Literal(plain):
                return str(plain)
            case ParameterValue(name):
                return str(self.settings.get(name) or "")
        return ""

    def has(self, conditions: tuple[str, ...]) -> bool:
        """Whether a resource with these conditions exists: every optional setting that it needs is given."""
        return all(self.settings.get(name) not in (None, "") for name in conditions)


def _number(plain: object, what: str) -> float:
    try:
        return float(str(plain))
    except ValueError:
        raise FigureError(f"{what} is {plain!r}, where a number is needed.") from None


def sizes(platform: Platform, directory: Path, workload: Workload) -> tuple[Size, Size]:
    """The dev size (the values of ``Pulumi.dev.yaml``) and the production size (the settings' defaults)."""
    defaults = {name: parameter.default for name, parameter in platform.parameters.items()}
    given = _configured(directory / DEV_STACK, platform.parameters)
    return (
        Size("dev", DEV_STACK, {**defaults, **given}, workload["volume.dev"]),
        Size("production", "the settings' defaults", defaults, workload["volume.production"]),
    )


def _configured(file: Path, parameters: Mapping[str, Parameter]) -> dict[str, str | int | float | None]:
    if not file.is_file():
        return {}
    config = yaml.safe_load(file.read_text(encoding="utf-8")).get("config", {})
    by_key = {parameter.config_key: name for name, parameter in parameters.items()}
    return {by_key[key.rpartition(":")[2]]: value for key, value in config.items() if key.rpartition(":")[2] in by_key}
