"""Input and output types of the AWS resources, read from the installed pulumi_aws classes."""

from __future__ import annotations

import enum
import functools
import importlib
import inspect
import types
import typing
import warnings
from collections import abc
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws
from pulumi import _types
from pulumi.runtime import rpc


@dataclass(frozen=True)
class Scalar:
    """``str``, ``int``, ``float`` or ``bool``."""

    python: type


@dataclass(frozen=True)
class Choice:
    """One of a closed set of values."""

    options: tuple[Any, ...]


@dataclass(frozen=True)
class ListOf:
    item: Type


@dataclass(frozen=True)
class MapOf:
    item: Type


@dataclass(frozen=True)
class Structure:
    """An object with the fields of an SDK class; see :func:`fields_of`."""

    python: type


@dataclass(frozen=True)
class File:
    """An asset or an archive."""

    signature: str


@dataclass(frozen=True)
class OneOf:
    members: tuple[Type, ...]


@dataclass(frozen=True)
class Anything:
    """A type that says nothing."""


Type = Scalar | Choice | ListOf | MapOf | Structure | File | OneOf | Anything


@dataclass(frozen=True)
class Field:
    """A named value of a resource or of an object in it."""

    type: Type
    required: bool
    """As an input: must be given. As an output: is always there, so the provider computes it."""


@dataclass(frozen=True)
class ResourceSchema:
    """What the SDK says of a resource type."""

    token: str
    inputs: dict[str, Field]
    outputs: dict[str, Field]


class UnknownTypeError(Exception):
    """The SDK has no such resource type."""


@functools.cache
def schema_of(token: str) -> ResourceSchema:
    """The schema of a type token, such as ``aws:s3/bucket:Bucket``.

    Raises:
        UnknownTypeError: the installed SDK has no such type.
    """
    cls = _resource_class(token)
    outputs = {name: field for name, field in fields_of(cls).items() if name not in ("id", "urn")}
    return ResourceSchema(token, fields_of(_arguments_class(cls)), outputs)


def provider_inputs() -> dict[str, Field]:
    """The inputs of an explicit or default provider. On the wire all are text, or JSON text."""
    return fields_of(pulumi_aws.ProviderArgs)


def _resource_class(token: str) -> type:
    package, module, _ = token.split(":")
    # Importing pulumi_aws has told the runtime which class stands for which token.
    found: Any = rpc.get_resource_module(package, module, "")
    if found is None or token not in found.mod_info["classes"]:
        raise UnknownTypeError(f"pulumi_aws has no resource type {token!r}")
    with warnings.catch_warnings():
        # A module that also defines deprecated types says so when it is imported, whichever type is wanted of it.
        warnings.simplefilter("ignore", DeprecationWarning)
        cls: type = getattr(importlib.import_module(found.mod_info["fqn"]), found.mod_info["classes"][token])
    return cls


def _arguments_class(cls: type) -> type:
    # The generated constructor names its class of arguments, which is not always that of the resource plus "Args".
    [name] = [name for name in cls.__init__.__code__.co_names if name.endswith("Args")]  # type: ignore[misc]
    arguments: type = getattr(inspect.getmodule(cls), name)
    return arguments


@functools.cache
def fields_of(cls: type) -> dict[str, Field]:
    """The fields of an SDK class (resource, arguments, or nested type), by camelCase name."""
    return {
        name: Field(_type_of(hint), required=not _is_optional(_without_output(hint)))
        for name, hint in _types._raw_return_hints(cls).items()
    }


def _is_optional(hint: Any) -> bool:
    return hint is type(None) or (_is_union(hint) and any(map(_is_optional, typing.get_args(hint))))


def _is_union(hint: Any) -> bool:
    return typing.get_origin(hint) in (typing.Union, types.UnionType)


def _without_output(hint: Any) -> Any:
    return typing.get_args(hint)[0] if typing.get_origin(hint) is pulumi.Output else hint


def _type_of(hint: Any) -> Type:
    hint = _without_output(hint)
    if _is_union(hint):
        members = tuple(dict.fromkeys(_type_of(item) for item in typing.get_args(hint) if not _is_plumbing(item)))
        return members[0] if len(members) == 1 else OneOf(members)
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (list, abc.Sequence):
        return ListOf(_type_of(arguments[0]))
    if origin in (dict, abc.Mapping):
        return MapOf(_type_of(arguments[1]))
    if inspect.isclass(hint):
        return _type_of_class(hint)
    return Anything()


def _is_plumbing(hint: Any) -> bool:
    """Whether a member of a union is there for Python's sake: what an input may be besides the value itself."""
    if hint is type(None) or typing.is_typeddict(hint) or hint is pulumi.Output:
        return True
    if isinstance(hint, typing.ForwardRef):
        return hint.__forward_arg__.startswith("Output[")
    return typing.get_origin(hint) in (abc.Awaitable, pulumi.Output)


def _type_of_class(cls: type) -> Type:
    if cls in (str, int, float, bool):
        return Scalar(cls)
    if issubclass(cls, enum.Enum):
        return Choice(tuple(member.value for member in cls))
    if issubclass(cls, pulumi.Archive):
        return File(rpc._special_archive_sig)
    if issubclass(cls, pulumi.Asset):
        return File(rpc._special_asset_sig)
    if _types.is_input_type(cls) or _types.is_output_type(cls):
        return Structure(cls)
    # A resource class: it is passed by id.
    return Scalar(str) if issubclass(cls, pulumi.Resource) else Anything()
