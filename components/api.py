"""The public API: REST API, firewall, stage, logs, and what clients are given."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

from components.api_clients import TlsPolicy, create_client_key, create_domain, create_usage_plan
from components.api_definition import ApiDefinition, Parameter, read_definition
from components.api_logs import (
    access_log_format,
    allow_logging,
    create_access_log_group,
    create_execution_log_group,
)
from components.api_methods import (
    ERROR_HEADERS,
    ERROR_MESSAGES,
    HOST_VARIABLE,
    LINK_VARIABLE,
    Backend,
    create_methods,
    error_template,
    integration_parameters,
    integration_uri,
)
from components.layer import Context, Layer, Scope
from components.log_groups import group_arn
from components.web_acl import WebAclSpec, associate_web_acl, create_web_acl, create_web_acl_logs

if TYPE_CHECKING:
    from components.encryption import Encryption
    from components.network import Network
    from components.processing import Processing

# API Gateway's own limit for a Regional API without a raised quota.
MAX_TIMEOUT_SECONDS = 29


@dataclass(frozen=True)
class ApiSpec:
    """What shapes the API besides its OpenAPI document.

    Raises:
        ValueError: a value is not allowed, or the document opens an operation that is not in ``open_operations``.
    """

    definition: ApiDefinition = field(default_factory=read_definition)
    open_operations: frozenset[str] = frozenset({"getHealth"})
    """Operations that need no signature. The document may leave the signature out for these and for no others."""
    idempotent_operations: frozenset[str] = frozenset({"createTransaction"})
    """Operations that must require the header ``Idempotency-Key``, so that a repeated request changes nothing."""
    timeout_seconds: int = 29
    """How long API Gateway waits for the service."""
    tls: TlsPolicy = field(default_factory=TlsPolicy)
    firewall: WebAclSpec = field(default_factory=WebAclSpec)

    def __post_init__(self) -> None:
        if not 1 <= self.timeout_seconds <= MAX_TIMEOUT_SECONDS:
            raise ValueError(
                f"timeout_seconds {self.timeout_seconds} is not allowed; API Gateway waits 1 to {MAX_TIMEOUT_SECONDS}."
            )
        operations = self.definition.operations
        opened = {operation.operation_id for operation in operations if not operation.signed}
        if not opened <= self.open_operations:
            raise ValueError(
                f"The OpenAPI document opens {sorted(opened)} to unsigned requests, but open_operations allow "
                f"{sorted(self.open_operations)} only. Give the others a security requirement."
            )
        key = Parameter("header", "Idempotency-Key", required=True)
        idempotent = {operation.operation_id for operation in operations if key in operation.parameters}
        if not self.idempotent_operations <= idempotent:
            raise ValueError(
                f"idempotent_operations are {sorted(self.idempotent_operations)}, but the OpenAPI document requires "
                f"the header Idempotency-Key of {sorted(idempotent)} only. Require it there too."
            )

    def fingerprint(self) -> str:
        """SHA-256 over all that a deployment of the API takes a picture of, as far as it is known before deployment.

        What only the deployment knows (host name, VPC link) is in stage variables, which need no new deployment.
        """
        version, operations = self.definition.version, self.definition.operations
        return self.definition.fingerprint(
            integrations={
                operation.operation_id: [
                    integration_uri(operation, version),
                    integration_parameters(operation),
                    self.timeout_seconds,
                ]
                for operation in operations
            },
            errors=[{name: error_template(name) for name in ERROR_MESSAGES}, ERROR_HEADERS],
            # A changed TLS policy reaches a stage with its next deployment only.
            tls=asdict(self.tls),
        )


class Api(Layer):
    """Regional REST API: signed requests only, validated, behind a firewall, handed to the service over a VPC link.

    Attributes:
        rest_api_id, rest_api_name: the REST API.
        stage_name: the stage, named like the API's version.
        url: address of the API, with the version.
        operations: the operations, as the OpenAPI document defines them.
        web_acl_arn, web_acl_name: the firewall.
        access_log_group_name, execution_log_group_name, firewall_log_group_name: the logs.
        usage_plan_id, client_key_id: what clients are given.
        domain_target: what the DNS record of the custom domain has to point to; None without one.
    """

    domain_target: pulumi.Output[str] | None = None

    def __init__(
        self,
        context: Context,
        *,
        network: Network,
        processing: Processing,
        keys: Encryption,
        service_host_name: str,
        api_rate_limit: int,
        api_burst_limit: int,
        api_daily_quota: int,
        waf_rate_limit: int,
        api_domain: str | None,
        certificate_arn: str,
        log_retention_days: int,
        spec: ApiSpec | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(context, opts)
        self.spec = spec or ApiSpec()
        self.operations = self.spec.definition.operations
        self._log_key_arn = keys.logs.arn
        self._log_retention_days = log_retention_days

        rest_api = self._create_rest_api()
        methods = create_methods(
            self, rest_api, self.spec.definition, Backend(processing.load_balancer_arn, self.spec.timeout_seconds)
        )
        link = self._create_link(network)
        stage = self._create_stage(
            rest_api,
            self._create_deployment(rest_api, methods),
            {HOST_VARIABLE: service_host_name, LINK_VARIABLE: link.id},
        )
        self._create_method_settings(stage, api_rate_limit, api_burst_limit)
        self._create_firewall(stage, waf_rate_limit)
        plan = create_usage_plan(
            self,
            rest_api.id,
            stage.stage_name,
            rate_limit=api_rate_limit,
            burst_limit=api_burst_limit,
            daily_quota=api_daily_quota,
        )
        self.usage_plan_id = plan.id
        self.client_key_id = create_client_key(self, plan).id
        if api_domain is not None:
            self.domain_target = create_domain(
                self, stage, domain=api_domain, certificate_arn=certificate_arn, tls=self.spec.tls
            ).regional_domain_name

        self.rest_api_id = rest_api.id
        self.rest_api_name = rest_api.name
        self.stage_name = stage.stage_name
        self.url = pulumi.Output.concat(
            "https://", rest_api.id, f".execute-api.{context.region}.amazonaws.com/", stage.stage_name
        )
        self.register_outputs({"url": self.url, "restApiId": self.rest_api_id, "usagePlanId": self.usage_plan_id})

    def _create_rest_api(self) -> aws.apigateway.RestApi:
        """The API, in this Region only, with TLS 1.2 or newer and forward secrecy (PCI DSS v4.0.1, 4.2.1)."""
        name = self.named("api", "transactions")
        return aws.apigateway.RestApi(
            name.logical,
            name=name.physical,
            description=self.spec.definition.title,
            endpoint_configuration=aws.apigateway.RestApiEndpointConfigurationArgs(types="REGIONAL"),
            security_policy=self.spec.tls.name,
            endpoint_access_mode=self.spec.tls.access_mode,
            api_key_source="HEADER",
            # Stays open beside a custom domain: it leads to the same stage, firewall and authorisation.
            disable_execute_api_endpoint=False,
            tags=self.tags(name, Scope.CARDHOLDER_DATA),
            opts=self.child(),
        )

    def _create_link(self, network: Network) -> aws.apigatewayv2.VpcLink:
        """Way from API Gateway into the application subnets; its security group reaches the load balancer only.

        A VPC link of version 2, which API Gateway's REST APIs use to reach an internal load balancer directly.
        """
        name = self.named("vpclink", "api")
        return aws.apigatewayv2.VpcLink(
            name.logical,
            name=name.physical,
            subnet_ids=list(network.app_subnet_ids),
            security_group_ids=[network.security_groups.edge],
            tags=self.tags(name, Scope.CARDHOLDER_DATA),
            opts=self.child(),
        )

    def _create_deployment(
        self, rest_api: aws.apigateway.RestApi, methods: list[pulumi.Resource]
    ) -> aws.apigateway.Deployment:
        """Picture of the API that the stage serves; a new one is taken exactly when the API's definition changes."""
        fingerprint = self.spec.fingerprint()
        return aws.apigateway.Deployment(
            self.named("deployment", "api").logical,
            rest_api=rest_api.id,
            description=f"API definition {fingerprint}",
            triggers={"api": fingerprint},
            opts=self.child(depends_on=methods),
        )

    def _create_stage(
        self,
        rest_api: aws.apigateway.RestApi,
        deployment: aws.apigateway.Deployment,
        variables: dict[str, pulumi.Input[str]],
    ) -> aws.apigateway.Stage:
        """Stage that clients call: every request logged, traced, and never cached.

        API Gateway shows its certificate to whoever asks for it on the way to the service. The load balancer does not
        ask unless it is set to mutual TLS; what keeps others away from it is its security group.
        """
        version = self.spec.definition.version
        key_arn, days = self._log_key_arn, self._log_retention_days
        access = create_access_log_group(self, key_arn=key_arn, retention_days=days)
        execution = create_execution_log_group(self, rest_api.id, version, key_arn=key_arn, retention_days=days)
        self.access_log_group_name = access.name
        self.execution_log_group_name = execution.name
        name = self.named("stage", version)
        return aws.apigateway.Stage(
            name.logical,
            rest_api=rest_api.id,
            deployment=deployment.id,
            stage_name=version,
            description="The API's version; every call has it in its path",
            variables=variables,
            client_certificate_id=self._create_client_certificate().id,
            access_log_settings=aws.apigateway.StageAccessLogSettingsArgs(
                destination_arn=group_arn(self, access), format=access_log_format()
            ),
            xray_tracing_enabled=True,
            cache_cluster_enabled=False,
            tags=self.tags(name, Scope.CARDHOLDER_DATA),
            # Logging needs the account's role, and the group that the service writes to under a name of its own.
            opts=self.child(depends_on=[allow_logging(self), execution]),
        )

    def _create_client_certificate(self) -> aws.apigateway.ClientCertificate:
        """Certificate by which API Gateway can be recognised when it calls the service."""
        name = self.named("clientcert", "api")
        return aws.apigateway.ClientCertificate(
            name.logical,
            description="API Gateway towards the card transaction service",
            tags=self.tags(name),
            opts=self.child(),
        )

    def _create_method_settings(self, stage: aws.apigateway.Stage, rate_limit: int, burst_limit: int) -> None:
        """Settings of all methods: throttled, measured, errors logged, never what is in a request (3.3.1, 3.4.1)."""
        aws.apigateway.MethodSettings(
            self.named("settings", "api").logical,
            rest_api=stage.rest_api,
            stage_name=stage.stage_name,
            method_path="*/*",
            settings=aws.apigateway.MethodSettingsSettingsArgs(
                metrics_enabled=True,
                logging_level="ERROR",
                # Traces would hold whole requests and answers.
                data_trace_enabled=False,
                throttling_rate_limit=rate_limit,
                throttling_burst_limit=burst_limit,
                caching_enabled=False,
            ),
            opts=self.child(),
        )

    def _create_firewall(self, stage: aws.apigateway.Stage, rate_limit: int) -> None:
        web_acl = create_web_acl(self, rate_limit, self.spec.firewall)
        logs = create_web_acl_logs(
            self,
            web_acl,
            log_key_arn=self._log_key_arn,
            log_retention_days=self._log_retention_days,
            spec=self.spec.firewall,
        )
        context = self.context
        stage_arn = pulumi.Output.concat(
            f"arn:{context.partition}:apigateway:{context.region}::/restapis/",
            stage.rest_api,
            "/stages/",
            stage.stage_name,
        )
        associate_web_acl(self, web_acl.arn, stage_arn)
        self.web_acl_arn = web_acl.arn
        self.web_acl_name = web_acl.name
        self.firewall_log_group_name = logs.name
