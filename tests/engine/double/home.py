"""The folder that a provider double and a test share: what was done to the cloud, and what is to go wrong.

Nothing in here needs Pulumi.
"""

from __future__ import annotations

import dataclasses
import json
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

VARIABLE = "PROVIDER_DOUBLE_HOME"

CloudOperation = Literal["create", "update", "delete"]


@dataclass(frozen=True)
class Fault:
    """Something that goes wrong once, at the next ``operation`` on the resource of this name."""

    operation: CloudOperation
    name: str
    kind: Literal["refuse", "crash", "crash after", "hang"]
    """``refuse``: an error is answered. ``crash``: the process dies before anything is done. ``crash after``: it dies
    when all is done but before it answers. ``hang``: it does not answer."""


@dataclass(frozen=True)
class Event:
    """One thing done to the cloud."""

    operation: CloudOperation
    urn: str
    type: str
    id: str
    inputs: dict[str, Any] = field(default_factory=dict)
    outputs: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.urn.rpartition("::")[2]

    @property
    def key(self) -> tuple[str, str, int]:
        """What no two living things have in common: type and id (of a task definition, its revision too)."""
        return self.type, self.id, int(self.outputs.get("revision", 0))


class Cloud:
    """Everything that was created, and has not been deleted, in the order of creation. Shared through a file."""

    def __init__(self, path: Path | None) -> None:
        """Read what ``path`` says; without it, the cloud is in memory only."""
        self._path = path
        self._read = 0
        self.events: list[Event] = []
        self.alive: dict[tuple[str, str, int], Event] = {}
        """By :attr:`Event.key`: the creation or the last update."""
        self.creations: Counter[str] = Counter()
        """How often something was created, by URN."""
        self.refresh()

    def refresh(self) -> None:
        """Take in what other processes have written."""
        if self._path is None or not self._path.exists():
            return
        with self._path.open("rb") as file:
            file.seek(self._read)
            for line in file:
                if not line.endswith(b"\n"):
                    break
                self._read += len(line)
                self._apply(Event(**json.loads(line)))

    def record(self, event: Event) -> None:
        """Do it, and write it down before anybody can be told."""
        if self._path is None:
            self._apply(event)
            return
        with self._path.open("ab") as file:
            file.write(json.dumps(dataclasses.asdict(event)).encode() + b"\n")
        self.refresh()

    def _apply(self, event: Event) -> None:
        self.events.append(event)
        if event.operation == "delete":
            self.alive.pop(event.key, None)
        else:
            self.alive[event.key] = event
        if event.operation == "create":
            self.creations[event.urn] += 1


class Home:
    """The folder itself; without one (started by the real command line) there are no faults and nothing is kept."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    @classmethod
    def from_environment(cls) -> Home:
        text = os.environ.get(VARIABLE)
        return cls(Path(text) if text else None)

    @property
    def environment(self) -> dict[str, str]:
        """The variables that lead a process to this folder."""
        return {VARIABLE: str(self._folder)} if self._folder else {}

    def cloud(self) -> Cloud:
        return Cloud(self._folder / "cloud.jsonl" if self._folder else None)

    def inject(self, faults: Sequence[Fault]) -> None:
        """Add faults to those still to come."""
        self._write([*self._faults(), *faults])

    def take(self, operation: CloudOperation, name: str) -> Fault | None:
        """The fault for this operation, which thereby has happened."""
        faults = self._faults()
        for fault in faults:
            if (fault.operation, fault.name) == (operation, name):
                faults.remove(fault)
                self._write(faults)
                return fault
        return None

    def _faults(self) -> list[Fault]:
        path = self._folder / "faults.json" if self._folder else None
        return [Fault(**item) for item in json.loads(path.read_text())] if path and path.exists() else []

    def _write(self, faults: Sequence[Fault]) -> None:
        if self._folder is not None:
            text = json.dumps([dataclasses.asdict(item) for item in faults])
            (self._folder / "faults.json").write_text(text)
