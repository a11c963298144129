"""The platform's ledger: every recorded value accounted for, every property of the template explained."""

from __future__ import annotations

import itertools

import pytest

from cloudformation.audit import audit
from cloudformation.graph import leaves
from cloudformation.ledger import Ledger, build_ledger
from cloudformation.synth import Synthesis
from cloudformation.template_reader import parse_template


@pytest.fixture(scope="module")
def ledger(synthesis: Synthesis) -> Ledger:
    """The platform's ledger, with the lines of its template."""
    return build_ledger(synthesis.compilation, parse_template(synthesis.text))


def test_nothing_is_lost_and_nothing_invented(synthesis: Synthesis) -> None:
    """The proof, value by value and in both directions; it covers conditions and order as well."""
    assert [str(problem) for problem in audit(synthesis.compilation)] == []


def test_the_ledger_has_every_recorded_value(synthesis: Synthesis, ledger: Ledger) -> None:
    """Each leaf of each input stands in it, itself or, where a text was read as JSON, by what is inside."""
    recorded = synthesis.compilation.recorded.resources
    assert {resource.urn for resource in ledger.recorded} == set(recorded)
    for resource in ledger.recorded:
        sources = {entry.source for entry in resource.entries}
        for name, value in recorded[resource.urn].inputs.items():
            for path, _ in leaves(value, (name,)):
                assert any(source[: len(path)] == path for source in sources), (resource.title, path)


def test_the_ledger_has_every_value_of_the_template(synthesis: Synthesis, ledger: Ledger) -> None:
    """Each leaf of each resource's properties stands in it, in one entry's place or below."""
    places = {
        (entry.owner, entry.target) for resource in ledger.resources for entry in resource.entries if entry.target
    }
    for made in synthesis.compilation.template.resources:
        for path, _ in leaves(made.properties):
            below = ((made.logical_id, path[:length]) for length in range(1, len(path) + 1))
            assert any(place in places for place in below), (made.logical_id, path)


def test_every_resource_has_its_lines_in_program_and_template(ledger: Ledger) -> None:
    """From each resource a reader gets to the code that made it and to what it became, and the ways differ."""
    for resource in ledger.recorded:
        assert resource.position is not None, resource.title
        assert resource.lines is not None, resource.title
    wholes = {resource.logical_id: resource.lines for resource in ledger.resources if not resource.folded}
    spans = sorted((lines.first, lines.last) for lines in wholes.values() if lines)
    assert all(one[1] < other[0] for one, other in itertools.pairwise(spans))
