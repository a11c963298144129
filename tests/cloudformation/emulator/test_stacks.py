"""Stacks in the emulator, driven as ``aws cloudformation deploy`` drives them, and a few times by that itself."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Cloud

TOPIC = {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "topic"}}


def only(**resources: Any) -> dict[str, Any]:
    """A template of these resources."""
    return {"Resources": resources}


def test_network_is_made_changed_and_deleted_and_again(cloud: Cloud) -> None:
    """A VPC with nine subnets and all around it goes through its whole life in the real back ends, twice."""
    for _ in range(2):
        done = cloud.deploy("network", "network.yml")
        assert done.ok, done.said
        ids = cloud.resources("network")
        subnets = cloud.ask("ec2", "describe_subnets", Filters=[{"Name": "vpc-id", "Values": [ids["Vpc"]]}])["Subnets"]
        places = sorted((subnet["CidrBlock"], subnet["AvailabilityZone"]) for subnet in subnets)
        assert places == sorted((f"10.0.{4 * n}.0/22", f"eu-west-1{'abc'[n % 3]}") for n in range(9))
        logs = cloud.ask("logs", "describe_log_groups", logGroupNamePrefix="log-flow-dev")["logGroups"]
        outputs = cloud.stack("network")["Outputs"]
        assert [(log["retentionInDays"], log["kmsKeyId"]) for log in logs] == [(400, outputs["KeyArn"])]
        assert outputs["Subnets"].split(",") == [ids["Public1"], ids["App1"], ids["Data1"]]
        assert outputs["FlowLogId"] == ids["FlowLog"]

        assert cloud.deploy("network", "network.yml", Retention="545", FlowLogs="no").ok
        logs = cloud.ask("logs", "describe_log_groups", logGroupNamePrefix="log-flow-dev")["logGroups"]
        assert [log["retentionInDays"] for log in logs] == [545]
        assert cloud.ask("ec2", "describe_flow_logs")["FlowLogs"] == []
        after = cloud.resources("network")
        assert after == {name: identity for name, identity in ids.items() if name != "FlowLog"}
        assert "FlowLogId" not in cloud.stack("network")["Outputs"]

        cloud.delete("network")
        assert cloud.leftovers() == []


def test_order_follows_references_and_depends_on(cloud: Cloud) -> None:
    """Each resource begins after everything that it refers to or depends on is complete, and goes before it."""
    assert cloud.deploy("data", "data.yml").ok
    made = [(name, status) for name, status, _ in cloud.events("data")]
    for name, needed in (("Alarm", "Trail"), ("Alarm", "Cluster"), ("Writer", "Cluster"), ("Trail", "Bucket")):
        assert made.index((needed, "CREATE_COMPLETE")) < made.index((name, "CREATE_IN_PROGRESS"))
    identity = cloud.stack("data")["StackId"]
    cloud.delete("data")
    gone = [(name, status) for name, status, _ in cloud.events(identity)]
    assert gone.index(("Alarm", "DELETE_COMPLETE")) < gone.index(("Trail", "DELETE_IN_PROGRESS"))
    assert gone.index(("Writer", "DELETE_COMPLETE")) < gone.index(("Cluster", "DELETE_IN_PROGRESS"))
    assert cloud.leftovers() == []


def test_generic_resources_answer_and_change(cloud: Cloud) -> None:
    """Ref, GetAtt, Sub, mappings and conditions reach through generic resources; changes keep or replace them."""
    assert cloud.deploy("data", "data.yml").ok
    writer, reader, port, cache, secret, literal = cloud.stack("data")["Outputs"]["Endpoints"].split(";")
    assert writer.startswith("aurora-main-dev.cluster-")
    assert reader.startswith("aurora-main-dev.cluster-ro-")
    assert (port, literal) == ("5432", "${literal}")
    assert cache.startswith("clustercfg.cache-main-dev.")
    assert secret.startswith("arn:aws:secretsmanager:eu-west-1:123456789012:secret:rds!cluster-")
    name, identity, scope = cloud.stack("data")["Outputs"]["Firewall"].split("|")
    assert (name, len(identity), scope) == ("acl-api-dev", 36, "REGIONAL")

    before = cloud.resources("data")
    assert cloud.deploy("data", "data.yml", Capacity="64", Engine="redis", ReaderName="reader").ok
    after = cloud.resources("data")
    assert after == before | {"Replica": "aurora-main-reader-dev"}
    changed = {name for name, status, _ in cloud.events("data") if status == "UPDATE_COMPLETE"} - {"data"}
    assert changed == {"Cluster", "Cache"}

    # The suffix is in every name, so each resource is replaced, and the old ones go.
    assert cloud.deploy("data", "data.yml", Suffix="two", ReaderName="").ok
    assert cloud.resources("data")["Cluster"] == "aurora-main-two"
    assert not any("-dev" in item for item in cloud.leftovers())
    cloud.delete("data")
    assert cloud.leftovers() == []


def test_unchanged_stack_is_left_alone(cloud: Cloud) -> None:
    """The client deploys, and a second time, with the same template and parameters, finds nothing to do."""
    assert cloud.deploy_by_client("same", "network.yml").ok
    events = cloud.events("same")
    done = cloud.deploy_by_client("same", "network.yml")
    assert done.ok
    assert "No changes to deploy" in done.said
    assert cloud.events("same") == events
    cloud.delete("same")


@pytest.mark.parametrize(
    ("properties", "reason"),
    [
        ({"TrailName": "trail", "IsLogging": True, "Colour": "red"}, "'Colour' was unexpected"),
        ({"TrailName": "trail", "IsLogging": True}, "'S3BucketName' is a required property"),
        ({"TrailName": "trail", "S3BucketName": "no-such-bucket", "IsLogging": True}, "no-such-bucket does not exist"),
    ],
    ids=["unknown property", "missing property", "refused by the back end"],
)
def test_failed_creation_is_rolled_back(cloud: Cloud, properties: dict[str, Any], reason: str) -> None:
    """What was made goes again, the reason stands in the events, and the stack can then be deleted only."""
    trail = {"Type": "AWS::CloudTrail::Trail", "DependsOn": "Topic", "Properties": properties}
    assert not cloud.deploy("broken", only(Topic=TOPIC, Trail=trail)).ok
    events = cloud.events("broken")
    assert any(reason in text for name, status, text in events if (name, status) == ("Trail", "CREATE_FAILED"))
    assert ("Topic", "DELETE_COMPLETE", "") in events
    assert cloud.stack("broken")["StackStatus"] == "ROLLBACK_COMPLETE"
    assert cloud.leftovers() == []
    again = cloud.deploy("broken", only(Topic=TOPIC))
    assert "is in ROLLBACK_COMPLETE state and can not be updated" in again.said
    cloud.delete("broken")


def test_failed_update_is_rolled_back(cloud: Cloud) -> None:
    """Changed resources get their old values again, new ones go, and the next update succeeds."""
    log = {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "log-one", "RetentionInDays": 400}}
    longer = {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "log-one", "RetentionInDays": 545}}
    wrong = {"Type": "AWS::SQS::Queue", "DependsOn": ["Log", "Topic"], "Properties": {"QueueName": "not a name!"}}
    assert cloud.deploy("update", only(Log=log)).ok
    assert not cloud.deploy("update", only(Log=longer, Topic=TOPIC, Queue=wrong)).ok
    assert cloud.stack("update")["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert set(cloud.resources("update")) == {"Log"}
    groups = cloud.ask("logs", "describe_log_groups", logGroupNamePrefix="log-one")["logGroups"]
    assert [group["retentionInDays"] for group in groups] == [400]
    assert cloud.deploy("update", only(Log=longer)).ok
    cloud.delete("update")
    assert cloud.leftovers() == []


def test_name_that_is_taken_is_refused(cloud: Cloud) -> None:
    """Two stacks cannot both make a resource of the same physical name, be it generic or not."""
    template = {
        "Parameters": {"Kind": {"Type": "String", "Default": "generic"}},
        "Conditions": {
            "Generic": {"Fn::Equals": [{"Ref": "Kind"}, "generic"]},
            "Real": {"Fn::Equals": [{"Ref": "Kind"}, "real"]},
        },
        "Resources": {
            "Trail": {
                "Type": "AWS::ElastiCache::User",
                "Condition": "Generic",
                "Properties": {"UserId": "user-one", "UserName": "user-one", "Engine": "valkey"},
            },
            "Log": {"Type": "AWS::Logs::LogGroup", "Condition": "Real", "Properties": {"LogGroupName": "log-shared"}},
            "Anchor": {"Type": "AWS::CloudFormation::WaitConditionHandle"},
        },
    }
    for kind in ("generic", "real"):
        assert cloud.deploy(f"{kind}-first", template, Kind=kind).ok
        assert not cloud.deploy(f"{kind}-second", template, Kind=kind).ok
        assert any("already exists" in reason for _, _, reason in cloud.events(f"{kind}-second"))
        cloud.delete(f"{kind}-second")
        cloud.delete(f"{kind}-first")
        assert cloud.leftovers() == []


@pytest.mark.parametrize(
    ("template", "message"),
    [
        (only(One={"Type": "AWS::SNS::Nothing"}), "Unrecognized resource types: [AWS::SNS::Nothing]"),
        (only(One={"Type": "AWS::SNS::Topic", "Properties": {"TopicName": {"Ref": "Two"}}}), "Unresolved resource"),
        (
            only(
                One={"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Ref": "Two"}}},
                Two={"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Fn::GetAtt": ["One", "TopicName"]}}},
            ),
            "Circular dependency between resources: [One, Two]",
        ),
        (only(Topic=TOPIC) | {"Parameters": {"Size": {"Type": "Number"}}}, "Parameters: [Size] must have values"),
        (
            only(Topic=TOPIC)
            | {"Rules": {"R": {"Assertions": [{"Assert": {"Fn::Equals": [{"Ref": "AWS::Region"}, "us-east-1"]}}]}}},
            "Template rule R failed",
        ),
    ],
    ids=["unknown type", "reference to nothing", "circle", "missing parameter", "broken rule"],
)
def test_bad_template_is_refused_before_anything_is_made(cloud: Cloud, template: dict[str, Any], message: str) -> None:
    """No stack comes into being, and the client is told why."""
    done = cloud.deploy("refused", template)
    assert not done.ok
    assert message in done.said
    stacks = cloud.ask("cloudformation", "describe_stacks")["Stacks"]
    assert "refused" not in {stack["StackName"] for stack in stacks}


def test_iam_resources_need_to_be_acknowledged(cloud: Cloud) -> None:
    """A template that makes named roles is refused without CAPABILITY_NAMED_IAM."""
    done = cloud.deploy_by_client("network", "network.yml", "--capabilities", "CAPABILITY_IAM")
    assert not done.ok
    assert "Requires capabilities : [CAPABILITY_NAMED_IAM]" in done.said


FUNCTION = """
import boto3, cfnresponse
def handler(event, context):
    properties = event["ResourceProperties"]
    if properties["Fail"] == event["RequestType"]:
        cfnresponse.send(event, context, cfnresponse.FAILED, {}, "thing", reason="as asked")
        return
    boto3.client("sns").create_topic(Name=f"made-by-{event['RequestType'].lower()}")
    if event["RequestType"] == "Delete":
        for name in ("create", "update", "delete"):
            boto3.client("sns").delete_topic(TopicArn=f"arn:aws:sns:eu-west-1:123456789012:made-by-{name}")
    cfnresponse.send(event, context, cfnresponse.SUCCESS, {"Answer": properties["Number"] + "!"}, "thing")
"""


def custom_resource(number: int, fail: str = "Never") -> dict[str, Any]:
    """A template whose custom resource makes topics, and fails on a kind of request if told to."""
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    return {
        "Resources": {
            "Role": {
                "Type": "AWS::IAM::Role",
                "Properties": {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]}},
            },
            "Function": {
                "Type": "AWS::Lambda::Function",
                "Properties": {
                    "Role": {"Fn::GetAtt": ["Role", "Arn"]},
                    "Runtime": "python3.13",
                    "Handler": "index.handler",
                    "Timeout": 30,
                    "Code": {"ZipFile": FUNCTION},
                },
            },
            "Thing": {
                "Type": "Custom::Thing",
                "Properties": {"ServiceToken": {"Fn::GetAtt": ["Function", "Arn"]}, "Number": number, "Fail": fail},
            },
        },
        "Outputs": {"Answer": {"Value": {"Fn::GetAtt": ["Thing", "Answer"]}}, "Id": {"Value": {"Ref": "Thing"}}},
    }


def test_custom_resource_runs_its_function(cloud: Cloud) -> None:
    """The function is called for creation, update and deletion, and its answer is what GetAtt returns."""

    def topics() -> set[str]:
        return {topic["TopicArn"].rsplit(":", 1)[1] for topic in cloud.ask("sns", "list_topics")["Topics"]}

    assert cloud.deploy("custom", custom_resource(7)).ok
    assert cloud.stack("custom")["Outputs"] == {"Answer": "7!", "Id": "thing"}
    assert topics() == {"made-by-create"}
    assert cloud.deploy("custom", custom_resource(8)).ok
    assert cloud.stack("custom")["Outputs"]["Answer"] == "8!"
    assert topics() == {"made-by-create", "made-by-update"}
    cloud.delete("custom")
    assert cloud.leftovers() == []


def test_custom_resource_that_fails_rolls_back(cloud: Cloud) -> None:
    """A function's refusal is the resource's failure, with the function's reason."""
    assert not cloud.deploy("custom", custom_resource(1, fail="Create")).ok
    assert any("as asked" in reason for _, status, reason in cloud.events("custom") if status == "CREATE_FAILED")
    cloud.delete("custom")
    assert cloud.leftovers() == []


def test_retained_resource_stays_and_is_reported(cloud: Cloud) -> None:
    """DeletionPolicy Retain is honoured, and the inventory of the back ends shows what stayed."""
    log = {"Type": "AWS::Logs::LogGroup", "DeletionPolicy": "Retain", "Properties": {"LogGroupName": "log-kept"}}
    assert cloud.deploy("retain", only(Log=log)).ok
    cloud.delete("retain")
    assert cloud.leftovers() == ["AWS::Logs::LogGroup log-kept"]
    cloud.ask("logs", "delete_log_group", logGroupName="log-kept")
    assert cloud.leftovers() == []


def test_inventory_sees_what_no_stack_made(cloud: Cloud) -> None:
    """What exists is asked of the back ends: a queue made past CloudFormation counts as well."""
    url = cloud.ask("sqs", "create_queue", QueueName="stray")["QueueUrl"]
    assert [item for item in cloud.leftovers() if item.endswith("stray")]
    cloud.ask("sqs", "delete_queue", QueueUrl=url)
    assert cloud.leftovers() == []
