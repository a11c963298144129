"""Availability as numbers: the failover budget, what AWS says of its own share, and the settings that have to fit.

:mod:`components.failover` adds them up, tier by tier.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

FAILOVER_BUDGET_SECONDS = 30
"""Longest time that a tier may take from a failure until it serves again."""


class Basis(StrEnum):
    """What a duration rests on, from firm to weak."""

    OURS = "ours"
    """It follows from settings here, and from the published code of what they are settings of."""
    PROMISE = "promise"
    """AWS states it as a fact."""
    TYPICAL = "typical"
    """It is what is usual: a target, not a promise."""
    UNSTATED = "unstated"
    """Nobody gives a figure."""


@dataclass(frozen=True)
class Duration:
    """One part of a failover.

    Raises:
        ValueError: there is a figure without a statement, or a statement without a figure.
    """

    seconds: int | None
    basis: Basis
    source: str
    beyond_us: str = ""
    """Why no setting here can shorten it; such a part is shown, but not held against the budget."""

    def __post_init__(self) -> None:
        if (self.seconds is None) != (self.basis is Basis.UNSTATED):
            raise ValueError(f"duration: {self.seconds} s, but {self.basis}; a figure is stated or there is none.")


NOTHING = Duration(0, Basis.OURS, "")
AURORA_PROMOTION = Duration(
    30,
    Basis.TYPICAL,
    "Aurora user guide, fault tolerance: service is restored typically in less than 60 seconds, often in less than 30",
)
PROXY_SWITCH = Duration(
    0,
    Basis.TYPICAL,
    "Aurora user guide, planning for RDS Proxy: it keeps clients' connections and bypasses DNS caches",
)
PROXY_ZONE = Duration(
    None, Basis.UNSTATED, "Aurora user guide, RDS Proxy concepts: it runs in several zones; no time is stated"
)
CACHE_DETECTION = Duration(
    15,
    Basis.TYPICAL,
    "Valkey's default cluster-node-timeout, which is no parameter of ElastiCache; AWS states no time of its own",
)
LOAD_BALANCER_ZONE = Duration(
    None,
    Basis.UNSTATED,
    "Application Load Balancer user guide: AWS takes a failed zone's address out of service; no time is stated",
)
NAT_GATEWAY = Duration(
    None, Basis.UNSTATED, "Amazon VPC user guide: a NAT gateway is redundant within its zone; no time is stated"
)
TRAFFIC_SHIFT = Duration(
    None,
    Basis.UNSTATED,
    "Amazon ECS developer guide, blue/green: one change of the listener rule, to tasks that run; no time is stated",
)
LEADER_LOCK = Duration(
    120,
    Basis.OURS,
    "Kinesis Client Library 3, DynamoDBLockBasedLeaderDecider: lease of two minutes",
    beyond_us="the library has no setting for it; an image that needs less has to elect its leader by itself",
)


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


def cache_election_seconds(replicas: int) -> int:
    """How long the replicas of a shard take at most to elect a primary, once they know that the old one failed.

    Half a second, up to another half at random, and a second for each replica that holds more of the data (Valkey
    cluster specification, "Replica election and promotion").
    """
    return 1 + (replicas - 1)


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
