"""Follows each value of a resource's inputs to where it was placed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from .graph import Concat, Function, ListValue, Literal, MapValue, Path, Value, as_text, leaves, parse_json, parts
from .placement import Placement
from .values import NO_VALUE


@dataclass(frozen=True)
class Traced:
    """One value inside a resource's inputs, and its places; none means that it was lost."""

    path: Path
    value: Value
    placements: tuple[Placement, ...]


def trace(inputs: Mapping[str, Value], placements: Iterable[Placement]) -> Iterator[Traced]:
    """Follow each value of ``inputs``: each leaf, each value in a text that was read as JSON, each side of a choice."""
    index: dict[Path, list[Placement]] = {}
    inner: set[Path] = set()
    for placement in placements:
        index.setdefault(placement.source, []).append(placement)
        inner.update(placement.source[:length] for length in range(len(placement.source)))
    for name, value in inputs.items():
        for path, leaf in leaves(value, (name,)):
            yield from _trace_leaf(path, leaf, index, inner)


def _trace_leaf(path: Path, leaf: Value, index: Mapping[Path, list[Placement]], inner: set[Path]) -> Iterator[Traced]:
    exact = index.get(path, [])
    if exact:
        sides = list(_trace_sides(path, leaf, exact))
        yield from sides or [Traced(path, leaf, tuple(exact))]
    elif path in inner and isinstance(parsed := json_inside(leaf), MapValue | ListValue):
        for inside, value in leaves(parsed, path):
            yield from _trace_leaf(inside, value, index, inner)
    else:
        yield Traced(path, leaf, _converted(path, leaf, index))


def _trace_sides(path: Path, leaf: Value, exact: Iterable[Placement]) -> Iterator[Traced]:
    """A choice's two sides, each under the path of the choice."""
    if not isinstance(leaf, Function):
        return
    for placement in exact:
        for side, placed in zip(leaf.arguments[1:], placement.branches, strict=False):
            if side not in (NO_VALUE, Literal(None)):
                index: dict[Path, list[Placement]] = {}
                for item in placed:
                    index.setdefault(item.source, []).append(_outside(item, placement))
                inner = {source[:length] for source in index for length in range(len(source))}
                for inside, value in leaves(side, path):
                    yield from _trace_leaf(inside, value, index, inner)


def _outside(inside: Placement, choice: Placement) -> Placement:
    """A placement on one side of a choice, as seen from the resource."""
    if inside.target is None or choice.target is None:
        return inside
    return replace(inside, target=(*choice.target, *inside.target[1:]))


def json_inside(leaf: Value) -> Value:
    """What a text says, if it is JSON."""
    try:
        return parse_json(leaf) if isinstance(leaf, Literal | Concat) else leaf
    except ValueError:
        return leaf


def _converted(path: Path, leaf: Value, index: Mapping[Path, list[Placement]]) -> tuple[Placement, ...]:
    """The placements of a whole that changed its form, if ``leaf`` is in them: as a value, or as a key of a map."""
    for length in range(len(path) - 1, 0, -1):
        placed = index.get(path[:length], [])
        if placed:
            holding = [item for item in placed if _holds(item, leaf)]
            return tuple(holding) if holding or leaf != Literal(None) else tuple(placed)
    return ()


def _holds(placement: Placement, leaf: Value) -> bool:
    if isinstance(leaf, Literal):
        text = as_text(leaf)
        inside = (as_text(part) for part in parts(placement.value) if isinstance(part, Literal))
        return text in inside or text in (placement.target or ())
    return leaf in parts(placement.value)


def grouped(placements: Iterable[Placement], key: Callable[[Placement], str]) -> dict[str, list[Placement]]:
    groups: dict[str, list[Placement]] = {}
    for placement in placements:
        groups.setdefault(key(placement), []).append(placement)
    return groups
