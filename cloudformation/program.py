"""What a program may say that Pulumi has no words for.

Everything here does the plain thing under the Pulumi engine, and is noted while the compiler records the program:

* :class:`Settings` and :func:`setting`: a deploy-time value becomes Pulumi config and template parameter alike;
* :func:`cidr_blocks`: address arithmetic here, ``Fn::Cidr`` there;
* :func:`part`: one part of a text that only the deployment knows;
* :func:`export`: a stack output with a description;
* :class:`CustomResources`: how the handlers that the template needs in place of the provider are named and encrypted.

Importing this module costs nothing beyond Pulumi itself.
"""

from __future__ import annotations

import dataclasses
import ipaddress
import re
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from typing import Any, Protocol, Self, overload

import pulumi

from .errors import SettingError
from .tokens import Token


class Recording(Protocol):
    """What the recorder offers to this module while a program is being recorded."""

    def parameter(self, parameter: Parameter) -> Token | None: ...
    def cidr_blocks(self, block: str, count: int, host_bits: int) -> list[Token]: ...
    def part(self, text: str, separator: str, index: int) -> Token: ...
    def derived(self, output: pulumi.Output[Any], function: Callable[[Any], Any]) -> pulumi.Output[Any]: ...
    def describe_output(self, name: str, description: str) -> None: ...


recording: ContextVar[Recording | None] = ContextVar("recording", default=None)


@dataclasses.dataclass(frozen=True)
class Parameter:
    """The declaration of one deploy-time setting, with the words and limits of a CloudFormation parameter."""

    name: str
    """In the template's form, ``EnvironmentSuffix``; the Pulumi config key is ``environmentSuffix``."""
    description: str
    group: str = ""
    type: str = "String"
    """``String`` or ``Number``."""
    default: str | int | float | None = None
    optional: bool = False
    """May be left empty; what needs it is then left out (a ``Condition`` in the template)."""
    pattern: str = ""
    allowed_values: tuple[str | int, ...] = ()
    min_length: int | None = None
    max_length: int | None = None
    min_value: int | None = None
    max_value: int | None = None
    allowed: str = ""
    """The limits in words, for whoever typed a wrong value."""
    secret: bool = False
    """Nobody is shown its value (``NoEcho``)."""

    @property
    def config_key(self) -> str:
        return self.name[0].lower() + self.name[1:]

    def objection(self, value: object) -> str | None:
        """Say why ``value`` is not allowed, or return None when it is."""
        if value is None:
            return None if self.optional else "a value is needed"
        if self.type == "Number" and not (isinstance(value, int) and not isinstance(value, bool)):
            return "a whole number is needed"
        text = str(value)
        broken = (
            (self.allowed_values and value not in self.allowed_values)
            or (self.pattern and not re.fullmatch(self.pattern, text))
            or (self.min_length is not None and len(text) < self.min_length)
            or (self.max_length is not None and len(text) > self.max_length)
            or (self.min_value is not None and int(text) < self.min_value)
            or (self.max_value is not None and int(text) > self.max_value)
        )
        return self.limits() if broken else None

    def limits(self) -> str:
        """What is allowed, in words."""
        if self.allowed:
            return self.allowed
        if self.allowed_values:
            return "one of " + ", ".join(map(str, self.allowed_values))
        if self.type == "Number":
            return f"a whole number from {self.min_value} to {self.max_value}"
        return f"text that matches {self.pattern or '.*'}"


def setting(
    description: str,
    *,
    group: str,
    default: str | int | None = None,
    pattern: str = "",
    allowed_values: tuple[str | int, ...] = (),
    min_length: int | None = None,
    max_length: int | None = None,
    min_value: int | None = None,
    max_value: int | None = None,
    allowed: str = "",
) -> Any:
    """Declare one field of a :class:`Settings` class; its name and type come from the field itself.

    ``str`` gives a String, ``int`` a Number, ``str | None`` a String that may be left empty.
    """
    limits = {
        "description": description,
        "group": group,
        "default": default,
        "pattern": pattern,
        "allowed_values": allowed_values,
        "min_length": min_length,
        "max_length": max_length,
        "min_value": min_value,
        "max_value": max_value,
        "allowed": allowed,
    }
    return dataclasses.field(default=default, metadata={"limits": limits})


@dataclasses.dataclass(frozen=True)
class Settings:
    """Base of a program's deploy-time settings. Subclasses are frozen dataclasses of :func:`setting` fields.

    Raises:
        SettingError: on construction, naming every setting whose value is not allowed, what is allowed, and how to set
            it on both ways to AWS.
    """

    def __post_init__(self) -> None:
        objections = []
        for parameter in self.parameters():
            value = getattr(self, _snake_case(parameter.name))
            if isinstance(value, Token):
                continue
            objection = parameter.objection(value)
            if objection:
                objections.append(
                    f"{parameter.config_key}: {value!r} is not allowed; needed: {objection}. Set it with "
                    f"`pulumi config set {parameter.config_key} VALUE`, or in CloudFormation with the parameter "
                    f"{parameter.name}=VALUE."
                )
        if objections:
            raise SettingError("\n".join(objections))

    @classmethod
    def parameters(cls) -> tuple[Parameter, ...]:
        """The declarations, in the order of the fields."""
        hints = typing.get_type_hints(cls)
        return tuple(_parameter(field, hints[field.name]) for field in dataclasses.fields(cls))

    @classmethod
    def load(cls) -> Self:
        """Read the settings from the stack's config; while recording, give each a token.

        Raises:
            SettingError: naming every setting that is missing or not allowed.
        """
        recorder = recording.get()
        if recorder is not None:
            return cls(**{_snake_case(p.name): recorder.parameter(p) for p in cls.parameters()})
        config = pulumi.Config()
        return cls(**{_snake_case(p.name): _configured(p, config) for p in cls.parameters()})


def cidr_blocks(block: str, count: int, host_bits: int) -> list[str]:
    """Cut ``count`` consecutive blocks of ``2**host_bits`` addresses from the start of ``block``.

    Raises:
        SettingError: ``block`` is no network address or holds fewer than ``count`` such blocks.
    """
    recorder = recording.get()
    if recorder is not None:
        return list(recorder.cidr_blocks(block, count, host_bits))
    try:
        network = ipaddress.IPv4Network(block)
    except ValueError as error:
        raise SettingError(f"{block!r} is not an IPv4 network: {error}. Use the form 10.0.0.0/16.") from error
    available = network.num_addresses >> host_bits
    if available < count:
        raise SettingError(
            f"{block} holds {available} blocks of {2**host_bits} addresses, but {count} are needed. "
            f"Use a /{32 - host_bits - (count - 1).bit_length()} or larger."
        )
    subnets = network.subnets(new_prefix=32 - host_bits)
    return [str(next(subnets)) for _ in range(count)]


@overload
def part(text: str, separator: str, index: int) -> str: ...
@overload
def part(text: pulumi.Output[str], separator: str, index: int) -> pulumi.Output[str]: ...
def part(text: str | pulumi.Output[str], separator: str, index: int) -> str | pulumi.Output[str]:
    """Cut ``text`` at every ``separator`` and return the part at ``index``, counted from 0.

    Raises:
        SettingError: the text has no such part. In a template, CloudFormation refuses the deployment instead.
    """
    recorder = recording.get()
    if isinstance(text, pulumi.Output):
        derive = recorder.derived if recorder else pulumi.Output.apply
        return derive(text, lambda known: part(known, separator, index))
    if recorder is not None:
        return recorder.part(text, separator, index)
    parts = text.split(separator)
    if index >= len(parts):
        raise SettingError(f"{text!r} has {len(parts)} parts between {separator!r}, but part {index + 1} is needed.")
    return parts[index]


def export(name: str, value: object, description: str) -> None:
    """Export a stack output; in the template it carries ``description`` and an export name."""
    recorder = recording.get()
    if recorder is not None:
        recorder.describe_output(name, description)
    pulumi.export(name, value)


class CustomResources(pulumi.ComponentResource):
    """How the template's custom-resource handlers are named, logged, encrypted and tagged.

    Pulumi's provider empties buckets and closes default security groups by itself; CloudFormation needs a function to
    do so, which the compiler adds. It takes these inputs for that function, its role and its log group. Under the
    Pulumi engine this is an empty component.
    """

    TYPE = "cloudformation:program:CustomResources"

    def __init__(
        self,
        name: str,
        *,
        name_suffix: str,
        log_kms_key_arn: pulumi.Input[str],
        log_retention_days: pulumi.Input[int],
        tags: Mapping[str, str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        inputs = {
            "nameSuffix": name_suffix,
            "logKmsKeyArn": log_kms_key_arn,
            "logRetentionDays": log_retention_days,
            "tags": dict(tags),
        }
        super().__init__(self.TYPE, name, inputs, opts)
        self.register_outputs({})


def _configured(parameter: Parameter, config: pulumi.Config) -> object:
    text = config.get(parameter.config_key)
    if text is None or (text == "" and parameter.optional):
        return parameter.default
    if parameter.type == "Number" and re.fullmatch(r"-?\d+", text):
        return int(text)
    return text


def _parameter(field: dataclasses.Field[Any], hint: object) -> Parameter:
    limits: Mapping[str, Any] = field.metadata["limits"]
    members: Sequence[object] = typing.get_args(hint) if isinstance(hint, types.UnionType) else (hint,)
    name = "".join(word[0].upper() + word[1:] for word in field.name.split("_"))
    return Parameter(
        name=name,
        type="Number" if int in members else "String",
        optional=types.NoneType in members,
        **limits,
    )


def _snake_case(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
