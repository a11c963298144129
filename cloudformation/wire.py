"""Values on Pulumi's wire: read into the graph's, and written with a token for each that only the deployment knows."""

from __future__ import annotations

import math
import threading
from collections.abc import Mapping
from typing import Any

from google.protobuf import struct_pb2
from pulumi.runtime import rpc

from .errors import ProgramError
from .graph import (
    Attribute,
    Concat,
    ListValue,
    Literal,
    MapValue,
    Pseudo,
    Secret,
    Value,
    as_text,
    describe,
    parse_text,
)
from .tokens import PATTERN, PLAIN, Spelling, Token

# What messages call CloudFormation's own values.
_MEANINGS = {
    "AWS::AccountId": "the account's id",
    "AWS::Partition": "the partition",
    "AWS::Region": "the Region",
    "AWS::URLSuffix": "the partition's DNS suffix",
}


class Wire:
    """Reads and writes; remembers what its tokens stand for."""

    def __init__(self, spelling: Spelling = PLAIN) -> None:
        self._spelling = spelling
        self._meanings: dict[str, Value] = {}
        self._tokens: dict[str, Token] = {}
        self._values: dict[str, Value] = {}
        self._lock = threading.Lock()

    def token(self, key: str, value: Value, meaning: str, optional: bool = False) -> Token:
        """The token for ``value``; see :class:`cloudformation.tokens.Token`."""
        token = Token(key, meaning, optional=optional, spelling=self._spelling)
        with self._lock:
            self._meanings[str(token)] = value
            self._tokens[str(token)] = token
        return token

    def value(self, text: str) -> Value:
        """What text with tokens in it stands for.

        Raises:
            ProgramError: one of them is not of this run.
        """
        text = str(text)  # a token is no key
        if text not in self._values:
            self._values[text] = parse_text(text, self._meaning)
        return self._values[text]

    def _meaning(self, token: str) -> Value:
        if token not in self._meanings:
            raise ProgramError(
                f"{token} stands for a value of another run of the program. Keep no such values outside of it, "
                "in a cache or a file."
            )
        return self._meanings[token]

    def guarded(self, value: Any) -> Any:
        """Python's value, with tokens that guard themselves in place of their text."""
        if type(value) is str:
            return self._tokens.get(value, value)
        if type(value) is list:
            return [self.guarded(item) for item in value]
        if type(value) is dict:
            return {key: self.guarded(item) for key, item in value.items()}
        return value

    def read_fields(self, fields: Mapping[str, struct_pb2.Value]) -> dict[str, Value]:
        """Named values, by name.

        Raises:
            ProgramError: something among them that no template can hold.
        """
        return {name: self.read(value) for name, value in sorted(fields.items())}

    def read(self, value: struct_pb2.Value) -> Value:
        """One value."""
        match value.WhichOneof("kind"):
            case "string_value":
                return self.value(value.string_value)
            case "number_value":
                return number(value.number_value)
            case "bool_value":
                return Literal(value.bool_value)
            case "list_value":
                return ListValue(tuple(map(self.read, value.list_value.values)))
            case "struct_value":
                return self._read_struct(value.struct_value)
            case _:
                return Literal(None)

    def _read_struct(self, struct: struct_pb2.Struct) -> Value:
        fields = {known_key(key): self.read(struct.fields[key]) for key in sorted(struct.fields)}
        match fields.pop(rpc._special_sig_key, None):
            case Literal(rpc._special_secret_sig):
                return Secret(fields["value"])
            case Literal(rpc._special_resource_sig):
                return self.value(struct.fields["id"].string_value)
            case _:
                # Assets and archives keep their fields, which is all that a type's mapping needs.
                return MapValue(fields)

    def write(self, value: Value) -> Any:
        """One value as plain data."""
        match value:
            case Literal(plain):
                return plain
            case Secret(inner):
                return {rpc._special_sig_key: rpc._special_secret_sig, "value": self.write(inner)}
            case ListValue(items):
                return [self.write(item) for item in items]
            case MapValue(fields):
                return {key: self.write(item) for key, item in fields.items()}
            case Concat(pieces):
                return "".join(as_text(piece) if isinstance(piece, Literal) else self.write(piece) for piece in pieces)
            case Attribute(urn, path):
                title = f"output {describe(path)} of {urn.rpartition('::')[2]!r}"
                return str(self.token(f"attribute {urn} {path}", value, title))
            case Pseudo(name):
                return str(self.token(f"value {value}", value, _MEANINGS.get(name, name)))
            case _:
                return str(self.token(f"value {value}", value, "a value of this deployment"))

    def write_struct(self, values: Mapping[str, Value]) -> struct_pb2.Struct:
        """Named values."""
        struct = struct_pb2.Struct()
        struct.update({name: self.write(value) for name, value in values.items()})
        return struct


def number(value: float) -> Literal:
    """A number; the wire knows only floating-point ones.

    Raises:
        ProgramError: it is infinite, or none.
    """
    if not math.isfinite(value):
        raise ProgramError(f"{value} is no number that a template can hold.")
    return Literal(int(value) if value.is_integer() else value)


def known_key(key: str) -> str:
    """The name of a member of an object.

    Raises:
        ProgramError: a token is in it.
    """
    if PATTERN.search(key):
        raise ProgramError(
            f"a value that only the deployment knows is used as a key ({PATTERN.sub('...', key)!r}), "
            "but the names of a template's properties are fixed. Write the key out."
        )
    return key


def is_asset(value: struct_pb2.Value) -> bool:
    """Whether a value is a file or an archive."""
    signature = value.struct_value.fields[rpc._special_sig_key].string_value if value.HasField("struct_value") else ""
    return signature in (rpc._special_asset_sig, rpc._special_archive_sig)
