"""The compiled template as data, before it is written as YAML."""

from __future__ import annotations

from dataclasses import dataclass, field

from .errors import Position
from .graph import MapValue, Value
from .program import Parameter


@dataclass(frozen=True)
class TemplateResource:
    logical_id: str
    type: str
    properties: MapValue
    urn: str
    title: str
    """Pulumi type and name of the registration that it stands for."""
    layer: str | None
    """URN of the outermost component it belongs to."""
    position: Position | None
    depends_on: tuple[str, ...] = ()
    condition: str | None = None
    deletion_policy: str | None = None
    metadata: MapValue = field(default_factory=lambda: MapValue({}))


@dataclass(frozen=True)
class TemplateOutput:
    logical_id: str
    value: Value
    description: str
    condition: str | None = None


@dataclass(frozen=True)
class Template:
    description: str
    region: str
    parameters: tuple[Parameter, ...]
    conditions: tuple[tuple[str, Value], ...]
    resources: tuple[TemplateResource, ...]
    outputs: tuple[TemplateOutput, ...]
