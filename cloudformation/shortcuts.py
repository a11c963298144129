"""Shorter ways through Pulumi's runtime while a program is recorded.

The runtime talks to an engine that takes its time: each output is a set of futures, each call waits in a thread. The
compiler's monitor answers at once, so most of that is not needed. Each shortcut stands in for one function of the SDK,
records the same (``tests/cloudformation/test_shortcuts.py`` compares), and is taken only if that function, and whatever
else of the SDK it leans on, has the parameters that it was written for; otherwise the SDK's own stays. See
``docs/performance.md``.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import inspect
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_type_hints

import pulumi.resource
from pulumi import _types
from pulumi import output as sdk_output
from pulumi.output import Output
from pulumi.resource import ResourceOptions
from pulumi.runtime import resource as sdk_resource
from pulumi.runtime import rpc, settings

from .lazy_outputs import all_outputs, attribute, concat, from_input, item, json_dumps
from .monitor import Monitor
from .registrar import Registrar
from .replacement import replaced
from .tokens import Token

_Function = Callable[..., Any]
# Exactly these: of an enumeration's member, say, only the value is sent.
_UNCHANGED = frozenset({str, Token, int, bool, type(None)})
# Where the SDK wraps its calls of the monitor.
_CALLS = "pulumi.runtime._context"


@dataclass(frozen=True)
class _Shortcut:
    """A function of the SDK, with the parameters that it is expected to have, and what stands in for it."""

    owner: Any
    name: str
    parameters: str
    instead: _Function | None = None
    """None where it stays itself, and others need it as it is."""

    @property
    def fits(self) -> bool:
        function = getattr(self.owner, self.name, None)
        code = getattr(inspect.unwrap(function) if function else None, "__code__", None)
        return code is not None and " ".join(code.co_varnames[: code.co_argcount]) == self.parameters


@contextlib.contextmanager
def shortcuts(monitor: Monitor) -> Iterator[None]:
    """Take the shortcuts for a while."""
    chosen = [shortcut for group in groups(monitor) if fitting(group) for shortcut in group]
    with replaced((one.owner, one.name, one.instead) for one in chosen if one.instead):
        yield


def groups(monitor: Monitor) -> Sequence[Sequence[_Shortcut]]:
    """Shortcuts that are taken together or not at all."""
    return (
        (
            _Shortcut(
                pulumi.resource,
                "register_resource",
                "res ty name custom remote new_dependency props opts typ package_ref",
                Registrar(monitor, sdk_resource.register_resource).register,
            ),
            _Shortcut(sdk_resource, "prepare_resource", "res ty custom remote props opts typ"),
            _Shortcut(sdk_resource, "_translate_ignore_changes", "res typ ignore_changes"),
            _Shortcut(sdk_resource, "_translate_additional_secret_outputs", "res typ additional_secret_outputs"),
            _Shortcut(
                rpc,
                "resolve_outputs",
                "res serialized_props outputs deps resolvers custom transform_using_type_metadata keep_unknowns "
                "resolve_missing_as_unknown",
            ),
            _Shortcut(rpc, "_get_list_element_type", "typ"),
            _Shortcut(settings, "_get_rpc_manager", ""),
            _Shortcut(Output, "_track", "self"),
            _Shortcut(Output, "_untrack", "self"),
            _Shortcut(_types, "input_type_py_to_pulumi_names", "input_type_cls"),
            _Shortcut(_types, "resource_py_to_pulumi_names", "resource_cls"),
            _Shortcut(_types, "unwrap_type", "val"),
            _Shortcut(_types, "input_type_types", "input_type_cls"),
            _Shortcut(_types, "input_type_to_dict", "obj"),
            _Shortcut(_types, "reduce_discriminated_union", "typ value name_for"),
        ),
        (
            _Shortcut(Output, "from_input", "val", staticmethod(functools.partial(from_input, Output.from_input))),
            _Shortcut(Output, "all", "", staticmethod(all_outputs)),
            _Shortcut(Output, "__getattr__", "self item", _taking(attribute, Output.__getattr__)),
            _Shortcut(Output, "__getitem__", "self key", _taking(item, Output.__getitem__)),
            _Shortcut(Output, "concat", "", staticmethod(functools.partial(concat, Output.concat))),
            _Shortcut(Output, "json_dumps", "obj", staticmethod(functools.partial(json_dumps, Output.json_dumps))),
        ),
        (
            _Shortcut(_types, "_types_from_py_properties", "cls", _property_types),
            _Shortcut(_types, "resource_types", "resource_cls", _resource_types(_types.resource_types)),
            _Shortcut(_types, "_globals_for_cls", "cls"),
            _Shortcut(_types, "_py_properties", "cls"),
        ),
        (_Shortcut(ResourceOptions, "_copy", "self", _copying(ResourceOptions._copy)),),
        (_Shortcut(sdk_output, "contains_unknowns", "val", _looking_for_unknowns(sdk_output.contains_unknowns)),),
    )


def fitting(group: Sequence[_Shortcut]) -> bool:
    """Whether the installed SDK has everything that a group stands in for."""
    return all(shortcut.fits for shortcut in group)


def _taking(take: _Function, own_way: _Function) -> _Function:
    """A method that takes a part of an output."""
    return lambda output, part: take(own_way, output, part)


def _copying(copy: _Function) -> _Function:
    """A copy of options, which are copied five times for each resource."""

    def copied(options: Any) -> Any:
        if type(options) is not ResourceOptions:
            return copy(options)
        made = object.__new__(ResourceOptions)
        vars(made).update(vars(options))
        return made

    return copied


def _looking_for_unknowns(contains_unknowns: _Function) -> _Function:
    """``contains_unknowns``, of which a plain value has none."""
    return lambda val: type(val) not in _UNCHANGED and contains_unknowns(val)


# Types of inputs and outputs: of many, few are asked for.


_WORD = re.compile(r"\w+")
_evaluated: dict[tuple[Any, ...], Any] = {}


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
        written = prop.fget.__annotations__.get("return")
        # What is written alike in many classes (tags, say) is evaluated once, if its words have the same meaning there.
        words = _WORD.findall(written) if isinstance(written, str) else ()
        key = (written, *((self._globals or {}).get(word) for word in words))
        if key not in _evaluated:
            hints = get_type_hints(prop.fget, self._globals, {"Output": Output, "T": type(None)})
            found = _types.unwrap_type(hints["return"]) if hints.get("return") is not None else None
            _evaluated[key] = None if found is Output else found
        return _evaluated[key]

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
