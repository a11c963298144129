"""Follows what happens to a stack, through the events that CloudFormation writes down."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .aws_cli import AwsCli, AwsCliError
from .console import Console

STACK = "AWS::CloudFormation::Stack"
NEWEST = 300
"""Events asked for at a time while following; on a failure all of them are read."""

LINES_AT_ONCE = 6
"""More finished resources than this in one look are summed up in one line."""

FAILURES_SHOWN = 5
MOST_FAILED_LOOKS = 6
SECONDS_BETWEEN_CHECKS = 0.1
"""How often it is seen whether it is time to look."""

# CloudFormation cancels what was going on beside the resource that really failed.
CONSEQUENCES = ("Resource creation cancelled", "Resource update cancelled")


@dataclass(frozen=True)
class StackEvent:
    """One line of a stack's history."""

    id: str
    logical_id: str
    resource_type: str
    status: str
    reason: str

    @property
    def failed(self) -> bool:
        """Whether this is a failure of its own, and not the consequence of another."""
        return self.status.endswith("_FAILED") and not self.reason.startswith(CONSEQUENCES)

    @property
    def finished(self) -> bool:
        return self.resource_type != STACK and self.status.endswith(("_COMPLETE", "_SKIPPED"))


class StackEvents:
    """The events of one operation on a stack, known by the token that it was started with.

    ``stack`` is a name, or the id of a stack being deleted.
    """

    def __init__(self, cli: AwsCli, stack: str, seconds_between: float, token: str) -> None:
        self._cli = cli
        self._stack = stack
        self._seconds = seconds_between
        self._token = token
        self._next = time.monotonic() + seconds_between
        self._seen: set[str] = set()
        self._done = 0
        self._failed_looks = 0
        self._known: Sequence[StackEvent] = ()
        self._complete = False
        self.status = ""
        """The last state of the stack in this operation."""

    @property
    def ended(self) -> bool:
        """Whether the operation has come to its end."""
        return bool(self.status) and not self.status.endswith("_IN_PROGRESS")

    def follow(self, console: Console, *, at_once: bool = False) -> None:
        """Write what is new, if it is time to look again.

        Raises:
            AwsCliError: CloudFormation could not be asked several times in a row.
        """
        if time.monotonic() < self._next and not at_once:
            return
        self._next = time.monotonic() + self._seconds
        try:
            events = self._read()
        except AwsCliError:
            # A look that fails costs a line of progress; whether the operation fails is seen elsewhere.
            self._failed_looks += 1
            if self._failed_looks == MOST_FAILED_LOOKS:
                raise
            return
        self._failed_looks = 0
        self._known = events
        new = [event for event in events if event.id not in self._seen]
        self._seen.update(event.id for event in new)
        self.status = next((event.status for event in reversed(new) if event.resource_type == STACK), self.status)
        finished = [event for event in new if event.finished]
        self._done += len(finished)
        for event in [event for event in new if event.failed and event.resource_type != STACK]:
            console.line(f"{event.status}  {event.resource_type}  {event.logical_id}: {event.reason}")
        if len(finished) > LINES_AT_ONCE:
            last = finished[-1]
            console.line(
                f"{self._done} resources done, last {last.logical_id} ({last.resource_type}): {last.status}, "
                f"after {console.elapsed()}"
            )
        else:
            for event in finished:
                console.line(f"{event.status}  {event.resource_type}  {event.logical_id}")

    def follow_while(self, process: subprocess.Popen[str], console: Console) -> str:
        """Write what is new while a command of the client runs, and once more at its end; returns its errors."""
        while process.poll() is None:
            time.sleep(SECONDS_BETWEEN_CHECKS)
            self.follow(console)
        return process.communicate()[1]

    def follow_to_the_end(self, console: Console) -> None:
        """Write what is new until the operation has come to its end."""
        self.follow(console, at_once=True)
        while not self.ended:
            time.sleep(SECONDS_BETWEEN_CHECKS)
            self.follow(console)

    def show_failures(self, console: Console) -> bool:
        """Write the first failures, with their reasons; return whether there were any."""
        events = self._known if self._complete else self._read(everything=True)
        failures = [event for event in events if event.failed and event.resource_type != STACK]
        for event in failures[:FAILURES_SHOWN]:
            console.line(f"{event.status}  {event.resource_type}  {event.logical_id}")
            console.line(f"    {event.reason}")
        return bool(failures)

    def _read(self, *, everything: bool = False) -> Sequence[StackEvent]:
        """The operation's events, oldest first."""
        limit = () if everything else ("--max-items", str(NEWEST))
        answer = self._cli.query("cloudformation", "describe-stack-events", "--stack-name", self._stack, *limit)
        found = [item for item in answer["StackEvents"] if item.get("ClientRequestToken") == self._token]
        self._complete = everything or len(answer["StackEvents"]) < NEWEST
        return [_event(item) for item in reversed(found)]


def _event(item: dict[str, Any]) -> StackEvent:
    return StackEvent(
        id=item["EventId"],
        logical_id=item["LogicalResourceId"],
        resource_type=item["ResourceType"],
        status=item["ResourceStatus"],
        reason=item.get("ResourceStatusReason", ""),
    )
