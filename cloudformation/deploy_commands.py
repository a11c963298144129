"""The commands ``deploy``, ``destroy`` and ``emulator`` of ``python -m cloudformation``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from . import emulator
from .console import Console
from .deploy import deploy
from .destroy import destroy
from .target import AWS, EMULATOR, Target


def add_deploy_command(commands: Any) -> None:
    """Add ``deploy`` to the command line."""
    command: argparse.ArgumentParser = commands.add_parser("deploy", help="create or update the stack")
    command.add_argument("--template", type=Path, default=Path("TapStack.yml"), help="default: TapStack.yml")
    command.add_argument("--parameters", type=Path, help="JSON file of ParameterKey and ParameterValue")
    command.add_argument("--bucket", default="", help="bucket for templates above 51,200 bytes (aws only)")
    command.add_argument(
        "--allow-replacement", action="store_true", help="deploy even if what holds data would be removed or replaced"
    )
    _add_target(command)
    command.set_defaults(run=_run_deploy)


def add_destroy_command(commands: Any) -> None:
    """Add ``destroy`` to the command line."""
    command: argparse.ArgumentParser = commands.add_parser("destroy", help="delete the stack and say what is left")
    command.add_argument("--confirm", default="", metavar="STACK", help="the stack's name once more (aws only)")
    _add_target(command)
    command.set_defaults(run=_run_destroy)


def add_emulator_command(commands: Any) -> None:
    """Add ``emulator start|stop|status`` to the command line."""
    command: argparse.ArgumentParser = commands.add_parser("emulator", help="start, stop or find the emulator")
    command.add_argument("action", choices=("start", "stop", "status"))
    command.add_argument(
        "--idle-seconds",
        type=float,
        default=emulator.IDLE_SECONDS,
        help="stop when unused for so long (default: 1 hour)",
    )
    command.set_defaults(run=_run_emulator)


def _add_target(command: argparse.ArgumentParser) -> None:
    command.add_argument("--stack", required=True, help="name of the stack")
    command.add_argument("--target", choices=(EMULATOR, AWS), default=EMULATOR, help="default: emulator")


def _run_deploy(options: argparse.Namespace) -> int:
    target = Target(options.stack, options.target)
    deploy(
        options.template,
        target,
        parameters=options.parameters,
        bucket=options.bucket,
        allow_replacement=options.allow_replacement,
    )
    return 0


def _run_destroy(options: argparse.Namespace) -> int:
    destroy(Target(options.stack, options.target), confirm=options.confirm)
    return 0


def _run_emulator(options: argparse.Namespace) -> int:
    console = Console()
    if options.action == "stop":
        console.step("The emulator is stopped." if emulator.stop() else "No emulator was running here.")
        return 0
    state = emulator.start(idle_seconds=options.idle_seconds) if options.action == "start" else emulator.running()
    if state is None:
        console.step("No emulator is running here. Start one with `python -m cloudformation emulator start`.")
        return 1
    console.step(f"The emulator is running: {state.endpoint}, process {state.pid}, log in {state.log_file}")
    return 0
