"""pulumi.Config: every reading becomes a parameter that says the same, or a clear error."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from cloudformation.errors import CloudFormationError, ProgramError, TokenError
from cloudformation.program import Parameter

from .support import line, observed, project, record, template_of


def _parameter(read: Callable[[pulumi.Config], Any], config: Mapping[str, Any] | None = None) -> Parameter:
    """The one parameter that a reading makes."""
    (parameter,) = record(lambda: read(pulumi.Config()), project(config=config or {})).parameters
    return parameter


READINGS: dict[str, tuple[Callable[[pulumi.Config], Any], Parameter]] = {
    "required text": (lambda c: c.require("key"), Parameter("Key", "")),
    "text with a default": (lambda c: c.get("key", "x"), Parameter("Key", "", default="x")),
    "text that may be missing": (lambda c: c.get("key"), Parameter("Key", "", optional=True)),
    "required number": (lambda c: c.require_int("key"), Parameter("Key", "", type="Number")),
    "number with a default": (lambda c: c.get_int("key", 5), Parameter("Key", "", type="Number", default=5)),
    "fraction": (lambda c: c.get_float("key", 0.5), Parameter("Key", "", type="Number", default=0.5)),
    "truth value": (
        lambda c: c.get_bool("key", True),
        Parameter("Key", "", default="true", allowed_values=("true", "false")),
    ),
    "secret": (lambda c: c.require_secret("key"), Parameter("Key", "", secret=True)),
    "secret number": (lambda c: c.require_secret_int("key"), Parameter("Key", "", type="Number", secret=True)),
    "key with hyphens": (lambda c: c.require("vpc-cidr"), Parameter("VpcCidr", "")),
}


@pytest.mark.parametrize("reading", READINGS)
def test_a_reading_becomes_a_parameter(reading: str) -> None:
    """With the type, the default and the need that the program's call expresses."""
    read, expected = READINGS[reading]
    assert _parameter(read) == expected


def test_pulumi_yaml_declares() -> None:
    """Its type, description and default win over what the program says, as they do under Pulumi."""
    declared = {"key": {"type": "integer", "default": 7, "description": "How many."}}
    parameter = _parameter(lambda c: c.get("key", "x"), declared)
    assert parameter == Parameter("Key", "How many.", type="Number", default=7)
    assert _parameter(lambda c: c.require("key"), declared) == parameter


def test_pulumi_yaml_may_declare_a_secret() -> None:
    """Whichever way the program reads it."""
    assert _parameter(lambda c: c.require("key"), {"key": {"secret": True}}) == Parameter("Key", "", secret=True)


def test_a_secret_cannot_have_a_default() -> None:
    """It would stand in the template for everybody to read."""
    for read, config in (
        (lambda c: c.get_secret("key", "hunter2"), {}),
        (lambda c: c.require_secret("key"), {"key": {"default": "hunter2"}}),
        (lambda c: c.require("key"), {"key": {"default": "hunter2", "secret": True}}),
    ):
        with pytest.raises(ProgramError, match="is a secret, but has a default") as caught:
            _parameter(read, config)  # type: ignore[arg-type]
        assert "hunter2" not in str(caught.value)


def test_another_namespace_has_parameters_of_its_own() -> None:
    """Two bags with one key do not share a value."""

    def build() -> None:
        pulumi.Config().require("key")
        pulumi.Config("other").require("key")

    program = record(build, project(config={"other:key": {"description": "Theirs."}}))
    assert [(item.name, item.description) for item in program.parameters] == [("Key", ""), ("OtherKey", "Theirs.")]


def test_the_aws_providers_settings_are_known() -> None:
    """The Region is that of the template, so the program may decide on it."""
    found: list[Any] = []

    def build() -> None:
        found.append(pulumi.Config("aws").require("region"))
        found.append(aws.config.region)
        found.append(pulumi.Config("aws").get("profile", "none"))

    record(build, project(provider={"region": "eu-west-1"}))
    assert found == ["eu-west-1", "eu-west-1", "none"]
    with pytest.raises(ProgramError, match=r"aws:profile is not in Pulumi\.yaml"):
        record(lambda: pulumi.Config("aws").require("profile"))


def test_an_object_is_what_pulumi_yaml_says() -> None:
    """It cannot be a parameter, so it is the same for every deployment, and the program may decide on it."""
    found: list[Any] = []
    config = {"sizes": {"default": {"small": [1, 2]}}}
    program = record(lambda: found.append(pulumi.Config().require_object("sizes")), project(config=config))
    assert found == [{"small": [1, 2]}]
    assert program.parameters == ()
    with pytest.raises(ProgramError, match=r"is an object, which cannot be a parameter .* in Pulumi.yaml"):
        record(lambda: pulumi.Config().get_object("sizes", {"small": [1]}))
    with pytest.raises(ProgramError, match=r"Read it with config.require_object\('sizes'\)"):
        record(lambda: pulumi.Config().require("sizes"), project(config=config))


def test_two_readings_make_one_parameter() -> None:
    """Who requires it, and who wants a number or a secret, gets it."""

    def build() -> None:
        config = pulumi.Config()
        config.get("key")
        config.require_secret_int("key")

    (parameter,) = record(build).parameters
    assert parameter == Parameter("Key", "", type="Number", secret=True)


@pytest.mark.parametrize(
    ("one", "other"), [({"default": "a"}, {"default": "b"}), ({}, {"default": "b"})], ids=["two", "with and without"]
)
def test_two_readings_with_two_defaults_are_refused(one: dict[str, str], other: dict[str, str]) -> None:
    """A parameter has one default."""

    def build() -> None:
        pulumi.Config().get("key", **one)
        pulumi.Config().get("key", **other)  # here

    with pytest.raises(ProgramError, match="the setting key is read with") as caught:
        record(build)
    assert str(caught.value).startswith(line(build))


def test_a_decision_on_a_truth_value_is_refused() -> None:
    """A template's structure cannot depend on it."""

    def build() -> None:
        if pulumi.Config().get_bool("logging", False):  # here
            aws.s3.Bucket("logs")

    with pytest.raises(TokenError, match="branching on the setting logging") as caught:
        record(build)
    assert str(caught.value).startswith(line(build))


def test_a_default_that_is_itself_a_setting_becomes_a_choice() -> None:
    """It cannot stand in a declaration."""

    def build() -> None:
        config = pulumi.Config()
        aws.sns.Topic("topic", display_name=config.get("title", config.require("name")))

    template = template_of(build)
    assert template["Resources"]["Topic"]["Properties"]["DisplayName"] == {
        "Fn::If": ["HasTitle", {"Ref": "Title"}, {"Ref": "Name"}]
    }
    assert template["Parameters"]["Title"]["Default"] == ""
    assert "Default" not in template["Parameters"]["Name"]


def test_the_usual_or_works() -> None:
    """``config.get(...) or ...`` is a choice, not a default: an empty value is like none."""

    def build() -> None:
        aws.sns.Topic("topic", display_name=pulumi.Config().get("title") or "untitled")

    value = template_of(build)["Resources"]["Topic"]["Properties"]["DisplayName"]
    assert value == {"Fn::If": ["HasTitle", {"Ref": "Title"}, "untitled"]}


def test_parameters_of_the_template() -> None:
    """What CloudFormation asks of each kind."""

    def build() -> None:
        config = pulumi.Config()
        values = [config.get_bool("flag", False), config.get_int("many"), config.require_secret("word")]
        aws.sns.Topic("topic", tags={str(index): value for index, value in enumerate(values)})  # type: ignore[misc]

    parameters = template_of(build)["Parameters"]
    assert parameters["Flag"] == {
        "Type": "String",
        "Description": "Flag",
        "Default": "false",
        "AllowedValues": ["true", "false"],
        "ConstraintDescription": "one of true, false",
    }
    assert parameters["Many"]["Type"] == "String"
    assert parameters["Many"]["Default"] == ""
    assert parameters["Word"] == {"Type": "String", "Description": "Word", "NoEcho": True}


def test_a_secret_setting_may_be_used_but_not_shown() -> None:
    """As a whole value it is a reference; as an output everybody would see it."""

    def build() -> None:
        aws.sns.Topic("topic", display_name=pulumi.Config().require_secret("word"))

    assert template_of(build)["Resources"]["Topic"]["Properties"] == {"DisplayName": {"Ref": "Word"}}

    def exporting() -> None:
        build()
        pulumi.export("word", pulumi.Config().require_secret("word"))

    with pytest.raises(CloudFormationError, match="output word: is a secret"):
        template_of(exporting)


def test_a_setting_read_only_without_another_is_refused() -> None:
    """Its own absence would have to be tried in a run that nobody knows of yet."""

    def build() -> None:
        config = pulumi.Config()
        aws.sns.Topic("topic", display_name=config.get("title") or config.get("name") or "untitled")

    with pytest.raises(CloudFormationError, match="Name: is read only when another optional setting is not given"):
        observed(build)
