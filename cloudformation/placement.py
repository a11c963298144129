"""Where one recorded input went: the unit from which both the template and the ledger are made."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from .graph import ListValue, MapValue, Path, Value, describe


class Disposition(StrEnum):
    """What became of an input."""

    PROPERTY = "property"
    FOLDED = "folded"
    EXPANDED = "expanded"
    """Another resource was made that holds it, or does what it says; no placement has this one, only the ledger."""
    PROVIDER_ONLY = "provider-only"
    EXPLICIT = "made explicit"


@dataclass(frozen=True)
class Placement:
    """One leaf of one recorded resource's inputs, and its place in the template."""

    source_urn: str
    source: Path
    """Empty for a property that was made explicit."""
    owner_urn: str
    """The resource whose properties hold it; the resource itself unless it was folded."""
    target: Path | None
    """None when the template has no such thing."""
    value: Value
    disposition: Disposition
    reason: str = ""
    branches: tuple[tuple[Placement, ...], ...] = ()
    """For a choice (``Fn::If``): how each of its two sides was placed, under the last step of ``target`` alone."""


class ConflictError(ValueError):
    """Two inputs claim the same place."""


def build(placements: Iterable[Placement]) -> MapValue:
    """The properties that the placements make together.

    Raises:
        ConflictError: two of them have the same target.
    """
    tree: dict[Any, Any] = {}
    for placement in placements:
        if placement.target is not None:
            _put(tree, placement.target, placement.value)
    value = frozen(tree)
    assert isinstance(value, MapValue)
    return value


def _put(tree: dict[Any, Any], path: Path, value: Value) -> None:
    for step in path[:-1]:
        tree = tree.setdefault(step, {})
        if not isinstance(tree, dict):
            raise ConflictError(f"{describe(path)} is set twice")
    if path[-1] in tree:
        raise ConflictError(f"{describe(path)} is set twice")
    tree[path[-1]] = value


def frozen(node: Any) -> Value:
    """A tree of dicts as a value: keys that are all numbers make a list."""
    if not isinstance(node, dict):
        leaf: Value = node
        return leaf
    if node and all(isinstance(step, int) for step in node):
        return ListValue(tuple(frozen(node[step]) for step in sorted(node)))
    return MapValue({str(step): frozen(item) for step, item in node.items()})
