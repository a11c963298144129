"""Starting, finding and stopping the emulator's process."""

from __future__ import annotations

import dataclasses
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cloudformation import emulator
from cloudformation.emulator import control
from cloudformation.emulator.state import write_state

from .conftest import Cloud


def within(seconds: float, condition: Callable[[], bool]) -> bool:
    """Whether a condition comes true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def alive(pid: int) -> bool:
    """Whether a process is there and is no zombie."""
    listing = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return bool(listing.stdout.strip()) and not listing.stdout.startswith("Z")


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A project's emulator folder. A test takes over what the one before it has left running there."""
    folder = tmp_path_factory.mktemp("project")
    yield folder
    emulator.stop(folder)


def test_starts_once_is_found_and_stops(directory: Path, cloud: Cloud) -> None:
    """A second start finds the first; after the stop neither process nor state is left, and another one runs on."""
    state = emulator.start(directory)
    assert state.port != cloud.state.port
    assert emulator.start(directory) == state
    assert emulator.running(directory) == state
    assert emulator.stop(directory)
    assert emulator.running(directory) is None
    assert within(5, lambda: not alive(state.pid))
    assert not (directory / "state.json").exists()
    assert not emulator.stop(directory)
    assert cloud.leftovers() == []


def test_idle_emulator_ends_by_itself(directory: Path) -> None:
    """Nothing lingers: after the idle time the process is gone, and its state with it; being looked for is no use."""
    state = emulator.start(directory, idle_seconds=1)
    assert within(20, lambda: emulator.running(directory) is None and not alive(state.pid))
    assert not (directory / "state.json").exists()


def test_emulator_that_hangs_is_ended(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that answers no more is ended by its process id."""
    state = emulator.start(directory)
    monkeypatch.setattr(control, "ANSWER_SECONDS", 0.5)
    monkeypatch.setattr(control, "STOP_SECONDS", 2.0)
    os.kill(state.pid, signal.SIGSTOP)
    assert emulator.stop(directory)
    assert within(5, lambda: not alive(state.pid))


def test_killed_emulator_is_not_taken_for_a_running_one(tmp_path: Path, cloud: Cloud) -> None:
    """A state file that its process left behind is seen through, also when its port is another emulator's by now."""
    left_behind = dataclasses.replace(cloud.state, identity="f" * 32, pid=2**22 - 1)
    write_state(tmp_path / "state.json", left_behind)
    assert emulator.running(tmp_path) is None
    write_state(tmp_path / "state.json", dataclasses.replace(left_behind, port=1))
    assert emulator.running(tmp_path) is None


@pytest.mark.parametrize("text", ["", "{", '{"identity": "x"}', "[]"])
def test_damaged_state_counts_as_none(tmp_path: Path, text: str) -> None:
    """Whatever stands in the file, the question is answered."""
    (tmp_path / "state.json").write_text(text)
    assert emulator.running(tmp_path) is None
    assert not emulator.stop(tmp_path)


def test_stop_leaves_other_processes_alone(tmp_path: Path) -> None:
    """A process that got the emulator's old process id is not ours to end."""
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as stranger:
        state = {"identity": "f" * 32, "pid": stranger.pid, "port": 1, "log_file": "none"}
        (tmp_path / "state.json").write_text(json.dumps(state))
        assert not emulator.stop(tmp_path)
        assert stranger.poll() is None
        assert not (tmp_path / "state.json").exists()
        stranger.kill()


def test_test_emulator_ends_with_the_process_that_started_it(tmp_path: Path) -> None:
    """The context manager's emulator is gone even when its owner is killed."""
    program = (
        "import sys, time\n"
        "from cloudformation import emulator\n"
        "with emulator.emulator() as state:\n"
        "    print(state.pid, flush=True)\n"
        "    time.sleep(60)\n"
    )
    owner = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, env=os.environ | {"TMPDIR": str(tmp_path)}
    )
    assert owner.stdout is not None
    with owner, owner.stdout:
        pid = int(owner.stdout.readline())
        owner.kill()
    assert within(10, lambda: not alive(pid))


def test_clients_are_kept_from_the_real_account(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever credentials and profiles surround it, a client of the emulator gets none of them."""
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_SECRET_ACCESS_KEY", "AWS_ENDPOINT_URL_S3"):
        monkeypatch.setenv(name, "real")
    environment = emulator.environment("http://127.0.0.1:1")
    assert "real" not in environment.values()
    assert environment["AWS_CONFIG_FILE"] == environment["AWS_SHARED_CREDENTIALS_FILE"] == os.devnull


def test_failed_start_names_the_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An emulator that cannot come up is an error with its last words and its log, not a wait without end."""
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(emulator.EmulatorError, match=r"emulator\.log"):
        emulator.start(tmp_path)
