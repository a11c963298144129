"""Change sets: what CloudFormation says that a deployment would do, before it does it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .aws_cli import AwsCli

NO_CHANGES = "No changes to deploy"
_ID = re.compile(r"arn:[\w-]+:cloudformation:\S+:changeSet/\S+")

ADD, REMOVE, MODIFY = "Add", "Remove", "Modify"


@dataclass(frozen=True)
class Cause:
    """Why a resource changes, or may."""

    place: str
    """The property, or what else of the resource is concerned (``Metadata``)."""
    recreation: str
    """``Never``, ``Conditionally`` or ``Always``: whether the change makes another resource."""
    sure: bool
    """Whether it is known that the value changes; if not, that depends on what happens to another resource."""
    entity: str
    """The parameter, resource or attribute that it comes from; empty for a change of the template itself."""

    @property
    def resource(self) -> str:
        """The logical id in ``entity``, if it is a resource."""
        return self.entity.partition(".")[0]

    def __str__(self) -> str:
        return f"{self.place} ({self.entity})" if self.entity else self.place


@dataclass(frozen=True)
class Change:
    """What would happen to one resource."""

    action: str
    """``Add``, ``Modify``, ``Remove``, or another of CloudFormation's words."""
    logical_id: str
    type: str
    replacement: str = ""
    """``True``, ``False`` or ``Conditional``; empty when nothing is said."""
    policy: str = ""
    """What becomes of the one that goes: ``Delete``, ``Retain``, ``Snapshot``, ``ReplaceAndDelete`` ..."""
    causes: tuple[Cause, ...] = ()

    @property
    def kept(self) -> str:
        """``Retain``, ``Snapshot``, or empty when nothing is kept."""
        policy = self.policy.removeprefix("ReplaceAnd")
        return "" if policy == "Delete" else policy


@dataclass(frozen=True)
class ChangeSet:
    """A deployment that waits to be carried out."""

    id: str
    changes: tuple[Change, ...]

    def find(self, logical_id: str) -> Change | None:
        """The change of one resource."""
        return next((change for change in self.changes if change.logical_id == logical_id), None)


def change_set_id(output: str) -> str:
    """The id in what ``aws cloudformation deploy --no-execute-changeset`` writes; empty when nothing changes."""
    found = _ID.search(output)
    return found[0] if found else ""


def read_change_set(cli: AwsCli, identity: str) -> ChangeSet:
    """Ask CloudFormation what a change set would do.

    Raises:
        AwsCliError: it cannot be asked.
    """
    answer = cli.query("cloudformation", "describe-change-set", "--change-set-name", identity)
    entries = [item["ResourceChange"] for item in answer["Changes"] if item.get("Type") == "Resource"]
    return ChangeSet(identity, tuple(map(parse_change, entries)))


def parse_change(entry: Mapping[str, Any]) -> Change:
    """Read a ``ResourceChange`` of the API."""
    return Change(
        action=entry["Action"],
        logical_id=entry["LogicalResourceId"],
        type=entry["ResourceType"],
        replacement=entry.get("Replacement", ""),
        policy=entry.get("PolicyAction", ""),
        causes=tuple(dict.fromkeys(map(_cause, entry.get("Details", ())))),
    )


def _cause(detail: Mapping[str, Any]) -> Cause:
    target = detail.get("Target", {})
    return Cause(
        place=target.get("Name") or target.get("Attribute", ""),
        recreation=target.get("RequiresRecreation", "Never"),
        sure=detail.get("Evaluation") == "Static",
        entity=detail.get("CausingEntity", ""),
    )
