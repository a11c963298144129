"""Reads a CloudFormation template, YAML or JSON, as plain data, and tells on which lines each part of it stands.

Short forms become long ones (``!Ref A`` is ``{"Ref": "A"}``), so that equal templates are equal data however they are
written. cfn-lint has a reader as well; importing it takes longer than everything that is done with the result here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any

import yaml

from .errors import CloudFormationError

Template = Mapping[str, Any]
"""A template's sections as plain dictionaries, lists and scalars."""


class TemplateError(CloudFormationError):
    """A file is no CloudFormation template; says where and why."""


@dataclass(frozen=True)
class Lines:
    """The first and the last line of something, counted from 1."""

    first: int
    last: int

    def __str__(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"


@dataclass(frozen=True)
class TemplateFile:
    """A template that was read."""

    name: str
    data: Template
    root: yaml.Node
    text: tuple[str, ...]
    """Its lines."""

    def lines(self, *path: str | int) -> Lines | None:
        """Where ``path`` stands, from its key on; the innermost part that is there, None when nothing of it is."""
        found: Lines | None = None
        node = self.root
        for step in path:
            key, inner = _child(node, step)
            if inner is None:
                break
            node = inner
            found = Lines((key or node).start_mark.line + 1, self._last_line(node))
        return found

    def _last_line(self, node: yaml.Node) -> int:
        if isinstance(node, yaml.ScalarNode):
            # A block scalar ends where the next thing begins.
            last = node.end_mark.line + (node.end_mark.column > 0)
            while last > node.start_mark.line + 1 and not self.text[last - 1].strip():
                last -= 1
            return max(last, node.start_mark.line + 1)
        if not isinstance(node, yaml.CollectionNode) or node.flow_style or not node.value:
            return int(node.end_mark.line) + 1
        return self._last_line(node.value[-1][1] if isinstance(node, yaml.MappingNode) else node.value[-1])


def read_template(file: FilePath) -> TemplateFile:
    """Read a template.

    Raises:
        TemplateError: there is no such file, or it is no template.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        raise TemplateError(f"{file} cannot be read: {reason}. Name a template in YAML or JSON.") from error
    return parse_template(text, str(file))


def parse_template(text: str, name: str = "template") -> TemplateFile:
    """Read a template's text; ``name`` stands in errors.

    Raises:
        TemplateError: it is no template.
    """
    try:
        loader = Loader(text)
        try:
            root = loader.get_single_node()
            data = loader.construct_document(root) if root else None
        finally:
            loader.dispose()
    except yaml.YAMLError as error:
        raise TemplateError(f"{name}{_place(error)}: {_problem(error)}. Correct the YAML.") from error
    if root is None or not isinstance(data, dict) or not isinstance(data.get("Resources"), dict):
        raise TemplateError(f"{name} has no Resources. Name a CloudFormation template.")
    for logical_id, resource in data["Resources"].items():
        if logical_id.startswith("Fn::ForEach"):
            raise TemplateError(
                f"{name}: {logical_id} is a loop, which CloudFormation unrolls. Name the template with its loops "
                "unrolled, as `aws cloudformation get-template --template-stage Processed` shows it."
            )
        if not isinstance(resource, dict) or not isinstance(resource.get("Type"), str):
            raise TemplateError(f"{name}: the resource {logical_id} has no Type. Name a CloudFormation template.")
    return TemplateFile(name, data, root, tuple(text.splitlines()))


def _place(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    return f":{mark.line + 1}" if mark else ""


def _problem(error: yaml.YAMLError) -> str:
    return getattr(error, "problem", None) or str(error).partition("\n")[0]


def _child(node: yaml.Node, step: str | int) -> tuple[yaml.Node | None, yaml.Node | None]:
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return None, node.value[step]
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == str(step):
                return key, value
    return None, None


_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Loader(_Base):  # type: ignore[misc]
    """PyYAML's loader, taught CloudFormation's short forms; dates stay text, and no key may stand twice."""

    yaml_implicit_resolvers = {  # noqa: RUF012  PyYAML's own shape of it
        first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
        for first, resolvers in _Base.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode) or key_node.tag == "tag:yaml.org,2002:merge":
                reason = "a key must be text; CloudFormation merges no mappings"
                raise yaml.constructor.ConstructorError(None, None, reason, key_node.start_mark)
            key = key_node.value  # an account id is text here, too
            if key in result:
                raise yaml.constructor.ConstructorError(None, None, f"the key {key} stands twice", key_node.start_mark)
            result[key] = self.construct_object(value_node, deep=deep)
        return result


def _construct_function(loader: Any, suffix: str, node: yaml.Node) -> dict[str, Any]:
    name = suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}"
    if isinstance(node, yaml.ScalarNode):
        text = loader.construct_scalar(node)
        return {name: text.split(".", 1) if name == "Fn::GetAtt" else text}
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    return {name: loader.construct_mapping(node, deep=True)}


Loader.add_multi_constructor("!", _construct_function)
Loader.add_constructor("tag:yaml.org,2002:map", lambda loader, node: loader.construct_mapping(node, deep=True))
