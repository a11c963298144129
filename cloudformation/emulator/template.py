"""Reads a CloudFormation template and checks what CloudFormation checks before it touches a resource."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from .errors import TemplateError

# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
MAX_INLINE_BYTES = 51_200
MAX_BYTES = 1_000_000
MAX_RESOURCES = 500
MAX_PARAMETERS = 200
MAX_OUTPUTS = 200

SECTIONS = {
    "AWSTemplateFormatVersion",
    "Conditions",
    "Description",
    "Mappings",
    "Metadata",
    "Outputs",
    "Parameters",
    "Resources",
    "Rules",
}
RESOURCE_KEYS = {
    "Condition",
    "CreationPolicy",
    "DeletionPolicy",
    "DependsOn",
    "Metadata",
    "Properties",
    "Type",
    "UpdatePolicy",
    "UpdateReplacePolicy",
}
NAMED_IAM_PROPERTIES = {
    "AWS::IAM::Group": "GroupName",
    "AWS::IAM::InstanceProfile": "InstanceProfileName",
    "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
    "AWS::IAM::Role": "RoleName",
    "AWS::IAM::User": "UserName",
}


@dataclass(frozen=True)
class Template:
    """A parsed template; intrinsic functions are in their long form (``{"Ref": ...}``, ``{"Fn::Sub": ...}``)."""

    text: str = ""
    body: Mapping[str, Any] = field(default_factory=dict)

    def section(self, name: str) -> Mapping[str, Any]:
        """One section of the template; empty when the template has none."""
        return self.body.get(name) or {}

    @property
    def resources(self) -> Mapping[str, Any]:
        return self.section("Resources")

    @property
    def description(self) -> str:
        return str(self.body.get("Description", ""))

    @property
    def capabilities(self) -> tuple[str, ...]:
        """What the caller has to acknowledge for this template to be accepted."""
        iam = [r for r in self.resources.values() if r["Type"].startswith("AWS::IAM::")]
        if any(NAMED_IAM_PROPERTIES.get(r["Type"], "") in r.get("Properties", {}) for r in iam):
            return ("CAPABILITY_NAMED_IAM",)
        return ("CAPABILITY_IAM",) if iam else ()


def parse(text: str) -> Template:
    """Read YAML or JSON.

    Raises:
        TemplateError: the text is no template, is too large, or has a section or resource attribute that
            CloudFormation does not know.
    """
    if len(text.encode()) > MAX_BYTES:
        raise TemplateError(f"Template may not exceed {MAX_BYTES} bytes in size.")
    try:
        body = yaml.load(text, Loader=_Loader)
    except yaml.YAMLError as error:
        raise TemplateError(f"Template format error: YAML not well-formed. {error}") from error
    if not isinstance(body, dict):
        raise TemplateError("Template format error: unsupported structure.")
    template = Template(text=text, body=body)
    _check_sections(template)
    for logical_id, resource in template.resources.items():
        _check_resource(logical_id, resource)
    return template


def _check_sections(template: Template) -> None:
    unknown = sorted(set(template.body) - SECTIONS)
    if unknown:
        raise TemplateError(f"Invalid template property or properties [{', '.join(unknown)}]")
    if not template.resources:
        raise TemplateError("Template format error: At least one Resources member must be defined.")
    limits = {"Resources": MAX_RESOURCES, "Parameters": MAX_PARAMETERS, "Outputs": MAX_OUTPUTS}
    for section, limit in limits.items():
        count = len(template.section(section))
        if count > limit:
            raise TemplateError(f"Template format error: Number of {section.lower()}, {count}, is greater than {limit}")


def _check_resource(logical_id: str, resource: object) -> None:
    if not re.fullmatch(r"[A-Za-z0-9]{1,255}", logical_id):
        raise TemplateError(f"Template format error: Resource name {logical_id} is non alphanumeric.")
    if not isinstance(resource, dict) or not isinstance(resource.get("Type"), str):
        raise TemplateError(f"Template format error: [/Resources/{logical_id}] Every Resource must have a Type.")
    unknown = sorted(set(resource) - RESOURCE_KEYS)
    if unknown:
        raise TemplateError(f"Template format error: Invalid attribute {unknown[0]} of resource {logical_id}.")


# The parser in C, where PyYAML has it, is ten times as fast.
_BASE: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_BASE):  # type: ignore[valid-type, misc]
    """YAML as CloudFormation reads it: short-form intrinsics, no dates, no key twice."""


# A bare 2012-10-17 is text to CloudFormation, not a date.
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _construct_mapping(loader: yaml.SafeLoader, node: yaml.MappingNode) -> dict[Any, Any]:
    mapping: dict[Any, Any] = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if key in mapping:
            raise yaml.constructor.ConstructorError(None, None, f"duplicate key {key!r}", key_node.start_mark)
        mapping[key] = loader.construct_object(value_node, deep=True)
    return mapping


def _construct_intrinsic(loader: yaml.SafeLoader, tag: str, node: yaml.Node) -> dict[str, Any]:
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = node.value
    elif isinstance(node, yaml.SequenceNode):
        value = [loader.construct_object(item, deep=True) for item in node.value]
    else:
        assert isinstance(node, yaml.MappingNode)
        value = _construct_mapping(loader, node)
    if tag == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {tag if tag in {"Ref", "Condition"} else f"Fn::{tag}": value}


_Loader.add_constructor("tag:yaml.org,2002:map", _construct_mapping)
_Loader.add_multi_constructor("!", _construct_intrinsic)
