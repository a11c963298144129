"""Runs a Pulumi program against a monitor of our own and keeps what it registers."""

from __future__ import annotations

import asyncio
import contextlib
import os
import runpy
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import pulumi
from google.protobuf import empty_pb2
from pulumi.runtime import config as pulumi_config
from pulumi.runtime import mocks, rpc
from pulumi.runtime import settings as pulumi_settings
from pulumi.runtime.stack import run_in_stack

from . import program as program_api
from .errors import CloudFormationError, Position, ProgramError
from .graph import Program
from .monitor import ConfigStore, Monitor
from .project import Project


def record(project: Project, *, without: str | None = None) -> Program:
    """Run a program and return everything it registered, in program order.

    The optional setting ``without`` is left empty; all others are given.

    Raises:
        ProgramError: the program failed, or used something that has no meaning in a template.
        CloudFormationError: anything that this package found wrong with it, with the line that did it.
    """
    return record_function(lambda: _run_main(project), project, without=without)


def record_function(build: Callable[[], object], project: Project, *, without: str | None = None) -> Program:
    """Record what ``build`` registers; see :func:`record`."""
    monitor = Monitor(project, without)
    with _runtime(project, monitor):
        try:
            _event_loop().run_until_complete(run_in_stack(lambda: _run(build, monitor)))
        except CloudFormationError as error:
            raise _located(error, monitor) from error
        except Exception as error:
            raise _located(monitor.failure or error, monitor) from error
    return monitor.program()


def _run(build: Callable[[], object], monitor: Monitor) -> None:
    pulumi.runtime.register_stack_transformation(monitor.note_class)
    build()


def _run_main(project: Project) -> None:
    with contextlib.chdir(project.directory), _import_path(project.main.parent):
        runpy.run_path(str(project.main), run_name="__main__")


@contextlib.contextmanager
def _import_path(directory: Path) -> Iterator[None]:
    sys.path.insert(0, str(directory))
    try:
        yield
    finally:
        sys.path.remove(str(directory))


def _event_loop() -> asyncio.AbstractEventLoop:
    try:
        return asyncio.get_event_loop_policy().get_event_loop()
    except RuntimeError:
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        return loop


@contextlib.contextmanager
def _runtime(project: Project, monitor: Monitor) -> Iterator[None]:
    """Point Pulumi's process-wide runtime at ``monitor`` for a while."""
    pulumi_settings.ROOT.set(None)
    os.environ.setdefault("PULUMI_ERROR_OUTPUT_STRING", "1")
    features = monitor.GetDeploymentInfo(empty_pb2.Empty()).supportedFeatures  # type: ignore[no-untyped-call]
    pulumi_settings.configure(
        mocks.MockSettings(  # type: ignore[no-untyped-call]
            monitor=monitor,
            monitor_features=set(features),
            engine=mocks.MockEngine(None),
            project=project.name,
            stack="stack",
            dry_run=False,
            organization=None,
            callbacks=None,
        )
    )
    config = pulumi_config.CONFIG.set(ConfigStore(monitor))
    recording = program_api.recording.set(monitor)
    deserialize = rpc.deserialize_property
    rpc.deserialize_property = monitor.tokenizing(deserialize)
    try:
        yield
    finally:
        rpc.deserialize_property = deserialize
        program_api.recording.reset(recording)
        pulumi_config.CONFIG.reset(config)
        pulumi_settings.ROOT.set(None)


def _located(error: BaseException, monitor: Monitor) -> CloudFormationError:
    """The error with the program's line in front."""
    frames = traceback.extract_tb(error.__traceback__)
    positions = [Position(frame.filename, frame.lineno or 0) for frame in frames]
    inside = [position for position in map(monitor.relative, positions) if position]
    place = f"{inside[-1]}: " if inside else ""
    if isinstance(error, CloudFormationError):
        return type(error)(f"{place}{error}") if type(error).__init__ is Exception.__init__ else error
    return ProgramError(f"{place}the program failed: {type(error).__name__}: {error}")
