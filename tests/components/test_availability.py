"""The failover budget, and the specs that have to stay within it."""

from __future__ import annotations

import pytest

from components.availability import FAILOVER_BUDGET_SECONDS, HealthCheckSpec, LeaseSpec


def test_default_health_check_fails_over_within_the_budget() -> None:
    """Two failing checks 5 s apart, the last one running into its 4 s timeout, and 15 s to drain: 29 s."""
    spec = HealthCheckSpec()

    assert spec.detection_seconds == 14
    assert spec.failover_seconds == 29


def test_health_check_beyond_the_budget_is_refused_with_both_values() -> None:
    """One second too many is refused, and the message names the worst case, its parts and the budget."""
    HealthCheckSpec(drain=16)

    with pytest.raises(ValueError, match=r"worst case is 31 s \(14 s to notice \+ 17 s to drain\).*budget is 30 s"):
        HealthCheckSpec(drain=17)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"interval": 4, "timeout": 2}, r"interval: 4 is not allowed; use 5 to 300"),
        ({"timeout": 1}, r"timeout: 1 is not allowed; use 2 to 120"),
        ({"unhealthy_threshold": 1}, r"unhealthy_threshold: 1 is not allowed; use 2 to 10"),
        ({"healthy_threshold": 11}, r"healthy_threshold: 11 is not allowed; use 2 to 10"),
        ({"drain": -1}, r"drain: -1 is not allowed"),
        ({"timeout": 5}, r"timeout of 5 s is not shorter than the interval of 5 s"),
    ],
)
def test_health_check_outside_the_limits_of_aws_is_refused(change: dict[str, int], message: str) -> None:
    """What Elastic Load Balancing would refuse at deploy time is refused when the spec is built."""
    with pytest.raises(ValueError, match=message):
        HealthCheckSpec(**change)


def test_lease_moves_within_the_budget_or_is_refused() -> None:
    """Four lease times fit into the budget up to a lease of 7 s; 8 s are refused."""
    assert LeaseSpec(7).takeover_seconds <= FAILOVER_BUDGET_SECONDS

    with pytest.raises(ValueError, match=r"stage lease: the worst case is 32 s \(4 x 8 s"):
        LeaseSpec(8)
    with pytest.raises(ValueError, match=r"lease: 0 is not allowed"):
        LeaseSpec(0)
