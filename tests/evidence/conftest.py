"""The platform and its report, made once for all tests here."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from cloudformation.synth import Synthesis, synthesize
from evidence.platform import Platform
from evidence.report import Report, report
from evidence.writing import write

ROOT = Path(__file__).resolve().parents[2]
TODAY = date(2026, 11, 24)


@pytest.fixture(scope="session")
def synthesis() -> Synthesis:
    """The platform, recorded and compiled."""
    return synthesize(ROOT)


@pytest.fixture(scope="session")
def platform(synthesis: Synthesis) -> Platform:
    return Platform(synthesis)


@pytest.fixture(scope="session")
def made(synthesis: Synthesis) -> Report:
    """The report, on a fixed day."""
    return report(synthesis, ROOT, today=TODAY)


@pytest.fixture(scope="session")
def page_file(made: Report, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The written page; its links lead to the files of the repository."""
    return write(made, tmp_path_factory.mktemp("report"), ROOT)


@pytest.fixture(scope="session")
def html(page_file: Path) -> str:
    return page_file.read_text(encoding="utf-8")
