"""A stack's life from preview to destroy: through the harness and, where it is installed, the real command line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from . import command_line, values
from .conftest import FIXTURES, REGION
from .double.home import Event
from .engine import Engine
from .results import Result

PROGRAM = FIXTURES / "platform"


@dataclass(frozen=True)
class Life:
    """What happened: the results by chapter, and everything done to the double's cloud."""

    chapters: dict[str, Result]
    events: list[Event]
    alive_at_the_end: int


def live(engine: Engine | command_line.CommandLineEngine) -> Life:
    """Take one stack through all its chapters."""
    chapters = {"preview": engine.preview(), "created": engine.up(), "again": engine.up()}
    engine.config |= {"retention": 7200, "mode": "maxIO"}
    chapters["planned"] = engine.preview()
    chapters["changed"] = engine.up()
    engine.config["access"] = False
    chapters["smaller"] = engine.up()
    chapters["destroyed"] = engine.destroy()
    cloud = engine.cloud
    return Life(chapters, cloud.events, len(cloud.alive))


@pytest.fixture(scope="module", params=["harness", "pulumi"])
def life(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Life]:
    """The same life, once through the harness and once through the real command line."""
    config: dict[str, object] = {**REGION, "suffix": "dev", "password": "hunter2"}
    if request.param == "harness":
        with Engine(PROGRAM, config=config, secrets=["password"]) as engine:
            yield live(engine)
        return
    reason = command_line.unavailable()
    if reason:
        pytest.skip(reason)
    home = tmp_path_factory.mktemp("pulumi")
    yield live(command_line.CommandLineEngine(PROGRAM, home=home, config=config, secrets=["password"]))


def test_preview_tells_and_does_nothing(life: Life) -> None:
    """A preview lists what up then creates; what only AWS can know is unknown, what the program says is known."""
    preview, created = life.chapters["preview"], life.chapters["created"]
    assert {(step.op, step.urn) for step in preview.changes} == {(step.op, step.urn) for step in created.changes}
    assert preview.step("access").inputs == {"fileSystemId": values.UNKNOWN}
    assert preview.step("bucket").inputs["bucket"] == "s3-data-dev"
    first = life.events[0]
    assert first.operation == "create"


def test_dependencies_exist_before_their_dependents(life: Life) -> None:
    """Inputs, ``depends_on`` (here: on a component, so on all in it) and providers decide the order of creation."""
    created = [event.name for event in life.events if event.operation == "create"][:7]
    assert created.index("key") < created.index("encryption")
    assert created.index("bucket") < created.index("policy")
    assert created.index("files") < created.index("access")
    assert all(created.index(name) < created.index("access") for name in ("policy", "encryption"))


def test_outputs_reach_dependents_and_the_stack(life: Life) -> None:
    """An input made of another resource's output holds the value that the provider answered."""
    created = life.chapters["created"]
    files = created.step("files", "aws:efs/fileSystem:FileSystem")
    assert created.step("access").inputs["fileSystemId"] == files.id == created.outputs["fileSystemId"]
    assert "arn:aws:s3:::s3-data-dev" in created.step("policy").inputs["policy"]
    assert created.outputs["account"] == "123456789012"


def test_urns_hold_the_components(life: Life) -> None:
    """A component's children carry its type in their URN; children of the stack do not carry the stack's."""
    created = life.chapters["created"]
    assert created.step("bucket").urn == "urn:pulumi:dev::platform::fixture:index:Store$aws:s3/bucket:Bucket::bucket"
    assert created.step("queue").urn == "urn:pulumi:dev::platform::aws:sqs/queue:Queue::queue"
    assert created.step("bucket").parent == created.step("store").urn


def test_second_run_changes_nothing(life: Life) -> None:
    """The same program again: every step is `same`, and the outputs are what they were."""
    again = life.chapters["again"]
    assert not again.changes
    assert again.outputs == life.chapters["created"].outputs


def test_change_is_planned_as_it_is_done(life: Life) -> None:
    """A retention changes in place; a file system's mode replaces the file system and what stands in it."""
    for chapter in ("planned", "changed"):
        steps = {step.name: step for step in life.chapters[chapter].changes if step.op != "delete-replaced"}
        assert {name: step.op for name, step in steps.items()} == {
            "queue": "update",
            "files": "replace",
            "access": "replace",
        }
        assert steps["queue"].changed == ("messageRetentionSeconds",)
        before, after = steps["queue"].old_inputs, steps["queue"].inputs
        assert (before["messageRetentionSeconds"], after["messageRetentionSeconds"]) == (3600, 7200)
        assert steps["access"].replacing == ("fileSystemId",)


def test_replaced_resources_go_last(life: Life) -> None:
    """The new file system and its access point exist before the old ones are deleted, the access point first."""
    last_creation = max(index for index, event in enumerate(life.events) if event.operation == "create")
    deleted = [(index, event.name) for index, event in enumerate(life.events) if event.operation == "delete"][:2]
    assert [name for _, name in deleted] == ["access", "files"]
    assert all(index > last_creation for index, _ in deleted)


def test_what_the_program_drops_is_deleted(life: Life) -> None:
    """A resource that is no longer in the program is deleted, and nothing else happens."""
    assert [(step.op, step.name) for step in life.chapters["smaller"].changes] == [("delete", "access")]


def test_destroy_leaves_nothing_and_goes_backwards(life: Life) -> None:
    """Everything that was created is deleted, dependents first."""
    assert life.alive_at_the_end == 0
    destroyed = [step.name for step in life.chapters["destroyed"].steps]
    assert destroyed.index("encryption") < destroyed.index("key")
    assert destroyed.index("policy") < destroyed.index("bucket") < destroyed.index("store")
    assert destroyed[-1].startswith(("platform", "default"))


def test_secret_outputs_are_known_as_such(life: Life) -> None:
    """A secret setting that the program exports is a secret output."""
    assert life.chapters["created"].outputs["password"] == "hunter2"
    assert life.chapters["created"].secret_outputs == {"password"}
