"""The words that simple rules are made of: each function here makes a check of one input."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping

from .model import CannotKnow, Check, Context, Resource, Setting, Text, Unknown, bounds, is_literal, plain_type

KEY_TYPES = ("aws:kms/key:Key", "aws:kms/alias:Alias", "aws:kms/replicaKey:ReplicaKey")


def both(*checks: Check) -> Check:
    """All of ``checks`` have to hold."""

    def check(resource: Resource, context: Context) -> Iterator[str]:
        for one in checks:
            yield from one(resource, context)

    return check


def true(path: str, *, default: bool = False) -> Check:
    """``default`` is what AWS takes when the input is not given."""

    def check(resource: Resource, _: Context) -> Iterator[str]:
        if not resource.flag(path, default):
            yield f"{path} is not true"

    return check


def false(path: str, *, default: bool = False) -> Check:
    """``default`` is what AWS takes when the input is not given."""

    def check(resource: Resource, _: Context) -> Iterator[str]:
        if resource.flag(path, default):
            yield f"{path} is not false"

    return check


def one_of(path: str, *allowed: str, default: str = "") -> Check:
    """The input is one of ``allowed``, compared without regard to case."""
    accepted = {value.lower() for value in allowed}

    def check(resource: Resource, _: Context) -> Iterator[str]:
        value = resource.text(path, default)
        if isinstance(value, Setting):
            choices = value.limits.allowed
            if not choices or any(str(choice).lower() not in accepted for choice in choices):
                yield f"{path} is the setting {value.name}, which may be something else than {' or '.join(allowed)}"
        elif value.lower() not in accepted:
            yield f"{path} is {value or 'not given'}, not {' or '.join(allowed)}"

    return check


def present(path: str) -> Check:
    """The input is given, whatever it is."""

    def check(resource: Resource, _: Context) -> Iterator[str]:
        if not resource.given(path):
            yield f"{path} is not given"

    return check


def absent(path: str) -> Check:
    """The input is not given."""

    def check(resource: Resource, _: Context) -> Iterator[str]:
        if resource.given(path):
            yield f"{path} is given"

    return check


def at_least(path: str, limit: str | float, *, default: float | None = None) -> Check:
    """``limit`` is a number, or the name of a parameter of the rule."""

    def check(resource: Resource, context: Context) -> Iterator[str]:
        least = context.limit(limit) if isinstance(limit, str) else limit
        yield from _range(resource, path, default, (least, float("inf")))

    return check


def at_most(path: str, limit: str | float, *, default: float | None = None) -> Check:
    """``limit`` is a number, or the name of a parameter of the rule."""

    def check(resource: Resource, context: Context) -> Iterator[str]:
        most = context.limit(limit) if isinstance(limit, str) else limit
        yield from _range(resource, path, default, (float("-inf"), most))

    return check


def _range(resource: Resource, path: str, default: float | None, allowed: tuple[float, float]) -> Iterator[str]:
    found = resource.bounds(path)
    if found is None:
        if default is None:
            yield f"{path} is not given"
            return
        found = (default, default)
    value = resource.get(path)
    name = f"setting {value.name} of {path}" if isinstance(value, Setting) else path
    verb = "may be" if isinstance(value, Setting) else "is"
    if found[0] < allowed[0]:
        low = f"{verb} {found[0]:g}," if math.isfinite(found[0]) else "has no lower limit, and must not be"
        yield f"{name} {low} below {allowed[0]:g}"
    if found[1] > allowed[1]:
        high = f"{verb} {found[1]:g}," if math.isfinite(found[1]) else "has no upper limit, and must not be"
        yield f"{name} {high} above {allowed[1]:g}"


def customer_key(path: str) -> Check:
    """The input is a KMS key of the customer's, not one that AWS manages.

    A key that is not known yet counts: ``keys-from-this-stack`` looks at where it comes from.
    """

    def check(resource: Resource, _: Context) -> Iterator[str]:
        if not resource.given(path):
            yield f"{path} is not given, so a key that AWS manages is used"
            return
        value = resource.get(path)
        if isinstance(value, Unknown):
            return
        if "alias/aws/" in str(value):
            yield f"{path} is a key that AWS manages"
        elif isinstance(value, Text) and value.urns and not any(plain_type(urn) in KEY_TYPES for urn in value.urns):
            yield f"{path} is no KMS key"

    return check


def number(value: object, what: str, default: float) -> float:
    """A literal number, else ``default`` when there is none.

    Raises:
        CannotKnow: it is not known.
    """
    found = bounds(value, what)
    if found is None:
        return default
    if found[0] != found[1]:
        raise CannotKnow(f"{what} is a setting")
    return found[0]


def setting_admits(value: str, example: str) -> bool:
    """Whether a setting (or known text) could be ``example``. A setting that nothing limits may be anything."""
    if not isinstance(value, Setting):
        return value == example
    if value.limits.allowed:
        return example in map(str, value.limits.allowed)
    if value.limits.pattern:
        try:
            return re.fullmatch(value.limits.pattern, example) is not None
        except re.error:  # CloudFormation's patterns are Java's
            return True
    return True


def entries(resource: Resource, path: str, key: str = "name", value: str = "value") -> dict[str, str]:
    """A list of name-value pairs as a dict of texts.

    Raises:
        CannotKnow: a name or value is not known.
    """
    found: dict[str, str] = {}
    for item in resource.items(path):
        if isinstance(item, Unknown):
            raise CannotKnow(item.what)
        if isinstance(item, Mapping):
            name, content = item.get(key), item.get(value)
            for part in (name, content):
                if isinstance(part, Unknown):
                    raise CannotKnow(part.what)
            found[str(name)] = str(content)
    return found


def literal(resource: Resource, path: str) -> str:
    """Text that is known as a whole.

    Raises:
        CannotKnow: a part of it is not.
    """
    value = resource.text(path)
    if not is_literal(value):
        raise CannotKnow(f"{path} is known only when the stack is deployed")
    return value
