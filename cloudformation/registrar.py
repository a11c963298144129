"""Registers resources with the monitor itself, not by a message to it.

Pulumi makes a message of each registration, for an engine that takes its time: it takes a dozen turns of the event
loop, and the monitor would take the message apart again. Here a resource's inputs are read as they are, and most
resources that a program has made are registered in one turn. As in Pulumi that turn comes when the program gives way to
the event loop, at its end or where it awaits something: until then it may change what it has handed over.

What is out of the ordinary goes Pulumi's way, as a whole or for the part in question.
"""

from __future__ import annotations

import asyncio
import contextvars
import functools
import sys
from collections.abc import Callable, Collection, Coroutine, Iterable, Mapping
from dataclasses import dataclass
from types import FrameType
from typing import Any

import pulumi
from google.protobuf import struct_pb2
from pulumi.resource import ComponentResource, Resource
from pulumi.runtime import resource as sdk
from pulumi.runtime import settings

from .errors import Position, ProgramError
from .graph import Value
from .input_values import InputReader, PendingError, UnusualError
from .lazy_outputs import Outputs, ResourceOutput, known
from .monitor import Monitor
from .options import OPTIONS, Fate, says
from .registration import Origin, Registration, files
from .resource_outputs import Answers

# With any other option, or with one at which Pulumi itself has to look, a resource goes Pulumi's way.
_ORDINARY = frozenset(item.name for item in OPTIONS if item.fate is not Fate.REFUSED) - {
    "deleted_with",
    "env_var_mappings",
}
# Those of which a registration tells that they were given.
_TOLD = tuple(item.name for item in OPTIONS if item.field and item.name in _ORDINARY)
# Frames that the SDK leaves out of a trace: Resource, CustomResource or ComponentResource, and the class itself.
_OWN_FRAMES = 3


@dataclass(frozen=True)
class _Made:
    """A resource that the program has made."""

    resource: Any
    origin: Origin
    inputs: Mapping[str, Any]
    options: Any
    parent: Any
    """The stack's own resource where the options name none; nothing for that one."""
    arguments: Any
    """The class that declares the inputs, if one does."""
    outputs: Outputs
    context: contextvars.Context
    """In which the SDK knows the stack that it belongs to."""


class Registrar:
    """Stands in for the SDK's ``register_resource`` (``own_way``) while a program is recorded."""

    def __init__(self, monitor: Monitor, own_way: Callable[..., None]) -> None:
        self._monitor = monitor
        self._own_way = own_way
        self._waiting: list[_Made] = []

    def register(  # noqa: PLR0917 - the SDK's own
        self,
        res: Any,
        ty: str,
        name: str,
        custom: bool,
        remote: bool,
        new_dependency: Any,
        props: Mapping[str, Any],
        opts: Any,
        typ: Any = None,
        package_ref: Any = None,
    ) -> None:
        """Give the resource its outputs, and see that it is registered when the program gives way."""
        if remote or package_ref is not None or not _ordinary(opts):
            self._own_way(res, ty, name, custom, remote, new_dependency, props, opts, typ, package_ref)
            return
        outputs = Outputs()
        names = {*props, "urn", *(("id",) if custom else ())}
        res.__dict__.update({output: ResourceOutput(outputs, output) for output in names})
        if not self._waiting:
            _run(self._register_all)
        parent = opts.parent or settings.get_root_resource()
        origin = Origin(ty, name, custom, self._trace())
        self._waiting.append(_Made(res, origin, props, opts, parent, typ, outputs, contextvars.copy_context()))

    def _trace(self) -> tuple[Position, ...]:
        """The program's own lines that made the resource, innermost first."""
        frame: FrameType | None = sys._getframe(2)
        left = _OWN_FRAMES
        while frame and left:
            left -= frame.f_code.co_name == "__init__"
            frame = frame.f_back
        found = []
        while frame:
            position = self._monitor.positions.at(frame.f_code.co_filename, frame.f_lineno)
            if position:
                found.append(position)
            frame = frame.f_back
        return tuple(found)

    async def _register_all(self) -> None:
        waiting, self._waiting = self._waiting, []
        failures = []
        for made in waiting:
            try:
                self._at_once(made)
            except (PendingError, UnusualError):
                _run(functools.partial(self._later, made), made.context)
            except Exception as error:  # noqa: BLE001 - the others are registered all the same
                self._fail(made, error)
                failures.append(error)
        if failures:
            raise failures[0]

    def _fail(self, made: _Made, error: Exception) -> None:
        self._monitor.note(error)
        made.outputs.fail(error)

    def _at_once(self, made: _Made) -> None:
        """Register what depends on nothing that is not there yet."""
        reader = InputReader(self._monitor.wire)
        named = _named(made.options)
        provider = made.options.provider if made.origin.custom else None
        reference = f"{_there(provider.urn)}::{_there(provider.id)}" if provider else ""
        with made.origin.reading():
            inputs = reader.read(made.inputs, made.arguments, made.resource)
        parent = _there(made.parent.urn) if made.parent else ""
        self._tell(made, inputs, parent, _expanded([*named, *reader.resources]), reference, reader.files)

    async def _later(self, made: _Made) -> None:
        """Register it when what it depends on is there; what is out of the ordinary is read from Pulumi's message."""
        try:
            while True:
                try:
                    self._at_once(made)
                    return
                except PendingError as pending:
                    await pending.output._data
                except UnusualError:
                    break
            await self._by_message(made)
        except Exception as error:
            self._fail(made, error)
            raise

    async def _by_message(self, made: _Made) -> None:
        origin = made.origin
        try:
            prepared = await sdk.prepare_resource(
                made.resource, origin.type, origin.custom, False, made.inputs, made.options, made.arguments
            )
        except (AssertionError, ValueError) as error:
            raise ProgramError(f"{origin.title}: {error}", origin.position) from error
        message = prepared.serialized_props
        with origin.reading():
            inputs = self._monitor.wire.read_fields(message.fields)
        self._tell(made, inputs, prepared.parent_urn or "", prepared.dependencies, prepared.provider_ref or "", message)

    def _tell(  # noqa: PLR0917 - what a registration consists of
        self,
        made: _Made,
        inputs: Mapping[str, Value],
        parent: str,
        dependencies: Collection[str],
        provider: str,
        message: struct_pb2.Struct,
    ) -> None:
        options, classes = made.options, (made.resource, made.arguments)
        registration = Registration(
            origin=made.origin,
            parent=parent,
            remote=False,
            dependencies=dependencies,
            provider=provider,
            ignore_changes=sdk._translate_ignore_changes(*classes, options.ignore_changes) or (),
            secret_outputs=sdk._translate_additional_secret_outputs(*classes, options.additional_secret_outputs) or (),
            options=_told(options, made.origin.custom),
            retained=bool(options.protect or options.retain_on_delete),
            files=files(message.fields),
        )
        registered = self._monitor.register(registration, inputs)
        answers = Answers(made.resource, made.arguments is not None, registered, message, self._monitor.wire)
        made.outputs.settle(answers.output)


def _run(rpc_function: Callable[[], Coroutine[Any, Any, None]], context: contextvars.Context | None = None) -> None:
    """Let the event loop run it as one of the calls whose end, or failure, the program waits for."""
    manager = settings._get_rpc_manager()
    # Noted at once, or the end of the program would not see it: there may be no output that anybody waits for.
    call: Any = manager.do_rpc("register resource", rpc_function)()
    manager.rpcs.append(asyncio.get_running_loop().create_task(call, context=context))


def _ordinary(options: Any) -> bool:
    given = {name for name, value in vars(options).items() if value is not None}
    timeouts = options.custom_timeouts is None or isinstance(options.custom_timeouts, pulumi.CustomTimeouts)
    return timeouts and not any(says(getattr(options, name)) for name in given - _ORDINARY)


def _told(options: Any, custom: bool) -> tuple[str, ...]:
    """Names of the options that were given."""
    given = {name for name in _TOLD if says(getattr(options, name))}
    # Pulumi sends these only if there is something to them, and of a component only the providers that it hands down.
    given -= {name for name in ("protect", "retain_on_delete", "providers") if not getattr(options, name)}
    given.discard("providers" if custom else "provider")
    return tuple(name for name in _TOLD if name in given)


def _named(options: Any) -> list[Any]:
    """The resources in ``depends_on``.

    Raises:
        UnusualError: it is a value that has to be waited for.
    """
    named = options.depends_on or []
    listed = [named] if isinstance(named, Resource) else named
    if not isinstance(listed, list | tuple) or not all(isinstance(item, Resource) for item in listed):
        raise UnusualError
    return list(listed)


def _expanded(resources: Iterable[Any]) -> Collection[str]:
    """URNs of resources; for a component, those of all that it has made.

    Raises:
        UnusualError: one of them is not registered yet. Pulumi then looks for circles among those that wait.
    """
    found, left = set(), list(resources)
    while left:
        resource = left.pop()
        if isinstance(resource, ComponentResource) and not resource._remote:
            left += resource._childResources
            continue
        data = known(resource.urn)
        if data is None:
            raise UnusualError
        found.add(data.value)
    return found


def _there(output: Any) -> Any:
    data = known(output)
    if data is None:
        raise PendingError(output)
    return data.value
