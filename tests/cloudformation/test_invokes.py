"""Functions of the SDK: the few with a counterpart in a template, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest
from pulumi._types import output_type_types

from cloudformation.errors import CloudFormationError, ProgramError
from cloudformation.graph import Attribute, Concat, Function, Literal, Pseudo, Value, parse_json
from cloudformation.invokes import ANSWERS, ZONES

from .support import compiled, evaluate, line, properties, record


def _exported(value: Callable[[], Any]) -> Value:
    """What one export of the value records."""
    (output,) = record(lambda: pulumi.export("x", value())).outputs
    return output.value


ACCOUNT, REGION, PARTITION = (Pseudo(f"AWS::{name}") for name in ("AccountId", "Region", "Partition"))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (lambda: aws.get_caller_identity().account_id, ACCOUNT),
        (lambda: aws.get_caller_identity_output().account_id, ACCOUNT),
        (lambda: aws.get_region().region, REGION),
        (lambda: aws.get_region_output().region, REGION),
        (lambda: aws.get_region(region="eu-west-1").region, REGION),
        (lambda: aws.get_partition().partition, PARTITION),
        (lambda: aws.get_partition_output().dns_suffix, Pseudo("AWS::URLSuffix")),
    ],
)
def test_what_cloudformation_knows_by_itself(value: Callable[[], Any], expected: Value) -> None:
    """In the synchronous form and the other, alone and in text."""
    assert _exported(value) == expected
    assert _exported(lambda: pulumi.Output.concat("a-", value())) == Concat((Literal("a-"), expected))


@pytest.mark.parametrize("zones", [aws.get_availability_zones, aws.get_availability_zones_output])
def test_availability_zones(zones: Callable[..., Any]) -> None:
    """As many as every Region has; each is chosen when the stack is deployed."""
    zone = Function("Fn::Select", (Literal(2), Function("Fn::GetAZs", (Literal(""),))))
    assert _exported(lambda: zones(state="available").names[2]) == zone
    found: list[int] = []
    record(lambda: found.append(len(aws.get_availability_zones().names)))
    assert found == [ZONES]


DOCUMENT: dict[str, Any] = {
    "statements": [
        {
            "sid": "Read",
            "principals": [
                {"type": "AWS", "identifiers": ["arn:1"]},
                {"type": "Service", "identifiers": ["s3.amazonaws.com"]},
                {"type": "AWS", "identifiers": ["arn:2"]},
            ],
            "actions": ["s3:GetObject", "s3:ListBucket"],
            "resources": ["arn:aws:s3:::home/&{aws:username}/*"],
            "conditions": [
                {"test": "StringEquals", "variable": "aws:PrincipalTag/a", "values": ["x"]},
                {"test": "StringEquals", "variable": "aws:PrincipalTag/a", "values": ["y"]},
                {"test": "Bool", "variable": "aws:SecureTransport", "values": ["true"]},
            ],
        },
        {"effect": "Deny", "notActions": ["s3:*"], "principals": [{"type": "*", "identifiers": ["*"]}]},
    ]
}
EXPECTED = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "Read",
            "Effect": "Allow",
            "Principal": {"AWS": ["arn:1", "arn:2"], "Service": ["s3.amazonaws.com"]},
            "Action": ["s3:GetObject", "s3:ListBucket"],
            "Resource": ["arn:aws:s3:::home/${aws:username}/*"],
            "Condition": {
                "StringEquals": {"aws:PrincipalTag/a": ["x", "y"]},
                "Bool": {"aws:SecureTransport": ["true"]},
            },
        },
        {"Effect": "Deny", "Principal": "*", "NotAction": ["s3:*"]},
    ],
}


@pytest.mark.parametrize("function", [aws.iam.get_policy_document, aws.iam.get_policy_document_output])
def test_policy_documents(function: Callable[..., Any]) -> None:
    """As the provider writes them: principals and conditions grouped, IAM's variables with a dollar sign."""
    document = _exported(lambda: function(**DOCUMENT).json)
    assert isinstance(document, Literal)
    assert json.loads(str(document.value)) == EXPECTED


def test_policy_documents_of_classes() -> None:
    """The SDK's own classes know the provider's names."""
    statement = aws.iam.GetPolicyDocumentStatementArgs(not_actions=["s3:*"], not_resources=["*"])
    document = _exported(lambda: aws.iam.get_policy_document(statements=[statement]).json)
    assert isinstance(document, Literal)
    assert json.loads(str(document.value))["Statement"] == [
        {"Effect": "Allow", "NotAction": ["s3:*"], "NotResource": ["*"]}
    ]


def test_policy_documents_hold_references() -> None:
    """In the template they are objects with functions inside, and IAM's variables stay what they are."""

    def build() -> None:
        bucket = aws.s3.Bucket("a")
        home = pulumi.Output.concat(bucket.arn, "/&{aws:username}/*")
        document = aws.iam.get_policy_document_output(statements=[{"actions": ["s3:*"], "resources": [home]}])
        aws.s3.BucketPolicy("a-policy", bucket=bucket.id, policy=document.json)

    (statement,) = properties(build, "APolicy")["PolicyDocument"]["Statement"]
    assert evaluate(statement["Resource"], {"ABucket.Arn": "ARN"}) == ["ARN/${aws:username}/*"]


def test_a_document_read_back_is_the_same() -> None:
    """The text that the compiler makes is JSON."""
    document = _exported(lambda: aws.iam.get_policy_document(**DOCUMENT).json)
    assert isinstance(document, Literal)
    assert parse_json(document)


def _ami() -> None:
    aws.ec2.get_ami(most_recent=True)  # here


def _region_elsewhere() -> None:
    aws.get_region(region="us-east-1")  # here


def _zones_elsewhere() -> None:
    aws.get_availability_zones_output(region="us-east-1")  # here


def _local_zones() -> None:
    aws.get_availability_zones(all_availability_zones=True)  # here


def _impaired_zones() -> None:
    aws.get_availability_zones(state="impaired")  # here


def _merged_documents() -> None:
    aws.iam.get_policy_document(source_policy_documents=["{}"], statements=[])  # here


def _unknown_element() -> None:
    aws.iam.get_policy_document(statements=[{"not_actions": ["s3:*"]}])  # here


def _unknown_principal() -> None:
    kind = pulumi.Config().require("kind")
    principals = [{"type": kind, "identifiers": ["*"]}]
    aws.iam.get_policy_document(statements=[{"principals": principals, "actions": ["s3:*"]}])  # type: ignore[list-item]  # here


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (_ami, "getAmi looks something up in an account, which a template cannot do. Make the answer a setting"),
        (_region_elsewhere, "getRegion: the argument 'region' is 'us-east-1', but the template is for eu-west-1"),
        (_zones_elsewhere, "getAvailabilityZones: the argument 'region' is 'us-east-1'"),
        (_local_zones, "getAvailabilityZones cannot be compiled with the argument 'allAvailabilityZones'"),
        (_impaired_zones, "zones with state 'available' only"),
        (_merged_documents, "getPolicyDocument cannot be compiled with the argument 'sourcePolicyDocuments'"),
        (_unknown_element, "'not_actions' is no element of a statement. Use .*GetPolicyDocumentStatementArgs"),
        (_unknown_principal, "principal types and condition keys must be written out"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_what_only_an_account_can_answer_is_refused(build: Callable[[], None], words: str) -> None:
    """With the line of the call."""
    with pytest.raises(ProgramError, match=words) as caught:
        record(build)
    assert str(caught.value).startswith(f"{line(build)}: ")


@pytest.mark.parametrize(
    "value",
    [
        lambda: aws.get_caller_identity().arn,
        lambda: aws.get_availability_zones().zone_ids[0],
        lambda: aws.get_region_output().description,
    ],
)
def test_a_result_that_a_template_cannot_know_may_not_be_used(value: Callable[[], Any]) -> None:
    """It is no None that would get lost silently."""
    assert isinstance(_exported(value), Attribute)

    def build() -> None:
        aws.sns.Topic("topic", display_name=value())  # here

    with pytest.raises(CloudFormationError, match=r"DisplayName: refers to the result .* a template cannot know"):
        compiled(build)


RESULTS = {
    "aws:index/getCallerIdentity:getCallerIdentity": aws.GetCallerIdentityResult,
    "aws:index/getRegion:getRegion": aws.GetRegionResult,
    "aws:index/getPartition:getPartition": aws.GetPartitionResult,
    "aws:index/getAvailabilityZones:getAvailabilityZones": aws.GetAvailabilityZonesResult,
    "aws:iam/getPolicyDocument:getPolicyDocument": aws.iam.GetPolicyDocumentResult,
}


def test_every_result_of_an_answered_function_is_decided_on() -> None:
    """A new version of the SDK with a new result fails here, before it becomes None."""
    assert set(RESULTS) == set(ANSWERS)
    arguments = {"allAvailabilityZones", "excludeNames", "excludeZoneIds", "filters", "state"}
    arguments |= {"overrideJson", "overridePolicyDocuments", "sourceJson", "sourcePolicyDocuments"}
    arguments |= {"policyId", "statements", "version"}
    for function, known in ANSWERS.items():
        decided = {*known.unknown, *known.unknown_lists, *known.compute({})}
        assert set(output_type_types(RESULTS[function])) - arguments == decided - arguments
