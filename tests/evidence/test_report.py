"""The page's figures are those of the template: recomputed here from the template's text alone, by other means.

Nothing of the evidence package is used to compute what is expected; the page is read as HTML.
"""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from cloudformation.synth import Synthesis
from components.failover import durabilities, failovers
from components.tap_stack import TapSpec
from evidence.controls import load_controls
from evidence.report import Report
from policies.registry import RULES
from tests.evidence.conftest import ROOT
from tests.evidence.support import Tables

Template = dict[str, Any]


class Plain(yaml.SafeLoader):
    """Reads a template; short forms such as ``!Ref A`` become ``{"Ref": "A"}``."""


def _short_form(loader: Plain, suffix: str, node: yaml.Node) -> Any:
    name = suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}"
    if isinstance(node, yaml.ScalarNode):
        return {name: loader.construct_scalar(node)}
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    assert isinstance(node, yaml.MappingNode)
    return {name: loader.construct_mapping(node, deep=True)}


Plain.add_multi_constructor("!", _short_form)


@pytest.fixture(scope="module")
def template(synthesis: Synthesis) -> Template:
    loaded: Template = yaml.load(synthesis.text, Loader=Plain)
    return loaded


@pytest.fixture(scope="module")
def tables(html: str) -> Tables:
    return Tables(html)


def of(template: Template, kind: str) -> list[dict[str, Any]]:
    return [item.get("Properties", {}) for item in template["Resources"].values() if item["Type"] == kind]


def production(template: Template, value: Any) -> float:
    """A number with the settings' defaults."""
    if isinstance(value, dict):
        value = template["Parameters"][value["Ref"]]["Default"]
    return float(value)


def money(text: str) -> float:
    return float(text.removeprefix("at least ").replace(",", ""))


def test_keys_are_those_of_the_template(template: Template, tables: Tables) -> None:
    """As many keys as the template makes, each with its rotation."""
    rows = tables.table("Keys")
    keys = of(template, "AWS::KMS::Key")
    assert len(rows) == len(keys)
    assert sorted(row[2] for row in rows) == sorted(f"every {key['RotationPeriodInDays']} days" for key in keys)
    assert tables.cards["Keys"] == str(len(keys))


def test_logs_are_those_of_the_template(template: Template, tables: Tables) -> None:
    """Every log group with the shortest retention that the template's parameter allows."""
    groups = of(template, "AWS::Logs::LogGroup")
    rows = [row for row in tables.table("Logs and their retention") if row[1] == "log group"]
    assert len(rows) == len(groups)
    allowed = template["Parameters"]["LogRetentionDays"]["AllowedValues"]
    assert all(group["RetentionInDays"] == {"Ref": "LogRetentionDays"} for group in groups)
    assert all(row[4].startswith(f"{min(allowed)} to ") for row in rows)
    assert tables.cards["Logs kept at least"] == f"{min(allowed)} days"
    masked = sum("DataProtectionPolicy" in group for group in groups)
    assert sum(row[5] == "yes" for row in rows) == masked


def test_flows_and_ports_are_those_of_the_template(template: Template, tables: Tables) -> None:
    """Each egress rule is a flow, and each pair of group and port that is let in is an open port."""
    out, into = of(template, "AWS::EC2::SecurityGroupEgress"), of(template, "AWS::EC2::SecurityGroupIngress")
    assert sorted(row[3] for row in tables.table("Data flows")) == sorted(
        f"{rule['IpProtocol']} {rule['FromPort']}" for rule in out
    )
    ports = {(str(rule["GroupId"]), rule["FromPort"], rule["ToPort"]) for rule in into}
    rows = tables.table("Open ports")
    assert len(rows) == len(ports)
    world = [rule for rule in into if rule.get("CidrIp") == "0.0.0.0/0" or rule.get("CidrIpv6") == "::/0"]
    assert tables.cards["Ports open to the internet"] == str(len(world))
    assert sum(row[5] == "yes" for row in rows) == len(world)


@pytest.mark.parametrize(
    ("caption", "kind"),
    [
        ("Endpoints of AWS services", "AWS::EC2::VPCEndpoint"),
        ("Entrances of the API", "AWS::ApiGateway::Method"),
        ("Network ACLs", "AWS::EC2::NetworkAclEntry"),
    ],
)
def test_other_inventories_are_as_long_as_the_template(
    template: Template, tables: Tables, caption: str, kind: str
) -> None:
    """One row for each resource of the kind."""
    assert len(tables.table(caption)) == len(of(template, kind))


def test_tls_policies_are_those_of_the_template(template: Template, tables: Tables) -> None:
    """Each listener's and API's policy stands in the inventory of protocols."""
    expected = [item["SslPolicy"] for item in of(template, "AWS::ElasticLoadBalancingV2::Listener")]
    expected += [
        item["SecurityPolicy"]
        for kind in ("AWS::ApiGateway::RestApi", "AWS::ApiGateway::DomainName")
        for item in of(template, kind)
    ]
    told = [row[2] for row in tables.table("Protocols and cipher suites") if "TLS13" in row[2]]
    assert sorted(told) == sorted(expected)


def test_costs_are_price_times_template(template: Template, tables: Tables) -> None:
    """The parts of the production cost that do not depend on volume, from the price file and the template."""
    prices = {
        name: entry["usd"]
        for name, entry in yaml.safe_load((ROOT / "evidence/prices.yaml").read_text())["prices"].items()
    }
    hours = 730
    rows = tables.table("Cost lines, production")

    def told(what: str) -> float:
        return sum(money(row[5]) for row in rows if row[1] == what)

    nat = len(of(template, "AWS::EC2::NatGateway"))
    assert told("NAT gateway") == pytest.approx(nat * hours * prices["nat.hour"], abs=0.05)
    places = sum(len(item.get("SubnetIds", ())) for item in of(template, "AWS::EC2::VPCEndpoint"))
    assert told("Interface endpoint") == pytest.approx(places * hours * prices["endpoint.hour"], abs=0.15)
    (cache,) = of(template, "AWS::ElastiCache::ReplicationGroup")
    nodes = production(template, cache["NumNodeGroups"]) * (1 + production(template, cache["ReplicasPerNodeGroup"]))
    kind = template["Parameters"][cache["CacheNodeType"]["Ref"]]["Default"]
    per_node = prices[f"cache.node.{cache['Engine']}.{kind}"] + prices[f"cache.durability.{kind}"]
    assert told("Cache nodes") + told("Durable writes of the cache") == pytest.approx(
        nodes * hours * per_node, abs=0.05
    )
    (cluster,) = of(template, "AWS::RDS::DBCluster")
    least = production(template, cluster["ServerlessV2ScalingConfiguration"]["MinCapacity"])
    instances = len(of(template, "AWS::RDS::DBInstance"))
    assert told("Database capacity") == pytest.approx(instances * least * hours * prices["aurora.acu"], abs=0.05)
    secrets = len(of(template, "AWS::SecretsManager::Secret")) + cluster["ManageMasterUserPassword"]
    assert told("Secret") + told("Secret of the administrator") == pytest.approx(secrets * prices["secret.month"])
    alarms = sum(
        max(1, sum("MetricStat" in metric for metric in alarm.get("Metrics", ())))
        for alarm in of(template, "AWS::CloudWatch::Alarm")
    )
    assert told("Alarm") == pytest.approx(alarms * prices["alarm.metric"], abs=0.01)


def test_the_sum_is_the_sum_of_the_layers(tables: Tables) -> None:
    """The last line of the cost table adds up the others, and says that prices are missing."""
    *layers, together = tables.table("Monthly cost of each layer")
    for column in (1, 2):
        assert together[column].startswith("at least ")
        assert money(together[column]) == pytest.approx(sum(money(row[column]) for row in layers), abs=0.1)
    unknown = [row for row in tables.table("Cost lines, production") if row[5] == "unknown"]
    assert {row[1] for row in unknown} <= {what for row in layers for what in row[3].split(", ")}


def test_the_bottleneck_is_the_lowest_limit(template: Template, tables: Tables) -> None:
    """The throttle of the API over the requests of a transaction, unless another limit is lower."""
    rows = tables.table("Limits on the way of a transaction, production")
    workload = yaml.safe_load((ROOT / "evidence/workload.yaml").read_text())
    (stage,) = of(template, "AWS::ApiGateway::Stage")
    rate = production(template, stage["MethodSettings"][0]["ThrottlingRateLimit"])
    expected = rate / workload["transaction"]["api_requests"]["value"]
    assert f"{expected:,.0f}" == next(row[3] for row in rows if row[2].startswith("Throttle"))
    assert tables.cards["First bottleneck"] == f"{min(money(row[3]) for row in rows):,.0f}/s"


def test_failover_figures_are_those_of_the_specs(tables: Tables) -> None:
    """Seconds of each failover, and what each tier acknowledges, as components.failover works them out."""
    told = [(row[0], row[1], row[5]) for row in tables.table("Worst case in seconds")]
    assert told == [
        (item.tier, item.failure, "?" if item.seconds is None else str(item.seconds)) for item in failovers(TapSpec())
    ]
    lost = [(row[0], row[2]) for row in tables.table("What is acknowledged before it is durable")]
    assert lost == [(item.tier, item.lost or "nothing") for item in durabilities(TapSpec())]


def test_every_control_and_requirement_appears(tables: Tables) -> None:
    """All of the control table is on the page, with or without a rule that can judge it."""
    shown = [summary for summary, _ in tables.controls]
    for control in load_controls():
        assert any(f"{control.number}. {control.title}" in summary for summary in shown), control
    numbers = {row[0] for row in tables.table("Every requirement")}
    expected = {number for control in load_controls() for number in control.requirements}
    expected |= {number for rule in RULES for number in rule.requirements}
    assert numbers == expected


def test_every_rule_appears_with_every_resource_that_it_judges(made: Report) -> None:
    """No rule is left out, and none is shown without a result."""
    assert {check.rule for check in made.compliance.checks if check.rule} == {rule.id for rule in RULES}
    assert all(check.results for check in made.compliance.checks)


def test_links_lead_to_lines_that_are_there(page_file: Path, tables: Tables, synthesis: Synthesis) -> None:
    """Each template link names the line on which that resource begins, each component link an existing line."""
    lines = synthesis.text.splitlines()
    sources: dict[Path, int] = {}
    for link in tables.links:
        target, _, anchor = link.partition("#L")
        if not anchor:
            continue
        if target.endswith("TapStack.yml"):
            assert re.fullmatch(r"  \w+:", lines[int(anchor) - 1]), link
        else:
            file = (page_file.parent / target).resolve()
            sources.setdefault(file, len(file.read_text(encoding="utf-8").splitlines()))
            assert 0 < int(anchor) <= sources[file], link
    assert sources


def test_json_says_the_same(made: Report, page_file: Path, template: Template) -> None:
    """The JSON file holds every control, every inventory and the digest of the template."""
    data = json.loads((page_file.parent / "report.json").read_text(encoding="utf-8"))
    assert data["sha256"] == made.digest
    assert data["resources"] == len(template["Resources"])
    assert len(data["controls"]) == len(made.compliance.checks)
    first = data["inventory"]["keys"][0]
    assert first["place"]["line"]
    assert first["layer"] == "encryption"
    assert data["capacity"][1]["bottleneck"]["tps"] == pytest.approx(made.capacities[1].bottleneck.tps)


def test_csv_says_the_same(made: Report, page_file: Path) -> None:
    """One line for each control, rule and resource, with the outcome and both places."""
    with (page_file.parent / "controls.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == sum(len(check.results) for check in made.compliance.checks)
    judged = [row for row in rows if row["resource"] == "kms-data"]
    assert judged
    assert all(row["template"].startswith("TapStack.yml:") and row["component"] for row in judged)
