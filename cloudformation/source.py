"""Reads from the program's source what a line of it is for: the docstring of the function around it."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from .errors import Position


@dataclass(frozen=True)
class Block:
    """A function or class of the program."""

    name: str
    first: int
    last: int
    summary: str
    """First line of the docstring, or of the class's for a constructor; may be empty."""


@dataclass(frozen=True)
class Sources:
    """The program's source files, below ``directory``."""

    directory: Path
    _read: dict[str, tuple[Block, ...]] = field(default_factory=dict, init=False, repr=False, compare=False)
    """Each file is read once."""

    def around(self, position: Position) -> Block | None:
        """The innermost function around a line."""
        enclosing = [b for b in self._blocks(position.file) if b.first <= position.line <= b.last]
        return min(enclosing, key=lambda block: block.last - block.first, default=None)

    def comment(self, trace: tuple[Position, ...]) -> str:
        """Why the program's code at the head of ``trace`` makes what it makes, and where it stands."""
        for position in trace:
            block = self.around(position)
            if block and block.summary:
                return f"{block.summary} ({position.file}, {block.name})"
        return f"({trace[0].file})" if trace else ""

    def _blocks(self, name: str) -> tuple[Block, ...]:
        if name not in self._read:
            file = self.directory / name
            self._read[name] = _parsed(file.read_bytes()) if file.is_file() else ()
        return self._read[name]


@functools.lru_cache(maxsize=1024)
def _parsed(source: bytes) -> tuple[Block, ...]:
    return tuple(_walk(ast.parse(source), "", ""))


def _walk(node: ast.AST, prefix: str, inherited: str) -> Iterator[Block]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            name = f"{prefix}{child.name}"
            summary = (ast.get_docstring(child) or "").partition("\n")[0]
            if child.name == "__init__":
                name, summary = prefix.rstrip("."), summary or inherited
            if not isinstance(child, ast.ClassDef):
                yield Block(name, child.lineno, child.end_lineno or child.lineno, summary)
            yield from _walk(child, f"{name}.", summary)
