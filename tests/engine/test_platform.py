"""The whole platform by Pulumi's way: preview, up, up again, a new image, destroy; with the policy pack as a process.

Everything is real but the AWS provider, which is a double: it takes what the installed SDK declares and refuses what is
not in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from components.naming import MAX_SUFFIX_LENGTH

from . import values
from .engine import Engine
from .results import Result

ROOT = Path(__file__).resolve().parents[2]
NEW_IMAGE = "registry.example.com/tap-api:9.9.9"
POLICY_SECONDS = 3.0
NAMED_BY_AWS = {"default"}
"""The one target group of a database proxy."""


@dataclass(frozen=True)
class Life:
    """What happened, chapter by chapter, and what was left in the double's cloud."""

    preview: Result
    created: Result
    again: Result
    released: Result
    destroyed: Result
    alive_before: int
    alive_after: int


@pytest.fixture(scope="module")
def life() -> Life:
    """One stack, from its preview to its end, with the settings of ``Pulumi.dev.yaml``."""
    with Engine(ROOT, policy_packs=[ROOT / "policies"]) as engine:
        preview, created, again = engine.preview(), engine.up(), engine.up()
        engine.config["apiImage"] = NEW_IMAGE
        released = engine.up()
        alive_before = len(engine.cloud.alive)
        destroyed = engine.destroy()
        return Life(preview, created, again, released, destroyed, alive_before, len(engine.cloud.alive))


def custom(result: Result) -> dict[str, dict[str, Any]]:
    """The inputs of all resources of the provider, by name."""
    return {
        step.name: dict(step.inputs) for step in result.steps if step.custom and not step.type.startswith("pulumi:")
    }


def test_preview_is_what_up_does(life: Life) -> None:
    """Every resource is announced, and what is announced is created."""
    assert {(step.op, step.urn) for step in life.preview.changes} == {
        (step.op, step.urn) for step in life.created.changes
    }
    assert life.created.counts == {"create": len(life.created.steps)}
    assert life.alive_before == len(custom(life.created))


def test_nothing_is_unknown_that_the_program_decides(life: Life) -> None:
    """Names, tags, numbers and structure are known before the deployment; only what AWS makes up is not.

    Judged by the deployment: what is unknown in the preview must afterwards hold something that AWS alone can know.
    """
    planned, done = custom(life.preview), custom(life.created)
    answered = {text for step in life.created.steps for text in _texts([step.id, dict(step.outputs)])}
    made_up = answered - {text for inputs in planned.values() for text in _texts(inputs)} | NAMED_BY_AWS
    decided = [
        f"{name}.{'.'.join(path)}"
        for name, inputs in planned.items()
        for path in _unknown(inputs)
        if not _holds(_at(done[name], path), made_up)
    ]
    assert decided == []
    for inputs in planned.values():
        assert not values.has_unknown(inputs.get("tags", {}))


def _texts(value: Any) -> set[str]:
    if isinstance(value, dict):
        return set().union(*map(_texts, value.values())) if value else set()
    if isinstance(value, list):
        return set().union(*map(_texts, value)) if value else set()
    return {value} if isinstance(value, str) and len(value) > 3 else set()


def _unknown(value: Any, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    if value == values.UNKNOWN:
        return [path]
    if isinstance(value, dict):
        return [found for name, item in value.items() for found in _unknown(item, (*path, name))]
    if isinstance(value, list):
        return [found for index, item in enumerate(value) for found in _unknown(item, (*path, str(index)))]
    return []


def _at(value: Any, path: tuple[str, ...]) -> Any:
    for step in path:
        value = value[int(step)] if isinstance(value, list) else value[step]
    return value


def _holds(value: Any, made_up: set[str]) -> bool:
    """Whether a value is, or has within it, something that AWS made up; a number may be (a port)."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return True
    return any(text in found for found in _texts([value]) for text in made_up)


def test_second_up_changes_nothing(life: Life) -> None:
    """The program is the same every time that it runs."""
    assert life.again.counts == {"same": len(life.created.steps)}
    assert life.again.outputs == life.created.outputs


def test_new_image_is_a_new_task_and_nothing_else(life: Life) -> None:
    """A release touches the API's task definition and its service."""
    assert [(step.op, step.name) for step in life.released.changes] == [
        ("replace", "task-api-service"),
        ("update", "svc-api"),
        ("delete-replaced", "task-api-service"),
    ]
    assert NEW_IMAGE in life.released.step("task-api-service").inputs["containerDefinitions"]


def test_destroy_leaves_nothing(life: Life) -> None:
    """Whatever holds data goes as well, and in an order in which nothing still needs what is gone."""
    assert life.alive_after == 0
    order = [step.urn for step in life.destroyed.steps]
    position = {urn: index for index, urn in enumerate(order)}
    for step in life.created.steps:
        for needed in step.dependencies:
            assert position[step.urn] < position[needed], f"{step.name} goes after {needed}"


def test_policies_hold(life: Life) -> None:
    """No rule objects, neither before nor after; what a preview cannot judge yet is advisory, and judged later."""
    assert [str(item) for item in life.preview.violations if item.level == "mandatory"] == []
    assert all("can't be judged before the deployment" in item.message for item in life.preview.violations)
    for result in (life.created, life.again, life.released):
        assert list(map(str, result.violations)) == []


def test_policies_do_not_keep_one_waiting(life: Life) -> None:
    """Judging every resource and the stack takes a few seconds at most; a machine that is busy at times is forgiven."""
    assert 0 < min(result.policy_seconds for result in (life.created, life.again, life.released)) < POLICY_SECONDS


def test_outputs_are_all_known(life: Life) -> None:
    """What the stack tells the outside is there when it is deployed, and no secret is among it."""
    assert not values.has_unknown(dict(life.created.outputs))
    assert all(value not in (None, "") for value in life.created.outputs.values())
    assert not life.created.secret_outputs


@pytest.mark.parametrize("suffix", ["x", "x" * MAX_SUFFIX_LENGTH])
def test_shortest_and_longest_suffix_are_previewed(suffix: str) -> None:
    """The provider takes every name that can come of a suffix which the settings allow."""
    with Engine(ROOT, config={"environmentSuffix": suffix}) as engine:
        assert engine.preview().counts["create"] > 400
