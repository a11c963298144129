"""Comments come from the program's own words: the first line of the docstring around the line."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from cloudformation.errors import Position
from cloudformation.source import Sources

SOURCE = '''\
"""Module."""
top = 1


def plain():
    x = 1


def told():
    """Why it is done.

    More.
    """
    def inner():
        """Why inside."""
        y = 1
    z = 2


class Thing:
    """What it is."""

    def __init__(self):
        w = 1

    def method(self):
        """What it does."""
        v = 1

    async def later(self):
        u = 1
'''


@pytest.fixture
def sources(tmp_path: Path) -> Sources:
    """One file of a program."""
    (tmp_path / "program.py").write_text(textwrap.dedent(SOURCE), encoding="utf-8")
    return Sources(tmp_path)


def _line(text: str) -> int:
    return next(index for index, line in enumerate(SOURCE.splitlines(), 1) if line.strip() == text)


@pytest.mark.parametrize(
    ("text", "comment"),
    [
        ("z = 2", "Why it is done. (program.py, told)"),
        ("y = 1", "Why inside. (program.py, told.inner)"),
        ("w = 1", "What it is. (program.py, Thing)"),
        ("v = 1", "What it does. (program.py, Thing.method)"),
        ("x = 1", "(program.py)"),
        ("u = 1", "(program.py)"),
        ("top = 1", "(program.py)"),
    ],
)
def test_the_innermost_function_explains(sources: Sources, text: str, comment: str) -> None:
    """A constructor without words of its own has its class's."""
    assert sources.comment((Position("program.py", _line(text)),)) == comment


def test_who_called_explains_where_the_function_does_not(sources: Sources) -> None:
    """Helpers need no docstring: the next line outwards that has one counts."""
    trace = (Position("program.py", _line("x = 1")), Position("program.py", _line("v = 1")))
    assert sources.comment(trace) == "What it does. (program.py, Thing.method)"


def test_what_is_not_there_explains_nothing(sources: Sources) -> None:
    """No trace, or a file that is gone."""
    assert sources.comment(()) == ""
    assert sources.comment((Position("gone.py", 1),)) == "(gone.py)"


def test_another_encoding_is_read(tmp_path: Path) -> None:
    """Python reads it, so the compiler must."""
    text = '# -*- coding: latin-1 -*-\ndef f():\n    """Für alle."""\n    x = 1\n'
    (tmp_path / "old.py").write_text(text, encoding="latin-1")
    assert Sources(tmp_path).comment((Position("old.py", 4),)) == "Für alle. (old.py, f)"
