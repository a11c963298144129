"""Reads IAM-style policy documents (identity, key, bucket, queue, topic, endpoint, file system) into one form.

Documents come in many spellings: text or a map, one statement or a list, one action or a list, any order and any case
of keys, ``NotAction`` and its likes, ``"*"`` and ``{"AWS": "*"}``. Rules ask a :class:`Statement` what it means.
Parts of a text that only the deployment knows stand as ``${...}``.
"""

from __future__ import annotations

import fnmatch
import functools
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .model import CannotKnow, Malformed, Resource, Unknown

# Condition keys that tie a request to an account, an organisation, or a single resource.
TIES = frozenset(
    {
        "aws:sourceaccount",
        "aws:sourcearn",
        "aws:sourceorgid",
        "aws:sourceowner",
        "aws:principalaccount",
        "aws:principalarn",
        "aws:principalorgid",
        "aws:principalorgpaths",
        "aws:resourceaccount",
        "aws:resourceorgid",
        "aws:sourcevpc",
        "aws:sourcevpce",
        "kms:calleraccount",
        "sts:externalid",
    }
)
_POSITIVE = frozenset({"stringequals", "stringlike", "stringequalsignorecase", "arnequals", "arnlike", "bool"})


@dataclass(frozen=True)
class Condition:
    operator: str
    """In lower case, without ``ForAnyValue:`` and ``IfExists``."""
    key: str
    """In lower case."""
    values: tuple[str, ...]
    if_exists: bool = False
    """Also true when the request lacks the key."""
    for_all: bool = False
    """``ForAllValues``: also true when the request has no value at all."""

    @property
    def ties(self) -> bool:
        """Whether only requests from (or for) named accounts, organisations or resources fulfil it."""
        return (
            self.operator in _POSITIVE
            and not self.if_exists
            and not self.for_all
            and self.key in TIES
            and all(value.strip("*") for value in self.values)
        )


@dataclass(frozen=True)
class Statement:
    sid: str
    allows: bool
    actions: tuple[str, ...] = ()
    not_actions: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    not_resources: tuple[str, ...] = ()
    principals: tuple[tuple[str, str], ...] = ()
    """Kind and name: ``("AWS", "*")``, ``("Service", "ecs.amazonaws.com")``; ``("*", "*")`` for plain ``"*"``."""
    not_principals: tuple[tuple[str, str], ...] = ()
    conditions: tuple[Condition, ...] = ()

    @property
    def title(self) -> str:
        return f"statement {self.sid}" if self.sid else "a statement without Sid"

    @property
    def anyone(self) -> bool:
        """Whether the principal is everybody: ``*`` in any spelling, or everybody but some."""
        return bool(self.not_principals) or any(
            name == "*" for kind, name in self.principals if kind in ("*", "AWS", "Federated", "CanonicalUser")
        )

    @property
    def services(self) -> tuple[str, ...]:
        return tuple(name for kind, name in self.principals if kind == "Service")

    @property
    def accounts(self) -> tuple[str, ...]:
        """Principals of kind AWS: account ids and ARNs."""
        return tuple(name for kind, name in self.principals if kind == "AWS")

    @property
    def tied(self) -> bool:
        """Whether a condition ties it to accounts, organisations or resources."""
        return any(condition.ties for condition in self.conditions)

    @property
    def any_resource(self) -> bool:
        return bool(self.not_resources) or any(re.fullmatch(r"\*+", resource) for resource in self.resources)

    def condition(self, key: str, *operators: str) -> tuple[str, ...]:
        """The values that ``key`` is compared with by one of ``operators`` (any when none is given)."""
        found: list[str] = []
        for condition in self.conditions:
            if condition.key == key.lower() and (not operators or condition.operator in map(str.lower, operators)):
                found += condition.values
        return tuple(found)

    def covers(self, action: str) -> bool:
        """Whether it speaks of ``action`` (``kms:Decrypt``), by whatever pattern."""
        if self.not_actions:
            return not any(_matches(pattern, action) for pattern in self.not_actions)
        return any(_matches(pattern, action) for pattern in self.actions)

    @property
    def broad_actions(self) -> tuple[str, ...]:
        """Its actions that are all actions, or all of a service."""
        broad = [action for action in self.actions if re.fullmatch(r"\*+|[^:]*:\*+", action)]
        return (*broad, *(["NotAction"] if self.not_actions else []))


@dataclass(frozen=True)
class Document:
    statements: tuple[Statement, ...]

    @property
    def allowing(self) -> Iterator[Statement]:
        return (statement for statement in self.statements if statement.allows)

    @property
    def denying(self) -> Iterator[Statement]:
        return (statement for statement in self.statements if not statement.allows)

    def refuses_plain_transport(self, *actions: str) -> bool:
        """Whether everybody's request without TLS is denied, for all of ``actions``."""
        return self._refuses(lambda c: _is_false(c, "aws:securetransport"), actions)

    def refuses_old_tls(self, key: str, *actions: str) -> bool:
        """Whether everybody's request with TLS older than 1.2 is denied, for all of ``actions``."""
        return self._refuses(lambda c: _older_than_1_2(c, key), actions)

    def _refuses(self, matches: Any, actions: Sequence[str]) -> bool:
        refusing = [
            statement
            for statement in self.denying
            if statement.anyone
            and not statement.not_principals
            and not statement.not_resources
            # Any further condition would leave requests through.
            and len(statement.conditions) == 1
            and matches(statement.conditions[0])
        ]
        return all(any(statement.covers(action) for statement in refusing) for action in actions)


def _is_false(condition: Condition, key: str) -> bool:
    return condition.key == key and condition.operator == "bool" and condition.values == ("false",)


def _older_than_1_2(condition: Condition, key: str) -> bool:
    if condition.key != key.lower() or condition.operator not in ("numericlessthan", "numericlessthanequals"):
        return False
    least = 1.2 if condition.operator == "numericlessthan" else 1.1
    try:
        return all(float(value) >= least for value in condition.values)
    except ValueError:
        return False


def read(resource: Resource, path: str) -> Document:
    """The document that an input holds.

    Raises:
        CannotKnow: the input, or a part of the document that decides, is not known.
        Malformed: it is no policy document; rules report that as a violation.
    """
    value = resource.known(path)
    if value is None or value == "":
        return Document(())
    if isinstance(value, str):
        return parse(str(value))
    return parse_map(value)


@functools.lru_cache(maxsize=512)
def parse(text: str) -> Document:
    """Read a document from its JSON text.

    Raises:
        Malformed: it is no policy document.
        CannotKnow: the text as a whole is a value that only the deployment knows.
    """
    if re.fullmatch(r"\$\{[^}]*\}", text):
        raise CannotKnow("the policy document is known only when the stack is deployed")
    try:
        return parse_map(json.loads(text))
    except ValueError as error:
        raise Malformed(f"no valid JSON: {error}") from error


def parse_map(document: Any) -> Document:
    """Read a document from a map; see :func:`parse`."""
    if not isinstance(document, Mapping):
        raise Malformed("no policy document: it is no map")
    statements = _keys(document).get("statement", ())
    return Document(tuple(map(_statement, statements if isinstance(statements, list | tuple) else [statements])))


def _statement(source: Any) -> Statement:
    if isinstance(source, Unknown):
        raise CannotKnow(source.what)
    if not isinstance(source, Mapping):
        raise Malformed("a statement is no map")
    keys = _keys(source)
    effect = _text(keys.get("effect"))
    if effect not in ("Allow", "Deny"):
        raise Malformed(f"the Effect of a statement is {effect or 'not given'}")
    return Statement(
        sid=_text(keys.get("sid")),
        allows=effect == "Allow",
        actions=_texts(keys.get("action")),
        not_actions=_texts(keys.get("notaction")),
        resources=_texts(keys.get("resource")),
        not_resources=_texts(keys.get("notresource")),
        principals=_principals(keys.get("principal")),
        not_principals=_principals(keys.get("notprincipal")),
        conditions=tuple(_conditions(keys.get("condition"))),
    )


def _keys(source: Mapping[str, Any]) -> dict[str, Any]:
    return {str(key).lower(): value for key, value in source.items()}


def _principals(source: Any) -> tuple[tuple[str, str], ...]:
    if source is None:
        return ()
    if isinstance(source, Mapping):
        return tuple((str(kind), name) for kind, names in source.items() for name in _texts(names))
    return tuple(("*", name) for name in _texts(source))


def _conditions(source: Any) -> Iterator[Condition]:
    if source is None:
        return
    if isinstance(source, Unknown):
        raise CannotKnow(source.what)
    for name, keys in source.items():
        quantifier, _, operator = name.lower().rpartition(":")
        if_exists = operator.endswith("ifexists")
        for key, values in keys.items():
            yield Condition(
                operator.removesuffix("ifexists"), key.lower(), _texts(values), if_exists, quantifier == "forallvalues"
            )


def _texts(source: Any) -> tuple[str, ...]:
    if source is None:
        return ()
    if isinstance(source, Unknown):
        raise CannotKnow(source.what)
    return tuple(map(_text, source if isinstance(source, list | tuple) else [source]))


def _text(source: Any) -> str:
    if isinstance(source, Unknown):
        raise CannotKnow(source.what)
    if isinstance(source, bool):
        return "true" if source else "false"
    return "" if source is None else str(source)


@functools.lru_cache(maxsize=4096)
def _matches(pattern: str, action: str) -> bool:
    if not any(wildcard in pattern for wildcard in "*?"):
        return action.lower() == pattern.lower()
    return fnmatch.fnmatchcase(action.lower(), pattern.lower().replace("[", "[[]"))
