"""Resource options: the table is complete, and says what happens."""

from __future__ import annotations

import inspect
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest
from pulumi.runtime.proto import resource_pb2

from cloudformation.errors import ProgramError
from cloudformation.options import OPTIONS, Fate, Option, given, refused

from .support import record, resource

KEYWORDS = set(inspect.signature(pulumi.ResourceOptions).parameters)


def test_every_option_of_the_sdk_is_decided_on() -> None:
    """A new version of Pulumi with a new option fails here, before it is lost silently."""
    assert {option.name for option in OPTIONS} == KEYWORDS


def test_fields_are_those_of_a_registration() -> None:
    """An option is recognised by a field that exists."""
    fields = set(resource_pb2.RegisterResourceRequest.DESCRIPTOR.fields_by_name)
    assert {option.field for option in OPTIONS if option.field} <= fields


def test_every_option_has_a_reason() -> None:
    """A sentence that a reader of the ledger understands."""
    assert [option.name for option in OPTIONS if not option.reason.endswith(".")] == []


@pytest.mark.parametrize("option", [item for item in OPTIONS if item.fate is Fate.REFUSED], ids=lambda item: item.name)
def test_refused_options_are_recognised(option: Option) -> None:
    """By keyword where the resource is made; a look-up by its request."""
    found = refused({option.name: ["something"]})
    assert found == (None if option.name == "id" else option)


GIVEN: dict[str, dict[str, Any]] = {
    "custom_timeouts": {"custom_timeouts": pulumi.CustomTimeouts(create="5m")},
    "delete_before_replace": {"delete_before_replace": False},
    "replace_on_changes": {"replace_on_changes": ["*"]},
    "protect": {"protect": True},
    "ignore_changes": {"ignore_changes": ["tags"]},
    "additional_secret_outputs": {"additional_secret_outputs": ["arn"]},
}


@pytest.mark.parametrize("name", GIVEN)
def test_what_was_given_is_recorded(name: str) -> None:
    """By the option's own name, for the ledger."""
    program = record(lambda: aws.s3.Bucket("a", opts=pulumi.ResourceOptions(**GIVEN[name])))
    assert resource(program, "a").options == (name,)


def test_what_was_not_given_is_not_recorded() -> None:
    """The SDK's own additions (its version, aliases of renamed types) are nobody's wish."""
    program = record(lambda: aws.s3.Bucket("a"))
    assert resource(program, "a").options == ()
    assert given(resource_pb2.RegisterResourceRequest(type="a", name="b", version="1", protect=False)) == ()


@pytest.mark.parametrize(
    "options",
    [{"replacement_trigger": "x"}, {"import_": "x"}, {"urn": "urn:x"}, {"transforms": [lambda _arguments: None]}],
    ids=lambda options: next(iter(options)),
)
def test_a_refused_option_names_itself(options: dict[str, Any]) -> None:
    """Together with the resource."""
    with pytest.raises(ProgramError, match=f"aws:s3/bucket:Bucket 'a': the option `{next(iter(options))}`"):
        record(lambda: aws.s3.Bucket("a", opts=pulumi.ResourceOptions(**options)))


def test_a_transform_that_a_transformation_slips_in_is_refused() -> None:
    """It would not run, so the resource would be another one than under Pulumi."""

    def slip(arguments: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult:
        options = pulumi.ResourceOptions.merge(arguments.opts, pulumi.ResourceOptions(transforms=[lambda _args: None]))
        return pulumi.ResourceTransformationResult(arguments.props, options)

    def build() -> None:
        pulumi.runtime.register_stack_transformation(slip)
        aws.s3.Bucket("a")

    with pytest.raises(ProgramError, match="the option `transforms`"):
        record(build)
