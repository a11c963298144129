"""Availability as numbers: the failover budget, and the settings that have to add up to less than it."""

from __future__ import annotations

from dataclasses import dataclass

FAILOVER_BUDGET_SECONDS = 30
"""Longest time that a tier may take from a failure until it serves again."""


@dataclass(frozen=True)
class HealthCheckSpec:
    """How fast the load balancer notices a broken API task and is done with it. All times in seconds.

    Limits: Elastic Load Balancing API reference, CreateTargetGroup and the target-group attributes.

    Raises:
        ValueError: a value is outside the limits of Elastic Load Balancing, or the worst case exceeds the budget.
    """

    interval: int = 5
    timeout: int = 4
    healthy_threshold: int = 2
    unhealthy_threshold: int = 2
    drain: int = 15
    """Time that requests under way get before a target is taken out (the deregistration delay)."""

    def __post_init__(self) -> None:
        within("interval", self.interval, 5, 300, "seconds")
        within("timeout", self.timeout, 2, 120, "seconds")
        within("healthy_threshold", self.healthy_threshold, 2, 10, "checks")
        within("unhealthy_threshold", self.unhealthy_threshold, 2, 10, "checks")
        within("drain", self.drain, 0, 3600, "seconds")
        if self.timeout >= self.interval:
            raise ValueError(
                f"health check: the timeout of {self.timeout} s is not shorter than the interval of {self.interval} s. "
                "Lower the timeout or raise the interval."
            )
        _keep_budget(
            "API health check",
            self.failover_seconds,
            f"{self.detection_seconds} s to notice + {self.drain} s to drain",
            "interval, unhealthy_threshold or drain",
        )

    @property
    def detection_seconds(self) -> int:
        """Worst case: the target fails just after a check, and each of the failing checks runs into its timeout."""
        return self.interval * self.unhealthy_threshold + self.timeout

    @property
    def failover_seconds(self) -> int:
        """From the failure of a target until it neither gets nor holds requests."""
        return self.detection_seconds + self.drain


@dataclass(frozen=True)
class LeaseSpec:
    """How fast a stage's shards move from a crashed task to another one.

    Four times the lease is the worst case of the Kinesis Client Library 3: the library looks for expired leases every
    two lease times, has to see a lease unchanged twice, and may have seen its last renewal only just after a look
    (``LeaseAssignmentManager``, ``DEFAULT_LEASE_ASSIGNMENT_MANAGER_FREQ_MULTIPLIER``).

    Raises:
        ValueError: the lease is shorter than a second, or the worst case exceeds the budget.
    """

    seconds: int = 5

    def __post_init__(self) -> None:
        within("lease", self.seconds, 1, 3600, "seconds")
        _keep_budget("stage lease", self.takeover_seconds, f"4 x {self.seconds} s of lease time", "seconds")

    @property
    def takeover_seconds(self) -> int:
        """From the crash of a task until another one reads its shards."""
        return 4 * self.seconds


def within(what: str, value: float, low: float, high: float, unit: str) -> None:
    """Refuse a value outside its limits.

    Raises:
        ValueError: naming the value and both limits.
    """
    if not low <= value <= high:
        raise ValueError(f"{what}: {value} is not allowed; use {low} to {high} {unit}.")


def _keep_budget(what: str, seconds: int, sum_in_words: str, to_change: str) -> None:
    if seconds > FAILOVER_BUDGET_SECONDS:
        raise ValueError(
            f"{what}: the worst case is {seconds} s ({sum_in_words}), but the failover budget is "
            f"{FAILOVER_BUDGET_SECONDS} s. Lower {to_change}."
        )
