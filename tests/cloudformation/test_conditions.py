"""Conditions: observed by running the program, and checked by running it without any optional setting."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from cloudformation.conditions import declared, given, merge
from cloudformation.errors import CloudFormationError, CompileError
from cloudformation.graph import Literal, ParameterValue, Program

from .support import compiled, evaluate, line, load, observed, record, template_of, text_of


def _mail() -> str | None:
    return pulumi.Config().get("mail")


def _domain() -> str | None:
    return pulumi.Config().get("domain")


def _resource() -> None:
    if _mail():
        aws.sns.Topic("topic", name="a")


def _otherwise() -> None:
    aws.sns.Topic("topic", display_name=_mail() or "nobody")
    if _mail() is None:
        aws.s3.Bucket("instead")


def _input() -> None:
    aws.sns.Topic("topic", display_name=_mail(), tags={"a": "x", **({"mail": _mail()} if _mail() else {})})  # type: ignore[dict-item]


def _text() -> None:
    aws.sns.Topic("topic", display_name=f"mail: {_mail()}" if _mail() else None)


def _both() -> None:
    mail, domain = _mail(), _domain()
    if mail and domain:
        aws.sns.Topic("topic", name="a")
    aws.sns.Topic("named-topic", display_name=mail, name=domain)
    aws.s3.Bucket("always")


def _list() -> None:
    topic = aws.sns.Topic("topic")
    actions = [topic.arn] + ([pulumi.Output.concat("arn:", _mail() or "")] if _mail() else [])
    aws.cloudwatch.MetricAlarm(
        "alarm", comparison_operator="GreaterThanThreshold", evaluation_periods=1, alarm_actions=actions
    )


def _nested() -> None:
    bucket = aws.s3.Bucket("a")
    rule: dict[str, Any] = {"id": "x", "status": "Enabled", "expiration": {"days": 1}}
    if _mail():
        rule["filter"] = {"prefix": _mail()}
    aws.s3.BucketLifecycleConfiguration("a", bucket=bucket.id, rules=[rule])  # type: ignore[list-item]


PROGRAMS = [_resource, _otherwise, _input, _text, _both, _list, _nested]


@pytest.mark.parametrize("build", PROGRAMS, ids=lambda build: build.__name__)
def test_the_conditions_say_what_the_program_does(build: Callable[[], None]) -> None:
    """With every combination of the optional settings, they give the program that runs with just those."""
    merged = observed(build)
    optional = [parameter.name for parameter in merged.parameters if parameter.optional]
    for count in range(len(optional) + 1):
        for missing in itertools.combinations(optional, count):
            actual = given(record(build, without=missing), missing)
            expected = given(merged, missing)
            assert _content(expected) == _content(actual)


def _content(program: Program) -> Any:
    return {urn: item.inputs for urn, item in program.resources.items()}, program.outputs


@pytest.mark.parametrize("build", PROGRAMS, ids=lambda build: build.__name__)
def test_the_template_says_what_the_program_does(build: Callable[[], None]) -> None:
    """What CloudFormation makes of the template is what is compiled from the program without the settings."""
    template = template_of(build)
    known = {name: f"value of {name}" for name in template.get("Parameters", {})} | {"Topic": "ref of topic"}
    for mail, domain in itertools.product((True, False), repeat=2):
        held = {"HasMail": mail, "LacksMail": not mail, "HasDomain": domain, "LacksDomain": not domain}
        held["HasMailAndDomain"] = mail and domain
        missing = [name for name, there in (("Mail", mail), ("Domain", domain)) if not there]
        alone = record(build, without=missing)
        expected = {item.name for item in alone.resources.values()} - {"a"}
        found = {
            name: _without_nothing(evaluate(item.get("Properties", {}), {**known, "AWS::NoValue": NOTHING}, held))
            for name, item in template["Resources"].items()
            if held.get(item.get("Condition", ""), True)
        }
        assert len(found) == len(expected) + ("ABucket" in found)
        assert NOTHING not in str(found)


NOTHING = "nothing at all"


def _without_nothing(node: Any) -> Any:
    if isinstance(node, dict):
        return {key: _without_nothing(item) for key, item in node.items() if item != NOTHING}
    if isinstance(node, list):
        return [_without_nothing(item) for item in node if item != NOTHING]
    return node


def test_a_resource_gets_a_condition() -> None:
    """By the name of the setting, which is true when the setting is not empty."""
    template = template_of(_resource)
    assert template["Resources"]["Topic"]["Condition"] == "HasMail"
    assert template["Conditions"] == {"HasMail": {"Fn::Not": [{"Fn::Equals": [{"Ref": "Mail"}, ""]}]}}
    assert template["Parameters"]["Mail"]["Default"] == ""


def test_a_resource_instead_gets_the_opposite() -> None:
    """What is made where the setting is missing."""
    template = template_of(_otherwise)
    assert template["Resources"]["InsteadBucket"]["Condition"] == "LacksMail"
    assert template["Conditions"]["LacksMail"] == {"Fn::Equals": [{"Ref": "Mail"}, ""]}
    assert template["Resources"]["Topic"]["Properties"]["DisplayName"] == {
        "Fn::If": ["HasMail", {"Ref": "Mail"}, "nobody"]
    }


def test_two_settings_make_a_joint_condition() -> None:
    """Named after both; inputs that depend on one of them have that one alone."""
    template = template_of(_both)
    assert template["Resources"]["Topic"]["Condition"] == "HasMailAndDomain"
    assert template["Conditions"]["HasMailAndDomain"] == {
        "Fn::And": [{"Condition": "HasMail"}, {"Condition": "HasDomain"}]
    }
    nothing = {"Ref": "AWS::NoValue"}
    assert template["Resources"]["NamedTopic"]["Properties"] == {
        "DisplayName": {"Fn::If": ["HasMail", {"Ref": "Mail"}, nothing]},
        "TopicName": {"Fn::If": ["HasDomain", {"Ref": "Domain"}, nothing]},
    }


def test_a_tag_is_left_out_as_a_whole() -> None:
    """A tag without a value would be refused when the stack is deployed."""
    tags = template_of(_input)["Resources"]["Topic"]["Properties"]["Tags"]
    assert tags == [
        {"Key": "a", "Value": "x"},
        {"Fn::If": ["HasMail", {"Key": "mail", "Value": {"Ref": "Mail"}}, {"Ref": "AWS::NoValue"}]},
    ]


def test_an_output_gets_a_condition() -> None:
    """Whether it is not exported, or exported as nothing."""

    def build() -> None:
        aws.s3.Bucket("a")
        pulumi.export("mail", _mail())
        if _mail():
            pulumi.export("again", _mail())

    outputs = template_of(build)["Outputs"]
    assert outputs["Mail"]["Condition"] == outputs["Again"]["Condition"] == "HasMail"
    assert outputs["Mail"]["Value"] == {"Ref": "Mail"}


def _either() -> None:
    mail, domain = _mail(), _domain()
    aws.s3.Bucket("always")
    if mail or domain:
        aws.sns.Topic("topic")  # here


def _one_of_them() -> None:
    mail, domain = _mail(), _domain()
    aws.s3.Bucket("always")
    if mail:
        aws.s3.Bucket("mail")
    elif domain:
        aws.sns.Topic("topic")  # here


def _not_both() -> None:
    mail, domain = _mail(), _domain()
    aws.s3.Bucket("always")
    if not (mail and domain):
        aws.sns.Topic("topic")  # here


def _both_or_none() -> None:
    mail, domain = _mail(), _domain()
    aws.s3.Bucket("always")
    if bool(mail) == bool(domain):
        aws.sns.Topic("topic")  # here


def _one_and_either_other() -> None:
    aws.s3.Bucket("always")
    mail, domain, third = _mail(), _domain(), pulumi.Config().get("third")
    if mail and (domain or third):
        aws.sns.Topic("topic")  # here


@pytest.mark.parametrize(
    "build",
    [_either, _one_of_them, _not_both, _both_or_none, _one_and_either_other],
    ids=lambda build: build.__name__,
)
def test_settings_that_depend_on_each_other_are_found(build: Callable[[], None]) -> None:
    """A template that would be right only sometimes is none."""
    with pytest.raises(
        CompileError, match=r"'topic'.*depends on .*optional settings .*[Ll]et each thing depend"
    ) as caught:
        observed(build)
    assert str(caught.value).startswith(line(build))


def test_part_of_another_resource_cannot_have_a_condition_of_its_own() -> None:
    """In CloudFormation it would be there always."""

    def build() -> None:
        bucket = aws.s3.Bucket("a")
        if _mail():
            aws.s3.BucketVersioning("a", bucket=bucket.id, versioning_configuration={"status": "Enabled"})  # here

    with pytest.raises(CloudFormationError, match=r"is part of .*'a' in CloudFormation, but made only when") as caught:
        compiled(build)
    assert str(caught.value).startswith(line(build))


def test_part_of_a_resource_with_the_same_condition() -> None:
    """They come and go together."""

    def build() -> None:
        aws.s3.Bucket("b")
        if _mail():
            bucket = aws.s3.Bucket("a")
            aws.s3.BucketVersioning("a", bucket=bucket.id, versioning_configuration={"status": "Enabled"})

    resource = load(text_of(compiled(build)))["Resources"]["ABucket"]
    assert resource["Condition"] == "HasMail"
    assert resource["Properties"] == {"VersioningConfiguration": {"Status": "Enabled"}}


def test_a_required_property_must_not_be_left_out() -> None:
    """CloudFormation would refuse the stack without the setting."""

    def build() -> None:
        aws.cloudtrail.Trail("trail", s3_bucket_name="logs", enable_logging=_mail())  # type: ignore[arg-type]  # here

    with pytest.raises(CloudFormationError, match="the property IsLogging must always be there") as caught:
        compiled(build)
    assert str(caught.value).startswith(line(build))


def test_conditions_with_one_name_are_refused() -> None:
    """``HasAAndB`` could be both settings, or one with that name."""
    conditions = [("HasA",), ("HasB",), ("HasA", "HasB"), ("HasAAndB",)]

    def build() -> None:
        for name in ("a", "b", "aAndB"):
            pulumi.Config().get(name)
        for index in range(4):
            aws.s3.Bucket(f"b-{index}")

    program = record(build)
    resources = {
        urn: dataclasses.replace(item, conditions=held)
        for (urn, item), held in zip(program.resources.items(), conditions, strict=True)
    }
    with pytest.raises(CompileError, match="HasAAndB: would be the name of two conditions"):
        declared(dataclasses.replace(program, resources=resources))


def test_nothing_optional_changes_nothing() -> None:
    """The program is then what it is."""
    program = record(lambda: aws.s3.Bucket("a", bucket=pulumi.Config().require("name")))
    assert merge(program, {}) == program
    assert given(program, ()) == program
    (bucket,) = program.resources.values()
    assert bucket.inputs["bucket"] == ParameterValue("Name")
    assert Literal("x") not in bucket.inputs.values()
