"""Child processes and the gRPC connections to them. All on loopback, all ending with this process."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, Any

import grpc  # type: ignore[import-untyped]

from .results import EngineError

LAUNCHER = Path(__file__).with_name("launcher.py")
HOST = "127.0.0.1"
START_TIMEOUT = 60.0
STOP_TIMEOUT = 5.0
OPTIONS = (
    ("grpc.max_receive_message_length", 64 * 1024 * 1024),
    ("grpc.max_send_message_length", 64 * 1024 * 1024),
    ("grpc.enable_http_proxy", 0),
)


FAILED = grpc.StatusCode.UNKNOWN
GONE = grpc.StatusCode.UNAVAILABLE
"""What a server answers to a call that it cannot serve, or no longer."""


class Child:
    """A Python process of ours; what it prints is kept (the last 500 lines of each stream)."""

    def __init__(
        self, title: str, target: Sequence[str], *, directory: Path, environment: Mapping[str, str] | None = None
    ) -> None:
        """Start it. ``target`` is what :mod:`launcher` takes: ``module NAME`` or ``path PATH``, then arguments."""
        self.title = title
        # -u: a port must be seen when it is printed.
        self._process = subprocess.Popen(
            [sys.executable, "-u", str(LAUNCHER), *target],
            cwd=directory,
            env=_environment(environment or {}),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        )
        self.output: deque[str] = deque(maxlen=500)
        self.errors: deque[str] = deque(maxlen=500)
        self._first_line = threading.Event()
        self._readers = [self._read(self._process.stdout, self.output), self._read(self._process.stderr, self.errors)]

    def _read(self, stream: IO[str] | None, lines: deque[str]) -> threading.Thread:
        def read() -> None:
            assert stream is not None
            with stream:
                for line in stream:
                    lines.append(line.rstrip("\n"))
                    if lines is self.output:
                        self._first_line.set()
            if lines is self.output:
                self._first_line.set()

        thread = threading.Thread(target=read, daemon=True)
        thread.start()
        return thread

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def port(self) -> int:
        """The port that it prints as its first line.

        Raises:
            EngineError: it printed something else, ended, or was silent for a minute.
        """
        self._first_line.wait(START_TIMEOUT)
        line = self.output[0] if self.output else ""
        if line.isdigit():
            return int(line)
        raise EngineError(f"{self.title} printed {line!r} instead of its port.{self.last_words()}")

    def last_words(self) -> str:
        """How it ended and the last of what it wrote to standard error, for a message; empty while it runs silently."""
        code = self._process.poll()
        if code is not None:
            for reader in self._readers:
                reader.join(1)
        ended = "" if code is None else f" The process ended with exit code {code}."
        written = "\n".join(list(self.errors)[-20:])
        return ended + (f" It wrote:\n{written}" if written else "")

    def wait(self, seconds: float) -> int | None:
        """Wait for its end; the exit code, or None if it still runs."""
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def stop(self) -> None:
        """End it, gently if it listens. May be called again."""
        if self.alive and self._process.stdin:
            self._process.terminate()
            if self.wait(STOP_TIMEOUT) is None:
                self._process.kill()
        self._process.wait()
        for reader in self._readers:
            reader.join(STOP_TIMEOUT)
        if self._process.stdin:
            self._process.stdin.close()


def _environment(additions: Mapping[str, str]) -> dict[str, str]:
    # What a developer's shell says about Pulumi, Python or AWS must not decide a test.
    foreign = ("PULUMI_", "AWS_", "PYTHONPATH", "PYTHONSTARTUP")
    inherited = {name: text for name, text in os.environ.items() if not name.startswith(foreign)}
    return {**inherited, "NO_PROXY": HOST, "no_proxy": HOST, **additions}


class Connection:
    """A gRPC connection to a child; every call has a deadline and fails with a readable error."""

    def __init__(self, child: Child, stub: Callable[[grpc.Channel], Any], timeout: float) -> None:
        self.child = child
        self.timeout = timeout
        self.address = f"{HOST}:{child.port()}"
        self._channel = grpc.insecure_channel(self.address, options=OPTIONS)
        self._stub = stub(self._channel)

    def call(self, method: str, request: Any) -> Any:
        """Call ``method``.

        Raises:
            CallError: the child refused, ended or did not answer in time.
        """
        try:
            return getattr(self._stub, method)(request, timeout=self.timeout)
        except grpc.RpcError as error:
            raise CallError(self._explained(method, error)) from error

    def _explained(self, method: str, error: Any) -> str:
        if error.code() == grpc.StatusCode.UNAVAILABLE:
            self.child.wait(STOP_TIMEOUT)
            return f"{self.child.title} is gone ({method}).{self.child.last_words()}"
        if error.code() == grpc.StatusCode.DEADLINE_EXCEEDED:
            return f"{self.child.title} did not answer {method} within {self.timeout:g} s."
        return str(error.details())

    def close(self) -> None:
        self._channel.close()
        self.child.stop()


def serve(threads: int, *registrations: Callable[[Any], None]) -> tuple[Any, int]:
    """Start a gRPC server on a free port of loopback; the server and its port."""
    server = grpc.server(ThreadPoolExecutor(threads), options=OPTIONS)
    for register in registrations:
        register(server)
    port = int(server.add_insecure_port(f"{HOST}:0"))
    server.start()
    return server, port


class CallError(EngineError):
    """A call to a child process failed."""


class Deadline:
    """The moment at which an operation has taken too long."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds
        self.seconds = seconds

    @property
    def left(self) -> float:
        return max(0.0, self._end - time.monotonic())
