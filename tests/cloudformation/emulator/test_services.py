"""The tables that bring resource types to moto's services, held against AWS's schemas and botocore's models."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import botocore.session
import pytest
from botocore import xform_name

from cloudformation.emulator.api import ApiType, Call, Given, shaped
from cloudformation.emulator.schemas import resource_schema
from cloudformation.emulator.services import TYPES


@cache
def service_model(service: str) -> Any:
    """botocore's model of a service."""
    return botocore.session.get_session().get_service_model(service)


@cache
def operation_model(service: str, operation: str) -> Any:
    """botocore's model of an operation, by the name of its method."""
    model = service_model(service)
    return model.operation_model(next(name for name in model.operation_names if xform_name(name) == operation))


def calls(kind: ApiType) -> Iterator[Call]:
    """Every call of a type."""
    steps = [kind.create, *kind.delete]
    for setting in kind.settings:
        steps += [setting.apply, *([setting.without] if setting.without else [])]
    return (step for step in steps if isinstance(step, Call))


def given(call: Call) -> set[str]:
    """The properties that a call passes on."""
    return set(call.same) | {source.name for source in call.parameters.values() if isinstance(source, Given)}


@pytest.mark.parametrize("type_name", TYPES)
def test_every_property_is_accounted_for(type_name: str) -> None:
    """What a template may set is set and kept up to date, or listed as not kept; nothing is invented."""
    kind, schema = TYPES[type_name], resource_schema(type_name)
    settable = set(schema.properties) - set(schema.read_only)
    kept = {name for setting in kind.settings for name in setting.properties}
    passed = {name for call in calls(kind) for name in given(call)}
    assert settable - set(schema.create_only) - kept == set(kind.unkept)
    assert kept | passed <= set(schema.properties)


@pytest.mark.parametrize("type_name", TYPES)
def test_every_parameter_exists_in_the_api(type_name: str) -> None:
    """Operations and their parameters are those of the service's own model."""
    kind = TYPES[type_name]
    for call in calls(kind):
        shape = operation_model(kind.service, call.operation).input_shape
        known = {name.lower() for name in shape.members}
        used = {name.lower() for name in (*call.same, *call.parameters)}
        assert used <= known, call.operation


def test_values_take_the_apis_form() -> None:
    """Names, tags, documents and numbers of a template become those of the API."""
    create_role = operation_model("iam", "create_role").input_shape
    assert shaped({"AssumeRolePolicyDocument": {"Version": "1"}}, create_role) == {
        "AssumeRolePolicyDocument": '{"Version": "1"}'
    }
    create_key = operation_model("kms", "create_key").input_shape
    assert shaped({"Tags": [{"Key": "a", "Value": "b"}]}, create_key) == {"Tags": [{"TagKey": "a", "TagValue": "b"}]}
    create_queue = operation_model("sqs", "create_queue").input_shape
    assert shaped({"Attributes": {"DelaySeconds": 5}, "tags": [{"Key": "a", "Value": "b"}]}, create_queue) == {
        "Attributes": {"DelaySeconds": "5"},
        "tags": {"a": "b"},
    }
    register = operation_model("ecs", "register_task_definition").input_shape
    assert shaped({"ContainerDefinitions": [{"StopTimeout": "120"}]}, register) == {
        "containerDefinitions": [{"stopTimeout": 120}]
    }
    assert shaped({"Colour": 1}, create_role) == {"Colour": 1}
