"""Judges a request by a resource policy, as IAM does for the condition operators that this stack uses.

An explicit denial wins, then an explicit allowance; otherwise the policy does not allow. An operator that is not known
here raises, so that no condition passes unread.
"""

from __future__ import annotations

import fnmatch
import json
from collections.abc import Mapping
from typing import Any

Request = Mapping[str, str | list[str]]


def allows(
    policy: str, principal: str, action: str, request: Request | None = None, *, resource: str | None = None
) -> bool:
    """Whether ``principal`` (a service, or an account's ARN) may do ``action`` in the given request context."""
    effects = {
        statement["Effect"]
        for statement in json.loads(policy)["Statement"]
        if _concerns(statement, principal, action, resource) and _holds(statement.get("Condition", {}), request or {})
    }
    return "Allow" in effects and "Deny" not in effects


def _concerns(statement: Mapping[str, Any], principal: str, action: str, resource: str | None) -> bool:
    named = statement["Principal"]
    principals = ["*"] if named == "*" else [name for names in named.values() for name in _listed(names)]
    return (
        any(name in ("*", principal) for name in principals)
        and any(fnmatch.fnmatchcase(action, pattern) for pattern in _listed(statement["Action"]))
        and (
            resource is None
            or any(fnmatch.fnmatchcase(resource, pattern) for pattern in _listed(statement["Resource"]))
        )
    )


def _holds(conditions: Mapping[str, Mapping[str, Any]], request: Request) -> bool:
    return all(
        _matches(operator, request.get(key), _listed(wanted))
        for operator, keys in conditions.items()
        for key, wanted in keys.items()
    )


def _matches(operator: str, found: str | list[str] | None, wanted: list[str]) -> bool:
    base = operator.removeprefix("ForAllValues:").removesuffix("IfExists")
    if found is None:
        return operator != base
    return all(any(_equal(base, value, pattern) for pattern in wanted) for value in _listed(found))


def _equal(operator: str, value: str, pattern: str) -> bool:
    if operator in ("StringEquals", "Bool"):
        return value == pattern
    if operator in ("StringLike", "ArnLike"):
        return fnmatch.fnmatchcase(value, pattern)
    if operator == "NumericLessThan":
        return float(value) < float(pattern)
    raise NotImplementedError(f"condition operator {operator}")


def _listed(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]
