"""What a stack is: its template, its resources, its events, its change sets."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from .account import ACCOUNT_ID, PARTITION, REGION
from .resources import Record
from .template import Template


def arn(kind: str, name: str) -> str:
    """A new ARN of a stack or change set."""
    return f"arn:{PARTITION}:cloudformation:{REGION}:{ACCOUNT_ID}:{kind}/{name}/{uuid.uuid4()}"


@dataclass(frozen=True)
class Event:
    """One line of a stack's history."""

    stack_id: str
    stack_name: str
    logical_id: str
    physical_id: str
    resource_type: str
    status: str
    reason: str
    token: str
    time: datetime = field(default_factory=lambda: datetime.now(UTC))
    event_id: str = field(default_factory=lambda: str(uuid.uuid4()))


@dataclass
class StackResource:
    """A resource as its stack sees it."""

    record: Record
    needs: tuple[str, ...]
    """The logical ids of the resources that it refers to or depends on."""
    policies: Mapping[str, str]
    """``DeletionPolicy`` and ``UpdateReplacePolicy``, as far as the template gives them."""
    status: str = ""
    reason: str = ""
    time: datetime = field(default_factory=lambda: datetime.now(UTC))


@dataclass(frozen=True)
class Output:
    """One output of a stack."""

    key: str
    value: str
    description: str
    export: str


@dataclass(frozen=True)
class Plan:
    """What a stack is to become."""

    template: Template
    parameters: Mapping[str, Any]
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass
class ChangeSet:
    """A plan that waits to be carried out."""

    name: str
    kind: str
    """``CREATE`` or ``UPDATE``."""
    plan: Plan
    description: str
    changes: Sequence[Mapping[str, Any]]
    id: str
    status: str = "CREATE_COMPLETE"
    execution_status: str = "AVAILABLE"
    reason: str = ""
    time: datetime = field(default_factory=lambda: datetime.now(UTC))


@dataclass
class Progress:
    """What one update has done so far; enough to undo it."""

    created: list[StackResource] = field(default_factory=list)
    updated: list[tuple[StackResource, dict[str, Any]]] = field(default_factory=list)
    """Resources changed in place, each with the properties that it had."""
    replaced: list[tuple[StackResource, StackResource]] = field(default_factory=list)
    """Old and new resource of the same logical id; the old one still exists."""
    kept: list[tuple[StackResource, StackResource]] = field(default_factory=list)
    """Resources that go on, each with its new declaration."""


@dataclass
class Stack:
    """A stack, living or deleted."""

    name: str
    id: str
    status: str = "REVIEW_IN_PROGRESS"
    reason: str = ""
    plan: Plan = field(default_factory=lambda: Plan(Template(), {}))
    resources: dict[str, StackResource] = field(default_factory=dict)
    gone: list[StackResource] = field(default_factory=list)
    """What the last operation deleted or left behind."""
    outputs: tuple[Output, ...] = ()
    events: list[Event] = field(default_factory=list)
    change_sets: dict[str, ChangeSet] = field(default_factory=dict)
    created: datetime = field(default_factory=lambda: datetime.now(UTC))
    updated: datetime | None = None
    deleted: datetime | None = None
    unfinished: Progress | None = None
    """What a roll-back could not bring back."""
    token: str = ""
    """Groups the events of one operation."""

    @property
    def listed(self) -> list[StackResource]:
        """The resources as CloudFormation lists them: of a stack that was taken down, those that it had."""
        down = self.status in {"DELETE_COMPLETE", "DELETE_FAILED", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED"}
        return [*(self.gone if down else ()), *self.resources.values()]

    def set_status(self, status: str, reason: str = "") -> None:
        """Enter a state, and write it into the history."""
        self.status, self.reason = status, reason
        self._event(self.name, self.id, "AWS::CloudFormation::Stack", status, reason)

    def set_resource_status(self, resource: StackResource, status: str, reason: str = "") -> None:
        """Let a resource enter a state, and write it into the history."""
        resource.status, resource.reason, resource.time = status, reason, datetime.now(UTC)
        record = resource.record
        self._event(record.logical_id, record.physical_id, record.type_name, status, reason)

    def _event(self, logical_id: str, physical_id: str, resource_type: str, status: str, reason: str) -> None:
        event = Event(self.id, self.name, logical_id, physical_id, resource_type, status, reason, self.token)
        self.events.append(event)
