"""What the emulator knows of one live resource, and what it needs of whatever stands behind a resource type."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from .schemas import ResourceSchema


@dataclass
class Record:
    """One resource of a stack, from the moment that its creation starts."""

    stack_name: str
    logical_id: str
    schema: ResourceSchema
    properties: dict[str, Any]
    """All intrinsic functions resolved, scalars typed by the schema."""
    name: str
    """The physical name: given in the properties, or made up."""
    physical_id: str = ""
    """What ``Ref`` returns; set by the handler."""
    answer: Mapping[str, Any] = field(default_factory=dict)
    """What the back end answered when it made the resource."""
    seed: str = field(default_factory=lambda: uuid.uuid4().hex)
    """Distinguishes this resource from its predecessors of the same name, in invented ids."""

    @property
    def type_name(self) -> str:
        return self.schema.type_name

    def __str__(self) -> str:
        return f"{self.type_name} {self.physical_id or self.logical_id}"


class Handler(Protocol):
    """Makes, changes and removes the resources of one or more types. Every method raises ResourceError on refusal."""

    def create(self, record: Record) -> None:
        """Make the resource and fill in ``record.physical_id``."""

    def update(self, record: Record, properties: Mapping[str, Any]) -> None:
        """Change the resource in place from ``record.properties`` to ``properties``, and keep them in the record."""

    def delete(self, record: Record) -> None:
        """Remove the resource."""

    def attribute(self, record: Record, name: str) -> Any:
        """What ``Fn::GetAtt`` returns."""
