"""The benchmark of broken platforms: made by rules, refused by the pack, and compared with scanners fairly."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from benchmarks.mutant_operators import Generated, generated
from benchmarks.mutant_page import MEANINGS, PAGE
from benchmarks.mutant_scans import Compiled, batches, compiled, scanned
from benchmarks.mutants import Bench, Mutant
from benchmarks.policy_mutants import FEWEST, verdicts
from benchmarks.scanners import SCANS, Scanner
from cloudformation.compiler import compile_program
from cloudformation.synth import record_program

ROOT = Path(__file__).parents[2]
SAMPLE = 60


@pytest.fixture(scope="module")
def bench() -> Bench:
    """The platform."""
    program = record_program(ROOT)
    return Bench(program, compile_program(program))


@pytest.fixture(scope="module")
def made(bench: Bench) -> Generated:
    """All ways in which it is broken."""
    return generated(bench)


def named(made: Generated, title: str) -> Mutant:
    [found] = [item for item in made.counted if item.title == title]
    return found


def test_mutants_are_many_and_different(made: Generated) -> None:
    """More than the page needs, none twice, and each kind of change is explained there."""
    assert len(made.counted) > FEWEST
    assert len({(item.title, item.resource.type) for item in made.counted}) == len(made.counted)
    assert {item.operator for item in made.counted} == set(MEANINGS)


def test_platform_itself_is_no_mutant(bench: Bench, made: Generated) -> None:
    """Every mutant says something else than the platform."""
    own = bench.program
    same = []
    for item in random.Random(1).sample(made.counted, SAMPLE):
        broken = item.make()
        if (broken.resources, broken.parameters) == (own.resources, own.parameters):
            same.append(item.title)
    assert same == []


def test_pack_refuses_mutants(bench: Bench, made: Generated) -> None:
    """Of a fixed sample none escapes; the benchmark judges all of them."""
    judged = verdicts(bench, random.Random(0).sample(made.counted, SAMPLE))
    assert [item.mutant.title for item in judged if not item.rules] == []


def test_pack_passes_what_is_not_broken(bench: Bench, made: Generated) -> None:
    """The platform as it is breaks no rule: a pack that refused everything would be no use."""
    mutant = made.counted[0]
    unbroken = Mutant("nothing", mutant.resource, "", "", lambda: bench.program)
    [judged] = verdicts(bench, [unbroken])
    assert judged.rules == ()


def test_page_counts_these_mutants(made: Generated) -> None:
    """A mutant more or less makes the page stale: `python -m benchmarks.policy_mutants --scanners 200 --write`."""
    found = re.search(r"Of\s+([\d,]+)\s+broken\s+platforms", PAGE.read_text(encoding="utf-8"))
    assert found
    assert found[1] == f"{len(made.counted):,}"


def _ready(bench: Bench, *mutants: Mutant) -> list[Compiled]:
    found = [compiled(bench, item) for item in mutants]
    return [item for item in found if item]


def test_mutants_of_one_resource_do_not_share_a_template(bench: Bench, made: Generated) -> None:
    """Each stands in one template, beside mutants of other resources only."""
    key = [item for item in made.counted if item.resource.name == "kms-data"][:3]
    other = next(item for item in made.counted if item.resource.name == "trail-audit")
    groups = batches(_ready(bench, *key, other))
    assert [[item.mutant for item in group] for group in groups] == [[key[0], other], [key[1]], [key[2]]]


def test_finding_goes_to_the_mutant_that_caused_it(
    bench: Bench, made: Generated, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the resource that it names; what the platform has as well does not count, what nobody changed is told."""
    flip = named(made, "flip: kms-data enableKeyRotation: True -> False")
    bystander = next(item for item in made.counted if item.title.startswith("flip: trail-audit"))
    gone = next(item for item in made.counted if item.operator == "remove" and item.resource.type.endswith("FlowLog"))

    def double(_tools: Path, _filled: Path, written: Path) -> set[tuple[str, str]]:
        """A scanner that knows two rules, and objects to an alarm whatever it says."""
        text = written.read_text(encoding="utf-8")
        found = {("ALWAYS", "AlarmThing")}
        if "EnableKeyRotation: false" in text:
            found |= {("ROTATION", "KmsData"), ("ODD", "")}
        if "AWS::EC2::FlowLog" not in text:
            found.add(("FLOWLOG", "VpcMain"))
        return found

    monkeypatch.setitem(SCANS, "double", double)
    ready = _ready(bench, flip, bystander, gone)
    told: list[str] = []
    result = scanned(bench, ready, [Scanner("double", "1", "two")], Path(), told.append)
    rules = {title: sorted(item.rule for item in found) for title, found in result.items()}
    assert rules == {flip.title: ["ROTATION"], bystander.title: [], gone.title: ["FLOWLOG"]}
    assert told[1:] == ["no mutant explains double ODD (template)"]
