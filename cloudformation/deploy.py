"""Deploys a template with the AWS CLI: to an account, or to the emulator that runs beside the project."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from pathlib import Path

from . import emulator
from .aws_cli import AwsCli, AwsCliError, reason
from .change_set import NO_CHANGES, ChangeSet, change_set_id, read_change_set
from .console import Console
from .emulator.template import MAX_BYTES, MAX_INLINE_BYTES
from .parameter_file import read_parameters
from .review import find_dangers, show_changes
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
    refuse_gone,
    unreachable,
)
from .template_changes import Danger
from .template_reader import Template, parse_template, read_template

REVIEW = "REVIEW_IN_PROGRESS"
"""A stack that has change sets, and nothing else yet."""


def deploy(
    template: Path,
    target: Target,
    *,
    parameters: Path | None = None,
    bucket: str = "",
    allow_replacement: bool = False,
    console: Console | None = None,
) -> None:
    """Create the stack or update it: show what changes, follow what happens, and print the stack's outputs.

    Unless ``allow_replacement`` is set, nothing is done that would remove or replace what holds data.

    Raises:
        DeployError: nothing was done, or CloudFormation refused or failed; printed before it are the first failures.
    """
    console = console or Console()
    overrides = read_parameters(parameters) if parameters else {}
    _refuse_emulated_values(target, overrides, parameters)
    bucket = _bucket(template, target, bucket)
    new = read_template(template)
    cli = connect(target, console)
    with gone_emulator_reported(target):
        found = find_stack(cli, target.stack)
        status = found["StackStatus"] if found else ""
        _refuse_stuck(target, status)
        console.step(f"Asking CloudFormation what {template} changes in stack {target.stack}")
        arguments = ["--template-file", str(template), "--stack-name", target.stack, "--no-execute-changeset"]
        arguments += ["--capabilities", "CAPABILITY_NAMED_IAM", "--no-fail-on-empty-changeset"]
        arguments += ["--s3-bucket", bucket] if bucket else []
        arguments += ["--parameter-overrides", *(f"{k}={v}" for k, v in overrides.items())] if overrides else []
        identity = _create_change_set(cli, target, arguments, parameters)
        if identity:
            change_set = read_change_set(cli, identity)
            show_changes(console, change_set)
            old = _deployed_template(cli, target.stack) if status not in ("", REVIEW) else None
            dangers = find_dangers(old, new.data, change_set, region=target.region)
            _refuse_dangers(cli, target, dangers, change_set, console, allowed=allow_replacement)
            _execute(cli, target, change_set, console)
        else:
            console.line(f"{NO_CHANGES}. Stack {target.stack} is up to date")
        stack = describe_stack(cli, target.stack) if identity or not found else found
        outputs = stack.get("Outputs", [])
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
    if status.endswith("_IN_PROGRESS") and status != REVIEW:
        raise DeployError(f"The stack {target.stack} is in {status}: another operation is running. Wait for it to end.")


def _create_change_set(cli: AwsCli, target: Target, arguments: list[str], parameters: Path | None) -> str:
    """Let the AWS CLI upload the template and make a change set; its id, or nothing when nothing changes."""
    process = cli.start("cloudformation", "deploy", *arguments)
    try:
        output, errors = process.communicate()
    except KeyboardInterrupt as error:
        process.terminate()
        raise DeployError(f"Interrupted before anything was changed. Run {target.deploy} again.") from error
    if process.returncode != 0:
        refuse_gone(target, errors)
        places = f"the template or {parameters}" if parameters else "the template"
        cause = reason(errors).rstrip(".")
        raise DeployError(f"CloudFormation refused: {cause}. Nothing was changed. Put {places} right and deploy again.")
    identity = change_set_id(output)
    if not identity and NO_CHANGES not in output:
        raise DeployError(f"The AWS CLI named no change set: {output.strip() or 'it wrote nothing'}. Deploy again.")
    return identity


def _deployed_template(cli: AwsCli, stack: str) -> Template:
    answer = cli.query("cloudformation", "get-template", "--stack-name", stack, "--template-stage", "Original")
    body = answer["TemplateBody"]
    # The client turns a template in JSON into the object that it says.
    return parse_template(body if isinstance(body, str) else json.dumps(body), f"the template of stack {stack}").data


def _refuse_dangers(
    cli: AwsCli, target: Target, dangers: list[Danger], change_set: ChangeSet, console: Console, *, allowed: bool
) -> None:
    if not dangers:
        return
    console.step("What holds data and would go" + (", as ALLOW_REPLACEMENT allows" if allowed else ""))
    for danger in dangers:
        console.line(str(danger))
    if allowed:
        return
    cli.query("cloudformation", "delete-change-set", "--change-set-name", change_set.id)
    again = target.make("deploy", ALLOW_REPLACEMENT="1")
    raise DeployError(
        f"Not deployed: {len(dangers)} resources that hold data would be removed or replaced, or may be. Nothing was "
        f"changed. If that is what you want, secure their data and run {again}."
    )


def _execute(cli: AwsCli, target: Target, change_set: ChangeSet, console: Console) -> None:
    """Carry a change set out, and follow it to its end."""
    console.step(f"Deploying stack {target.stack}")
    token = f"deploy-{uuid.uuid4()}"
    events = StackEvents(cli, target.stack, SECONDS_BETWEEN_LOOKS[target.kind], token)
    arguments = ["--change-set-name", change_set.id, "--client-request-token", token]
    process = cli.start("cloudformation", "execute-change-set", *arguments)
    try:
        errors = events.follow_while(process, console)
        if process.returncode != 0:
            refuse_gone(target, errors)
            raise DeployError(f"CloudFormation did not begin: {reason(errors)}. Run {target.deploy} again.")
        events.follow_to_the_end(console)
    except AwsCliError as error:
        raise unreachable(target, error) from error
    except KeyboardInterrupt as error:
        process.terminate()
        raise DeployError(
            f"Interrupted. What CloudFormation has begun, it goes on with: when the stack {target.stack} is no longer "
            f"in progress, run {target.deploy} again."
        ) from error
    if events.status not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
        events.show_failures(console)
        raise DeployError(_advice(target, events.status))


def _advice(target: Target, status: str) -> str:
    """What to do after a failed deployment, in one line."""
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
    return f"The stack {target.stack} is in {status}. Put right what is named above; its events say more."
