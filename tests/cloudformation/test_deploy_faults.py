"""Deployments that are broken off: by the user, or by the death of the emulator."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from cloudformation import emulator
from cloudformation.deploy import deploy
from cloudformation.target import DeployError, Target

from .test_deploy import client, write

SLOW = {"Resources": {f"Topic{n}": {"Type": "AWS::SNS::Topic"} for n in range(3)}}


def test_emulator_that_dies_is_named_and_the_next_run_succeeds(tmp_path: Path) -> None:
    """A deployment whose emulator is killed half-way ends with a remedy, which works."""
    directory, target = tmp_path / emulator.DIRECTORY, Target("slow", directory=tmp_path)
    state = emulator.start(directory, seconds_per_resource=1)
    template = write(tmp_path, "slow.json", SLOW)
    threading.Timer(2.5, os.kill, (state.pid, signal.SIGKILL)).start()
    with pytest.raises(DeployError, match=r"The emulator is gone.* Run `make deploy STACK=slow` to start again"):
        deploy(template, target)
    deploy(template, target)
    emulator.stop(directory)


def test_interrupted_deployment_goes_on_in_cloudformation(tmp_path: Path) -> None:
    """Ctrl-C ends the command, not what CloudFormation has begun; a next run waits its turn, and then succeeds."""
    directory, target = tmp_path / emulator.DIRECTORY, Target("slow", directory=tmp_path)
    state = emulator.start(directory, seconds_per_resource=1.5)
    template = write(tmp_path, "slow.json", SLOW)
    program = (
        "from pathlib import Path\n"
        "from cloudformation.deploy import deploy\n"
        "from cloudformation.target import Target\n"
        f"deploy(Path({str(template)!r}), Target('slow', directory=Path({str(tmp_path)!r})))\n"
    )
    command = subprocess.Popen(
        [sys.executable, "-c", program], stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    while not client(state).describe_stacks()["Stacks"] or status(state, "slow") == "REVIEW_IN_PROGRESS":
        time.sleep(0.1)
    command.send_signal(signal.SIGINT)
    _, errors = command.communicate(timeout=20)
    assert "DeployError: Interrupted. What CloudFormation has begun, it goes on with" in errors
    assert status(state, "slow") == "CREATE_IN_PROGRESS"
    with pytest.raises(DeployError, match="another operation is running"):
        deploy(template, target)
    client(state).get_waiter("stack_create_complete").wait(StackName="slow", WaiterConfig={"Delay": 1})
    deploy(template, target)
    assert status(state, "slow") == "CREATE_COMPLETE"
    emulator.stop(directory)


def status(state: emulator.State, stack: str) -> str:
    """A stack's status."""
    return str(client(state).describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"])
