"""AWS's resource schemas as the emulator uses them, and what it answers from them alone."""

from __future__ import annotations

import re
from typing import Any

import pytest

from cloudformation.emulator.attributes import attribute, ref
from cloudformation.emulator.errors import ResourceError
from cloudformation.emulator.generic import GenericHandler
from cloudformation.emulator.resources import Record
from cloudformation.emulator.schemas import resource_schema


def record(type_name: str, logical_id: str = "Thing", **properties: Any) -> Record:
    """A resource of a stack named ``stack``."""
    schema = resource_schema(type_name)
    name = properties.get(schema.name_property or "", f"stack-{logical_id}")
    return Record("stack", logical_id, schema, properties, name)


def test_scalars_take_the_schemas_type() -> None:
    """Parameters are text; CloudFormation makes of them what the property is."""
    schema = resource_schema("AWS::RDS::DBCluster")
    given = {
        "Port": "5432",
        "StorageEncrypted": "true",
        "EngineVersion": 16.4,
        "ServerlessV2ScalingConfiguration": {"MinCapacity": "0.5"},
        "Tags": [{"Key": "Size", "Value": 3}],
    }
    assert schema.typed(given) == {
        "Port": 5432,
        "StorageEncrypted": True,
        "EngineVersion": "16.4",
        "ServerlessV2ScalingConfiguration": {"MinCapacity": 0.5},
        "Tags": [{"Key": "Size", "Value": "3"}],
    }


@pytest.mark.parametrize(
    ("properties", "message"),
    [
        ({"FilterPattern": "x", "LogGroupName": "a"}, "'MetricTransformations' is a required property"),
        ({"TrailName": 1}, "'TrailName' was unexpected"),
    ],
)
def test_unknown_and_missing_properties_are_refused(properties: dict[str, Any], message: str) -> None:
    """The schema decides, and the refusal names the property."""
    with pytest.raises(ResourceError, match=message):
        resource_schema("AWS::Logs::MetricFilter").check(properties)


def test_read_only_properties_cannot_be_set() -> None:
    """What AWS alone decides is refused in a template."""
    with pytest.raises(ResourceError, match="CacheParameterGroupName: a read-only property"):
        resource_schema("AWS::ElastiCache::ParameterGroup").check(
            {"CacheParameterGroupName": "mine", "CacheParameterGroupFamily": "valkey8", "Description": "d"}
        )


def test_replacement_follows_the_schema() -> None:
    """A change of a create-only property replaces, any other does not; nested ones count."""
    table = resource_schema("AWS::DynamoDB::Table")
    assert table.replaces({"TableName": "a"}, {"TableName": "b"}) == ("TableName",)
    assert table.replaces({"BillingMode": "PROVISIONED"}, {"BillingMode": "PAY_PER_REQUEST"}) == ()
    task = resource_schema("AWS::ECS::TaskDefinition")
    assert task.replaces({"ContainerDefinitions": [{"Image": "a"}]}, {"ContainerDefinitions": [{"Image": "b"}]})


@pytest.mark.parametrize(
    ("type_name", "properties", "answer"),
    [
        ("AWS::RDS::DBCluster", {"DBClusterIdentifier": "main"}, r"main"),
        (
            "AWS::RDS::DBProxyTargetGroup",
            {"DBProxyName": "p", "TargetGroupName": "default"},
            r"arn:aws:rds:.*:target-group:",
        ),
        ("AWS::SecretsManager::RotationSchedule", {"SecretId": "arn:aws:x"}, r"arn:aws:x"),
        (
            "AWS::ApplicationAutoScaling::ScalableTarget",
            {"ResourceId": "service/c/s", "ScalableDimension": "ecs:service:DesiredCount", "ServiceNamespace": "ecs"},
            r"service/c/s\|ecs:service:DesiredCount\|ecs",
        ),
        ("AWS::ApiGateway::Stage", {"RestApiId": "abc", "StageName": "live"}, r"live"),
        ("AWS::ApiGateway::RestApi", {"Name": "api"}, r"[0-9a-z]{10}"),
        ("AWS::WAFv2::WebACL", {"Name": "acl", "Scope": "REGIONAL"}, r"acl\|[0-9a-f-]{36}\|REGIONAL"),
        ("AWS::ElastiCache::SubnetGroup", {}, r"stack-Thing"),
    ],
)
def test_ref_is_what_the_type_returns(type_name: str, properties: dict[str, Any], answer: str) -> None:
    """Ref follows each type's own rule."""
    assert re.fullmatch(answer + ".*" if answer.endswith(":") else answer, ref(record(type_name, **properties)))


def test_invented_values_stay_the_same_and_differ_between_resources() -> None:
    """Asked twice, a resource answers alike; another resource answers otherwise."""
    one, two = (record("AWS::RDS::DBCluster", DBClusterIdentifier="main") for _ in range(2))
    assert attribute(one, "Endpoint.Address") == attribute(one, "Endpoint.Address")
    assert attribute(one, "Endpoint.Address") != attribute(two, "Endpoint.Address")


def test_identity_is_unique_within_its_scope() -> None:
    """The same name is refused where it names the same thing, and accepted elsewhere."""
    store = GenericHandler()
    first = record("AWS::RDS::DBProxyTargetGroup", DBProxyName="one", TargetGroupName="default")
    store.create(first)
    store.create(record("AWS::RDS::DBProxyTargetGroup", DBProxyName="two", TargetGroupName="default"))
    twin = record("AWS::RDS::DBProxyTargetGroup", DBProxyName="one", TargetGroupName="default")
    with pytest.raises(ResourceError, match="default already exists"):
        store.create(twin)
    store.delete(first)
    store.create(twin)
    with pytest.raises(ResourceError, match="does not exist"):
        store.delete(first)


def test_nameless_resources_never_collide() -> None:
    """Where AWS makes up the identity, two alike are two."""
    store = GenericHandler()
    for _ in range(2):
        store.create(record("AWS::ApiGateway::RestApi", Name="api"))
    assert len({item.physical_id for item in store}) == 2
