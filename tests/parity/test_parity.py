"""Both ways to AWS ask for the same: compared as a whole, with and without the optional settings."""

from __future__ import annotations

import dataclasses
import itertools
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from components.settings import TapSettings

from .back_ends import Account, Check, Facts, Program, compute, data, network
from .compare import Comparison, compare
from .differences import LISTED
from .mutants import is_seen, mutants
from .pairs import pair
from .paths import PATHS
from .references import rewriters
from .report import ASPECTS, POLICIES, RELATIONS, aspects, lines
from .sides import OPTIONAL, SETTINGS, Sides, deployed, parameter

CHECKS = (*network.CHECKS, *data.CHECKS, *compute.CHECKS)
# Every so-manieth mutant is tried.
STRIDE = 5


@dataclass(frozen=True)
class Proof:
    """Both sides, once with all settings and once, after an update, with those only that are required."""

    sides: dict[str, Sides]
    comparisons: dict[str, Comparison]
    answers: dict[str, tuple[Facts, Facts]]
    """What the program asks for and what the services answer, by check, with all settings."""


@pytest.fixture(scope="module")
def proof() -> Proof:
    """Deployed, compared, and asked."""
    with deployed() as both:
        sides = {"all": both.bring_to({**SETTINGS, **OPTIONAL})}
        rewrite = rewriters(pair(sides["all"].program, sides["all"].template).pairs)
        program, account = (
            Program(sides["all"].program, rewrite[0]),
            Account(sides["all"].endpoint, rewrite[1]),
        )
        answers = {check.title: (check.asked(program), check.found(account)) for check in CHECKS}
        sides["required"] = both.bring_to(SETTINGS)
    return Proof(sides, {name: compare(found) for name, found in sides.items()}, answers)


def test_all_settings_are_given_and_tell_themselves_apart() -> None:
    """A new setting has to be added here; two of the same value could be confused without anybody noticing."""
    fields = {field.name for field in dataclasses.fields(TapSettings)}
    given = {**SETTINGS, **OPTIONAL}
    assert {"".join(f"_{c.lower()}" if c.isupper() else c for c in key) for key in given} == fields
    assert len({str(value) for value in given.values()}) == len(given)


@pytest.mark.parametrize("settings", ["all", "required"])
def test_every_resource_has_its_counterpart(proof: Proof, settings: str) -> None:
    """Nothing that the program asks for is missing from the template, and the template has nothing of its own."""
    pairs = proof.comparisons[settings].pairs
    assert [item.name for item in pairs.program_only] == []
    assert [item.name for item in pairs.template_only] == []
    assert sum(len(one.program) for one in pairs.pairs) == len(proof.sides[settings].program)
    kinds = Counter(item.type.rpartition("::")[2] for item in pairs.helpers)
    assert kinds == {"Function": 2, "LogGroup": 2, "Role": 2, "RolePolicy": 2}


@pytest.mark.parametrize("settings", ["all", "required"])
def test_every_property_is_equal_or_listed(proof: Proof, settings: str) -> None:
    """Names, tags, encryption, network placement, policies, scaling, relations: everything that is set."""
    comparison = proof.comparisons[settings]
    assert not comparison.differences, "\n".join(lines(comparison))
    assert comparison.equal_pairs == len(comparison.pairs.pairs)


def test_optional_settings_make_a_difference(proof: Proof) -> None:
    """Without them there is less, on both sides alike."""
    everything, less = (proof.comparisons[name].pairs.pairs for name in ("all", "required"))
    gone = {one.logical_id for one in everything} - {one.logical_id for one in less}
    assert {item.split("Api")[0] for item in gone} > {"Domain"}
    assert not {one.logical_id for one in less} - {one.logical_id for one in everything}


@pytest.mark.parametrize("settings", ["all", "required"])
def test_outputs_of_the_stack_are_equal(proof: Proof, settings: str) -> None:
    """Every output of the one is an output of the other, with the same value but for ids."""
    sides = proof.sides[settings]
    ours, theirs = rewriters(proof.comparisons[settings].pairs.pairs)
    program = {parameter(name): ours(str(value)) for name, value in sides.program_outputs.items()}
    assert program == {name: theirs(value) for name, value in sides.template_outputs.items()}


@pytest.mark.parametrize("aspect", [*ASPECTS, POLICIES, RELATIONS])
def test_every_aspect_is_compared(proof: Proof, aspect: str) -> None:
    """An aspect of which nothing is compared would be equal, too."""
    assert aspects(proof.comparisons["all"].equal)[aspect] > 30


def test_nothing_is_listed_that_does_not_occur(proof: Proof) -> None:
    """Differences and names that the platform does not have any more are to be taken off the lists."""
    pairs = [one for comparison in proof.comparisons.values() for one in comparison.pairs.pairs]
    assert [entry for entry in LISTED if entry.type not in {one.type for one in pairs}] == []
    used = {
        (one.type, ".".join(path[:length]))
        for one in pairs
        for index, resource in enumerate(one.program)
        for path in _paths(resource.properties, (resource.type.rpartition(":")[2],) if index else ())
        for length in range(1, len(path) + 1)
    }
    assert [(kind, path) for kind, table in PATHS.items() for path in table if (kind, path) not in used] == []


def _paths(value: object, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    if isinstance(value, dict):
        for name, item in value.items():
            yield from _paths(item, (*path, name))
    elif isinstance(value, list):
        for item in value:
            yield from _paths(item, path)
    else:
        yield path


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.title)
def test_services_answer_what_the_program_asks_for(proof: Proof, check: Check) -> None:
    """Asked themselves, the services have what the program wants: not by the template's word, but by theirs."""
    asked, found = proof.answers[check.title]
    assert asked
    assert found == asked


def test_a_dozen_services_are_asked() -> None:
    """As many of the platform's services as stand behind the emulator."""
    assert len({check.service for check in CHECKS}) >= 12


def test_whatever_is_broken_is_seen(proof: Proof) -> None:
    """A property of any type changed, left out, or exchanged with another: the comparison objects to each."""
    pairs = proof.comparisons["all"].pairs.pairs
    rewrite = rewriters(pairs)
    # One resource of each type; a dashboard's hundreds of equal widgets would take as long as all others together.
    one_each = {one.type: one for one in pairs if one.type != "AWS::CloudWatch::Dashboard"}
    chosen = itertools.islice(itertools.chain.from_iterable(map(mutants, one_each.values())), None, None, STRIDE)
    tried = [(what, is_seen(mutant, rewrite)) for what, mutant in chosen]
    assert len(tried) > 500
    assert [what for what, seen in tried if not seen] == []
