"""Runs something beside this process, on another core, where the system can divide a process in two.

The child begins with everything that has been imported and made so far, so it costs no start. What it returns comes
back pickled, with what it noted as read (:mod:`cloudformation.inputs`); what it prints is lost.
"""

from __future__ import annotations

import contextlib
import io
import os
import pickle
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any, Protocol, TypeVar

from . import inputs

T = TypeVar("T")


class UnfinishedError(Exception):
    """The child did not return anything: it failed, or was killed."""


class Beside(Protocol):
    """Runs a function while the block runs; what is yielded returns its result, or raises ``UnfinishedError``."""

    def __call__(self, function: Callable[[], T]) -> contextlib.AbstractContextManager[Callable[[], T]]: ...


def possible() -> bool:
    """Whether it can be done: there are two cores, and no other thread would be torn off in the middle of something."""
    # Elsewhere (macOS) a child of a fork must not use what the system's own libraries have begun.
    return sys.platform == "linux" and (os.cpu_count() or 1) > 1 and threading.active_count() == 1


@contextlib.contextmanager
def afterwards(function: Callable[[], T]) -> Iterator[Callable[[], T]]:
    """No parallel work: the function runs when its result is asked for."""
    yield function


@contextlib.contextmanager
def beside(function: Callable[[], T]) -> Iterator[Callable[[], T]]:
    """Run a function in a child of this process."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _work(function, writing)
    os.close(writing)
    with os.fdopen(reading, "rb") as answer:
        try:
            yield lambda: _result(answer)
        finally:
            # Nobody waits for an answer any more.
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)


def _work(function: Callable[[], object], writing: int) -> None:
    """The child's whole life."""
    status = 1
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            returned = function()
            result = pickle.dumps((returned, inputs.noted()), protocol=pickle.HIGHEST_PROTOCOL)
        with os.fdopen(writing, "wb") as answer:
            answer.write(result)
        status = 0
    finally:
        # Whatever else the parent would do at its end is not the child's to do; its error is found by the parent.
        os._exit(status)


def _result(answer: Any) -> Any:
    data = answer.read()
    if not data:
        raise UnfinishedError
    returned, read = pickle.loads(data)
    inputs.add(read)
    return returned
