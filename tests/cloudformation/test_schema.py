"""The reader of AWS's schemas against cfn-lint's own, for every type that can be compiled."""

from __future__ import annotations

import re

import pytest
from cfnlint.schema import ResourceNotFoundError
from cfnlint.schema.manager import ProviderSchemaManager

from cloudformation.schema import Schema, SchemaError, _data, load, type_names
from cloudformation.types.model import Expression, GetAtt, ResourceType, Text
from cloudformation.types.registry import types

REGION = "eu-west-1"
TYPES = sorted({entry.cloudformation for entry in types().values() if isinstance(entry, ResourceType)})
PUBLISHED = [name for name in TYPES if not name.startswith("Custom::")]


def _attributes(expression: Expression) -> list[str]:
    match expression:
        case GetAtt(name):
            return [name]
        case Text(template):
            return re.findall(r"\$\{GetAtt:([^}]+)\}", template)
        case _:
            return []


@pytest.fixture(scope="module")
def manager() -> ProviderSchemaManager:
    """cfn-lint's manager, held to the schemas that are installed with it: a newer copy in a cache would be another."""
    return ProviderSchemaManager(providers_dir=_data() / "providers", resources_dir=_data() / "resources")


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_schema_is_what_cfn_lint_reads(manager: ProviderSchemaManager, name: str) -> None:
    """Properties, and what is required."""
    ours, theirs = load(name, REGION), manager.get_resource_schema(region=REGION, resource_type=name)
    assert theirs.type_name == name
    assert set(ours.document["properties"]) == set(theirs.schema["properties"])
    assert set(ours.required) == set(theirs.schema.get("required", ()))
    for group in ("readOnlyProperties", "createOnlyProperties", "writeOnlyProperties"):
        assert set(ours.document.get(group, ())) == set(theirs.schema.get(group, ()))


ATTRIBUTES = sorted(
    {
        (entry.cloudformation, name)
        for entry in types().values()
        if isinstance(entry, ResourceType) and entry.cloudformation in PUBLISHED
        for expression in entry.attributes.values()
        for name in _attributes(expression)
    }
)


@pytest.mark.parametrize(("name", "attribute"), ATTRIBUTES)
def test_an_attribute_that_a_type_uses_exists(manager: ProviderSchemaManager, name: str, attribute: str) -> None:
    """``Fn::GetAtt`` returns it, says cfn-lint, which has exceptions of its own to the schemas."""
    assert attribute in manager.get_resource_schema(region=REGION, resource_type=name).get_atts


def test_the_types_are_those_that_cfn_lint_knows(manager: ProviderSchemaManager) -> None:
    """In the Region; without those that only a transform makes of it."""
    theirs = {name for name in manager.get_resource_types(REGION) if not name.startswith("AWS::Serverless::")}
    assert set(type_names(REGION)) == theirs


def test_a_type_or_region_that_is_not_there_is_refused(manager: ProviderSchemaManager) -> None:
    """By both."""
    with pytest.raises(SchemaError, match=r"CloudFormation has no AWS::S3::Pail in eu-west-1"):
        load("AWS::S3::Pail", REGION)
    with pytest.raises(ResourceNotFoundError):
        manager.get_resource_schema(region=REGION, resource_type="AWS::S3::Pail")
    with pytest.raises(SchemaError, match="no resource schemas for the Region 'mars-1'"):
        type_names("mars-1")


NESTED = Schema(
    {
        "typeName": "Test::Type",
        "properties": {
            "Either": {"oneOf": [{"type": "string"}, {"$ref": "#/definitions/Object"}]},
            "List": {"type": "array", "items": {"$ref": "#/definitions/Object"}},
            "Free": {"type": "object", "additionalProperties": {"type": "integer"}},
            "Labels": {"type": "array"},
        },
        "definitions": {"Object": {"properties": {"A": {"type": ["string", "object"]}}}},
        "tagging": {"tagProperty": "/properties/Labels"},
        "readOnlyProperties": ["/properties/Endpoint/Address"],
    }
)


def test_nodes_are_looked_through() -> None:
    """References, alternatives and lists do not hide what is in them."""
    assert NESTED.kinds(NESTED.at("Either")) == {"string", "object"}
    assert set(NESTED.members(NESTED.at("Either"))) == {"A"}
    assert NESTED.kinds(NESTED.at("List.A")) == {"string", "object"}
    assert NESTED.kinds(NESTED.member_schema(NESTED.at("Free"))) == {"integer"}
    assert NESTED.tag_property == "Labels"
    assert NESTED.attributes == ("Endpoint.Address",)
    with pytest.raises(SchemaError, match=r"Test::Type has no property List\.B"):
        NESTED.at("List.B")
