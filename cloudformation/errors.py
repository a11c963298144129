"""Errors that reach the user: each says what is wrong, where, and how to put it right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Position:
    """A line of the program: an absolute or project-relative path and a 1-based line number."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


class CloudFormationError(Exception):
    """Base of every error that this package raises on purpose; the command line prints it without a traceback."""


class SettingError(CloudFormationError, ValueError):
    """One or more deploy-time settings have values that are not allowed."""


class TokenError(CloudFormationError, TypeError):
    """The program did something to a deploy-time value that a template cannot do."""


class ProgramError(CloudFormationError):
    """The program itself failed, or used a part of Pulumi that has no meaning in a template."""

    def __init__(self, message: str, position: Position | None = None) -> None:
        self.position = position
        super().__init__(f"{position}: {message}" if position else message)


@dataclass(frozen=True)
class Problem:
    """One thing in the program that cannot be compiled."""

    resource: str
    """Pulumi type and name, as in ``aws:s3/bucket:Bucket 'logs'``."""
    where: str
    """The input (``policy.Statement[0]``) or output (``output vpcId``) concerned; empty for the resource as a whole."""
    message: str
    remedy: str
    position: Position | None = None

    def __str__(self) -> str:
        place = f"{self.position}: " if self.position else ""
        subject = f"{self.resource}, {self.where}" if self.where else self.resource
        return f"{place}{subject}: {self.message} {self.remedy}".rstrip()


class CompileError(CloudFormationError):
    """The program cannot be compiled without loss. Carries every problem found, not only the first."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))
