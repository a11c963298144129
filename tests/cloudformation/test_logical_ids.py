"""Logical ids are a contract: they follow from type and name alone, and nothing else in the program changes one."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudformation.errors import CloudFormationError
from cloudformation.graph import Resource
from cloudformation.logical_ids import MAX_LENGTH, logical_id
from cloudformation.types.model import ResourceType

from .support import compiled

BUCKET = ResourceType("aws:s3/bucket:Bucket", "AWS::S3::Bucket", short=("s3",))


def _id(name: str, entry: ResourceType = BUCKET, **inputs: Any) -> str:
    return logical_id(Resource("urn", entry.pulumi, name, None, inputs), entry)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("logs", "LogsBucket"),
        ("s3-logs", "S3Logs"),
        ("log-bucket", "LogBucket"),
        ("buckets_of_mine", "BucketsOfMine"),
        ("auditLogs", "AuditLogsBucket"),
        ("a.b c/d", "ABCDBucket"),
        ("1st", "1stBucket"),
        ("größe", "GrEBucket"),
        ("-", "Bucket"),
    ],
)
def test_an_id_is_readable(name: str, expected: str) -> None:
    """The name's words, and the type unless the name says it."""
    assert _id(name) == expected


@given(st.text(min_size=1))
def test_an_id_has_letters_and_digits_only(name: str) -> None:
    """Whatever the name, CloudFormation accepts the id, or it is too long and refused."""
    identifier = _id(name)
    assert identifier.isascii()
    assert identifier.isalnum()


def _ids(build: Callable[[], None]) -> dict[str, str]:
    return {urn.rpartition("::")[2]: identifier for urn, identifier in compiled(build).logical_ids.items()}


def test_order_and_other_resources_do_not_matter() -> None:
    """Neither where a resource stands, nor in which component, nor what else there is."""

    class Group(pulumi.ComponentResource):
        def __init__(self, name: str) -> None:
            super().__init__("a:b:Group", name)
            aws.s3.Bucket("logs", opts=pulumi.ResourceOptions(parent=self))
            aws.sns.Topic("alarms", opts=pulumi.ResourceOptions(parent=self))

    def one() -> None:
        aws.s3.Bucket("logs")
        aws.sns.Topic("alarms")

    def other() -> None:
        Group("group")
        aws.s3.Bucket("more")

    first, second = _ids(one), _ids(other)
    assert first == {name: second[name] for name in first} == {"logs": "LogsBucket", "alarms": "AlarmsTopic"}


def test_the_hash_seed_does_not_matter() -> None:
    """The whole template of an example is the same bytes in other processes."""
    root = Path(__file__).resolve().parents[2]
    code = (
        "from pathlib import Path; from cloudformation.synth import synthesize; "
        "print(synthesize(Path('examples/lambda-behind-api')).text)"
    )
    texts = {
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=root,
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(texts) == 1


def test_two_resources_with_one_id_are_refused() -> None:
    """With both lines: one would silently take the other's place."""

    def build() -> None:
        aws.s3.Bucket("a-b")
        aws.s3.Bucket("aB")

    first = build.__code__.co_firstlineno
    with pytest.raises(CloudFormationError, match=r"has the logical id ABBucket, which .* has, too\. Rename") as caught:
        compiled(build)
    assert {f"test_logical_ids.py:{first + 1}", f"test_logical_ids.py:{first + 2}"} == {
        word.rstrip(":") for word in str(caught.value).split() if word.startswith("test_logical_ids.py")
    }


def test_the_same_name_under_two_parents_is_refused() -> None:
    """Pulumi tells them apart by their parents, a template cannot."""

    class Group(pulumi.ComponentResource):
        def __init__(self, kind: str, name: str) -> None:
            super().__init__(f"a:b:{kind}", name)
            aws.s3.Bucket("logs", opts=pulumi.ResourceOptions(parent=self))

    def build() -> None:
        Group("One", "one")
        Group("Other", "other")

    with pytest.raises(CloudFormationError, match="has the logical id LogsBucket"):
        compiled(build)


def test_an_id_that_a_parameter_has_is_refused() -> None:
    """``Ref`` would mean both."""

    def build() -> None:
        aws.s3.Bucket("logs", bucket=pulumi.Config().require("logsBucket"))

    with pytest.raises(CloudFormationError, match="which the setting logsBucket has as a parameter, too"):
        compiled(build)


def test_an_id_that_is_too_long_is_refused() -> None:
    """CloudFormation allows 255 characters."""
    with pytest.raises(CloudFormationError, match=f"has a logical id of {MAX_LENGTH + 7} characters"):
        compiled(lambda: aws.s3.Bucket("a" * (MAX_LENGTH + 1)))
    assert compiled(lambda: aws.s3.Bucket("a" * (MAX_LENGTH - 6)))


def _deployment(trigger: Callable[[aws.sns.Topic], Any]) -> Callable[[], None]:
    def build() -> None:
        topic = aws.sns.Topic("topic")
        aws.apigateway.Deployment("deployment", rest_api="api", triggers={"x": trigger(topic)})

    return build


def test_another_version_is_another_resource() -> None:
    """An API's deployment gets a new id when its trigger changes, and keeps it otherwise; references count as such."""
    builds = [
        _deployment(lambda _topic: "one"),
        _deployment(lambda _topic: "two"),
        _deployment(lambda topic: pulumi.Output.concat("two", topic.arn)),
        _deployment(lambda topic: pulumi.Output.concat("two", topic.id)),
    ]
    identifiers = [_ids(build)["deployment"] for build in builds]
    assert len(set(identifiers)) == 4
    assert [_ids(build)["deployment"] for build in builds] == identifiers
    assert all(identifier.startswith("Deployment") for identifier in identifiers)
