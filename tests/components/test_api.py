"""The public API as API Gateway gets it."""

from __future__ import annotations

import copy
import dataclasses
import json
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from components.api import Api, ApiSpec
from components.api_clients import TlsPolicy
from components.api_definition import DOCUMENT, define
from components.layer import Context
from tests.components.conftest import Record, Recorded
from tests.components.monitoring_stand_ins import stand_ins

HOST = "api.internal.example.com"


def _build(spec: ApiSpec | None = None, domain: str | None = None) -> Callable[[Context], object]:
    def build(context: Context) -> Api:
        others = stand_ins()
        return Api(
            context,
            network=others.network,
            processing=others.processing,
            keys=others.keys,
            service_host_name=HOST,
            api_rate_limit=1000,
            api_burst_limit=2000,
            api_daily_quota=10_000_000,
            waf_rate_limit=10_000,
            api_domain=domain,
            certificate_arn="certificate-arn",
            log_retention_days=400,
            spec=spec,
        )

    return build


# Recorded once: no test changes what it reads.
RECORDED: list[Recorded] = []


@pytest.fixture
def resources(record: Record) -> list[Recorded]:
    """Everything that the API registers with the default spec."""
    if not RECORDED:
        RECORDED.extend(record(_build()))
    return RECORDED


def _all(resources: list[Recorded], type_name: str) -> list[Recorded]:
    return [resource for resource in resources if resource.type.endswith(f":{type_name}")]


def _one(resources: list[Recorded], type_name: str) -> Recorded:
    (found,) = _all(resources, type_name)
    return found


def _document() -> dict[str, Any]:
    return copy.deepcopy(yaml.safe_load(DOCUMENT.read_text(encoding="utf-8")))


def test_everything_belongs_to_the_layer(resources: list[Recorded]) -> None:
    """No resource hangs directly under the stack."""
    assert {resource.parent for resource in resources if resource.type != "tap:api:Api"} == {"api"}


def test_every_operation_but_health_is_authorised(resources: list[Recorded]) -> None:
    """Only the health check answers a request that nobody signed."""
    methods = {method.inputs["operationName"]: method.inputs for method in _all(resources, "Method")}
    assert len(methods) == 5
    health = methods.pop("getHealth")
    assert (health["authorization"], health["apiKeyRequired"]) == ("NONE", False)
    assert {(inputs["authorization"], inputs["apiKeyRequired"]) for inputs in methods.values()} == {("AWS_IAM", True)}


def test_bodies_are_validated_whatever_their_content_type(resources: list[Recorded]) -> None:
    """A model bound to application/json alone is passed over by a request that claims another type."""
    with_body = [method.inputs for method in _all(resources, "Method") if method.inputs["httpMethod"] == "POST"]
    assert {tuple(inputs["requestModels"]) for inputs in with_body} == {("$default",)}
    validator = _one(resources, "RequestValidator").inputs
    assert validator["validateRequestBody"]
    assert validator["validateRequestParameters"]


def test_required_parameters_are_enforced(resources: list[Recorded]) -> None:
    """API Gateway refuses a transaction without idempotency key, and a read without id."""
    parameters = {m.inputs["operationName"]: m.inputs.get("requestParameters", {}) for m in _all(resources, "Method")}
    assert parameters["createTransaction"]["method.request.header.Idempotency-Key"] is True
    assert parameters["getTransaction"]["method.request.path.transactionId"] is True


def test_requests_go_to_the_load_balancer_over_tls(resources: list[Recorded]) -> None:
    """Every operation is a private integration by HTTPS with the load balancer as its target."""
    for integration in _all(resources, "Integration"):
        inputs = integration.inputs
        assert (inputs["type"], inputs["connectionType"]) == ("HTTP_PROXY", "VPC_LINK")
        assert inputs["integrationTarget"] == "processing.load_balancer_arn"
        assert inputs["uri"].startswith("https://${stageVariables.serviceHostName}:443/v1/")
        assert inputs["connectionId"] == "${stageVariables.vpcLinkId}"


def test_the_stage_knows_host_and_link(resources: list[Recorded]) -> None:
    """The variables that the integrations name have values."""
    link = _one(resources, "VpcLink")
    assert _one(resources, "Stage").inputs["variables"] == {"serviceHostName": HOST, "vpcLinkId": link.id}
    assert link.inputs["securityGroupIds"] == ["sg.edge"]
    assert len(link.inputs["subnetIds"]) == 3


def test_the_service_sees_the_same_path_with_and_without_stage(resources: list[Recorded]) -> None:
    """The stage is the first part of the path that the integrations name."""
    stage = _one(resources, "Stage").inputs["stageName"]
    for integration in _all(resources, "Integration"):
        assert integration.inputs["uri"].split("/")[3] == stage


def test_clients_cannot_claim_to_be_somebody_else(resources: list[Recorded]) -> None:
    """The caller's headers are set from the verified signature, whatever the client sent."""
    for integration in _all(resources, "Integration"):
        parameters = integration.inputs["requestParameters"]
        if integration.name != "integration-get-health":
            assert parameters["integration.request.header.X-Caller-Arn"] == "context.identity.userArn"


def test_path_ids_reach_the_service(resources: list[Recorded]) -> None:
    """The id in the path is handed on."""
    (read,) = (i for i in _all(resources, "Integration") if i.name == "integration-get-transaction")
    assert (
        read.inputs["requestParameters"]["integration.request.path.transactionId"]
        == "method.request.path.transactionId"
    )


def test_paths_hang_under_each_other(resources: list[Recorded]) -> None:
    """The tree has one resource for each part of a path."""
    parts = {resource.inputs["pathPart"]: resource for resource in _all(resources, "Resource")}
    assert set(parts) == {"transactions", "{transactionId}", "sessions", "health"}
    assert parts["{transactionId}"].inputs["parentId"] == parts["transactions"].id


def test_error_answers_tell_nothing_of_the_inside(resources: list[Recorded]) -> None:
    """Both classes of errors have our body: a code, a fixed sentence and the request's id."""
    responses = _all(resources, "Response")
    assert {response.inputs["responseType"] for response in responses} == {"DEFAULT_4XX", "DEFAULT_5XX"}
    for response in responses:
        body = json.loads(response.inputs["responseTemplates"]["application/json"])
        assert set(body) == set(_document()["components"]["schemas"]["Error"]["required"])
        assert "$context.error.message" not in json.dumps(body)
        assert "statusCode" not in response.inputs


def test_the_access_log_has_who_and_what_but_no_content(resources: list[Recorded]) -> None:
    """The line is JSON, names the caller, and holds no body, header, query string, path value or client key."""
    settings = _one(resources, "Stage").inputs["accessLogSettings"]
    line = settings["format"]
    assert "\n" not in line
    values = set(json.loads(line).values())
    assert {"$context.requestId", "$context.identity.userArn", "$context.identity.sourceIp"} <= values
    # `path` has the ids in it, `error.message` quotes the request, `identity.apiKey` is the client key itself.
    assert not {"$context.path", "$context.error.message", "$context.identity.apiKey"} & values
    assert not [value for value in values if not value.startswith("$context.") or "overrid" in value.lower()]
    assert settings["destinationArn"].endswith(":log-group:log-api-access-test")


def test_execution_logs_go_to_a_group_that_is_there_first(resources: list[Recorded]) -> None:
    """API Gateway would make the group itself, without key and for ever, if the stage came first."""
    (group,) = (g for g in _all(resources, "LogGroup") if g.name == "log-api-execution")
    assert group.inputs["name"] == "API-Gateway-Execution-Logs_<api-transactions.id>/v1"
    stage = _one(resources, "Stage")
    assert group.name in stage.depends_on
    assert _one(resources, "Account").name in stage.depends_on


def test_all_logs_are_encrypted_kept_and_masked(resources: list[Recorded]) -> None:
    """Each log group has the logs key, a year and more, and a policy that masks card numbers."""
    groups = _all(resources, "LogGroup")
    assert len(groups) == 3
    assert {(group.inputs["kmsKeyId"], group.inputs["retentionInDays"]) for group in groups} == {("key.arn", 400)}
    assert len(_all(resources, "LogDataProtectionPolicy")) == 3


def test_methods_are_throttled_and_never_traced(resources: list[Recorded]) -> None:
    """Requests and answers reach no log, and nothing is cached."""
    settings = _one(resources, "MethodSettings").inputs
    assert settings["methodPath"] == "*/*"
    assert settings["settings"]["dataTraceEnabled"] is False
    assert settings["settings"]["cachingEnabled"] is False
    assert settings["settings"]["loggingLevel"] in {"ERROR", "INFO"}
    assert settings["settings"]["throttlingRateLimit"] == 1000


def test_the_firewall_stands_before_the_stage(resources: list[Recorded]) -> None:
    """The association names this API's stage."""
    arn = _one(resources, "WebAclAssociation").inputs["resourceArn"]
    assert arn == "arn:aws:apigateway:eu-west-1::/restapis/<api-transactions.id>/stages/v1"


def test_the_usage_plan_counts_what_comes_with_a_key(resources: list[Recorded]) -> None:
    """Plan, stage and key belong together, and the key's value is not ours."""
    plan = _one(resources, "UsagePlan").inputs
    assert plan["apiStages"] == [{"apiId": "<api-transactions.id>", "stage": "v1"}]
    assert plan["quotaSettings"] == {"limit": 10_000_000, "period": "DAY"}
    assert "value" not in _one(resources, "ApiKey").inputs
    assert _one(resources, "UsagePlanKey").inputs["keyId"] == _one(resources, "ApiKey").id


def test_tls_is_modern(resources: list[Recorded]) -> None:
    """The API has an enhanced policy of TLS 1.2 or newer, and API Gateway wants the access mode with it."""
    api = _one(resources, "RestApi").inputs
    assert api["securityPolicy"].startswith("SecurityPolicy_TLS13_1_2")
    assert api["endpointAccessMode"] == "STRICT"


def _trigger(resources: list[Recorded]) -> str:
    (trigger,) = _one(resources, "Deployment").inputs["triggers"].values()
    return str(trigger)


def test_the_deployment_waits_for_all_that_it_takes_a_picture_of(resources: list[Recorded]) -> None:
    """A deployment taken too early would miss a method."""
    wanted = {r.name for kind in ("Method", "Integration", "Response") for r in _all(resources, kind)}
    assert wanted <= _one(resources, "Deployment").depends_on


def test_a_changed_document_is_deployed(resources: list[Recorded], record: Record) -> None:
    """The trigger changes with the document."""
    document = _document()
    document["components"]["schemas"]["Amount"]["properties"]["minorUnits"]["maximum"] = 5
    assert _trigger(record(_build(ApiSpec(definition=define(document))))) != _trigger(resources)


@pytest.mark.parametrize(
    "changes", [{"timeout_seconds": 10}, {"tls": TlsPolicy(name="SecurityPolicy_TLS13_1_3_2025_09")}]
)
def test_a_changed_integration_is_deployed(resources: list[Recorded], record: Record, changes: dict[str, Any]) -> None:
    """The trigger changes with what the program adds to the document."""
    assert _trigger(record(_build(dataclasses.replace(ApiSpec(), **changes)))) != _trigger(resources)


def test_anything_else_is_not_deployed_again(resources: list[Recorded], record: Record, context: Context) -> None:
    """The trigger is the same in another environment, and with a custom domain beside it."""
    assert _trigger(record(_build(domain="api.example.com"))) == _trigger(resources)
    other = dataclasses.replace(context, suffix="other", account_id="210987654321")
    assert _trigger(record(lambda _: _build()(other))) == _trigger(resources)


def test_without_a_domain_there_is_none(resources: list[Recorded]) -> None:
    """The domain is optional."""
    assert not _all(resources, "DomainName")
    assert not _all(resources, "BasePathMapping")


def test_the_domain_leads_to_the_version(record: Record) -> None:
    """https://api.example.com/v1 is the same as the stage's own address, with the same TLS policy."""
    resources = record(_build(domain="api.example.com"))
    domain, mapping = _one(resources, "DomainName").inputs, _one(resources, "BasePathMapping").inputs
    assert domain["securityPolicy"] == _one(resources, "RestApi").inputs["securityPolicy"]
    assert domain["endpointConfiguration"]["types"] == "REGIONAL"
    assert (mapping["basePath"], mapping["stageName"]) == ("v1", "v1")


def test_names_end_in_the_suffix(resources: list[Recorded]) -> None:
    """Save for what AWS names itself, models (named in the document) and the stage (part of the URL)."""
    named_by_others = {"log-api-execution", "model-transaction-request", "model-session-request"}
    for resource in resources:
        if resource.name not in named_by_others and "name" in resource.inputs:
            assert resource.inputs["name"].endswith("-test"), resource.name


def test_a_document_that_opens_an_operation_is_refused() -> None:
    """Leaving the signature out is a decision for the program as well as for the document."""
    document = _document()
    document["paths"]["/transactions"]["post"]["security"] = []
    with pytest.raises(ValueError, match="createTransaction"):
        ApiSpec(definition=define(document))


def test_a_document_without_idempotency_key_is_refused() -> None:
    """A repeated payment must be recognisable."""
    document = _document()
    document["paths"]["/transactions"]["post"]["parameters"].pop(0)
    with pytest.raises(ValueError, match="Idempotency-Key"):
        ApiSpec(definition=define(document))


@pytest.mark.parametrize("seconds", [0, 30])
def test_a_timeout_that_api_gateway_lacks_is_refused(seconds: int) -> None:
    """The message names the value."""
    with pytest.raises(ValueError, match=str(seconds)):
        ApiSpec(timeout_seconds=seconds)


@pytest.mark.parametrize("policy", ["TLS_1_0", "TLS_1_2", "SecurityPolicy_TLS12_2018_EDGE"])
def test_an_old_tls_policy_is_refused(policy: str) -> None:
    """The message names the policy."""
    with pytest.raises(ValueError, match=policy):
        TlsPolicy(name=policy)
