"""A recorded program is judged by the same rules, with and without each optional setting."""

from __future__ import annotations

import dataclasses
import datetime

import pulumi_aws as aws
import pytest

from cloudformation.errors import Position
from cloudformation.graph import (
    Attribute,
    Concat,
    Function,
    ListValue,
    Literal,
    MapValue,
    ParameterValue,
    Program,
    Pseudo,
    Resource,
    Secret,
    Value,
)
from cloudformation.judgement import Judgement, PolicyError, judge, stack_of
from cloudformation.program import Parameter
from cloudformation.values import NO_VALUE
from policies.model import Text
from policies.resource_types import KEY, LOG_GROUP, STREAM
from policies.waivers import Waiver
from tests.cloudformation.support import compiled

TODAY = datetime.date(2026, 12, 1)
KEY_URN = f"urn:pulumi:stack::tap::{KEY}::key"
STREAM_URN = f"urn:pulumi:stack::tap::{STREAM}::stream"
POSITION = Position("components/streaming.py", 12)


def stream(**inputs: Value) -> Resource:
    given: dict[str, Value] = {
        "encryptionType": Literal("KMS"),
        "kmsKeyId": Attribute(KEY_URN, ("arn",)),
        "retentionPeriod": Literal(168),
        **inputs,
    }
    return Resource(STREAM_URN, STREAM, "stream", None, given, trace=(POSITION,))


def program(*resources: Resource, parameters: tuple[Parameter, ...] = ()) -> Program:
    return Program("", "eu-west-1", {resource.urn: resource for resource in resources}, parameters)


def about(judgement: Judgement, rule: str) -> list[str]:
    """What was said by one rule: the messages with what has to be empty for it."""
    return [
        f"{item.violation.message}{item.without}" for item in judgement.violations if item.violation.rule.id == rule
    ]


def test_reference_to_a_key_passes() -> None:
    """A reference counts as what it refers to."""
    assert about(judge(program(stream())), "stream-encrypted") == []


@pytest.mark.parametrize("value", [Literal("alias/aws/kinesis"), NO_VALUE, Literal(None)])
def test_no_key_of_ones_own_fails(value: Value) -> None:
    """AWS's key, and no key at all, break the rule."""
    assert len(about(judge(program(stream(kmsKeyId=value))), "stream-encrypted")) == 1


@pytest.mark.parametrize(
    ("limits", "messages"),
    [
        ({"min_value": 24, "max_value": 168}, []),
        ({"allowed_values": (24, 8760)}, ["setting Hours of retentionPeriod may be 8760, above 168"]),
        ({}, ["setting Hours of retentionPeriod has no upper limit, and must not be above 168"]),
    ],
)
def test_setting_is_judged_by_its_limits(limits: dict[str, object], messages: list[str]) -> None:
    """A rule holds when it holds for all that a deployment may choose."""
    parameter = Parameter("Hours", "", type="Number", **limits)  # type: ignore[arg-type]
    judged = judge(program(stream(retentionPeriod=ParameterValue("Hours")), parameters=(parameter,)))
    assert about(judged, "stream-retention-bounded") == messages


def test_what_depends_on_an_optional_setting() -> None:
    """A violation that shows only where a setting is left empty is found, and says so."""
    choice = Function("Fn::If", (Literal("HasKey"), Attribute(KEY_URN, ("arn",)), NO_VALUE))
    optional = Parameter("Key", "Key of the stream", default="", optional=True)
    judged = judge(program(stream(kmsKeyId=choice), parameters=(optional,)))
    assert about(judged, "stream-encrypted") == ["kmsKeyId is not given, so a key that AWS manages is usedKey"]
    [item] = [item for item in judged.violations if item.violation.rule.id == "stream-encrypted"]
    assert "(when Key is empty)" in str(item)


def test_resources_under_conditions() -> None:
    """A resource is judged where it exists, and missed where it does not."""
    waiting = dataclasses.replace(stream(kmsKeyId=NO_VALUE), conditions=("HasStream",))
    lacking = dataclasses.replace(stream(kmsKeyId=NO_VALUE), conditions=("LacksStream",))
    assert about(judge(program(waiting)), "stream-encrypted") == [
        "kmsKeyId is not given, so a key that AWS manages is used"
    ]
    assert about(judge(program(lacking)), "stream-encrypted") == [
        "kmsKeyId is not given, so a key that AWS manages is usedStream"
    ]


def test_values_as_rules_see_them() -> None:
    """Text keeps its literal parts, JSON stays JSON, and secrets and joined values keep what they are made from."""
    name: Value = Concat((Literal("stream-"), ParameterValue("Suffix")))
    document: Value = Concat(
        (Literal('{"a": "x'), Attribute(KEY_URN, ("arn",)), Literal('", "b": '), Pseudo("AWS::Region"), Literal("}"))
    )
    zones: Value = ListValue((Function("Fn::Select", (Literal(0), Function("Fn::GetAZs", (Literal(""),)))), NO_VALUE))
    inputs = {
        "name": name,
        "policy": document,
        "zones": zones,
        "tags": MapValue({"a": NO_VALUE}),
        "password": Secret(name),
    }
    parameter = Parameter("Suffix", "", pattern="[a-z]+")
    stack = stack_of(program(stream(**inputs), parameters=(parameter,)))
    [seen] = stack.of(STREAM)
    assert seen.get("name") == "stream-${Suffix}"
    assert seen.get("name").settings["${Suffix}"].limits.pattern == "[a-z]+"
    assert seen.get("policy") == '{"a": "x${key.arn}", "b": "${AWS::Region}"}'
    assert isinstance(seen.get("policy"), Text)
    assert seen.get("policy").urns == {KEY_URN}
    assert seen.get("zones") == ["${Fn::Select(0, Fn::GetAZs())}"]
    assert seen.get("tags") == {}
    assert seen.get("password") == "stream-${Suffix}"
    assert seen.links["policy"] == {KEY_URN}


def test_all_violations_stop_with_one_line_each() -> None:
    """The error names every mandatory violation with line, resource, rule, requirement and remedy."""
    judged = judge(program(stream(kmsKeyId=Literal("alias/aws/kinesis"))))
    with pytest.raises(PolicyError) as caught:
        judged.require()
    first, *lines = str(caught.value).splitlines()
    assert first == f"{len(judged.violations)} violations of policy:"
    assert len(lines) == len(judged.violations)
    assert (
        "  components/streaming.py:12: aws:kinesis/stream:Stream 'stream': kmsKeyId is a key that AWS manages. "
        "Set encryptionType to KMS and kmsKeyId to the key for streams. "
        "[stream-encrypted; PCI DSS 3.5.1, 8.3.2, 3.6.1.2]"
    ) in lines


def waivers_of(judged: Judgement) -> list[Waiver]:
    return [
        Waiver(
            item.violation.rule.id, item.violation.resource.name if item.violation.resource else "(stack)", "x", TODAY
        )
        for item in judged.violations
    ]


def test_waivers() -> None:
    """What is waived stops nothing; an expired waiver waives nothing, and it and an unused one are errors."""
    broken = program(stream())
    waivers = waivers_of(judge(broken, today=TODAY))
    waived = judge(broken, waivers, today=TODAY)
    waived.require()
    assert len(waived.waived) == len(waivers)
    late = judge(broken, waivers, today=TODAY + datetime.timedelta(days=1))
    assert len(late.violations) == len(waivers)
    assert late.waiver_problems[0].endswith(
        "expired on 2026-12-01. Put the violation right, or decide again and write a new day."
    )
    unused = Waiver("log-retention", "log-*", "x", TODAY)
    extra = judge(broken, [*waivers, unused], today=TODAY)
    assert extra.waiver_problems == ("waiver of log-retention for log-* waives nothing. Remove it.",)
    with pytest.raises(PolicyError, match="waives nothing"):
        extra.require()


def test_parameters_of_rules() -> None:
    """Thresholds can be changed, as in policy config."""
    config = {"stream-retention-bounded": {"mostHours": 24.0}}
    assert about(judge(program(stream()), config=config), "stream-retention-bounded") == [
        "retentionPeriod is 168, above 24"
    ]


def test_advisory_rules_stop_nothing() -> None:
    """What an advisory rule says is kept apart."""
    cache = Resource(
        "urn:pulumi:stack::tap::c::cache",
        "aws:elasticache/replicationGroup:ReplicationGroup",
        "cache",
        None,
        {"engine": Literal("redis")},
    )
    judged = judge(program(cache))
    assert [item.violation.rule.id for item in judged.advisories] == ["cache-engine-durable"]


def test_undecided_is_said() -> None:
    """What only the deployment knows is neither passed nor failed."""
    value: Value = Function("Fn::ImportValue", (Literal("hours"),))
    judged = judge(program(stream(retentionPeriod=value)))
    found = {item.rule.id: item.why for item in judged.undecided}
    assert found["stream-retention-bounded"] == "retentionPeriod is no literal number"


def test_retained_and_regional() -> None:
    """Options of resources and the program's Region are judged too."""
    kept = dataclasses.replace(stream(), retain_on_delete=True)
    elsewhere = dataclasses.replace(program(kept), region="us-east-1")
    judged = judge(elsewhere)
    assert about(judged, "nothing-retained") == ["is protected from deletion, or left behind by it"]
    assert about(judged, "region-allowed") == ["the provider deploys to us-east-1"]


def test_log_group_without_retention_is_found_whatever_the_variant() -> None:
    """A violation that shows in every variant is reported once."""
    group = Resource("urn:pulumi:stack::tap::l::log", LOG_GROUP, "log", None, {})
    optional = dataclasses.replace(stream(), conditions=("HasStream",))
    assert about(judge(program(group, optional)), "log-retention") == ["retentionInDays is not given"]


def test_functions_that_the_template_brings_along_are_judged() -> None:
    """No program asks for them, and the rules judge them even so."""

    def build() -> None:
        aws.s3.Bucket("logs", force_destroy=True)

    compilation = compiled(build)
    rules = ("function-in-vpc", "function-traced", "function-ends-in-time", "log-retention")
    found = {
        (item.violation.rule.id, item.violation.resource.name)
        for item in judge(compilation.judged).violations
        if item.violation.resource and item.violation.rule.id in rules
    }
    assert found == {
        ("function-in-vpc", "lambda-empty-buckets"),
        ("function-ends-in-time", "lambda-empty-buckets"),
    }
    assert about(judge(compilation.recorded), "function-in-vpc") == []


def test_what_is_part_of_a_stack_is_not_asked_for_the_rest() -> None:
    """Rules about the stack as a whole are left out; those about its resources are not."""
    part = judge(program(stream(kmsKeyId=Literal("alias/aws/kinesis"))), whole=False)
    assert about(part, "trail-exists") == []
    assert about(part, "stream-encrypted") != []
    assert about(judge(program(stream())), "trail-exists") != []
