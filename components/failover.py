"""Failover and loss as tables: how long each tier is away when a part of it fails, and what it acknowledges when.

Both are worked out from the specs; the figures that are AWS's stand in :mod:`components.availability`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from components.availability import (
    AURORA_PROMOTION,
    CACHE_DETECTION,
    FAILOVER_BUDGET_SECONDS,
    LEADER_LOCK,
    LOAD_BALANCER_ZONE,
    NAT_GATEWAY,
    NOTHING,
    PROXY_SWITCH,
    PROXY_ZONE,
    TRAFFIC_SHIFT,
    Basis,
    Duration,
    cache_election_seconds,
)
from components.container_contract import STAGE_STOP_SECONDS

if TYPE_CHECKING:
    from components.cache import CacheSpec
    from components.processing import ProcessingSpec


class Specs(Protocol):
    """What of a stack's spec decides about failover."""

    @property
    def cache(self) -> CacheSpec: ...
    @property
    def processing(self) -> ProcessingSpec: ...


class Verdict(StrEnum):
    """How a failover compares with the budget."""

    KEPT = "kept"
    TARGET = "target"
    """What is usual is within the budget, but nobody promises it."""
    MISSED = "missed"
    """Longer than the budget, for reasons that no setting here can change."""
    UNKNOWN = "unknown"
    """AWS states no time."""


@dataclass(frozen=True)
class Failover:
    """One way in which a tier can fail, and how long it is away then, in the worst case."""

    tier: str
    failure: str
    detection: Duration = NOTHING
    switch: Duration = NOTHING
    drain: Duration = NOTHING

    @property
    def parts(self) -> tuple[Duration, ...]:
        return (self.detection, self.switch, self.drain)

    @property
    def seconds(self) -> int | None:
        """All parts together; None when one of them is stated nowhere."""
        known = [part.seconds for part in self.parts if part.seconds is not None]
        return sum(known) if len(known) == len(self.parts) else None

    @property
    def ours(self) -> int:
        """The parts that are held against the budget."""
        return sum(part.seconds or 0 for part in self.parts if not part.beyond_us)

    @property
    def basis(self) -> Basis:
        """The weakest that a part rests on."""
        return max((part.basis for part in self.parts), key=list(Basis).index)

    @property
    def verdict(self) -> Verdict:
        if self.seconds is None:
            return Verdict.UNKNOWN
        if self.seconds > FAILOVER_BUDGET_SECONDS:
            return Verdict.MISSED
        return Verdict.TARGET if self.basis is Basis.TYPICAL else Verdict.KEPT


@dataclass(frozen=True)
class Durability:
    """What a tier has done when it acknowledges a write, and what a failover can lose of it."""

    tier: str
    acknowledged: str
    lost: str
    """What a failover can lose of what was acknowledged; empty for nothing."""
    basis: Basis
    source: str


def failovers(specs: Specs) -> tuple[Failover, ...]:
    """Every tier's ways to fail, in the order in which a transaction meets the tiers."""
    processing = specs.processing
    check = processing.health_check
    drain = Duration(check.drain, Basis.OURS, "deregistration delay of the target groups")
    takeover = Duration(
        processing.lease.takeover_seconds,
        Basis.OURS,
        f"Kinesis Client Library 3, LeaseAssignmentManager: four times the lease of {processing.lease.seconds} s",
    )
    return (
        Failover("Load balancer", "a zone fails", switch=LOAD_BALANCER_ZONE),
        Failover(
            "API service",
            "a task fails, or hangs",
            detection=Duration(
                check.detection_seconds,
                Basis.OURS,
                f"{check.unhealthy_threshold} health checks {check.interval} s apart, the last one timing out",
            ),
            drain=drain,
        ),
        Failover("API service", "a release goes back to the one before", switch=TRAFFIC_SHIFT, drain=drain),
        Failover("Stage consumers", "a task fails", detection=takeover),
        Failover("Stage consumers", "the task that assigns leases fails", detection=LEADER_LOCK, switch=takeover),
        Failover(
            "Stage consumers",
            "a task hangs and keeps its leases",
            detection=Duration(
                processing.stage_health.detection_seconds,
                Basis.OURS,
                f"{processing.stage_health.retries} health checks of the container, the last one timing out",
            ),
            switch=Duration(
                STAGE_STOP_SECONDS,
                Basis.OURS,
                "stop timeout of the task: until it is killed, its leases may stay with it",
                beyond_us="the time is meant for an orderly hand-over; an image ends by itself when it hangs",
            ),
        ),
        Failover("Stage consumers", "a NAT gateway fails; only its zone loses the card networks", switch=NAT_GATEWAY),
        Failover("Database", "the writer fails", detection=AURORA_PROMOTION, switch=PROXY_SWITCH),
        Failover("Database proxy", "a zone fails", switch=PROXY_ZONE),
        Failover(
            "Cache",
            "the primary of a shard fails",
            detection=CACHE_DETECTION,
            switch=Duration(
                cache_election_seconds(specs.cache.replicas_per_shard),
                Basis.TYPICAL,
                f"Valkey cluster specification: election among {specs.cache.replicas_per_shard} replicas",
            ),
        ),
    )


def durabilities(specs: Specs) -> tuple[Durability, ...]:
    """What is acknowledged before it is durable, tier by tier."""
    return (
        Durability(
            "API service",
            "a transaction: when the first stream has confirmed the record",
            "",
            Basis.OURS,
            "docs/container-contract.md, which binds the image",
        ),
        Durability(
            "Streams",
            "a record: when three zones hold it",
            "",
            Basis.PROMISE,
            "Kinesis Data Streams: synchronous replication across three zones",
        ),
        Durability(
            "Stage consumers",
            "a record: by the checkpoint, after its effect is committed and the next stream has confirmed it",
            "",
            Basis.OURS,
            "docs/container-contract.md: at least once, and the effect once",
        ),
        Durability(
            "Database",
            "a commit: when four of six copies in three zones hold it",
            "",
            Basis.PROMISE,
            "Aurora user guide, high availability: synchronous replication to six storage nodes in three zones",
        ),
        _cache_durability(specs.cache),
        Durability(
            "Shared files",
            "a write: when the file is synced or closed, several zones hold it",
            "what a task has written and neither synced nor closed",
            Basis.PROMISE,
            "Amazon EFS user guide, data consistency",
        ),
        Durability(
            "Dead-letter queues",
            "a record: when several zones hold it",
            "",
            Basis.PROMISE,
            "Amazon SQS developer guide: messages are stored in several zones",
        ),
        Durability(
            "Logs of the services",
            "a line: at once, before it is sent",
            "lines that a task has not sent yet when it ends",
            Basis.OURS,
            "log driver in non-blocking mode: no stalled log may stop a payment",
        ),
    )


def check(specs: Specs) -> None:
    """Refuse specs with which a tier would be away longer than the budget allows.

    Raises:
        ValueError: naming every such tier, its parts and the budget.
    """
    late = [failover for failover in failovers(specs) if failover.ours > FAILOVER_BUDGET_SECONDS]
    if late:
        raise ValueError(
            "\n".join(
                f"{failover.tier}, {failover.failure}: {failover.ours} s ({_sum(failover)}), but the failover budget "
                f"is {FAILOVER_BUDGET_SECONDS} s. Lower what the parts come from."
                for failover in late
            )
        )


def _sum(failover: Failover) -> str:
    """The parts in words: ``25 s: 2 health checks …``."""
    counted = [part for part in failover.parts if part.seconds and not part.beyond_us]
    return " + ".join(f"{part.seconds} s: {part.source}" for part in counted)


def _cache_durability(cache: CacheSpec) -> Durability:
    if cache.loses_no_write:
        return Durability(
            "Cache",
            "a write: when a log in several zones holds it",
            "",
            Basis.PROMISE,
            "Amazon ElastiCache user guide, durability: synchronous writes",
        )
    return Durability(
        "Cache",
        "a write: when the primary holds it",
        "what the primary has acknowledged and not yet sent to a replica",
        Basis.PROMISE,
        "Amazon ElastiCache user guide, replication: asynchronous",
    )
