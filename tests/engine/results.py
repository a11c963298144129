"""What an operation reports, and the errors that it ends in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Operation = Literal["preview", "up", "destroy"]
StepKind = Literal["same", "create", "update", "replace", "delete", "delete-replaced", "read"]
Level = Literal["advisory", "mandatory"]


@dataclass(frozen=True)
class Step:
    """What the engine did, or in a preview would do, with one resource.

    Values are plain (see :func:`values.plain`): secrets in clear, whole numbers as int, and what only the deployment
    will know as :data:`values.UNKNOWN`.
    """

    op: StepKind
    urn: str
    type: str
    custom: bool
    """False for components and the stack itself: they are nothing in AWS."""
    id: str = ""
    parent: str = ""
    provider: str = ""
    inputs: Mapping[str, Any] = field(default_factory=dict)
    """As the provider's Check returned them, so with default tags merged in."""
    outputs: Mapping[str, Any] = field(default_factory=dict)
    old_inputs: Mapping[str, Any] = field(default_factory=dict)
    changed: tuple[str, ...] = ()
    """Names of the inputs that differ from the last deployment."""
    replacing: tuple[str, ...] = ()
    """Those of ``changed`` that cannot be changed in place."""
    dependencies: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    """Names of the inputs that are secret, wholly or in part."""

    @property
    def name(self) -> str:
        return self.urn.rpartition("::")[2]


@dataclass(frozen=True)
class Diagnostic:
    """A message about the run as a whole or about one resource."""

    severity: Literal["info", "warning", "error"]
    message: str
    urn: str = ""

    def __str__(self) -> str:
        return f"{self.severity}: {self.urn + ': ' if self.urn else ''}{self.message}"


@dataclass(frozen=True)
class Violation:
    """A policy's objection to one resource, or (without ``urn``) to the stack."""

    policy: str
    pack: str
    level: Level
    message: str
    """The policy's description, then what it says of this resource."""
    urn: str = ""
    severity: str = ""
    """``low``, ``medium``, ``high`` or ``critical``; empty when the policy does not say."""

    def __str__(self) -> str:
        return f"[{self.level}] {self.pack}/{self.policy}{' on ' + self.urn if self.urn else ''}: {self.message}"


@dataclass(frozen=True)
class Result:
    """The report of one operation."""

    operation: Operation
    steps: tuple[Step, ...] = ()
    """In the order in which they happened."""
    diagnostics: tuple[Diagnostic, ...] = ()
    violations: tuple[Violation, ...] = ()
    outputs: Mapping[str, Any] = field(default_factory=dict)
    """The stack's outputs, plain."""
    secret_outputs: frozenset[str] = frozenset()
    seconds: float = 0.0
    policy_seconds: float = 0.0
    """How much of ``seconds`` the policy packs took to judge, once they were there."""

    @property
    def changes(self) -> tuple[Step, ...]:
        """The steps that change something."""
        return tuple(step for step in self.steps if step.op not in ("same", "read"))

    @property
    def counts(self) -> dict[str, int]:
        """Steps by kind."""
        return dict(Counter(step.op for step in self.steps))

    def step(self, name: str, type_token: str | None = None) -> Step:
        """The one step on the resource of this name (and type), or of this URN.

        Raises:
            KeyError: none or several match.
        """
        found = [
            step
            for step in self.steps
            if name in (step.urn, step.name) and type_token in (None, step.type) and step.op != "delete-replaced"
        ]
        if len(found) != 1:
            raise KeyError(f"{len(found)} steps match {name!r}; there are {sorted(step.name for step in self.steps)}")
        return found[0]


class EngineError(Exception):
    """Base of all errors of this package. ``result`` holds what had happened until then, where there is any."""

    def __init__(self, message: str, result: Result | None = None) -> None:
        super().__init__(message)
        self.result = result or Result("up")


class ProgramError(EngineError):
    """The program raised an exception; the message is the program's own. ``traceback`` is its traceback."""

    def __init__(self, message: str, result: Result | None = None, traceback: str = "") -> None:
        super().__init__(message, result)
        self.traceback = traceback


class ResourceError(EngineError):
    """Resources were refused by the provider, or could not be created, updated or deleted."""


class PolicyError(EngineError):
    """Mandatory policies were violated, or a policy pack could not do its work."""


class OperationTimeoutError(EngineError):
    """The operation did not end in time."""
