"""Resolves what a resource says of others into ``Ref``, ``Fn::GetAtt`` and text around them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from .conditions import opposite
from .errors import Problem
from .graph import (
    Attribute,
    Concat,
    Function,
    ListValue,
    Literal,
    MapValue,
    ParameterValue,
    Path,
    Program,
    Pseudo,
    Resource,
    Secret,
    Value,
    concat,
    describe,
)
from .tokens import RESIDUE
from .types.model import Expression, Folded, GetAtt, Ref, ResourceType, Text, parse_path
from .types.registry import types
from .values import get_att, ref

_HOLE = re.compile(r"\$\{(?:(Ref)|GetAtt:([^}]+)|(AWS::\w+))\}")


@dataclass
class Resolver:
    """Resolves values against the template's logical ids; collects problems on the way."""

    program: Program
    ids: Mapping[str, str]
    owners: Mapping[str, str]
    problems: list[Problem] = field(default_factory=list)

    def resolve(
        self, value: Value, resource: Resource | None, where: Path = (), holding: frozenset[str] = frozenset()
    ) -> Value:
        """``value`` without attributes, parameters and secrets: only literals, functions, text and containers.

        It stands where the conditions ``holding`` hold.
        """
        match value:
            case Literal(text):
                if isinstance(text, str) and _damaged(text):
                    self._object_to(
                        resource,
                        where,
                        f"holds a piece of a deploy-time value that the program cut up: {text!r}.",
                        "Use such values whole; split or compare nothing that only the deployment knows.",
                    )
                return value
            case MapValue(items):
                resolved = {key: self.resolve(item, resource, (*where, key), holding) for key, item in items.items()}
                return MapValue(resolved)
            case ListValue(items):
                listed = [self.resolve(item, resource, (*where, index), holding) for index, item in enumerate(items)]
                return ListValue(tuple(listed))
            case Attribute():
                return self._attribute(value, resource, where, holding)
            case ParameterValue(name) | Pseudo(name):
                return ref(name)
            case Concat(parts):
                return concat([self.resolve(part, resource, where, holding) for part in parts])
            case Function():
                return self._function(value, resource, where, holding)
            case Secret(hidden):
                return self.resolve(hidden, resource, where, holding)

    def _function(self, value: Function, resource: Resource | None, where: Path, holding: frozenset[str]) -> Value:
        match value:
            case Function("Fn::If", (Literal(str(condition)) as name, then, otherwise)):
                given = self.resolve(then, resource, where, holding | {condition})
                not_given = self.resolve(otherwise, resource, where, holding | {opposite(condition)})
                return Function("Fn::If", (name, given, not_given))
            case Function(name, arguments):
                return Function(name, tuple([self.resolve(item, resource, where, holding) for item in arguments]))

    def _attribute(
        self, attribute: Attribute, resource: Resource | None, where: Path, holding: frozenset[str]
    ) -> Value:
        source = self.program.resources.get(attribute.urn)
        if source is None:
            self._object_to(
                resource,
                where,
                f"refers to the result {describe(attribute.path)!r} of {attribute.urn}, which a template cannot know.",
                "Make it a setting (pulumi.Config).",
            )
            return attribute
        missing = set(source.conditions) - holding
        if missing:
            self._object_to(
                resource,
                where,
                f"refers to {source.title}, which is there only if {' and '.join(sorted(missing))}.",
                "Let it depend on the same optional settings.",
            )
        entry = types().get(source.type)
        expression = _expression(entry, attribute) if isinstance(entry, ResourceType | Folded) else None
        owner = self.owners.get(attribute.urn)
        if expression is None or owner is None:
            self._object_to(
                resource,
                where,
                f"refers to the output {describe(attribute.path)!r} of {source.title}, which a template cannot know.",
                "Use another output, or add this one to the type's attributes in cloudformation/types/.",
            )
            return attribute
        return _render(expression, self.ids[owner])

    def _object_to(self, resource: Resource | None, where: Path, message: str, remedy: str) -> None:
        title, position = (resource.title, resource.position) if resource else ("the stack", None)
        self.problems.append(Problem(title, describe(where), message, remedy, position))


def _expression(entry: ResourceType | Folded, attribute: Attribute) -> Expression | None:
    for name, expression in entry.attributes.items():
        if parse_path(name) == attribute.path:
            return expression
    return None


def _render(expression: Expression, logical_id: str) -> Value:
    match expression:
        case Ref():
            return ref(logical_id)
        case GetAtt(name):
            return get_att(logical_id, name)
        case Text(template):
            parts: list[Value] = []
            end = 0
            for match in _HOLE.finditer(template):
                parts.append(Literal(template[end : match.start()]))
                own, attribute, pseudo = match.groups()
                parts.append(ref(logical_id) if own else get_att(logical_id, attribute) if attribute else ref(pseudo))
                end = match.end()
            return concat([*parts, Literal(template[end:])])


def _damaged(text: str) -> bool:
    return bool(RESIDUE.search(text)) or "Calling __str__ on an Output" in text
