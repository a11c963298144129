"""Deploys a template with the AWS CLI: to an account, or to the emulator that runs beside the project."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

from . import emulator
from .aws_cli import AwsCli, reason
from .console import Console
from .emulator.template import MAX_BYTES, MAX_INLINE_BYTES
from .parameter_file import read_parameters
from .stack_events import StackEvents
from .target import (
    EMULATOR,
    SECONDS_BETWEEN_LOOKS,
    STUCK,
    DeployError,
    Target,
    connect,
    describe_stack,
    find_stack,
    gone_emulator_reported,
)


def deploy(
    template: Path, target: Target, *, parameters: Path | None = None, bucket: str = "", console: Console | None = None
) -> None:
    """Create the stack or update it, follow what happens, and print its outputs.

    Raises:
        DeployError: nothing was done, or CloudFormation refused or failed; printed before it are the first failures.
    """
    console = console or Console()
    overrides = read_parameters(parameters) if parameters else {}
    _refuse_emulated_values(target, overrides, parameters)
    bucket = _bucket(template, target, bucket)
    cli = connect(target, console)
    with gone_emulator_reported(target):
        found = find_stack(cli, target.stack)
        _refuse_stuck(target, found["StackStatus"] if found else "")
        console.step(f"Deploying {template} as stack {target.stack} with `aws cloudformation deploy`")
        arguments = ["--template-file", str(template), "--stack-name", target.stack]
        arguments += ["--capabilities", "CAPABILITY_NAMED_IAM", "--no-fail-on-empty-changeset"]
        arguments += ["--s3-bucket", bucket] if bucket else []
        arguments += ["--parameter-overrides", *(f"{k}={v}" for k, v in overrides.items())] if overrides else []
        events = StackEvents(cli, target.stack, SECONDS_BETWEEN_LOOKS[target.kind], exists=found is not None)
        _follow_deployment(cli, target, arguments, events=events, console=console, parameters=parameters)
        outputs = describe_stack(cli, target.stack).get("Outputs", [])
        if outputs:
            console.step(f"Outputs of {target.stack}")
            console.table(("OUTPUT", "VALUE"), [(item["OutputKey"], item["OutputValue"]) for item in outputs])
    console.step(f"Stack {target.stack} is deployed ({console.elapsed()}). Take it down with {target.destroy}.")


def _refuse_emulated_values(target: Target, overrides: Mapping[str, str], parameters: Path | None) -> None:
    """An account does not have what stands ready in the emulator."""
    emulated = [name for name, value in overrides.items() if value == emulator.CERTIFICATE_ARN]
    if target.kind != EMULATOR and emulated:
        raise DeployError(
            f"{parameters} gives the emulator's certificate as {', '.join(emulated)}. Give one of your account: write "
            "another parameter file, and name it with PARAMETERS=FILE."
        )


def _bucket(template: Path, target: Target, bucket: str) -> str:
    """The bucket that the template has to go through, if it has to."""
    if not template.is_file():
        raise DeployError(f"There is no template {template}. Write it with `python -m cloudformation synth`.")
    size = template.stat().st_size
    if size > MAX_BYTES:
        raise DeployError(
            f"{template} has {size:,} bytes, and CloudFormation takes {MAX_BYTES:,} at most. Make the program smaller."
        )
    if bucket or size <= MAX_INLINE_BYTES:
        return bucket
    if target.kind == EMULATOR:
        return emulator.TEMPLATE_BUCKET
    raise DeployError(
        f"{template} has {size:,} bytes; above {MAX_INLINE_BYTES:,} it goes through a bucket. Make one with "
        f"`aws s3 mb s3://NAME --region {target.region}`, then run {target.make('deploy', BUCKET='NAME')}."
    )


def _refuse_stuck(target: Target, status: str) -> None:
    if status in STUCK:
        raise DeployError(
            f"The stack {target.stack} is in {status}: {STUCK[status]}. Run {target.destroy}, then deploy again."
        )
    if status == "UPDATE_ROLLBACK_FAILED":
        raise DeployError(
            f"The stack {target.stack} is in {status}: its last update could neither be made nor undone. Put right "
            f"what its events name, then run `aws cloudformation continue-update-rollback --stack-name {target.stack}`."
        )
    if status.endswith("_IN_PROGRESS") and status != "REVIEW_IN_PROGRESS":
        raise DeployError(f"The stack {target.stack} is in {status}: another operation is running. Wait for it to end.")


def _follow_deployment(
    cli: AwsCli, target: Target, arguments: list[str], *, events: StackEvents, console: Console, parameters: Path | None
) -> None:
    process = cli.start("cloudformation", "deploy", *arguments)
    try:
        while process.poll() is None:
            time.sleep(0.1)
            events.follow(console)
    except KeyboardInterrupt as error:
        process.terminate()
        raise DeployError(
            f"Interrupted. What CloudFormation has begun, it goes on with: when the stack {target.stack} is no longer "
            f"in progress, run {target.deploy} again."
        ) from error
    output, errors = process.communicate()
    if process.returncode == 0:
        last = [line for line in output.splitlines() if line.strip()][-1:] or ["done"]
        if "No changes" not in last[0]:
            events.follow(console, at_once=True)
        console.line(last[0])
        return
    failed = events.show_failures(console)
    raise DeployError(_advice(cli, target, reason(errors), parameters, failed=failed))


def _advice(cli: AwsCli, target: Target, cause: str, parameters: Path | None, *, failed: bool) -> str:
    """What to do after a failed deployment, in one line."""
    found = find_stack(cli, target.stack)
    status = found["StackStatus"] if found else ""
    if not failed:
        places = f"the template or {parameters}" if parameters else "the template"
        return f"CloudFormation refused: {cause.rstrip('.')}. Nothing was changed. Put {places} right and deploy again."
    if status in STUCK:
        return (
            f"The stack {target.stack} could not be created and is in {status}. Put right what is named above, run "
            f"{target.destroy}, then deploy again."
        )
    if status == "UPDATE_ROLLBACK_COMPLETE":
        return (
            f"The update failed, and the stack {target.stack} is as it was before. Put right what is named above, then "
            f"run {target.deploy} again."
        )
    return (
        f"The stack {target.stack} is in {status or 'no known state'} ({cause}). Look at its events in CloudFormation."
    )
