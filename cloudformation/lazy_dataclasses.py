"""Dataclasses whose methods are compiled when they are first called, for commands that run a program and end.

Python writes the text of up to six methods for every dataclass and compiles each, which takes longer than to import
everything else in its module; of most classes only ``__init__`` is called. A program's modules are imported for each
recording, so this counts several times. Where Python makes them in another way they are made as they always were.
"""

from __future__ import annotations

import dataclasses
from typing import Any

_NAME = "_create_fn"
_PARAMETERS = "name args body globals locals return_type"
_SELDOM = frozenset(
    {"__repr__", "__eq__", "__hash__", "__setattr__", "__delattr__", "__lt__", "__le__", "__gt__", "__ge__"}
)

_own_way = vars(dataclasses).get(_NAME)


def install() -> None:
    """Make dataclasses so from now on, in this process."""
    code = getattr(_own_way, "__code__", None)
    parameters = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount] if code else ()
    if " ".join(parameters) == _PARAMETERS:
        setattr(dataclasses, _NAME, _lazily)


def remove() -> None:
    """Make them as Python does from now on."""
    if _own_way:
        setattr(dataclasses, _NAME, _own_way)


def _lazily(name: str, args: Any, body: Any, **context: Any) -> Any:
    assert _own_way
    if name not in _SELDOM:
        return _own_way(name, args, body, **context)
    made: Any = None

    def method(*arguments: Any) -> Any:
        nonlocal made
        made = made or _own_way(name, args, body, **context)
        return made(*arguments)

    method.__name__ = name
    return method
