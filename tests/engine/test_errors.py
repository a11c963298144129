"""How errors of a program and refused resources are reported."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from .conftest import FIXTURES
from .engine import Engine
from .results import EngineError, OperationTimeoutError, ProgramError, ResourceError

Start = Callable[..., Engine]


def test_preview_names_every_refused_resource(start: Start) -> None:
    """One preview tells all that is wrong: type, name, line, input, and what belongs there; and goes on past it."""
    with pytest.raises(ResourceError) as caught:
        start("refused.py").preview()
    said = str(caught.value)
    for expected in (
        "rules[0].applyServerSideEncryptionByDefault.kmsMasterKey: there is no such input; did you mean",
        "BucketServerSideEncryptionConfiguration 'unknown-nested' (" + str(FIXTURES / "refused.py:7") + ")",
        "aws:s3/bucket:Bucket 'unknown': refused by the provider:\n  bucketName: there is no such input",
        "aws:s3/bucketPolicy:BucketPolicy 'missing': refused by the provider:\n  policy: this input is required",
        "visibilityTimeoutSeconds: a whole number is expected, not '30'.",
        "pulumi_aws has no resource type 'aws:sqs/lake:Lake'.",
        "there is no provider double for the package 'random'",
        "uses import_, which this engine does not do.",
        "duplicate URN urn:pulumi:dev::refused::aws:sqs/queue:Queue::twice",
    ):
        assert expected in said
    assert caught.value.result.step("good").op == "create"


def test_up_stops_at_the_first_refusal(start: Start) -> None:
    """A real deployment ends at the first refused resource, and says only that."""
    engine = start("refused.py")
    with pytest.raises(ResourceError) as caught:
        engine.up()
    suspects = ("unknown-nested", "unknown", "missing", "mistyped", "no-such-type", "imported", "twice")
    named = [name for name in suspects if f"'{name}'" in str(caught.value)]
    assert len(named) + str(caught.value).count("the package 'random'") == 1
    assert {event.name for event in engine.cloud.events} <= {"good", "twice"}


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ("raise", "ValueError: the spec has no stages.\nAdd one. (" + str(FIXTURES / "failing.py:11") + ")"),
        ("apply", "AttributeError: 'str' object has no attribute 'no_such_method'"),
        ("text", "Calling __str__ on an Output[T] is not supported"),
        ("invoke", "the provider double does not answer aws:sqs/getQueue:getQueue; it answers aws:index/"),
        ("exit", "the program ended with exit code 3 and without a message"),
    ],
)
def test_program_errors_carry_the_programs_message(start: Start, how: str, message: str) -> None:
    """Whatever a program raises, and wherever, arrives as one exception with its own words."""
    with pytest.raises(ProgramError) as caught:
        start("failing.py", config={"how": how}).preview()
    assert message in str(caught.value)


def test_missing_configuration_is_named(start: Start) -> None:
    """A setting that the program requires, and a provider without region, are reported as what they are."""
    with pytest.raises(ProgramError, match="Missing required configuration variable 'failing:how'"):
        start("failing.py").preview()
    with pytest.raises(ResourceError, match=r"default provider of 'aws': refused by the provider:\s+region: a region"):
        start("chain.py", config={"aws:region": ""}).preview()


def test_program_that_does_not_end(start: Start) -> None:
    """A program that hangs is ended, and the error says so."""
    engine = start("failing.py", config={"how": "sleep"}, timeout=2.0)
    with pytest.raises(OperationTimeoutError, match="did not end within 2 s"):
        engine.up()


def test_no_program(start: Start) -> None:
    """A path without a program is an error, not an empty stack."""
    with pytest.raises(EngineError, match=r"neither a Python file nor a folder with a __main__\.py"):
        start("nowhere").preview()
