"""What a program reads as the outputs of a resource that is registered."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from google.protobuf import struct_pb2
from pulumi import _types
from pulumi.output import _OutputData
from pulumi.resource import CustomResource
from pulumi.runtime import rpc

from .graph import Attribute, Concat, Literal, Value
from .monitor import Registered
from .wire import Wire


@dataclass(frozen=True)
class Answers:
    """The outputs of one resource."""

    resource: Any
    typed: bool
    """Whether a class declares its inputs."""
    registered: Registered
    message: struct_pb2.Struct
    """The inputs that come back as they were given: files and archives."""
    wire: Wire

    def output(self, name: str) -> _OutputData[Any]:
        """One output, by its name in Python."""
        if name == "urn":
            return self._plainly(self.registered.urn)
        if name == "id" and isinstance(self.resource, CustomResource):
            return self._plainly(self.registered.id)
        kind: Any = type(self.resource)
        key = _keys(kind).get(name, name)
        value = self._state.get(key)
        if value and _is_text(value) and _types.resource_types(kind).get(key) is str:
            return self._plainly(self.wire.write(value))
        return self._as_the_sdk(name, key, value)

    def _plainly(self, text: str) -> _OutputData[Any]:
        return _OutputData({self.resource}, self.wire.guarded(text), is_known=True, is_secret=False)

    def _as_the_sdk(self, name: str, key: str, value: Value | None) -> _OutputData[Any]:
        """What the SDK makes of a message with this output."""
        answer = self.wire.write_struct({} if value is None else {key: value})
        given = struct_pb2.Struct()
        if key in self.message.fields:
            given.fields[key].CopyFrom(self.message.fields[key])
        found: list[_OutputData[Any]] = []

        def store(value: Any, is_known: bool, is_secret: bool, sources: Any, _failed: object) -> None:
            found.append(_OutputData({self.resource, *(sources or ())}, value, is_known, is_secret))

        custom = isinstance(self.resource, CustomResource)
        rpc.resolve_outputs(self.resource, given, answer, {}, {name: store}, custom, self.typed, True)
        return found[0]

    @functools.cached_property
    def _state(self) -> Mapping[str, Value]:
        return self.registered.outputs()


# Names on the wire by those in Python.
_keys = functools.cache(_types.resource_py_to_pulumi_names)


def _is_text(value: Value) -> bool:
    return isinstance(value, Attribute | Concat) or (isinstance(value, Literal) and type(value.value) is str)
