"""The template as the checks of the requirements read it: plain data, and who refers to whom."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

IN_TEXT = re.compile(r"\$\{([A-Za-z0-9]+)")
STATEFUL = {
    "AWS::DynamoDB::Table",
    "AWS::EFS::FileSystem",
    "AWS::ElastiCache::ReplicationGroup",
    "AWS::KMS::Key",
    "AWS::Kinesis::Stream",
    "AWS::Logs::LogGroup",
    "AWS::RDS::DBCluster",
    "AWS::RDS::DBInstance",
    "AWS::S3::Bucket",
    "AWS::SQS::Queue",
    "AWS::SecretsManager::Secret",
}


@dataclass(frozen=True)
class Item:
    """A resource of the template."""

    id: str
    type: str
    properties: Mapping[str, Any]
    whole: Mapping[str, Any]

    def get(self, *path: str | int) -> Any:
        """What stands under ``path`` of the properties; None when nothing does."""
        return at(self.properties, *path)


class Stack:
    """A template's resources, parameters and outputs."""

    def __init__(self, template: Mapping[str, Any]) -> None:
        self.template = template
        self.items = [
            Item(logical_id, item["Type"], item.get("Properties", {}), item)
            for logical_id, item in template["Resources"].items()
        ]
        self._by_id = {item.id: item for item in self.items}

    def of(self, *types: str) -> list[Item]:
        """All resources of these types."""
        return [item for item in self.items if item.type in types]

    def item(self, value: Any) -> Item | None:
        """The resource that ``value`` refers to, if it refers to exactly one."""
        found = refers_to(value) & self._by_id.keys()
        return self._by_id[found.pop()] if len(found) == 1 else None

    def is_a(self, value: Any, kind: str) -> bool:
        """Whether ``value`` refers to a resource of a type."""
        item = self.item(value)
        return item is not None and item.type == kind

    def least(self, value: Any) -> float:
        """The least that a number can be: itself, or the bound of the parameter that it is.

        ``-inf`` for anything else.
        """
        match value:
            case int() | float():
                return value
            case {"Ref": name} if name in self.template["Parameters"]:
                parameter = self.template["Parameters"][name]
                return float(parameter.get("MinValue", min(parameter.get("AllowedValues", [float("-inf")]))))
        return float("-inf")


def at(value: Any, *path: str | int) -> Any:
    """What stands under ``path`` of ``value``; None when nothing does."""
    for step in path:
        if isinstance(value, Mapping):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            return None
    return value


def refers_to(value: Any) -> set[str]:
    """Logical ids and parameters that ``value`` refers to."""
    match value:
        case {"Ref": str(name)}:
            return {name}
        case {"Fn::GetAtt": [str(name), *_]}:
            return {name}
        case {"Fn::Sub": str(text)}:
            return set(IN_TEXT.findall(text))
        case dict():
            return set().union(*map(refers_to, value.values()))
        case list():
            return set().union(*map(refers_to, value))
    return set()


def listed(value: Any) -> list[Any]:
    """A list as it is, anything else as the only one of a list, nothing as an empty one."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def statements(document: Any) -> list[Mapping[str, Any]]:
    """The statements of a policy document."""
    return [item for item in listed(at(document, "Statement")) if isinstance(item, Mapping)]


def denies_plain_transport(document: Any) -> bool:
    """Whether a policy refuses everybody who comes without TLS."""
    return any(
        statement.get("Effect") == "Deny"
        and statement.get("Principal") in ("*", {"AWS": "*"})
        and at(statement, "Condition", "Bool", "aws:SecureTransport") == "false"
        for statement in statements(document)
    )


def attributes(item: Item, name: str) -> dict[str, str]:
    """A list of keys and values as a dictionary."""
    return {entry["Key"]: entry["Value"] for entry in listed(item.get(name))}


def texts(value: Any) -> Iterator[str]:
    """Every text in ``value``."""
    match value:
        case str():
            yield value
        case dict():
            for item in value.values():
                yield from texts(item)
        case list():
            for item in value:
                yield from texts(item)


def missing(stack: Stack, kinds: Sequence[str]) -> list[str]:
    """The types of which there is no resource."""
    return [f"no {kind}" for kind in kinds if not stack.of(kind)]
