"""Reads a template's parameters back to the settings that they came from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..program import Parameter

# Of these the template has the name under which Systems Manager holds the value; limits and default are the name's.
LOOKED_UP = "AWS::SSM::Parameter::"


def parameter(name: str, item: Mapping[str, Any]) -> Parameter:
    """One parameter; a limit that is no number is no limit."""
    description, type_ = str(item.get("Description", "")), str(item.get("Type"))
    if type_.startswith(LOOKED_UP):
        return Parameter(name, description)
    allowed = item.get("AllowedValues")
    return Parameter(
        name=name,
        description=description,
        type="Number" if type_ == "Number" else "String",
        default=item.get("Default"),
        optional=item.get("Default") == "",
        pattern=str(item.get("AllowedPattern", "")),
        allowed_values=tuple(allowed) if isinstance(allowed, list) else (),
        min_length=_whole(item.get("MinLength")),
        max_length=_whole(item.get("MaxLength")),
        min_value=_whole(item.get("MinValue")),
        max_value=_whole(item.get("MaxValue")),
    )


def _whole(limit: Any) -> int | None:
    try:
        return int(float(limit))
    except (TypeError, ValueError, OverflowError):
        return None
