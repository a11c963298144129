"""Imports Pulumi's AWS SDK in a fraction of its time and memory, for commands that run a program and end.

* The SDK's modules spend most of their import on evaluating annotations (``Input[Optional[Sequence[...]]]``). They are
  compiled as if they began with ``from __future__ import annotations``, and without docstrings: Pulumi evaluates the
  annotations of what it is asked about, when it is asked.
* Half of their classes are ``TypedDict``, which exist for type checkers and are plain ``dict`` when a program runs. So
  they are ``dict`` from the beginning.
* A service's package imports all of its modules, a few hundred for EC2. Here it imports the one that holds the name
  which is asked for. Its output types wait until one of them is.
* Pulumi itself imports what drives its engine and what runs providers in Python. Both wait until they are used.

The bytecode lies beside Python's own (``__pycache__``), and is made again when the source's time or size is another, as
Python does. Whatever looks different from what is expected here is imported in the plain way.
"""

from __future__ import annotations
import __future__

import ast
import importlib
import importlib.machinery
import importlib.util
import marshal
import os
import re
import struct
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

SDK = "pulumi_aws"
# A program seldom uses them, and together they take as long to import as all of Pulumi's core.
DEFERRED = frozenset({"dill", "psutil", "pulumi.automation", "pulumi.dynamic"})
TAG = "annotations"

_FLAGS = __future__.annotations.compiler_flag
_WITHOUT_DOCSTRINGS = 2
# All that the package of a service consists of.
_PACKAGE = re.compile(
    r"(#.*|import \w+( as \w+)?|from \.\. import _utilities|from \. import outputs|from \.\w+ import \*|)"
)
_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
# Not names of the SDK: what Python asks a module for by itself.
_ALL = "__all__"


def install() -> None:
    """Import the SDK so from now on, in this process."""
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())


def remove() -> None:
    """Import the SDK in the plain way from now on."""
    sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, _Finder)]


def file_of(module: object) -> str | None:
    """A module's file. One that is imported lazily stays asleep, which any other question would end."""
    try:
        file = object.__getattribute__(module, "__dict__").get("__file__")
    except AttributeError:
        return None
    return file if isinstance(file, str) else None


class _Finder:
    """Finds the SDK's modules as Python does, and gives them other loaders. (A ``MetaPathFinder`` but for the base
    class, whose module imports a dozen others.)"""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname.partition(".")[0] != SDK and fullname not in DEFERRED:
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path, target)
        if spec and spec.loader and fullname in DEFERRED:
            spec.loader = importlib.util.LazyLoader(spec.loader)
            return spec
        if spec and type(spec.loader) is importlib.machinery.SourceFileLoader:
            service = spec.submodule_search_locations is not None and fullname.count(".") == 1
            loader = (_ServiceLoader if service else _Loader)(fullname, spec.loader.path)
            # Named in annotations only, so it waits until one of them is evaluated.
            outputs = fullname.endswith(".outputs")
            spec.loader = importlib.util.LazyLoader(loader) if outputs else loader
        return spec


class _Loader(importlib.machinery.SourceFileLoader):
    """Compiles a module without evaluating its annotations, and keeps the bytecode."""

    def get_code(self, fullname: str) -> CodeType | None:
        cache = importlib.util.cache_from_source(self.path, optimization=TAG)
        stats = self.path_stats(self.path)
        key = importlib.util.MAGIC_NUMBER + struct.pack("<dQ", stats["mtime"], stats["size"])
        return _kept(cache, key) or self._compiled(fullname, cache, key)

    def _compiled(self, fullname: str, cache: str, key: bytes) -> CodeType | None:
        folder = Path(cache).parent
        if sys.dont_write_bytecode or not os.access(folder if folder.exists() else folder.parent, os.W_OK):
            # Compiling each time would take longer than it saves.
            return super().get_code(fullname)
        tree = ast.parse(self.get_data(self.path), self.path)
        tree.body = [_plain_dict(node) for node in tree.body]
        code: CodeType = compile(tree, self.path, "exec", flags=_FLAGS, dont_inherit=True, optimize=_WITHOUT_DOCSTRINGS)
        self.set_data(cache, key + marshal.dumps(code))
        return code


def _plain_dict(node: ast.stmt) -> ast.stmt:
    """``Name = dict`` for ``class Name(TypedDict)``."""
    if isinstance(node, ast.ClassDef) and [ast.unparse(base) for base in node.bases] == ["TypedDict"]:
        assignment = ast.parse(f"{node.name} = dict").body[0]
        return ast.fix_missing_locations(ast.copy_location(assignment, node))
    return node


def _kept(cache: str, key: bytes) -> CodeType | None:
    try:
        data = Path(cache).read_bytes()
        code = marshal.loads(memoryview(data)[len(key) :]) if data.startswith(key) else None
    except (OSError, EOFError, ValueError, TypeError):
        return None
    return code if isinstance(code, CodeType) else None


class _ServiceLoader(_Loader):
    """Imports of a service's package what is asked for."""

    def exec_module(self, module: ModuleType) -> None:
        lines = self.get_data(self.path).decode("utf-8").splitlines()
        if not all(_PACKAGE.fullmatch(line) for line in lines):
            super().exec_module(module)
            return
        folder = Path(self.path).parent

        def attribute(name: str) -> Any:
            if name.startswith("__") and name != _ALL:
                raise AttributeError(f"module {module.__name__!r} has no attribute {name!r}")
            for candidate in _modules_of(name):
                if (folder / f"{candidate}.py").is_file():
                    found = importlib.import_module(f"{module.__name__}.{candidate}")
                    if name == candidate:
                        return found
                    if name in getattr(found, _ALL, ()):
                        setattr(module, name, getattr(found, name))
                        return getattr(found, name)
            return everything(name)

        def everything(name: str) -> Any:
            del module.__getattr__
            super(_ServiceLoader, self).exec_module(module)
            if name == _ALL:
                # Asked for twice: whether it is there, and what it is.
                module.__all__ = [public for public in vars(module) if not public.startswith("_")]  # type: ignore[attr-defined]
            return getattr(module, name)

        module.__getattr__ = attribute  # type: ignore[method-assign]


def _modules_of(name: str) -> Iterator[str]:
    """Modules of a service that may hold ``name``, the likeliest first."""
    if name == _ALL:
        return
    words = _WORD.sub("_", name).lower()
    yield words
    for ending in ("_args", "_state", "_output"):
        if words.endswith(ending):
            yield words.removesuffix(ending)
    yield "_enums"
    yield "_inputs"
