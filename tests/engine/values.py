"""Property values in the form in which they cross the wire between engine, program, provider and policy pack.

A value is what JSON can say, with three additions: numbers are floats; a value that is not known yet is the text
:data:`UNKNOWN`; and an object with a signature stands for something else (a secret, a reference to a resource, an
asset or an archive).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from google.protobuf import struct_pb2
from pulumi.runtime import rpc

UNKNOWN = rpc.UNKNOWN
SIGNATURE = rpc._special_sig_key
SECRET = rpc._special_secret_sig
RESOURCE = rpc._special_resource_sig
ASSET = rpc._special_asset_sig
ARCHIVE = rpc._special_archive_sig

Properties = dict[str, Any]
"""One resource's inputs or outputs, by camelCase name."""

_PATH_PART = re.compile(r'\.?([^.\[\]"]+)|\[(\d+|\*)\]|\["([^"]*)"\]')


def decode(struct: struct_pb2.Struct) -> Properties:
    """Read a message's properties."""
    return {name: decode_value(value) for name, value in struct.fields.items()}


def decode_value(value: struct_pb2.Value) -> Any:
    """Read one value of a message."""
    kind = value.WhichOneof("kind")
    if kind == "struct_value":
        return decode(value.struct_value)
    if kind == "list_value":
        return [decode_value(item) for item in value.list_value.values]
    return None if kind in ("null_value", None) else getattr(value, kind)


def encode(properties: Mapping[str, Any]) -> struct_pb2.Struct:
    """Write properties for a message."""
    struct = struct_pb2.Struct()
    for name, value in properties.items():
        _encode(value, struct.fields[name])
    return struct


def _encode(value: Any, into: struct_pb2.Value) -> None:
    if value is None:
        into.null_value = struct_pb2.NULL_VALUE
    elif isinstance(value, bool):
        into.bool_value = value
    elif isinstance(value, int | float):
        into.number_value = value
    elif isinstance(value, str):
        into.string_value = value
    elif isinstance(value, Mapping):
        into.struct_value.SetInParent()
        for name, item in value.items():
            _encode(item, into.struct_value.fields[name])
    else:
        into.list_value.SetInParent()
        for item in value:
            _encode(item, into.list_value.values.add())


def signature(value: Any) -> str | None:
    """What an object stands for: one of SECRET, RESOURCE, ASSET, ARCHIVE; None for anything else."""
    return value.get(SIGNATURE) if isinstance(value, Mapping) else None


def secret(value: Any) -> Properties:
    """Mark a value as secret; a secret stays as it is."""
    return dict(value) if signature(value) == SECRET else {SIGNATURE: SECRET, "value": value}


def has_secret(value: Any) -> bool:
    """Whether the value is secret or holds a secret."""
    return _any(value, lambda part: signature(part) == SECRET)


def has_unknown(value: Any) -> bool:
    """Whether the value is unknown or holds an unknown part."""
    return _any(value, lambda part: part == UNKNOWN)


def _any(value: Any, matches: Callable[[Any], bool]) -> bool:
    if matches(value):
        return True
    if isinstance(value, Mapping):
        return any(_any(item, matches) for item in value.values())
    return isinstance(value, list) and any(_any(item, matches) for item in value)


def revealed(value: Any) -> Any:
    """The value for a provider that takes neither secrets nor resource references (the AWS provider is one)."""
    if signature(value) == SECRET:
        return revealed(value["value"])
    if signature(value) == RESOURCE:
        return referenced(value)
    if isinstance(value, Mapping):
        return {name: revealed(item) for name, item in value.items()}
    return [revealed(item) for item in value] if isinstance(value, list) else value


def referenced(reference: Mapping[str, Any]) -> str:
    """What a reference to a resource means to a provider: the resource's id; for a component, its URN."""
    return str((reference["id"] or UNKNOWN) if "id" in reference else reference["urn"])


def without_references(value: Any) -> Any:
    """The value with references replaced, secrets left as they are (what a policy pack can read)."""
    if signature(value) == RESOURCE:
        return referenced(value)
    if isinstance(value, Mapping):
        return {name: without_references(item) for name, item in value.items()}
    return [without_references(item) for item in value] if isinstance(value, list) else value


def plain(value: Any) -> Any:
    """The value for a reader: no secrets, references or internal names, whole numbers as int, unknowns as UNKNOWN."""
    value = revealed(value)
    if isinstance(value, Mapping):
        return {name: plain(item) for name, item in value.items() if not name.startswith("__")}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def with_secrets_of(values: Any, source: Any) -> Any:
    """Mark as secret in ``values`` what is secret in ``source``, name by name; a list is marked as a whole."""
    if signature(source) == SECRET:
        return secret(values)
    if isinstance(values, Mapping) and isinstance(source, Mapping) and signature(values) is None:
        return {name: with_secrets_of(item, source.get(name)) for name, item in values.items()}
    if isinstance(values, list) and isinstance(source, list) and has_secret(source):
        return secret(values)
    return values


def keeping(news: Properties, olds: Mapping[str, Any], paths: Sequence[str]) -> Properties:
    """The new inputs with the old values at ``paths``: what the resource option ``ignore_changes`` asks for.

    A path is a name (``desiredCount``), may go deeper (``actions[0].forward``, ``tags["build"]``) and may have a
    star for every element of a list. A path that leads nowhere in the old inputs removes the new value.
    """
    for path in paths:
        parts = [name or key or index for name, index, key in _PATH_PART.findall(path)]
        news = _keep(news, olds, parts)
    return news


_NOTHING = object()


def _keep(new: Any, old: Any, parts: Sequence[str]) -> Any:
    if not parts:
        return old
    head, rest = parts[0], parts[1:]
    if isinstance(new, list) and isinstance(old, list):
        chosen = range(len(new)) if head == "*" else [int(head)] if head.isdigit() else []
        return [_keep(item, old[i], rest) if i in chosen and i < len(old) else item for i, item in enumerate(new)]
    if not (isinstance(new, Mapping) and isinstance(old, Mapping)):
        return new
    kept = dict(new)
    if not rest and head not in old:
        kept.pop(head, None)
    elif head in old and (head in new or not rest):
        kept[head] = _keep(new.get(head, _NOTHING), old[head], rest)
    return kept
