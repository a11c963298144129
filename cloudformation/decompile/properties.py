"""Reads one resource's properties back to the inputs that they came from."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from ..graph import ListValue, Literal, MapValue, Path, Value
from ..placement import frozen
from ..types.model import parse_path
from ..values import NO_VALUE, unreadable
from .inversion import Inversion, Names, node_at, unconverted


@dataclass
class Reading:
    """Reads one resource's properties back to inputs."""

    back: Inversion
    note: Callable[[str], None]
    """Takes what has no place among the inputs."""
    tree: dict[str, Any] = field(default_factory=dict)
    anchors: dict[Names, Path] = field(default_factory=dict)
    """By path of names, the path with list indices that is being read."""

    def inputs(self, properties: MapValue, base: Names) -> dict[str, Value]:
        self._members(properties, base, (), ())
        return {name: frozen(item) for name, item in self.tree.items()}

    def _members(self, value: MapValue, target: Names, names: Names, path: Path) -> None:
        for key, item in value.items.items():
            if item != NO_VALUE:
                self._member(key, item, value, (*target, key), names, path)

    def _member(  # noqa: PLR0917 - a member, what stands around it, and where it is
        self, key: str, item: Value, around: MapValue, target: Names, names: Names, path: Path
    ) -> None:
        if target in self.back.pairs:
            self._pairs(item, target)
        elif (key,) == target and key == self.back.schema.tag_property and isinstance(item, ListValue):
            self.tree["tags"] = MapValue(dict(_tags(item)))
        elif target in self.back.origins and not self._unruled(key, target, names):
            self._origin(item, around, target)
        elif target in self.back.beside:
            return
        elif self._by_name(key, target, names):
            self._input(key, item, target, names, path)
        elif self.back.leads_to(target):
            self._through(item, target, names, path)
        else:
            self._spread(key, item, target, names, path)

    def _by_name(self, key: str, target: Names, names: Names) -> bool:
        """Whether the input at ``names`` has a member of the same name in the same place."""
        return key.lower() in self.back.members(names) and self.back.place(names) == target[:-1]

    def _unruled(self, key: str, target: Names, names: Names) -> bool:
        """Whether an input of the same name, which needs no rule, says the same as one that has a rule."""
        if not self._by_name(key, target, names):
            return False
        return ".".join((*names, self.back.members(names)[key.lower()].name)) not in self.back.entry.properties

    def _input(self, key: str, item: Value, target: Names, names: Names, path: Path) -> None:
        known = self.back.members(names).get(key.lower())
        name = known.name if known else _decapitalised(key)
        self._value(item, target, (*names, name), (*path, name))

    def _spread(self, key: str, item: Value, target: Names, names: Names, path: Path) -> None:
        """A property whose input stands inside another that CloudFormation does not have."""
        for spread in self.back.spreads:
            if spread[:-1] == names and key.lower() in self.back.members(spread):
                inside: Path = (*path, spread[-1], 0) if self.back.is_list(spread) else (*path, spread[-1])
                self._input(key, item, target, spread, inside)
                return
        if self.back.members(names) and key not in self.back.entry_explicit:
            self.note(f"{'.'.join(target)} has no input in Pulumi")
        self._input(key, item, target, names, path)

    def _through(self, value: Value, target: Names, names: Names, path: Path) -> None:
        """A property of which only members have inputs, which stand further out."""
        for item in value.items if isinstance(value, ListValue) else (value,):
            if isinstance(item, MapValue):
                self._members(item, target, names, path)
            else:
                self._unreadable(target)

    def _unreadable(self, target: Names) -> Value:
        what = f"{'.'.join(target)} is written in a form that cannot be read back"
        self.note(what)
        return unreadable(what)

    def _origin(self, item: Value, around: MapValue, target: Names) -> None:
        origins = self.back.origins[target]
        fitting = [
            one
            for one in origins
            if all(around.items.get(_last(name)) == Literal(text) for name, text in one.rule.also.items())
        ]
        origin = (fitting or list(origins))[0]
        if origin.rule.convert is None:
            self._value(item, target, origin.source, self._anchored(origin.source))
            return
        before = unconverted(origin.rule, item)
        if before is None:
            self._place(self._anchored(origin.source), self._unreadable(target))
            return
        self._place(self._anchored(origin.source), before)

    def _pairs(self, item: Value, target: Names) -> None:
        sources = self.back.pairs[target]
        for pair in item.items if isinstance(item, ListValue) else ():
            members = pair.items if isinstance(pair, MapValue) else {}
            key, value = members.get("Key"), members.get("Value")
            source = sources.get(str(key.value)) if isinstance(key, Literal) else None
            if source is None or value is None:
                self.note(f"{'.'.join(target)} has an entry that no input stands for")
            else:
                self._place(self._anchored(source), value)

    def _value(self, value: Value, target: Names, names: Names, path: Path) -> None:
        node = node_at(self.back.schema, target)
        listed = self.back.is_list(names) if names else None
        if isinstance(value, ListValue) and len(value.items) == 1 and self.back.is_scalar(names):
            # A plain value, unless it is the JSON text of a list of objects.
            value = value if isinstance(value.items[0], MapValue) else value.items[0]
        if isinstance(value, ListValue) and value.items and node is not None and self._inside(node):
            single = listed is False and len(value.items) == 1
            for index, item in enumerate(value.items):
                self._element(item, target, names, path if single else (*path, index))
        elif isinstance(value, MapValue) and value.items and node is not None and self._inside(node):
            self._element(value, target, names, (*path, 0) if listed else path)
        elif path:
            self._place(path, value)

    def _inside(self, node: Any) -> bool:
        return bool(self.back.schema.members(node))

    def _element(self, value: Value, target: Names, names: Names, path: Path) -> None:
        if not isinstance(value, MapValue):
            self._place(path, value)
            return
        before = self.anchors.get(names)
        self.anchors[names] = path
        if not value.items:
            self._place(path, value)
        self._members(value, target, names, path)
        if before is None:
            del self.anchors[names]
        else:
            self.anchors[names] = before

    def _anchored(self, names: Names) -> Path:
        """The place of an input, inside the list elements that are being read."""
        for length in range(len(names), 0, -1):
            if names[:length] in self.anchors:
                return (*self.anchors[names[:length]], *names[length:])
        return names

    def _place(self, path: Path, value: Value) -> None:
        node: Any = self.tree
        for step in path[:-1]:
            node = node.setdefault(step, {}) if isinstance(node, dict) else node
        if isinstance(node, dict):
            node[path[-1]] = value


def _last(path: str) -> str:
    return str(parse_path(path)[-1])


def _tags(tags: ListValue) -> Iterator[tuple[str, Value]]:
    for tag in tags.items:
        if isinstance(tag, MapValue) and isinstance(tag.items.get("Key"), Literal):
            yield str(tag.items["Key"].value), tag.items.get("Value", Literal(""))  # type: ignore[union-attr]


def _decapitalised(key: str) -> str:
    """``KMSMasterKeyId`` as ``kmsMasterKeyId``; what is no name of that form stays as it is."""
    if not key[:1].isupper():
        return key
    upper = len(key) - len(key.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
    length = upper if upper in (1, len(key)) or not key[upper].islower() else upper - 1
    return key[:length].lower() + key[length:]
