"""Command line: ``python -m cloudformation``."""

from __future__ import annotations

import argparse
import atexit
import contextlib
import gc
import importlib
import os
import sys
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn

from . import lazy_dataclasses, sdk_import
from .failures import told

# An exit status beside those of errors.
INTERRUPTED = 130

# Each command's module and the function in it that declares the command. A run imports no more than its own.
COMMANDS: Mapping[str, tuple[str, str]] = {
    "synth": ("cloudformation.synth_command", "add_synth_command"),
    "explain": ("cloudformation.explain", "add_explain_command"),
    "types": ("cloudformation.type_list", "add_types_command"),
    "check": ("cloudformation.check_command", "add_check_command"),
    "diff": ("cloudformation.diff", "add_diff_command"),
    "report": ("evidence.commands", "add_arguments"),
    "deploy": ("cloudformation.deploy_commands", "add_deploy_command"),
    "destroy": ("cloudformation.deploy_commands", "add_destroy_command"),
    "emulator": ("cloudformation.deploy_commands", "add_emulator_command"),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit status."""
    # A run makes a few hundred thousand objects and ends: collecting them costs a third of the time and frees nothing.
    gc.disable()
    lazy_dataclasses.install()
    sdk_import.install()
    given = sys.argv[1:] if arguments is None else list(arguments)
    options = _parser(given).parse_args(given)
    # What a failing program leaves half done is no news beside its error.
    warnings.filterwarnings("ignore", "coroutine .* was never awaited", RuntimeWarning)
    try:
        return _run(options)
    except KeyboardInterrupt:
        return _failure("error: interrupted", INTERRUPTED)
    except BrokenPipeError:
        # Whoever read the output has enough (`| head`). What Python still holds must not raise once more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        if options.debug:
            raise
        return _failure(*told(error))


def _run(options: argparse.Namespace) -> int:
    status: int = options.run(options)
    sys.stdout.flush()
    return status


def _failure(message: str, status: int) -> int:
    print(message, file=sys.stderr)
    return status


def _parser(arguments: Sequence[str]) -> argparse.ArgumentParser:
    """The parser with the command that is asked for, or with all of them where none is."""
    parser = argparse.ArgumentParser(
        prog="python -m cloudformation",
        description="Compile a Pulumi program to CloudFormation, judge templates, and deploy them.",
    )
    parser.add_argument("--debug", action="store_true", help="show the traceback of an error")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    asked = next((argument for argument in arguments if not argument.startswith("-")), "")
    for name in [asked] if asked in COMMANDS else COMMANDS:
        module, function = COMMANDS[name]
        declare: Callable[[Any], None] = getattr(importlib.import_module(module), function)
        declare(commands)
    return parser


def _leave(status: int) -> NoReturn:
    """End the process without taking apart, object by object, what the system takes back as a whole."""
    with contextlib.suppress(OSError):
        sys.stdout.flush()
        sys.stderr.flush()
    atexit._run_exitfuncs()
    os._exit(status)


if __name__ == "__main__":
    _leave(main())
