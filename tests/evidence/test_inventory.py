"""The inventories say what the program says, and notice when it says something else."""

from __future__ import annotations

import dataclasses

import pytest

from cloudformation.graph import Literal
from cloudformation.synth import Synthesis
from evidence.inventory import inventory
from evidence.key_inventory import NOT_STATED, minimum_version
from evidence.platform import Platform
from tests.evidence.support import changed, replaced, resource, without


def test_each_key_is_told_with_its_users(platform: Platform) -> None:
    """A key names what it encrypts and who may use it, and nothing that merely knows it."""
    keys = {key.name: key for key in inventory(platform).keys}
    assert "aurora-transactions" in keys["kms-data"].encrypts
    assert "stream-ingest" in keys["kms-streams"].encrypts
    assert "policy-stage-ingest" in keys["kms-streams"].granted_to
    assert not {"alias-streams", "policy-stage-ingest"} & set(keys["kms-streams"].encrypts)
    assert keys["kms-logs"].alias.startswith("alias/kms-logs-")
    assert {"kinesis", "sqs", "dynamodb"} <= set(keys["kms-streams"].services)
    assert "cloudtrail" in keys["kms-logs"].services


def test_a_key_without_rotation_is_told_as_such(synthesis: Synthesis) -> None:
    """Rotation is read from the key, not assumed."""
    platform = changed(synthesis, "kms-data", enableKeyRotation=Literal(False), rotationPeriodInDays=None)
    key = next(key for key in inventory(platform).keys if key.name == "kms-data")
    assert (key.rotated, key.rotation_days) == (False, None)


def test_a_key_that_encrypts_nothing_has_no_users(synthesis: Synthesis) -> None:
    """Taking the key away from a stream takes the stream out of the key's list."""
    platform = changed(synthesis, "stream-ingest", kmsKeyId=Literal("alias/aws/kinesis"))
    key = next(key for key in inventory(platform).keys if key.name == "kms-streams")
    assert "stream-ingest" not in key.encrypts
    assert "stream-settle" in key.encrypts


@pytest.mark.parametrize(
    ("policy", "version"),
    [
        ("ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09", "TLS 1.2"),
        ("ELBSecurityPolicy-TLS13-1-3-2021-06", "TLS 1.3"),
        ("ELBSecurityPolicy-TLS13-1-0-2021-06", "TLS 1.0"),
        ("ELBSecurityPolicy-TLS-1-1-2017-01", "TLS 1.1"),
        ("ELBSecurityPolicy-2016-08", NOT_STATED),
        ("SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09", "TLS 1.2"),
        ("TLS_1_0", "TLS 1.0"),
        ("TLSv1.2", "TLS 1.2"),
        ("", NOT_STATED),
    ],
)
def test_the_oldest_version_is_read_from_the_policy_name(policy: str, version: str) -> None:
    """AWS's names for sets of cipher suites carry the oldest version; a name without one is not guessed at."""
    assert minimum_version(policy) == version


def test_plain_transport_shows(synthesis: Synthesis) -> None:
    """A cache without TLS and a listener with an old policy are told as they are."""
    cache = changed(synthesis, "cache-sessions", transitEncryptionEnabled=Literal(False))
    policies = {item.name: item.policy for item in inventory(cache).protocols}
    assert policies["cache-sessions"] == "none"
    listener = changed(synthesis, "listener-production", sslPolicy=Literal("ELBSecurityPolicy-TLS13-1-0-2021-06"))
    versions = {item.name: item.minimum for item in inventory(listener).protocols}
    assert (versions["listener-production"], versions["listener-test"]) == ("TLS 1.0", "TLS 1.2")


def test_a_policy_that_admits_plain_calls_shows(synthesis: Synthesis) -> None:
    """The protocol inventory tells a resource policy without the statement that refuses plain calls."""
    platform = changed(synthesis, "dlq-ingest-policy", policy=Literal('{"Version": "2012-10-17", "Statement": []}'))
    policies = {item.name: item.policy for item in inventory(platform).protocols}
    assert policies["dlq-ingest-policy"] == "does not refuse calls without TLS"
    assert policies["dlq-settle-policy"] == "refuses calls without TLS"


def test_no_port_is_open_to_the_internet_until_one_is(synthesis: Synthesis) -> None:
    """A rule that lets the whole internet in is told as an open port, with the range."""
    assert not any(port.internet for port in inventory(Platform(synthesis)).open_ports)
    platform = changed(synthesis, "sgr-edge-alb-in-443", referencedSecurityGroupId=None, cidrIpv4=Literal("0.0.0.0/0"))
    opened = [port for port in inventory(platform).open_ports if port.internet]
    assert [(port.group, port.port, port.sources) for port in opened] == [("secgroup-alb", "443", ("0.0.0.0/0",))]


def test_a_way_that_one_end_alone_allows_is_told(synthesis: Synthesis) -> None:
    """Two rules make a way: without the one at the far end nothing gets through, and the flow says so."""
    flows = {flow.name: flow for flow in inventory(Platform(synthesis)).flows}
    assert flows["sgr-api-proxy-out-5432"].both_ends
    cut = {flow.name: flow for flow in inventory(without(synthesis, "sgr-api-proxy-in-5432")).flows}
    assert not cut["sgr-api-proxy-out-5432"].both_ends
    stray = {flow.name: flow for flow in inventory(without(synthesis, "sgr-api-proxy-out-5432")).flows}
    assert not stray["sgr-api-proxy-in-5432"].both_ends


def test_the_data_tier_has_no_way_out(platform: Platform) -> None:
    """Route tables without a route are told as well: that they lead nowhere is what matters."""
    routes = {route.table: (route.destination, route.target) for route in inventory(platform).routes}
    assert routes["rtb-data"] == ("the VPC only", "no way out")
    assert routes["rtb-public"] == ("0.0.0.0/0", "igw-main")


def test_api_methods_are_told_with_their_full_path(synthesis: Synthesis) -> None:
    """Every entrance of the API is there, with who may use it; one without authorisation shows."""
    platform = changed(synthesis, "method-get-transaction", authorization=Literal("NONE"))
    entrances = {item.name: item for item in inventory(platform).entrances}
    assert entrances["method-get-transaction"].path == "/transactions/{transactionId}"
    assert entrances["method-get-transaction"].authorization == "NONE"
    assert entrances["method-create-transaction"].authorization == "AWS_IAM"


def test_short_retention_shows(synthesis: Synthesis) -> None:
    """Retention is the shortest time that the settings allow, whatever the default is."""
    logs = {log.name: log for log in inventory(Platform(synthesis)).logs}
    assert logs["log-flow"].least_days == 400
    shortened = {log.name: log for log in inventory(changed(synthesis, "log-flow", retentionInDays=Literal(30))).logs}
    assert (shortened["log-flow"].least_days, shortened["log-flow"].retention) == (30, "30 days")
    endless = {log.name: log for log in inventory(changed(synthesis, "log-flow", retentionInDays=None)).logs}
    assert (endless["log-flow"].least_days, endless["log-flow"].retention) == (None, "for ever")


def test_masking_is_read_from_the_policies(synthesis: Synthesis) -> None:
    """A log group is masked only while a policy masks it; flow logs carry no payload."""
    logs = {log.name: log.masked for log in inventory(without(synthesis, "mask-api-access")).logs}
    assert (logs["log-api-access"], logs["log-api-service"], logs["log-flow"]) == ("no", "yes", "no payload")


def test_an_endpoint_tells_what_it_lets_through(platform: Platform) -> None:
    """Endpoints are told by AWS's name of the service, with the calls of their policy."""
    endpoints = {item.name: item for item in inventory(platform).endpoints}
    assert endpoints["vpce-kinesis-streams"].service == "kinesis-streams"
    assert "kinesis:PutRecord" in endpoints["vpce-kinesis-streams"].actions
    assert endpoints["vpce-s3"].kind == "Gateway"


def test_every_entry_has_a_place(platform: Platform) -> None:
    """Whatever stands in an inventory leads to a line of the template and a line of a component."""
    taken = inventory(platform)
    for field in dataclasses.fields(taken):
        for item in getattr(taken, field.name):
            place = platform.place(platform.program.resources[item.urn])
            assert place.template_line, item
            assert place.position or item.name.startswith(("log-empty", "log-close")), item


def test_a_second_group_of_rules_is_another_port(synthesis: Synthesis) -> None:
    """Ports are told once for each group, protocol and port."""
    before = Platform(synthesis)
    rule = resource(before, "sgr-alb-api-in-8443")
    other = dataclasses.replace(
        rule,
        urn=f"{rule.urn}-copy",
        name="copy",
        inputs={**rule.inputs, "fromPort": Literal(22), "toPort": Literal(22)},
    )
    ports = inventory(replaced(synthesis, {other.urn: other})).open_ports
    assert [port.port for port in ports if port.group == "secgroup-api"] == ["22", "8443"]
