"""Positions: the program's own lines, and nobody else's."""

from __future__ import annotations

from pathlib import Path

import pulumi

from cloudformation.errors import Position
from cloudformation.positions import Positions

from .support import PROJECT


def test_positions_are_relative_to_the_project() -> None:
    """Neither a library's nor the compiler's count."""
    positions = Positions(PROJECT)
    assert positions.relative(Position(str(PROJECT.directory / "a" / "b.py"), 3)) == Position("a/b.py", 3)
    assert positions.relative(Position(pulumi.__file__, 3)) is None
    assert positions.relative(Position(str(Path(__file__).parents[2] / "cloudformation" / "graph.py"), 3)) is None


def test_the_innermost_line_of_an_exception() -> None:
    """Where the program passed it last, also when a library raised it."""

    def calling() -> None:
        Path("/nowhere/at/all").read_text()

    try:
        calling()
    except OSError as error:
        found = Positions(PROJECT).innermost(error)
    assert found == Position("test_positions.py", calling.__code__.co_firstlineno + 1)


def test_the_line_that_is_being_executed() -> None:
    """From inside of a library."""
    found = Positions(PROJECT).caller()
    assert found == Position("test_positions.py", test_the_line_that_is_being_executed.__code__.co_firstlineno + 2)
