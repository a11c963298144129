"""The engine's memory: the state file and the order of deletion."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from .results import EngineError
from .state import PendingOperation, Resource, StateFile, deletion_order


def resource(name: str, *dependencies: str, parent: str = "", provider: str = "") -> Resource:
    """A resource of no particular type."""
    return Resource(
        f"urn::{name}", "t", custom=True, inputs={}, dependencies=dependencies, parent=parent, provider=provider
    )


def test_dependents_are_deleted_first() -> None:
    """Dependencies, inputs, parents and providers all outlive what needs them, however the state is ordered."""
    provider = resource("provider")
    parent = resource("parent")
    low = resource("low", provider="urn::provider::id", parent="urn::parent")
    middle = resource("middle", "urn::low", provider="urn::provider::id")
    high = dataclasses.replace(resource("high"), property_dependencies={"x": ("urn::middle",)})
    order = [item.name for item in deletion_order([high, provider, low, parent, middle])]
    assert order.index("high") < order.index("middle") < order.index("low")
    assert order.index("low") < order.index("parent")
    assert order.index("low") < order.index("provider")


def test_state_is_what_was_last_written(tmp_path: Path) -> None:
    """A new reader sees the resources and the operations under way, before and after the file is made compact."""
    path = tmp_path / "state"
    first, second = resource("a"), dataclasses.replace(resource("b", "urn::a"), inputs={"n": 1.0, "t": ["x"]})
    old = dataclasses.replace(first, id="1", condemned=True)
    state = StateFile(path)
    state.write([first], [PendingOperation("creating", "urn::b")])
    assert StateFile(path).pending == (PendingOperation("creating", "urn::b"),)
    state.write([dataclasses.replace(first, id="2"), old, second], [])
    state.write([dataclasses.replace(first, id="2"), second], [])
    state.write([second, old], [])
    for _ in range(2):
        again = StateFile(path)
        assert set(map(str, again.resources)) == {str(old), str(second)}
        assert again.pending == ()
        again.compact()
    assert len(path.read_text().splitlines()) == 1


def test_line_that_was_cut_off_does_not_count(tmp_path: Path) -> None:
    """An engine that is killed while it writes leaves the state before that write."""
    path = tmp_path / "state"
    state = StateFile(path)
    state.write([resource("a")], [])
    whole = path.read_text()
    state.write([resource("a"), resource("b")], [])
    path.write_text(path.read_text()[: len(whole) + 20])
    assert [item.name for item in StateFile(path).resources] == ["a"]


def test_one_operation_at_a_time(tmp_path: Path) -> None:
    """A stack that is being worked on is locked, and free again afterwards."""
    path = tmp_path / "state"
    with (
        StateFile(path).locked(),
        pytest.raises(EngineError, match="locked by another operation"),
        StateFile(path).locked(),
    ):
        pass
    with StateFile(path).locked():
        pass
