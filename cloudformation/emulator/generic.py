"""Resources that no real back end stands behind: kept in memory, checked and answered by their schema alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from . import attributes
from .errors import ResourceError
from .resources import Record


class GenericHandler:
    """Any resource type: create, update and delete work on a store of records.

    What is not emulated: any behaviour of the service. No check goes beyond the schema's; nothing happens over time.
    """

    def __init__(self) -> None:
        self._records: dict[tuple[str, ...], Record] = {}

    def create(self, record: Record) -> None:
        key = identity(record)
        if key in self._records:
            raise ResourceError(f"{key[-1]} already exists")
        record.physical_id = attributes.ref(record)
        self._records[key] = record

    def update(self, record: Record, properties: Mapping[str, Any]) -> None:
        self._existing(record)
        record.properties = dict(properties)

    def delete(self, record: Record) -> None:
        self._existing(record)
        del self._records[identity(record)]

    def attribute(self, record: Record, name: str) -> Any:
        self._existing(record)
        return attributes.attribute(record, name)

    def _existing(self, record: Record) -> None:
        if self._records.get(identity(record)) is not record:
            raise ResourceError(f"{record} does not exist")

    def __iter__(self) -> Iterator[Record]:
        return iter(self._records.values())


def identity(record: Record) -> tuple[str, ...]:
    """What may exist once only: the type and the values that identify the resource, ending in its name.

    Where AWS makes the identifier up, a name that is fixed at creation serves, together with what it is a name within
    (``Scope``, ``DBProxyName``); where there is none, every resource is a new one.
    """
    schema = record.schema
    parts = [name for name in schema.identifier if name not in schema.read_only]
    if len(parts) < len(schema.identifier) or not parts:
        name = schema.name_property
        if name is None or name not in schema.create_only or name not in record.properties:
            return (record.type_name, record.seed)
        within = [
            p for p in schema.create_only if p.endswith(("Name", "Id", "Arn", "Identifier", "Scope")) and p != name
        ]
        parts = [*within, name]
    return (record.type_name, *(str(record.properties.get(part, record.name)) for part in parts))
