"""Outputs that are worked out when they are read: most never are.

Pulumi's are futures, four to each, and a task for whatever is made of them. These have no future until somebody waits
for one, and tell whoever asks whether their value is there already.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import json
import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from pulumi.output import Output, _OutputData


@dataclass
class Outputs:
    """The outputs of one resource, which are there from its registration on."""

    compute: Callable[[str], _OutputData[Any]] | None = None
    error: Exception | None = None
    known: dict[str, _OutputData[Any]] = field(default_factory=dict)
    waiting: list[tuple[str, asyncio.Future[Any]]] = field(default_factory=list)

    def settle(self, compute: Callable[[str], _OutputData[Any]]) -> None:
        """Registered: ``compute`` gives each output by its name."""
        self.compute = compute
        self._wake()

    def fail(self, error: Exception) -> None:
        """Not registered: whoever reads one of the outputs gets the error."""
        self.error = error
        self._wake()

    def get(self, name: str) -> _OutputData[Any] | None:
        """One output, if the resource is registered."""
        if name not in self.known and self.compute:
            self.known[name] = self.compute(name)
        return self.known.get(name)

    def future(self, name: str) -> asyncio.Future[Any]:
        """The same for somebody who waits for it."""
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self.waiting.append((name, future))
        if self.compute or self.error:
            self._wake()
        return future

    def _wake(self) -> None:
        waiting, self.waiting = self.waiting, []
        for name, future in waiting:
            try:
                if self.error:
                    raise self.error
                future.set_result(self.get(name))
            except Exception as error:  # noqa: BLE001 - whoever reads this one gets it
                future.set_exception(error)


class _LazyOutput(Output[Any]):
    """An output that makes its future when somebody asks for it."""

    _made: asyncio.Future[Any] | None = None

    @property
    def _data(self) -> asyncio.Future[Any]:  # type: ignore[override]
        if self._made is None:
            self._made = self._future_data()
            if not self._made.done():
                self._track()
        return self._made

    def _untrack(self) -> None:
        # The SDK reads the future while it holds the lock that tracking a new one needs.
        _ = self._data
        super()._untrack()

    def now(self) -> _OutputData[Any] | None:
        raise NotImplementedError

    def _future_data(self) -> asyncio.Future[Any]:
        raise NotImplementedError


class ResourceOutput(_LazyOutput):
    """One output of a resource."""

    def __init__(self, outputs: Outputs, name: str) -> None:
        self._outputs = outputs
        self._name = name

    def now(self) -> _OutputData[Any] | None:
        return self._outputs.get(self._name)

    def _future_data(self) -> asyncio.Future[Any]:
        return self._outputs.future(self._name)


class KnownOutput(_LazyOutput):
    """An output of a value that is there."""

    def __init__(self, value: Any) -> None:
        self._value = value

    def now(self) -> _OutputData[Any]:
        return _OutputData(set(), self._value, is_known=True, is_secret=False)

    def _future_data(self) -> asyncio.Future[Any]:
        future = asyncio.get_running_loop().create_future()
        future.set_result(self.now())
        return future


class DerivedOutput(_LazyOutput):
    """What a function makes of an output: one of the SDK's own, to which it is all one when it is called.

    Where the function fails, ``own_way`` makes the output as the SDK does.
    """

    def __init__(self, source: Output[Any], function: Callable[[Any], Any], own_way: Callable[[], Output[Any]]) -> None:
        self._source = source
        self._function = function
        self._own_way = own_way
        self._known: _OutputData[Any] | None = None

    def now(self) -> _OutputData[Any] | None:
        if self._known is None:
            data = known(self._source)
            if data and data.is_known:
                with contextlib.suppress(Exception):
                    self._known = _OutputData(data.resources, self._function(data.value), True, data.is_secret)
        return self._known

    def _future_data(self) -> asyncio.Future[Any]:
        async def derived() -> _OutputData[Any]:
            await self._source._data
            return self.now() or await self._own_way()._data

        return asyncio.ensure_future(derived())


class AllOutputs(_LazyOutput):
    """Several outputs at once: a list of their values, or a map where they have ``names``."""

    def __init__(self, outputs: Sequence[Output[Any]], names: Sequence[str] | None) -> None:
        self._parts = outputs
        self._names = names
        self._known: _OutputData[Any] | None = None

    def now(self) -> _OutputData[Any] | None:
        if self._known is None:
            found = []
            for part in self._parts:
                data = known(part)
                if data is None:
                    return None
                found.append(data)
            self._known = self._joined(found)
        return self._known

    def _future_data(self) -> asyncio.Future[Any]:
        async def gathered() -> _OutputData[Any]:
            return self._joined([await output._data for output in self._parts])

        return asyncio.ensure_future(gathered())

    def _joined(self, data: Sequence[_OutputData[Any]]) -> _OutputData[Any]:
        values = [part.value for part in data]
        joined: _OutputData[Any] = _OutputData(
            resources=set().union(*(part.resources for part in data)),
            value=values if self._names is None else dict(zip(self._names, values, strict=True)),
            is_known=False,
            is_secret=any(part.is_secret for part in data),
        )
        # Set afterwards, so that nobody looks through all the parts again.
        joined.is_known = all(part.is_known for part in data)
        return joined


def known(output: Output[Any]) -> _OutputData[Any] | None:
    """What an output is, if it is there already and nothing went wrong with it."""
    future: asyncio.Future[_OutputData[Any]] | None
    if isinstance(output, _LazyOutput):
        data = output.now()
        if data:
            return data
        future = output._made
    else:
        future = output._data
    done = future and future.done() and not future.cancelled() and future.exception() is None
    return future.result() if future and done else None


_PLAIN = (str, int, float, bool, type(None))


def from_input(own_way: Callable[..., Any], value: Any) -> Any:
    """``Output.from_input``, without a task for what is there; ``own_way`` is the SDK's."""
    return _output_of(_lifted(own_way, value))


def _lifted(own_way: Callable[..., Any], value: Any) -> Any:
    """A copy of a value that is there, down to its leaves; an output of one in which something has to be waited for."""
    if isinstance(value, _PLAIN):
        return value
    if isinstance(value, _LazyOutput):
        return DerivedOutput(value, _scalar, lambda: own_way(value))
    if type(value) is list:
        parts, names = [_lifted(own_way, part) for part in value], None
    elif type(value) is dict and all(type(key) is str for key in value):
        parts, names = [_lifted(own_way, part) for part in value.values()], tuple(value)
    else:
        return own_way(value)
    if any(isinstance(part, Output) for part in parts):
        return AllOutputs([_output_of(part) for part in parts], names)
    return parts if names is None else dict(zip(names, parts, strict=True))


def _output_of(lifted: Any) -> Output[Any]:
    return lifted if isinstance(lifted, Output) else KnownOutput(lifted)


def all_outputs(*args: Any, **kwargs: Any) -> Any:
    """``Output.all``, without a task for each of the outputs."""
    if args and kwargs:
        raise ValueError("Output.all() was supplied a mix of named and unnamed inputs")
    outputs = [Output.from_input(value) for value in (args or kwargs.values())]
    return AllOutputs(outputs, tuple(kwargs) if kwargs else None)


def attribute(own_way: Callable[..., Any], output: Output[Any], name: str) -> Any:
    """``output.name``, without a task."""
    if name.startswith("__"):
        return own_way(output, name)
    return DerivedOutput(output, operator.attrgetter(name), lambda: own_way(output, name))


def item(own_way: Callable[..., Any], output: Output[Any], key: Any) -> Any:
    """``output[key]``, without a task."""
    return DerivedOutput(output, operator.itemgetter(key), lambda: own_way(output, key))


def concat(own_way: Callable[..., Any], *args: Any) -> Any:
    """``Output.concat``, without a task."""
    return DerivedOutput(all_outputs(*args), "".join, lambda: own_way(*args))


def json_dumps(own_way: Callable[..., Any], obj: Any, **options: Any) -> Any:
    """``Output.json_dumps``, without a task; one that calls functions of the program is left to the SDK."""
    if options.get("cls") or options.get("default"):
        return own_way(obj, **options)
    return DerivedOutput(
        Output.from_input(obj), functools.partial(json.dumps, **options), lambda: own_way(obj, **options)
    )


def _scalar(value: Any) -> Any:
    if not isinstance(value, _PLAIN):
        raise TypeError
    return value
