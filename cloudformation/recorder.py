"""Runs a Pulumi program against a monitor of our own and keeps what it registers."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import gc
import os
import sys
import types
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

import pulumi
from google.protobuf import empty_pb2
from pulumi.runtime import config as pulumi_config
from pulumi.runtime import mocks
from pulumi.runtime import settings as pulumi_settings
from pulumi.runtime.stack import run_in_stack

from . import configuration
from . import program as program_api
from .errors import CloudFormationError, CompileError, ProgramError, TokenError
from .graph import Program
from .interception import intercepted
from .monitor import Monitor
from .project import Project
from .sdk_import import file_of
from .shortcuts import answer_at_once, shortcuts
from .tokens import PLAIN, Spelling

# Makes Pulumi refuse str() of an Output; what else would change a program from machine to machine is taken away.
_ENVIRONMENT = {
    "PULUMI_ERROR_OUTPUT_STRING": "1",
    "PULUMI_CONFIG": None,
    "AWS_REGION": None,
    "AWS_DEFAULT_REGION": None,
    "AWS_PROFILE": None,
}


def record(project: Project, *, without: Collection[str] = (), spelling: Spelling = PLAIN) -> Program:
    """Run a program and return everything it registered, in program order.

    The optional settings ``without`` are left empty; all others are given.

    Raises:
        ProgramError: the program failed, or used something that has no meaning in a template.
        CloudFormationError: anything that this package found wrong with it, with the line that did it.
    """
    with contextlib.chdir(project.main.parent), _modules(project):
        return record_function(lambda: _run_main(project.main), project, without=without, spelling=spelling)


def record_function(
    build: Callable[[], object], project: Project, *, without: Collection[str] = (), spelling: Spelling = PLAIN
) -> Program:
    """Record what ``build`` registers; see :func:`record`."""
    monitor = Monitor(project, without, spelling)
    # Pulumi's runtime keeps everything in context variables: what a recording sets there ends with its context.
    contextvars.copy_context().run(_record, build, monitor)
    return monitor.program()


def _record(build: Callable[[], object], monitor: Monitor) -> None:
    wrapped = intercepted(monitor.wire, monitor.positions)
    short = shortcuts(monitor)
    with _environment(), _collector_off(), _event_loop() as loop, wrapped, short, configuration.reading(monitor):
        _configure(monitor)
        try:
            loop.run_until_complete(run_in_stack(lambda: _run(build, monitor)))
        except CloudFormationError as error:
            raise _located(error, monitor) from error
        except SystemExit as error:
            raise _located(ProgramError(f"the program ended itself with sys.exit({error.code!r})."), monitor) from error
        except Exception as error:
            raise _located(monitor.failure or error, monitor) from error


def _run(build: Callable[[], object], monitor: Monitor) -> None:
    pulumi.runtime.register_stack_transformation(monitor.note_class)
    build()


def _run_main(file: Path) -> None:
    """Run a file as ``__main__``. It stays that, because what it leaves to be done later looks its names up there."""
    module = types.ModuleType("__main__")
    module.__file__ = str(file)
    sys.modules["__main__"] = module
    exec(compile(file.read_bytes(), file, "exec"), module.__dict__)


@contextlib.contextmanager
def _modules(project: Project) -> Iterator[None]:
    """Let the program import its own modules, and forget them afterwards: the next run must execute them again."""
    before = dict(sys.modules)
    folder = str(project.main.parent)
    sys.path.insert(0, folder)
    try:
        yield
    finally:
        sys.path.remove(folder)
        sys.modules["__main__"] = before["__main__"]
        for name in set(sys.modules) - set(before):
            file = file_of(sys.modules[name])
            if file and project.contains(Path(file)):
                del sys.modules[name]


@contextlib.contextmanager
def _collector_off() -> Iterator[None]:
    """A run makes a great many objects that all stay alive until it ends; looking for dead ones takes half its time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


@contextlib.contextmanager
def _environment() -> Iterator[None]:
    before = {name: os.environ.get(name) for name in _ENVIRONMENT}
    try:
        _set_environment(_ENVIRONMENT)
        yield
    finally:
        _set_environment(before)


def _set_environment(values: dict[str, str | None]) -> None:
    for name, value in values.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


@contextlib.contextmanager
def _event_loop() -> Iterator[asyncio.AbstractEventLoop]:
    """An event loop of the recording's own; what is still under way in it when the program failed is dropped."""
    policy = asyncio.get_event_loop_policy()
    try:
        before = policy.get_event_loop()
    except RuntimeError:
        before = None
    loop = policy.new_event_loop()
    # Every output that waits for a failed one fails as well, and would be reported by itself.
    loop.set_exception_handler(lambda _loop, _context: None)
    policy.set_event_loop(loop)
    answer_at_once(loop)
    try:
        yield loop
    finally:
        pending = asyncio.all_tasks(loop)
        for task in pending:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*pending, return_exceptions=True))
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()
        policy.set_event_loop(before)


def _configure(monitor: Monitor) -> None:
    """Point Pulumi's runtime at ``monitor``."""
    pulumi_settings.ROOT.set(None)
    pulumi_config.CONFIG.set({})
    features = monitor.GetDeploymentInfo(empty_pb2.Empty()).supportedFeatures  # type: ignore[no-untyped-call]
    pulumi_settings.configure(
        mocks.MockSettings(  # type: ignore[no-untyped-call]
            monitor=monitor,
            monitor_features=set(features),
            engine=mocks.MockEngine(None),
            project=monitor.project.name,
            stack=monitor.stack_name(),
            root_directory=str(monitor.project.directory),
            dry_run=False,
            organization=monitor.organization(),
            callbacks=None,
            outputs=set(),
            package_refs={},
            base_providers_by_ref={},
        )
    )
    program_api.recording.set(monitor)


def _located(error: BaseException, monitor: Monitor) -> CloudFormationError:
    """The error with the program's line in front."""
    if isinstance(error, CompileError) or getattr(error, "position", None):
        return error  # type: ignore[return-value]
    position = getattr(error, "program_position", None) or monitor.positions.innermost(error)
    place = f"{position}: " if position else ""
    if isinstance(error, CloudFormationError):
        return type(error)(f"{place}{error}")
    if type(error).__name__ == "_OutputToStringError":
        return TokenError(f"{place}{_STR_OF_OUTPUT}")
    return ProgramError(f"{place}the program failed: {type(error).__name__}: {error}")


_STR_OF_OUTPUT = (
    "an Output was made text with str() or an f-string, before its value is known. "
    "Use pulumi.Output.concat or pulumi.Output.format."
)
