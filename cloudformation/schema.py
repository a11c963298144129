"""AWS's published resource schemas, as the installed cfn-lint ships them.

The files are read directly: importing cfn-lint takes longer than everything else the compiler does, and its manager
prefers a newer copy in the user's cache, which would make the template depend on the machine.
``tests/cloudformation/test_schema.py`` holds this reader against cfn-lint's own.
"""

from __future__ import annotations

import functools
import importlib.util
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .errors import CloudFormationError

Node = Mapping[str, Any]
"""A JSON schema node."""
_ANYTHING: Node = {}


class SchemaError(CloudFormationError):
    """The installed schemas do not have what was asked for."""


@functools.cache
def _data() -> Path:
    spec = importlib.util.find_spec("cfnlint")
    if spec is None or not spec.submodule_search_locations:
        raise SchemaError("cfn-lint is not installed, which brings AWS's resource schemas. Run `make setup`.")
    return Path(spec.submodule_search_locations[0]) / "data" / "schemas"


@functools.cache
def _index(region: str) -> Mapping[str, str]:
    file = _data() / "providers" / f"{region}.json"
    if not file.is_file():
        raise SchemaError(f"There are no resource schemas for the Region {region!r}. Set aws:region in Pulumi.yaml.")
    index: Mapping[str, str] = json.loads(file.read_bytes())
    return index


def type_names(region: str) -> tuple[str, ...]:
    """The resource types that CloudFormation offers in a Region."""
    return tuple(sorted(_index(region)))


@functools.cache
def stateful_types() -> frozenset[str]:
    """Types whose resources hold data or keys, by the list that cfn-lint's rule I3011 goes by."""
    listed = json.loads((_data().parent / "AdditionalSpecs" / "StatefulResources.json").read_bytes())
    return frozenset(listed["ResourceTypes"])


@functools.cache
def load(type_name: str, region: str) -> Schema:
    """The schema of one resource type.

    Raises:
        SchemaError: CloudFormation does not have the type in that Region.
    """
    digest = _index(region).get(type_name)
    if digest is None:
        raise SchemaError(f"CloudFormation has no {type_name} in {region}.")
    return Schema(json.loads((_data() / "resources" / f"{digest}.json").read_bytes()))


@dataclass(frozen=True)
class Schema:
    """One resource type's schema."""

    document: Node
    _known: dict[int, _Facts] = field(default_factory=dict, repr=False, compare=False)
    """By the identity of a node, which its facts keep alive."""

    def __hash__(self) -> int:
        return id(self.document)

    @property
    def required(self) -> tuple[str, ...]:
        return tuple(self.document.get("required", ()))

    @property
    def root(self) -> Node:
        return self.document

    def names(self, key: str) -> tuple[str, ...]:
        """Property paths listed under ``createOnlyProperties`` and the like, as ``A.B``."""
        return tuple(item.removeprefix("/properties/").replace("/", ".") for item in self.document.get(key, ()))

    def resolve(self, node: Node) -> Node:
        """Follow ``$ref``."""
        while "$ref" in node:
            target: Any = self.document
            for step in node["$ref"].removeprefix("#/").split("/"):
                target = target[step]
            node = target
        return node

    def _facts(self, node: Node) -> _Facts:
        known = self._known.get(id(node))
        if known is None:
            known = self._known[id(node)] = _Facts(self, node)
        return known

    def alternatives(self, node: Node) -> Sequence[Node]:
        """The node itself and whatever it may be instead (``oneOf``, ``anyOf``) or as well (``allOf``)."""
        return self._facts(node).alternatives

    def kinds(self, node: Node) -> frozenset[str]:
        """JSON types that the node allows; empty when it says nothing."""
        return self._facts(node).kinds

    def members(self, node: Node) -> Mapping[str, Node]:
        """Named properties of an object node."""
        return self._facts(node).members

    def spelled(self, node: Node, name: str) -> str | None:
        """How an object node spells a property whose name is known but for upper and lower case."""
        return self._facts(node).spellings.get(name.lower())

    def member_schema(self, node: Node) -> Node:
        """The schema of an object's values where its keys are free."""
        return self._facts(node).member

    def item(self, node: Node) -> Node:
        """The schema of a list's items."""
        return self._facts(node).item

    def at(self, path: str) -> Node:
        """The node at ``A.B``, counted from the resource's properties; lists are passed through."""
        node: Node = self.root
        for step in path.split(".") if path else ():
            if "array" in self.kinds(node):
                node = self.item(node)
            members = self.members(node)
            if step not in members:
                raise SchemaError(f"{self.document['typeName']} has no property {path}.")
            node = members[step]
        return node

    @property
    def attributes(self) -> tuple[str, ...]:
        """What ``Fn::GetAtt`` can return."""
        return self.names("readOnlyProperties")

    @property
    def tag_property(self) -> str | None:
        tagging = self.document.get("tagging", {})
        name = str(tagging.get("tagProperty", "/properties/Tags")).removeprefix("/properties/")
        return name if name in self.document.get("properties", {}) else None


@dataclass(frozen=True, eq=False)
class _Facts:
    """What one node says, each found out once."""

    schema: Schema
    node: Node

    @functools.cached_property
    def alternatives(self) -> Sequence[Node]:
        node = self.schema.resolve(self.node)
        found = [node]
        for keyword in ("allOf", "anyOf", "oneOf"):
            for member in node.get(keyword, ()):
                found += self.schema.alternatives(member)
        return found

    @functools.cached_property
    def kinds(self) -> frozenset[str]:
        found: set[str] = set()
        for alternative in self.alternatives:
            kind = alternative.get("type", ())
            found.update([kind] if isinstance(kind, str) else kind)
            if "properties" in alternative and not kind:
                found.add("object")
        return frozenset(found)

    @functools.cached_property
    def members(self) -> Mapping[str, Node]:
        found: dict[str, Node] = {}
        for alternative in self.alternatives:
            for name, member in alternative.get("properties", {}).items():
                if member or name not in found:
                    found[name] = member
        return found

    @functools.cached_property
    def spellings(self) -> Mapping[str, str]:
        return {name.lower(): name for name in reversed([*self.members])}

    @functools.cached_property
    def member(self) -> Node:
        for alternative in self.alternatives:
            patterns = alternative.get("patternProperties")
            if patterns:
                member: Node = next(iter(patterns.values()))
                return member
            extra = alternative.get("additionalProperties")
            if isinstance(extra, dict):
                return extra
        return _ANYTHING

    @functools.cached_property
    def item(self) -> Node:
        for alternative in self.alternatives:
            items = alternative.get("items")
            if isinstance(items, dict):
                return items
        return _ANYTHING
