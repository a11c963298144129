"""Values of a template as plain data: where two of them differ, and what their functions refer to."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator
from typing import Any

Path = tuple[str, ...]
"""Names from the properties inwards; a step into a list is ``[0]`` or, where its items have keys, ``[Key=Name]``."""


class Absent:
    """Stands where one of two templates has nothing."""

    def __repr__(self) -> str:
        return "nothing"


ABSENT = Absent()


def is_function(value: Any) -> bool:
    """Whether a value is a call of an intrinsic function."""
    return isinstance(value, dict) and len(value) == 1 and next(iter(value)).startswith(("Ref", "Fn::"))


def differences(old: Any, new: Any, path: Path = ()) -> Iterator[tuple[Path, Any, Any]]:
    """The smallest parts in which two values differ."""
    if old == new:
        return
    if isinstance(old, dict) and isinstance(new, dict) and not is_function(old) and not is_function(new):
        for name in {**old, **new}:
            yield from differences(old.get(name, ABSENT), new.get(name, ABSENT), (*path, name))
    elif isinstance(old, list) and isinstance(new, list):
        yield from _list_differences(old, new, path)
    else:
        yield path, old, new


_KEYS = ("Key", "Sid", "Id", "Name", "AttributeName", "IndexName", "PolicyName", "RuleName")


def _list_differences(old: list[Any], new: list[Any], path: Path) -> Iterator[tuple[Path, Any, Any]]:
    key = next((key for key in _KEYS if _is_keyed(old, key) and _is_keyed(new, key)), None)
    if key:
        before, after = ({item[key]: item for item in items} for items in (old, new))
        found = [
            change
            for name in {**before, **after}
            for change in differences(before.get(name, ABSENT), after.get(name, ABSENT), (*path, f"[{key}={name}]"))
        ]
        # The same items in another order: that may mean something.
        yield from found or [(path, old, new)]
    elif len(old) == len(new):
        for index, (one, other) in enumerate(zip(old, new, strict=True)):
            yield from differences(one, other, (*path, f"[{index}]"))
    else:
        yield from _aligned(old, new, path)


def _is_keyed(items: list[Any], key: str) -> bool:
    names = [item.get(key) for item in items if isinstance(item, dict) and not is_function(item)]
    return (
        bool(items) and len(names) == len(items) == len(set(map(str, names))) and all(isinstance(n, str) for n in names)
    )


def _aligned(old: list[Any], new: list[Any], path: Path) -> Iterator[tuple[Path, Any, Any]]:
    """Items that came or went, with the others kept together."""
    before, after = ([json.dumps(item, sort_keys=True) for item in items] for items in (old, new))
    for tag, a, b, c, d in difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag != "equal":
            pairs = max(b - a, d - c)
            for offset in range(pairs):
                one = old[a + offset] if a + offset < b else ABSENT
                other = new[c + offset] if c + offset < d else ABSENT
                yield from differences(one, other, (*path, f"[{c + offset if other is not ABSENT else a + offset}]"))


def names(path: Path) -> Path:
    """The path without its steps into lists."""
    return tuple(step for step in path if not step.startswith("["))


def uses(value: Any) -> Iterator[tuple[str, str]]:
    """What the functions in a value refer to, as (function, name); the conditions of a choice as ``Condition``."""
    if isinstance(value, list):
        for item in value:
            yield from uses(item)
    elif isinstance(value, dict):
        for name, argument in value.items():
            match name, argument:
                case (("Ref" | "Condition"), str()):
                    yield name, argument
                case "Fn::GetAtt", [str() as resource, *_]:
                    yield "Fn::GetAtt", resource
                case "Fn::If", [str() as condition, *_]:
                    yield "Condition", condition
                case "Fn::FindInMap", [str() as mapping, *_]:
                    yield "Fn::FindInMap", mapping
                case "Fn::Sub", (str() as text) | [str() as text, *_]:
                    yield from textuses(text)
            yield from uses(argument)


def textuses(text: str) -> Iterator[tuple[str, str]]:
    for piece in text.split("${")[1:]:
        name = piece.partition("}")[0].strip()
        if not name.startswith("!"):
            resource, _, attribute = name.partition(".")
            yield ("Fn::GetAtt" if attribute else "Ref"), resource


def functions(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every outermost function in a value, with its place."""
    if is_function(value):
        yield path, value
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from functions(item, (*path, name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from functions(item, (*path, f"[{index}]"))
