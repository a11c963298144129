"""Takes a stack down, says what is left of it, and stops the emulator that nobody needs any more."""

from __future__ import annotations

import uuid

from . import emulator
from .aws_cli import AwsCli, AwsCliError, reason
from .console import Console
from .stack_events import StackEvents
from .target import (
    AWS,
    EMULATOR,
    SECONDS_BETWEEN_LOOKS,
    DeployError,
    Target,
    connect,
    find_stack,
    gone_emulator_reported,
    unreachable,
)


def destroy(target: Target, *, confirm: str = "", console: Console | None = None) -> None:
    """Delete the stack, say what is left, and stop the emulator when nothing is.

    Raises:
        DeployError: it was not confirmed, or something could not be deleted.
    """
    console = console or Console()
    if target.kind == EMULATOR and not emulator.running(target.emulator_directory):
        emulator.stop(target.emulator_directory)
        console.step("No emulator is running here, so there is nothing to take down.")
        return
    if target.kind == AWS and confirm != target.stack:
        raise DeployError(
            f"This deletes the stack {target.stack} with all of its data. If that is what you want: {target.destroy}."
        )
    cli = connect(target, console)
    with gone_emulator_reported(target):
        stack = find_stack(cli, target.stack)
        if stack is None:
            console.step(f"There is no stack {target.stack}.")
        else:
            console.step(f"Deleting stack {target.stack}")
            _follow_deletion(cli, target, stack["StackId"], console)
        _report_rest(cli, target, stack["StackId"] if stack else "", console)


def _follow_deletion(cli: AwsCli, target: Target, stack_id: str, console: Console) -> None:
    token = f"destroy-{uuid.uuid4()}"
    events = StackEvents(cli, stack_id, SECONDS_BETWEEN_LOOKS[target.kind], token)
    arguments = ["--stack-name", target.stack, "--client-request-token", token]
    process = cli.start("cloudformation", "delete-stack", *arguments)
    try:
        errors = events.follow_while(process, console)
        if process.returncode != 0:
            raise DeployError(f"CloudFormation refused to delete {target.stack}: {reason(errors)}. Try again later.")
        events.follow_to_the_end(console)
    except AwsCliError as error:
        raise unreachable(target, error) from error
    except KeyboardInterrupt as error:
        process.terminate()
        raise DeployError(
            f"Interrupted. What CloudFormation has begun, it goes on with. Run {target.destroy} again to see the end."
        ) from error
    if events.status == "DELETE_COMPLETE":
        return
    events.show_failures(console)
    otherwise = " Or throw the emulator away: `python -m cloudformation emulator stop`."
    raise DeployError(
        f"The stack {target.stack} could not be deleted completely. Put right what is named above, then run "
        f"{target.destroy} again.{otherwise if target.kind == EMULATOR else ''}"
    )


def _report_rest(cli: AwsCli, target: Target, stack_id: str, console: Console) -> None:
    """Say what is left of the stack; stop the emulator when no stack is left in it."""
    if target.kind == AWS:
        _report_kept(cli, stack_id, console)
        return
    others = [stack["StackName"] for stack in cli.query("cloudformation", "describe-stacks")["Stacks"]]
    if others:
        console.step(f"The emulator goes on, for the stacks {', '.join(sorted(others))}.")
        return
    left = emulator.leftovers(cli.environment["AWS_ENDPOINT_URL"])
    for item in left:
        console.line(f"left: {item}")
    if left:
        raise DeployError(
            f"{len(left)} resources are left in the emulator. Look at them, then stop it with "
            "`python -m cloudformation emulator stop`."
        )
    emulator.stop(target.emulator_directory)
    console.step(f"Nothing is left. The emulator is stopped ({console.elapsed()}).")


def _report_kept(cli: AwsCli, stack_id: str, console: Console) -> None:
    if not stack_id:
        return
    answer = cli.query("cloudformation", "list-stack-resources", "--stack-name", stack_id)
    kept = [item for item in answer["StackResourceSummaries"] if item["ResourceStatus"] != "DELETE_COMPLETE"]
    for item in kept:
        console.line(f"left: {item['ResourceType']} {item.get('PhysicalResourceId', '')} ({item['ResourceStatus']})")
    console.step(f"{len(kept) or 'Nothing'} of the stack is left ({console.elapsed()}).")
