"""The web application firewall in front of the API (PCI DSS v4.0.1, 6.4.2): it blocks, it does not only count."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.layer import Layer, Scope, document, statement
from components.log_groups import group_arn, log_group

# WAF delivers to log groups whose name starts so, and to no others.
LOG_GROUP_PREFIX = "aws-waf-logs-"
# Capacity units that a web ACL may use without extra charge.
CAPACITY_LIMIT = 1500
RATE_RULE_CAPACITY = 2


@dataclass(frozen=True)
class ManagedRules:
    """One rule group that AWS maintains. Its version is left open, so that it stays current (6.4.2)."""

    purpose: str
    group: str
    capacity: int
    """Capacity units, as AWS lists them for the group."""
    counted: tuple[str, ...] = ()
    """Rules of the group that only count instead of blocking; the reason stands where the group is listed."""


# The SDK leaves the constructors of these two empty classes untyped.
_NO_OVERRIDE: Callable[[], aws.wafv2.WebAclRuleOverrideActionNoneArgs] = aws.wafv2.WebAclRuleOverrideActionNoneArgs
_QUERY_STRING: Callable[[], aws.wafv2.WebAclLoggingConfigurationRedactedFieldQueryStringArgs] = (
    aws.wafv2.WebAclLoggingConfigurationRedactedFieldQueryStringArgs
)

# In the order of evaluation: the cheap and general ones first.
MANAGED_RULES = (
    ManagedRules("ip-reputation", "AWSManagedRulesAmazonIpReputationList", 25),
    # Clients are merchants' servers, which run with hosting providers: those addresses are counted, not blocked.
    ManagedRules("anonymous-ip", "AWSManagedRulesAnonymousIpList", 50, counted=("HostingProviderIPList",)),
    ManagedRules("known-bad-inputs", "AWSManagedRulesKnownBadInputsRuleSet", 200),
    # Blocks bodies above 8 KB as well. The largest body that the API's schemas allow is far below, so no exception.
    ManagedRules("common", "AWSManagedRulesCommonRuleSet", 700),
    ManagedRules("sql-injection", "AWSManagedRulesSQLiRuleSet", 200),
)

# Parts of a request that must not reach the firewall's logs: credentials, and whatever somebody puts into a query.
REDACTED_HEADERS = ("authorization", "cookie", "x-api-key", "x-amz-security-token", "x-session-token")


@dataclass(frozen=True)
class WebAclSpec:
    """Which rule groups the firewall applies, and what its logs leave out."""

    managed_rules: tuple[ManagedRules, ...] = MANAGED_RULES
    redacted_headers: tuple[str, ...] = REDACTED_HEADERS

    def __post_init__(self) -> None:
        groups = [rules.group for rules in self.managed_rules]
        if len(set(groups)) != len(groups):
            raise ValueError(f"managed_rules name a group twice: {groups}. Name each once.")
        capacity = RATE_RULE_CAPACITY + sum(rules.capacity for rules in self.managed_rules)
        if capacity > CAPACITY_LIMIT:
            raise ValueError(
                f"The rule groups {groups} need {capacity} capacity units, but a web ACL has {CAPACITY_LIMIT}. "
                "Leave one out."
            )
        if "authorization" not in self.redacted_headers:
            raise ValueError(
                f"redacted_headers {list(self.redacted_headers)} lack 'authorization': request signatures would be "
                "kept in the logs. Add it."
            )


def create_web_acl(layer: Layer, rate_limit: int, spec: WebAclSpec) -> aws.wafv2.WebAcl:
    """Firewall of the API: blocks known attackers, attack patterns and floods from one address (6.4.2)."""
    name = layer.named("waf", "api")
    return aws.wafv2.WebAcl(
        name.logical,
        name=name.physical,
        description="Blocks attacks on the card transaction API",
        # Whoever passes the rules still has to sign the request.
        default_action=aws.wafv2.WebAclDefaultActionArgs(allow=aws.wafv2.WebAclDefaultActionAllowArgs()),
        scope="REGIONAL",
        rules=[
            _rate_rule(rate_limit, priority=0),
            *(_managed_rule(rules, priority) for priority, rules in enumerate(spec.managed_rules, start=1)),
        ],
        # Sampled requests would show headers that the logs leave out, so none are kept.
        visibility_config=aws.wafv2.WebAclVisibilityConfigArgs(
            cloudwatch_metrics_enabled=True, metric_name=name.physical, sampled_requests_enabled=False
        ),
        tags=layer.tags(name, Scope.CARDHOLDER_DATA),
        opts=layer.child(),
    )


def associate_web_acl(layer: Layer, web_acl_arn: pulumi.Input[str], stage_arn: pulumi.Input[str]) -> None:
    """Puts the firewall in front of the stage, and so of every way to reach it."""
    name = layer.named("wafassociation", "api")
    aws.wafv2.WebAclAssociation(name.logical, resource_arn=stage_arn, web_acl_arn=web_acl_arn, opts=layer.child())


def create_web_acl_logs(
    layer: Layer,
    web_acl: aws.wafv2.WebAcl,
    *,
    log_key_arn: pulumi.Input[str],
    log_retention_days: pulumi.Input[int],
    spec: WebAclSpec,
) -> aws.cloudwatch.LogGroup:
    """Log of every request that the firewall judged, credentials left out (PCI DSS v4.0.1, 10.2.1 and 10.4.1)."""
    group = log_group(
        layer,
        "waf-api",
        key_arn=log_key_arn,
        retention_days=log_retention_days,
        fixed_name=f"{LOG_GROUP_PREFIX}api-{layer.context.suffix}",
        scope=Scope.CARDHOLDER_DATA,
        mask_card_data=True,
    )
    delivery = _allow_delivery(layer, pulumi.Output.concat(group_arn(layer, group), ":*"))
    name = layer.named("waflog", "api")
    aws.wafv2.WebAclLoggingConfiguration(
        name.logical,
        resource_arn=web_acl.arn,
        log_destination_configs=[group_arn(layer, group)],
        redacted_fields=[
            *(_redacted_header(header) for header in spec.redacted_headers),
            aws.wafv2.WebAclLoggingConfigurationRedactedFieldArgs(query_string=_QUERY_STRING()),
        ],
        opts=layer.child(depends_on=[delivery]),
    )
    return group


def _allow_delivery(layer: Layer, streams_arn: pulumi.Input[str]) -> aws.cloudwatch.LogResourcePolicy:
    """Lets the log delivery service, acting for this account, write to the firewall's log group and no other.

    Without it WAF adds a policy of its own, for all groups it finds, which nobody removes.
    """
    name = layer.named("logpolicy", "waf")
    return aws.cloudwatch.LogResourcePolicy(
        name.logical,
        policy_name=name.physical,
        policy_document=document(
            statement(
                "FirewallLogDelivery",
                principal={"Service": "delivery.logs.amazonaws.com"},
                actions=["logs:CreateLogStream", "logs:PutLogEvents"],
                resources=[streams_arn],
                conditions={
                    "StringEquals": {"aws:SourceAccount": layer.context.account_id},
                    "ArnLike": {"aws:SourceArn": layer.context.arn("logs", "*")},
                },
            )
        ),
        opts=layer.child(),
    )


def _rate_rule(limit: int, priority: int) -> aws.wafv2.WebAclRuleArgs:
    """Blocks an address once it sent more than ``limit`` requests in five minutes."""
    return aws.wafv2.WebAclRuleArgs(
        name="rate-limit",
        priority=priority,
        action=aws.wafv2.WebAclRuleActionArgs(block=aws.wafv2.WebAclRuleActionBlockArgs()),
        statement=aws.wafv2.WebAclRuleStatementArgs(
            rate_based_statement=aws.wafv2.WebAclRuleStatementRateBasedStatementArgs(
                aggregate_key_type="IP", limit=limit, evaluation_window_sec=300
            )
        ),
        visibility_config=_visibility("rate-limit"),
    )


def _managed_rule(rules: ManagedRules, priority: int) -> aws.wafv2.WebAclRuleArgs:
    """One managed group with its own actions (override none), save for the rules that only count."""
    return aws.wafv2.WebAclRuleArgs(
        name=rules.purpose,
        priority=priority,
        override_action=aws.wafv2.WebAclRuleOverrideActionArgs(none=_NO_OVERRIDE()),
        statement=aws.wafv2.WebAclRuleStatementArgs(
            managed_rule_group_statement=aws.wafv2.WebAclRuleStatementManagedRuleGroupStatementArgs(
                vendor_name="AWS", name=rules.group, rule_action_overrides=_counting(rules.counted)
            )
        ),
        visibility_config=_visibility(rules.purpose),
    )


def _counting(
    rules: Sequence[str],
) -> list[aws.wafv2.WebAclRuleStatementManagedRuleGroupStatementRuleActionOverrideArgs] | None:
    override = aws.wafv2.WebAclRuleStatementManagedRuleGroupStatementRuleActionOverrideArgs
    action = aws.wafv2.WebAclRuleStatementManagedRuleGroupStatementRuleActionOverrideActionToUseArgs
    count = aws.wafv2.WebAclRuleStatementManagedRuleGroupStatementRuleActionOverrideActionToUseCountArgs
    return [override(name=rule, action_to_use=action(count=count())) for rule in rules] or None


def _visibility(metric: str) -> aws.wafv2.WebAclRuleVisibilityConfigArgs:
    return aws.wafv2.WebAclRuleVisibilityConfigArgs(
        cloudwatch_metrics_enabled=True, metric_name=metric, sampled_requests_enabled=False
    )


def _redacted_header(header: str) -> aws.wafv2.WebAclLoggingConfigurationRedactedFieldArgs:
    return aws.wafv2.WebAclLoggingConfigurationRedactedFieldArgs(
        single_header=aws.wafv2.WebAclLoggingConfigurationRedactedFieldSingleHeaderArgs(name=header)
    )
