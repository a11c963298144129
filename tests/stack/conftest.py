"""The platform's template, made once for all tests here."""

from __future__ import annotations

from pathlib import Path

import pytest

from cloudformation.synth import Synthesis, synthesize

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def root() -> Path:
    """Folder of the program."""
    return ROOT


@pytest.fixture(scope="session")
def synthesis() -> Synthesis:
    """The platform, recorded and compiled."""
    return synthesize(ROOT)
