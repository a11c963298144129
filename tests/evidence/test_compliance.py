"""Compliance: four outcomes, each told where it belongs, and none lost."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from cloudformation.judgement import Judged, Judgement, stack_of
from cloudformation.synth import Synthesis
from evidence.compliance import Compliance, Outcome, assess, order, worst
from evidence.controls import Control, load_controls
from evidence.figures import FigureError
from evidence.platform import Platform
from policies.model import Undecided, Violation
from policies.registry import RULES
from policies.waivers import Waiver

RULE = next(rule for rule in RULES if "aws:kms/key:Key" in rule.types and rule.controls)


def assessed(synthesis: Synthesis, judgement: Judgement, *controls: Control) -> Compliance:
    stack = stack_of(synthesis.compilation.recorded)
    return assess(Platform(synthesis), judgement, stack, controls)


def outcomes(made: Compliance) -> dict[str, tuple[Outcome, str, date | None]]:
    return {
        result.resource: (result.outcome, result.note, result.expires)
        for check in made.checks
        if check.rule == RULE.id
        for result in check.results
    }


def test_each_outcome_is_told_with_its_reason(synthesis: Synthesis) -> None:
    """A violation fails, a waived one is waived until its day, an undecided one is not visible, the rest passes."""
    keys = {item.name: item for item in stack_of(synthesis.compilation.recorded).of("aws:kms/key:Key")}
    broken, accepted = (Judged(Violation(RULE, keys[name], "is wrong")) for name in ("kms-data", "kms-logs"))
    waiver = Waiver(RULE.id, "kms-logs", "because it is so", date(2027, 1, 1))
    judgement = Judgement(
        violations=(broken,),
        waived=((accepted, waiver),),
        undecided=(Undecided(RULE, keys["kms-secrets"], "known later"),),
    )
    told = outcomes(assessed(synthesis, judgement, Control(RULE.controls[0], "a control", ("3.6.1",))))
    assert told["kms-data"] == (Outcome.FAIL, "is wrong", None)
    assert told["kms-logs"] == (Outcome.WAIVED, "is wrong: because it is so", date(2027, 1, 1))
    assert told["kms-secrets"] == (Outcome.NOT_VISIBLE, "known later", None)
    assert told["kms-streams"] == (Outcome.PASS, "", None)


def test_a_failure_beats_a_waiver(synthesis: Synthesis) -> None:
    """A resource that breaks a rule in two ways, of which one is waived, fails; two failures are both told."""
    key = stack_of(synthesis.compilation.recorded).of("aws:kms/key:Key")[0]
    one, two, three = (Judged(Violation(RULE, key, text)) for text in ("one", "two", "three"))
    waiver = Waiver(RULE.id, key.name, "because it is so", date(2027, 1, 1))
    judgement = Judgement(violations=(two,), advisories=(three,), waived=((one, waiver),))
    told = outcomes(assessed(synthesis, judgement))
    assert told[key.name] == (Outcome.FAIL, "two; three", None)


def test_a_control_without_rule_is_not_visible(synthesis: Synthesis) -> None:
    """A control that no rule judges is shown, with the reason that the table gives."""
    made = assessed(synthesis, Judgement(), Control(9999, "People are trained", ("12.6.1",), "a matter of people"))
    (check,) = (check for check in made.checks if check.control == 9999)
    assert (check.outcome, check.results[0].note) == (Outcome.NOT_VISIBLE, "a matter of people")
    (requirement,) = (item for item in made.requirements if item.number == "12.6.1")
    assert requirement.outcome is Outcome.NOT_VISIBLE


def test_what_was_decided_otherwise_is_waived(synthesis: Synthesis) -> None:
    """A control that the platform does not meet on purpose is neither passed nor hidden: it is waived, with reason."""
    row = Control(9999, "Nothing can be deleted", ("2.2.6",), decided="everything has to be destroyable")
    made = assessed(synthesis, Judgement(), row)
    (check,) = (check for check in made.checks if check.control == 9999)
    assert (check.outcome, check.results[0].note) == (Outcome.WAIVED, "everything has to be destroyable")
    assert made.counts[Outcome.WAIVED] == 1


def test_each_control_is_judged_or_says_why_not() -> None:
    """In the committed table: no control is silent, and none excuses itself although a rule judges it."""
    judged = {number for rule in RULES for number in rule.controls}
    for control in load_controls():
        assert (control.number in judged) != bool(control.unseen or control.decided), control
    assert judged <= {control.number for control in load_controls()}


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ("- {number: 1, title: a, requirements: ['1.1']}\n" * 2, "stand there twice"),
        ("- {number: 1, title: a}", "it lacks requirements"),
        ("- {number: 1, title: a, b, requirements: ['1.1']}", "b is not known"),
    ],
)
def test_a_wrong_row_is_refused(tmp_path: Path, rows: str, words: str) -> None:
    """The error names the control and what is wrong with it."""
    file = tmp_path / "controls.yaml"
    file.write_text(rows, encoding="utf-8")
    with pytest.raises(FigureError, match=words):
        load_controls(file)


def test_a_rule_without_control_is_shown_too(synthesis: Synthesis) -> None:
    """Rules that the table does not know stand behind it, and none is shown twice."""
    made = assessed(synthesis, Judgement())
    assert [check.rule for check in made.checks] == [rule.id for rule in RULES]


def test_a_rule_that_several_controls_ask_for_counts_once(synthesis: Synthesis) -> None:
    """The page shows it under each control; the sums count it once."""
    number = RULE.controls[0]
    once = assessed(synthesis, Judgement())
    twice = assessed(synthesis, Judgement(), Control(number, "one", ("3.7.4",)), Control(number, "again", ("3.7.5",)))
    assert len(twice.checks) > len(once.checks)
    assert twice.counts == once.counts


def test_what_the_compiler_adds_is_not_passed_over(synthesis: Synthesis) -> None:
    """Resources that no rule sees are named, and expired waivers are handed on."""
    made = assessed(synthesis, Judgement(waiver_problems=("waiver of x expired",)))
    assert "s3-audit-contents" in made.unjudged
    assert not {"lambda-rotation", "lambda-empty-buckets"} & set(made.unjudged)
    assert made.problems == ("waiver of x expired",)


def test_requirements_are_in_the_order_of_the_standard() -> None:
    """Numbers count as numbers, and appendices come last."""
    assert sorted(["10.2.1", "2.2.7", "A1.1.2", "2.2.10", "2.2"], key=order) == [
        "2.2",
        "2.2.7",
        "2.2.10",
        "10.2.1",
        "A1.1.2",
    ]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([Outcome.PASS, Outcome.FAIL, Outcome.WAIVED], Outcome.FAIL),
        ([Outcome.PASS, Outcome.WAIVED], Outcome.WAIVED),
        ([Outcome.PASS, Outcome.NOT_VISIBLE], Outcome.NOT_VISIBLE),
        ([Outcome.NOT_APPLICABLE, Outcome.PASS], Outcome.PASS),
        ([], Outcome.NOT_APPLICABLE),
    ],
)
def test_the_worst_outcome_stands_for_all(given: list[Outcome], expected: Outcome) -> None:
    """A control passes only if nothing speaks against it."""
    assert worst(given) is expected


def test_results_have_layer_and_places(synthesis: Synthesis) -> None:
    """Each judged resource leads to the template, also where the template has another resource in its place."""
    made = assessed(synthesis, Judgement())
    for check in made.checks:
        for result in check.results:
            if result.resource and result.type.startswith("aws:"):
                assert result.layer, result
                assert result.place, result
                assert result.place.template_line, result
                assert result.place.position, result
