"""The failover and loss tables: computed from the specs, honest about what nobody promises, and enforced."""

from __future__ import annotations

import pytest

from components.availability import FAILOVER_BUDGET_SECONDS, Basis, Duration, HealthCheckSpec, LeaseSpec
from components.cache import CacheEngine, CacheSpec
from components.failover import Failover, Verdict, durabilities, failovers
from components.processing import ProcessingSpec
from components.tap_stack import TapSpec
from components.task_definitions import ContainerHealthSpec


def by_failure(spec: TapSpec) -> dict[str, Failover]:
    """The rows by tier and failure."""
    return {f"{failover.tier}: {failover.failure}": failover for failover in failovers(spec)}


def test_what_is_ours_keeps_the_budget() -> None:
    """With the default specs every tier's own share is within the budget."""
    assert {row.tier for row in failovers(TapSpec()) if row.ours > FAILOVER_BUDGET_SECONDS} == set()


def test_the_table_follows_the_specs() -> None:
    """Other settings give other rows: the health check, the lease and the number of replicas show."""
    spec = TapSpec(
        cache=CacheSpec(replicas_per_shard=4),
        processing=ProcessingSpec(health_check=HealthCheckSpec(drain=5), lease=LeaseSpec(3)),
    )

    before, after = by_failure(TapSpec()), by_failure(spec)

    assert before["API service: a task fails, or hangs"].seconds == 29
    assert before["Stage consumers: a task fails"].seconds == 20
    assert after["API service: a task fails, or hangs"].seconds == 19
    assert after["Stage consumers: a task fails"].seconds == 12
    cache = "Cache: the primary of a shard fails"
    assert (before[cache].switch.seconds, after[cache].switch.seconds) == (2, 4)


def test_what_nobody_promises_is_never_called_kept() -> None:
    """A row is kept only if all of it is ours or a promise; typical figures make a target, missing ones no figure."""
    verdicts = {key: row.verdict for key, row in by_failure(TapSpec()).items()}

    assert verdicts["Database: the writer fails"] is Verdict.TARGET
    assert verdicts["Load balancer: a zone fails"] is Verdict.UNKNOWN
    for row in failovers(TapSpec()):
        if row.verdict is Verdict.KEPT:
            assert {part.basis for part in row.parts} <= {Basis.OURS, Basis.PROMISE}


def test_what_is_missed_says_why() -> None:
    """A row beyond the budget names a part that no setting can shorten; without such a part it would be refused."""
    missed = [row for row in failovers(TapSpec()) if row.verdict is Verdict.MISSED]

    assert {row.failure for row in missed} == {
        "the task that assigns leases fails",
        "a task hangs and keeps its leases",
    }
    for row in missed:
        assert [part for part in row.parts if part.beyond_us]


def test_every_figure_has_a_source() -> None:
    """Nothing is typed in without saying where it is from, in either table."""
    for row in failovers(TapSpec()):
        for part in row.parts:
            assert part.source or part.seconds == 0
    assert all(row.source for row in durabilities(TapSpec()))


def test_a_spec_that_breaks_the_budget_is_refused() -> None:
    """Each part may be allowed by itself, and their sum not: a slow container check is refused with the whole stack."""
    slow = ProcessingSpec(stage_health=ContainerHealthSpec(interval=13))

    message = r"Stage consumers, a task hangs .*: 31 s \(31 s: 2 health checks .*budget is 30 s"
    with pytest.raises(ValueError, match=message):
        TapSpec(processing=slow)
    TapSpec(processing=ProcessingSpec(stage_health=ContainerHealthSpec(interval=12)))


def test_nothing_acknowledged_is_lost_but_what_the_table_names() -> None:
    """Transactions survive a failover everywhere; unsynced files and unsent log lines do not, and are named."""
    losing = {row.tier for row in durabilities(TapSpec()) if row.lost}

    assert losing == {"Shared files", "Logs of the services"}


def test_the_other_cache_engine_is_said_to_lose_writes() -> None:
    """With asynchronous replication the cache's row names what a failover loses."""
    spec = TapSpec(cache=CacheSpec(engine=CacheEngine.REDIS))

    (cache,) = [row for row in durabilities(spec) if row.tier == "Cache"]
    assert "not yet sent to a replica" in cache.lost


@pytest.mark.parametrize(("seconds", "basis"), [(None, Basis.TYPICAL), (5, Basis.UNSTATED)])
def test_a_figure_that_nobody_states_is_refused(seconds: int | None, basis: Basis) -> None:
    """A duration either has a figure that somebody states, or says that there is none."""
    with pytest.raises(ValueError, match="a figure is stated or there is none"):
        Duration(seconds, basis, "hearsay")
