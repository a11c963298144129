"""Settings of the compiler's tests."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings

# One in four fuzz examples is a whole program; all together they are the number in the name.
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "500"))

settings.register_profile(
    "compiler", deadline=None, derandomize=EXAMPLES <= 500, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("compiler")


def pytest_configure(config: pytest.Config) -> None:
    """A program that fails leaves coroutines behind that nobody awaits any more."""
    config.addinivalue_line("filterwarnings", "ignore:coroutine .* was never awaited:RuntimeWarning")
