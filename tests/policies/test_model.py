"""Values that nobody knows yet, settings, and references."""

from __future__ import annotations

import pytest

from policies.checks import at_least, customer_key, one_of, setting_admits, true
from policies.model import (
    CannotKnow,
    Check,
    Context,
    Limits,
    Resource,
    Rule,
    Setting,
    Severity,
    Stack,
    Text,
    Undecided,
    Unknown,
    Violation,
    judge,
)

KEY_URN = "urn:pulumi:dev::tap::aws:kms/key:Key::data"
DAYS = "retentionInDays"


def resource(**props: object) -> Resource:
    return Resource("aws:cloudwatch/logGroup:LogGroup", "log", "urn:pulumi:dev::tap::x::log", props)


def findings(check: Check, subject: Resource) -> list[object]:
    rule = Rule("some-rule", "Title.", Severity.LOW, "Remedy.", types=(subject.type,), check=check)
    return list(judge(rule, subject, Context(Stack([subject]))))


@pytest.mark.parametrize(
    ("limits", "messages"),
    [
        (Limits(minimum=365), []),
        (Limits(allowed=(400, 731)), []),
        (Limits(minimum=30, maximum=400), ["setting Days of retentionInDays may be 30, below 365"]),
        (Limits(allowed=(30, 400)), ["setting Days of retentionInDays may be 30, below 365"]),
        (Limits(), ["setting Days of retentionInDays has no lower limit, and must not be below 365"]),
    ],
)
def test_rule_holds_for_every_value_of_a_setting(limits: Limits, messages: list[str]) -> None:
    """A setting passes when all that it may be passes; what nothing limits may be anything."""
    found = findings(at_least(DAYS, 365), resource(retentionInDays=Setting.of("Days", limits)))
    assert [item.message for item in found if isinstance(item, Violation)] == messages


@pytest.mark.parametrize(
    ("limits", "admitted"),
    [
        (Limits(pattern=r"[a-z]+:\d+"), False),
        (Limits(pattern=r".*"), True),
        (Limits(allowed=("app:1",)), False),
        (Limits(), True),
        (Limits(pattern="[a-"), True),
    ],
)
def test_what_a_setting_admits(limits: Limits, admitted: bool) -> None:
    """A setting admits an example that its pattern or its list admits."""
    assert setting_admits(Setting.of("Image", limits), "app:latest") is admitted


@pytest.mark.parametrize(
    ("value", "kind"), [("text", Violation), ([1], Violation), (5, Violation), (Text("${Queue.Arn}"), Undecided)]
)
def test_odd_shape_does_not_pass(value: object, kind: type) -> None:
    """Where an object should be and something else is, a rule finds fault, unless it is not known yet."""

    def check(subject: Resource, _: Context):  # type: ignore[no-untyped-def]
        yield from subject.known("settings").get("faults", ())

    assert [type(item) for item in findings(check, resource(settings=value))] == [kind]
    assert findings(check, resource(settings={})) == []


@pytest.mark.parametrize("check", [true("flag"), one_of("flag", "ON"), at_least("flag", 1)])
def test_unknown_value_is_undecided(check: Check) -> None:
    """What is not known yet neither passes nor fails."""
    [found] = findings(check, resource(flag=Unknown("flag is known only after the deployment")))
    assert isinstance(found, Undecided)
    assert found.why == "flag is known only after the deployment"


def test_violations_before_an_unknown_value_are_kept() -> None:
    """A rule that finds something and then meets an unknown value reports both."""

    def check(subject: Resource, _: Context):  # type: ignore[no-untyped-def]
        yield "something is wrong"
        subject.known("later")

    kinds = [type(item) for item in findings(check, resource(later=Unknown("later")))]
    assert kinds == [Violation, Undecided]


@pytest.mark.parametrize("operation", [bool, len, list, lambda value: value == 1, lambda value: value < 1])
def test_unknown_value_cannot_be_decided_on(operation: object) -> None:
    """No operation on an unknown value gives an answer by accident."""
    with pytest.raises(CannotKnow, match="the port"):
        operation(Unknown("the port"))  # type: ignore[operator]


@pytest.mark.parametrize(
    ("value", "messages"),
    [
        (Text("${data.arn}", frozenset({KEY_URN})), []),
        (Unknown("the key"), []),
        ("arn:aws:kms:eu-west-1:1:key/1", []),
        (
            Text("${bucket.arn}", frozenset({"urn:pulumi:dev::tap::aws:s3/bucket:Bucket::b"})),
            ["kmsKeyId is no KMS key"],
        ),
        ("alias/aws/logs", ["kmsKeyId is a key that AWS manages"]),
        ("arn:aws:kms:eu-west-1:1:alias/aws/logs", ["kmsKeyId is a key that AWS manages"]),
        (None, ["kmsKeyId is not given, so a key that AWS manages is used"]),
    ],
)
def test_customer_key(value: object, messages: list[str]) -> None:
    """A key counts as the customer's unless it is AWS's, or is no key at all."""
    found = findings(customer_key("kmsKeyId"), resource(kmsKeyId=value))
    assert [item.message for item in found if isinstance(item, Violation)] == messages


def test_references_of_one_value() -> None:
    """A recorded program knows for each value what it is made from; the engine only for whole inputs."""
    key = Resource("aws:kms/key:Key", "data", KEY_URN, {"arn": "arn:data"})
    other = Resource("aws:kms/key:Key", "logs", KEY_URN.replace("data", "logs"), {"arn": "arn:logs"})
    both = {"configuration": frozenset({key.urn, other.urn})}
    exact = {"configuration": {"a": Text("${data.arn}", frozenset({key.urn})), "b": "arn:logs"}}
    subject = Resource("aws:ecs/cluster:Cluster", "ecs", "urn:pulumi:dev::tap::c::ecs", exact, both)
    stack = Stack([key, other, subject])
    assert stack.linked(subject, "configuration.a", "aws:kms/key:Key") == [key]
    assert stack.linked(subject, "configuration.b", "aws:kms/key:Key") == [other]
    stack.linked(subject, "configuration.b", "aws:kms/key:Key").clear()
    assert stack.linked(subject, "configuration.b", "aws:kms/key:Key") == [other], "who asks may change the answer"
    assert stack.users(key) == [subject]


@pytest.mark.parametrize(
    ("path", "value"),
    [("a.b[1].c", 3), ("a.b[9].c", None), ("a.x", None), ("list[0]", "first"), ("a.b[0]", {"c": 2})],
)
def test_values_by_path(path: str, value: object) -> None:
    """Paths lead through maps and lists; what is not there is nothing."""
    assert resource(a={"b": [{"c": 2}, {"c": 3}]}, list=["first"]).get(path) == value
