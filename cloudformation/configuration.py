"""``pulumi.Config`` while a program is recorded: whatever it reads becomes a parameter of the template.

* A value that the program requires is a parameter without default, unless ``Pulumi.yaml`` gives it one.
* A value that it gets with a default is a parameter with that default.
* A value that it gets without one may be left out: a parameter that may be empty, and a condition (see
  :mod:`cloudformation.conditions`) for whatever depends on it.
* A secret is a parameter that nobody is shown (``NoEcho``).
* An object is no text, so it cannot be a parameter. It is what ``Pulumi.yaml`` says, for every deployment.
* What belongs to the AWS provider (``aws:region``) is known: the template is for that Region.

Whatever the program reads as text, number or truth value is a token. It can be used, not decided on.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Any, Protocol

import pulumi

from .errors import ProgramError
from .program import Parameter
from .project import Project
from .replacement import replaced
from .tokens import PATTERN, Token

BOOLEAN = ("true", "false")
# Pulumi.yaml's words for the types of settings, and those of a template.
_TYPES = {"integer": "Number", "number": "Number", "int": "Number", "float": "Number"}
_KINDS = ("", "int", "float", "bool", "object")


class Reader(Protocol):
    """What records the parameters."""

    project: Project

    def configured(self, parameter: Parameter) -> Token | None: ...


@dataclasses.dataclass(frozen=True)
class Reading:
    """One call of a method of ``pulumi.Config``."""

    namespace: str
    key: str
    kind: str
    """``int``, ``float``, ``bool``, ``object``, or empty for text."""
    required: bool
    secret: bool
    default: Any = None

    @property
    def title(self) -> str:
        return f"{self.namespace}:{self.key}"

    @property
    def fallback(self) -> Any:
        """The default, if a template can hold it: one that is a token itself cannot stand in the declaration."""
        plain = isinstance(self.default, str | int | float) and not PATTERN.search(str(self.default))
        return _text(self.default) if plain else None


def reading(reader: Reader) -> AbstractContextManager[None]:
    """Let ``pulumi.Config`` read from ``reader`` for a while."""
    return replaced((pulumi.Config, name, method) for name, method in _methods(reader))


def _methods(reader: Reader) -> Iterator[tuple[str, Callable[..., Any]]]:
    for kind in _KINDS:
        for secret in (False, True):
            words = [word for word in ("secret" if secret else "", kind) if word]
            yield "_".join(["get", *words]), _getter(reader, kind, secret)
            yield "_".join(["require", *words]), _requirer(reader, kind, secret)


def _getter(reader: Reader, kind: str, secret: bool) -> Callable[..., Any]:
    def get(config: pulumi.Config, key: str, default: Any = None) -> Any:
        return _read(reader, Reading(config.name, key, kind, required=False, secret=secret, default=default))

    return get


def _requirer(reader: Reader, kind: str, secret: bool) -> Callable[..., Any]:
    def require(config: pulumi.Config, key: str) -> Any:
        return _read(reader, Reading(config.name, key, kind, required=True, secret=secret))

    return require


def _read(reader: Reader, reading_: Reading) -> Any:
    value = _value(reader, reading_)
    return pulumi.Output.secret(value) if reading_.secret and value is not None else value


def _value(reader: Reader, wanted: Reading) -> Any:
    project = reader.project
    if wanted.namespace == "aws":
        return _provider_value(wanted, project)
    declared = project.config.get(wanted.key if wanted.namespace == project.name else wanted.title, {})
    if wanted.kind == "object":
        return _object(wanted, declared)
    token = reader.configured(_parameter(wanted, declared, project.name))
    return wanted.default if token is None else token


def _provider_value(wanted: Reading, project: Project) -> Any:
    if wanted.required and wanted.key not in project.provider:
        raise ProgramError(f"the setting {wanted.title} is not in Pulumi.yaml. Declare it there (config:).")
    return project.provider.get(wanted.key, wanted.default)


def _object(wanted: Reading, declared: Mapping[str, Any]) -> Any:
    if "default" not in declared:
        raise ProgramError(
            f"the setting {wanted.title} is an object, which cannot be a parameter of a template. "
            f"Give it a value in Pulumi.yaml (config: {wanted.key}: {{default: ...}}), or make several settings of it."
        )
    return declared["default"]


def _parameter(wanted: Reading, declared: Mapping[str, Any], project: str) -> Parameter:
    default = _text(declared["default"]) if "default" in declared else wanted.fallback
    if isinstance(default, dict | list) or declared.get("type") in ("array", "object"):
        raise ProgramError(
            f"the setting {wanted.title} is an object in Pulumi.yaml. Read it with {_object_reader(wanted)}."
        )
    boolean = wanted.kind == "bool" or declared.get("type") == "boolean"
    number = wanted.kind in ("int", "float") or declared.get("type") in _TYPES
    words = wanted.key if wanted.namespace == project else wanted.title
    return Parameter(
        name=parameter_name(words),
        description=str(declared.get("description", "")),
        type="Number" if number else "String",
        default=default,
        optional=not wanted.required and default is None,
        allowed_values=BOOLEAN if boolean else (),
        secret=wanted.secret or bool(declared.get("secret")),
    )


def _object_reader(wanted: Reading) -> str:
    return f"config.{'require' if wanted.required else 'get'}_object({wanted.key!r})"


def _text(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value


def parameter_name(key: str) -> str:
    """``vpc-cidr`` as ``VpcCidr``: parameters' names are letters and digits only."""
    return "".join(word[0].upper() + word[1:] for word in re.split(r"[^A-Za-z0-9]+", key) if word)


def combined(one: Parameter, other: Parameter) -> Parameter:
    """The parameter for a key that is read twice.

    Raises:
        ProgramError: the two readings expect different things of it.
    """
    if {_need(one), _need(other)} == {"default", "optional"} or (
        one.default is not None and other.default is not None and one.default != other.default
    ):
        raise ProgramError(
            f"the setting {one.config_key} is read with {_described(one)} and with {_described(other)}, and a "
            "parameter has one default. Read it once, or declare the default in Pulumi.yaml."
        )
    required = "required" in (_need(one), _need(other))
    return dataclasses.replace(
        one,
        type="Number" if "Number" in (one.type, other.type) else "String",
        default=None if required else one.default,
        optional=one.optional and other.optional,
        allowed_values=one.allowed_values or other.allowed_values,
        secret=one.secret or other.secret,
        description=one.description or other.description,
    )


def _need(parameter: Parameter) -> str:
    return "optional" if parameter.optional else "required" if parameter.default is None else "default"


def _described(parameter: Parameter) -> str:
    return "no default" if parameter.default is None else f"the default {parameter.default!r}"
