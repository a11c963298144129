"""Damage that no token can refuse: found because a second run, with tokens spelled otherwise, says something else."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import itertools
import json
import pickle
import random
import re
import time
import urllib.parse
import uuid
from collections.abc import Callable, Collection, Iterator
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from cloudformation.errors import CompileError, ProgramError
from cloudformation.graph import ListValue, Literal, MapValue, Program, Secret, Value
from cloudformation.observation import _carefully, first_difference, observe
from cloudformation.parallel import UnfinishedError
from cloudformation.tokens import OTHER, PLAIN, Spelling

from .support import compiled, line, observed, properties, record

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


class _Counted:
    """Runs a function as a program, and keeps how often and how."""

    def __init__(self, build: Callable[[], object]) -> None:
        self._build = build
        self.runs: list[tuple[tuple[str, ...], bool]] = []

    def __call__(self, *, without: Collection[str] = (), spelling: Spelling = PLAIN) -> Program:
        self.runs.append((tuple(without), spelling is OTHER))
        return record(self._build, without=without, spelling=spelling)


def _two_settings(inside: Callable[[Collection[str], str], object]) -> Callable[[], None]:
    """A program that knows which of two optional settings are given, and has text with a token in it."""

    def build() -> None:
        config = pulumi.Config()
        given = [key for key in ("first", "second") if config.get(key) is not None]
        inside(given, f"logs-{config.require('suffix')}")

    return build


def _said(program: Program) -> object:
    """A program without its lines: those of this file depend on who records."""
    return {urn: (item.inputs, item.conditions) for urn, item in program.resources.items()}, program.parameters


def _topic(name: str, text: str) -> None:
    aws.sns.Topic(name, display_name=text)


SPELLED: dict[str, Callable[[Collection[str], str], object]] = {
    "always": lambda _, text: _topic("topic", text[:8]),
    "only with the first": lambda given, text: "first" in given and _topic("topic", text[:8]),
    "only without the first": lambda given, text: "first" in given or _topic("topic", text[:8]),
    "only with both": lambda given, text: len(given) == 2 and _topic("topic", text[:8]),
    "other text without the second": lambda given, text: _topic("topic", text if "second" in given else text[:8]),
}


@pytest.mark.parametrize("where", SPELLED)
def test_damage_is_found_on_either_side_of_optional_settings(where: str) -> None:
    """The same runs answer both questions, and one answer must not hide the other."""
    with pytest.raises(CompileError, match="displayName: is not the same each time"):
        observe(_Counted(_two_settings(SPELLED[where])))


@pytest.mark.parametrize("given", [True, False])
def test_damage_is_found_on_either_side_of_a_single_setting(given: bool) -> None:
    """What is made only without it is spelled in both ways as well."""

    def build() -> None:
        config = pulumi.Config()
        if (config.get("only") is not None) == given:
            _topic("topic", f"logs-{config.require('suffix')}"[:8])

    with pytest.raises(CompileError, match="displayName: is not the same each time"):
        observe(_Counted(build))


CLEAN: dict[str, Callable[[Collection[str], str], object]] = {
    "no condition": lambda _, text: _topic("topic", text),
    "one each": lambda given, text: [_topic(name, text) for name in given],
    "a text for either case": lambda given, text: _topic("topic", f"{text}-{'with' if 'first' in given else 'out'}"),
}


@pytest.mark.parametrize("what", CLEAN)
def test_four_runs_are_enough_for_two_settings(what: str) -> None:
    """Complete; without each, spelled otherwise; without both."""
    counted = _Counted(_two_settings(CLEAN[what]))
    quick = observe(counted)
    assert sorted(counted.runs[1:]) == [((), False), (("First",), True), (("Second",), True)]
    assert _said(quick) == _said(_carefully(counted(), counted))


def test_what_depends_on_both_settings_costs_more_runs() -> None:
    """It could be a token's text as well, so both questions are asked one by one."""
    counted = _Counted(_two_settings(lambda given, text: len(given) == 2 and _topic("topic", text)))
    [topic] = observe(counted).resources.values()
    assert topic.conditions == ("HasFirst", "HasSecond")
    assert ((), True) in counted.runs


def test_runs_are_divided_between_two_processes() -> None:
    """What is run beside needs nothing of what is run here, and the result is the same."""

    @contextlib.contextmanager
    def beside(function: Callable[[], Any]) -> Iterator[Callable[[], Any]]:
        result = pickle.loads(pickle.dumps(function()))
        yield lambda: result

    for what in CLEAN.values():
        build = _two_settings(what)
        assert _said(observe(_Counted(build), beside)) == _said(observe(_Counted(build)))


@pytest.mark.parametrize("failing", [UnfinishedError, ProgramError])
def test_failure_beside_is_no_failure_here(failing: type[Exception]) -> None:
    """Whatever it was, the runs are made here, where an error gets its line."""

    @contextlib.contextmanager
    def beside(_function: Callable[[], Any]) -> Iterator[Callable[[], Any]]:
        def result() -> Any:
            raise failing("no")

        yield result

    build = _two_settings(CLEAN["one each"])
    assert _said(observe(_Counted(build), beside)) == _said(observe(_Counted(build)))
