"""The committed template: up to date, reproducible, complete, and clean."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from cfnlint.api import ManualArgs, lint_file

from cloudformation import recorder, shortcuts
from cloudformation.graph import Literal, leaves
from cloudformation.monitor import Monitor
from cloudformation.placement import Disposition
from cloudformation.schema import load
from cloudformation.synth import MAX_BYTES, MAX_RESOURCES, Synthesis, synthesize
from cloudformation.tokens import RESIDUE
from cloudformation.types.custom import TYPES as CUSTOM_TYPES
from components.naming import MAX_SUFFIX_LENGTH, NAME_LIMITS

# API Gateway dictates this name, which holds the API's own id and so differs between environments.
NAMED_BY_AWS = {"LogApiExecution"}
# Pulumi's types have no tags.
WITHOUT_TAGS = {"AWS::RDS::DBProxyTargetGroup", "AWS::CloudWatch::Dashboard"}
HASH_SEEDS = ("0", "1", "42", "4294967295")


def test_the_committed_template_is_what_the_program_says(root: Path, synthesis: Synthesis) -> None:
    """A change of the program without `synth` is found here."""
    assert (root / "TapStack.yml").read_text(encoding="utf-8") == synthesis.text


@pytest.mark.parametrize("seed", HASH_SEEDS)
def test_the_template_does_not_depend_on_the_hash_seed(
    root: Path, synthesis: Synthesis, seed: str, tmp_path: Path
) -> None:
    """Another order of sets and dictionaries gives the same bytes."""
    output = tmp_path / "template.yml"
    command = [sys.executable, "-m", "cloudformation", "synth", "--output", str(output)]
    subprocess.run(command, cwd=root, env={**os.environ, "PYTHONHASHSEED": seed}, check=True, capture_output=True)
    assert output.read_text(encoding="utf-8") == synthesis.text


def test_the_template_does_not_depend_on_the_order_of_registration(
    root: Path, synthesis: Synthesis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Registrations that arrive in another order give the same bytes; Pulumi sends them from threads."""
    monkeypatch.setattr(shortcuts, "groups", lambda _monitor: ())
    monkeypatch.setattr(recorder, "answer_at_once", lambda _loop: None)
    arrivals: list[list[str]] = [[]]
    register = Monitor.RegisterResource
    generator = random.Random(1)

    def delayed(self: Monitor, request: Any) -> Any:
        time.sleep(generator.random() / 200)
        arrivals[-1].append(request.name)
        return register(self, request)

    monkeypatch.setattr(Monitor, "RegisterResource", delayed)
    assert synthesize(root).text == synthesis.text
    assert arrivals[-1] != sorted(arrivals[-1])


def test_every_recorded_input_is_accounted_for(synthesis: Synthesis) -> None:
    """No input vanishes: each leaf has a place in the template or a reason to have none."""
    compilation = synthesis.compilation
    placed: dict[str, set[str]] = {}
    for placement in compilation.placements:
        assert placement.target is not None or placement.reason, placement
        if placement.source:
            placed.setdefault(placement.source_urn, set()).add(str(placement.source[0]))
    for urn, resource in compilation.program.resources.items():
        assert set(resource.inputs) <= placed.get(urn, set()), resource.title


def test_every_property_comes_from_somewhere(synthesis: Synthesis) -> None:
    """No property appears from nowhere: each leaf of the template has exactly one placement."""
    compilation = synthesis.compilation
    targets: dict[str, list[tuple[str | int, ...]]] = {}
    for placement in compilation.placements:
        if placement.target is not None:
            targets.setdefault(placement.owner_urn, []).append(placement.target)
            if placement.disposition is Disposition.EXPLICIT:
                assert placement.reason
    for resource in compilation.template.resources:
        found = [path for path, _ in leaves(resource.properties)]
        claimed = targets.get(resource.urn, [])
        for path in found:
            assert any(path[: len(target)] == target for target in claimed), (resource.logical_id, path)


def test_every_resource_belongs_to_a_component(synthesis: Synthesis) -> None:
    """A resource that forgot its parent would hang directly under the stack."""
    orphans = [item.title for item in synthesis.compilation.program.resources.values() if item.parent is None]
    assert orphans == []


def test_no_piece_of_a_token_is_left(synthesis: Synthesis) -> None:
    """A cut-up token, or the text Pulumi puts for an output that was made a string, would deploy nonsense."""
    literals = [
        str(leaf.value)
        for resource in synthesis.compilation.template.resources
        for _, leaf in leaves(resource.properties)
        if isinstance(leaf, Literal)
    ]
    assert [text for text in literals if RESIDUE.search(text)] == []
    assert "Calling __str__" not in synthesis.text


def test_every_name_ends_in_the_suffix(synthesis: Synthesis) -> None:
    """Two environments in one account never collide: what has a name of its own has the suffix in it."""
    own = {
        "AWS::KMS::Alias": "AliasName",
        "AWS::S3::Bucket": "BucketName",
        "AWS::IAM::Role": "RoleName",
        "AWS::IAM::RolePolicy": "PolicyName",
        "AWS::Logs::LogGroup": "LogGroupName",
        "AWS::SNS::Topic": "TopicName",
        "AWS::CloudWatch::Alarm": "AlarmName",
        "AWS::CloudTrail::Trail": "TrailName",
        "AWS::Lambda::Function": "FunctionName",
        "AWS::RDS::DBCluster": "DBClusterIdentifier",
        "AWS::RDS::DBInstance": "DBInstanceIdentifier",
        "AWS::RDS::DBProxy": "DBProxyName",
        "AWS::ElastiCache::ReplicationGroup": "ReplicationGroupId",
        "AWS::Kinesis::Stream": "Name",
        "AWS::SQS::Queue": "QueueName",
        "AWS::DynamoDB::Table": "TableName",
        "AWS::ECS::Cluster": "ClusterName",
        "AWS::ECS::Service": "ServiceName",
        "AWS::ElasticLoadBalancingV2::LoadBalancer": "Name",
        "AWS::ElasticLoadBalancingV2::TargetGroup": "Name",
        "AWS::SecretsManager::Secret": "Name",
        "AWS::EC2::SecurityGroup": "GroupName",
        "AWS::WAFv2::WebACL": "Name",
        "AWS::ApiGateway::RestApi": "Name",
        "AWS::CloudWatch::Dashboard": "DashboardName",
        "AWS::Events::Rule": "Name",
    }
    for resource in synthesis.compilation.template.resources:
        if resource.type in own and resource.logical_id not in NAMED_BY_AWS:
            name = resource.properties.items.get(own[resource.type])
            assert name is not None, f"{resource.logical_id} leaves its name to chance"
            assert "EnvironmentSuffix" in repr(name), f"{resource.logical_id}: {name}"


def test_names_fit_with_the_longest_suffix(synthesis: Synthesis) -> None:
    """The tightest AWS limits hold for every name that the longest suffix allowed gives."""
    limits = {
        "AWS::ElasticLoadBalancingV2::LoadBalancer": ("Name", NAME_LIMITS["alb"]),
        "AWS::ElasticLoadBalancingV2::TargetGroup": ("Name", NAME_LIMITS["tg"]),
        "AWS::ElastiCache::ReplicationGroup": ("ReplicationGroupId", NAME_LIMITS["cache"]),
        "AWS::IAM::Role": ("RoleName", NAME_LIMITS["role"]),
        "AWS::Lambda::Function": ("FunctionName", NAME_LIMITS["lambda"]),
    }
    checked = 0
    for resource in synthesis.compilation.template.resources:
        if resource.type not in limits:
            continue
        key, limit = limits[resource.type]
        parts = getattr(resource.properties.items[key], "parts", ())
        longest = sum(len(str(part.value)) if isinstance(part, Literal) else MAX_SUFFIX_LENGTH for part in parts)
        assert 0 < longest <= limit, resource.logical_id
        checked += 1
    assert checked > 10


def test_taggable_resources_carry_the_four_tags(synthesis: Synthesis) -> None:
    """Inventory and scope (PCI DSS 12.5.2) rest on tags, so a taggable resource without them is an error."""
    custom = {entry.cloudformation for entry in CUSTOM_TYPES}
    for resource in synthesis.compilation.template.resources:
        if resource.type in custom | WITHOUT_TAGS:
            continue
        schema = load(resource.type, synthesis.compilation.template.region)
        if schema.tag_property and schema.document.get("tagging", {}).get("taggable", True):
            tags = resource.properties.items.get(schema.tag_property)
            assert tags is not None, f"{resource.logical_id} ({resource.type}) has no tags"
            names = repr(tags)
            for tag in ("Name", "Project", "Environment", "DataClassification"):
                assert tag in names, f"{resource.logical_id}: {tag}"


def test_nothing_is_kept_on_deletion(synthesis: Synthesis) -> None:
    """The stack can be destroyed as a whole: no Retain, no snapshot, no protection."""
    protections = ("DeletionProtection", "DeletionProtectionEnabled")
    for resource in synthesis.compilation.template.resources:
        assert resource.deletion_policy in (None, "Delete"), resource.logical_id
        for name in protections:
            assert resource.properties.items.get(name) in (None, Literal(False)), resource.logical_id


def test_the_template_keeps_within_the_limits_of_cloudformation(synthesis: Synthesis) -> None:
    """There is room for at least one more stage of the pipeline."""
    assert len(synthesis.compilation.template.resources) <= MAX_RESOURCES - 25
    assert len(synthesis.text.encode()) < MAX_BYTES


def test_cfn_lint_has_nothing_to_report(root: Path) -> None:
    """Errors, warnings and information alike, for eu-west-1."""
    matches = lint_file(root / "TapStack.yml", config=ManualArgs(regions=["eu-west-1"], include_checks=["I"]))
    assert [f"{match.rule.id} {match.message} line {match.linenumber}" for match in matches] == []


def test_outputs_are_described_and_exported(synthesis: Synthesis) -> None:
    """An operator finds everything by its description."""
    for output in synthesis.compilation.template.outputs:
        assert output.description, output.logical_id
