"""The resources that an API definition becomes in API Gateway: paths, methods, integrations, models, error responses.

Discrete resources instead of an import of the OpenAPI document, because a private integration hangs on one property,
the load balancer that it sends to. AWS's developer guide spells that property of the OpenAPI extension in two ways
(``integration-target`` in its example, ``integrationTarget`` in its patches), and an import ignores what it does not
know; ``AWS::ApiGateway::Method`` has ``IntegrationTarget`` in its schema, where a wrong spelling is an error.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.api_definition import ApiDefinition, Operation
from components.layer import Layer

HOST_VARIABLE = "serviceHostName"
LINK_VARIABLE = "vpcLinkId"

# Values that API Gateway itself sets on the way to the service; a client that sends the same headers is overruled.
CALLER_HEADERS = {
    "integration.request.header.X-Caller-Arn": "context.identity.userArn",
    "integration.request.header.X-Client-Key-Id": "context.identity.apiKeyId",
}
REQUEST_ID_HEADER = {"integration.request.header.X-Request-Id": "context.requestId"}

# What a client is told when the request never reached the service: the kind of error, never its details.
ERROR_MESSAGES = {
    "DEFAULT_4XX": "The request was refused.",
    "DEFAULT_5XX": "The request could not be processed.",
}
ERROR_HEADERS = {
    "gatewayresponse.header.Cache-Control": "'no-store'",
    "gatewayresponse.header.Strict-Transport-Security": "'max-age=63072000; includeSubDomains'",
    "gatewayresponse.header.X-Content-Type-Options": "'nosniff'",
}


@dataclass(frozen=True)
class Backend:
    """Where requests go."""

    load_balancer_arn: pulumi.Input[str]
    timeout_seconds: int


def integration_uri(operation: Operation, version: str) -> str:
    """The service's address for an operation: the name on the load balancer's certificate, which API Gateway verifies.

    Host name and VPC link are stage variables, because a changed one then takes effect without a new deployment of the
    API. The stage is named like the version for a reason: API Gateway's guide says that a private integration passes
    the stage in front of the path, while this address names the path without a stage. With stage ``v1`` and address
    ``/v1/...`` the service sees the same path whichever of the two holds.
    """
    return f"https://${{stageVariables.{HOST_VARIABLE}}}:443/{version}{operation.path}"


def integration_parameters(operation: Operation) -> dict[str, str]:
    """What API Gateway sets in the request to the service."""
    paths = {
        f"integration.request.path.{parameter.name}": parameter.key
        for parameter in operation.parameters
        if parameter.location == "path"
    }
    return REQUEST_ID_HEADER | (CALLER_HEADERS if operation.signed else {}) | paths


def error_template(response_type: str) -> str:
    """Body of an error response, in the form of the document's schema ``Error``."""
    return json.dumps(
        {
            "code": "$context.error.responseType",
            "message": ERROR_MESSAGES[response_type],
            "requestId": "$context.requestId",
        }
    )


def create_methods(
    layer: Layer, rest_api: aws.apigateway.RestApi, definition: ApiDefinition, backend: Backend
) -> list[pulumi.Resource]:
    """Everything that a deployment of the API takes a picture of."""
    paths = _create_paths(layer, rest_api, [operation.path for operation in definition.operations])
    models = _create_models(layer, rest_api, definition)
    validator = _create_validator(layer, rest_api)
    created: list[pulumi.Resource] = [*_create_error_responses(layer, rest_api)]
    for operation in definition.operations:
        method = _create_method(
            layer, rest_api, operation, resource_id=paths[operation.path], validator=validator, models=models
        )
        created += [method, _create_integration(layer, method, operation, definition.version, backend)]
    return created


def _create_paths(
    layer: Layer, rest_api: aws.apigateway.RestApi, paths: Sequence[str]
) -> dict[str, pulumi.Output[str]]:
    """Path of the API, one resource for each of its parts."""
    ids = {"": rest_api.root_resource_id}
    for path in paths:
        parts = path.strip("/").split("/")
        for depth, part in enumerate(parts, start=1):
            here, parent = ("".join(f"/{step}" for step in parts[:length]) for length in (depth, depth - 1))
            if here not in ids:
                resource = aws.apigateway.Resource(
                    layer.named("path", _slug(here)).logical,
                    rest_api=rest_api.id,
                    parent_id=ids[parent],
                    path_part=part,
                    opts=layer.child(),
                )
                ids[here] = resource.id
    return ids


def _create_models(
    layer: Layer, rest_api: aws.apigateway.RestApi, definition: ApiDefinition
) -> dict[str, aws.apigateway.Model]:
    """Schema that request bodies have to keep to; what it does not name is refused (PCI DSS v4.0.1, 6.2.4)."""
    return {
        name: aws.apigateway.Model(
            layer.named("model", _slug(name)).logical,
            rest_api=rest_api.id,
            name=name,
            content_type="application/json",
            schema=schema,
            opts=layer.child(),
        )
        for name, schema in definition.models.items()
    }


def _create_validator(layer: Layer, rest_api: aws.apigateway.RestApi) -> aws.apigateway.RequestValidator:
    """Refuses requests whose body or required parameters are not as defined, before they reach the service."""
    name = layer.named("validator", "api")
    return aws.apigateway.RequestValidator(
        name.logical,
        rest_api=rest_api.id,
        name=name.physical,
        validate_request_body=True,
        validate_request_parameters=True,
        opts=layer.child(),
    )


def _create_error_responses(layer: Layer, rest_api: aws.apigateway.RestApi) -> list[aws.apigateway.Response]:
    """Answer to requests that API Gateway itself refuses or loses: a code and a request id, nothing of the inside.

    No status code is set: it would turn every error of its class, a timeout too, into that one code.
    """
    return [
        aws.apigateway.Response(
            layer.named("response", _slug(response_type)).logical,
            rest_api_id=rest_api.id,
            response_type=response_type,
            response_templates={"application/json": error_template(response_type)},
            response_parameters=ERROR_HEADERS,
            opts=layer.child(),
        )
        for response_type in ERROR_MESSAGES
    ]


def _create_method(
    layer: Layer,
    rest_api: aws.apigateway.RestApi,
    operation: Operation,
    *,
    resource_id: pulumi.Input[str],
    validator: aws.apigateway.RequestValidator,
    models: dict[str, aws.apigateway.Model],
) -> aws.apigateway.Method:
    """Operation of the API: open only to signed requests of IAM principals, save for the health check (7.2.1)."""
    return aws.apigateway.Method(
        layer.named("method", _slug(operation.operation_id)).logical,
        rest_api=rest_api.id,
        resource_id=resource_id,
        http_method=operation.method,
        operation_name=operation.operation_id,
        authorization="AWS_IAM" if operation.signed else "NONE",
        api_key_required=operation.key_required,
        request_validator_id=validator.id,
        request_parameters={parameter.key: parameter.required for parameter in operation.parameters},
        # Under `$default` the body is validated whatever content type the client claims; under `application/json`
        # another content type would get past the validation.
        request_models={"$default": models[operation.model].name} if operation.model else None,
        opts=layer.child(),
    )


def _create_integration(
    layer: Layer, method: aws.apigateway.Method, operation: Operation, version: str, backend: Backend
) -> aws.apigateway.Integration:
    """Way of the operation to the service: over the VPC link to the load balancer, by HTTPS with its name verified."""
    return aws.apigateway.Integration(
        layer.named("integration", _slug(operation.operation_id)).logical,
        rest_api=method.rest_api,
        resource_id=method.resource_id,
        http_method=method.http_method,
        type="HTTP_PROXY",
        integration_http_method=operation.method,
        connection_type="VPC_LINK",
        connection_id=f"${{stageVariables.{LINK_VARIABLE}}}",
        integration_target=backend.load_balancer_arn,
        uri=integration_uri(operation, version),
        request_parameters=integration_parameters(operation),
        timeout_milliseconds=backend.timeout_seconds * 1000,
        opts=layer.child(),
    )


def _slug(text: str) -> str:
    """``/transactions/{transactionId}`` becomes ``transactions-transaction-id``, ``DEFAULT_4XX`` ``default-4xx``."""
    words = re.findall(r"[A-Z]?[a-z]+|[A-Z0-9]+", text)
    return "-".join(word.lower() for word in words)
