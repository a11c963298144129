"""Finds resources that two templates have under different logical ids, and that are otherwise the same."""

from __future__ import annotations

import difflib
import functools
import json
from collections.abc import Mapping
from typing import Any


def find_renames(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, str]:
    """Old logical ids by new ones, of resources that are otherwise the same."""
    gone = [name for name in before if name not in after]
    come = [name for name in after if name not in before]
    moved = set(gone) | set(come)
    left: dict[str, list[str]] = {}
    for name in gone:
        left.setdefault(_signature(before[name], moved), []).append(name)
    renames: dict[str, str] = {}
    for name in come:
        candidates = left.get(_signature(after[name], moved), [])
        if candidates:
            nearest = max(candidates, key=functools.partial(_likeness, name))
            candidates.remove(nearest)
            renames[name] = nearest
    return renames


def _likeness(one: str, other: str) -> float:
    return difflib.SequenceMatcher(None, one, other).ratio()


def _signature(resource: Mapping[str, Any], moved: set[str]) -> str:
    """What a resource is, whatever it is called, and whatever those are called that come or go with it."""
    compared = {"Type": resource["Type"], "Properties": _masked(resource.get("Properties", {}), moved)}
    return json.dumps(compared, sort_keys=True)


def _masked(value: Any, moved: set[str]) -> Any:
    match value:
        case {"Ref": str() as name} if name in moved:
            return {"Ref": "*"}
        case {"Fn::GetAtt": [str() as name, *rest]} if name in moved:
            return {"Fn::GetAtt": ["*", *rest]}
        case {"Fn::Sub": str() as text}:
            return {"Fn::Sub": _masked_text(text, moved)}
        case {"Fn::Sub": [str() as text, variables]}:
            return {"Fn::Sub": [_masked_text(text, moved), _masked(variables, moved)]}
        case dict():
            return {key: _masked(item, moved) for key, item in value.items()}
        case list():
            return [_masked(item, moved) for item in value]
    return value


def _masked_text(text: str, moved: set[str]) -> str:
    first, *pieces = text.split("${")
    for piece in pieces:
        name, _, rest = piece.partition("}")
        resource, dot, attribute = name.partition(".")
        first += "${" + ("*" if resource in moved else resource) + dot + attribute + "}" + rest
    return first
