"""Resource options, providers, secrets, assets and reads: one program, deployed in three versions."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from . import values
from .conftest import FIXTURES, REGION
from .double.home import Event
from .engine import Engine
from .results import ResourceError, Result


@dataclass
class Versions:
    """The result of each version, the state file after the second, and the double's cloud at the end."""

    first: Result
    second: Result
    state: str
    refusal: ResourceError
    events: list[Event] = field(default_factory=list)
    alive: set[str] = field(default_factory=set)


@pytest.fixture(scope="module")
def versions(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Versions]:
    """Deploy version 1, then 2 with a changed file, then try to drop what is protected and has to stay."""
    file = tmp_path_factory.mktemp("data") / "data.txt"
    file.write_text("one")
    config: dict[str, object] = {**REGION, "version": 1, "password": "hunter2", "file": str(file)}
    with Engine(FIXTURES / "options.py", config=config, secrets=["password"]) as engine:
        first = engine.up()
        file.write_text("two")
        engine.config["version"] = 2
        second = engine.up()
        state = (engine.home / "state.jsonl").read_text()
        engine.config["version"] = 3
        with pytest.raises(ResourceError) as caught:
            engine.up()
        cloud = engine.cloud
        alive = {event.name for event in cloud.alive.values()}
        yield Versions(first, second, state, caught.value, cloud.events, alive)


def test_ignored_changes_are_not_seen(versions: Versions) -> None:
    """``ignore_changes`` hides a whole input and one key of a map; another key of the map is still seen."""
    step = versions.second.step("ignoring")
    assert (step.op, step.changed) == ("update", ("tags",))
    assert step.inputs["visibilityTimeoutSeconds"] == 30
    assert step.inputs["tags"] == {"build": "1", "team": "team-2"}


def test_replace_on_changes(versions: Versions) -> None:
    """An input that could change in place replaces the resource when the program asks for that."""
    step = versions.second.step("replaced-on-changes")
    assert step.op == "replace"
    assert "delaySeconds" in step.replacing


def position(versions: Versions, operation: str, name: str, nth: int) -> int:
    """When the double did something to a resource for the ``nth`` time."""
    found = [i for i, event in enumerate(versions.events) if (event.operation, event.name) == (operation, name)]
    return found[nth]


def test_order_of_a_replacement(versions: Versions) -> None:
    """The new one comes first, unless the program wants it otherwise or both would have the same name."""
    assert position(versions, "create", "renamed", 1) < position(versions, "delete", "renamed", 0)
    for name in ("deleted-first", "same-name"):
        assert versions.second.step(name).op == "replace"
        assert position(versions, "delete", name, 0) < position(versions, "create", name, 1)


def test_alias_keeps_the_resource(versions: Versions) -> None:
    """A resource with a new Pulumi name and an alias of the old one is the same resource."""
    assert versions.second.step("alias-2").op == "same"
    assert "alias-1" not in {step.name for step in versions.second.steps}


def test_explicit_provider_and_default_tags(versions: Versions) -> None:
    """A resource goes to the provider it names, and gets that provider's default tags below its own."""
    tagged = versions.first.step("tagged")
    provider = versions.first.step("tagging")
    assert tagged.provider == f"{provider.urn}::{provider.id}"
    assert tagged.inputs["tags"] == {"scope": "all", "team": "own"}
    assert tagged.outputs["tagsAll"] == tagged.inputs["tags"]
    assert "::default_" in versions.first.step("renamed").provider


def test_secrets_stay_marked(versions: Versions) -> None:
    """A secret input is marked in step and state; its text stands in the state only inside such a mark."""
    assert versions.first.step("stored").secrets == ("secretString",)
    assert versions.first.secret_outputs == {"password"}
    marks = []

    def without_marks(value: dict[str, object]) -> object:
        if value.get(values.SIGNATURE) == values.SECRET:
            marks.append(value["value"])
            return None
        return value

    for line in versions.state.splitlines():
        assert "hunter2" not in json.dumps(json.loads(line, object_hook=without_marks))
    assert "hunter2" in marks


def test_changed_file_is_an_update(versions: Versions) -> None:
    """Function code whose archive holds a file is updated when the file's content changes."""
    step = versions.second.step("function")
    assert (step.op, step.changed) == ("update", ("code",))


def test_foreign_resources_are_read_and_left_alone(versions: Versions) -> None:
    """``get`` reads a resource and never creates or deletes it."""
    assert versions.second.step("foreign").op == "read"
    assert versions.first.outputs["foreignArn"].startswith("arn:aws:sqs:")
    assert "foreign" not in {event.name for event in versions.events}


def test_retained_resources_stay(versions: Versions) -> None:
    """``retain_on_delete`` takes a resource out of the state but not out of the cloud."""
    assert {"gone", "retained"} <= {step.name for step in versions.second.changes if step.op == "delete"}
    assert "retained" not in {event.name for event in versions.events if event.operation == "delete"}
    assert position(versions, "delete", "gone", 0) > 0


def test_protected_resources_are_not_deleted(versions: Versions) -> None:
    """Dropping a protected resource fails before anything is deleted."""
    assert "::protected. Take the protection off first" in str(versions.refusal)
    assert not [step for step in versions.refusal.result.steps if step.op == "delete"]
    assert "protected" in versions.alive
