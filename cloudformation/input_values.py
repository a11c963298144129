"""Reads the inputs of a resource as the graph's values, straight from what the program gave.

Pulumi turns inputs into a message first, of which :mod:`cloudformation.wire` would read them. The result is the same
(``tests/cloudformation/test_shortcuts.py`` compares); whatever is out of the ordinary is left to that way.
"""

from __future__ import annotations

import enum
import functools
import typing
from collections.abc import Callable, Mapping
from typing import Any

import pulumi
from google.protobuf import struct_pb2
from pulumi import _types
from pulumi.output import Output
from pulumi.resource import Resource
from pulumi.runtime import rpc

from .graph import ListValue, Literal, MapValue, Secret, Value
from .lazy_outputs import known
from .tokens import Token
from .wire import Wire, known_key, number


class PendingError(Exception):
    """An output has to be waited for."""

    def __init__(self, output: Output[Any]) -> None:
        super().__init__()
        self.output = output


class UnusualError(Exception):
    """Something that only the SDK knows how to send."""


Type = Callable[[], Any]
"""Gives the declared type of a value. Few are asked for: it is of interest only where there are names to translate."""


class InputReader:
    """Reads the inputs of one resource, and collects the resources whose outputs are in them."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self.resources: set[Any] = set()
        self.files = struct_pb2.Struct()
        """The inputs that are files or archives, as Pulumi sends them."""

    def read(self, inputs: Mapping[str, Any], arguments: Any, resource: Any) -> dict[str, Value]:
        """Values by their names on the wire; ``arguments`` is the class that declares the inputs, if one does.

        Raises:
            PendingError: not all of them are there yet.
            UnusualError: something among them is left to the SDK.
            ProgramError: something among them no template can hold.
        """
        given = {name: inputs[name] for name in inputs if inputs[name] is not None}
        if not given:
            return {}
        if arguments is None and type(resource).translate_input_property is not Resource.translate_input_property:
            raise UnusualError
        names = _types.input_type_py_to_pulumi_names(arguments) if arguments else {}
        types = _types.input_type_types(arguments) if arguments else {}
        try:
            return {
                key: value
                for key, name in _keys(given, names)
                if (value := self._input(key, given[name], functools.partial(types.get, key))) is not None
            }
        except (AssertionError, OverflowError, TypeError, UnicodeEncodeError) as error:
            # The SDK's message tells which input it is.
            raise UnusualError from error

    def _input(self, key: str, given: Any, declared: Type) -> Value | None:
        """One input; None if it turns out to be nothing, in which case it is not given at all."""
        if isinstance(given, pulumi.Asset | pulumi.Archive):
            self.files.update({key: _file(given)})
            return self._wire.read(self.files.fields[key])
        before = self.resources
        self.resources = set()
        value = self._value(given, declared)
        if isinstance(value, Literal) and value.value is None:
            self.resources = before
            return None
        self.resources |= before
        return value

    def _value(self, given: Any, declared: Type) -> Value:
        kind = type(given)
        if kind is str or kind is Token:
            if not str.isascii(given):
                str.encode(given)
            return self._wire.value(given)
        if kind is bool or given is None:
            return Literal(given)
        if kind is int or kind is float:
            return number(float(given))
        if isinstance(given, Output):
            return self._output(given, declared)
        if kind is dict:
            return self._map(given, _unwrapped(declared()))
        if kind is list or kind is tuple:
            element = functools.cache(lambda: rpc._get_list_element_type(_unwrapped(declared())))
            return ListValue(tuple(self._value(item, element) for item in given))
        if _types.is_input_type(kind):
            types = _types.input_type_types(kind)
            return self._fields(_types.input_type_to_dict(given), {}, types.get)
        if isinstance(given, enum.Enum) and type(given.value) is str:
            return self._value(given.value, declared)
        raise UnusualError

    def _output(self, output: Output[Any], declared: Type) -> Value:
        data = known(output)
        if data is None:
            raise PendingError(output)
        if not data.is_known:
            raise UnusualError
        self.resources |= data.resources
        value = self._value(data.value, declared)
        return Secret(value) if data.is_secret else value

    def _map(self, given: dict[Any, Any], declared: Any) -> Value:
        if declared is None:
            return self._fields(given, {}, _untyped)
        declared = _types.reduce_discriminated_union(declared, given, _types._py_name_for) or declared
        if _types.is_input_type(declared):
            names = _types.input_type_py_to_pulumi_names(declared)
            return self._fields(given, names, _types.input_type_types(declared).get)
        origin, members = typing.get_origin(declared), typing.get_args(declared)
        typed = (declared is dict or origin in (dict, Mapping)) and len(members) == 2 and members[0] is str
        return self._fields(given, {}, (lambda _key: members[1]) if typed else _untyped)

    def _fields(self, given: Mapping[Any, Any], names: Mapping[str, str], types: Callable[[str], Any]) -> MapValue:
        if rpc._special_sig_key in given:
            raise UnusualError
        return MapValue(
            {
                known_key(key): self._value(given[name], functools.partial(types, key))
                for key, name in _keys(given, names)
            }
        )


def _keys(given: Mapping[str, Any], names: Mapping[str, str]) -> list[tuple[str, str]]:
    """Names on the wire, in their order, with those that were given."""
    keys = sorted((names.get(name) or name, name) for name in given)
    if len({key for key, _ in keys}) < len(keys):
        raise UnusualError
    return keys


def _file(given: Any) -> dict[str, Any]:
    """A file or an archive as Pulumi sends it."""
    signature = rpc._special_asset_sig if isinstance(given, pulumi.Asset) else rpc._special_archive_sig
    ((name, value),) = vars(given).items()
    if name == "assets" and type(value) is dict:
        value = {key: _file(item) for key, item in value.items()}
    elif name not in ("path", "text", "uri") or type(value) is not str:
        raise UnusualError
    return {rpc._special_sig_key: signature, name: value}


def _unwrapped(declared: Any) -> Any:
    """Without ``Input`` and ``Optional``; None where anything goes."""
    declared = _types.unwrap_type(declared) if declared else None
    return None if declared is Any else declared


def _untyped(_key: str) -> None:
    return None
