"""From a program's folder to its template: record, compile, write."""

from __future__ import annotations

import contextlib
import functools
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from .compiler import Compilation, compile_expanded, judged
from .errors import CompileError, Problem
from .expansion import expand
from .graph import Program
from .observation import observe
from .parallel import Beside, UnfinishedError, afterwards, beside, possible
from .project import load_project
from .recorder import record
from .source import Sources
from .yaml_writer import write

# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
MAX_RESOURCES = 500
MAX_PARAMETERS = 200
MAX_OUTPUTS = 200
MAX_BYTES = 1_000_000
MAX_INLINE_BYTES = 51_200


@dataclass(frozen=True)
class Synthesis:
    """A program's template, ready to be written."""

    compilation: Compilation
    text: str


def record_program(directory: Path) -> Program:
    """Record the program in ``directory``, with the conditions that its optional settings make."""
    run = functools.partial(record, load_project(directory.resolve()))
    return observe(run, _parallel())


def synthesize(directory: Path, approve: Callable[[Program], None] = lambda _judged: None) -> Synthesis:
    """Compile the program in ``directory``, and let ``approve`` object to what will stand in the template.

    Raises:
        CloudFormationError: it cannot be compiled; says what is wrong, where, and how to put it right. And whatever
            ``approve`` raises.
    """
    recorded = record_program(directory)
    expanded = expand(recorded)
    approval = functools.partial(approve, judged(recorded, expanded))
    with _parallel()(approval) as approved:
        compilation = compile_expanded(recorded, expanded)
        text = write(compilation.template, compilation.program, Sources(directory.resolve()))
        _check_limits(compilation, text)
        try:
            approved()
        except UnfinishedError:
            approval()
    return Synthesis(compilation, text)


def _parallel() -> Beside:
    return beside if possible() else afterwards


def _check_limits(compilation: Compilation, text: str) -> None:
    template = compilation.template
    counted = (
        ("resources", len(template.resources), MAX_RESOURCES),
        ("parameters", len(template.parameters), MAX_PARAMETERS),
        ("outputs", len(template.outputs), MAX_OUTPUTS),
        ("bytes", len(text.encode()), MAX_BYTES),
    )
    if not template.resources:
        raise CompileError([Problem("the program", "", "makes no resources, and a template needs one.", "Add some.")])
    problems = [
        Problem("the template", "", f"has {count} {what}; CloudFormation allows {limit}.", "Split the program.")
        for what, count, limit in counted
        if count > limit
    ]
    if problems:
        raise CompileError(problems)


def write_file(path: Path, text: str) -> None:
    """Write the whole file or nothing."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            Path(temporary).unlink()
        raise
