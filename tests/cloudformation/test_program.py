"""What a program may say beyond Pulumi: the same under the engine and in the template."""

from __future__ import annotations

import dataclasses
import ipaddress
import json
from collections.abc import Iterator
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest
from pulumi.runtime.config import CONFIG

from cloudformation.errors import SettingError
from cloudformation.graph import Attribute, Function, Literal, ParameterValue
from cloudformation.program import CustomResources, Parameter, Settings, cidr_blocks, export, setting

from .support import record, template_of


@dataclasses.dataclass(frozen=True)
class Chosen(Settings):
    """Settings of every kind."""

    suffix: str = setting("Ends names.", group="Naming", pattern="[a-z]+", max_length=5, allowed="up to 5 letters")
    retention_days: int = setting("Days.", group="Logs", default=400, min_value=1, max_value=500)
    log_level: str = setting("How much.", group="Logs", default="info", allowed_values=("info", "debug"))
    alarm_email: str | None = setting("Who.", group="Logs", pattern="[^@]+@[^@]+", allowed="an address")


@pytest.fixture
def configured(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """Pulumi's configuration outside of a recording."""
    values: dict[str, str] = {}
    token = CONFIG.set(values)
    monkeypatch.setattr("pulumi.config.get_project", lambda: "demo")
    yield values
    CONFIG.reset(token)


def test_fields_declare_parameters() -> None:
    """Names, types and limits follow from the field and its setting."""
    suffix, days, level, email = Chosen.parameters()
    assert (suffix.name, suffix.config_key, suffix.type, suffix.optional) == ("Suffix", "suffix", "String", False)
    assert (days.name, days.config_key, days.type, days.default) == ("RetentionDays", "retentionDays", "Number", 400)
    assert level.allowed_values == ("info", "debug")
    assert (email.name, email.type, email.optional) == ("AlarmEmail", "String", True)


def test_settings_are_read_from_the_config(configured: dict[str, str]) -> None:
    """As what they are declared to be; an empty optional one is not given."""
    configured |= {"demo:suffix": "dev", "demo:retentionDays": "30", "demo:alarmEmail": ""}
    assert Chosen.load() == Chosen(suffix="dev", retention_days=30, log_level="info", alarm_email=None)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({}, "suffix: None is not allowed; needed: a value is needed"),
        ({"suffix": "DEV"}, "suffix: 'DEV' is not allowed; needed: up to 5 letters"),
        ({"suffix": "abcdef"}, "needed: up to 5 letters"),
        ({"suffix": "dev", "retentionDays": "many"}, "retentionDays: 'many' is not allowed; needed: a whole number is"),
        ({"suffix": "dev", "retentionDays": "501"}, "needed: a whole number from 1 to 500"),
        ({"suffix": "dev", "logLevel": "all"}, "needed: one of info, debug"),
        ({"suffix": "dev", "alarmEmail": "me"}, "needed: an address"),
    ],
)
def test_a_wrong_setting_is_refused(configured: dict[str, str], values: dict[str, str], words: str) -> None:
    """With its name on both ways to AWS, the value, and what is allowed."""
    configured |= {f"demo:{key}": value for key, value in values.items()}
    with pytest.raises(SettingError, match=words) as caught:
        Chosen.load()
    assert "pulumi config set" in str(caught.value)
    assert "in CloudFormation with the parameter" in str(caught.value)


def test_settings_become_parameters_with_their_limits() -> None:
    """Grouped as declared; a token stands for each while the program is recorded."""

    def build() -> None:
        settings = Chosen.load()
        aws.sns.Topic("topic", name=f"t-{settings.suffix}", display_name=settings.alarm_email)
        aws.cloudwatch.LogGroup("log", retention_in_days=settings.retention_days, tags={"level": settings.log_level})

    template = template_of(build)
    assert template["Parameters"]["Suffix"] == {
        "Type": "String",
        "Description": "Ends names.",
        "AllowedPattern": "^([a-z]+)$",
        "MaxLength": 5,
        "ConstraintDescription": "up to 5 letters",
    }
    assert template["Parameters"]["RetentionDays"] == {
        "Type": "Number",
        "Description": "Days.",
        "Default": 400,
        "MinValue": 1,
        "MaxValue": 500,
        "ConstraintDescription": "a whole number from 1 to 500",
    }
    assert template["Parameters"]["AlarmEmail"]["AllowedPattern"] == "^$|^([^@]+@[^@]+)$"
    groups = template["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    assert [(group["Label"]["default"], group["Parameters"]) for group in groups] == [
        ("Naming", ["Suffix"]),
        ("Logs", ["RetentionDays", "LogLevel", "AlarmEmail"]),
    ]
    assert template["Resources"]["Log"]["Properties"]["RetentionInDays"] == {"Ref": "RetentionDays"}


def test_a_token_passes_the_checks_of_settings() -> None:
    """They are CloudFormation's to make then."""
    found: list[Chosen] = []
    record(lambda: found.append(Chosen.load()))
    assert dataclasses.asdict(found[0])["suffix"] is found[0].suffix


@pytest.mark.parametrize(
    ("block", "count", "bits", "expected"),
    [
        ("10.0.0.0/16", 3, 10, ["10.0.0.0/22", "10.0.4.0/22", "10.0.8.0/22"]),
        ("192.168.1.0/24", 2, 7, ["192.168.1.0/25", "192.168.1.128/25"]),
    ],
)
def test_addresses_are_cut_here(block: str, count: int, bits: int, expected: list[str]) -> None:
    """Under the engine the blocks are known."""
    assert cidr_blocks(block, count, bits) == expected
    assert all(ipaddress.ip_network(item).num_addresses == 2**bits for item in expected)


@pytest.mark.parametrize(
    ("block", "count", "bits"), [("10.0.0.0/24", 3, 7), ("10.0.0.1/16", 1, 8), ("fe80::/16", 1, 8), ("x", 1, 8)]
)
def test_addresses_that_cannot_be_cut_are_refused(block: str, count: int, bits: int) -> None:
    """Too small a network, or none."""
    with pytest.raises(SettingError, match=block):
        cidr_blocks(block, count, bits)


def test_addresses_are_cut_there() -> None:
    """In a template it is CloudFormation that cuts."""

    def build() -> None:
        for index, block in enumerate(cidr_blocks(pulumi.Config().require("cidr"), 2, 8)):
            aws.ec2.Subnet(f"subnet-{index}", vpc_id="vpc-1", cidr_block=block)

    blocks = Function("Fn::Cidr", (ParameterValue("Cidr"), Literal(2), Literal(8)))
    found = [item.inputs["cidrBlock"] for item in record(build).resources.values()]
    assert found == [Function("Fn::Select", (Literal(index), blocks)) for index in range(2)]


def test_exports_have_descriptions_and_export_names() -> None:
    """So that another stack can import them."""

    def build() -> None:
        bucket = aws.s3.Bucket("a")
        export("bucket-name", bucket.id, "Where the logs are.")
        pulumi.export("listed", [bucket.id, 1, {"arn": bucket.arn}])
        pulumi.export("flag", True)

    outputs = template_of(build)["Outputs"]
    assert outputs["BucketName"] == {
        "Description": "Where the logs are.",
        "Value": {"Ref": "ABucket"},
        "Export": {"Name": {"Fn::Sub": "${AWS::StackName}-BucketName"}},
    }
    text = outputs["Listed"]["Value"]["Fn::Sub"]
    assert json.loads(text) == ["${ABucket}", 1, {"arn": "${ABucket.Arn}"}]
    assert outputs["Flag"]["Value"] == "true"


def test_the_custom_resources_component_is_recorded() -> None:
    """With what the handlers are named, encrypted and tagged by."""

    def build() -> None:
        key = aws.kms.Key("key")
        CustomResources("handlers", name_suffix="dev", log_kms_key_arn=key.arn, log_retention_days=400, tags={"a": "b"})

    (component,) = record(build).components.values()
    assert component.type == CustomResources.TYPE
    assert component.inputs["nameSuffix"] == Literal("dev")
    assert isinstance(component.inputs["logKmsKeyArn"], Attribute)


OBJECTIONS: list[tuple[dict[str, Any], object, bool]] = [
    ({"type": "Number"}, True, False),
    ({"type": "Number"}, 1.5, False),
    ({"type": "Number"}, 5, True),
    ({"optional": True}, None, True),
    ({"min_length": 2}, "a", False),
    ({"pattern": "a|b"}, "ab", False),
    ({"pattern": "a|b"}, "b", True),
]


@pytest.mark.parametrize(("limits", "value", "allowed"), OBJECTIONS)
def test_objections(limits: dict[str, Any], value: object, allowed: bool) -> None:
    """A pattern is about the whole value, a truth value is no number."""
    objection = Parameter("X", "", **limits).objection(value)
    assert (objection is None) == allowed
    assert objection != ""
