"""The page as a file: alone, small, harmless."""

from __future__ import annotations

import argparse
import dataclasses
import re
from pathlib import Path

import pytest

from evidence.commands import add_arguments
from evidence.compliance import Check, Outcome, Result
from evidence.files import as_csv
from evidence.page import money, page, relative_root
from evidence.report import Report
from evidence.text import as_text
from evidence.writing import write_pictures
from tests.evidence.support import Tables


def test_the_page_needs_nothing_else(html: str) -> None:
    """No script, style, font, picture or frame from elsewhere, and a policy that forbids them."""
    assert not re.findall(r"""(?:src|srcset|action|poster|background)\s*=""", html)
    assert not re.findall(r"<(?:iframe|object|embed|base|link(?! rel=\"icon\" href=\"data:,\"))", html)
    assert "@import" not in html
    # Arrow heads are parts of the drawing itself.
    assert not re.findall(r"url\((?!#)", html)
    assert "default-src 'none'" in html
    # Sources of prices are told as text; nothing leads out of the repository.
    assert not [link for link in Tables(html).links if "//" in link]


def test_the_page_is_small(page_file: Path) -> None:
    """Two megabytes are the limit."""
    assert page_file.stat().st_size < 2_000_000


def test_the_page_is_the_same_twice(made: Report) -> None:
    """Same program, same page: it can be compared."""
    assert page(made, (), "../..") == page(made, (), "../..")


def test_links_go_from_the_page_to_the_repository(tmp_path: Path) -> None:
    """Wherever the page is written, its links find the files."""
    assert relative_root(tmp_path / "build" / "report", tmp_path) == "../.."
    assert relative_root(tmp_path / "out", tmp_path / "repo") == "../repo"


def with_check(made: Report, text: str) -> Report:
    result = Result(text, "aws:x", text, Outcome.FAIL, text, None, None)
    check = Check(1, text, ("1.1.1",), "rule", text, "high", text, (result,))
    compliance = dataclasses.replace(made.compliance, checks=(check,))
    return dataclasses.replace(made, compliance=compliance)


def test_names_cannot_become_markup(made: Report) -> None:
    """Whatever the program calls things, it is shown as text."""
    html = page(with_check(made, "<script>alert(1)</script>\"'"), (), "../..")
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert" in html
    assert Tables(html).tags.count("script") == 1


def test_names_cannot_become_formulas(made: Report) -> None:
    """A spreadsheet that opens the CSV file computes nothing."""
    table = as_csv(with_check(made, "=1+1"))["controls.csv"]
    assert "'=1+1" in table
    assert ",=1" not in table


def test_the_terminal_form_is_short(made: Report) -> None:
    """One screen: summary, what is wrong or waived, cost, bottleneck."""
    text = as_text(made)
    assert len(text.splitlines()) < 70
    assert "First bottleneck" in text
    assert "at least" in text
    failing = as_text(with_check(made, "something"))
    assert "fail (1)" in failing


@pytest.mark.parametrize(("usd", "text"), [(5.0, "5"), (0.0000035, "0.0000035"), (0.048, "0.048")])
def test_prices_are_written_with_the_digits_they_have(usd: float, text: str) -> None:
    """Small prices are not rounded away."""
    assert money(usd) == text


def test_pictures_are_written_for_the_documents(made: Report, tmp_path: Path) -> None:
    """Two SVG files, the ones that stand in docs."""
    files = write_pictures(made, tmp_path / "docs")
    assert [file.name for file in files] == ["architecture.svg", "capacity.svg"]
    assert all(file.read_text(encoding="utf-8").startswith("<?xml") for file in files)


def test_the_command_is_offered_without_its_imports() -> None:
    """A command line that does not report pays nothing for it."""
    parser = argparse.ArgumentParser()
    add_arguments(parser.add_subparsers())
    options = parser.parse_args(["report", "--text", "--program", "here"])
    assert (options.text, options.program, options.output) == (True, Path("here"), None)
