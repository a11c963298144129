"""``docs/reliability.md`` says what the specs and the tests say."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from components.failover import failovers
from components.tap_stack import TapSpec

from .page import PAGE, written

TESTS = PAGE.parents[1] / "tests"


def rows(section: str) -> list[list[str]]:
    """The cells of the table under a heading."""
    text = PAGE.read_text(encoding="utf-8").partition(f"## {section}\n")[2].partition("\n## ")[0]
    lines = [line for line in text.splitlines() if line.startswith("| ")][2:]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def functions_in(file: Path) -> list[str]:
    """Names of the test functions in a file."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return [node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")]


@pytest.mark.parametrize(
    ("section", "folder"), [("Deployments that go wrong", "deployment"), ("Pulumi runs that go wrong", "engine")]
)
def test_every_fault_tried_has_a_row_and_every_row_a_test(section: str, folder: str) -> None:
    """The table is no longer than what was tried, and no shorter; no cell is empty."""
    table = rows(section)
    named = [re.fullmatch(r"`(test_\w+)`", row[-1]) for row in table]
    assert all(len(row) == 4 and all(row) for row in table)
    assert sorted(match[1] for match in named if match) == sorted(functions_in(TESTS / folder / "test_faults.py"))
    assert all(named)


def test_failover_figures_are_those_of_the_specs() -> None:
    """A changed setting changes the page: write it with ``python -m tests.deployment``."""
    text = PAGE.read_text(encoding="utf-8")
    assert written(text) == text
    assert all(f"| {item.tier} | {item.failure} |" in text for item in failovers(TapSpec()))


def test_files_that_the_page_names_exist() -> None:
    """Nobody is sent to a file that was renamed."""
    root = PAGE.parents[1]
    named = re.findall(r"`((?:tests|components|cloudformation|docs)/[\w/.]+)`", PAGE.read_text(encoding="utf-8"))
    assert len(named) > 3
    assert [name for name in named if not (root / name).exists()] == []
