"""Which emulator is running here: a small file beside it, and the pages that it answers itself."""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

HEALTH_PATH = "/_emulator/health"
LEFTOVERS_PATH = "/_emulator/leftovers"
RESOURCES_PATH = "/_emulator/resources/"
STOP_PATH = "/_emulator/stop"
RESPONSE_PATH = "/_emulator/response/"


@dataclass(frozen=True)
class State:
    """What is written down of a running emulator."""

    identity: str
    pid: int
    port: int
    log_file: str

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def remove_from(self, path: Path) -> None:
        """Remove the file, unless it speaks of another emulator by now."""
        if read_state(path) == self:
            path.unlink(missing_ok=True)


def write_state(path: Path, state: State) -> None:
    """Write the file in one step, so that nobody reads half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    with os.fdopen(descriptor, "w") as file:
        json.dump(asdict(state), file, indent=2)
    Path(temporary).replace(path)


def read_state(path: Path) -> State | None:
    """What the file says; None when there is none or it is damaged."""
    try:
        return State(**json.loads(path.read_text()))
    except (OSError, ValueError, TypeError):
        return None
