"""CloudFormation's own rules for what an update does to a resource, read from AWS's resource schemas."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import Any

from .schema import Schema, SchemaError, load
from .template_values import ABSENT, Path, is_function, names


class Effect(IntEnum):
    """What happens to a resource; the worse, the greater."""

    UPDATED = 1
    """It stays the same resource. Whether it is interrupted, the schemas do not say."""
    ADDED = 2
    MAY_BE_REMOVED = 3
    """Its condition changes: it may go, or come."""
    MAY_BE_REPLACED = 4
    REMOVED = 5
    REPLACED = 6
    REFUSED = 7
    """CloudFormation does not do it."""


def property_effect(kind: str, region: str, path: Path, old: Any, new: Any) -> tuple[Effect, str]:
    """What a change at ``path`` in the properties does to a resource of the type ``kind``, and why."""
    schema = _schema(kind, region)
    if schema is None:
        if names(path) == ("ServiceToken",):
            return Effect.REFUSED, "CloudFormation does not change the ServiceToken of a custom resource"
        return Effect.MAY_BE_REPLACED, "there is no schema: whoever handles this type decides"
    for key, effect, reason in (
        ("createOnlyProperties", Effect.REPLACED, "create-only"),
        ("conditionalCreateOnlyProperties", Effect.MAY_BE_REPLACED, "create-only for some changes"),
    ):
        if any(_touches(path, old, new, tuple(name.split("."))) for name in schema.names(key)):
            return effect, reason
    return Effect.UPDATED, ""


def _touches(path: Path, old: Any, new: Any, protected: Path) -> bool:
    """Whether a change at ``path`` is one of the property ``protected``."""
    changed, wanted = names(path), tuple(step for step in protected if step != "*")
    if changed[: len(wanted)] == wanted:
        return True
    rest = wanted[len(changed) :]
    return wanted[: len(changed)] == changed and _inside(old, rest) != _inside(new, rest)


def _inside(value: Any, path: Path) -> Any:
    """What stands at ``path``; a whole function, of which nobody knows what it gives."""
    if not path or is_function(value):
        return value
    if isinstance(value, list):
        return [_inside(item, path) for item in value]
    return _inside(value.get(path[0], ABSENT), path[1:]) if isinstance(value, dict) else ABSENT


def name_properties(kind: str, region: str) -> list[str]:
    """Properties in which two resources of a type must differ to exist beside each other.

    CloudFormation makes the new resource before it deletes the old one, so a replacement under the same name fails.
    """
    schema = _schema(kind, region)
    if schema is None:
        return []
    identifier = schema.names("primaryIdentifier")
    if len(identifier) == 1 and identifier[0] not in schema.attributes:
        return list(identifier)
    noun = kind.rpartition("::")[2].lower()
    return [
        name
        for name in schema.names("createOnlyProperties")
        if name == "Name" or (name.endswith("Name") and name.removesuffix("Name").lower() in noun)
    ]


def kept(resource: Mapping[str, Any], attribute: str) -> str:
    """What ``DeletionPolicy`` or ``UpdateReplacePolicy`` keeps: ``Retain``, ``Snapshot`` ...; empty for nothing.

    Without a DeletionPolicy CloudFormation takes a snapshot of Aurora clusters and of instances outside a cluster:
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html
    """
    policy = resource.get(attribute)
    if policy is None and attribute == "DeletionPolicy":
        kind, properties = resource["Type"], resource.get("Properties", {})
        alone = kind == "AWS::RDS::DBInstance" and "DBClusterIdentifier" not in properties
        policy = "Snapshot" if alone or kind == "AWS::RDS::DBCluster" else None
    return policy if isinstance(policy, str) and policy != "Delete" else ""


def _schema(kind: str, region: str) -> Schema | None:
    try:
        return load(kind, region)
    except SchemaError:
        return None
