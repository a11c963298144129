"""Every rule passes on a compliant platform and fails on each broken one, as the engine runs it."""

from __future__ import annotations

import pytest

from policies.model import MISSHAPEN, Rule
from policies.registry import RULES
from tests.policies.cases import CASES
from tests.policies.compliant import platform
from tests.policies.edits import Edit, broken
from tests.policies.support import Engine

PLATFORM = platform()
DEPLOYED, PLANNED = Engine(PLATFORM), Engine(PLATFORM, preview=True)
BY_ID = {rule.id: rule for rule in RULES}
# Rules about things that the platform must not have, which therefore have nothing to judge in it.
PROHIBITIONS = {"no-public-function-url", "iam-no-policies-on-users", "iam-no-users"}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_compliant_platform_passes(rule: Rule) -> None:
    """After the deployment every rule has something to judge, knows all it needs, and finds nothing."""
    outcome = DEPLOYED.run(rule.id)
    assert (outcome.violations, outcome.undecided) == ([], [])
    assert outcome.subjects or rule.id in PROHIBITIONS


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_unknown_values_fail_nothing(rule: Rule) -> None:
    """Before the deployment a rule may be unable to judge, but does not find fault with what it cannot know."""
    assert PLANNED.run(rule.id).violations == []


def _edits() -> list[object]:
    return [
        pytest.param(id_, edit, id=f"{id_}-{index}") for id_, edits in CASES.items() for index, edit in enumerate(edits)
    ]


@pytest.mark.parametrize(("id_", "edit"), _edits())
def test_broken_platform_fails(id_: str, edit: Edit) -> None:
    """A rule finds what breaks it, and says so on one line with the remedy."""
    rule = BY_ID[id_]
    outcome = Engine(broken(PLATFORM, edit)).run(id_)
    assert outcome.violations
    for _, message in outcome.violations:
        assert message.endswith(rule.remedy)
        assert MISSHAPEN not in message
        assert "\n" not in message


def test_every_rule_has_cases() -> None:
    """No rule is without a case that breaks it, and no case without a rule."""
    assert set(CASES) == set(BY_ID)
