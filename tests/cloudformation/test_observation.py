"""Damage that no token can refuse: found because a second run, with tokens spelled otherwise, says something else."""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
import random
import re
import time
import urllib.parse
import uuid
from collections.abc import Callable
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from cloudformation.errors import CompileError
from cloudformation.graph import ListValue, Literal, MapValue, Secret, Value
from cloudformation.observation import first_difference

from .support import compiled, line, observed, properties

# Each works on plain text that a deploy-time value has become part of.
DAMAGES: dict[str, Callable[[str], Any]] = {
    "cut at the end": lambda text: text[:8],
    "cut at the front": lambda text: text[7:],
    "cut in the middle": lambda text: text[6:9],
    "last part": lambda text: text.split("-")[-1],
    "first line": lambda text: text.split(":")[0],
    "lower": lambda text: text.lower(),
    "upper": str.upper,
    "title": str.title,
    "hyphens out": lambda text: text.replace("-", ""),
    "slashes to hyphens": lambda text: text.replace("/", "-"),
    "dots out": lambda text: text.replace(".", ""),
    "letters only": lambda text: re.sub("[^A-Za-z0-9]", "", text),
    "length": lambda text: f"{len(text)}",
    "count": lambda text: f"{text.count('-')}",
    "digest": lambda text: hashlib.sha256(text.encode()).hexdigest()[:8],
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "URL quoting": lambda text: urllib.parse.quote(text, safe=""),
    "hash": lambda text: str(int(hashlib.md5(text.encode()).hexdigest(), 16) % 1000),
    "reversed": lambda text: text[::-1],
    "padded": lambda text: text.ljust(40, "x"),
    "stable uuid": lambda text: str(uuid.uuid5(uuid.NAMESPACE_DNS, text)),
    "characters as a list": lambda text: json.dumps(list(text)),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_what_was_worked_out_from_a_tokens_text_is_found(damage: str) -> None:
    """With the resource's line, the input, and both results."""

    def build() -> None:
        text = f"logs-{pulumi.Config().require('suffix')}"
        aws.sns.Topic("topic", display_name=DAMAGES[damage](text))  # here

    with pytest.raises(
        CompileError, match="'topic', displayName: is not the same each time the program runs"
    ) as caught:
        observed(build)
    assert str(caught.value).startswith(line(build))


def test_sorting_is_found() -> None:
    """The order of texts that only the deployment knows is known to it alone."""

    def build() -> None:
        config = pulumi.Config()
        names = sorted(f"{config.require(key)}" for key in ("first", "second"))
        aws.sns.Topic("topic", display_name=names[0])

    with pytest.raises(CompileError, match="is not the same each time"):
        observed(build)


def test_a_structure_that_follows_a_token_is_found() -> None:
    """A number of resources, or a list as long as a text."""

    def build() -> None:
        text = f"{pulumi.Config().require('name')}"
        for index in range(len(text) % 10):
            aws.s3.Bucket(f"bucket-{index}")

    with pytest.raises(CompileError, match=r"(an object, then nothing|nothing, then an object)"):
        observed(build)


COUNTER = itertools.count()
UNSTABLE: dict[str, Callable[[], Any]] = {
    "random number": random.random,
    "random id": lambda: uuid.uuid4().hex,
    "clock": time.perf_counter_ns,
    "counter": lambda: next(COUNTER),
}


@pytest.mark.parametrize("source", UNSTABLE)
def test_what_is_another_each_time_is_found(source: str) -> None:
    """A template with a random number in it would change with every `synth`."""
    with pytest.raises(CompileError, match="from the clock or a random number"):
        observed(lambda: aws.sns.Topic("topic", display_name=f"x-{UNSTABLE[source]()}"))


def test_outputs_are_compared_as_well() -> None:
    """What is exported is part of the template."""
    with pytest.raises(CompileError, match="output name: is not the same"):
        observed(lambda: pulumi.export("name", f"x{pulumi.Config().require('suffix')}"[:2]))


HARMLESS: dict[str, Callable[[str], Any]] = {
    "whole": lambda text: text,
    "in JSON": lambda text: json.dumps({"a": text}),
    "through JSON": lambda text: json.loads(json.dumps([text]))[0],
    "text around it replaced": lambda text: text.replace("logs", "data"),
    "its own text in front cut": lambda text: text[2:],
    "stripped": lambda text: f"  {text}\n".strip(),
    "split and joined": lambda text: ",".join([text, text]).split(",", 1)[0],
}


@pytest.mark.parametrize("use", HARMLESS)
def test_what_leaves_tokens_whole_is_no_damage(use: str) -> None:
    """Otherwise nobody could write a program. (The last one is damage, because the value may have a comma.)"""

    def build() -> None:
        text = f"logs-{pulumi.Config().require('suffix')}"
        aws.sns.Topic("topic", display_name=HARMLESS[use](text))

    if use == "split and joined":
        with pytest.raises(CompileError):
            observed(build)
    else:
        observed(build)


def test_what_the_program_prints_is_printed_once(capsys: pytest.CaptureFixture[str]) -> None:
    """However often it runs."""
    observed(lambda: print(pulumi.Config().get("a") is None))
    assert capsys.readouterr().out == "False\n"


def test_digests_and_ids_in_the_program_are_no_false_alarm() -> None:
    """They are the same in every run."""
    digest = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

    def build() -> None:
        aws.sns.Topic("topic", display_name=digest, tags={"id": "0123456789abcdef", "shell": "cat << A >> b"})

    assert properties(build, "Topic")["DisplayName"] == digest
    assert compiled(build)


@pytest.mark.parametrize(
    ("one", "two", "expected"),
    [
        (Literal("a"), Literal("a"), None),
        (Literal("a"), Literal("b"), ((), "'a'", "'b'")),
        (MapValue({"a": Literal(1)}), MapValue({"b": Literal(1)}), (("a",), "'1'", "nothing")),
        (ListValue((Literal(1), Literal(2))), ListValue((Literal(1), Literal(3))), ((1,), "'2'", "'3'")),
        (ListValue((Literal(1),)), ListValue(()), ((), "a list of 1", "a list of 0")),
        (Secret(MapValue({"a": Literal(1)})), Secret(MapValue({"a": Literal(2)})), (("a",), "'1'", "'2'")),
        (MapValue({}), Literal("x"), ((), "an object", "'x'")),
    ],
)
def test_the_first_difference_is_named(one: Value, two: Value, expected: object) -> None:
    """With its place and what stands there."""
    assert first_difference(one, two) == expected
