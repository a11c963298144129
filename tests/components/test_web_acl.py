"""The firewall blocks, and its logs leave out credentials."""

from __future__ import annotations

from typing import Any

import pytest

from components.layer import Context, Layer
from components.web_acl import MANAGED_RULES, ManagedRules, WebAclSpec, create_web_acl, create_web_acl_logs
from tests.components.conftest import Record, Recorded


class Edge(Layer):
    """A layer to put the firewall into."""


def _build(context: Context) -> None:
    layer = Edge(context)
    web_acl = create_web_acl(layer, 10_000, WebAclSpec())
    create_web_acl_logs(layer, web_acl, log_key_arn="key-arn", log_retention_days=400, spec=WebAclSpec())


def _one(resources: list[Recorded], type_name: str) -> Recorded:
    (found,) = (resource for resource in resources if resource.type.endswith(f":{type_name}"))
    return found


# Recorded once: no test changes what it reads.
RECORDED: list[Recorded] = []


@pytest.fixture
def resources(record: Record) -> list[Recorded]:
    """Everything that the firewall registers."""
    if not RECORDED:
        RECORDED.extend(record(_build))
    return RECORDED


def test_managed_rules_keep_their_own_actions(resources: list[Recorded]) -> None:
    """No rule group is turned to counting as a whole, which would let every attack through."""
    rules = _one(resources, "WebAcl").inputs["rules"]
    managed = [rule for rule in rules if "managedRuleGroupStatement" in rule["statement"]]
    assert {rule["statement"]["managedRuleGroupStatement"]["name"] for rule in managed} >= {
        "AWSManagedRulesCommonRuleSet",
        "AWSManagedRulesKnownBadInputsRuleSet",
        "AWSManagedRulesSQLiRuleSet",
        "AWSManagedRulesAmazonIpReputationList",
    }
    assert all(rule["overrideAction"] == {"none": {}} for rule in managed)


def test_floods_from_one_address_are_blocked_first(resources: list[Recorded]) -> None:
    """The rate rule is evaluated first and blocks."""
    first = min(_one(resources, "WebAcl").inputs["rules"], key=lambda rule: rule["priority"])
    assert first["statement"]["rateBasedStatement"]["limit"] == 10_000
    assert first["action"] == {"block": {}}


def test_priorities_differ(resources: list[Recorded]) -> None:
    """WAF refuses two rules of one priority."""
    priorities = [rule["priority"] for rule in _one(resources, "WebAcl").inputs["rules"]]
    assert len(set(priorities)) == len(priorities)


def test_the_log_group_has_the_name_that_waf_demands(resources: list[Recorded]) -> None:
    """WAF writes only to groups whose name starts with aws-waf-logs-; ours ends in the suffix all the same."""
    group = _one(resources, "LogGroup").inputs["name"]
    assert group.startswith("aws-waf-logs-")
    assert group.endswith("-test")
    (destination,) = _one(resources, "WebAclLoggingConfiguration").inputs["logDestinationConfigs"]
    assert destination.endswith(f":log-group:{group}")


def test_credentials_do_not_reach_the_log(resources: list[Recorded]) -> None:
    """Signature, session token, client key and query string are redacted."""
    redacted = _one(resources, "WebAclLoggingConfiguration").inputs["redactedFields"]
    headers = {field["singleHeader"]["name"] for field in redacted if "singleHeader" in field}
    assert {"authorization", "x-api-key", "x-session-token", "x-amz-security-token", "cookie"} <= headers
    assert {"queryString": {}} in redacted


def test_no_request_is_sampled(resources: list[Recorded]) -> None:
    """Samples would show in the console what the log leaves out."""
    web_acl = _one(resources, "WebAcl").inputs
    configurations: list[dict[str, Any]] = [
        web_acl["visibilityConfig"],
        *(rule["visibilityConfig"] for rule in web_acl["rules"]),
    ]
    assert not any(configuration["sampledRequestsEnabled"] for configuration in configurations)
    assert all(configuration["cloudwatchMetricsEnabled"] for configuration in configurations)


def test_logging_waits_for_the_permission_to_deliver(resources: list[Recorded]) -> None:
    """Set up too early, WAF would add a policy of its own that stays behind."""
    policy = _one(resources, "LogResourcePolicy").name
    assert policy in _one(resources, "WebAclLoggingConfiguration").depends_on


def test_a_rule_group_twice_is_refused() -> None:
    """The message names the groups."""
    with pytest.raises(ValueError, match="AWSManagedRulesSQLiRuleSet"):
        WebAclSpec(managed_rules=(*MANAGED_RULES, MANAGED_RULES[-1]))


def test_more_rules_than_fit_are_refused() -> None:
    """The message names both the capacity needed and the capacity there is."""
    with pytest.raises(ValueError, match=r"1577 .* 1500"):
        WebAclSpec(managed_rules=(*MANAGED_RULES, ManagedRules("more", "AWSManagedRulesMore", 400)))


def test_logging_signatures_is_refused() -> None:
    """The authorization header holds the request's signature."""
    with pytest.raises(ValueError, match="authorization"):
        WebAclSpec(redacted_headers=("cookie",))
