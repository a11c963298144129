"""Breaks one thing at a time on the template's side: what the comparison does not see then, it would never see."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from .compare import Comparison, compare_pair
from .normal import Rewrite
from .pairs import Pair, Pairs

Step = str | int


def mutants(pair: Pair) -> Iterator[tuple[str, Pair]]:
    """A pair with one scalar changed, left out, or exchanged with one beside it; each with what was done."""
    properties = pair.template[0].properties
    for path in _scalars(properties):
        yield f"changed {path}", _with(pair, path, _other(_at(properties, path)))
        yield f"left out {path}", _without(pair, path)
        for beside in _beside(properties, path):
            swapped = _with(pair, path, _at(properties, beside))
            yield f"exchanged {path} and {beside}", _with(swapped, beside, _at(properties, path))


def is_seen(pair: Pair, rewrite: tuple[Rewrite, Rewrite]) -> bool:
    """Whether the comparison objects."""
    comparison = Comparison(Pairs())
    compare_pair(pair, rewrite, comparison)
    return bool(comparison.differences)


def _scalars(value: Any, path: tuple[Step, ...] = ()) -> Iterator[tuple[Step, ...]]:
    if isinstance(value, Mapping):
        for name, item in value.items():
            yield from _scalars(item, (*path, name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _scalars(item, (*path, index))
    else:
        yield path


def _beside(value: Any, path: tuple[Step, ...]) -> Iterator[tuple[Step, ...]]:
    """Places of other scalars in the same object, each pair of places once, whose values are of the same kind."""
    around, own = _at(value, path[:-1]), _at(value, path)
    if isinstance(around, Mapping) and {key.lower() for key in around} not in ({"key", "value"}, {"name", "value"}):
        for name, item in around.items():
            if name > str(path[-1]) and type(item) is type(own) and item != own and not isinstance(item, dict | list):
                yield (*path[:-1], name)


def _other(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    return value + 1 if isinstance(value, int | float) else f"{value}x"


def _at(value: Any, path: tuple[Step, ...]) -> Any:
    for step in path:
        value = value[step]
    return value


def _with(pair: Pair, path: tuple[Step, ...], new: Any) -> Pair:
    properties = copy.deepcopy(pair.template[0].properties)
    _at(properties, path[:-1])[path[-1]] = new
    return _replaced(pair, properties)


def _without(pair: Pair, path: tuple[Step, ...]) -> Pair:
    properties = copy.deepcopy(pair.template[0].properties)
    del _at(properties, path[:-1])[path[-1]]
    return _replaced(pair, properties)


def _replaced(pair: Pair, properties: Mapping[str, Any]) -> Pair:
    head = replace(pair.template[0], properties=properties)
    return replace(pair, template=(head, *pair.template[1:]))
