"""What is left when something goes wrong on the way, and that the next run goes on from there."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import FIXTURES, REGION
from .double.home import Fault
from .engine import Engine
from .provider_client import PACKAGE_ROOT
from .results import EngineError, ResourceError
from .state import StateFile

Start = Callable[..., Engine]


def names(engine: Engine) -> list[str]:
    """The custom resources in the state."""
    return sorted(item.name for item in engine.state if item.custom and not item.is_provider)


def alive(engine: Engine) -> list[str]:
    """What exists in the double's cloud."""
    return sorted(event.name for event in engine.cloud.alive.values())


def test_provider_dies_while_creating(start: Start) -> None:
    """The state holds what was created and nothing else; the next run creates the rest and only that."""
    engine = start("chain.py")
    engine.inject(Fault("create", "second", "crash"))
    with pytest.raises(ResourceError, match=r"'second' .*the provider double for aws is gone.*exit code 137"):
        engine.up()
    assert names(engine) == alive(engine) == ["first"]
    assert [step.name for step in engine.up().changes] == ["second", "third"]
    assert not engine.up().changes


def test_provider_refuses_an_update_and_a_deletion(start: Start) -> None:
    """A refused update keeps the old inputs, a refused deletion keeps the resource; both succeed the next time."""
    engine = start("chain.py")
    engine.up()
    engine.config["suffix"] = "new"
    engine.inject(Fault("delete", "third", "refuse"))
    with pytest.raises(ResourceError, match="injected fault: delete of third was refused"):
        engine.up()
    # All three have been replaced; the oldest third and what it needs still wait for their deletion.
    assert alive(engine) == names(engine) == ["first", "first", "second", "second", "third", "third"]
    assert {(step.op, step.name) for step in engine.up().changes} == {
        ("delete-replaced", name) for name in ("first", "second", "third")
    }
    engine.inject(Fault("delete", "first", "refuse"))
    with pytest.raises(ResourceError, match="delete of first was refused"):
        engine.destroy()
    assert names(engine) == alive(engine) == ["first"]
    engine.destroy()
    assert (engine.state, alive(engine)) == ((), [])


def test_provider_dies_after_creating(start: Start) -> None:
    """What was created without an answer is not in the state, and the next run says that it exists already."""
    engine = start("chain.py")
    engine.inject(Fault("create", "second", "crash after"))
    with pytest.raises(ResourceError, match="is gone"):
        engine.up()
    assert names(engine) == ["first"]
    with pytest.raises(ResourceError, match=r"'https://sqs\.eu-west-1\.amazonaws\.com/123456789012/second-dev' exists"):
        engine.up()


def test_provider_does_not_answer(start: Start) -> None:
    """A call without an answer ends after its deadline."""
    engine = start("chain.py", call_timeout=2.0)
    engine.up()
    engine.inject(Fault("delete", "third", "hang"))
    with pytest.raises(ResourceError, match="did not answer Delete within 2 s"):
        engine.destroy()
    assert names(engine) == ["first", "second", "third"]


SCRIPT = """
import sys
from pathlib import Path
from {package}.engine import Engine
with Engine(Path(sys.argv[1]), home=Path(sys.argv[2]), config={{"aws:region": "eu-west-1"}}) as engine:
    print("ready", flush=True)
    engine.up()
"""


def children_of(pid: int) -> set[int]:
    """The processes that a process has started."""
    return {
        int(child) for task in Path(f"/proc/{pid}/task").iterdir() for child in (task / "children").read_text().split()
    }


def gone(pids: set[int], seconds: float = 10.0) -> bool:
    """Whether all these processes end within some seconds."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not any(Path(f"/proc/{pid}").exists() for pid in pids):
            return True
        time.sleep(0.05)
    return False


def test_engine_is_killed_while_creating(tmp_path: Path, start: Start) -> None:
    """Its children end by themselves; the state lists what was under way, and the next run says so and goes on."""
    home = tmp_path / "home"
    waiting = Engine(FIXTURES / "chain.py", home=home)
    with waiting:
        waiting.inject(Fault("create", "second", "hang"))
    script = SCRIPT.format(package=__package__)
    command = [sys.executable, "-c", script, str(FIXTURES / "chain.py"), str(home)]
    with subprocess.Popen(command, cwd=PACKAGE_ROOT, stdout=subprocess.PIPE) as process:
        deadline = time.monotonic() + 30
        while not [item for item in StateFile(home / "state.jsonl").pending if item.urn.endswith("::second")]:
            assert time.monotonic() < deadline, "the engine did not get to the second queue"
            time.sleep(0.02)
        children = children_of(process.pid)
        process.kill()
    assert len(children) == 2
    assert gone(children)
    engine = start("chain.py", home=home)
    result = engine.up()
    [warning] = [item for item in result.diagnostics if item.severity == "warning"]
    assert "stopped while creating this" in warning.message
    assert warning.urn.endswith("::second")
    assert [step.name for step in result.changes] == ["second", "third"]
    assert not [item for item in engine.up().diagnostics if item.severity == "warning"]


def test_nothing_is_left_running() -> None:
    """When the engine is closed, every process that it started has ended, also after an error."""
    with Engine(FIXTURES / "failing.py", config={**REGION, "how": "raise"}) as engine:
        with pytest.raises(EngineError):
            engine.up()
        children = set(engine.children)
    assert len(children) == 2
    assert gone(children, 0.1)


def test_two_engines_at_once(start: Start) -> None:
    """Two stacks can be deployed at the same time, and do not see each other."""
    engines = [start("chain.py", config={"suffix": suffix}) for suffix in ("one", "two")]
    threads = [threading.Thread(target=engine.up) for engine in engines]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for engine, suffix in zip(engines, ("one", "two"), strict=True):
        assert sorted(event.inputs["name"] for event in engine.cloud.alive.values()) == [
            f"{name}-{suffix}" for name in ("first", "second", "third")
        ]


def test_interrupt_reaches_the_caller(start: Start) -> None:
    """Ctrl-C during an operation ends it; the engine can be used again."""
    engine = start("failing.py", config={"how": "sleep"})
    # Where the tests run in the background, Python has left the signal ignored.
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    timer = threading.Timer(1.5, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            engine.up()
    finally:
        timer.cancel()
        signal.signal(signal.SIGINT, handler)
    engine.program = FIXTURES / "chain.py"
    assert engine.up().counts["create"] >= 3
