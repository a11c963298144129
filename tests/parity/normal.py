"""The normal form: a resource's properties as a list of leaves, each a path, a place and a text.

What is written differently and means the same becomes the same: JSON in a text is read, lists of names with values are
maps, numbers and truth values are text. What may mean something is kept: the place in a list of objects, the statements
of a policy.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Path = tuple[str, ...]
Rewrite = Callable[[str], str]
"""Puts logical names in the place of ids."""

LISTS_OF_A_STATEMENT = {"Action", "NotAction", "Resource", "NotResource", "DataIdentifier"}


@dataclass(frozen=True, order=True)
class Leaf:
    """One scalar, or one policy document."""

    path: Path
    """Keys from the outside inwards."""
    place: tuple[int, ...]
    """Where in the lists on the way; a list of one item counts as that item."""
    value: str

    @property
    def name(self) -> str:
        return ".".join(self.path)

    def __str__(self) -> str:
        where = f"[{','.join(map(str, self.place))}]" if self.place else ""
        return f"{self.name}{where} = {self.value[:100]}"


def leaves(value: Any, rewrite: Rewrite, path: Path = (), place: tuple[int, ...] = ()) -> Iterator[Leaf]:
    """All leaves of a value."""
    value = _read(value)
    if _is_document(value):
        yield Leaf(path, place, _document(value, rewrite))
    elif isinstance(value, Mapping):
        for name, item in value.items():
            yield from leaves(item, rewrite, (*path, name), place)
    elif isinstance(value, list) and value and all(map(_is_named, value)):
        for item in value:
            yield from _named_leaves(item, rewrite, path, place)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from leaves(item, rewrite, path, (*place, index) if len(value) > 1 else place)
    elif value is not None:
        yield Leaf(path, place, rewrite(scalar(value)))


def scalar(value: Any) -> str:
    """A scalar as text; the protocol of the one side knows no integers, templates of the other give them as text."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _read(value: Any) -> Any:
    if isinstance(value, str) and value[:1] in ("{", "[") and len(value) > 1:
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def _is_named(item: Any) -> bool:
    """Whether an item of a list is a name with a value, as tags, environment variables and attributes are."""
    if not isinstance(item, Mapping):
        return False
    keys = {key.lower() for key in item}
    return {"key", "value"} <= keys or {"name", "value"} <= keys


def _named_leaves(item: Mapping[str, Any], rewrite: Rewrite, path: Path, place: tuple[int, ...]) -> Iterator[Leaf]:
    name_key = next(key for wanted in ("key", "name") for key in item if key.lower() == wanted)
    inner = (*path, str(item[name_key]))
    for key, value in item.items():
        if key != name_key:
            yield from leaves(value, rewrite, inner if key.lower() == "value" else (*inner, key), place)


def _is_document(value: Any) -> bool:
    """Whether this is a policy document: its statements are compared as a whole."""
    return isinstance(value, Mapping) and (
        isinstance(value.get("Statement"), list) or {"Version", "Statement"} <= set(value)
    )


def _document(document: Mapping[str, Any], rewrite: Rewrite) -> str:
    return json.dumps(_canonical(document, rewrite), sort_keys=True)


def _canonical(value: Any, rewrite: Rewrite, key: str = "") -> Any:
    """A document in which one item and a list of it are the same, and sets are sorted."""
    if isinstance(value, Mapping):
        return {name: _canonical(item, rewrite, _role(key, name)) for name, item in value.items()}
    items = value if isinstance(value, list) else [value]
    if key == "Statement":
        return [_canonical(item, rewrite, "a statement") for item in items]
    if key in LISTS_OF_A_STATEMENT or key in ("a principal", "a condition's values"):
        return sorted(rewrite(scalar(item)) for item in items)
    if isinstance(value, list):
        return [_canonical(item, rewrite) for item in value]
    return rewrite(scalar(value))


def _role(key: str, name: str) -> str:
    """What a member of a document is, where that decides how its value is read."""
    if key in ("Principal", "NotPrincipal"):
        return "a principal"
    if key == "Condition":
        return "an operator"
    return "a condition's values" if key == "an operator" else name
