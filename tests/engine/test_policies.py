"""Policy packs, run as the engine runs them: processes of their own, asked before anything is created."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from .analyzer_client import Pack
from .conftest import FIXTURES
from .engine import Engine
from .results import PolicyError

Start = Callable[..., Engine]
PACK = FIXTURES / "pack"


def test_unknown_values_are_advisory_until_known(start: Start) -> None:
    """A rule that reads what only the deployment knows cannot run in a preview, and runs in the deployment."""
    engine = start("judged.py", policy_packs=[PACK])
    [violation] = engine.preview().violations
    assert (violation.policy, violation.level) == ("encryption", "advisory")
    assert "can't be known during preview" in violation.message
    assert violation.urn.endswith("::queue")
    assert not engine.up().violations


def test_mandatory_violations_stop_a_deployment(start: Start) -> None:
    """A preview collects all violations and fails; a deployment ends before the resource is created."""
    engine = start("judged.py", config={"rotate": False, "seconds": 60, "alarm": False}, policy_packs=[PACK])
    with pytest.raises(PolicyError) as planned:
        engine.preview()
    assert {(item.policy, item.level) for item in planned.value.result.violations} == {
        ("key-rotation", "mandatory"),
        ("retention", "advisory"),
        ("encryption", "advisory"),
        ("alarm", "mandatory"),
    }
    rotation = next(item for item in planned.value.result.violations if item.policy == "key-rotation")
    assert (rotation.severity, rotation.message) == ("high", "Keys rotate.\nTurn key rotation on.")
    with pytest.raises(PolicyError, match="key-rotation on urn:pulumi:dev::judged::aws:kms/key:Key::key"):
        engine.up()
    assert "key" not in {event.name for event in engine.cloud.events}


def test_configuration_of_a_pack(start: Start) -> None:
    """Settings and levels of a pack are the user's to change, within what the pack offers."""
    stricter = {"enforcementLevel": "mandatory", "seconds": 7200}
    config: dict[str, Any] = {"key-rotation": "disabled", "retention": stricter}
    with pytest.raises(PolicyError) as caught:
        start("judged.py", config={"rotate": False}, policy_packs=[Pack(PACK, config)]).preview()
    assert [item.policy for item in caught.value.result.violations if item.level == "mandatory"] == ["retention"]
    assert "Keep messages for 7200 seconds." in str(caught.value)


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (
            {"key-rotatoin": "mandatory"},
            "names key-rotatoin, which it does not have. It has alarm, encryption, key-rotation",
        ),
        ({"key-rotation": "strict"}, "'strict' is no enforcement level; there are advisory, mandatory"),
    ],
)
def test_wrong_configuration_of_a_pack(start: Start, config: dict[str, str], message: str) -> None:
    """A configuration that the pack cannot follow is an error, not a rule that never runs."""
    with pytest.raises(PolicyError, match=message):
        start("judged.py", policy_packs=[Pack(PACK, config)]).preview()


def test_pack_that_is_none(start: Start) -> None:
    """A folder without ``PulumiPolicy.yaml`` is refused."""
    with pytest.raises(PolicyError, match=r"no policy pack: it has no PulumiPolicy\.yaml"):
        start("judged.py", policy_packs=[FIXTURES]).preview()


def test_rule_that_raises(start: Start) -> None:
    """A rule that fails by itself ends the run, with its own error."""
    with pytest.raises(PolicyError, match=r"'fixture' failed in Analyze: .*not supported between"):
        start("judged.py", policy_packs=[Pack(PACK, {"retention": {"seconds": "many"}})]).up()
