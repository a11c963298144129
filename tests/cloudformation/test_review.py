"""What is said of a deployment before it happens, and which of it is refused.

The change sets here have the form of CloudFormation's own answers; that the emulator answers so is tested beside it.
"""

from __future__ import annotations

import io
from typing import Any

import pytest

from cloudformation.change_set import Cause, Change, ChangeSet, change_set_id
from cloudformation.console import Console
from cloudformation.review import find_dangers, may_be_replaced, show_changes
from cloudformation.update_rules import Effect

REGION = "eu-west-1"
KEY = {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": {}, "Tags": [{"Key": "a", "Value": "b"}]}}
CLUSTER = {
    "Type": "AWS::RDS::DBCluster",
    "DeletionPolicy": "Delete",
    "UpdateReplacePolicy": "Delete",
    "Properties": {"DBClusterIdentifier": {"Ref": "Name"}, "KmsKeyId": {"Fn::GetAtt": ["Key", "Arn"]}},
}
TEMPLATE: dict[str, Any] = {"Resources": {"Key": KEY, "Cluster": CLUSTER}}
TAGGED = Change("Modify", "Key", "AWS::KMS::Key", "False", causes=(Cause("Tags", "Never", sure=True, entity=""),))
ARN = Cause("KmsKeyId", "Always", sure=False, entity="Key.Arn")


def cluster(replacement: str, *causes: Cause, action: str = "Modify", policy: str = "") -> Change:
    """A change of the cluster."""
    return Change(action, "Cluster", "AWS::RDS::DBCluster", replacement, policy, causes)


def dangers(*changes: Change, old: Any = TEMPLATE, new: Any = TEMPLATE) -> list[tuple[str, Effect]]:
    """What is dangerous in a change set."""
    return [
        (found.logical_id, found.effect) for found in find_dangers(old, new, ChangeSet("id", changes), region=REGION)
    ]


def without(*names: str, **resources: Any) -> dict[str, Any]:
    """The template without some resources and with others."""
    kept = {name: item for name, item in TEMPLATE["Resources"].items() if name not in names}
    return {"Resources": {**kept, **resources}}


def test_a_new_stack_is_in_no_danger() -> None:
    """Where nothing stands, nothing can go."""
    assert dangers(Change("Add", "Key", "AWS::KMS::Key"), old=None) == []


def test_parameters_that_replace_are_found_in_the_change_set() -> None:
    """The templates are equal; only CloudFormation knows that the name is another now."""
    renamed = cluster("True", Cause("DBClusterIdentifier", "Always", sure=True, entity="Name"))
    (found,) = find_dangers(TEMPLATE, TEMPLATE, ChangeSet("id", (renamed,)), region=REGION)
    assert str(found) == (
        "Cluster (AWS::RDS::DBCluster) would be replaced, and what it holds is lost. "
        "DBClusterIdentifier (Name) changes."
    )


def test_attribute_of_a_resource_that_stays_is_no_danger() -> None:
    """CloudFormation says Conditional of whatever has the ARN of a changed key; that key stays, so its ARN does."""
    change_set = ChangeSet("id", (TAGGED, cluster("Conditional", ARN)))
    assert find_dangers(TEMPLATE, TEMPLATE, change_set, region=REGION) == []
    assert not may_be_replaced(change_set, change_set.changes[1])


@pytest.mark.parametrize(
    "key",
    [
        Change("Modify", "Key", "AWS::EC2::VPC", "True"),
        Change("Add", "Key", "AWS::EC2::VPC"),
        Change("Modify", "Key", "AWS::EC2::VPC", "Conditional"),
        Change("Modify", "Other", "AWS::EC2::VPC", "False"),
    ],
    ids=["replaced", "new", "perhaps replaced", "not in the change set"],
)
def test_attribute_of_a_resource_that_may_not_stay_is_one(key: Change) -> None:
    """The doubt counts as soon as the resource itself is in doubt, or not known."""
    assert dangers(key, cluster("Conditional", ARN)) == [("Cluster", Effect.MAY_BE_REPLACED)]


def test_doubt_is_followed_through_several_resources_and_in_circles() -> None:
    """An attribute of a resource that itself only has the attribute of one that stays does not count either."""
    between = Change(
        "Modify",
        "Proxy",
        "AWS::RDS::DBProxy",
        "Conditional",
        causes=(Cause("VpcSubnetIds", "Always", False, "Key.Arn"),),
    )
    behind = cluster("Conditional", Cause("KmsKeyId", "Always", sure=False, entity="Proxy.Arn"))
    assert dangers(TAGGED, between, behind) == []
    assert dangers(Change("Modify", "Key", "AWS::EC2::VPC", "True"), between, behind) == [
        ("Cluster", Effect.MAY_BE_REPLACED)
    ]
    itself = cluster("Conditional", Cause("KmsKeyId", "Always", sure=False, entity="Cluster.Arn"))
    assert dangers(itself) == []


@pytest.mark.parametrize(
    ("policy", "found"),
    [
        ("Delete", [("Cluster", Effect.REMOVED)]),
        ("Snapshot", [("Cluster", Effect.REMOVED)]),
        ("", [("Cluster", Effect.REMOVED)]),
        ("Retain", []),
    ],
)
def test_removal_is_one_unless_the_resource_is_kept(policy: str, found: list[tuple[str, Effect]]) -> None:
    """A snapshot is not the cluster, and a change set that says nothing of it is taken at its worst."""
    assert dangers(cluster("", action="Remove", policy=policy)) == found


def test_templates_that_are_sure_need_no_change_set() -> None:
    """A removal and a rename are refused by the templates alone, and each is named once."""
    removed = [("Cluster", Effect.REMOVED)]
    assert dangers(new=without("Cluster")) == removed
    assert dangers(cluster("", action="Remove", policy="Delete"), new=without("Cluster")) == removed
    renamed = without("Cluster", Other=CLUSTER)
    went, came = cluster("", action="Remove"), Change("Add", "Other", "AWS::RDS::DBCluster")
    assert dangers(came, went, new=renamed) == [("Other", Effect.REPLACED)]


def test_what_templates_only_suspect_needs_the_change_set() -> None:
    """A changed condition may take the cluster away. Whether it does, the parameters decide."""
    old = {
        "Conditions": {"With": {"Fn::Equals": [{"Ref": "A"}, "x"]}},
        **without(Cluster={**CLUSTER, "Condition": "With"}),
    }
    new = {**old, "Conditions": {"With": {"Fn::Equals": [{"Ref": "A"}, "y"]}}}
    assert dangers(old=old, new=new) == []
    assert dangers(cluster("", action="Remove"), old=old, new=new) == [("Cluster", Effect.MAY_BE_REMOVED)]


def test_what_holds_no_data_may_go() -> None:
    """A topic is replaced without a question."""
    assert (
        dangers(Change("Modify", "Topic", "AWS::SNS::Topic", "True"), Change("Remove", "Rule", "AWS::SNS::Topic")) == []
    )


def test_words_that_are_not_known_yet_are_taken_at_their_worst() -> None:
    """CloudFormation's ``Dynamic``, or a word that it learns later, is not waved through."""
    assert dangers(cluster("", action="Dynamic")) == [("Cluster", Effect.MAY_BE_REMOVED)]


def shown(*changes: Change) -> list[str]:
    """What is written of a change set."""
    stream = io.StringIO()
    show_changes(Console(stream), ChangeSet("id", changes))
    return [line.strip() for line in stream.getvalue().splitlines()]


def test_table_puts_first_what_goes() -> None:
    """Removed, replaced, perhaps replaced, changed, added; and why."""
    lines = shown(
        Change("Add", "New", "AWS::SNS::Topic"),
        TAGGED,
        cluster("True", Cause("DBClusterIdentifier", "Always", sure=True, entity="Name")),
        Change("Remove", "Old", "AWS::SNS::Topic"),
    )
    assert [line.split()[:2] for line in lines[1:]] == [
        ["Remove", "Old"],
        ["Modify", "replaced"],
        ["Modify", "in"],
        ["Add", "New"],
    ]
    assert lines[2].endswith("DBClusterIdentifier (Name)")


def test_many_additions_are_counted() -> None:
    """A stack of hundreds of resources is no table of hundreds of lines; what changes still stands in one."""
    topics = [Change("Add", f"Topic{number}", "AWS::SNS::Topic") for number in range(30)]
    lines = shown(*topics, Change("Add", "Queue", "AWS::SQS::Queue"), TAGGED)
    assert lines[-1] == "31 resources are added: 30 AWS::SNS, 1 AWS::SQS"
    assert len(lines) == 3


def test_followers_are_counted_and_an_empty_change_set_says_so() -> None:
    """Resources that only have an attribute of a changed one do not hide the changed one."""
    lines = shown(TAGGED, cluster("Conditional", ARN))
    assert [line.split()[2:4] for line in lines[1:2]] == [["place", "Key"]]
    assert lines[2] == "1 more have an attribute of these in a property; they stay, since these do"
    assert shown() == ["no resource changes: only outputs, or what describes the template"]


def test_the_clients_answer_is_read() -> None:
    """The id stands in a sentence; without changes there is none."""
    arn = "arn:aws:cloudformation:eu-west-1:123456789012:changeSet/awscli-1/6a5f"
    command = f"aws cloudformation describe-change-set --change-set-name {arn}"
    assert change_set_id(f"Run the following command to review changes:\n{command}\n") == arn
    assert change_set_id("No changes to deploy. Stack s is up to date") == ""
