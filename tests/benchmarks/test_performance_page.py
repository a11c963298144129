"""The generated part of the performance page, and what stands around it."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.performance.page import BEGIN, END, PageError, replaced, section, write
from benchmarks.performance.tables import Table

TABLE = Table("Times:", ("What", "Seconds"), [("synth", "1.5"), ("a longer name", "2")])


def test_only_the_generated_part_changes(tmp_path: Path) -> None:
    """A new page has headings for what is written by hand; what is then written there stays."""
    page = tmp_path / "performance.md"
    write(page, "first results")
    text = page.read_text()
    assert text.index(BEGIN) < text.index("first results") < text.index(END) < text.index("## Where time went")
    page.write_text(text.replace("## Where time went\n", "## Where time went\n\nIn imports.\n"))
    write(page, "second results")
    assert page.read_text() == text.replace("first results", "second results").replace(
        "## Where time went\n", "## Where time went\n\nIn imports.\n"
    )


@pytest.mark.parametrize(
    "page", ["", BEGIN, END, f"{END}\n{BEGIN}", f"{BEGIN}\n{END}\n{BEGIN}\n{END}", f"{BEGIN}\n{END}\n{END}"]
)
def test_page_without_its_marks(page: str) -> None:
    """Nothing is written where it is not clear what would be lost."""
    with pytest.raises(PageError, match="needs these two lines"):
        replaced(page, "results")


def test_section() -> None:
    """Tables, what was left out and why, and what it was measured with."""
    text = section([TABLE], ["Python 3"], ["CDK: npm is not installed"])
    assert "| synth         | 1.5     |" in text
    assert "- Not measured: CDK: npm is not installed" in text
    assert text.endswith("- Python 3")
    assert "Not measured" not in section([TABLE], ["Python 3"], [])
