"""What tests of ``deploy`` and ``destroy`` share."""

from __future__ import annotations

import argparse
import contextlib
import json
import socket
import threading
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import boto3

from cloudformation import emulator
from cloudformation.deploy_commands import add_deploy_command, add_destroy_command, add_emulator_command


@cache
def client(state: emulator.State, service: str = "cloudformation") -> Any:
    """A boto3 client of the emulator."""
    credentials = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    return boto3.client(service, region_name=emulator.REGION, endpoint_url=state.endpoint, **credentials)


def status(state: emulator.State, stack: str) -> str:
    """A stack's status; empty when there is none."""
    stacks = client(state).describe_stacks()["Stacks"]
    return next((item["StackStatus"] for item in stacks if item["StackName"] == stack), "")


def create(state: emulator.State, stack: str, template: Mapping[str, Any]) -> None:
    """Create a stack without the client's help, where it is not the client that is tested."""
    _carry_out(state, "create_stack", stack, template)


def update(state: emulator.State, stack: str, template: Mapping[str, Any]) -> None:
    """Update a stack without the client's help."""
    _carry_out(state, "update_stack", stack, template)


def _carry_out(state: emulator.State, operation: str, stack: str, template: Mapping[str, Any]) -> None:
    body = json.dumps(template)
    getattr(client(state), operation)(StackName=stack, TemplateBody=body, Capabilities=["CAPABILITY_NAMED_IAM"])
    assert status(state, stack) == operation.replace("_stack", "_complete").upper()


def run(*arguments: str) -> int:
    """Run a command as the command line does; its exit status."""
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers()
    for add in (add_deploy_command, add_destroy_command, add_emulator_command):
        add(commands)
    options = parser.parse_args(arguments)
    exit_status: int = options.run(options)
    return exit_status


def write(folder: Path, name: str, content: object) -> Path:
    """Write a JSON file."""
    file = folder / name
    file.write_text(json.dumps(content))
    return file


def parameters(folder: Path, **values: str) -> Path:
    """Write a parameter file."""
    return write(folder, "parameters.json", [{"ParameterKey": k, "ParameterValue": v} for k, v in values.items()])


class Line:
    """A connection to the emulator that can be cut: what is sent here arrives there, until it is."""

    def __init__(self, state: emulator.State) -> None:
        self._target = ("127.0.0.1", state.port)
        self._server = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self.endpoint = f"http://127.0.0.1:{self._server.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """Let nothing through any more."""
        for end in (self._server, *self._open):
            # Closing alone does not wake who waits for it.
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                here, _ = self._server.accept()
                there = socket.create_connection(self._target)
                self._open += [here, there]
                for source, sink in ((here, there), (there, here)):
                    threading.Thread(target=_pump, args=(source, sink), daemon=True).start()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65_536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
