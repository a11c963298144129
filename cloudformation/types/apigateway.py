"""Amazon API Gateway: REST APIs."""

from __future__ import annotations

from collections.abc import Mapping

from ..graph import Resource
from .model import Drop, Folded, GetAtt, Ref, ResourceType, Spread, Text, To
from .shapes import choice

_API = To("RestApiId")


def _arn(path: str) -> Text:
    return Text(f"arn:${{AWS::Partition}}:apigateway:${{AWS::Region}}::{path}")


def _method_of(integration: Resource, resources: Mapping[str, Resource]) -> str | None:
    """The method with the same API, resource and verb: in Pulumi an integration names no method."""
    keys = ("restApi", "resourceId", "httpMethod")
    for urn, candidate in resources.items():
        if candidate.type == "aws:apigateway/method:Method" and all(
            candidate.inputs.get(key) == integration.inputs.get(key) for key in keys
        ):
            return urn
    return None


_BELONGS = {key: Drop("names the method that it is part of") for key in ("restApi", "resourceId", "httpMethod")}
_RESPONSE = {"responseModels": To("ResponseModels"), "responseParameters": To("ResponseParameters")}

TYPES = (
    ResourceType(
        "aws:apigateway/restApi:RestApi",
        "AWS::ApiGateway::RestApi",
        properties={
            "apiKeySource": To("ApiKeySourceType"),
            "putRestApiMode": To("Mode"),
        },
        attributes={
            "id": Ref(),
            "arn": _arn("/restapis/${Ref}"),
            "rootResourceId": GetAtt("RootResourceId"),
            "executionArn": Text("arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${Ref}"),
        },
        short=("api",),
    ),
    ResourceType(
        "aws:apigateway/resource:Resource",
        "AWS::ApiGateway::Resource",
        properties={"restApi": _API},
        attributes={"id": Ref()},
        short=("path",),
    ),
    ResourceType(
        "aws:apigateway/requestValidator:RequestValidator",
        "AWS::ApiGateway::RequestValidator",
        properties={"restApi": _API},
        attributes={"id": GetAtt("RequestValidatorId")},
        short=("validator",),
    ),
    ResourceType(
        "aws:apigateway/model:Model",
        "AWS::ApiGateway::Model",
        properties={"restApi": _API},
        attributes={"id": Ref(), "name": Ref()},
    ),
    ResourceType(
        "aws:apigateway/response:Response",
        "AWS::ApiGateway::GatewayResponse",
        attributes={"id": Ref()},
    ),
    ResourceType(
        "aws:apigateway/method:Method",
        "AWS::ApiGateway::Method",
        properties={
            "restApi": _API,
            "authorization": To("AuthorizationType"),
            "authorizer": To("AuthorizerId"),
        },
        attributes={"id": Ref()},
    ),
    Folded(
        "aws:apigateway/integration:Integration",
        parent=_method_of,
        into="aws:apigateway/method:Method",
        under="Integration",
        properties={
            **_BELONGS,
            "timeoutMilliseconds": To("TimeoutInMillis"),
            "responseTransferMode": To("ResponseTransferMode"),
        },
        reason="a method holds its integration itself",
    ),
    Folded(
        "aws:apigateway/methodResponse:MethodResponse",
        parent=_method_of,
        into="aws:apigateway/method:Method",
        under="MethodResponses",
        append=True,
        properties={**_BELONGS, **_RESPONSE},
        reason="a method holds its responses itself",
    ),
    Folded(
        "aws:apigateway/integrationResponse:IntegrationResponse",
        parent=_method_of,
        into="aws:apigateway/method:Method",
        under="Integration.IntegrationResponses",
        append=True,
        properties=_BELONGS,
        reason="a method holds its integration's responses itself",
    ),
    ResourceType(
        "aws:apigateway/deployment:Deployment",
        "AWS::ApiGateway::Deployment",
        properties={
            "restApi": _API,
            "triggers": Drop("their digest is part of the logical id, so that a change makes a new deployment"),
        },
        attributes={"id": GetAtt("DeploymentId")},
        versioned_by="triggers",
    ),
    ResourceType(
        "aws:apigateway/stage:Stage",
        "AWS::ApiGateway::Stage",
        properties={
            "restApi": _API,
            "deployment": To("DeploymentId"),
            "accessLogSettings": To("AccessLogSetting"),
            "canarySettings": To("CanarySetting"),
            "xrayTracingEnabled": To("TracingEnabled"),
        },
        attributes={
            "id": Ref(),
            "stageName": Ref(),
        },
    ),
    Folded(
        "aws:apigateway/methodSettings:MethodSettings",
        parent="stageName",
        into="aws:apigateway/stage:Stage",
        under="MethodSettings",
        append=True,
        properties={
            "restApi": Drop("the stage names its API"),
            "methodPath": To(
                "HttpMethod",
                "a verb and a path in CloudFormation",
                convert=choice({"*/*": "*"}),
                also={"ResourcePath": "/*"},
            ),
            "settings": Spread("the element itself holds the settings in CloudFormation"),
        },
        reason="a stage holds its method settings itself",
    ),
    ResourceType(
        "aws:apigateway/account:Account",
        "AWS::ApiGateway::Account",
        attributes={"id": Ref()},
    ),
    ResourceType(
        "aws:apigateway/clientCertificate:ClientCertificate",
        "AWS::ApiGateway::ClientCertificate",
        attributes={"id": Ref(), "arn": _arn("/clientcertificates/${Ref}")},
        short=("clientcert",),
    ),
    ResourceType(
        "aws:apigateway/usagePlan:UsagePlan",
        "AWS::ApiGateway::UsagePlan",
        properties={
            "name": To("UsagePlanName"),
            "quotaSettings": To("Quota"),
            "throttleSettings": To("Throttle"),
        },
        attributes={"id": Ref()},
        short=("plan",),
    ),
    ResourceType("aws:apigateway/usagePlanKey:UsagePlanKey", "AWS::ApiGateway::UsagePlanKey", attributes={"id": Ref()}),
    ResourceType(
        "aws:apigateway/apiKey:ApiKey",
        "AWS::ApiGateway::ApiKey",
        attributes={"id": Ref(), "arn": _arn("/apikeys/${Ref}")},
        short=("clientkey",),
    ),
    ResourceType(
        "aws:apigateway/domainName:DomainName",
        "AWS::ApiGateway::DomainName",
        attributes={
            "id": Ref(),
            "domainName": Ref(),
            "regionalDomainName": GetAtt("RegionalDomainName"),
            "regionalZoneId": GetAtt("RegionalHostedZoneId"),
        },
        short=("domain",),
    ),
    ResourceType(
        "aws:apigateway/basePathMapping:BasePathMapping",
        "AWS::ApiGateway::BasePathMapping",
        properties={"restApi": _API, "stageName": To("Stage")},
        attributes={"id": Ref()},
        short=("mapping",),
    ),
)
