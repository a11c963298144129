"""The contract with the pinned Pulumi SDK: what a registration tells, and that one recording leaves nothing behind.

The recorder and the monitor use parts of the SDK that are not public. A new version of it must pass these tests.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable
from pathlib import Path

import pulumi
import pulumi_aws as aws
import pytest

from cloudformation.errors import CloudFormationError, ProgramError, TokenError
from cloudformation.graph import Attribute, Concat, ListValue, Literal, MapValue, Pseudo, Secret
from cloudformation.project import Project
from cloudformation.recorder import record as record_folder
from cloudformation.tokens import Token

from .support import PROJECT, compiled, line, project, record, resource


class Pair(pulumi.ComponentResource):
    """Two buckets."""

    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("test:pair:Pair", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        self.first = aws.s3.Bucket(f"{name}-first", opts=child)
        self.second = aws.s3.Bucket(f"{name}-second", opts=child)
        self.register_outputs({"first": self.first.arn})


def test_a_registration_tells_type_name_inputs_and_position() -> None:
    """Inputs have Pulumi's own names; the position is the line of the constructor's call."""

    def build() -> None:
        aws.s3.Bucket("logs", force_destroy=True, tags={"a": "b"})  # here

    (bucket,) = record(build).resources.values()
    assert (bucket.type, bucket.name, bucket.parent) == ("aws:s3/bucket:Bucket", "logs", None)
    assert bucket.inputs == {"forceDestroy": Literal(True), "tags": MapValue({"a": Literal("b")})}
    assert str(bucket.position) == line(build)
    assert bucket.custom


def test_components_are_parents() -> None:
    """A component's children name it; its docstring's first line is its summary."""
    program = record(lambda: Pair("x"))
    (component,) = program.components.values()
    assert (component.name, component.summary, component.custom) == ("x", "Two buckets.", False)
    assert {item.parent for item in program.resources.values()} == {component.urn}


def test_outputs_become_references() -> None:
    """Whole, in text, in JSON, and through ``apply``: wherever an output goes, the reference goes."""

    def build() -> None:
        bucket = aws.s3.Bucket("logs")
        arns = pulumi.Output.all(bucket.arn, bucket.id)
        aws.sns.Topic(
            "topic",
            name=bucket.id,
            display_name=pulumi.Output.concat("a-", bucket.id),
            policy=pulumi.Output.json_dumps({"x": [bucket.arn]}),
            delivery_policy=arns.apply(lambda both: json.dumps({"y": both})),
            signature_version=pulumi.Output.format("{0}{1}", "v", bucket.id),  # type: ignore[arg-type]
        )

    program = record(build)
    urn = resource(program, "logs").urn
    arn, identity = Attribute(urn, ("arn",)), Attribute(urn, ("id",))
    inputs = resource(program, "topic").inputs
    assert inputs["name"] == identity
    assert inputs["displayName"] == Concat((Literal("a-"), identity))
    assert inputs["policy"] == Concat((Literal('{"x": ["'), arn, Literal('"]}')))
    assert inputs["deliveryPolicy"] == Concat((Literal('{"y": ["'), arn, Literal('", "'), identity, Literal('"]}')))
    assert inputs["signatureVersion"] == Concat((Literal("v"), identity))
    assert resource(program, "topic").dependencies == (urn,)


def test_an_output_that_is_an_input_too_keeps_its_value() -> None:
    """What the program gave a resource comes back, so that nothing refers to it in vain."""

    def build() -> None:
        group = aws.ec2.SecurityGroup("a", description="for all", vpc_id="vpc-1")
        aws.sns.Topic("topic", display_name=group.description)

    assert resource(record(build), "topic").inputs["displayName"] == Literal("for all")


def test_depends_on_a_resource_and_a_component() -> None:
    """A component stands for all of its children."""

    def build() -> None:
        pair = Pair("pair")
        topic = aws.sns.Topic("topic")
        aws.s3.Bucket("last", opts=pulumi.ResourceOptions(depends_on=[pair, topic]))

    program = record(build)
    names = ("pair-first", "pair-second", "topic")
    custom = {urn for urn in resource(program, "last").dependencies if urn in program.resources}
    assert custom == {resource(program, name).urn for name in names}


def test_options_that_the_template_carries() -> None:
    """``ignore_changes``, ``protect`` and ``retain_on_delete``; what else was given is noted by name."""

    def build() -> None:
        aws.s3.Bucket("a", opts=pulumi.ResourceOptions(ignore_changes=["force_destroy", "tags"]))
        aws.s3.Bucket("b", opts=pulumi.ResourceOptions(protect=True))
        aws.s3.Bucket("c", opts=pulumi.ResourceOptions(retain_on_delete=True, delete_before_replace=True))

    program = record(build)
    assert resource(program, "a").ignore_changes == ("forceDestroy", "tags")
    assert resource(program, "b").retain_on_delete
    assert resource(program, "c").retain_on_delete
    assert [resource(program, name).options for name in "abc"] == [
        ("ignore_changes",),
        ("protect",),
        ("retain_on_delete", "delete_before_replace"),
    ]


def test_secrets_stay_marked() -> None:
    """A secret input is one in the graph, and a secret output stays one wherever it goes."""

    def build() -> None:
        options = pulumi.ResourceOptions(additional_secret_outputs=["arn"])
        topic = aws.sns.Topic("topic", display_name=pulumi.Output.secret("x"), opts=options)
        aws.s3.Bucket("logs", bucket=topic.arn)

    program = record(build)
    assert resource(program, "topic").inputs["displayName"] == Secret(Literal("x"))
    assert resource(program, "logs").inputs["bucket"] == Secret(Attribute(resource(program, "topic").urn, ("arn",)))


def test_assets_keep_their_text() -> None:
    """An archive arrives as the files in it, and passes through a resource without harm."""

    def build() -> None:
        code = pulumi.AssetArchive({"index.py": pulumi.StringAsset("print(1)")})
        function = aws.lambda_.Function("f", role="arn", code=code, handler="index.handler", runtime="python3.13")
        aws.sns.Topic("topic", display_name=function.name)

    code = resource(record(build), "f").inputs["code"]
    assert isinstance(code, MapValue)
    files = code.items["assets"]
    assert isinstance(files, MapValue)
    file = files.items["index.py"]
    assert isinstance(file, MapValue)
    assert file.items["text"] == Literal("print(1)")


def test_exports_are_outputs_in_the_order_of_their_names() -> None:
    """Whatever their values are made of."""

    def build() -> None:
        bucket = aws.s3.Bucket("logs")
        pulumi.export("b", bucket.arn)
        pulumi.export("a", [bucket.id, 1, True])

    first, second = record(build).outputs
    assert isinstance(first.value, ListValue)
    assert first.value.items[1:] == (Literal(1), Literal(True))
    assert isinstance(second.value, Attribute)


def test_an_asynchronous_program() -> None:
    """``pulumi.run`` waits for it, and exports what it returns."""

    async def main() -> dict[str, pulumi.Output[str]]:
        await asyncio.sleep(0)
        return {"arn": aws.s3.Bucket("logs").arn}

    program = record(lambda: pulumi.run(main))
    assert [output.name for output in program.outputs] == ["arn"]
    assert resource(program, "logs")


def test_numbers_are_whole_again() -> None:
    """The wire knows only floating-point numbers."""

    def build() -> None:
        aws.cloudwatch.MetricAlarm(
            "a", comparison_operator="GreaterThanThreshold", evaluation_periods=3, threshold=0.5, period=60
        )

    inputs = record(build).resources.popitem()[1].inputs  # type: ignore[attr-defined]
    assert inputs["evaluationPeriods"] == Literal(3)
    assert isinstance(inputs["evaluationPeriods"].value, int)
    assert inputs["threshold"] == Literal(0.5)


def test_legacy_transformations_are_recorded_as_what_they_make() -> None:
    """They run in the program itself: of one resource, of a component's children, and of the whole stack."""

    def tagged(arguments: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult:
        return pulumi.ResourceTransformationResult({**arguments.props, "tags": {"a": "b"}}, arguments.opts)

    def build() -> None:
        aws.s3.Bucket("own", opts=pulumi.ResourceOptions(transformations=[tagged]))
        Pair("pair", pulumi.ResourceOptions(transformations=[tagged]))
        aws.s3.Bucket("plain")
        pulumi.runtime.register_stack_transformation(tagged)
        aws.s3.Bucket("late")

    program = record(build)
    names = {item.name for item in program.resources.values() if "tags" in item.inputs}
    assert names == {"own", "pair-first", "pair-second", "late"}


def test_the_order_is_the_programs_own() -> None:
    """Resources come as the program reads, numbers within names as numbers, whatever arrives first."""

    def build() -> None:
        for number in (10, 9, 1):
            aws.sns.Topic(f"topic-{number}")
        aws.s3.Bucket("last")

    names = [item.name for item in record(build).resources.values()]
    assert names == ["topic-1", "topic-9", "topic-10", "last"]


def test_a_second_recording_is_independent_of_the_first() -> None:
    """Exports, settings, registrations, transformations and failures of one recording do not reach another."""

    def first() -> None:
        pulumi.runtime.register_stack_transformation(
            lambda args: pulumi.ResourceTransformationResult({**args.props, "tags": {"a": "b"}}, args.opts)
        )
        pulumi.Config().require("key")
        pulumi.export("x", aws.s3.Bucket("a").arn)

    def failing() -> None:
        first()
        raise RuntimeError

    def second() -> None:
        aws.s3.Bucket("a")

    programs = []
    for before in (lambda: None, first, failing):
        with contextlib.suppress(ProgramError):
            record(before)
        programs.append(record(second))
    assert programs[0] == programs[1] == programs[2]


def test_a_recording_leaves_the_process_as_it_was() -> None:
    """Environment, SDK, threads and event loop are as before, also after a failure."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    environment, methods, threads = dict(os.environ), dict(vars(pulumi.Config)), threading.active_count()

    def failing() -> None:
        aws.s3.Bucket("a").arn.apply(lambda arn: arn.split(":"))

    for build in (lambda: Pair("x"), failing):
        try:
            record(build)
        except TokenError:
            assert build is failing
    assert dict(os.environ) == environment
    assert dict(vars(pulumi.Config)) == methods
    assert threading.active_count() == threads
    assert asyncio.get_event_loop_policy().get_event_loop() is loop
    loop.close()
    asyncio.set_event_loop(None)


def test_the_environment_does_not_choose_the_region(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same program gives the same template on every machine."""
    monkeypatch.setenv("AWS_REGION", "us-east-1")

    def build() -> None:
        provider = aws.Provider("p")
        aws.s3.Bucket("a", opts=pulumi.ResourceOptions(provider=provider))

    assert len(record(build).resources) == 1


def test_the_stack_has_the_name_that_the_deployment_gives_it() -> None:
    """``pulumi.get_stack()`` is a token; the project's name is known."""

    def build() -> None:
        aws.sns.Topic("topic", name=f"{pulumi.get_project()}-{pulumi.get_stack()}")

    assert record(build).resources.popitem()[1].inputs["name"] == Concat(  # type: ignore[attr-defined]
        (Literal("demo-"), Pseudo("AWS::StackName"))
    )


def test_the_organization_is_nothing_that_a_template_knows() -> None:
    """It is no None that would become text."""

    def build() -> None:
        aws.sns.Topic("topic", name=f"x-{pulumi.get_organization()}")

    with pytest.raises(CloudFormationError, match=r"of pulumi\.get_organization\(\), which a template cannot know"):
        compiled(build)


def _apply_split() -> None:
    bucket = aws.s3.Bucket("a")
    aws.s3.Bucket("b", bucket=bucket.arn.apply(lambda arn: arn.split(":")[-1]))  # here


def _lower_in_apply() -> None:
    bucket = aws.s3.Bucket("a")
    pulumi.export("x", bucket.id.apply(lambda name: name.lower()))  # here


def _length_in_apply() -> None:
    buckets = [aws.s3.Bucket("a"), aws.s3.Bucket("b")]
    names = pulumi.Output.all(*[bucket.id for bucket in buckets])
    pulumi.export("x", names.apply(lambda all_of_them: len(all_of_them[0])))  # here


def _fails_in_apply() -> None:
    bucket = aws.s3.Bucket("a")
    pulumi.export("x", bucket.id.apply(lambda name: {"dev": 1}[f"{name}"]))  # here


def _str_of_output() -> None:
    bucket = aws.s3.Bucket("a")
    aws.s3.Bucket("b", bucket=f"{bucket.id}-copy")  # here


def _branch_on_the_stack() -> None:
    if pulumi.get_stack() == "prod":  # here
        aws.s3.Bucket("a")


def _count() -> None:
    for index in range(pulumi.Config().require_int("count")):  # here
        aws.s3.Bucket(f"a-{index}")


def _number_output() -> None:
    queue = aws.sqs.Queue("q")
    pulumi.export("twice", queue.visibility_timeout_seconds.apply(lambda seconds: (seconds or 0) * 2))  # here


@pytest.mark.parametrize(
    "build",
    [_apply_split, _lower_in_apply, _length_in_apply, _str_of_output, _branch_on_the_stack, _count, _number_output],
    ids=lambda build: build.__name__,
)
def test_damage_is_found_at_the_line_that_does_it(build: Callable[[], None]) -> None:
    """The error begins with the program's line and says what to do instead."""
    with pytest.raises(TokenError, match=r"(Use it whole|Use pulumi\.Output\.concat)") as caught:
        record(build)
    assert str(caught.value).startswith(f"{line(build)}: ")


def _transform() -> None:
    aws.s3.Bucket("a", opts=pulumi.ResourceOptions(transforms=[lambda _arguments: None]))  # here


def _stack_transform() -> None:
    pulumi.runtime.register_resource_transform(lambda _arguments: None)


def _get() -> None:
    aws.s3.Bucket.get("a", "some-bucket")  # here


def _stack_reference() -> None:
    pulumi.export("x", pulumi.StackReference("org/other/prod").get_output("x"))  # here


def _import() -> None:
    aws.s3.Bucket("a", opts=pulumi.ResourceOptions(import_="some-bucket"))  # here


def _hook() -> None:
    hook = pulumi.ResourceHook("h", lambda _arguments: None)
    binding = pulumi.ResourceHookBinding(before_create=[hook])
    aws.s3.Bucket("a", opts=pulumi.ResourceOptions(hooks=binding))  # here


def _look_up() -> None:
    aws.ec2.get_ami(most_recent=True, owners=["amazon"])  # here


def _look_up_output() -> None:
    image = aws.ec2.get_ami_output(most_recent=True, owners=["amazon"])  # here
    pulumi.export("image", image.id)


def _token_in_a_name() -> None:
    aws.s3.Bucket(f"logs-{pulumi.Config().require('suffix')}")  # here


def _twice() -> None:
    aws.s3.Bucket("logs")
    aws.s3.Bucket("logs")


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (_transform, "the option `transforms` has no counterpart"),
        (_stack_transform, "stack transforms"),
        (_get, r"is looked up with .get\(\)"),
        (_stack_reference, "reads the outputs of another stack"),
        (_import, "the option `import_` has no counterpart"),
        (_hook, "the option `hooks` has no counterpart"),
        (_look_up, "getAmi looks something up in an account"),
        (_look_up_output, "getAmi looks something up in an account"),
        (_token_in_a_name, r"'logs-\.\.\.': the name is made from a value that only the deployment knows"),
        (_twice, "is registered twice"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_what_a_template_cannot_do_is_refused_with_its_line(build: Callable[[], None], words: str) -> None:
    """Each with what to do instead, and never with what Pulumi makes of the failure."""
    with pytest.raises(ProgramError, match=words) as caught:
        record(build)
    if build not in (_stack_transform, _twice):
        assert str(caught.value).startswith(f"{line(build)}: ")
    assert "the program failed" not in str(caught.value)


def test_a_remote_component_is_refused() -> None:
    """Nobody is there to run another package's component; without it its resources would be missing silently."""

    class Remote(pulumi.ComponentResource):
        def __init__(self, name: str) -> None:
            super().__init__("other:index:Thing", name, {}, None, True)

    with pytest.raises(ProgramError, match="a component of another package"):
        record(lambda: Remote("x"))


def test_a_token_of_another_run_is_refused() -> None:
    """What a library keeps from one run to the next has no meaning in the next."""
    stale = str(Token("something else", "something else"))
    with pytest.raises(ProgramError, match="stands for a value of another run"):
        record(lambda: aws.sns.Topic("t", display_name=stale))


def test_what_is_no_number_is_refused() -> None:
    """JSON and YAML have no such numbers."""
    with pytest.raises(ProgramError, match="nan is no number"):
        record(lambda: aws.sns.Topic("t", tags={"a": float("nan")}))  # type: ignore[dict-item]


def test_a_failing_program_is_reported_with_its_line() -> None:
    """An exception of the program is no traceback, but what it says and where."""

    def build() -> None:
        raise KeyError("x")  # here

    with pytest.raises(ProgramError, match="the program failed: KeyError: 'x'") as caught:
        record(build)
    assert str(caught.value).startswith(line(build))


def test_a_failure_inside_apply_keeps_its_line() -> None:
    """Pulumi raises it again from elsewhere."""
    with pytest.raises(ProgramError, match="the program failed: KeyError") as caught:
        record(_fails_in_apply)
    assert str(caught.value).startswith(line(_fails_in_apply))


def test_a_program_that_exits_is_reported() -> None:
    """``sys.exit`` does not end the compiler silently."""
    with pytest.raises(ProgramError, match=r"ended itself with sys.exit\(3\)"):
        record(lambda: sys.exit(3))


# Programs in folders.


def _folder(path: Path, files: dict[str, str]) -> Project:
    for name, text in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_text(textwrap.dedent(text), encoding="utf-8")
    return project(directory=path, main=path / "__main__.py")


def test_a_programs_modules_are_run_anew_each_time(tmp_path: Path) -> None:
    """Settings read when a module is imported are read in every run, and two programs' modules never mix."""
    main = "import settings_of_it, pulumi_aws as aws\naws.s3.Bucket('a', bucket=settings_of_it.NAME)\n"
    one = _folder(
        tmp_path / "one",
        {"__main__.py": main, "settings_of_it.py": "import pulumi\nNAME = pulumi.Config().require('name')\n"},
    )
    two = _folder(tmp_path / "two", {"__main__.py": main, "settings_of_it.py": "NAME = 'fixed'\n"})
    assert record_folder(one) == record_folder(one)
    assert [parameter.name for parameter in record_folder(one).parameters] == ["Name"]
    assert record_folder(two).resources.popitem()[1].inputs["bucket"] == Literal("fixed")  # type: ignore[attr-defined]
    assert "settings_of_it" not in sys.modules


def test_a_component_in_the_main_module_finds_its_own_names(tmp_path: Path) -> None:
    """Pulumi evaluates annotations late, in the module that ``__main__`` was when the class was made."""
    where = _folder(
        tmp_path,
        {
            "__main__.py": """\
            from __future__ import annotations
            import pulumi
            import pulumi_aws as aws

            class Thing(pulumi.ComponentResource):
                arn: pulumi.Output[str]

                def __init__(self, name: str) -> None:
                    super().__init__("a:b:Thing", name)
                    self.arn = aws.sns.Topic("t", opts=pulumi.ResourceOptions(parent=self)).arn
                    self.register_outputs({"arn": self.arn})

            Thing("x")
            """
        },
    )
    assert [item.name for item in record_folder(where).resources.values()] == ["t"]


def test_the_program_runs_in_the_folder_of_its_main_module(tmp_path: Path) -> None:
    """As under Pulumi, so that it finds its files; positions are relative to the project."""
    where = _folder(
        tmp_path,
        {
            "infra/__main__.py": "import pulumi_aws as aws\naws.sns.Topic('t', display_name=open('name.txt').read())\n",
            "infra/name.txt": "from a file",
        },
    )
    program = record_folder(project(directory=where.directory, main=tmp_path / "infra" / "__main__.py"))
    (topic,) = program.resources.values()
    assert topic.inputs["displayName"] == Literal("from a file")
    assert str(topic.position) == "infra/__main__.py:2"


def test_an_error_in_the_programs_text_is_reported(tmp_path: Path) -> None:
    """Python's own message says where."""
    where = _folder(tmp_path, {"__main__.py": "import pulumi_aws as aws\nif True\n"})
    with pytest.raises(CloudFormationError, match=r"SyntaxError: .*line 2"):
        record_folder(where)


def test_nothing_of_a_failure_is_printed_but_the_error(tmp_path: Path) -> None:
    """Every output that waits for a failed one fails as well; none of that reaches the user."""
    _folder(
        tmp_path,
        {
            "Pulumi.yaml": "name: demo\nruntime: python\n",
            "__main__.py": """\
            import pulumi
            import pulumi_aws as aws
            bucket = aws.s3.Bucket.get("a", "b")
            pulumi.export("x", pulumi.Output.concat(bucket.arn, bucket.id))
            aws.s3.Bucket("c", bucket=bucket.arn.apply(lambda arn: arn + "x"))
            """,
        },
    )
    command = [sys.executable, "-m", "cloudformation", "synth", "--program", str(tmp_path)]
    result = subprocess.run(command, capture_output=True, text=True, check=False, cwd=PROJECT.directory.parents[1])
    assert result.returncode == 1
    assert result.stdout == ""
    assert result.stderr.startswith("error: __main__.py:3: aws:s3/bucket:Bucket 'a' is looked up")
    assert len(result.stderr.splitlines()) == 1
