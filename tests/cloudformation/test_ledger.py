"""The ledger: complete in both directions, and honest about what it cannot account for."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pulumi
import pulumi_aws as aws
import pytest

from cloudformation.audit import audit
from cloudformation.compiler import Compilation
from cloudformation.errors import CompileError
from cloudformation.graph import Literal, MapValue, Split, describe
from cloudformation.ledger import Entry, Ledger, ResourceLedger, build_ledger
from cloudformation.placement import Disposition, Placement
from cloudformation.source import Sources
from cloudformation.template_reader import TemplateFile, parse_template
from cloudformation.yaml_writer import write
from tests.cloudformation.ledger_programs import ROOT, compiled, every_way


@pytest.fixture(scope="module")
def compilation() -> Compilation:
    """The small program, compiled."""
    return compiled(every_way)


@pytest.fixture(scope="module")
def text(compilation: Compilation) -> TemplateFile:
    """Its template, as written and read again."""
    return parse_template(write(compilation.template, compilation.program, Sources(ROOT)))


@pytest.fixture(scope="module")
def ledger(compilation: Compilation, text: TemplateFile) -> Ledger:
    """Its ledger."""
    return build_ledger(compilation, text)


def of(ledger: Ledger, name: str) -> ResourceLedger:
    """The ledger of the resource with a Pulumi name."""
    (resource,) = (item for item in ledger.resources if item.name == name)
    return resource


def entries(resource: ResourceLedger, source: str) -> list[Entry]:
    """What became of one input."""
    return [entry for entry in resource.entries if describe(entry.source) == source]


def entry(resource: ResourceLedger, source: str) -> Entry:
    """What became of one input that went to one place."""
    (found,) = entries(resource, source)
    return found


def test_nothing_is_lost_and_nothing_invented(compilation: Compilation) -> None:
    """Whatever way an input goes, both directions add up, value by value."""
    assert audit(compilation) == []


def test_every_placement_counts(compilation: Compilation) -> None:
    """Take any one placement away, and the audit misses it: there is no value that it does not look at."""
    for index, placement in enumerate(compilation.placements):
        kept = compilation.placements[:index] + compilation.placements[index + 1 :]
        assert audit(dataclasses.replace(compilation, placements=kept)), placement


def without(compilation: Compilation, wanted: Callable[[Placement], bool]) -> Compilation:
    """The compilation without the placements that are wanted away."""
    kept = tuple(item for item in compilation.placements if not wanted(item))
    assert len(kept) < len(compilation.placements)
    return dataclasses.replace(compilation, placements=kept)


def test_a_lost_input_is_named_with_its_resource_and_line(compilation: Compilation) -> None:
    """Whoever reads the problem knows which value of which resource it is about."""
    (problem,) = audit(without(compilation, lambda item: describe(item.source) == "parameters[0].applyMethod"))
    assert problem.resource == "aws:rds/clusterParameterGroup:ClusterParameterGroup 'pg-main'"
    assert problem.where == "parameters[0].applyMethod"
    assert problem.position is not None
    assert problem.position.file == "tests/cloudformation/ledger_programs.py"


def test_a_value_inside_json_text_counts(compilation: Compilation) -> None:
    """A policy's single action cannot vanish, although the input is one text."""
    lost = audit(without(compilation, lambda item: describe(item.source) == "policy.Statement[0].Action"))
    assert "policy.Statement[0].Action" in [problem.where for problem in lost]


def changed(compilation: Compilation, logical_id: str, **properties: object) -> Compilation:
    """The compilation with other properties in one of the template's resources."""
    made = {item.logical_id: item for item in compilation.template.resources}
    resource = made[logical_id]
    values = MapValue({**resource.properties.items, **properties})  # type: ignore[dict-item]
    made[logical_id] = dataclasses.replace(resource, properties=values)
    template = dataclasses.replace(compilation.template, resources=tuple(made.values()))
    return dataclasses.replace(compilation, template=template)


def test_an_invented_property_is_found(compilation: Compilation) -> None:
    """A property that no input gave and no reason explains has no source."""
    (problem,) = audit(changed(compilation, "VpcMain", EnableDnsSupport=Literal(True)))
    assert (problem.where, problem.message) == ("VpcMain.EnableDnsSupport", "has no source.")


def test_a_changed_value_is_found(compilation: Compilation) -> None:
    """It is not enough that a property has a source: it must say the same."""
    (problem,) = audit(changed(compilation, "VpcMain", CidrBlock=Literal("10.1.0.0/16")))
    assert problem.message == "is not what was placed there."


def test_a_property_with_two_sources_is_found(compilation: Compilation) -> None:
    """One value cannot come from two inputs."""
    twice = next(item for item in compilation.placements if item.target == ("CidrBlock",))
    doubled = dataclasses.replace(compilation, placements=(*compilation.placements, twice))
    assert "has 2 sources." in [problem.message for problem in audit(doubled)]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"source": ("cidrBlock", "invented")}, "was placed, but never recorded."),
        ({"target": None, "reason": ""}, "has no reason to be what it is."),
    ],
)
def test_a_placement_that_is_not_honest_is_found(
    compilation: Compilation, change: dict[str, object], message: str
) -> None:
    """A source that no input has, or an input left out without a reason."""
    index = next(i for i, item in enumerate(compilation.placements) if item.target == ("CidrBlock",))
    placements = list(compilation.placements)
    placements[index] = dataclasses.replace(placements[index], **change)  # type: ignore[arg-type]
    messages = [problem.message for problem in audit(dataclasses.replace(compilation, placements=tuple(placements)))]
    assert message in messages


def test_an_expansion_must_say_what_became_of_each_input(compilation: Compilation) -> None:
    """An input that a split resource no longer has, and for which nothing stands, is lost."""
    splits: dict[str, Split] = {
        urn: dataclasses.replace(split, became={}) for urn, split in compilation.program.splits.items()
    }
    program = dataclasses.replace(compilation.program, splits=splits)
    found = {problem.where for problem in audit(dataclasses.replace(compilation, program=program))}
    assert found == {"forceDestroy", "vpcId"}


def test_a_lost_dependency_is_found(compilation: Compilation) -> None:
    """What waits under Pulumi and does not wait in the template may be made too early."""
    resources = tuple(dataclasses.replace(item, depends_on=()) for item in compilation.template.resources)
    template = dataclasses.replace(compilation.template, resources=resources)
    messages = [problem.message for problem in audit(dataclasses.replace(compilation, template=template))]
    assert any(message.startswith("PgMain") and "KmsData" in message for message in messages), messages


def test_each_way_is_told(ledger: Ledger) -> None:
    """Renamed, folded, expanded, left out: each input says where it went, and why where that is not plain."""
    bucket = of(ledger, "s3-logs")
    assert entry(bucket, "bucket").target == ("BucketName",)
    expanded = entry(bucket, "forceDestroy")
    assert (expanded.disposition, expanded.owner) == (Disposition.EXPANDED, "S3LogsContents")
    assert "only empty buckets" in expanded.reason
    versioning = of(ledger, "logs-versioning")
    assert (versioning.folded, versioning.logical_id) == (True, "S3Logs")
    assert entry(versioning, "versioningConfiguration.status").disposition is Disposition.FOLDED
    assert entry(versioning, "bucket").reason == "names the Bucket that it is part of"
    left_out = entry(of(ledger, "pg-main"), "parameters[0].applyMethod")
    assert (left_out.disposition, left_out.owner) == (Disposition.PROVIDER_ONLY, "")


def test_an_expanded_input_leads_to_the_property_that_it_became(ledger: Ledger) -> None:
    """The gateway's VPC stands in the attachment that was made for it."""
    gateway = of(ledger, "igw-main")
    assert gateway.became == ("IgwMainAttachment",)
    became = entry(gateway, "vpcId")
    assert (became.owner, became.target) == ("IgwMainAttachment", ("VpcId",))
    assert of(ledger, "igw-main-attachment").made_for == (gateway.title,)


def test_what_is_made_explicit_has_a_reason(ledger: Ledger) -> None:
    """A property that nobody asked for says why it is there."""
    explicit = [item for item in of(ledger, "sg-db").entries if item.disposition is Disposition.EXPLICIT]
    assert [item.target for item in explicit] == [("SecurityGroupEgress",)]
    assert "allows all egress" in explicit[0].reason


def test_both_sides_of_a_choice_are_followed(ledger: Ledger) -> None:
    """A description that depends on an optional setting has two origins, and both end in the property."""
    both = entries(of(ledger, "kms-data"), "description")
    assert [item.target for item in both] == [("Description",), ("Description",)]
    assert "Nobody's" in [item.value for item in both]


def test_lines_hold_what_they_are_said_to_hold(ledger: Ledger, text: TemplateFile) -> None:
    """The line of an entry is the line of its property, not one nearby."""
    checked = 0
    for resource in ledger.resources:
        for item in resource.entries:
            if item.target and isinstance(item.target[-1], str):
                assert item.lines is not None
                assert f"{item.target[-1]}:" in text.text[item.lines.first - 1], item
                checked += 1
    assert checked > 50


def test_a_secret_is_not_shown() -> None:
    """The ledger may be pasted into a ticket."""

    def build() -> None:
        aws.rds.Cluster(
            "aurora",
            engine="aurora-postgresql",
            master_username="root",
            manage_master_user_password=True,
            skip_final_snapshot=True,
            allow_major_version_upgrade=pulumi.Output.secret(True),
        )

    shown = entry(of(build_ledger(compiled(build)), "aurora"), "allowMajorVersionUpgrade")
    assert shown.value == "(secret)"


def test_options_are_told() -> None:
    """What is said of a resource beside its inputs stands in the ledger, with what becomes of it."""

    def build() -> None:
        first = aws.kms.Key("kms-first", opts=pulumi.ResourceOptions(retain_on_delete=True))
        aws.dynamodb.Table(
            "table-leases",
            name="leases",
            billing_mode="PAY_PER_REQUEST",
            hash_key="id",
            attributes=[{"name": "id", "type": "S"}],
            opts=pulumi.ResourceOptions(depends_on=[first], ignore_changes=["billingMode"]),
        )

    ledger = build_ledger(compiled(build))
    table = {option.name: option for option in of(ledger, "table-leases").options}
    assert table["DependsOn"].value == "KmsFirst"
    assert "Metadata" in table["ignore_changes"].meaning
    kept = {option.name: option for option in of(ledger, "kms-first").options}
    assert kept["DeletionPolicy, UpdateReplacePolicy"].value == "Retain"


def test_a_part_cannot_be_kept_without_the_whole() -> None:
    """retain_on_delete of something folded would vanish silently."""

    def build() -> None:
        bucket = aws.s3.Bucket("s3-logs")
        aws.s3.BucketVersioning(
            "logs-versioning",
            bucket=bucket.id,
            versioning_configuration={"status": "Enabled"},
            opts=pulumi.ResourceOptions(retain_on_delete=True),
        )

    with pytest.raises(CompileError, match="cannot be kept without aws:s3/bucket:Bucket 's3-logs'"):
        compiled(build)


def test_a_part_must_belong_to_the_right_type() -> None:
    """A bucket's versioning that names a role is refused before it is looked for in a role's schema."""

    def build() -> None:
        key = aws.kms.Key("kms-data")
        aws.s3.BucketVersioning("versioning", bucket=key.key_id, versioning_configuration={"status": "Enabled"})

    with pytest.raises(CompileError, match=r"part of a aws:s3/bucket:Bucket .* but this is aws:kms/key:Key"):
        compiled(build)
