"""Which line of the program something comes from."""

from __future__ import annotations

import sys
import traceback
import urllib.parse
from pathlib import Path
from typing import Any

from .errors import Position
from .project import Project


class Positions:
    """Finds the program's own lines among those of libraries and of this package."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._known: dict[str, str | None] = {}
        self._files: dict[str, str] = {}

    def relative(self, position: Position) -> Position | None:
        """The position with a path inside the project; None when it lies elsewhere (a library, this package)."""
        return self.at(position.file, position.line)

    def at(self, file: str, line: int) -> Position | None:
        """A line of the program; None if the file is none of its own."""
        inside = self._inside(file)
        return Position(inside, line) if inside else None

    def _inside(self, file: str) -> str | None:
        if file not in self._known:
            path, project = Path(file), self._project
            self._known[file] = str(path.relative_to(project.directory)) if project.contains(path) else None
        return self._known[file]

    def trace(self, request: Any) -> tuple[Position, ...]:
        """The program's lines in a request's stack trace, innermost first."""
        return tuple(filter(None, map(self._of_frame, request.stackTrace.frames)))

    def _of_frame(self, frame: Any) -> Position | None:
        uri = frame.pc.uri
        if uri not in self._files:
            self._files[uri] = urllib.parse.unquote(urllib.parse.urlparse(uri).path)
        file = self._files[uri]
        return self.relative(Position(file, frame.pc.line)) if file else None

    def innermost(self, error: BaseException) -> Position | None:
        """The line that an exception comes from, or passed last."""
        frames = traceback.extract_tb(error.__traceback__)
        positions = (self.relative(Position(frame.filename, frame.lineno or 0)) for frame in reversed(frames))
        return next(filter(None, positions), None)

    def caller(self) -> Position | None:
        """The innermost line that is being executed."""
        frame = sys._getframe(1)
        while frame:
            position = self.relative(Position(frame.f_code.co_filename, frame.f_lineno))
            if position:
                return position
            frame = frame.f_back  # type: ignore[assignment]
        return None
