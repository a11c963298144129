"""Run a component under Pulumi's mock monitor and look at what it registered."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import importlib
import keyword
import typing
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pulumi
import pytest
from pulumi._types import is_output_type, output_type_types, resource_types, unwrap_optional_type
from pulumi.runtime import rpc
from pulumi.runtime.mocks import MockCallArgs, MockMonitor, MockResourceArgs, Mocks, set_mocks
from pulumi.runtime.stack import run_pulumi_func

from components.layer import Context

STACK = "pulumi:pulumi:Stack"
# Nested outputs deeper than this (the firewall's statements nest without end) are left out.
MAX_DEPTH = 3
# Where a component takes an id out of an ARN, the ARN has to look like one.
ARNS_WITH_AN_ID = {"aws:rds/proxy:Proxy": "arn:aws:rds:eu-west-1:123456789012:db-proxy:prx-{name}"}


@dataclass(frozen=True)
class Recorded:
    """One registration, as the engine would receive it."""

    type: str
    """Pulumi's type token, ``aws:ec2/vpc:Vpc``."""
    name: str
    parent: str
    """Name of the parent resource; empty for a child of the stack."""
    inputs: dict[str, Any]
    """Inputs under their wire names (camelCase); numbers are floats."""
    id: str
    depends_on: frozenset[str]
    """Names of the resources that it waits for: those in ``depends_on`` and those whose outputs it uses."""
    outputs: dict[str, Any] = field(default_factory=dict)
    """What a component passed to ``register_outputs``; empty for other resources."""


Record = Callable[[Callable[[Context], object]], list[Recorded]]


class _Outputs(Mocks):
    """Gives every declared output a value that says what it is: ``<vpc-main.id>``, ``<key-data.arn>``."""

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        outputs = _minted(args.name, _declared_outputs(args.typ)) if args.custom else {}
        if args.typ in ARNS_WITH_AN_ID:
            outputs["arn"] = ARNS_WITH_AN_ID[args.typ].format(name=args.name)
        return f"<{args.name}.id>", {**outputs, **args.inputs}

    def call(self, args: MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]] | None]:
        raise AssertionError(f"a component must not look things up while it is built, but called {args.token}")


class _Monitor(MockMonitor):
    """Keeps each request; the base class answers it."""

    def __init__(self) -> None:
        super().__init__(_Outputs())
        self.requests: list[Any] = []
        self.outputs: dict[str, dict[str, Any]] = {}

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 the method's name in the protocol
        if request.type != STACK:
            self.requests.append(request)
        return super().RegisterResource(request)

    def RegisterResourceOutputs(self, request: Any) -> Any:  # noqa: N802
        self.outputs[request.urn] = rpc.deserialize_properties(request.outputs)
        return super().RegisterResourceOutputs(request)

    def recorded(self) -> list[Recorded]:
        found = [
            Recorded(
                type=request.type,
                name=request.name,
                parent="" if f"::{STACK}::" in request.parent else _name(request.parent),
                inputs=rpc.deserialize_properties(request.object),
                id=f"<{request.name}.id>",
                depends_on=frozenset(_name(urn) for urn in request.dependencies),
                outputs=self.outputs.get(self.make_urn(request.parent, request.type, request.name), {}),
            )
            for request in self.requests
        ]
        # The monitor is called from several threads, so arrival order means nothing.
        return sorted(found, key=lambda resource: (resource.parent, resource.type, resource.name))


def _name(urn: str) -> str:
    return urn.rpartition("::")[2]


@functools.cache
def _declared_outputs(type_token: str) -> dict[str, Any]:
    package, module, name = type_token.split(":")
    module = module.partition("/")[0]
    path = f"pulumi_{package}.{module}{'_' if keyword.iskeyword(module) else ''}"
    return dict(resource_types(getattr(importlib.import_module(path), name)))


def _minted(prefix: str, hints: dict[str, Any], depth: int = 0) -> dict[str, Any]:
    values = {name: _value(f"{prefix}.{name}", hint, depth) for name, hint in hints.items()}
    return {name: value for name, value in values.items() if value is not None}


def _value(label: str, hint: Any, depth: int) -> Any:
    hint = unwrap_optional_type(hint)
    if typing.get_origin(hint) is pulumi.Output:
        hint = unwrap_optional_type(typing.get_args(hint)[0])
    if hint is str:
        return f"<{label}>"
    if hint is bool:
        return False
    if hint in (int, float):
        return 1
    if isinstance(hint, type) and is_output_type(hint):
        return _minted(label, output_type_types(hint), depth + 1) if depth < MAX_DEPTH else None
    if typing.get_origin(hint) in (list, Sequence):
        item = _value(f"{label}[0]", typing.get_args(hint)[0], depth)
        return None if item is None else [item]
    return None


@pytest.fixture(scope="session")
def context() -> Context:
    """Three zones of eu-west-1 in an example account."""
    return Context(
        suffix="test",
        account_id="123456789012",
        partition="aws",
        region="eu-west-1",
        zones=("eu-west-1a", "eu-west-1b", "eu-west-1c"),
    )


@pytest.fixture(scope="session")
def record(context: Context) -> Record:
    """``record(build)`` runs ``build(context)`` and returns every registration, sorted by parent, type and name.

    Pulumi needs some milliseconds per resource, so tests had better share a recording
    (``@pytest.fixture(scope="module")``).
    """

    def run(build: Callable[[Context], object]) -> list[Recorded]:
        monitor = _Monitor()

        async def program() -> None:
            build(context)

        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        with contextlib.closing(loop), pytest.MonkeyPatch.context() as patch:
            # An Output turned into text by mistake raises instead of leaving a sentence in the value.
            patch.setenv("PULUMI_ERROR_OUTPUT_STRING", "1")
            set_mocks(monitor.mocks, project="tap", stack="test", preview=False, monitor=monitor)
            loop.run_until_complete(run_pulumi_func(program))
        return monitor.recorded()

    return run
