"""Shortcuts through the SDK's runtime record what the SDK's own way records, and step aside where they do not fit."""

from __future__ import annotations

import asyncio
import contextlib
import enum
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest
from pulumi.runtime import rpc

from cloudformation import recorder, shortcuts
from cloudformation.errors import ProgramError
from cloudformation.graph import Attribute, Concat, Literal, MapValue, Program
from cloudformation.monitor import Monitor
from cloudformation.program import part
from cloudformation.project import load_project

from .support import PROJECT, record, resource

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted(path.parent for path in (ROOT / "examples").glob("*/Pulumi.yaml"))


def both_ways(recording: Callable[[], Program]) -> list[Program]:
    """The recording with shortcuts and without; by one line of code, which is in the traces."""
    found = []
    with pytest.MonkeyPatch.context() as patch:
        for plain in (False, True):
            if plain:
                patch.setattr(shortcuts, "groups", lambda _monitor: ())
                patch.setattr(recorder, "answer_at_once", lambda _loop: None)
            found.append(recording())
    return found


def test_installed_sdk_has_what_they_stand_in_for() -> None:
    """Otherwise they would not be taken, and nobody would notice but by the time."""
    assert [group for group in shortcuts.groups(Monitor(PROJECT)) if not shortcuts.fitting(group)] == []


@pytest.mark.parametrize("folder", [ROOT, *EXAMPLES], ids=lambda folder: folder.name)
def test_whole_programs_are_recorded_alike(folder: Path) -> None:
    """Inputs, dependencies, lines, components, parameters and outputs."""
    project = load_project(folder)
    short, plain = both_ways(lambda: recorder.record(project))
    assert short == plain


class _Component(pulumi.ComponentResource):
    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("tests:index:Component", name, None, opts)
        self.queue = aws.sqs.Queue(f"{name}-queue", opts=pulumi.ResourceOptions(parent=self))
        self.register_outputs({"arn": self.queue.arn})


def _reads_outputs_in_every_way() -> None:
    config = pulumi.Config()
    topic = aws.sns.Topic("topic", name=pulumi.Output.concat("t-", config.require("suffix")))
    component = _Component("part")
    late = topic.arn.apply(lambda arn: f"{arn}/{config.require('suffix')}")
    nested = pulumi.Output.all({"a": [topic.name, 1]}, topic).apply(lambda items: items[0]["a"][0])
    cluster = aws.rds.Cluster("cluster", manage_master_user_password=True, engine="aurora-postgresql")
    pulumi.export("late", late)
    pulumi.export("nested", nested)
    pulumi.export("input", topic.name)
    pulumi.export("missing", topic.display_name)
    pulumi.export("queue", component.queue.id)
    pulumi.export("member", cluster.master_user_secrets.apply(lambda secrets: secrets[0].secret_arn))
    pulumi.export("secret", pulumi.Output.unsecret(pulumi.Output.secret(topic.arn)))
    pulumi.export("json", pulumi.Output.json_dumps({"arn": topic.arn, "n": 1, "none": None}))
    made = aws.sqs.Queue("made", name=late, opts=pulumi.ResourceOptions(depends_on=[component, topic]))
    topic.arn.apply(lambda arn: aws.sqs.Queue("inside", tags={"arn": arn, "made": made.arn}))


def test_outputs_are_the_same() -> None:
    """Whichever way a program reads them."""
    short, plain = both_ways(lambda: record(_reads_outputs_in_every_way))
    assert short == plain
    assert {"made", "inside"} <= {item.name for item in short.resources.values()}


def test_functions_of_outputs_run_after_the_program() -> None:
    """As in Pulumi: what they read of the program's variables is what these hold at its end."""

    def build() -> None:
        word = "first"
        topic = aws.sns.Topic("topic")
        pulumi.export("said", topic.arn.apply(lambda arn: f"{word} {arn}"))
        word = "last"

    program = record(build)
    arn = Attribute(resource(program, "topic").urn, ("arn",))
    assert program.outputs[0].value == Concat((Literal("last "), arn))


def test_output_may_be_read_before_its_resource_is_registered() -> None:
    """What waits for it goes on when it is."""

    def build() -> None:
        topic = aws.sns.Topic("topic", display_name=pulumi.Output.from_input(asyncio.sleep(0.01, "slow")))
        pulumi.export("name", topic.display_name.future())

    assert record(build).outputs[0].value == Literal("slow")


def test_failed_registration_fails_what_reads_its_outputs() -> None:
    """One error, of the resource and its line."""

    def build() -> None:
        bad = aws.sns.Topic("topic", display_name=pulumi.Output.from_input("x").apply(lambda _: 1 / 0))
        aws.sqs.Queue("queue", name=bad.arn)

    with pytest.raises(ProgramError, match="ZeroDivisionError"):
        record(build)


def test_group_is_left_out_when_a_function_has_other_parameters(monkeypatch: pytest.MonkeyPatch) -> None:
    """All of the group, also for a function that it only leans on; the SDK's own way takes over."""
    original = rpc.resolve_outputs

    def changed(*args: Any, **kwargs: Any) -> Any:
        return original(*args, **kwargs)

    monkeypatch.setattr(rpc, "resolve_outputs", changed)
    left_out = [group for group in shortcuts.groups(Monitor(PROJECT)) if not shortcuts.fitting(group)]
    assert [group[0].name for group in left_out] == ["register_resource"]
    short, plain = both_ways(lambda: record(_reads_outputs_in_every_way))
    assert short == plain


class _Unlike(enum.StrEnum):
    ONE = "one"


class _WithInputs(pulumi.ComponentResource):
    def __init__(self, name: str, inputs: dict[str, Any], resource_type: str = "tests:index:WithInputs") -> None:
        super().__init__(resource_type, name, inputs)
        self.register_outputs({})


class _Translating(_WithInputs):
    def translate_input_property(self, prop: str) -> str:
        return prop.upper()


def _gives_inputs_of_every_kind() -> None:
    topic = aws.sns.Topic("topic", name="a-name")
    other = aws.sns.Topic("other", display_name=_Unlike.ONE, tags={"é": "ü", "none": pulumi.Output.from_input(None)})
    aws.ec2.SecurityGroup(
        "group",
        name=topic.name.apply(lambda _: None),
        vpc_id=pulumi.Output.secret("vpc-1"),
        ingress=[
            aws.ec2.SecurityGroupIngressArgs(from_port=1, to_port=2.0, protocol="tcp", cidr_blocks=("10.0.0.0/8",)),
            {"from_port": topic.arn.apply(lambda _: 3), "to_port": 4, "protocol": "tcp", "self": True},
        ],
        tags=types.MappingProxyType({"b": topic.arn, "a": "x"}),
    )
    aws.lambda_.Function(
        "function",
        role=pulumi.Output.secret(topic.arn),
        code=pulumi.AssetArchive({"index.py": pulumi.StringAsset("pass")}),
        environment={"variables": {"some_name": "kept", "topic": topic.arn}},
        tags=pulumi.Output.all(arn=topic.arn, name=other.name),
    )
    aws.sqs.Queue("waits", policy=pulumi.Output.json_dumps({"a": [topic.arn]}, indent=1), name=asyncio.sleep(0, "late"))
    aws.sqs.Queue(
        "options",
        opts=pulumi.ResourceOptions(
            protect=True,
            ignore_changes=["delay_seconds"],
            depends_on=[topic, _Component("made")],
            additional_secret_outputs=["url"],
            custom_timeouts=pulumi.CustomTimeouts(create="1m"),
            aliases=[pulumi.Alias(name="old")],
            delete_before_replace=False,
            retain_on_delete=False,
            replace_on_changes=["name"],
            hide_diffs=["tags"],
        ),
    )
    aws.sqs.Queue("timed", opts=pulumi.ResourceOptions(custom_timeouts={"create": "1m"}, deleted_with=topic))  # type: ignore[arg-type]
    cluster = aws.rds.Cluster("cluster", manage_master_user_password=True, engine="aurora-postgresql")
    aws.sqs.Queue("made-of-a-list", policy=pulumi.Output.json_dumps({"all": cluster.master_user_secrets}))
    pulumi.export("parts", [cluster.master_user_secrets[0].secret_arn, part(topic.arn, ":", 5)])
    west = aws.Provider("west", region="eu-west-1")
    aws.sqs.Queue("provided", opts=pulumi.ResourceOptions(provider=west))
    _Component("handing-down", pulumi.ResourceOptions(providers=[west]))
    pulumi.export("code", aws.lambda_.Function("other", role="r", code=pulumi.FileArchive("tests")).code)
    with_inputs = _WithInputs("with-inputs", {"some_name": topic.arn, "nested": {"a_b": [1, None]}})
    _Translating("translating", {"some_name": topic.arn})
    pulumi.export("given", [vars(with_inputs)["some_name"], vars(with_inputs)["nested"]])
    pulumi.export("text", pulumi.Output.concat("a", topic.arn, pulumi.Output.format("{}-{}", 1, other.arn)))


def test_inputs_are_the_same() -> None:
    """Of every kind, and with every kind of option."""
    short, plain = both_ways(lambda: record(_gives_inputs_of_every_kind))
    assert short == plain
    names = [item.name for item in short.resources.values()]
    assert {"group", "function", "waits", "options", "provided"} <= set(names)


def test_program_may_change_what_it_has_handed_over() -> None:
    """As in Pulumi, where a resource is registered when the program gives way."""

    def build() -> None:
        tags = {"a": "1"}
        aws.sns.Topic("topic", tags=tags)
        tags["b"] = "2"

    short, plain = both_ways(lambda: record(build))
    assert short == plain
    assert resource(short, "topic").inputs["tags"] == MapValue({"a": Literal("1"), "b": Literal("2")})


def test_program_cannot_swallow_a_refusal() -> None:
    """The others are registered all the same, as in Pulumi; the recording fails."""
    made: list[str] = []

    def build() -> None:
        with contextlib.suppress(Exception):
            aws.sns.Topic("topic", display_name="one")
            aws.sns.Topic("topic", display_name="two")
        aws.sqs.Queue("after", name="q").name.apply(lambda _: made.append("after"))

    with pytest.raises(ProgramError, match="registered twice"):
        record(build)
    assert made == ["after"]


def test_input_that_cannot_be_sent_names_its_resource() -> None:
    """In the SDK's own words, with the line."""

    def build() -> None:
        aws.sns.Topic("topic", tags={"a": object()})  # type: ignore[dict-item]

    with pytest.raises(ProgramError, match=r"(?s)'topic': .*unexpected input of type object") as caught:
        record(build)
    assert caught.value.position


def test_component_that_waits_for_itself_is_reported() -> None:
    """Instead of waiting for ever."""

    def build() -> None:
        component = _Component("part")
        aws.sqs.Queue("inner", opts=pulumi.ResourceOptions(parent=component, depends_on=[component]))

    with pytest.raises(ProgramError, match="circular dependency"):
        record(build)


def _in_the_sdk() -> list[object]:
    """What stands in the SDK where shortcuts are taken."""
    return [vars(item.owner)[item.name] for group in shortcuts.groups(Monitor(PROJECT)) for item in group]


def test_sdk_is_as_before_afterwards() -> None:
    """Also when the program fails."""
    before = _in_the_sdk()

    def build() -> None:
        raise ValueError("no")

    with pytest.raises(ProgramError):
        record(build)
    assert _in_the_sdk() == before


def test_blocking_work_of_the_program_still_gets_a_thread() -> None:
    """Only the SDK's calls of the monitor are made at once."""

    def build() -> None:
        loop = asyncio.get_running_loop()

        def work() -> str:
            return asyncio.run_coroutine_threadsafe(asyncio.sleep(0, "done"), loop).result(timeout=5)

        pulumi.export("work", loop.run_in_executor(None, work))

    assert record(build).outputs[0].value == Literal("done")
