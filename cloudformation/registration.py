"""What a program tells Pulumi's engine of a resource, as the monitor needs it."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from google.protobuf import struct_pb2

from . import options
from .errors import Position, ProgramError
from .graph import Titled
from .wire import is_asset


@dataclass(frozen=True)
class Origin(Titled):
    """Which resource it is, and where the program makes it."""

    type: str
    name: str
    custom: bool
    trace: tuple[Position, ...]

    @contextlib.contextmanager
    def reading(self) -> Iterator[None]:
        """What is wrong with an input is said of this resource."""
        try:
            yield
        except ProgramError as error:
            raise ProgramError(f"{self.title}: {error}", self.position) from error


@dataclass(frozen=True)
class Registration:
    """One registration but for the inputs."""

    origin: Origin
    parent: str
    """URN; empty for the stack itself."""
    remote: bool
    dependencies: Collection[str]
    """URNs."""
    provider: str
    """Its reference (URN and id), or empty."""
    ignore_changes: Collection[str]
    secret_outputs: Collection[str]
    options: tuple[str, ...]
    """Those that were given; see :mod:`cloudformation.options`."""
    retained: bool
    files: frozenset[str] = frozenset()
    """Inputs that are files or archives."""


def of_request(request: Any, trace: tuple[Position, ...]) -> Registration:
    """Read a ``RegisterResourceRequest``."""
    return Registration(
        origin=Origin(request.type, request.name, request.custom, trace),
        parent=request.parent,
        remote=request.remote,
        dependencies=request.dependencies,
        provider=request.provider,
        ignore_changes=request.ignoreChanges,
        secret_outputs=request.additionalSecretOutputs,
        options=options.given(request),
        retained=request.retainOnDelete or request.protect,
        files=files(request.object.fields),
    )


def files(fields: Mapping[str, struct_pb2.Value]) -> frozenset[str]:
    """Names of the inputs that are files or archives."""
    return frozenset(name for name, value in fields.items() if is_asset(value))
