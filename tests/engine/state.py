"""What the engine remembers of a stack between operations, written down after every step.

Secrets stay marked as such, with their text readable inside the mark (as in ``pulumi stack export --show-secrets``):
this is the state of a stack that exists only in tests.
"""

from __future__ import annotations

import dataclasses
import fcntl
import graphlib
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .results import EngineError
from .values import Properties

STACK_TYPE = "pulumi:pulumi:Stack"
PROVIDER_PREFIX = "pulumi:providers:"


@dataclass(frozen=True)
class Resource:
    """One resource as it was last known."""

    urn: str
    type: str
    custom: bool
    inputs: Properties
    outputs: Properties = field(default_factory=dict)
    id: str = ""
    parent: str = ""
    provider: str = ""
    """``URN::id`` of the provider that manages it; empty for components, the stack and providers themselves."""
    dependencies: tuple[str, ...] = ()
    property_dependencies: dict[str, tuple[str, ...]] = field(default_factory=dict)
    protect: bool = False
    retain_on_delete: bool = False
    external: bool = False
    """Only read, by ``Type.get``: not ours to delete."""
    condemned: bool = False
    """Replaced by a newer one of the same URN, and still to be deleted."""

    @property
    def name(self) -> str:
        return self.urn.rpartition("::")[2]

    @property
    def key(self) -> str:
        """What tells it apart in the state: its URN, and for a condemned one (there may be several) its id too."""
        return f"{self.urn}::{self.id}" if self.condemned else self.urn

    @property
    def is_provider(self) -> bool:
        return self.type.startswith(PROVIDER_PREFIX)

    def needs(self) -> set[str]:
        """URNs of everything that must exist before this resource, and is deleted after it."""
        provider = self.provider.rpartition("::")[0]
        of_inputs = {urn for urns in self.property_dependencies.values() for urn in urns}
        return {urn for urn in (self.parent, provider, *self.dependencies, *of_inputs) if urn}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Resource:
        dependencies = {name: tuple(urns) for name, urns in data.pop("property_dependencies").items()}
        return cls(**{**data, "dependencies": tuple(data["dependencies"])}, property_dependencies=dependencies)


@dataclass(frozen=True)
class PendingOperation:
    """An operation that was begun; it is still listed only if the engine itself was stopped before it ended."""

    operation: str
    """``creating``, ``updating`` or ``deleting``."""
    urn: str


class StateFile:
    """The stack's state on disk: a file of JSON lines, each of which says what changed.

    A line is appended for every step, so a step costs as much as it changes, however large the stack is; a line that
    was cut off when the engine was killed is as if it had not been begun.
    """

    def __init__(self, path: Path) -> None:
        """Read what ``path`` says; a file that is not there is an empty stack."""
        self._path = path
        self._known: dict[str, Resource] = {}
        self.pending: tuple[PendingOperation, ...] = ()
        for line in path.read_text().splitlines(keepends=True) if path.exists() else ():
            if line.endswith("\n"):
                self._apply(json.loads(line))

    @property
    def resources(self) -> tuple[Resource, ...]:
        return tuple(self._known.values())

    def write(self, resources: Sequence[Resource], pending: Sequence[PendingOperation]) -> None:
        """Make the state on disk this one. Resources that are the same objects as before are not looked at."""
        current = {item.key: item for item in resources}
        line = {
            "put": [dataclasses.asdict(item) for key, item in current.items() if self._known.get(key) is not item],
            "drop": [key for key in self._known if key not in current],
            "pending": [dataclasses.asdict(item) for item in pending],
        }
        with self._path.open("a") as file:
            file.write(json.dumps(line) + "\n")
        self._known, self.pending = current, tuple(pending)

    def compact(self) -> None:
        """Put the whole state into one line."""
        whole = StateFile(self._path.with_suffix(".new"))
        whole._path.unlink(missing_ok=True)
        whole._known = {}
        whole.write(self.resources, self.pending)
        whole._path.replace(self._path)

    def _apply(self, line: dict[str, Any]) -> None:
        for key in line["drop"]:
            self._known.pop(key)
        for data in line["put"]:
            resource = Resource.from_json(data)
            self._known[resource.key] = resource
        self.pending = tuple(PendingOperation(**item) for item in line["pending"])

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other operations off this stack.

        Raises:
            EngineError: another operation is running on it.
        """
        with self._path.with_suffix(".lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise EngineError(
                    f"the stack in {self._path.parent} is locked by another operation. "
                    "Wait for it, or use another home."
                ) from error
            yield


def deletion_order(doomed: Sequence[Resource]) -> list[Resource]:
    """Sort so that whatever needs another is deleted before it."""
    by_urn: dict[str, list[int]] = {}
    for index, resource in enumerate(doomed):
        by_urn.setdefault(resource.urn, []).append(index)
    sorter: graphlib.TopologicalSorter[int] = graphlib.TopologicalSorter()
    for index, resource in enumerate(doomed):
        sorter.add(index, *(other for urn in resource.needs() for other in by_urn.get(urn, ())))
    return [doomed[index] for index in reversed(list(sorter.static_order()))]
