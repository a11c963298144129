"""Renames and types one resource's inputs by AWS's schema and the rules of its type."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from .errors import Problem
from .graph import (
    Concat,
    Function,
    ListValue,
    Literal,
    MapValue,
    Path,
    Resource,
    Secret,
    Value,
    describe,
    leaves,
    parse_json,
)
from .placement import Disposition, Placement, build
from .schema import Node, Schema
from .types.model import Drop, Entry, Rule, Spread, To, parse_path
from .values import NO_VALUE

# What the value of a property with such a name protects. A literal there would put it into the template in clear.
SECRET_NAMES = ("password", "authtoken", "secretstring", "privatekey", "secretaccesskey", "passphrase")
# ... and names that only look like that.
NO_SECRETS = ("managemasteruserpassword", "nopasswordrequired", "passwordauthenticationenabled")

Convert = Callable[[Value], Value]
_Side = tuple[Value, tuple[Placement, ...]]


@dataclass(frozen=True)
class _At:
    """Where a value comes from and goes to."""

    source: Path
    target: Path
    reason: str = ""

    def item(self, step: str | int) -> _At:
        return _At((*self.source, step), (*self.target, step), self.reason)

    def wrapped(self) -> _At:
        """A single value goes into a list of one."""
        return _At(self.source, (*self.target, 0), self.reason)


@dataclass
class Mapper:
    """Maps the inputs of one resource to properties of the CloudFormation resource ``owner_urn``."""

    resource: Resource
    schema: Schema
    rules: Mapping[str, Rule]
    owner_urn: str
    disposition: Disposition = Disposition.PROPERTY
    placements: list[Placement] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    _entries: dict[Path, int] = field(default_factory=dict)
    _secret: bool = False

    def map(self, node: Node, base: Path, ignored: Mapping[str, str]) -> None:
        """Place every input, counting from the schema ``node`` at ``base``; ``ignored`` gives a reason per input."""
        for name, value in self.resource.inputs.items():
            if name in ignored:
                self._drop(value, (name,), ignored[name])
            else:
                self._member(value, node, (name,), base)

    def map_element(self, element: str, node: Node, base: Path, ignored: Mapping[str, str]) -> None:
        """Place the input ``element`` itself at ``base``, and drop the others."""
        for name, value in self.resource.inputs.items():
            if name == element:
                self._value(value, node, _At((name,), base, "an element of a list in CloudFormation"))
            elif name in ignored:
                self._drop(value, (name,), ignored[name])
            else:
                self._member(value, {}, (name,), base)

    # One member of an object.

    def _member(self, value: Value, node: Node, source: Path, target: Path) -> None:
        key = str(source[-1])
        rule = self.rules.get(_key(source))
        match rule:
            case None if _is_nothing(value):
                self._drop(value, source, "not set")
            case None:
                self._by_name(value, node, key, source, target)
            case Drop(reason, only):
                if only is not None and not (isinstance(value, Literal) and value.value in only):
                    allowed = " or ".join(map(repr, only))
                    said = f"is left out of the template only when it is {allowed}" if only else "cannot be compiled"
                    self._object_to(source, f"{said}.", f"{reason[:1].upper()}{reason[1:]}.")
                self._drop(value, source, reason)
            case Spread(reason):
                self._spread(value, node, source, target, reason)
            case Entry():
                self._entry(value, rule, source, target)
            case To(left_out_when_ignored=why) if why and key in self.resource.ignore_changes:
                self._drop(value, source, why)
            case To():
                self._to(value, rule, node, source, target)

    def _to(self, value: Value, rule: To, node: Node, source: Path, target: Path) -> None:
        if _is_nothing(value):
            self._drop(value, source, "not set")
            return
        steps = parse_path(rule.name)
        for beside, literal in rule.also.items():
            self._place(_where_given(value, Literal(literal)), source, (*target, *parse_path(beside)), rule.reason)
        found = self._descend(node, steps, source)
        if found is None:
            return
        at = _At(source, (*target, *steps), rule.reason)
        if rule.convert:
            self._convert(value, rule.convert, found, at)
        else:
            self._value(value, found, at)

    def _by_name(self, value: Value, node: Node, key: str, source: Path, target: Path) -> None:
        name = self.schema.spelled(node, key)
        if source == ("tags",) and self.schema.tag_property:
            self._tags(value, self.schema.tag_property, source, target)
        elif name:
            self._value(value, self.schema.members(node)[name], _At(source, (*target, name)))
        else:
            type_name = self.schema.document["typeName"]
            place = f" in {describe(target)}" if target else ""
            self._object_to(
                source,
                f"{type_name} has no property of that name{place}.",
                "Leave it out, or give it a rule with a reason in cloudformation/types/.",
            )

    def _descend(self, node: Node, steps: Path, source: Path) -> Node | None:
        for step in steps:
            if "array" in self.schema.kinds(node) and not isinstance(step, int):
                node = self.schema.item(node)
            if isinstance(step, int):
                node = self.schema.item(node)
                continue
            members = self.schema.members(node)
            if step not in members:
                self._object_to(source, f"the schema has no {describe(steps)}.", "Correct the rule for this input.")
                return None
            node = members[step]
        return self.schema.resolve(node)

    def _spread(self, value: Value, node: Node, source: Path, target: Path, reason: str) -> None:
        if isinstance(value, ListValue) and len(value.items) == 1:
            value, source = value.items[0], (*source, 0)
        whole, value = value, _distributed(value)
        if isinstance(value, MapValue) and value.items:
            before = len(self.placements)
            for key, item in value.items.items():
                self._member(item, node, (*source, key), target)
            if whole is not value:
                self._came_from(source, before)
        elif value in (Literal(None), ListValue(()), MapValue({})):
            self._drop(value, source, "not set")
        else:
            self._object_to(source, f"must be an object that the program writes out ({reason}).", "Write it out.")

    def _entry(self, value: Value, rule: Entry, source: Path, target: Path) -> None:
        place = (*target, *parse_path(rule.list))
        index = self._entries[place] = self._entries.get(place, -1) + 1
        self._pair(value, _At(source, (*place, index), rule.reason), rule.key, rule.key_name, rule.value_name)

    def _pair(self, value: Value, at: _At, key: str, key_name: str, value_name: str) -> None:
        """One pair of a list. Where the value is left out, the pair is."""
        match value:
            case Function("Fn::If", (condition, then, otherwise)) if NO_VALUE in (then, otherwise):

                def place(side: Mapper, one: Value, inside: _At) -> None:
                    side._pair(one, inside, key, key_name, value_name)

                sides = tuple(self._side(one, at, place) for one in (then, otherwise))
                self._place_choice(condition, sides, at)
            case Literal(None):
                self._drop(value, at.source, "not set")
            case _:
                self._place(Literal(key), at.source, (*at.target, key_name), at.reason)
                self._place(_as_string(value), at.source, (*at.target, value_name), at.reason)

    def _tags(self, value: Value, name: str, source: Path, target: Path) -> None:
        node = self.schema.at(name)
        if "array" not in self.schema.kinds(node) or not isinstance(value, MapValue):
            self._value(value, node, _At(source, (*target, name)))
            return
        fields = {field_name.lower(): field_name for field_name in self.schema.members(self.schema.item(node))}
        for index, (key, item) in enumerate(sorted(value.items.items())):
            at = _At((*source, key), (*target, name, index), "a list of tags in CloudFormation")
            self._pair(item, at, key, fields["key"], fields["value"])

    # One value.

    def _value(self, value: Value, node: Node, at: _At) -> None:
        match value:
            case Literal():
                self._literal(value, node, at)
            case MapValue(items):
                self._map(items, node, self.schema.kinds(node), at)
            case ListValue(items):
                self._list(items, node, self.schema.kinds(node), at)
            case Secret(inner):
                before, self._secret = self._secret, True
                self._value(inner, node, at)
                self._secret = before
            case Function("Fn::If", (condition, then, otherwise)):

                def place(side: Mapper, one: Value, inside: _At) -> None:
                    side._value(one, node, inside)

                self._place_choice(condition, tuple(self._side(one, at, place) for one in (then, otherwise)), at)
            case Concat() if _is_document(kinds := self.schema.kinds(node)):
                self._json(value, node, kinds, at)
            case _:
                self._place(value, at.source, at.target, at.reason)

    def _literal(self, literal: Literal, node: Node, at: _At) -> None:
        kinds = self.schema.kinds(node)
        if literal.value is None:
            self._nothing(at)
        elif isinstance(literal.value, str) and _is_document(kinds):
            self._json(literal, node, kinds, at)
        else:
            self._place(self._typed(literal, node, kinds, at.source), at.source, at.target, at.reason)

    def _map(self, items: Mapping[str, Value], node: Node, kinds: frozenset[str], at: _At) -> None:
        if kinds and "object" not in kinds and "array" in kinds:
            self._map(items, self.schema.item(node), frozenset(), at.wrapped())
        elif kinds and "object" not in kinds:
            self._object_to(at.source, f"is an object, but CloudFormation takes {_or(kinds)}.", "Give it a rule.")
        elif not items:
            self._place(MapValue({}), at.source, at.target, at.reason)
        elif self.schema.members(node):
            for key, item in items.items():
                self._member(item, node, (*at.source, key), at.target)
        else:
            member = self.schema.member_schema(node)
            for key, item in items.items():
                self._value(item, member, at.item(key))

    def _list(self, items: tuple[Value, ...], node: Node, kinds: frozenset[str], at: _At) -> None:
        if not kinds or "array" in kinds:
            element = self.schema.item(node)
            for index, item in enumerate(items):
                self._value(item, element, at.item(index))
            if not items:
                self._place(ListValue(()), at.source, at.target, at.reason)
        elif len(items) == 1:
            self._value(items[0], node, _At((*at.source, 0), at.target, at.reason))
        else:
            self._object_to(at.source, f"is a list, but CloudFormation takes {_or(kinds)}.", "Give it a rule.")

    def _json(self, value: Literal | Concat, node: Node, kinds: frozenset[str], at: _At) -> None:
        try:
            parsed = parse_json(value)
            _check_document(parsed)
        except ValueError as error:
            if "string" in kinds:
                self._place(value, at.source, at.target, at.reason)
            elif kinds == {"array"}:
                self._value(value, self.schema.item(node), at.wrapped())
            else:
                self._object_to(at.source, f"is no JSON text ({error}).", "CloudFormation takes an object here.")
        else:
            self._value(parsed, node, at)

    def _side(self, value: Value, at: _At, place: Callable[[Mapper, Value, _At], None]) -> _Side:
        """One side of a choice, mapped by itself, and where the values in it went."""
        if value in (NO_VALUE, Literal(None)):
            return NO_VALUE, ()
        name = str(at.target[-1])
        mapper = Mapper(self.resource, self.schema, self.rules, self.owner_urn, self.disposition, _secret=self._secret)
        place(mapper, value, _At(at.source, (name,), at.reason))
        self.problems += mapper.problems
        return build(mapper.placements).items.get(name, NO_VALUE), tuple(mapper.placements)

    def _place_choice(self, condition: Value, sides: tuple[_Side, ...], at: _At) -> None:
        choice = Function("Fn::If", (condition, *(value for value, _ in sides)))
        self._place(choice, at.source, at.target, at.reason, tuple(placed for _, placed in sides))

    def _nothing(self, at: _At) -> None:
        """A value that is not set: CloudFormation refuses nulls."""
        if isinstance(at.target[-1], int):
            self._object_to(at.source, "is an element of a list, but not set.", "Leave the element out.")
        else:
            self._drop(Literal(None), at.source, "not set")

    def _typed(self, literal: Literal, node: Node, kinds: frozenset[str], source: Path) -> Literal:
        """The literal in the type that the schema asks for."""
        typed = _coerce(literal, kinds)
        if typed is None:
            self._object_to(
                source, f"{literal.value!r} does not fit: CloudFormation takes {_or(kinds)}.", "Correct it."
            )
            return literal
        allowed = self.schema.resolve(node).get("enum")
        if allowed and typed.value not in allowed and not self._secret:
            self._object_to(source, f"{typed.value!r} is not allowed.", f"Use {_or(map(str, allowed))}.")
        return typed

    # Results.

    def _place(
        self,
        value: Value,
        source: Path,
        target: Path,
        reason: str,
        branches: tuple[tuple[Placement, ...], ...] = (),
    ) -> None:
        if (self._secret or _names_secret(target)) and isinstance(value, Literal | Concat):
            self._object_to(
                source,
                "a secret would stand in the template in clear.",
                "Have AWS generate it (Secrets Manager, a managed password) and refer to it.",
            )
            return
        self.placements.append(
            Placement(self.resource.urn, source, self.owner_urn, target, value, self.disposition, reason, branches)
        )

    def _drop(self, value: Value, source: Path, reason: str) -> None:
        for path, leaf in leaves(value, source):
            self.placements.append(
                Placement(self.resource.urn, path, self.owner_urn, None, leaf, Disposition.PROVIDER_ONLY, reason)
            )

    def _convert(self, value: Value, convert: Convert, node: Node, at: _At) -> None:
        """Place a value in another form. Which part came from where is then not known: the whole is the source."""
        for path, leaf in leaves(value, at.source):
            rule = self.rules.get(_key(path))
            if isinstance(rule, Drop) and path != at.source:
                self._member(leaf, {}, path, ())
        try:
            converted = _converted(value, convert)
        except ValueError as error:
            self._object_to(at.source, f"{error}.", "Correct it.")
            return
        before = len(self.placements)
        self._value(converted, node, at)
        self._came_from(at.source, before)

    def _came_from(self, source: Path, before: int) -> None:
        """Say of the placements made since there were ``before`` that they come from one value, which changed."""
        self.placements[before:] = [replace(placed, source=source) for placed in self.placements[before:]]

    def _object_to(self, source: Path, message: str, remedy: str) -> None:
        self.problems.append(Problem(self.resource.title, describe(source), message, remedy, self.resource.position))


def _converted(value: Value, convert: Convert) -> Value:
    """The value in another form, on each side of a choice and inside of what marks it as a secret."""
    match value:
        case Secret(inner):
            return Secret(_converted(inner, convert))
        case Function("Fn::If", (condition, then, otherwise)):
            return Function("Fn::If", (condition, *(_converted(side, convert) for side in (then, otherwise))))
        case _:
            return value if value == NO_VALUE else convert(value)


def _distributed(value: Value) -> Value:
    """A choice between objects as an object of choices."""
    match value:
        case Function("Fn::If", (condition, *sides)):
            objects = [MapValue({}) if side == NO_VALUE else _distributed(side) for side in sides]
            if all(isinstance(item, MapValue) for item in objects):
                maps = [item.items for item in objects if isinstance(item, MapValue)]
                keys = dict.fromkeys(key for items in maps for key in items)
                chosen = {key: [items.get(key, NO_VALUE) for items in maps] for key in keys}
                return MapValue({key: Function("Fn::If", (condition, *values)) for key, values in chosen.items()})
    return value


def _where_given(value: Value, literal: Literal) -> Value:
    """The literal, but nothing where ``value`` is nothing."""
    match value:
        case Function("Fn::If", (condition, then, otherwise)) if NO_VALUE in (then, otherwise):
            return Function("Fn::If", (condition, *(_where_given(side, literal) for side in (then, otherwise))))
        case _:
            return value if value == NO_VALUE else literal


def _is_document(kinds: frozenset[str]) -> bool:
    """Whether text in such a place is a JSON document. Where anything may stand (an environment variable of a
    function), text is text, whatever it looks like."""
    return ("object" in kinds or kinds == {"array"}) and not kinds & {"boolean", "integer", "number"}


def _check_document(parsed: Value) -> None:
    """Object to JSON that means nothing as a property.

    Raises:
        ValueError: it is no object or list, or there is a null in it, which CloudFormation refuses.
    """
    if not isinstance(parsed, MapValue | ListValue):
        raise ValueError("an object or a list is needed")
    for path, leaf in leaves(parsed):
        if _is_nothing(leaf):
            raise ValueError(f"{describe(path)} is null")


def _is_nothing(value: Value) -> bool:
    return isinstance(value, Literal) and value.value is None


def _key(source: Path) -> str:
    """The name by which rules know an input, whatever lists lie between."""
    return ".".join([step for step in source if isinstance(step, str)])


def _names_secret(target: Path) -> bool:
    for step in reversed(target):
        if isinstance(step, str):
            name = step.lower()
            return name.endswith(SECRET_NAMES) and name not in NO_SECRETS
    return False


def _as_string(value: Value) -> Value:
    if isinstance(value, Literal) and not isinstance(value.value, str):
        return _coerce(value, frozenset({"string"})) or value
    return value


def _coerce(literal: Literal, kinds: frozenset[str]) -> Literal | None:
    """The literal as one of ``kinds``, or None when it is none of them."""
    value = literal.value
    if not kinds or value is None or _kind(value) & kinds:
        return literal
    return next((found for found in _forms(value) if _kind(found.value) & kinds), None)


# Numbers as text that stand for nothing else: no spaces, signs or leading zeros that would be lost.
_NUMERAL = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]*[1-9])?")


def _forms(value: str | int | float | bool) -> Iterator[Literal]:
    """The literal's value in other types."""
    if isinstance(value, bool):
        yield Literal("true" if value else "false")
    elif isinstance(value, str):
        if value in ("true", "false"):
            yield Literal(value == "true")
        if _NUMERAL.fullmatch(value):
            yield Literal(float(value) if "." in value else int(value))
    else:
        yield Literal(str(value))


_TEXT, _BOOLEAN, _INTEGER, _NUMBER = map(frozenset, (["string"], ["boolean"], ["integer", "number"], ["number"]))


def _kind(value: object) -> frozenset[str]:
    match value:
        case bool():
            return _BOOLEAN
        case int():
            return _INTEGER
        case float():
            return _NUMBER
        case _:
            return _TEXT


def _or(names: object) -> str:
    listed = sorted(names)  # type: ignore[call-overload]
    return listed[0] if len(listed) == 1 else f"{', '.join(listed[:-1])} or {listed[-1]}"
