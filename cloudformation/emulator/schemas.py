"""AWS's published resource schemas, as cfn-lint ships them: what a resource type accepts, requires and answers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from cfnlint.jsonschema import StandardValidator  # type: ignore[import-untyped, unused-ignore]
from cfnlint.schema import Schema as LinterSchema  # type: ignore[import-untyped, unused-ignore]

from .. import schema
from .account import REGION
from .errors import ResourceError

CUSTOM_RESOURCE = "AWS::CloudFormation::CustomResource"


@dataclass(frozen=True)
class ResourceSchema:
    """One resource type's schema."""

    type_name: str
    schema: schema.Schema
    attributes: tuple[str, ...]
    """The names that ``Fn::GetAtt`` accepts; a name may be a regular expression."""

    @cached_property
    def properties(self) -> Mapping[str, Any]:
        """The top-level properties' schemas."""
        return self.schema.members(self.schema.root)

    @cached_property
    def read_only(self) -> tuple[str, ...]:
        """Properties that AWS answers and nobody sets, as ``Endpoint`` or ``Endpoint/Address``."""
        return self._paths("readOnlyProperties")

    @cached_property
    def create_only(self) -> tuple[str, ...]:
        """Properties whose change replaces the resource."""
        return tuple(path for path in self._paths("createOnlyProperties") if path not in self.read_only)

    @cached_property
    def identifier(self) -> tuple[str, ...]:
        """The properties that identify the resource."""
        return self._paths("primaryIdentifier")

    @cached_property
    def name_property(self) -> str | None:
        """The property that takes the resource's physical name, or None when AWS always makes one up."""
        stem = self.type_name.rsplit("::", 1)[1]
        settable = [name for name in self.properties if name not in self.read_only]
        for name in (f"{stem}Name", "Name", f"{stem}Id", f"{stem}Identifier"):
            if name in settable:
                return name
        alone = self.identifier[0] if len(self.identifier) == 1 else ""
        if alone in settable:
            return alone
        # RDS::DBProxyTargetGroup has a TargetGroupName, ElastiCache::User a UserId.
        endings = (n for n in settable if n in self.create_only and re.search(r"(Name|Id|Identifier)$", n))
        return next((n for n in endings if stem.endswith(re.sub(r"(Name|Id|Identifier)$", "", n))), None)

    def _paths(self, keyword: str) -> tuple[str, ...]:
        return tuple(path.removeprefix("/properties/") for path in self.schema.document.get(keyword, ()))

    def has_attribute(self, name: str) -> bool:
        """Whether ``Fn::GetAtt`` accepts ``name``."""
        return any(name == known or re.fullmatch(known, name) for known in self.attributes)

    def definition(self, path: str) -> Mapping[str, Any]:
        """The schema of the property at ``path`` (``Endpoint.Address``); empty when there is none."""
        try:
            return self.schema.resolve(self.schema.at(path))
        except schema.SchemaError:
            return {}

    def typed(self, properties: Mapping[str, Any]) -> dict[str, Any]:
        """The properties with their scalars converted as CloudFormation does: ``"true"`` to a boolean, ``"3"`` to 3."""
        return {name: self._converted(value, self.properties.get(name, {})) for name, value in properties.items()}

    def _converted(self, value: Any, node: Mapping[str, Any]) -> Any:
        if isinstance(value, dict):
            members, other = self.schema.members(node), self.schema.member_schema(node)
            return {key: self._converted(item, members.get(key, other)) for key, item in value.items()}
        if isinstance(value, list):
            return [self._converted(item, self.schema.item(node)) for item in value]
        return _scalar(value, self.schema.kinds(node))

    def check(self, properties: Mapping[str, Any]) -> None:
        """Check typed properties, all intrinsic functions resolved, against the schema.

        Raises:
            ResourceError: naming every property that is unknown, missing, or has a value that is not allowed.
        """
        problems = [
            f"{'/'.join(['#', *map(str, error.path)])}: {error.message}"
            for error in StandardValidator(schema=dict(self.schema.document)).iter_errors(dict(properties))
        ]
        problems += [f"#/{name}: a read-only property cannot be set" for name in self.read_only if name in properties]
        if problems:
            raise ResourceError(
                f"Properties validation failed for type {self.type_name}: {'; '.join(sorted(problems))}"
            )

    def replaces(self, old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[str, ...]:
        """The properties that differ and can only be set when the resource is created."""
        return tuple(path for path in self.create_only if list(_at(old, path)) != list(_at(new, path)))


def _scalar(value: Any, kinds: frozenset[str]) -> Any:
    if isinstance(value, str) and kinds and "string" not in kinds:
        if "boolean" in kinds and value.lower() in {"true", "false"}:
            return value.lower() == "true"
        if "integer" in kinds and re.fullmatch(r"-?\d+", value):
            return int(value)
        if "number" in kinds and re.fullmatch(r"-?\d+(\.\d+)?", value):
            return float(value)
    if kinds == {"string"} and isinstance(value, (bool, int, float)):
        return str(value).lower() if isinstance(value, bool) else str(value)
    return value


def _at(value: Any, path: str) -> Iterator[Any]:
    """The values at ``path``; ``*`` stands for every item of a list."""
    head, _, tail = path.partition("/")
    items = value if head == "*" and isinstance(value, list) else [value.get(head)] if isinstance(value, dict) else []
    for item in items:
        if tail:
            yield from _at(item, tail)
        elif item is not None:
            yield item


def is_custom(type_name: str) -> bool:
    """Whether a function of the template's own stands behind the type."""
    return type_name.startswith("Custom::") or type_name == CUSTOM_RESOURCE


@cache
def resource_schema(type_name: str) -> ResourceSchema:
    """The schema of a resource type; ``Custom::Anything`` is a custom resource.

    Raises:
        schema.SchemaError: the region has no such type.
    """
    loaded = schema.load(CUSTOM_RESOURCE if is_custom(type_name) else type_name, REGION)
    return ResourceSchema(type_name, loaded, tuple(LinterSchema(dict(loaded.document)).get_atts))
