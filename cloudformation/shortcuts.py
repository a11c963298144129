"""Shorter ways through Pulumi's runtime while a program is recorded.

The runtime talks to an engine that takes its time: each output is a set of futures, each call waits in a thread. The
compiler's monitor answers at once, so most of that is not needed. Each shortcut stands in for one function of the SDK,
records the same (``tests/cloudformation/test_shortcuts.py`` compares), and is taken only if that function has the
parameters that it was written for; otherwise the SDK's own stays. See ``docs/performance.md``.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import inspect
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any, get_type_hints

from google.protobuf import struct_pb2
from pulumi import _types
from pulumi import output as sdk_output
from pulumi.output import Output, _OutputData
from pulumi.runtime import resource as sdk_resource
from pulumi.runtime import rpc
from pulumi.runtime.proto import source_pb2

from .positions import Positions
from .replacement import replaced
from .tokens import Token

_Function = Callable[..., Any]
_PLAIN = (str, int, float, bool, type(None))
# Exactly these: of an enumeration's member, say, only the value is sent.
_UNCHANGED = frozenset({str, Token, int, bool, type(None)})
_OTHER = object()
# Frames that the SDK leaves out of a trace: Resource, CustomResource or ComponentResource, and the class itself.
_OWN_FRAMES = 3
# Where the SDK wraps its calls of the monitor.
_CALLS = "pulumi.runtime._context"

_deferring: ContextVar[bool] = ContextVar("deferring", default=False)


@dataclass(frozen=True)
class _Shortcut:
    """A function of the SDK, with the parameters that it is expected to have, and what stands in for it."""

    owner: Any
    name: str
    parameters: str
    instead: _Function

    @property
    def fits(self) -> bool:
        function = getattr(self.owner, self.name, None)
        code = getattr(inspect.unwrap(function) if function else None, "__code__", None)
        return code is not None and " ".join(code.co_varnames[: code.co_argcount]) == self.parameters


@contextlib.contextmanager
def shortcuts(positions: Positions) -> Iterator[None]:
    """Take the shortcuts for a while."""
    chosen = [shortcut for group in groups(positions) if fitting(group) for shortcut in group]
    deferring = _deferring.set(any(shortcut.name == "resolve_outputs" for shortcut in chosen))
    try:
        with replaced((shortcut.owner, shortcut.name, shortcut.instead) for shortcut in chosen):
            yield
    finally:
        _deferring.reset(deferring)


def groups(positions: Positions) -> Sequence[Sequence[_Shortcut]]:
    """Shortcuts that are taken together or not at all."""
    return (
        (
            _Shortcut(rpc, "transfer_properties", "res props custom", _transfer),
            _Shortcut(
                rpc,
                "resolve_outputs",
                "res serialized_props outputs deps resolvers custom transform_using_type_metadata keep_unknowns "
                "resolve_missing_as_unknown",
                _resolving(rpc.resolve_outputs),
            ),
            _Shortcut(
                rpc,
                "resolve_outputs_due_to_exception",
                "resolvers exn",
                lambda resolvers, exn: resolvers.fail(exn),
            ),
        ),
        (
            _Shortcut(Output, "from_input", "val", staticmethod(functools.partial(_from_input, Output.from_input))),
            _Shortcut(Output, "all", "", staticmethod(_all)),
        ),
        (
            _Shortcut(_types, "_types_from_py_properties", "cls", _property_types),
            _Shortcut(_types, "resource_types", "resource_cls", _resource_types(_types.resource_types)),
            # Stays itself: the others need it.
            _Shortcut(_types, "_globals_for_cls", "cls", _types._globals_for_cls),
        ),
        (_Shortcut(sdk_output, "contains_unknowns", "val", _looking_for_unknowns(sdk_output.contains_unknowns)),),
        (_Shortcut(sdk_resource, "_get_stack_trace", "", functools.partial(_stack_trace, positions)),),
        (
            _Shortcut(
                rpc,
                "serialize_property",
                "value deps property_key resource_obj input_transformer typ keep_output_values "
                "exclude_resource_refs_from_deps return_protobuf_value",
                _serializing(rpc.serialize_property),
            ),
        ),
        (
            _Shortcut(
                sdk_resource,
                "create_urn",
                "name type_ parent project stack",
                functools.partial(_create_urn, sdk_resource.create_urn),
            ),
        ),
    )


def fitting(group: Sequence[_Shortcut]) -> bool:
    """Whether the installed SDK has everything that a group stands in for."""
    return all(shortcut.fits for shortcut in group)


# Outputs: most are never read.


def deferred(make: Callable[[str | None], Any]) -> Any:
    """A resource's outputs: all of them, or where that is put off until one is read, what makes that one."""
    return make if _deferring.get() else make(None)


@dataclass
class _Outputs:
    """A resource's outputs: each is worked out when it is read."""

    compute: Callable[[str], _OutputData[Any]] | None = None
    error: Exception | None = None
    waiting: list[tuple[str, asyncio.Future[Any]]] = field(default_factory=list)

    def settle(self, compute: Callable[[str], _OutputData[Any]]) -> None:
        self.compute = compute
        self._wake()

    def fail(self, error: Exception) -> None:
        self.error = error
        self._wake()

    def future(self, name: str) -> asyncio.Future[Any]:
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self.waiting.append((name, future))
        if self.compute or self.error:
            self._wake()
        return future

    def _wake(self) -> None:
        waiting, self.waiting = self.waiting, []
        for name, future in waiting:
            if self.error:
                future.set_exception(self.error)
            elif self.compute:
                future.set_result(self.compute(name))


class _ResourceOutput(Output[Any]):
    """One output of a resource."""

    def __init__(self, outputs: _Outputs, name: str) -> None:
        self._outputs = outputs
        self._name = name
        self._made: asyncio.Future[Any] | None = None

    @property
    def _data(self) -> asyncio.Future[Any]:  # type: ignore[override]
        if self._made is None:
            self._made = self._outputs.future(self._name)
            if not self._made.done():
                self._track()
        return self._made

    def _untrack(self) -> None:
        # The SDK reads the future while it holds the lock that tracking a new one needs.
        _ = self._data
        super()._untrack()


def _transfer(res: Any, props: Any, custom: bool) -> _Outputs:
    names = [name for name in props if name != "urn" and not (name == "id" and custom)]
    outputs = _Outputs()
    res.__dict__.update({name: _ResourceOutput(outputs, name) for name in names})
    return outputs


def _resolving(resolve: _Function) -> _Function:
    """``resolve_outputs``, put off until an output is read, and then for that one only."""

    def put_off(
        res: Any, serialized_props: Any, outputs: Any, deps: Any, resolvers: _Outputs, *rest: Any, **named: Any
    ) -> None:
        def compute(name: str) -> _OutputData[Any]:
            made: list[_OutputData[Any]] = []

            def store(value: Any, known: bool, secret: bool, sources: Any, _failed: object) -> None:
                made.append(_OutputData({res, *(sources or ())}, value, known, secret))

            kind: Any = type(res)
            key = _wire_names(kind).get(name, name)
            given = struct_pb2.Struct()
            if key in serialized_props:
                given.fields[key].CopyFrom(serialized_props.fields[key])
            answered = outputs(key) if callable(outputs) else outputs
            resolve(res, given, answered, deps, {name: store}, *rest, **named)
            return made[0]

        resolvers.settle(compute)

    return put_off


@functools.cache
def _wire_names(resource: Any) -> dict[str, str]:
    return {name: key for key, name in _types.resource_pulumi_to_py_names(resource).items()}


# Values that are there already.


class _KnownOutput(Output[Any]):
    """An output of a value that is there."""

    def __init__(self, value: Any) -> None:
        self._value = value
        self._made: asyncio.Future[Any] | None = None

    @property
    def _data(self) -> asyncio.Future[Any]:  # type: ignore[override]
        if self._made is None:
            self._made = asyncio.get_running_loop().create_future()
            self._made.set_result(_OutputData(set(), self._value, is_known=True, is_secret=False))
        return self._made


def _from_input(from_input: _Function, val: Any) -> Any:
    copy = _copied(val)
    if copy is not _OTHER:
        return _KnownOutput(copy)
    if type(val) is dict and all(type(key) is str for key in val):
        return _all(**val)
    return from_input(val)


def _all(*args: Any, **kwargs: Any) -> Any:
    """``Output.all``, without a task of its own for each of the outputs."""
    if args and kwargs:
        raise ValueError("Output.all() was supplied a mix of named and unnamed inputs")
    outputs = [Output.from_input(value) for value in (args or kwargs.values())]

    async def gathered() -> _OutputData[Any]:
        data = [await output._data for output in outputs]
        values = [item.value for item in data]
        return _OutputData(
            resources=set().union(*(item.resources for item in data)),
            value=dict(zip(kwargs, values, strict=True)) if kwargs else values,
            is_known=all(item.is_known for item in data),
            is_secret=any(item.is_secret for item in data),
        )

    return Output._from_data(gathered())


def _copied(value: Any) -> Any:
    """A value that is there, down to its leaves; ``_OTHER`` where something in it may have to be waited for."""
    if isinstance(value, _PLAIN):
        return value
    if type(value) is list:
        items = [_copied(item) for item in value]
        return _OTHER if any(item is _OTHER for item in items) else items
    if type(value) is dict and all(isinstance(key, _PLAIN) for key in value):
        members = {key: _copied(item) for key, item in value.items()}
        return _OTHER if any(item is _OTHER for item in members.values()) else members
    return _OTHER


def _looking_for_unknowns(contains_unknowns: _Function) -> _Function:
    """``contains_unknowns``, of which a plain value has none."""
    return lambda val: type(val) not in _UNCHANGED and contains_unknowns(val)


def _serializing(serialize: _Function) -> _Function:
    """``serialize_property``, which a plain value passes unchanged."""

    async def serialized(value: Any, *given: Any, return_protobuf_value: bool = False, **named: Any) -> Any:
        if type(value) in _UNCHANGED and not return_protobuf_value:
            return value
        return await serialize(value, *given, return_protobuf_value=return_protobuf_value, **named)

    return serialized


def _create_urn(  # noqa: PLR0917 - the SDK's own
    create_urn: _Function, name: Any, type_: Any, parent: Any = None, project: Any = None, stack: Any = None
) -> Any:
    if not (isinstance(parent, str) and isinstance(name, str) and isinstance(type_, str)):
        return create_urn(name, type_, parent, project, stack)
    return _KnownOutput(f"{parent[: parent.rfind('::')]}${type_}::{name}")


# Types of inputs and outputs: of many, few are asked for.


class _PropertyTypes(Mapping[str, Any]):
    """The types of a class's properties by their names on the wire, each evaluated when it is asked for."""

    def __init__(self, cls: type) -> None:
        self._cls = cls
        self._properties = {name: prop for _, name, prop in _types._py_properties(cls)}
        self._known: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._known:
            self._known[name] = self._evaluated(self._properties[name])
        if self._known[name] is None:
            raise KeyError(name)
        return self._known[name]

    def __iter__(self) -> Iterator[str]:
        return (name for name in self._properties if self.get(name) is not None)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _evaluated(self, prop: property) -> Any:
        """As the SDK does it, for one property; None for an untyped output."""
        hints = get_type_hints(prop.fget, self._globals, {"Output": Output, "T": type(None)})
        found = _types.unwrap_type(hints["return"]) if hints.get("return") is not None else None
        return None if found is Output else found

    @functools.cached_property
    def _globals(self) -> dict[str, Any] | None:
        return _types._globals_for_cls(self._cls)


@functools.cache
def _property_types(cls: Any) -> _PropertyTypes:
    return _PropertyTypes(cls)


def _resource_types(resource_types: _Function) -> _Function:
    """``resource_types``, for a class that has its types in properties only, as generated ones have."""

    def types(resource_cls: Any) -> Any:
        return resource_types(resource_cls) if inspect.get_annotations(resource_cls) else _property_types(resource_cls)

    return types


# Where a resource is made: only the program's own lines are of interest.


def _stack_trace(positions: Positions) -> source_pb2.StackTrace:
    frame: FrameType | None = sys._getframe(1)
    left = _OWN_FRAMES
    while frame and left:
        left -= frame.f_code.co_name == "__init__"
        frame = frame.f_back
    frames = []
    while frame:
        if positions.contains(frame.f_code.co_filename):
            frames.append(_rpc_frame(frame.f_code.co_filename, frame.f_lineno))
        frame = frame.f_back
    return source_pb2.StackTrace(frames=frames)


@functools.cache
def _rpc_frame(file: str, line: int) -> source_pb2.StackFrame:
    return source_pb2.StackFrame(pc=source_pb2.SourcePosition(uri=Path(file).as_uri(), line=line))


# Calls of the monitor: it answers at once, so no thread has to wait for it.


def answer_at_once(loop: asyncio.AbstractEventLoop) -> None:
    """Let ``loop`` make the SDK's calls of the monitor by itself; what else is sent to a thread still goes there."""
    in_thread = loop.run_in_executor

    def run_in_executor(executor: Any, function: Callable[..., Any], *args: Any) -> Any:
        if executor is not None or getattr(function, "__module__", "") != _CALLS:
            return in_thread(executor, function, *args)
        future = loop.create_future()
        try:
            future.set_result(function(*args))
        except Exception as error:  # noqa: BLE001 - whoever awaits the answer gets it
            future.set_exception(error)
        return future

    setattr(loop, "run_in_executor", run_in_executor)  # noqa: B010 - its types say more than can be said here
