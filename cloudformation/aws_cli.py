"""The AWS command-line client of the virtual environment, as a function call."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import CloudFormationError


class AwsCliError(CloudFormationError):
    """The AWS CLI could not do what it was asked; the text is its own last line."""


@dataclass(frozen=True)
class AwsCli:
    """The client with a Region and an environment, from which it takes credentials and endpoint."""

    region: str
    environment: Mapping[str, str]

    def command(self, *arguments: str) -> list[str]:
        """The whole command line."""
        return [executable(), *arguments, "--region", self.region]

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a command whose output goes to pipes.

        It does not get the terminal's Ctrl-C: what to say and do then is for the caller to decide.
        """
        return subprocess.Popen(
            self.command(*arguments),
            env={**self.environment, "AWS_PAGER": ""},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def query(self, *arguments: str) -> Any:
        """Run a command to its end and return its answer (JSON); None when it answers nothing.

        Raises:
            AwsCliError: it failed.
        """
        process = self.start(*arguments, "--output", "json")
        try:
            output, errors = process.communicate()
        finally:
            process.kill()
        if process.returncode != 0:
            raise AwsCliError(reason(errors))
        return json.loads(output) if output.strip() else None


def reason(errors: str) -> str:
    """The line of the client's error output that tells the reason, without the client's preamble."""
    lines = [line.strip() for line in errors.splitlines() if line.strip()]
    if not lines:
        return "the AWS CLI gave no reason"
    telling = next((line for line in lines if line.startswith("An error occurred")), lines[-1])
    return re.sub(r"^An error occurred \((\w+)\) when calling the (\w+) operation: ", r"\1: ", telling)


def executable() -> str:
    """The client beside this Python, else the one on the PATH.

    Raises:
        AwsCliError: there is none.
    """
    beside = Path(sys.executable).parent / "aws"
    found = str(beside) if os.access(beside, os.X_OK) else shutil.which("aws")
    if not found:
        raise AwsCliError("The AWS CLI is not installed here. Run `make setup`.")
    return found
