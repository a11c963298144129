"""Shared by the tests of the engine harness."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from .engine import Engine

FIXTURES = Path(__file__).with_name("fixtures")
REGION = {"aws:region": "eu-west-1"}


@pytest.fixture
def start() -> Iterator[Callable[..., Engine]]:
    """Start an engine on a program under ``fixtures``; it is stopped when the test ends."""
    engines: list[Engine] = []

    def start(program: str, *, config: dict[str, object] | None = None, **options: Any) -> Engine:
        engine = Engine(FIXTURES / program, config={**REGION, **(config or {})}, **options)
        engines.append(engine)
        return engine.__enter__()

    yield start
    for engine in engines:
        engine.__exit__(None, None, None)
