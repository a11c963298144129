"""AWS providers: the stack's own Region and account, with default tags; anything else is refused."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from cloudformation.errors import CompileError
from cloudformation.graph import Literal, MapValue, ParameterValue
from cloudformation.providers import PROVIDER_ONLY

from .support import compiled, line, project, properties, record, resource

TAGS: Any = {"tags": {"Project": "demo", "Owner": "us"}}


def _with(provider: Callable[[], aws.Provider], **inputs: Any) -> Callable[[], None]:
    def build() -> None:
        opts = pulumi.ResourceOptions(provider=provider())
        aws.s3.Bucket("a", opts=opts, **inputs)

    return build


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"region": "eu-west-1"},
        {"max_retries": 3, "skip_metadata_api_check": True, "http_proxy": "http://proxy"},
    ],
    ids=str,
)
def test_a_provider_for_the_stack_changes_nothing(settings: dict[str, Any]) -> None:
    """The Region may be said, and how the provider talks to AWS."""
    program = record(_with(lambda: aws.Provider("p", **settings)))
    assert [(item.name, item.inputs) for item in program.resources.values()] == [("a", {})]


def test_a_provider_for_the_region_that_the_program_asked_for() -> None:
    """``get_region`` returns the stack's Region, whatever that will be."""
    record(_with(lambda: aws.Provider("p", region=aws.get_region().region)))


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"region": "us-east-1"}, "region: is 'us-east-1', but the template is for eu-west-1"),
        ({"profile": "prod"}, "profile: cannot be compiled: a template is deployed with the credentials"),
        ({"assume_roles": [{"role_arn": "arn:aws:iam::1:role/x"}]}, "assumeRoles: cannot be compiled"),
        ({"allowed_account_ids": ["123456789012"]}, "allowedAccountIds: cannot be compiled"),
        ({"ignore_tags": {"keys": ["a"]}}, "ignoreTags: cannot be compiled"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_another_region_or_account_is_refused(settings: dict[str, Any], words: str) -> None:
    """With the provider's line."""

    def build() -> None:
        aws.Provider("p", **settings)  # here

    with pytest.raises(CompileError, match=words) as caught:
        record(build)
    assert str(caught.value).startswith(f"{line(build)}: pulumi:providers:aws 'p'")


def test_default_tags_become_tags() -> None:
    """Of every resource that can be tagged, also where a deploy-time value is among them; its own tags win."""

    def build() -> None:
        tags: Any = {"tags": {"Project": "demo", "Suffix": pulumi.Config().require("suffix")}}
        opts = pulumi.ResourceOptions(provider=aws.Provider("p", default_tags=tags))
        bucket = aws.s3.Bucket("a", tags={"Project": "other"}, opts=opts)
        aws.s3.BucketVersioning("a", bucket=bucket.id, versioning_configuration={"status": "Enabled"}, opts=opts)
        aws.s3.Bucket("plain")

    program = record(build)
    assert resource(program, "plain").inputs == {}
    bucket, versioning = (item for item in program.resources.values() if item.name == "a")
    assert bucket.inputs["tags"] == MapValue({"Project": Literal("other"), "Suffix": ParameterValue("Suffix")})
    assert "tags" not in versioning.inputs


def test_default_tags_reach_a_components_children() -> None:
    """The component is given the provider, its children use it."""

    class Thing(pulumi.ComponentResource):
        def __init__(self, opts: pulumi.ResourceOptions) -> None:
            super().__init__("a:b:Thing", "thing", None, opts)
            aws.s3.Bucket("a", opts=pulumi.ResourceOptions(parent=self))

    def build() -> None:
        Thing(pulumi.ResourceOptions(providers=[aws.Provider("p", default_tags=TAGS)]))

    assert resource(record(build), "a").inputs["tags"] == MapValue({"Project": Literal("demo"), "Owner": Literal("us")})


def test_default_tags_of_the_project() -> None:
    """The default provider has settings, too: ``aws:defaultTags`` in Pulumi.yaml."""
    where = project(provider={"region": "eu-west-1", "defaultTags": TAGS})
    found = properties(lambda: aws.s3.Bucket("a"), "ABucket", where)
    assert found["Tags"] == [{"Key": "Owner", "Value": "us"}, {"Key": "Project", "Value": "demo"}]
    with pytest.raises(CompileError, match=r"the default AWS provider \(Pulumi.yaml\), profile: cannot be compiled"):
        record(lambda: aws.s3.Bucket("a"), project(provider={"profile": "prod"}))


def test_tags_that_nobody_knows_cannot_be_joined_with_default_tags() -> None:
    """Which of them would win, only the deployment knows."""

    def build() -> None:
        other = aws.s3.Bucket("other")
        opts = pulumi.ResourceOptions(provider=aws.Provider("p", default_tags=TAGS))
        aws.s3.Bucket("a", tags=other.tags_all, opts=opts)  # here

    with pytest.raises(CompileError, match="'a', tags: gets default tags") as caught:
        record(build)
    assert str(caught.value).startswith(line(build))


def test_a_resources_own_region() -> None:
    """The stack's own may be said again; another one is refused."""

    def build(region: str) -> Callable[[], object]:
        return lambda: aws.s3.Bucket("a", region=region)

    assert compiled(build("eu-west-1")).template.resources[0].properties == MapValue({})
    with pytest.raises(CompileError, match="'a', region: is 'us-east-1', but the template is for eu-west-1"):
        compiled(build("us-east-1"))


def test_what_is_provider_only_is_a_setting_of_the_provider() -> None:
    """A setting that the SDK renames is found here; one that is new is refused until somebody decides on it."""
    known = set(inspect.signature(aws.Provider._internal_init).parameters)
    names = {re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower() for name in PROVIDER_ONLY}
    assert names - {"version"} <= known
