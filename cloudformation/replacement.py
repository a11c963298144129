"""Puts other functions into modules and classes for a while."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any

Replacement = tuple[Any, str, Callable[..., Any]]
"""Owner, name, and what stands there meanwhile."""


@contextlib.contextmanager
def replaced(replacements: Iterable[Replacement]) -> Iterator[None]:
    """Replace what the owners themselves have under these names, and bring it back afterwards."""
    chosen = tuple(replacements)
    # As it stands in its owner: a static method is still one.
    originals = [(owner, name, vars(owner)[name]) for owner, name, _ in chosen]
    try:
        for owner, name, function in chosen:
            setattr(owner, name, function)
        yield
    finally:
        for owner, name, original in originals:
            setattr(owner, name, original)
