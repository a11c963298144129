"""Settings of the compiler's tests."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, Phase, settings

# Generated examples of all fuzz tests together: see test_fuzz.py for their shares.
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "500"))

settings.register_profile(
    "compiler",
    deadline=None,
    derandomize=EXAMPLES <= 500,
    suppress_health_check=[HealthCheck.too_slow],
    # Not `explain`, which takes minutes where each example is a whole program.
    phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
)
settings.load_profile("compiler")


def pytest_configure(config: pytest.Config) -> None:
    """A program that fails leaves coroutines behind that nobody awaits any more."""
    config.addinivalue_line("filterwarnings", "ignore:coroutine .* was never awaited:RuntimeWarning")
