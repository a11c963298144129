"""What the installed Pulumi SDK says of a type's inputs: their names on the wire, and which of them are lists."""

from __future__ import annotations

import functools
import importlib
import inspect
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pulumi._types import input_type_py_to_pulumi_names

_NESTED = re.compile(r"'(\w+Args)'")


@dataclass(frozen=True)
class Input:
    """One input, or one member of an input."""

    name: str
    """On the wire: ``storageEncrypted``."""
    list: bool
    nested: Any = None
    """The SDK's class of its members; None for a plain value."""

    @property
    def members(self) -> Mapping[str, Input]:
        return _members(self.nested) if self.nested else {}


@functools.cache
def inputs(pulumi_type: str) -> Mapping[str, Input]:
    """The inputs of a type, by their names in lower case; empty when the SDK has no such type."""
    package, name = _package(pulumi_type)
    resource = getattr(package, name, None) if package else None
    if resource is None:
        return {}
    module = importlib.import_module(resource.__module__)
    # ``InitArgs`` where a nested input of another type has the name already.
    return _members(getattr(module, f"{name}InitArgs", None) or getattr(module, f"{name}Args"))


def _package(pulumi_type: str) -> tuple[Any, str]:
    provider, _, rest = pulumi_type.partition(":")
    module, _, name = rest.partition("/")
    if provider != "aws":
        return None, ""
    return importlib.import_module(f"pulumi_aws.{'lambda_' if module == 'lambda' else module}"), name.rpartition(":")[2]


@functools.cache
def _members(arguments: Any) -> Mapping[str, Input]:
    names = input_type_py_to_pulumi_names(arguments)
    package = importlib.import_module(arguments.__module__)
    parameters = inspect.signature(arguments.__init__).parameters
    found = {}
    for python_name, name in names.items():
        annotation = str(parameters[python_name].annotation) if python_name in parameters else ""
        nested = _NESTED.search(annotation)
        found[name.lower()] = Input(name, "Sequence[" in annotation, _class(package, nested[1]) if nested else None)
    return found


def _class(package: Any, name: str) -> Any:
    # Classes of nested inputs stand in ``_inputs`` beside the resource's own module.
    beside = importlib.import_module(f"{package.__name__.rpartition('.')[0]}._inputs")
    return getattr(beside, name, None) or getattr(package, name, None)
