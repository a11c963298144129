"""Starts, finds and stops the emulator: a process of its own, so that it survives the command that started it."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ..errors import CloudFormationError
from .account import CREDENTIALS, REGION
from .state import HEALTH_PATH, LEFTOVERS_PATH, RESOURCES_PATH, STOP_PATH, State, read_state

DIRECTORY = Path(".emulator")
"""Where the emulator of a project writes its state and log, relative to the project."""

IDLE_SECONDS = 3600.0
START_SECONDS = 60.0
STOP_SECONDS = 10.0
ANSWER_SECONDS = 5.0
"""How long an emulator may take to say that it is there; a busy one is slow."""


class EmulatorError(CloudFormationError):
    """The emulator did not start, or could not be reached."""


def running(directory: Path = DIRECTORY) -> State | None:
    """The emulator that is running here and answers; None when there is none, whatever an old state file says."""
    state = read_state(_state_file(directory))
    return state if state and _answers(state) else None


def start(
    directory: Path = DIRECTORY,
    *,
    idle_seconds: float = IDLE_SECONDS,
    seconds_per_resource: float = 0.0,
    with_parent: bool = False,
) -> State:
    """Start an emulator, or return the one that is running here already.

    Raises:
        EmulatorError: it did not come up; the message names its log.
    """
    directory.mkdir(parents=True, exist_ok=True)
    with _only_one(directory):
        state = running(directory)
        if state:
            return state
        _state_file(directory).unlink(missing_ok=True)
        return _launch(directory, idle_seconds, seconds_per_resource, with_parent)


def stop(directory: Path = DIRECTORY) -> bool:
    """Stop the emulator that is running here; return whether there was one.

    A process that no longer answers is ended by its process id, but only if that still is our emulator's.
    """
    path = _state_file(directory)
    state = read_state(path)
    if state is None:
        return False
    alive = _is_process(state)
    if _answers(state):
        _get(f"{state.endpoint}{STOP_PATH}?{state.identity}")
        _gone_within(state, STOP_SECONDS)
    for number in (signal.SIGTERM, signal.SIGKILL):
        if _is_process(state):
            os.kill(state.pid, number)
            _gone_within(state, STOP_SECONDS / 5)
    path.unlink(missing_ok=True)
    return alive


def leftovers(endpoint: str) -> list[str]:
    """What exists in the emulated account that was not there at first, as ``type name``; asked of the back ends.

    Raises:
        EmulatorError: there is no emulator at ``endpoint``.
    """
    return [str(item) for item in _page(endpoint, LEFTOVERS_PATH)]


def stack_resources(endpoint: str, stack: str) -> list[dict[str, Any]]:
    """The resources of a stack as the emulator was asked for them, for comparisons.

    Each has ``LogicalResourceId``, ``ResourceType``, ``PhysicalResourceId``, ``Properties`` (no functions in them any
    more) and ``Attributes`` (those that the template uses; ``Ref`` is among them if it does).

    Raises:
        EmulatorError: there is no emulator at ``endpoint``.
    """
    found: list[dict[str, Any]] = _page(endpoint, RESOURCES_PATH + stack)
    return found


@contextmanager
def emulator(*, seconds_per_resource: float = 0.0) -> Iterator[State]:
    """An emulator for the time of a test: gone with the ``with`` block, and with the process if that is killed."""
    with TemporaryDirectory(prefix="emulator-") as directory:
        try:
            yield start(Path(directory), seconds_per_resource=seconds_per_resource, with_parent=True)
        finally:
            stop(Path(directory))


def environment(endpoint: str) -> dict[str, str]:
    """This process's environment, so changed that AWS clients started with it talk to the emulator and nobody else."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
    return (
        kept
        | CREDENTIALS
        | {
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_PAGER": "",
            # An emulator that is gone does not come back by being asked again.
            "AWS_MAX_ATTEMPTS": "1",
            "NO_PROXY": "127.0.0.1",
            "no_proxy": "127.0.0.1",
        }
    )


def _page(endpoint: str, path: str) -> Any:
    try:
        return json.loads(_get(endpoint + path))
    except (OSError, ValueError) as error:
        raise EmulatorError(f"The emulator at {endpoint} does not answer: {error}. Start it again.") from error


def _launch(directory: Path, idle_seconds: float, seconds_per_resource: float, with_parent: bool) -> State:
    log_file = directory / "emulator.log"
    identity = uuid.uuid4().hex
    command = [sys.executable, "-m", f"{__package__}", identity, str(_state_file(directory).absolute())]
    command += [str(log_file), str(idle_seconds), str(seconds_per_resource), str(int(with_parent))]
    root = str(Path(__file__).resolve().parents[2])
    with log_file.open("w") as log:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE if with_parent else subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            # Roles attach AWS's managed policies; moto has them, but loads them only when told to.
            env=environment("") | {"PYTHONPATH": root, "MOTO_IAM_LOAD_MANAGED_POLICIES": "true"},
            start_new_session=True,
        )
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        state = running(directory)
        if state and state.identity == identity:
            return state
        time.sleep(0.05)
    process.kill()
    process.wait()
    last = log_file.read_text().strip().splitlines()[-1:] or ["nothing"]
    raise EmulatorError(f"The emulator did not start (its last words: {last[0]}). Look into {log_file}.")


def _state_file(directory: Path) -> Path:
    return directory / "state.json"


@contextmanager
def _only_one(directory: Path) -> Iterator[None]:
    """Two commands at once must not start two emulators for one project."""
    with (directory / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _answers(state: State) -> bool:
    try:
        return bool(json.loads(_get(state.endpoint + HEALTH_PATH))["identity"] == state.identity)
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _get(url: str) -> bytes:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url, timeout=ANSWER_SECONDS) as response:
        body: bytes = response.read()
    return body


def _is_process(state: State) -> bool:
    """Whether the process id still belongs to our emulator: its identity stands on its command line."""
    try:
        if os.waitpid(state.pid, os.WNOHANG)[0]:
            return False
    except ChildProcessError:
        pass
    command_line = Path(f"/proc/{state.pid}/cmdline")
    if command_line.parent.parent.joinpath("self").exists():
        try:
            return state.identity in command_line.read_text()
        except OSError:
            return False
    # Where there is no /proc (macOS).
    listing = ["ps", "-o", "args=", "-p", str(state.pid)]
    return state.identity in subprocess.run(listing, capture_output=True, text=True, check=False).stdout


def _gone_within(state: State, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while _is_process(state):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True
