"""References: Ref, GetAtt and text around them, as each type says; anything else is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from cloudformation.compiler import compile_program
from cloudformation.errors import CloudFormationError

from .support import compiled, line, properties, record


def _shown(value: Callable[[], Any]) -> Any:
    """How a value reads in the template."""
    return properties(lambda: aws.sns.Topic("shown", display_name=value()), "ShownTopic")["DisplayName"]


def _bucket() -> aws.s3.Bucket:
    return aws.s3.Bucket("a")


def _group() -> aws.ec2.SecurityGroup:
    return aws.ec2.SecurityGroup("sg", vpc_id="vpc-1")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (lambda: _bucket().id, {"Ref": "ABucket"}),
        (lambda: _bucket().arn, {"Fn::GetAtt": ["ABucket", "Arn"]}),
        (lambda: _group().id, {"Fn::GetAtt": ["Sg", "GroupId"]}),
        (
            lambda: _group().arn,
            {"Fn::Sub": "arn:${AWS::Partition}:ec2:${AWS::Region}:${AWS::AccountId}:security-group/${Sg.GroupId}"},
        ),
        (lambda: pulumi.Output.concat(_bucket().arn, "/*"), {"Fn::Sub": "${ABucket.Arn}/*"}),
        (lambda: pulumi.Output.concat("${a} ", _bucket().id), {"Fn::Sub": "${!a} ${ABucket}"}),
        (lambda: "${a} $b", "${a} $b"),
        (lambda: pulumi.Output.concat("a", "b"), "ab"),
        (lambda: pulumi.Config().require("name"), {"Ref": "Name"}),
        (lambda: f"x-{pulumi.Config().require('name')}", {"Fn::Sub": "x-${Name}"}),
        (lambda: aws.get_caller_identity().account_id, {"Ref": "AWS::AccountId"}),
        (lambda: pulumi.Output.secret(_bucket().arn), {"Fn::GetAtt": ["ABucket", "Arn"]}),
        (
            lambda: pulumi.Output.concat("in ", aws.get_availability_zones().names[1]),
            {"Fn::Sub": ["in ${Part1}", {"Part1": {"Fn::Select": [1, {"Fn::GetAZs": ""}]}}]},
        ),
    ],
)
def test_how_a_value_reads_in_the_template(value: Callable[[], Any], expected: Any) -> None:
    """Alone and in text; text without a reference stays plain, whatever dollar signs it has."""
    assert _shown(value) == expected


def test_a_name_in_the_program_does_not_hide_a_part_of_a_text() -> None:
    """A resource may have the id that the writer would give a part."""

    def build() -> None:
        named = aws.s3.Bucket("part1", bucket="x")
        text = pulumi.Output.concat(named.id, aws.get_availability_zones().names[0])
        aws.sns.Topic("topic", display_name=text, tags={"t": named.id})

    shown = properties(build, "Topic")["DisplayName"]["Fn::Sub"]
    assert shown[0] == "${Part1Bucket}${Part1}"


def test_an_output_in_terms_of_the_parent() -> None:
    """A folded resource's id is its parent's."""

    def build() -> None:
        bucket = aws.s3.Bucket("a")
        versioning = aws.s3.BucketVersioning("a", bucket=bucket.id, versioning_configuration={"status": "Enabled"})
        aws.sns.Topic("topic", display_name=versioning.bucket)

    assert properties(build, "Topic")["DisplayName"] == {"Ref": "ABucket"}


def test_an_output_that_a_template_cannot_know_is_refused() -> None:
    """With the input that wants it, and its line."""

    def build() -> None:
        bucket = aws.s3.Bucket("a")
        aws.sns.Topic("topic", tags={"x": bucket.hosted_zone_id})  # here

    with pytest.raises(CloudFormationError, match=r"refers to the output 'hostedZoneId' of .*'a', which") as caught:
        compiled(build)
    assert str(caught.value).startswith(line(build))


def test_a_piece_of_a_token_is_refused_without_a_second_run() -> None:
    """Whoever compiles a graph that was recorded once still gets no template with a piece of a token in it."""

    def build() -> None:
        aws.sns.Topic("topic", display_name=f"x{pulumi.Config().require('a')}".lower())  # here

    with pytest.raises(CloudFormationError, match="holds a piece of a deploy-time value") as caught:
        compile_program(record(build))
    assert str(caught.value).startswith(line(build))
