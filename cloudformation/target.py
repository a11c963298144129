"""Where a stack stands or is to stand, and how it is reached."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import emulator
from .aws_cli import AwsCli, AwsCliError, reason
from .console import Console
from .errors import CloudFormationError

EMULATOR = "emulator"
AWS = "aws"

SECONDS_BETWEEN_LOOKS = {EMULATOR: 2.0, AWS: 5.0}

# What the AWS CLI writes when it gets no connection, or loses it.
UNREACHABLE = ("Could not connect to the endpoint URL", "Connection was closed before", "timeout on endpoint URL")

STUCK = {
    "ROLLBACK_COMPLETE": "its creation failed and was rolled back; such a stack can only be deleted",
    "ROLLBACK_FAILED": "its creation failed and could not be rolled back",
    "CREATE_FAILED": "its creation failed",
    "DELETE_FAILED": "its deletion failed half-way",
}
"""States that a stack has to be deleted from before it can be deployed."""


class DeployError(CloudFormationError):
    """The stack is not what it should be; the last line says what to do."""


@dataclass(frozen=True)
class Target:
    """A stack, and where it stands or is to stand."""

    stack: str
    kind: str = EMULATOR
    """``emulator`` or ``aws``."""
    region: str = emulator.REGION
    directory: Path = Path()
    """The project's folder; the emulator keeps its state in ``.emulator`` there."""

    @property
    def emulator_directory(self) -> Path:
        return self.directory / emulator.DIRECTORY

    def make(self, goal: str, **variables: str) -> str:
        """The command that a message tells the user to run."""
        given = {"STACK": self.stack} | ({"TARGET": self.kind} if self.kind == AWS else {}) | variables
        return f"`make {goal} {' '.join(f'{name}={value}' for name, value in given.items())}`"

    @property
    def deploy(self) -> str:
        """The command that deploys the stack."""
        return self.make("deploy")

    @property
    def destroy(self) -> str:
        """The command that deletes the stack."""
        return self.make("destroy", **({"CONFIRM": self.stack} if self.kind == AWS else {}))


def connect(target: Target, console: Console) -> AwsCli:
    """A client that reaches the target, which is started or checked first."""
    if target.kind == EMULATOR:
        running = emulator.running(target.emulator_directory)
        if running is None:
            console.step("Starting the emulator (it stops by itself after an hour without use)")
            running = emulator.start(target.emulator_directory)
        console.line(f"emulator at {running.endpoint}, log in {running.log_file}")
        return AwsCli(target.region, emulator.environment(running.endpoint))
    cli = AwsCli(target.region, dict(os.environ))
    _refuse_other_region(target, cli.environment)
    console.step("Asking which account the credentials are for")
    try:
        identity = cli.query("sts", "get-caller-identity")
    except AwsCliError as error:
        raise DeployError(
            f"The credentials for AWS are missing or refused ({error}). Log in (`aws sso login`, or set AWS_PROFILE or "
            "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY), or leave TARGET out to use the emulator."
        ) from error
    console.line(f"account {identity['Account']}, {identity['Arn']}, {target.region}")
    return cli


def _refuse_other_region(target: Target, environment: Mapping[str, str]) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        if environment.get(name, target.region) != target.region:
            raise DeployError(
                f"{name} is {environment[name]}, but the stack belongs into {target.region}. "
                f"Set {name}={target.region}, or unset it."
            )


def refuse_gone(target: Target, errors: str) -> None:
    """After a command that failed: was it that nobody is there any more?

    Raises:
        AwsCliError: the emulator is gone, or CloudFormation cannot be reached.
    """
    gone = target.kind == EMULATOR and emulator.running(target.emulator_directory) is None
    if gone or any(words in errors for words in UNREACHABLE):
        raise AwsCliError(reason(errors))


def unreachable(target: Target, error: AwsCliError) -> AwsCliError | DeployError:
    """What to raise when CloudFormation no longer answers while it works."""
    if target.kind == EMULATOR:
        return error
    return DeployError(
        f"CloudFormation does not answer any more ({error}). What it has begun, it goes on with. Put the connection or "
        f"the credentials right, and when the stack {target.stack} is no longer in progress, run the command again."
    )


@contextmanager
def gone_emulator_reported(target: Target) -> Iterator[None]:
    """Turn the client's failure to reach an emulator that died meanwhile into words that help."""
    try:
        yield
    except AwsCliError as error:
        if target.kind == EMULATOR and emulator.running(target.emulator_directory) is None:
            log = target.emulator_directory / "emulator.log"
            raise DeployError(
                f"The emulator is gone, and its stacks with it ({log} may tell why). "
                f"Run {target.deploy} to start again."
            ) from error
        raise


def find_stack(cli: AwsCli, stack: str) -> dict[str, Any] | None:
    """What CloudFormation says of a stack; None when there is none."""
    try:
        found: dict[str, Any] = cli.query("cloudformation", "describe-stacks", "--stack-name", stack)["Stacks"][0]
    except AwsCliError as error:
        if "does not exist" in str(error):
            return None
        raise
    return found


def describe_stack(cli: AwsCli, stack: str) -> dict[str, Any]:
    """What CloudFormation says of a stack that has to be there."""
    found = find_stack(cli, stack)
    if found is None:
        raise DeployError(f"The stack {stack} is gone: somebody deleted it meanwhile. Run `make deploy` again.")
    return found
