"""The way in: load balancer, REST API, web application firewall (PCI DSS 1.4, 2.2.7, 4.2.1, 6.4.2, 7, 10)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from .checks import at_least, at_most, both, false, number, one_of, present, setting_admits, true
from .model import CannotKnow, Context, Parameter, Resource, Rule, Setting, Severity, Unknown
from .resource_types import (
    API_ACCOUNT,
    API_BASE_PATH,
    API_DOMAIN,
    API_INTEGRATION,
    API_METHOD,
    API_METHOD_SETTINGS,
    API_REQUEST_VALIDATOR,
    API_RESPONSE,
    API_REST,
    API_STAGE,
    API_USAGE_PLAN,
    BUCKET,
    IAM_ROLE,
    LISTENER,
    LOAD_BALANCER,
    LOG_GROUP,
    TARGET_GROUP,
    WEB_ACL,
    WEB_ACL_ASSOCIATION,
    WEB_ACL_LOGGING,
    guide,
    hub,
)

# TLS 1.2 or newer, and no key exchange without forward secrecy (which the -Ext policies bring back).
LISTENER_POLICY = re.compile(r"ELBSecurityPolicy-TLS13-1-[23](?!-Ext)(-.*)?")
# https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-security-policies-list.html
API_POLICY = re.compile(r"TLS_1_2|SecurityPolicy_TLS13_1_[23]_.*")
FIREWALL_GROUPS = {
    "AWSManagedRulesCommonRuleSet": "common attacks",
    "AWSManagedRulesKnownBadInputsRuleSet": "known bad inputs",
    "AWSManagedRulesSQLiRuleSet": "SQL injection",
    "AWSManagedRulesAmazonIpReputationList": "addresses of ill repute",
}
REDACTED_HEADERS = ("authorization", "cookie", "x-api-key")
# What PCI DSS 10.2.2 wants in every entry, by the variable that holds it.
ACCESS_LOG_FIELDS = {
    "who": ("$context.identity.", "$context.authorizer."),
    "what": ("$context.resourcePath", "$context.path", "$context.routeKey"),
    "the method": ("$context.httpMethod", "$context.routeKey"),
    "when": ("$context.requestTime",),
    "success or failure": ("$context.status",),
    "the origin": ("$context.identity.sourceIp",),
    "the request": ("$context.requestId", "$context.extendedRequestId"),
}
WITHOUT_BODY = ("GET", "HEAD", "DELETE", "OPTIONS")


def _default_refuses(listener: Resource, _: Context) -> Iterator[str]:
    for action in listener.items("defaultActions"):
        if action.get("type") not in ("fixed-response", "redirect"):
            yield f"a request that no rule knows is answered by {action.get('type')}"
    if not listener.given("defaultActions"):
        yield "defaultActions is not given"


def _connection_logs(balancer: Resource, context: Context) -> Iterator[str]:
    if balancer.text("loadBalancerType", "application") != "application":
        return
    if not balancer.flag("connectionLogs.enabled") or not balancer.given("connectionLogs.bucket"):
        yield "connectionLogs is not enabled"
    elif not context.stack.linked(balancer, "connectionLogs.bucket", BUCKET):
        yield "connectionLogs.bucket is no bucket of this stack"


def _encrypted_listener(listener: Resource, _: Context) -> Iterator[str]:
    protocol = listener.text("protocol").upper()
    if protocol in ("HTTPS", "TLS"):
        return
    for action in listener.items("defaultActions"):
        if action.get("type") != "redirect" or (action.get("redirect") or {}).get("protocol") != "HTTPS":
            yield f"protocol is {protocol or 'not given'}, and it does more than to redirect to HTTPS"
            return


def _listener_policy(listener: Resource, _: Context) -> Iterator[str]:
    if listener.text("protocol").upper() not in ("HTTPS", "TLS"):
        return
    policy = listener.text("sslPolicy")
    if not LISTENER_POLICY.fullmatch(policy):
        yield f"sslPolicy is {policy or 'not given'}"


def _listener_certificate(listener: Resource, _: Context) -> Iterator[str]:
    if listener.text("protocol").upper() not in ("HTTPS", "TLS"):
        return
    if not listener.given("certificateArn"):
        yield "certificateArn is not given"
        return
    certificate = listener.get("certificateArn")
    if isinstance(certificate, Setting):
        foreign = "arn:aws:iam::123456789012:server-certificate/old"
        if setting_admits(certificate, foreign):
            yield f"certificateArn is the setting {certificate.name}, which may be a certificate outside of ACM"
    elif isinstance(certificate, str) and certificate.startswith("arn:") and ":acm:" not in certificate:
        yield "certificateArn is no certificate of ACM, which would renew it"


def _public_balancer_has_firewall(balancer: Resource, context: Context) -> Iterator[str]:
    if balancer.flag("internal"):
        return
    if not context.stack.users(balancer, WEB_ACL_ASSOCIATION, through=("resourceArn",)):
        yield "faces the internet and has no web ACL"


def _access_logs(balancer: Resource, context: Context) -> Iterator[str]:
    if not balancer.flag("accessLogs.enabled"):
        yield "accessLogs.enabled is not true"
    elif not balancer.given("accessLogs.bucket"):
        yield "accessLogs.bucket is not given"
    elif not context.stack.linked(balancer, "accessLogs.bucket", BUCKET):
        yield "logs to a bucket that is none of this stack, so nothing says how long and how encrypted it keeps them"


def _stage_has_firewall(stage: Resource, context: Context) -> Iterator[str]:
    if not context.stack.users(stage, WEB_ACL_ASSOCIATION, through=("resourceArn",)):
        yield "has no web ACL"


def _firewall_rules(acl: Resource) -> list[Mapping[str, Any]]:
    rules = acl.items("rules")
    if any(isinstance(rule, Unknown) for rule in rules):
        raise CannotKnow("a rule of the web ACL is not known")
    return list(rules)


def _managed(rule: Mapping[str, Any]) -> Mapping[str, Any]:
    statement = rule.get("statement") or {}
    group = statement.get("managedRuleGroupStatement") or {}
    return group if group.get("vendorName", "AWS") == "AWS" else {}


def _required_groups(acl: Resource, context: Context) -> Iterator[str]:
    if not context.stack.users(acl, WEB_ACL_ASSOCIATION, through=("webAclArn",)):
        yield "protects nothing: it is associated with no resource"
    rules = _firewall_rules(acl)
    names = {_managed(rule).get("name") for rule in rules}
    for name, purpose in FIREWALL_GROUPS.items():
        if name not in names:
            yield f"has no rule group against {purpose} ({name})"
    if not any((rule.get("statement") or {}).get("rateBasedStatement") for rule in rules):
        yield "has no rate-based rule"


def _rules_block(acl: Resource, _: Context) -> Iterator[str]:
    for rule in _firewall_rules(acl):
        name = rule.get("name")
        override, action = rule.get("overrideAction") or {}, rule.get("action") or {}
        if "count" in override or "count" in action:
            yield f"rule {name} only counts"
        elif _managed(rule) and "none" not in override:
            yield f"rule {name} does not say that the group's own actions apply (overrideAction none)"
        elif (rule.get("statement") or {}).get("rateBasedStatement") and "block" not in action:
            yield f"rule {name} limits no rate: its action is not block"


def _no_silenced_rules(acl: Resource, _: Context) -> Iterator[str]:
    for rule in _firewall_rules(acl):
        group = _managed(rule)
        for override in group.get("ruleActionOverrides") or ():
            action = override.get("actionToUse") or {}
            if "count" in action or "allow" in action:
                yield f"rule {rule.get('name')} silences {override.get('name')}"
        if group.get("scopeDownStatement"):
            yield f"rule {rule.get('name')} looks at a part of the requests only (scopeDownStatement)"


def _rate_limited(acl: Resource, context: Context) -> Iterator[str]:
    for index, rule in enumerate(_firewall_rules(acl)):
        if (rule.get("statement") or {}).get("rateBasedStatement"):
            yield from at_most(f"rules[{index}].statement.rateBasedStatement.limit", "mostRequests")(acl, context)


def _firewall_metrics(acl: Resource, _: Context) -> Iterator[str]:
    if not acl.flag("visibilityConfig.cloudwatchMetricsEnabled"):
        yield "visibilityConfig.cloudwatchMetricsEnabled is not true"
    for rule in _firewall_rules(acl):
        config = rule.get("visibilityConfig") or {}
        if config.get("cloudwatchMetricsEnabled") is not True:
            yield f"rule {rule.get('name')} has no metric"


def _no_samples(acl: Resource, _: Context) -> Iterator[str]:
    if acl.flag("visibilityConfig.sampledRequestsEnabled"):
        yield "visibilityConfig.sampledRequestsEnabled is true"
    for rule in _firewall_rules(acl):
        if (rule.get("visibilityConfig") or {}).get("sampledRequestsEnabled") is True:
            yield f"rule {rule.get('name')} keeps samples of requests"


def _firewall_logged(acl: Resource, context: Context) -> Iterator[str]:
    configurations = context.stack.users(acl, WEB_ACL_LOGGING, through=("resourceArn",))
    if not configurations:
        yield "has no logging configuration"
    for configuration in configurations:
        if not configuration.given("logDestinationConfigs"):
            yield f"{configuration.name} names no destination"
        if configuration.given("loggingFilter"):
            yield f"{configuration.name} filters what is logged"
        for group in context.stack.linked(configuration, "logDestinationConfigs", LOG_GROUP):
            if not isinstance(group.get("name"), Unknown) and not group.text("name").startswith("aws-waf-logs-"):
                yield f"{group.name}: a firewall's log group is named aws-waf-logs-..."


def _log_redacted(configuration: Resource, _: Context) -> Iterator[str]:
    fields = configuration.items("redactedFields")
    headers = {str((field.get("singleHeader") or {}).get("name")).lower() for field in fields}
    for name in REDACTED_HEADERS:
        if name not in headers:
            yield f"header {name} is not redacted"
    if not any("queryString" in field for field in fields):
        yield "the query string is not redacted"


def _stage_logged(stage: Resource, context: Context) -> Iterator[str]:
    if not stage.given("accessLogSettings.destinationArn"):
        yield "accessLogSettings is not given"
    elif not context.stack.linked(stage, "accessLogSettings.destinationArn", LOG_GROUP):
        yield "logs to a group that is none of this stack, so nothing says how long and how encrypted it keeps them"


def _log_fields(stage: Resource, _: Context) -> Iterator[str]:
    form = stage.text("accessLogSettings.format")
    for what, variables in ACCESS_LOG_FIELDS.items():
        if not any(variable in form for variable in variables):
            yield f"accessLogSettings.format does not say {what} ({variables[0]})"


def _stage_has_settings(stage: Resource, context: Context) -> Iterator[str]:
    settings = context.stack.users(stage, API_METHOD_SETTINGS, through=("stageName",))
    if not any(item.text("methodPath") == "*/*" for item in settings):
        yield "has no MethodSettings for all of its methods (*/*)"


def _logging_role(_: Resource, context: Context) -> Iterator[str]:
    accounts = context.stack.of(API_ACCOUNT)
    if not accounts:
        yield "no Account gives API Gateway a role to write logs with"
    for account in accounts:
        if not context.stack.linked(account, "cloudwatchRoleArn", IAM_ROLE):
            yield f"{account.name}: cloudwatchRoleArn is no role of this stack"


def _cache_encrypted(settings: Resource, _: Context) -> Iterator[str]:
    if settings.flag("settings.cachingEnabled") and not settings.flag("settings.cacheDataEncrypted"):
        yield "the cache holds answers in clear"


def _default_endpoint_closed(api: Resource, context: Context) -> Iterator[str]:
    mapped = context.stack.users(api, API_BASE_PATH, through=("restApi",))
    if mapped and not api.flag("disableExecuteApiEndpoint"):
        yield "has a domain of its own, and still answers at its execute-api address"


def _authorised(method: Resource, _: Context) -> Iterator[str]:
    authorization = method.text("authorization", "NONE")
    if authorization.upper() == "NONE" and method.text("httpMethod").upper() != "OPTIONS":
        yield "authorization is NONE"
    elif authorization.upper() in ("CUSTOM", "COGNITO_USER_POOLS") and not method.given("authorizerId"):
        yield "authorizerId is not given"


def _validated(method: Resource, context: Context) -> Iterator[str]:
    verb = method.text("httpMethod").upper()
    if verb == "OPTIONS":
        return
    if not method.given("requestValidatorId"):
        yield "requestValidatorId is not given"
    if verb not in WITHOUT_BODY and not method.given("requestModels"):
        yield "requestModels is not given, so the body is not checked against a schema"
    for validator in context.stack.linked(method, "requestValidatorId", API_REQUEST_VALIDATOR):
        if not validator.flag("validateRequestParameters"):
            yield f"{validator.name} does not validate parameters"
        if verb not in WITHOUT_BODY and not validator.flag("validateRequestBody"):
            yield f"{validator.name} does not validate the body"


def _integration_encrypted(integration: Resource, _: Context) -> Iterator[str]:
    if integration.text("type").upper() not in ("HTTP", "HTTP_PROXY"):
        return
    if not integration.text("uri").lower().startswith("https://"):
        yield "uri is not https"
    if integration.text("connectionType", "INTERNET") != "VPC_LINK":
        yield "connectionType is INTERNET, so requests leave the network"
    if integration.flag("tlsConfig.insecureSkipVerification"):
        yield "the back end's certificate is not verified"


def _keys_asked(method: Resource, context: Context) -> Iterator[str]:
    """Quotas of a usage plan count calls with an API key; a method that asks for none is outside of them."""
    if method.text("authorization", "NONE").upper() == "NONE" or method.flag("apiKeyRequired"):
        return
    for api in context.stack.linked(method, "restApi", API_REST):
        if context.stack.users(api, API_USAGE_PLAN, through=("apiStages",)):
            yield "apiKeyRequired is not true, so the usage plan does not count its calls"


def _errors_say_little(api: Resource, context: Context) -> Iterator[str]:
    responses = context.stack.users(api, API_RESPONSE, through=("restApiId",))
    kinds = {item.text("responseType") for item in responses}
    for kind in ("DEFAULT_4XX", "DEFAULT_5XX"):
        if kind not in kinds:
            yield f"has no {kind} response of its own"
    for response in responses:
        headers = response.known("responseParameters") or {}
        if "gatewayresponse.header.Strict-Transport-Security" not in headers:
            yield f"{response.name} does not tell clients to stay with HTTPS (Strict-Transport-Security)"


def _plan_limited(plan: Resource, _: Context) -> Iterator[str]:
    stages = plan.items("apiStages")
    if not stages or not all(stage.get("apiId") and stage.get("stage") for stage in stages):
        yield "apiStages names no stage, so the plan limits nothing"
    for path in ("throttleSettings.rateLimit", "throttleSettings.burstLimit", "quotaSettings.limit"):
        if not plan.given(path):
            yield f"{path} is not given"
        elif number_is_zero(plan, path):
            yield f"{path} is 0"


def number_is_zero(resource: Resource, path: str) -> bool:
    value = resource.get(path)
    return not isinstance(value, str | Unknown) and number(value, path, 0) == 0


def _api_policy(api: Resource, _: Context) -> Iterator[str]:
    policy = api.text("securityPolicy")
    if not API_POLICY.fullmatch(policy):
        yield f"securityPolicy is {policy or 'not given'}"
    elif policy.startswith("SecurityPolicy_") and api.text("endpointAccessMode") != "STRICT":
        yield "endpointAccessMode is not STRICT, so clients may go past the security policy"


def _endpoint_type(api: Resource, _: Context) -> Iterator[str]:
    kinds = [str(kind) for kind in api.items("endpointConfiguration.types")] or ["EDGE"]
    for kind in kinds:
        if kind not in ("REGIONAL", "PRIVATE"):
            yield f"endpointConfiguration.types is {kind}, so traffic passes Regions other than this one"


def _models_closed(model: Resource, _: Context) -> Iterator[str]:
    schema = model.known("schema")
    if not isinstance(schema, Mapping):
        try:
            schema = json.loads(model.text("schema") or "null")
        except ValueError:
            yield "schema is no JSON"
            return
    if isinstance(schema, Mapping):
        yield from _open_parts(schema, "schema")
    else:
        yield "schema is no map"


def _open_parts(schema: Mapping[str, Any], path: str) -> Iterator[str]:
    """Where a JSON schema lets through what it does not describe."""
    kind = schema.get("type")
    if kind == "object" and schema.get("additionalProperties") is not False:
        yield f"{path} lets properties in that it does not name (additionalProperties)"
    if kind == "string" and not any(name in schema for name in ("pattern", "enum", "maxLength", "format")):
        yield f"{path} is text of any form and length"
    if kind in ("integer", "number") and not ("minimum" in schema and "maximum" in schema) and "enum" not in schema:
        yield f"{path} is a number without limits"
    if kind == "array" and "maxItems" not in schema:
        yield f"{path} is a list of any length"
    for name, member in (schema.get("properties") or {}).items():
        if isinstance(member, Mapping):
            yield from _open_parts(member, f"{path}.{name}")
    if isinstance(schema.get("items"), Mapping):
        yield from _open_parts(schema["items"], f"{path}[]")


RULES = (
    Rule(
        "listener-encrypted",
        "Load balancers listen on HTTPS or TLS; plain HTTP is redirected.",
        Severity.CRITICAL,
        "Set protocol to HTTPS.",
        types=(LISTENER,),
        check=_encrypted_listener,
        requirements=("4.2.1", "1.2.5", "2.2.5", "2.2.7"),
        controls=(18,),
        url=hub("elb", 1),
    ),
    Rule(
        "listener-tls-policy",
        "Listeners accept TLS 1.2 or newer with forward secrecy only.",
        Severity.HIGH,
        "Set sslPolicy to ELBSecurityPolicy-TLS13-1-2-Res-2021-06 or a newer one of its kind.",
        types=(LISTENER,),
        check=_listener_policy,
        requirements=("4.2.1", "12.3.3"),
        controls=(19,),
        url=hub("elb", 17),
    ),
    Rule(
        "listener-certificate",
        "Listeners use a certificate of ACM.",
        Severity.HIGH,
        "Set certificateArn to a certificate of ACM.",
        types=(LISTENER,),
        check=_listener_certificate,
        requirements=("4.2.1", "3.6.1", "3.7.1"),
        controls=(20, 43),
        url=hub("elb", 2),
    ),
    Rule(
        "target-group-encrypted",
        "The hop from load balancer to targets is encrypted, health checks included.",
        Severity.HIGH,
        "Set protocol and healthCheck.protocol to HTTPS.",
        types=(TARGET_GROUP,),
        check=both(one_of("protocol", "HTTPS", "TLS"), one_of("healthCheck.protocol", "HTTPS")),
        requirements=("4.2.1", "2.2.7"),
        controls=(21,),
        url=hub("elb", 22),
    ),
    Rule(
        "load-balancer-drops-invalid-headers",
        "Load balancers drop headers that are no valid HTTP.",
        Severity.MEDIUM,
        "Set dropInvalidHeaderFields to true.",
        types=(LOAD_BALANCER,),
        check=true("dropInvalidHeaderFields"),
        requirements=("6.2.4",),
        controls=(22,),
        url=hub("elb", 4),
    ),
    Rule(
        "load-balancer-desync-mitigation",
        "Load balancers defend against request smuggling.",
        Severity.MEDIUM,
        "Set desyncMitigationMode to defensive or strictest.",
        types=(LOAD_BALANCER,),
        check=one_of("desyncMitigationMode", "defensive", "strictest", default="defensive"),
        requirements=("6.2.4",),
        controls=(23,),
        url=hub("elb", 12),
    ),
    Rule(
        "load-balancer-access-logs",
        "Load balancers log every request.",
        Severity.MEDIUM,
        "Set accessLogs.enabled and accessLogs.bucket.",
        types=(LOAD_BALANCER,),
        check=_access_logs,
        relational=True,
        requirements=("10.2.1",),
        controls=(24,),
        url=hub("elb", 5),
    ),
    Rule(
        "load-balancer-connection-logs",
        "Load balancers log every connection with its TLS version and cipher.",
        Severity.LOW,
        "Set connectionLogs.enabled and connectionLogs.bucket.",
        types=(LOAD_BALANCER,),
        check=_connection_logs,
        relational=True,
        requirements=("10.2.1", "12.3.3"),
        controls=(24, 19),
        url=guide("elasticloadbalancing/latest/application/load-balancer-connection-logs.html"),
    ),
    Rule(
        "listener-default-refuses",
        "Listeners answer only what a rule knows.",
        Severity.MEDIUM,
        "Make the default action a fixed response or a redirect; forward in listener rules.",
        types=(LISTENER,),
        check=_default_refuses,
        requirements=("1.2.5", "6.2.4"),
        controls=(18,),
        url=guide("elasticloadbalancing/latest/application/load-balancer-listeners.html"),
    ),
    Rule(
        "public-load-balancer-has-firewall",
        "Load balancers that face the internet stand behind a web ACL.",
        Severity.HIGH,
        "Set internal to true, or associate a web ACL.",
        types=(LOAD_BALANCER,),
        check=_public_balancer_has_firewall,
        relational=True,
        requirements=("6.4.2", "6.4.1"),
        controls=(26,),
        url=hub("elb", 16),
    ),
    Rule(
        "load-balancer-waf-fail-closed",
        "Requests are refused while the firewall cannot be asked.",
        Severity.MEDIUM,
        "Set enableWafFailOpen to false.",
        types=(LOAD_BALANCER,),
        check=false("enableWafFailOpen"),
        requirements=("6.4.2",),
        controls=(26,),
        url=guide("elasticloadbalancing/latest/application/application-load-balancers.html"),
    ),
    Rule(
        "api-stage-has-firewall",
        "Every API stage stands behind a web ACL.",
        Severity.HIGH,
        "Add a WebAclAssociation with the stage's ARN.",
        types=(API_STAGE,),
        check=_stage_has_firewall,
        relational=True,
        requirements=("6.4.2", "1.4.2"),
        controls=(27,),
        url=hub("apigateway", 4),
    ),
    Rule(
        "firewall-has-required-rules",
        "Web ACLs stop common attacks, bad inputs, SQL injection, bad addresses and floods, and protect something.",
        Severity.HIGH,
        "Add the managed rule group, the rate-based rule or the association.",
        types=(WEB_ACL,),
        check=_required_groups,
        relational=True,
        requirements=("6.4.2", "6.4.1"),
        controls=(28,),
        url=hub("waf", 10),
    ),
    Rule(
        "firewall-rules-block",
        "The rules of a web ACL block; none merely counts.",
        Severity.HIGH,
        "Set overrideAction to none, and the action of other rules to block.",
        types=(WEB_ACL,),
        check=_rules_block,
        requirements=("6.4.2",),
        controls=(28,),
        url=guide("waf/latest/developerguide/web-acl-rule-group-override-options.html"),
    ),
    Rule(
        "firewall-rules-not-silenced",
        "No single rule of a managed group is silenced, and groups look at every request.",
        Severity.MEDIUM,
        "Remove ruleActionOverrides and scopeDownStatement.",
        types=(WEB_ACL,),
        check=_no_silenced_rules,
        requirements=("6.4.2",),
        controls=(28,),
        url=guide("waf/latest/developerguide/web-acl-rule-group-override-options.html"),
    ),
    Rule(
        "firewall-rate-limit",
        "The rate limit is low enough to stop a flood.",
        Severity.MEDIUM,
        "Lower the limit of the rate-based rule.",
        types=(WEB_ACL,),
        check=_rate_limited,
        requirements=("6.4.2",),
        controls=(28, 40),
        url=guide("waf/latest/developerguide/waf-rule-statement-type-rate-based.html"),
        parameters=(
            Parameter("mostRequests", "Requests from one address in the evaluation window", 2_000_000, minimum=100),
        ),
    ),
    Rule(
        "firewall-logged",
        "Web ACLs log every request that they judge.",
        Severity.MEDIUM,
        "Add a WebAclLoggingConfiguration without a filter.",
        types=(WEB_ACL,),
        check=_firewall_logged,
        relational=True,
        requirements=("10.4.2", "10.2.1"),
        controls=(29,),
        url=hub("waf", 11),
    ),
    Rule(
        "firewall-log-redacted",
        "Firewall logs hold no credentials and no query strings.",
        Severity.HIGH,
        "Add the header (or queryString) to redactedFields.",
        types=(WEB_ACL_LOGGING,),
        check=_log_redacted,
        requirements=("3.3.1", "3.5.1", "8.3.2"),
        controls=(29,),
        url=guide("waf/latest/developerguide/logging-management.html"),
    ),
    Rule(
        "firewall-metrics",
        "Web ACLs and each of their rules publish metrics.",
        Severity.LOW,
        "Set visibilityConfig.cloudwatchMetricsEnabled to true.",
        types=(WEB_ACL,),
        check=_firewall_metrics,
        requirements=("10.4.1", "10.7.2"),
        controls=(30,),
        url=hub("waf", 12),
    ),
    Rule(
        "firewall-keeps-no-samples",
        "Web ACLs keep no samples of requests, which would hold what the log redacts.",
        Severity.MEDIUM,
        "Set visibilityConfig.sampledRequestsEnabled to false.",
        types=(WEB_ACL,),
        check=_no_samples,
        requirements=("3.3.1", "3.5.1"),
        controls=(29,),
        url=guide("waf/latest/developerguide/web-acl-testing-view-sample.html"),
    ),
    Rule(
        "api-access-logging",
        "API stages log every request.",
        Severity.HIGH,
        "Set accessLogSettings.destinationArn to a LogGroup's ARN.",
        types=(API_STAGE,),
        check=_stage_logged,
        relational=True,
        requirements=("10.2.1",),
        controls=(31,),
        url=hub("apigateway", 9),
    ),
    Rule(
        "api-access-log-fields",
        "Access logs say who did what, when, from where and with which outcome.",
        Severity.MEDIUM,
        "Add the variable to accessLogSettings.format.",
        types=(API_STAGE,),
        check=_log_fields,
        requirements=("10.2.2",),
        controls=(31,),
        url=guide("apigateway/latest/developerguide/set-up-logging.html"),
    ),
    Rule(
        "api-stage-has-method-settings",
        "Logging, throttling and tracing are set for all methods of a stage.",
        Severity.HIGH,
        "Add MethodSettings with methodPath */*.",
        types=(API_STAGE,),
        check=_stage_has_settings,
        relational=True,
        requirements=("10.2.1", "6.4.2"),
        controls=(32, 40),
        url=hub("apigateway", 1),
    ),
    Rule(
        "api-execution-logging",
        "API methods log their errors, and publish metrics.",
        Severity.MEDIUM,
        "Set settings.loggingLevel to ERROR or INFO and settings.metricsEnabled to true.",
        types=(API_METHOD_SETTINGS,),
        check=both(one_of("settings.loggingLevel", "ERROR", "INFO", default="OFF"), true("settings.metricsEnabled")),
        requirements=("10.2.1",),
        controls=(32,),
        url=hub("apigateway", 1),
    ),
    Rule(
        "api-logging-role",
        "API Gateway has a role to write logs with.",
        Severity.MEDIUM,
        "Add an apigateway.Account with cloudwatchRoleArn.",
        types=(API_REST,),
        check=_logging_role,
        relational=True,
        requirements=("10.2.1",),
        controls=(32,),
        url=guide("apigateway/latest/developerguide/set-up-logging.html"),
    ),
    Rule(
        "api-no-data-trace",
        "API logs hold no request or response bodies, in which card data would be.",
        Severity.CRITICAL,
        "Set settings.dataTraceEnabled to false.",
        types=(API_METHOD_SETTINGS,),
        check=false("settings.dataTraceEnabled"),
        requirements=("3.3.1", "3.4.1", "3.5.1"),
        controls=(33,),
        url=guide("apigateway/latest/developerguide/set-up-logging.html"),
    ),
    Rule(
        "api-cache-off-or-encrypted",
        "API answers are not cached, or encrypted in the cache.",
        Severity.HIGH,
        "Set settings.cachingEnabled to false.",
        types=(API_METHOD_SETTINGS,),
        check=_cache_encrypted,
        requirements=("3.5.1", "8.3.2"),
        controls=(34,),
        url=hub("apigateway", 5),
    ),
    Rule(
        "api-no-cache-cluster",
        "No cache stands in front of a card API.",
        Severity.MEDIUM,
        "Set cacheClusterEnabled to false.",
        types=(API_STAGE,),
        check=false("cacheClusterEnabled"),
        requirements=("3.2.1",),
        controls=(34,),
        url=guide("apigateway/latest/developerguide/api-gateway-caching.html"),
    ),
    Rule(
        "api-client-certificate",
        "API Gateway identifies itself to the back end.",
        Severity.MEDIUM,
        "Set clientCertificateId.",
        types=(API_STAGE,),
        check=present("clientCertificateId"),
        requirements=("4.2.1", "2.2.7"),
        controls=(35,),
        url=hub("apigateway", 2),
    ),
    Rule(
        "api-tls-policy",
        "APIs and their domains accept TLS 1.2 or newer only.",
        Severity.HIGH,
        "Set securityPolicy to SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09 or newer and endpointAccessMode to STRICT.",
        types=(API_REST, API_DOMAIN),
        check=_api_policy,
        requirements=("4.2.1", "2.2.7"),
        controls=(36,),
        url=guide("apigateway/latest/developerguide/apigateway-security-policies.html"),
    ),
    Rule(
        "api-default-endpoint-closed",
        "An API with a domain of its own does not answer at its execute-api address.",
        Severity.MEDIUM,
        "Set disableExecuteApiEndpoint to true.",
        types=(API_REST,),
        check=_default_endpoint_closed,
        relational=True,
        requirements=("1.4.2", "2.2.4"),
        controls=(37,),
        url=guide("apigateway/latest/developerguide/rest-api-disable-default-endpoint.html"),
    ),
    Rule(
        "api-method-authorised",
        "Every API method asks who is calling.",
        Severity.HIGH,
        "Set authorization to AWS_IAM, or name an authorizer.",
        types=(API_METHOD,),
        check=_authorised,
        requirements=("7.2.1", "7.2.2", "8.3.1"),
        controls=(38,),
        url=hub("apigateway", 8),
    ),
    Rule(
        "api-request-validated",
        "Requests are checked against a schema before they reach the back end.",
        Severity.MEDIUM,
        "Set requestValidatorId and requestModels.",
        types=(API_METHOD,),
        check=_validated,
        relational=True,
        requirements=("6.2.4",),
        controls=(39,),
        url=guide("apigateway/latest/developerguide/api-gateway-method-request-validation.html"),
    ),
    Rule(
        "api-models-closed",
        "Request schemas let nothing through that they do not describe and limit.",
        Severity.MEDIUM,
        "Set additionalProperties to false, and give every property a pattern, a length or a range.",
        types=("aws:apigateway/model:Model",),
        check=_models_closed,
        requirements=("6.2.4",),
        controls=(39,),
        url=guide("apigateway/latest/developerguide/models-mappings-models.html"),
    ),
    Rule(
        "api-throttled",
        "API methods have a rate and a burst limit.",
        Severity.MEDIUM,
        "Set settings.throttlingRateLimit and settings.throttlingBurstLimit.",
        types=(API_METHOD_SETTINGS,),
        check=both(at_least("settings.throttlingRateLimit", 0), at_least("settings.throttlingBurstLimit", 0)),
        requirements=("6.4.2",),
        controls=(40,),
        url=guide("apigateway/latest/developerguide/api-gateway-request-throttling.html"),
    ),
    Rule(
        "api-usage-plan-limited",
        "Usage plans limit rate, burst and quota.",
        Severity.MEDIUM,
        "Set throttleSettings and quotaSettings.",
        types=(API_USAGE_PLAN,),
        check=_plan_limited,
        requirements=("6.4.2",),
        controls=(40,),
        url=guide("apigateway/latest/developerguide/api-gateway-api-usage-plans.html"),
    ),
    Rule(
        "api-key-for-usage-plan",
        "Methods of an API with a usage plan ask for an API key, so that quotas apply.",
        Severity.MEDIUM,
        "Set apiKeyRequired to true.",
        types=(API_METHOD,),
        check=_keys_asked,
        relational=True,
        requirements=("6.4.2",),
        controls=(40,),
        url=guide("apigateway/latest/developerguide/api-gateway-api-usage-plans.html"),
    ),
    Rule(
        "api-errors-say-little",
        "APIs have error responses of their own, which tell clients to stay with HTTPS.",
        Severity.LOW,
        "Add Responses for DEFAULT_4XX and DEFAULT_5XX with Strict-Transport-Security.",
        types=(API_REST,),
        check=_errors_say_little,
        relational=True,
        requirements=("6.2.4", "4.2.1"),
        controls=(39,),
        url=guide("apigateway/latest/developerguide/api-gateway-gatewayResponse-definition.html"),
    ),
    Rule(
        "api-tracing",
        "API requests are traced.",
        Severity.LOW,
        "Set xrayTracingEnabled to true.",
        types=(API_STAGE,),
        check=true("xrayTracingEnabled"),
        requirements=("10.2.1", "10.4.1"),
        controls=(41,),
        url=hub("apigateway", 3),
    ),
    Rule(
        "api-endpoint-type",
        "APIs are regional or private.",
        Severity.MEDIUM,
        "Set endpointConfiguration.types to REGIONAL.",
        types=(API_REST, API_DOMAIN),
        check=_endpoint_type,
        requirements=("1.4.1",),
        controls=(42,),
        url=guide("apigateway/latest/developerguide/api-gateway-api-endpoint-types.html"),
    ),
    Rule(
        "api-integration-encrypted",
        "API Gateway reaches the back end over HTTPS inside the network, and checks its certificate.",
        Severity.HIGH,
        "Use an https uri and connectionType VPC_LINK.",
        types=(API_INTEGRATION,),
        check=_integration_encrypted,
        requirements=("4.2.1", "2.2.7", "1.4.1"),
        controls=(21, 35),
        url=guide("apigateway/latest/developerguide/set-up-private-integration.html"),
    ),
    Rule(
        "no-public-function-url",
        "No function is reachable by a URL of its own.",
        Severity.HIGH,
        "Remove the FunctionUrl; put the function behind the API.",
        types=("aws:lambda/functionUrl:FunctionUrl",),
        check=lambda _resource, _context: iter(("stands outside of firewall and API",)),
        requirements=("1.4.1", "6.4.2"),
        controls=(157,),
        url=guide("lambda/latest/dg/urls-auth.html"),
    ),
)
