"""Change sets of the emulator: what they say beforehand is what then happens."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from cloudformation.change_set import Cause, Change, ChangeSet, parse_change

from .conftest import Cloud

NAMED: dict[str, Any] = {
    "Parameters": {"Suffix": {"Type": "String", "Default": "one"}, "Days": {"Type": "Number", "Default": 400}},
    "Conditions": {"Long": {"Fn::Equals": [{"Ref": "Suffix"}, "long"]}},
    "Resources": {
        "Key": {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": {"Version": "2012-10-17", "Statement": []}}},
        "Log": {
            "Type": "AWS::Logs::LogGroup",
            "UpdateReplacePolicy": "Retain",
            "Properties": {
                "LogGroupName": {"Fn::Sub": "log-${Suffix}"},
                "RetentionInDays": {"Ref": "Days"},
                "KmsKeyId": {"Fn::GetAtt": ["Key", "Arn"]},
            },
        },
        "Stream": {
            "Type": "AWS::Logs::LogStream",
            "Properties": {"LogGroupName": {"Ref": "Log"}, "LogStreamName": "stream"},
        },
        "Extra": {"Type": "AWS::SNS::Topic", "Condition": "Long"},
    },
}


@pytest.fixture
def stack(cloud: Cloud) -> Iterator[str]:
    """A stack of the template above."""
    cloud.ask("cloudformation", "create_stack", StackName="changing", TemplateBody=json.dumps(NAMED))
    yield "changing"
    cloud.delete("changing")
    assert cloud.leftovers() == [f"AWS::Logs::LogGroup {name}" for name in kept(cloud)]
    for name in kept(cloud):
        cloud.ask("logs", "delete_log_group", logGroupName=name)


def kept(cloud: Cloud) -> list[str]:
    """The log groups that there are."""
    return [group["logGroupName"] for group in cloud.ask("logs", "describe_log_groups")["logGroups"]]


def planned(cloud: Cloud, template: Any = NAMED, **parameters: str) -> ChangeSet:
    """The change set of an update."""
    given = [{"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()]
    names = {"StackName": "changing", "ChangeSetName": "plan"}
    made = cloud.ask(
        "cloudformation", "create_change_set", TemplateBody=json.dumps(template), Parameters=given, **names
    )
    answer = cloud.ask("cloudformation", "describe_change_set", **names)
    return ChangeSet(made["Id"], tuple(parse_change(item["ResourceChange"]) for item in answer["Changes"]))


def with_properties(name: str, **properties: Any) -> dict[str, Any]:
    """The template with other properties of one resource."""
    resource = NAMED["Resources"][name]
    changed = {**resource, "Properties": {**resource["Properties"], **properties}}
    return {**NAMED, "Resources": {**NAMED["Resources"], name: changed}}


@pytest.mark.usefixtures("stack")
def test_parameter_that_names_replaces_and_what_refers_follows(cloud: Cloud) -> None:
    """Another suffix makes another log group, and so another stream in it; the policy says what is kept."""
    change_set = planned(cloud, Suffix="long")
    assert change_set.changes == (
        Change(
            "Modify",
            "Log",
            "AWS::Logs::LogGroup",
            "True",
            "ReplaceAndRetain",
            (Cause("LogGroupName", "Always", sure=True, entity="Suffix"),),
        ),
        Change(
            "Modify",
            "Stream",
            "AWS::Logs::LogStream",
            "True",
            "ReplaceAndDelete",
            (Cause("LogGroupName", "Always", sure=True, entity="Log"),),
        ),
        Change("Add", "Extra", "AWS::SNS::Topic"),
    )
    before = cloud.resources("changing")
    cloud.ask("cloudformation", "execute_change_set", ChangeSetName=change_set.id, ClientRequestToken="mine")
    after = cloud.resources("changing")
    assert (before["Log"], after["Log"]) == ("log-one", "log-long")
    assert before["Key"] == after["Key"]
    assert "Extra" in after
    events = cloud.ask("cloudformation", "describe_stack_events", StackName="changing")["StackEvents"]
    assert {event["ClientRequestToken"] for event in events[:3]} == {"mine"}

    removal = planned(cloud, Suffix="one").find("Extra")
    assert removal == Change("Remove", "Extra", "AWS::SNS::Topic", policy="Delete")


@pytest.mark.usefixtures("stack")
def test_change_in_place_makes_what_uses_its_attributes_uncertain(cloud: Cloud) -> None:
    """A tag changes the key alone; the log group has its ARN, and what that will be is not known beforehand."""
    template = with_properties("Key", Tags=[{"Key": "a", "Value": "b"}])
    change_set = planned(cloud, template)
    assert change_set.changes == (
        Change("Modify", "Key", "AWS::KMS::Key", "False", causes=(Cause("Tags", "Never", sure=True, entity=""),)),
        Change("Modify", "Log", "AWS::Logs::LogGroup", "False", causes=(Cause("KmsKeyId", "Never", False, "Key.Arn"),)),
    )


@pytest.mark.usefixtures("stack")
def test_equal_values_are_no_change_however_they_are_written(cloud: Cloud) -> None:
    """A literal in the place of a parameter of that value changes nothing; a policy alone is no property."""
    template = with_properties("Log", RetentionInDays=400)
    stream = {**NAMED["Resources"]["Stream"], "DeletionPolicy": "Retain"}
    template = {**template, "Resources": {**template["Resources"], "Stream": stream}}
    change_set = planned(cloud, template)
    policy = Cause("DeletionPolicy", "Never", sure=True, entity="")
    assert change_set.changes == (Change("Modify", "Stream", "AWS::Logs::LogStream", "False", causes=(policy,)),)
