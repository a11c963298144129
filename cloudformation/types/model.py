"""The words in which a service module says how Pulumi's types become CloudFormation's.

An input needs no rule when CloudFormation has a property of the same name, apart from upper and lower case, in the same
place. Every rule is an exception and carries its reason.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ..graph import Path, Program, Resource, Value
from ..schema import Schema

SAME_MEANING = "CloudFormation's name for it"


@dataclass(frozen=True)
class To:
    """The input stands under another name. ``name`` may lead inwards (``StreamEncryption.KeyId``) from the object that
    the input's own object became."""

    name: str
    reason: str = SAME_MEANING
    convert: Callable[[Value], Value] | None = None
    """Changes the form of the value (a unit, a shape); raises ValueError saying what cannot be changed."""
    left_out_when_ignored: str = ""
    """Why the template must not set it when the program lists it in ``ignore_changes``; empty when it must."""
    also: Mapping[str, str] = field(default_factory=dict)
    """Properties beside it that say in CloudFormation what the input's own name says in Pulumi."""


@dataclass(frozen=True)
class Drop:
    """The input tells Pulumi's provider something that CloudFormation has no use for."""

    reason: str
    only: tuple[str | int | bool | None, ...] | None = None
    """The values for which that is so; any other is an error."""


@dataclass(frozen=True)
class Spread:
    """The input's members stand directly in the object around it; each may have a rule of its own."""

    reason: str


@dataclass(frozen=True)
class Entry:
    """The input is one entry of a list of key-value pairs, ``LoadBalancerAttributes`` say."""

    list: str
    key: str
    reason: str
    key_name: str = "Key"
    value_name: str = "Value"


Rule = To | Drop | Spread | Entry


@dataclass(frozen=True)
class Ref:
    """What ``Ref`` returns."""


@dataclass(frozen=True)
class GetAtt:
    """What ``Fn::GetAtt`` returns for ``name``."""

    name: str


@dataclass(frozen=True)
class Text:
    """Text built around what CloudFormation does return: ``${Ref}``, ``${GetAtt:Name}`` and pseudo parameters."""

    template: str


Expression = Ref | GetAtt | Text


@dataclass(frozen=True)
class Explicit:
    """A property written out because leaving it out means different things on the two ways."""

    value: object
    reason: str


@dataclass(frozen=True)
class ResourceType:
    """How one Pulumi type becomes one CloudFormation type."""

    pulumi: str
    cloudformation: str
    properties: Mapping[str, Rule] = field(default_factory=dict)
    """Rules by input, in Pulumi's names; nested inputs as ``healthCheck.path`` whatever lists lie between."""
    attributes: Mapping[str, Expression] = field(default_factory=dict)
    """Outputs that other resources may use, in Pulumi's names: ``arn``, ``masterUserSecrets[0].secretArn``."""
    explicit: Mapping[str, Explicit] = field(default_factory=dict)
    """Properties added when no input gives them."""
    versioned_by: str = ""
    """An input whose change must make a new resource: its digest ends the logical id."""
    autoname: str = ""
    """A name that CloudFormation requires and Pulumi makes up; it gets the resource's Pulumi name."""
    stateful: bool = False
    """Holds data or keys: what happens on deletion and replacement is always written out."""
    schema: Schema | None = None
    """For types that AWS does not publish a schema of: custom resources."""
    short: tuple[str, ...] = ()
    """Abbreviations by which a resource's name may say its type already (``rtb``), so that the logical id need not."""

    @property
    def noun(self) -> str:
        return self.pulumi.rpartition(":")[2]


@dataclass(frozen=True)
class Folded:
    """A Pulumi type that CloudFormation has as part of another resource."""

    pulumi: str
    parent: str | Callable[[Resource, Mapping[str, Resource]], str | None]
    """The input that names the resource it belongs to, or a function that finds that resource's URN."""
    into: str
    """Pulumi type of the resource in whose properties it ends."""
    reason: str
    under: str = ""
    """Where in the parent it stands: ``Integration``; empty for the parent's own properties."""
    append: bool = False
    """It is one element of the list at ``under``."""
    element: str = ""
    """The input that is that element, when the list holds plain values."""
    properties: Mapping[str, Rule] = field(default_factory=dict)
    attributes: Mapping[str, Expression] = field(default_factory=dict)
    """Outputs in terms of the parent."""


@dataclass(frozen=True)
class Expansion:
    """What one recorded resource becomes before it is mapped: itself, changed, and others beside it."""

    resources: tuple[Resource, ...]
    completing: tuple[str, ...] = ()
    """URNs of new resources that whoever uses the original must wait for, too."""
    became: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """By input that the original lost: the URN of the new resource that stands for it, and the input there that holds
    its value; an empty text when the new resource as a whole does what the input says."""


@dataclass(frozen=True)
class Expanded:
    """A Pulumi type that CloudFormation has as several resources, or as a custom resource."""

    pulumi: str
    expand: Callable[[Resource, Program], Expansion]
    reason: str


TypeEntry = ResourceType | Folded


@functools.cache
def parse_path(text: str) -> Path:
    """``a.b[0].c`` as its steps."""
    return tuple(int(step) if step.isdigit() else step for step in re.findall(r"[^.\[\]]+", text))
