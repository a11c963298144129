"""Endpoints: which there are, where they stand, and who gets through."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.components.conftest import Record, Recorded
from tests.components.support import of_type
from tests.components.test_network import build

PREFIX = "com.amazonaws.eu-west-1."
ACCOUNT = "123456789012"


@pytest.fixture(scope="module")
def endpoints(record: Record) -> dict[str, Recorded]:
    """The endpoints of the default network, by service."""
    return {
        endpoint.inputs["serviceName"].removeprefix(PREFIX): endpoint
        for endpoint in of_type(record(build), "VpcEndpoint")
    }


def statements(endpoint: Recorded) -> list[dict[str, Any]]:
    """The statements of an endpoint's policy."""
    return list(json.loads(endpoint.inputs["policy"])["Statement"])


def test_every_service_of_the_platform_has_its_endpoint(endpoints: dict[str, Recorded]) -> None:
    """Two gateway endpoints and nine interface endpoints."""
    kinds = {service: endpoint.inputs["vpcEndpointType"] for service, endpoint in endpoints.items()}
    assert {service for service, kind in kinds.items() if kind == "Gateway"} == {"s3", "dynamodb"}
    assert {service for service, kind in kinds.items() if kind == "Interface"} == {
        *("ecr.api", "ecr.dkr", "logs", "secretsmanager", "kms", "kinesis-streams", "sqs", "ssmmessages"),
        "monitoring",
    }


def test_interface_endpoints_stand_in_every_zone_behind_their_group(endpoints: dict[str, Recorded]) -> None:
    """They answer to the services' usual names, in the application tier of each zone, behind the endpoints' group."""
    for endpoint in endpoints.values():
        if endpoint.inputs["vpcEndpointType"] == "Interface":
            assert endpoint.inputs["privateDnsEnabled"] is True
            assert endpoint.inputs["subnetIds"] == [f"<subnet-app-{number}.id>" for number in (1, 2, 3)]
            assert endpoint.inputs["securityGroupIds"] == ["<secgroup-endpoints.id>"]


def test_gateway_endpoints_serve_the_application_tier_only(endpoints: dict[str, Recorded]) -> None:
    """Neither the data tier nor the public one has a route to S3 or DynamoDB."""
    for service in ("s3", "dynamodb"):
        assert endpoints[service].inputs["routeTableIds"] == [f"<rtb-app-{number}.id>" for number in (1, 2, 3)]


def test_only_this_account_gets_through(endpoints: dict[str, Recorded]) -> None:
    """Every statement but the one for image layers asks for a caller of this account, and none allows every action."""
    for service, endpoint in endpoints.items():
        for statement in statements(endpoint):
            assert not [action for action in statement["Action"] if "*" in action]
            if statement["Sid"] != "ImageLayers":
                assert statement["Condition"]["StringEquals"] == {"aws:PrincipalAccount": ACCOUNT}, service


def test_data_cannot_be_carried_to_another_account(endpoints: dict[str, Recorded]) -> None:
    """Streams, queues, tables, secrets, keys and logs must belong to this account as well."""
    for service in ("kinesis-streams", "sqs", "dynamodb", "secretsmanager", "kms", "logs"):
        (own,) = statements(endpoints[service])
        assert own["Condition"]["StringEqualsIfExists"] == {"aws:ResourceAccount": ACCOUNT}


def test_image_layers_can_be_read_and_nothing_else_of_others(endpoints: dict[str, Recorded]) -> None:
    """S3 lets signed links to ECR's layers through, for reading only, and nothing else."""
    (layers,) = statements(endpoints["s3"])
    assert layers["Action"] == ["s3:GetObject"]
    assert layers["Resource"] == ["arn:aws:s3:::prod-eu-west-1-starport-layer-bucket/*"]
