"""`diff`: what deploying one template over another does to each resource, by CloudFormation's own rules."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import pytest

from cloudformation.diff import DANGER, DIFFERENT, SAME, TROUBLE, add_diff_command, describe, text, wants_colours
from cloudformation.template_changes import Changes, ResourceChange, compare, dangers
from cloudformation.template_reader import Template, parse_template
from cloudformation.template_values import ABSENT, differences
from cloudformation.update_rules import Effect, name_properties

OLD = """
Parameters:
  Suffix: {Type: String}
Conditions:
  HasOwner: !Not [!Equals [!Ref Suffix, '']]
Resources:
  KmsData:
    Type: AWS::KMS::Key
    DeletionPolicy: Delete
    UpdateReplacePolicy: Delete
    Properties:
      Description: Data
  Files:
    Type: AWS::EFS::FileSystem
    DeletionPolicy: Delete
    UpdateReplacePolicy: Delete
    Properties:
      Encrypted: true
      KmsKeyId: !GetAtt KmsData.Arn
      PerformanceMode: generalPurpose
  Mount:
    Type: AWS::EFS::MountTarget
    Properties:
      FileSystemId: !Ref Files
      SecurityGroups: [sg-1]
      SubnetId: subnet-1
  Bucket:
    Type: AWS::S3::Bucket
    DeletionPolicy: Delete
    UpdateReplacePolicy: Delete
    Properties:
      BucketName: !Sub logs-${Suffix}
      Tags:
      - {Key: Name, Value: logs}
      - {Key: Scope, Value: in}
  Alarm:
    Type: AWS::CloudWatch::Alarm
    DependsOn: Bucket
    Properties:
      AlarmName: full
      Threshold: 5
Outputs:
  Key:
    Value: !Ref KmsData
    Export: {Name: !Sub 'key-${Suffix}'}
"""


def template(*replacements: tuple[str, str]) -> Template:
    """The template with texts replaced, each of which must be there."""
    changed = OLD
    for old, new in replacements:
        assert old in changed, old
        changed = changed.replace(old, new)
    return parse_template(changed).data


def changes(*replacements: tuple[str, str]) -> Changes:
    """What replacing texts in the template changes."""
    return compare(template(), template(*replacements))


def of(found: Changes, logical_id: str) -> ResourceChange:
    """The change of one resource."""
    (change,) = (item for item in found.resources if item.logical_id == logical_id)
    return change


def effects(found: Changes) -> dict[str, Effect]:
    """The effect on each resource that changes."""
    return {item.logical_id: item.effect for item in found.resources}


def without(logical_id: str) -> Template:
    """The template without one resource."""
    data = template()
    return {**data, "Resources": {name: item for name, item in data["Resources"].items() if name != logical_id}}


def test_the_same_template_has_no_changes() -> None:
    """However it is written: order of keys, short forms, DependsOn as text or list."""
    assert not changes(("DependsOn: Bucket", "DependsOn: [Bucket]"), ("!Ref KmsData", "{Ref: KmsData}"))


def test_a_property_that_may_change_is_changed_in_place() -> None:
    """The old and the new value are told."""
    found = changes(("Threshold: 5", "Threshold: 10"))
    assert effects(found) == {"Alarm": Effect.UPDATED}
    (change,) = of(found, "Alarm").changes
    assert (change.name, change.old, change.new) == ("Threshold", 5, 10)


def test_a_create_only_property_replaces() -> None:
    """By AWS's schema: the performance mode of a file system is set once."""
    found = changes(("generalPurpose", "maxIO"))
    assert of(found, "Files").effect is Effect.REPLACED
    assert of(found, "Files").dangerous


def test_a_replacement_goes_on_through_references() -> None:
    """The mount target names its file system, create-only, so it is replaced as well; it holds nothing."""
    found = changes(("generalPurpose", "maxIO"))
    mount = of(found, "Mount")
    assert mount.effect is Effect.REPLACED
    assert not mount.dangerous
    assert mount.changes[0].reason == "refers to Files, which is replaced"


def test_an_attribute_of_what_is_replaced_may_stay_the_same() -> None:
    """A new key has a new ARN, but another attribute may not be new: CloudFormation decides when it knows."""
    old = template(("!GetAtt KmsData.Arn", "!GetAtt Mount.IpAddress"), ("!Ref Files", "fs-1"))
    new = template(("!GetAtt KmsData.Arn", "!GetAtt Mount.IpAddress"), ("!Ref Files", "fs-2"))
    found = compare(old, new)
    assert effects(found) == {"Mount": Effect.REPLACED, "Files": Effect.MAY_BE_REPLACED}


def test_a_conditionally_create_only_property_may_replace() -> None:
    """The schema says that it depends, so the answer does."""
    table = (
        "\n  Table:\n    Type: AWS::DynamoDB::Table\n    Properties:\n"
        "      KeySchema: [{AttributeName: id, KeyType: HASH}]"
    )
    old = template(("Outputs:", f"{table}\nOutputs:"))
    new = template(("Outputs:", f"{table.replace('id', 'key')}\nOutputs:"))
    assert effects(compare(old, new)) == {"Table": Effect.MAY_BE_REPLACED}
    (danger,) = dangers(old, new)
    assert "(AWS::DynamoDB::Table) may be replaced, and what it holds is lost" in str(danger)


def test_a_nested_create_only_property_replaces_and_its_neighbour_does_not() -> None:
    """``DnsOptions.PrivateDnsPreference`` of an endpoint is create-only, ``DnsOptions.DnsRecordIpType`` is not."""
    endpoint = (
        "\n  Endpoint:\n    Type: AWS::EC2::VPCEndpoint\n    Properties:\n      DnsOptions:\n"
        "        DnsRecordIpType: ipv4\n        PrivateDnsPreference: VERIFIED_DOMAINS_ONLY\n"
    )
    old = template(("Outputs:", f"{endpoint}\nOutputs:"))
    for change, effect in (("ipv4", Effect.UPDATED), ("VERIFIED_DOMAINS_ONLY", Effect.REPLACED)):
        new = template(("Outputs:", f"{endpoint.replace(change, 'other')}\nOutputs:"))
        assert effects(compare(old, new)) == {"Endpoint": effect}
    gone = endpoint[: endpoint.index("      DnsOptions")] + "      VpcEndpointType: Interface\n"
    both = endpoint + "      VpcEndpointType: Interface\n"
    found = compare(template(("Outputs:", f"{both}\nOutputs:")), template(("Outputs:", f"{gone}\nOutputs:")))
    assert effects(found) == {"Endpoint": Effect.REPLACED}


def test_what_is_removed_and_added() -> None:
    """With the data that goes with it."""
    found = compare(template(), without("Bucket"))
    assert effects(found)["Bucket"] is Effect.REMOVED
    assert of(found, "Bucket").dangerous
    assert effects(compare(without("Bucket"), template())) == {"Bucket": Effect.ADDED}


def test_another_logical_id_is_another_resource() -> None:
    """A renamed key is recognised, named as what it is, and what it encrypts goes with it."""
    found = changes(("KmsData", "KmsCard"))
    renamed = of(found, "KmsCard")
    assert (renamed.effect, renamed.renamed_from, renamed.dangerous) == (Effect.REPLACED, "KmsData", True)
    assert "KmsData" not in effects(found)
    assert effects(found)["Files"] is Effect.REPLACED


def test_things_renamed_together_are_recognised_together() -> None:
    """Their references to each other differ only by the new names."""
    found = changes(("KmsData", "KmsCard"), ("Files", "Shared"), ("  Mount:", "  Target:"))
    assert {item.logical_id: item.renamed_from for item in found.resources if item.renamed_from} == {
        "KmsCard": "KmsData",
        "Shared": "Files",
        "Target": "Mount",
    }


def test_a_renamed_and_changed_resource_is_another() -> None:
    """What is not the same but for its name is removed and added."""
    found = changes(
        ("  Bucket:", "  Logs:"), ("logs-${Suffix}", "log-${Suffix}"), ("DependsOn: Bucket", "DependsOn: Logs")
    )
    assert effects(found)["Bucket"] is Effect.REMOVED
    assert effects(found)["Logs"] is Effect.ADDED


def test_a_replacement_under_the_same_name_is_said_to_fail() -> None:
    """CloudFormation makes the new one first, and the old one still has the name."""
    found = changes(("  Bucket:", "  Logs:"), ("DependsOn: Bucket", "DependsOn: Logs"))
    assert "BucketName stays the same" in of(found, "Logs").notes[0]
    assert not of(changes(("logs-${Suffix}", "trail-${Suffix}")), "Bucket").notes


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("AWS::S3::Bucket", ["BucketName"]),
        ("AWS::SQS::Queue", ["QueueName"]),
        ("AWS::EC2::SecurityGroup", ["GroupName"]),
        ("AWS::ElasticLoadBalancingV2::TargetGroup", ["Name"]),
        ("AWS::ECS::Service", ["ServiceName"]),
        ("AWS::EC2::VPCEndpoint", []),
        ("AWS::EFS::FileSystem", []),
        ("Custom::Anything", []),
    ],
)
def test_which_properties_are_names(kind: str, names: list[str]) -> None:
    """The name that a resource has in its account, and nothing that only ends in Name."""
    assert name_properties(kind, "eu-west-1") == names


@pytest.mark.parametrize(
    ("policy", "dangerous", "left"),
    [
        ("Delete", True, "what it holds is lost"),
        ("Snapshot", True, "a snapshot of it is kept"),
        ("Retain", False, "the old one is kept, outside the stack"),
        ("RetainExceptOnCreate", False, "the old one is kept, outside the stack"),
    ],
)
def test_what_the_deletion_policy_keeps_is_not_lost(policy: str, dangerous: bool, left: str) -> None:
    """A removed resource that stays in the account is no loss."""
    old = template(("DeletionPolicy: Delete", f"DeletionPolicy: {policy}"))
    new = {**old, "Resources": {name: item for name, item in old["Resources"].items() if name != "Bucket"}}
    removed = of(compare(old, new), "Bucket")
    assert (removed.dangerous, removed.left) == (dangerous, left)


def test_a_kept_file_system_is_still_replaced_by_an_empty_one() -> None:
    """Retain saves the old data, but the service sees none of it: that is dangerous all the same."""
    found = changes(("UpdateReplacePolicy: Delete", "UpdateReplacePolicy: Retain"), ("generalPurpose", "maxIO"))
    assert of(found, "Files").dangerous
    assert of(found, "Files").left == "the old one is kept, outside the stack"


def test_without_a_policy_a_database_leaves_a_snapshot() -> None:
    """CloudFormation's own default for clusters, and for instances outside one."""
    cluster = {"Type": "AWS::RDS::DBCluster", "Properties": {"Engine": "aurora-postgresql"}}
    old: Template = {"Resources": {"Db": cluster, "Topic": {"Type": "AWS::SNS::Topic"}}}
    new: Template = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}
    assert of(compare(old, new), "Db").left == "a snapshot of it is kept"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("", "Condition: HasOwner"),
        ("Condition: HasOwner", ""),
    ],
)
def test_what_gets_a_condition_may_go(old: str, new: str) -> None:
    """A bucket that exists only sometimes holds data only sometimes."""
    place = "  Bucket:\n    Type: AWS::S3::Bucket\n"
    before, after = (template((place, f"{place}    {line}\n" if line else place)) for line in (old, new))
    found = compare(before, after)
    assert of(found, "Bucket").effect is Effect.MAY_BE_REMOVED
    assert of(found, "Bucket").dangerous


def test_a_condition_that_changes_its_meaning_reaches_what_it_decides() -> None:
    """The resource's own text is the same, and yet it may go."""
    place = (
        "  Bucket:\n    Type: AWS::S3::Bucket\n",
        "  Bucket:\n    Type: AWS::S3::Bucket\n    Condition: HasOwner\n",
    )
    found = compare(template(place), template(place, ("!Ref Suffix, ''", "!Ref Suffix, none")))
    assert of(found, "Bucket").attributes[0].reason == "its condition HasOwner changes"
    assert [(item.section, item.name) for item in found.sections] == [("Conditions", "HasOwner")]


def test_a_choice_whose_condition_changes_may_change_a_property() -> None:
    """A create-only property behind Fn::If may get its other value."""
    choice = ("PerformanceMode: generalPurpose", "PerformanceMode: !If [HasOwner, generalPurpose, maxIO]")
    found = compare(template(choice), template(choice, ("!Ref Suffix, ''", "!Ref Suffix, none")))
    assert effects(found)["Files"] is Effect.MAY_BE_REPLACED


def test_another_type_under_the_same_logical_id_is_refused() -> None:
    """CloudFormation answers: update of resource type is not permitted."""
    found = changes(("AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm"))
    assert effects(found)["Alarm"] is Effect.REFUSED


def test_a_custom_resource_is_for_its_handler_to_judge() -> None:
    """There is no schema; and its ServiceToken cannot be changed at all."""
    old: Template = {"Resources": {"C": {"Type": "Custom::C", "Properties": {"ServiceToken": "a", "X": 1}}}}
    other: Template = {"Resources": {"C": {"Type": "Custom::C", "Properties": {"ServiceToken": "a", "X": 2}}}}
    moved: Template = {"Resources": {"C": {"Type": "Custom::C", "Properties": {"ServiceToken": "b", "X": 1}}}}
    assert effects(compare(old, other)) == {"C": Effect.MAY_BE_REPLACED}
    assert effects(compare(old, moved)) == {"C": Effect.REFUSED}


def test_lists_are_compared_by_what_their_items_are() -> None:
    """A tag that comes first does not make the others look changed."""
    found = changes(("      - {Key: Name, Value: logs}", "      - {Key: A, Value: b}\n      - {Key: Name, Value: log}"))
    names = {item.name for item in of(found, "Bucket").changes}
    assert names == {"Tags[Key=A]", "Tags[Key=Name].Value"}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ([1, 2, 3], [1, 3], [(("[1]",), 2, ABSENT)]),
        ([1, 2], [1, 3], [(("[1]",), 2, 3)]),
        (
            [{"Key": "a"}, {"Key": "b"}],
            [{"Key": "b"}, {"Key": "a"}],
            [((), [{"Key": "a"}, {"Key": "b"}], [{"Key": "b"}, {"Key": "a"}])],
        ),
        ({"a": {"Ref": "X"}}, {"a": {"Ref": "Y"}}, [(("a",), {"Ref": "X"}, {"Ref": "Y"})]),
        ({"a": 1}, {}, [(("a",), 1, ABSENT)]),
    ],
)
def test_the_smallest_part_that_differs_is_found(old: Any, new: Any, expected: Any) -> None:
    """Items that went, items that changed, another order, and functions, which are one thing."""
    assert list(differences(old, new)) == expected


def test_other_sections_are_told_with_what_to_know() -> None:
    """A new parameter needs a value, and an export that goes may be imported."""
    found = compare(
        template(),
        template(
            ("  Suffix: {Type: String}", "  Suffix: {Type: String}\n  Owner: {Type: String}"),
            ("Export: {Name: !Sub 'key-${Suffix}'}", ""),
        ),
    )
    assert {(item.section, item.name, item.note) for item in found.sections} == {
        ("Parameters", "Owner", "needs a value"),
        ("Outputs", "Key", "fails while another stack imports it"),
    }


def test_dangers_come_first_and_say_why() -> None:
    """For the review before a deployment: what, what happens, what is left, and because of what."""
    old = template()
    new = template(("generalPurpose", "maxIO"), ("Threshold: 5", "Threshold: 6"))
    assert compare(old, new).resources[0].logical_id == "Files"
    assert [str(danger) for danger in dangers(old, new)] == [
        "Files (AWS::EFS::FileSystem) would be replaced, and what it holds is lost. PerformanceMode: create-only."
    ]
    assert dangers(old, template(("Threshold: 5", "Threshold: 6"))) == []


# The command.


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    """Templates on disk: as deployed, with a harmless change, and with one that loses data."""
    versions = {
        "old": OLD,
        "harmless": OLD.replace("Threshold: 5", "Threshold: 6"),
        "dangerous": OLD.replace("generalPurpose", "maxIO"),
        "broken": "Resources: [",
    }
    for name, content in versions.items():
        (tmp_path / f"{name}.yml").write_text(content)
    return {name: str(tmp_path / f"{name}.yml") for name in versions}


def run(*arguments: str) -> int:
    """Run the command; returns its exit status."""
    parser = argparse.ArgumentParser()
    add_diff_command(parser.add_subparsers())
    options = parser.parse_args(["diff", *arguments])
    status: int = options.run(options)
    return status


@pytest.mark.parametrize(
    ("new", "options", "status"),
    [
        ("old", [], SAME),
        ("harmless", [], DIFFERENT),
        ("dangerous", [], DIFFERENT),
        ("old", ["--fail-on-replacement"], SAME),
        ("harmless", ["--fail-on-replacement"], DIFFERENT),
        ("dangerous", ["--fail-on-replacement"], DANGER),
        ("broken", [], TROUBLE),
        ("harmless", ["--region", "mars-1"], TROUBLE),
    ],
)
def test_the_exit_status_is_that_of_diff_tools(
    files: dict[str, str], new: str, options: list[str], status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """0 the same, 1 different, 2 trouble, and 3 for data that would go when asked to fail on that."""
    assert run(files["old"], files[new], *options) == status
    assert bool(capsys.readouterr().err) == (status == TROUBLE)


def test_what_is_told_is_short_and_complete(files: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    """The resource, what happens to it, the property with both values, and the sum."""
    run(files["old"], files["dangerous"])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "! Files (AWS::EFS::FileSystem): replaced; what it holds is lost"
    assert lines[1] == "    PerformanceMode: generalPurpose -> maxIO  (create-only)"
    assert lines[-1] == "2 replaced. Of what holds data, 1 would go, or may."


def test_json_says_the_same(files: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    """For tools: effect, danger, and both values of each property."""
    run(files["old"], files["dangerous"], "--json")
    first = json.loads(capsys.readouterr().out)["resources"][0]
    assert (first["logicalId"], first["effect"], first["dangerous"]) == ("Files", "replaced", True)
    assert first["properties"] == [
        {
            "path": "PerformanceMode",
            "effect": "replaced",
            "reason": "create-only",
            "old": "generalPurpose",
            "new": "maxIO",
        }
    ]


def test_danger_is_red_on_a_terminal_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Red for what holds data; never in a pipe, and never with NO_COLOR."""
    found = changes(("generalPurpose", "maxIO"))
    assert next(describe(found, width=100, colours=True)).startswith("\033[31m! Files")
    assert "\033" not in "".join(describe(found, width=100))

    class Terminal:
        def isatty(self) -> bool:
            return True

    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert wants_colours(Terminal())  # type: ignore[arg-type]
    monkeypatch.setenv("NO_COLOR", "1")
    assert not wants_colours(Terminal())  # type: ignore[arg-type]


def test_long_values_are_cut_where_they_differ() -> None:
    """A dashboard of a thousand characters shows the part that is another."""
    line = next(
        item
        for item in describe(changes(("Description: Data", f"Description: {'x' * 200}y")), width=200)
        if "Description" in item
    )
    assert len(line) < 150


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ({"Fn::GetAtt": ["A", "Arn"]}, "!GetAtt A.Arn"),
        ({"Ref": "A"}, "!Ref A"),
        ({"Fn::If": ["C", 1, {"Ref": "A"}]}, "!If [C, 1, !Ref A]"),
        (True, "true"),
        ("", "''"),
        ({"a": [1, "two\nlines"]}, "{a: [1, two lines]}"),
        (ABSENT, "nothing"),
    ],
)
def test_values_read_as_in_a_template(value: object, written: str) -> None:
    """Short forms, one line."""
    assert text(value) == written
