"""Imports a program's own modules by their content.

Python takes bytecode for that of a source whose size and time (in whole seconds) are the same, so whoever saves
twice in a second gets the first version. Here bytecode on disk is used only if it was made after the source was last
touched; what was compiled in this process is kept by the source's content.
"""

from __future__ import annotations

import contextlib
import importlib.abc
import importlib.machinery
import importlib.util
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import CodeType, ModuleType

from .inputs import MODULES, Collector, digest, own, plain_stat

# Bytecode that is not younger than its source by this much may have been made from what stood there before.
_MARGIN_NS = 1_000_000_000
# By file: the digest of its source, and what was compiled from it.
_compiled: dict[str, tuple[str, CodeType]] = {}


@contextlib.contextmanager
def fresh_modules(collector: Collector) -> Iterator[None]:
    """Import so in the block, and note what is imported and where it was looked for."""
    finder = _Finder(collector)
    # Python lists a folder again when its time is another; two saves may share one.
    importlib.invalidate_caches()
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)


class _Finder(importlib.abc.MetaPathFinder):
    """Finds modules as Python does, and gives those that are no library another loader."""

    def __init__(self, collector: Collector) -> None:
        self._collector = collector

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        folders = [str(Path(folder).absolute()) for folder in (sys.path if path is None else path)]
        searched = [folder for folder in folders if own(folder)]
        if not searched:
            return None
        for folder in searched:
            self._collector.note(MODULES, folder)
        spec = importlib.machinery.PathFinder.find_spec(fullname, path, target)
        if spec and type(spec.loader) is importlib.machinery.SourceFileLoader and own(spec.loader.path):
            spec.loader = _Loader(fullname, spec.loader.path)
            return spec
        return None


class _Loader(importlib.machinery.SourceFileLoader):
    """Compiles what is in the file now."""

    def get_code(self, fullname: str) -> CodeType | None:
        source = self.get_data(self.path)
        key = digest(source)
        known = _compiled.get(self.path)
        if known and known[0] == key:
            return known[1]
        code = super().get_code(fullname) if self._bytecode_is_younger() else None
        if code is None:
            code = self.source_to_code(source, self.path)
        _compiled[self.path] = (key, code)
        return code

    def _bytecode_is_younger(self) -> bool:
        try:
            made = plain_stat(importlib.util.cache_from_source(self.path)).st_mtime_ns
            return made - plain_stat(self.path).st_ctime_ns > _MARGIN_NS
        except (OSError, NotImplementedError):
            return False
