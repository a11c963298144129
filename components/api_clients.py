"""What clients of the API are given: a usage plan with a key, and a name of the operator's own for the API."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.layer import Layer, Scope


@dataclass(frozen=True)
class TlsPolicy:
    """Which TLS versions and cipher suites API Gateway accepts, and whether host name and address must agree.

    ``PFS`` policies have forward secrecy and no CBC suites; ``PQ`` ones offer hybrid post-quantum key exchange as well.
    ``STRICT`` refuses requests whose TLS server name and ``Host`` header differ. Source: API Gateway developer guide,
    "Security policies for REST APIs".
    """

    name: str = "SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09"
    access_mode: str = "STRICT"

    def __post_init__(self) -> None:
        if not self.name.startswith(("SecurityPolicy_TLS13_1_2_", "SecurityPolicy_TLS13_1_3_")):
            raise ValueError(
                f"TLS policy {self.name!r} is not allowed. Use a Regional one of TLS 1.2 or newer, such as "
                "SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09."
            )
        if self.access_mode not in {"STRICT", "BASIC"}:
            raise ValueError(f"access_mode {self.access_mode!r} is not allowed. Use STRICT, or BASIC while migrating.")


def create_usage_plan(
    layer: Layer,
    rest_api_id: pulumi.Input[str],
    stage_name: pulumi.Input[str],
    *,
    rate_limit: int,
    burst_limit: int,
    daily_quota: int,
) -> aws.apigateway.UsagePlan:
    """Usage plan of standard clients: so many requests a second and a day for each client key.

    A plan counts what comes with a key, so methods ask for one beside the signature. A key meters and proves nothing;
    who the client is, the signature says.
    """
    name = layer.named("usageplan", "standard")
    return aws.apigateway.UsagePlan(
        name.logical,
        name=name.physical,
        description="Standard clients of the card transaction API",
        api_stages=[aws.apigateway.UsagePlanApiStageArgs(api_id=rest_api_id, stage=stage_name)],
        throttle_settings=aws.apigateway.UsagePlanThrottleSettingsArgs(rate_limit=rate_limit, burst_limit=burst_limit),
        quota_settings=aws.apigateway.UsagePlanQuotaSettingsArgs(limit=daily_quota, period="DAY"),
        tags=layer.tags(name),
        opts=layer.child(),
    )


def create_client_key(layer: Layer, usage_plan: aws.apigateway.UsagePlan) -> aws.apigateway.ApiKey:
    """Key of the first client. API Gateway makes its value, which stands in no template and no program.

    Keys of further clients are made when clients are taken on, not when the platform is deployed.
    """
    name = layer.named("clientkey", "standard")
    key = aws.apigateway.ApiKey(
        name.logical,
        name=name.physical,
        description="First client of the standard usage plan",
        enabled=True,
        tags=layer.tags(name),
        opts=layer.child(),
    )
    aws.apigateway.UsagePlanKey(
        layer.named("usageplankey", "standard").logical,
        key_id=key.id,
        key_type="API_KEY",
        usage_plan_id=usage_plan.id,
        opts=layer.child(),
    )
    return key


def create_domain(
    layer: Layer,
    stage: aws.apigateway.Stage,
    *,
    domain: str,
    certificate_arn: str,
    tls: TlsPolicy,
) -> aws.apigateway.DomainName:
    """The operator's own name for the API, with the operator's certificate and TLS 1.2 or newer (4.2.1).

    The address by which API Gateway itself knows the API stays open: it leads to the same stage, with the same firewall
    and the same authorisation.
    """
    name = layer.named("domain", "api")
    custom = aws.apigateway.DomainName(
        name.logical,
        domain_name=domain,
        regional_certificate_arn=certificate_arn,
        endpoint_configuration=aws.apigateway.DomainNameEndpointConfigurationArgs(types="REGIONAL"),
        security_policy=tls.name,
        endpoint_access_mode=tls.access_mode,
        tags=layer.tags(name, Scope.CARDHOLDER_DATA),
        opts=layer.child(),
    )
    aws.apigateway.BasePathMapping(
        layer.named("mapping", "api").logical,
        domain_name=custom.domain_name,
        rest_api=stage.rest_api,
        stage_name=stage.stage_name,
        base_path=stage.stage_name,
        opts=layer.child(),
    )
    return custom
