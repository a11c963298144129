"""Placements make a tree, or say why they cannot."""

from __future__ import annotations

import pytest

from cloudformation.graph import ListValue, Literal, MapValue, Path
from cloudformation.placement import ConflictError, Disposition, Placement, build


def _placement(target: Path | None, value: str) -> Placement:
    return Placement("urn:a", ("x",), "urn:a", target, Literal(value), Disposition.PROPERTY)


def test_targets_become_objects_and_lists() -> None:
    """Numbers are places in a list, in their order, whatever order they come in and whichever are left out."""
    placements = [
        _placement(("B", 4, "K"), "late"),
        _placement(("A",), "a"),
        _placement(("B", 0, "K"), "early"),
        _placement(None, "nowhere"),
    ]
    listed = ListValue((MapValue({"K": Literal("early")}), MapValue({"K": Literal("late")})))
    assert build(placements) == MapValue({"B": listed, "A": Literal("a")})


@pytest.mark.parametrize(
    ("one", "two", "place"), [(("A",), ("A",), "A"), (("A",), ("A", "B"), r"A\.B"), (("A", "B"), ("A",), "A")]
)
def test_two_values_in_one_place_are_a_conflict(one: Path, two: Path, place: str) -> None:
    """Neither may win silently."""
    with pytest.raises(ConflictError, match=f"^{place} is set twice"):
        build([_placement(one, "1"), _placement(two, "2")])
