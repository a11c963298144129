"""The recorded program as plain data: resources, and values as a tagged union.

A value is one of

* :class:`Literal`: text, a number, a truth value or nothing;
* :class:`Attribute`: an output of another resource;
* :class:`ParameterValue`: a deploy-time setting;
* :class:`Pseudo`: something that CloudFormation knows by itself, such as the account id;
* :class:`Function`: a CloudFormation function over values;
* :class:`Concat`: text with other values inside;
* :class:`ListValue` and :class:`MapValue`: containers;
* :class:`Secret`: a value that the program marked as secret.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from .errors import Position
from .program import Parameter
from .tokens import OPENINGS, PATTERN

Path = tuple[str | int, ...]
"""Where a value stands: keys and indices from the resource inwards."""


@dataclass(frozen=True)
class Literal:
    value: str | int | float | bool | None


@dataclass(frozen=True)
class Attribute:
    """An output of a resource; ``path`` is its Pulumi name and, for nested outputs, what follows."""

    urn: str
    path: Path


@dataclass(frozen=True)
class ParameterValue:
    name: str


@dataclass(frozen=True)
class Pseudo:
    """A CloudFormation pseudo parameter, such as ``AWS::Region``."""

    name: str


@dataclass(frozen=True)
class Function:
    """A call of a CloudFormation function: ``Function("Fn::Select", (Literal(0), ...))``."""

    name: str
    arguments: tuple[Value, ...]


@dataclass(frozen=True)
class Concat:
    """Values joined to one text. Parts are never Concat or two adjacent text literals; see :func:`concat`."""

    parts: tuple[Value, ...]


@dataclass(frozen=True)
class ListValue:
    items: tuple[Value, ...]


@dataclass(frozen=True)
class MapValue:
    items: Mapping[str, Value]

    def __hash__(self) -> int:
        return hash(tuple(self.items.items()))


@dataclass(frozen=True)
class Secret:
    value: Value


Value = Literal | Attribute | ParameterValue | Pseudo | Function | Concat | ListValue | MapValue | Secret


class Titled:
    """Something that the program makes: how messages call it, and the line that makes it."""

    type: str
    name: str
    trace: tuple[Position, ...]

    @property
    def title(self) -> str:
        return f"{self.type} {self.name!r}"

    @property
    def position(self) -> Position | None:
        return self.trace[0] if self.trace else None


@dataclass(frozen=True)
class Resource(Titled):
    """One registration of the program."""

    urn: str
    type: str
    """Pulumi type token, ``aws:s3/bucket:Bucket``."""
    name: str
    parent: str | None
    """URN of the component that made it; None directly under the stack."""
    inputs: Mapping[str, Value]
    dependencies: tuple[str, ...] = ()
    """URNs of everything it waits for: what its inputs were computed from and what ``depends_on`` names."""
    custom: bool = True
    """False for a component, which is no resource of AWS."""
    ignore_changes: tuple[str, ...] = ()
    retain_on_delete: bool = False
    options: tuple[str, ...] = ()
    """Pulumi's resource options that were given; see ``cloudformation.options``."""
    conditions: tuple[str, ...] = ()
    """Template conditions under which it exists; all must hold."""
    trace: tuple[Position, ...] = ()
    """Lines of the program that led to it, innermost first."""
    summary: str = ""
    """First line of a component class's docstring."""


@dataclass(frozen=True)
class StackOutput:
    name: str
    value: Value
    description: str = ""
    conditions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Split:
    """A recorded resource that the template has as several, or as others; see ``cloudformation.expansion``."""

    made: tuple[str, ...]
    """URNs of the resources that were made for it; its own is not among them, even if it is still there."""
    became: Mapping[str, tuple[str, str]]
    """By input that it lost: the URN of the made resource that stands for it, and the input there, if it is one."""
    reason: str


@dataclass(frozen=True)
class Program:
    """Everything that one run of a program told the recorder."""

    description: str
    region: str
    resources: Mapping[str, Resource]
    """By URN, in program order."""
    parameters: tuple[Parameter, ...] = ()
    outputs: tuple[StackOutput, ...] = ()
    components: Mapping[str, Resource] = field(default_factory=dict)
    """By URN, in program order."""
    completions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By URN, the resources that whoever uses it must wait for as well; see ``cloudformation.expansion``."""
    splits: Mapping[str, Split] = field(default_factory=dict)
    """By URN of the recorded resource."""


def concat(parts: list[Value]) -> Value:
    """Join values to one; merges nested joins and adjacent literals, and returns a lone part as it is."""
    flat: list[Value] = []
    for part in parts:
        for piece in part.parts if isinstance(part, Concat) else (part,):
            previous = flat[-1] if flat else None
            if isinstance(piece, Literal) and isinstance(previous, Literal):
                flat[-1] = Literal(as_text(previous) + as_text(piece))
            elif piece != Literal(""):
                flat.append(piece)
    if not flat:
        return Literal("")
    return flat[0] if len(flat) == 1 else Concat(tuple(flat))


def as_text(literal: Literal) -> str:
    """The literal as it reads inside a longer text."""
    if isinstance(literal.value, bool):
        return "true" if literal.value else "false"
    return str(literal.value)


def parse_text(text: str, meaning: Callable[[str], Value]) -> Value:
    """Turn text with tokens inside into a value; ``meaning`` gives the value of one whole token."""
    text = str(text)  # a token's own text may be cut up here, and only here
    if not any(opening in text for opening in OPENINGS):
        return Literal(text)
    parts: list[Value] = []
    end = 0
    for match in PATTERN.finditer(text):
        parts.append(Literal(text[end : match.start()]))
        parts.append(meaning(match.group()))
        end = match.end()
    if end == 0:
        return Literal(text)
    parts.append(Literal(text[end:]))
    return concat(parts)


def parse_json(value: Literal | Concat) -> Value:
    """Read a JSON text, with other values inside strings or in place of whole ones, as a value.

    Raises:
        ValueError: the text is no JSON, or the name of a member is known only when the stack is deployed.
    """
    parts = value.parts if isinstance(value, Concat) else (value,)
    holes = [part for part in parts if not isinstance(part, Literal)]
    # Stands in for the holes while the text is read: private-use characters, and more of them than the text has.
    written = "".join(as_text(part) for part in parts if isinstance(part, Literal))
    longest = max(map(len, re.findall("(?:\ue000)+", re.sub(r"(?i)\\ue000", "\ue000", written))), default=0)
    mark = "\ue000" * (longest + 1)
    hole = re.compile(f"{mark}(\\d+)\ue001")
    text, count, inside = "", 0, False
    for part in parts:
        if isinstance(part, Literal):
            known = as_text(part)
            text += known
            inside ^= ends_inside_string(known)
            continue
        # Inside a JSON string the part stays inside it; a bare one (a number, a list) needs quotes to be read at all.
        text += f"{mark}{count}\ue001" if inside else f'"{mark}{count}\ue001"'
        count += 1

    def restore(node: object) -> Value:
        if isinstance(node, dict):
            if any(mark in key for key in node):
                raise ValueError("the name of a member is known only when the stack is deployed")
            return MapValue({key: restore(item) for key, item in node.items()})
        if isinstance(node, list):
            return ListValue(tuple(map(restore, node)))
        if not isinstance(node, str):
            return Literal(node)  # type: ignore[arg-type]
        if mark not in node:
            return Literal(node)
        pieces: list[Value] = []
        for index, piece in enumerate(hole.split(node)):
            pieces.append(holes[int(piece)] if index % 2 else Literal(piece))
        return concat(pieces)

    return restore(json.loads(text, parse_constant=_no_number))


def _no_number(text: str) -> float:
    raise ValueError(f"{text} is no number")


def ends_inside_string(text: str) -> bool:
    """Whether JSON text that begins outside a string ends inside one, or the other way round."""
    return re.sub(r"\\.", "", text).count('"') % 2 == 1


def leaves(value: Value, path: Path = ()) -> Iterator[tuple[Path, Value]]:
    """Every value that is no container, with its place. An empty container counts as one."""
    if isinstance(value, Secret):
        yield from leaves(value.value, path)
    elif isinstance(value, MapValue) and value.items:
        for key, item in value.items.items():
            yield from leaves(item, (*path, key))
    elif isinstance(value, ListValue) and value.items:
        for index, item in enumerate(value.items):
            yield from leaves(item, (*path, index))
    else:
        yield path, value


def parts(value: Value) -> Iterator[Value]:
    """Every value inside ``value``, itself included, outermost first."""
    pending = [value]
    while pending:
        part = pending.pop()
        yield part
        match part:
            case Literal():
                pass
            case MapValue(items):
                pending.extend(reversed([*items.values()]))
            case ListValue(items) | Function(_, items) | Concat(items):
                pending.extend(reversed(items))
            case Secret(inner):
                pending.append(inner)


def references(value: Value) -> set[str]:
    """URNs of the resources that ``value`` is made from."""
    return {part.urn for part in parts(value) if isinstance(part, Attribute)}


def describe(path: Path) -> str:
    """A path as a person writes it: ``rules[0].action``."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def to_json(value: Value) -> Value:
    """The JSON text of ``value``, with whatever only the deployment knows still inside it."""
    match value:
        case Literal(plain):
            return Literal(json.dumps(plain))
        case MapValue(items):
            pieces = [concat([Literal(f"{json.dumps(key)}: "), to_json(item)]) for key, item in items.items()]
            return _enclosed("{", pieces, "}")
        case ListValue(items):
            return _enclosed("[", [to_json(item) for item in items], "]")
        case Concat(parts_):
            inner = [Literal(json.dumps(as_text(p))[1:-1]) if isinstance(p, Literal) else p for p in parts_]
            return concat([Literal('"'), *inner, Literal('"')])
        case _:
            return concat([Literal('"'), value, Literal('"')])


def _enclosed(opening: str, pieces: list[Value], closing: str) -> Value:
    separated: list[Value] = []
    for piece in pieces:
        separated += [Literal(", "), piece] if separated else [piece]
    return concat([Literal(opening), *separated, Literal(closing)])
