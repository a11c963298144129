"""Logical ids of what holds data: renaming one would make CloudFormation replace it, and lose what it held."""

from __future__ import annotations

from pathlib import Path

from cloudformation.synth import Synthesis

PINNED = Path(__file__).with_name("stateful_ids.txt")


def test_stateful_resources_keep_their_logical_ids(synthesis: Synthesis) -> None:
    """A pinned id never changes or goes by accident, and a new stateful resource is pinned at once."""
    found = {
        f"{item.logical_id} {item.type}" for item in synthesis.compilation.template.resources if item.deletion_policy
    }
    assert found == set(PINNED.read_text(encoding="utf-8").splitlines())
