"""Ways to break one thing of a platform."""

from __future__ import annotations

import json
import pickle
import re
from collections.abc import Callable
from typing import Any

from tests.policies.platform import Platform, Ref

Edit = Callable[[Platform], None]


def set_(name: str, path: str, value: Any) -> Edit:
    """Give a resource another value at ``a.b[0].c``."""

    def edit(platform: Platform) -> None:
        *steps, last = _steps(path)
        target: Any = platform.items[name].props
        for step in steps:
            target = target[step] if isinstance(step, int) else target.setdefault(step, {})
        target[last] = value

    return edit


def drop(name: str, path: str) -> Edit:
    """Take the value at ``path`` away."""

    def edit(platform: Platform) -> None:
        *steps, last = _steps(path)
        target: Any = platform.items[name].props
        for step in steps:
            target = target[step]
        del target[last]

    return edit


def without(*names: str) -> Edit:
    """Leave resources out."""

    def edit(platform: Platform) -> None:
        for name in names:
            del platform.items[name]

    return edit


def plus(name: str, type_: str, /, **props: Any) -> Edit:
    """Add a resource."""

    def edit(platform: Platform) -> None:
        platform.add(name, type_, **props)

    return edit


def statement(name: str, prop: str, index: int, **changes: Any) -> Edit:
    """Change one statement of a policy document; None takes a member away."""

    def edit(platform: Platform) -> None:
        document = json.loads(platform.items[name].props[prop])
        chosen = document["Statement"][index]
        for key, value in changes.items():
            if value is None:
                chosen.pop(key, None)
            else:
                chosen[key] = value
        platform.items[name].props[prop] = json.dumps(document)

    return edit


def no_statement(name: str, prop: str, index: int) -> Edit:
    """Take one statement out of a policy document."""

    def edit(platform: Platform) -> None:
        document = json.loads(platform.items[name].props[prop])
        del document["Statement"][index]
        platform.items[name].props[prop] = json.dumps(document)

    return edit


def parameter(name: str, key: str, value: str | None) -> Edit:
    """Change one entry of a parameter group; None takes it away."""

    def edit(platform: Platform) -> None:
        parameters = platform.items[name].props["parameters"]
        kept = [item for item in parameters if item["name"] != key]
        platform.items[name].props["parameters"] = kept + ([] if value is None else [{"name": key, "value": value}])

    return edit


def protect(name: str) -> Edit:
    """Protect a resource from deletion."""

    def edit(platform: Platform) -> None:
        platform.items[name].protect = True

    return edit


def point(name: str, path: str, other: str, output: str = "id") -> Edit:
    """Point a reference at another resource."""
    return set_(name, path, Ref(other, output))


def both(*edits: Edit) -> Edit:
    """Several edits that break one thing together."""

    def edit(platform: Platform) -> None:
        for one in edits:
            one(platform)

    return edit


def broken(platform: Platform, edit: Edit) -> Platform:
    """A copy of the platform with the edit."""
    copied: Platform = pickle.loads(pickle.dumps(platform))
    edit(copied)
    return copied


def _steps(path: str) -> list[str | int]:
    # A dot in a name is written as two.
    parts = re.findall(r"(?:[^.\[\]]|\.\.)+", path)
    return [int(part) if part.isdigit() else part.replace("..", ".") for part in parts]
