"""What a recording wraps around functions of the SDK, so that tokens guard themselves and failures keep their line."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from contextvars import ContextVar
from typing import Any

import pulumi
from pulumi.runtime import rpc

from .errors import Position
from .positions import Positions
from .replacement import replaced
from .wire import Wire

# Where the program calls one of the SDK's functions; the request for it does not tell.
call_site: ContextVar[Position | None] = ContextVar("call_site", default=None)

# The ways in which those functions reach the monitor.
_INVOKES = ("invoke", "invoke_async", "invoke_single", "invoke_output", "invoke_output_single", "call")

_Function = Callable[..., Any]


def intercepted(wire: Wire, positions: Positions) -> AbstractContextManager[None]:
    """Put the wrapped functions into the SDK for a while."""
    return replaced(
        [
            (rpc, "deserialize_property", _deserializing(rpc.deserialize_property, wire)),
            (pulumi.Output, "apply", _applying(pulumi.Output.apply, wire, positions)),
            *((pulumi.runtime, name, _located(getattr(pulumi.runtime, name), positions)) for name in _INVOKES),
        ]
    )


def _deserializing(deserialize: _Function, wire: Wire) -> _Function:
    """A token in an output reaches the program as one."""

    def wrapped(value: Any, *args: Any, **kwargs: Any) -> Any:
        return wire.guarded(deserialize(value, *args, **kwargs))

    return wrapped


def _applying(apply: _Function, wire: Wire, positions: Positions) -> _Function:
    """The function that is applied gets tokens, too (Pulumi makes an id, or several outputs at once, by other ways)."""

    def wrapped(output: Any, func: Callable[[Any], Any], *args: Any, **kwargs: Any) -> Any:
        def guarded(value: Any) -> Any:
            try:
                return func(wire.guarded(value))
            except Exception as error:
                # Pulumi raises it again elsewhere, and loses its traceback.
                error.program_position = positions.innermost(error)  # type: ignore[attr-defined]
                raise

        return apply(output, guarded, *args, **kwargs)

    return wrapped


def _located(function: _Function, positions: Positions) -> _Function:
    """A problem with the call can name the program's line."""

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        reset = call_site.set(positions.caller())
        try:
            return function(*args, **kwargs)
        finally:
            call_site.reset(reset)

    return wrapped
