"""What the performance benchmark says of its figures; doubles stand for the measured commands."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path

import pytest

from benchmarks.performance.cdk.language import JAVASCRIPT, PYTHON
from benchmarks.performance.children.sdk_classes import classes
from benchmarks.performance.commands import ROOT, floor_script
from benchmarks.performance.growth import Curve, Point
from benchmarks.performance.measurement import interleaved
from benchmarks.performance.memory import together
from benchmarks.performance.process import CommandError, Sample, clean_environment, run
from benchmarks.performance.suite import FLOOR, PLAIN, SYNTH, VALIDATED, Pack, Results
from benchmarks.performance.tables import tables
from benchmarks.performance.targets import targets

JS_VALIDATED, JS_PLAIN = VALIDATED.format(JAVASCRIPT.name), PLAIN.format(JAVASCRIPT.name)
SECONDS = {FLOOR: 2.0, SYNTH: 1.0, VALIDATED.format(PYTHON.name): 4.0, JS_VALIDATED: 2.5, JS_PLAIN: 1.5}
MEGABYTE = 1_000_000


def results() -> Results:
    """A run in which every target is met."""
    measured = interleaved(
        {name: lambda wall=wall: Sample(wall, wall, 150 * MEGABYTE) for name, wall in SECONDS.items()}, 1
    )
    curve = Curve("a program", (Point(100, 1.5, 1.5), Point(1000, 11.0, 11.0)))
    return Results(
        measured,
        together=190 * MEGABYTE,
        first=2.0,
        second=0.1,
        saved=0.5,
        curves=[curve],
        pack=Pack(500, 3000, 0.25, 0.1),
    )


def slower(name: str, wall: float, peak: int = 150 * MEGABYTE) -> Results:
    """The same run with another sample of one command."""
    whole = results()
    other = interleaved({name: lambda: Sample(wall, wall, peak)}, 1)
    return dataclasses.replace(whole, commands={**whole.commands, **other})


def missed(run_: Results) -> list[str]:
    return [target.what for target in targets(run_) if not target.met]


def test_all_targets_met() -> None:
    """One target for each comparison, memory, the second run, growth and the pack."""
    assert missed(results()) == []
    assert len(targets(results())) == 10


@pytest.mark.parametrize(
    ("broken", "expected"),
    [
        (slower(FLOOR, 1.6), f"synth / {FLOOR}, wall time"),
        (slower(VALIDATED.format(PYTHON.name), 2.8), f"synth / {VALIDATED.format(PYTHON.name)}, wall time"),
        (slower(JS_VALIDATED, 1.9), f"synth / {JS_VALIDATED}, wall time"),
        (slower(JS_PLAIN, 0.9), f"synth / {JS_PLAIN}, wall time"),
        (slower(SYNTH, 1.0, 201 * MEGABYTE), "peak memory of synth"),
        (dataclasses.replace(results(), together=201 * MEGABYTE), "all processes together"),
        (dataclasses.replace(results(), second=0.21), "second synth in one process / first"),
        (dataclasses.replace(results(), saved=0.8), "synth --watch"),
        (dataclasses.replace(results(), pack=Pack(500, 3000, 0.6, 0.1)), "resources checked"),
        (
            dataclasses.replace(results(), curves=[Curve("a program", (Point(100, 1.0, 1.0), Point(1000, 8.1, 8.1)))]),
            "a program: 10 times the resources",
        ),
    ],
)
def test_missed_target(broken: Results, expected: str) -> None:
    """Each target is missed by its own figure only, and the table says so."""
    [name] = missed(broken)
    assert expected in name
    [row] = [line for line in tables(broken)[0].markdown().splitlines() if "| not met |" in line]
    assert name in row


def test_what_was_not_measured_is_not_judged() -> None:
    """Without CDK no verdict on CDK."""
    quick = Results({name: results().commands[name] for name in (FLOOR, SYNTH)})
    assert [target.what for target in targets(quick)] == [f"synth / {FLOOR}, wall time", "peak memory of synth"]


def test_rounds_are_interleaved() -> None:
    """Every round runs each command once, and the round before the first does not count."""
    order: list[str] = []

    def double(name: str) -> Sample:
        order.append(name)
        return Sample(float(len(order)), 0.0, 0)

    measured = interleaved({"one": lambda: double("one"), "two": lambda: double("two")}, 2)
    assert order == ["one", "two"] * 3
    assert [sample.wall for sample in measured["one"].samples] == [3.0, 5.0]
    assert measured["two"].wall.median() == 5.0


def test_floor_touches_each_class_once() -> None:
    """Modules whose names Python keeps for itself are spelled as pulumi-aws spells them."""
    found = classes(["aws:lambda/function:Function", "aws:ec2/vpc:Vpc", "aws:ec2/vpc:Vpc", "pulumi:pulumi:Stack"])
    assert floor_script(found).splitlines() == [
        "import pulumi",
        "import pulumi_aws",
        "pulumi_aws.ec2.Vpc",
        "pulumi_aws.lambda_.Function",
    ]


def test_environment_of_a_measured_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing that slows imports or makes CDK wait for an account is handed on."""
    for name in ("PYTHONDONTWRITEBYTECODE", "AWS_ACCESS_KEY_ID", "KEPT"):
        monkeypatch.setenv(name, "1")
    environment = clean_environment({"AWS_REGION": "eu-west-1"})
    assert environment["KEPT"] == "1"
    assert environment["AWS_REGION"] == "eu-west-1"
    assert not {"PYTHONDONTWRITEBYTECODE", "AWS_ACCESS_KEY_ID"} & set(environment)


def test_process_is_measured(tmp_path: Path) -> None:
    """Memory that a process held shows in its peak, and what it printed is kept."""
    # A process of its own measures, because no peak is shown below that of the process that measures.
    measuring = """
import sys
from pathlib import Path
from benchmarks.performance.process import run
for size in (1, 300_000_000):
    sample = run([sys.executable, "-c", f"print(len(bytearray(b'x') * {size}))"], Path())
    print(sample.peak, sample.output.strip())
"""
    measured = run([sys.executable, "-c", measuring], tmp_path, {"PYTHONPATH": str(ROOT)}).output.split()
    small, one, large, many = map(int, measured)
    assert (one, many) == (1, 300_000_000)
    assert large - small > 250 * MEGABYTE


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells how many processes share a page")
def test_memory_of_several_processes(tmp_path: Path) -> None:
    """What a child holds by itself is counted, and what it shares with its parent is counted once."""
    program = """
import os, time
held = bytearray(b"x") * 200_000_000
if os.fork() == 0:
    own = bytearray(b"y") * 100_000_000
    time.sleep(0.5)
    os._exit(0)
os.wait()
"""
    most = together([sys.executable, "-c", program], tmp_path)
    assert most is not None
    assert 290 * MEGABYTE < most < 390 * MEGABYTE


def test_failed_command_has_no_time(tmp_path: Path) -> None:
    """The error says which command, how it ended and what it said."""
    with pytest.raises(CommandError, match=r"status 3:\nno template"):
        run([sys.executable, "-c", "import sys; print('no template', file=sys.stderr); sys.exit(3)"], tmp_path)
