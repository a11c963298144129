"""How many transactions a second each part of the platform takes at its limits, and which part is reached first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .cost import Cost, cost
from .demand import Scaling, pipeline, scalings
from .figures import PriceTable, Workload
from .platform import Platform, at, items
from .sizes import Size

TIMES = (1, 10, 100)
"""Multiples of the volume for which growth is shown."""

KIB_PER_MIB = 1024


@dataclass(frozen=True)
class Limit:
    """One limit on the way of a transaction."""

    urn: str
    resource: str
    part: str
    """The part of the platform, in the order in which a transaction passes them."""
    what: str
    tps: float
    """Transactions a second."""
    figure: str
    """The figure it is computed from, and where that is from."""
    assumed: bool
    """Whether an assumption of ours is in it, which no setting and no page of AWS says."""
    raised_by: str
    """What raises it."""


@dataclass(frozen=True)
class ClientLimit:
    """One limit for each client, not for the platform."""

    urn: str
    resource: str
    what: str
    rps: float
    """API requests a second, sustained."""
    figure: str


@dataclass(frozen=True)
class Growth:
    """What a multiple of the volume asks, costs and exceeds."""

    times: int
    average: float
    peak: float
    """Transactions a second."""
    cost: Cost
    exceeded: tuple[Limit, ...]
    """Limits that the peak is beyond, the lowest first."""


@dataclass(frozen=True)
class Capacity:
    size: Size
    limits: tuple[Limit, ...]
    clients: tuple[ClientLimit, ...]
    growth: tuple[Growth, ...]

    @property
    def bottleneck(self) -> Limit:
        """The lowest limit; of equals the one that a transaction meets first."""
        return min(self.limits, key=lambda limit: limit.tps)


def capacity(platform: Platform, size: Size, prices: PriceTable, workload: Workload) -> Capacity:
    """Every limit of one size, and how cost and load grow."""
    limits = tuple(_limits(platform, size, workload))
    growth = []
    for times in TIMES:
        average = size.volume * times
        peak = average * workload["volume.peak"]
        exceeded = tuple(sorted((item for item in limits if item.tps < peak), key=lambda item: item.tps))
        growth.append(Growth(times, average, peak, cost(platform, size, prices, workload, times), exceeded))
    return Capacity(size, limits, tuple(_client_limits(platform, size)), tuple(growth))


def _limits(platform: Platform, size: Size, workload: Workload) -> Iterator[Limit]:
    each = workload["transaction.api_requests"]
    for settings in platform.of("aws:apigateway/methodSettings:MethodSettings"):
        rate = size.number(at(settings, "settings.throttlingRateLimit"))
        yield Limit(
            settings.urn,
            settings.name,
            "API",
            "Throttle of the API stage",
            rate / each,
            f"{rate:,.0f} requests a second (setting) at {each:g} requests a transaction (assumed)",
            True,
            "ApiRateLimit",
        )
    scaling = {item.service.urn: item for item in scalings(platform, size)}
    for item in scaling.values():
        if item.stream is None:
            yield _service_limit(item, "API", each)
    for stage in pipeline(platform):
        yield _stream_limit(stage.stream.urn, stage.stream.name, stage.name, workload)
        consumers = scaling.get(stage.service.urn) if stage.service else None
        if consumers is not None:
            yield _consumer_limit(consumers, stage.name, workload)
    yield from _database_limits(platform, size, workload)


def _service_limit(scaling: Scaling, part: str, each: float) -> Limit:
    return Limit(
        scaling.target.urn,
        scaling.service.name,
        part,
        "Tasks of the API service",
        scaling.most * scaling.per_task / each,
        f"{scaling.most:.0f} tasks (setting) at {scaling.per_task:g} requests a second each, the load that scaling "
        "aims at (setting); how much a task really takes shows in a load test",
        True,
        "ApiMaxTasks",
    )


def _stream_limit(urn: str, name: str, part: str, workload: Workload) -> Limit:
    records = workload["streams.start_shards"] * workload["streams.shard_records"]
    by_size = workload["streams.start_mib"] * KIB_PER_MIB / workload["transaction.record_kib"]
    return Limit(
        urn,
        name,
        part,
        "Stream, while it is new",
        min(records, by_size),
        f"{workload['streams.start_mib']:g} MiB or {records:,.0f} records a second for a new on-demand stream; it "
        f"grows to twice its highest load of 30 days, up to {workload['streams.most_mib'] / KIB_PER_MIB:g} GiB a "
        "second (Amazon Kinesis, Quotas and limits)",
        by_size < records,
        "traffic itself; at most twice the load of the last 30 days at once",
    )


def _consumer_limit(scaling: Scaling, part: str, workload: Workload) -> Limit:
    # A shard is read by one task at a time, so more tasks than shards stand idle.
    shards = workload["streams.start_shards"]
    busy = min(scaling.most, shards)
    why = "more tasks than shards stand idle" if shards < scaling.most else "setting"
    return Limit(
        scaling.target.urn,
        scaling.service.name,
        part,
        "Consumers of the stage, while its stream is new",
        busy * scaling.per_task,
        f"{busy:.0f} busy tasks ({why}) at {scaling.per_task:g} records a second each, the load that scaling aims at "
        f"(setting); with all {scaling.most:.0f} tasks {scaling.most * scaling.per_task:,.0f}",
        True,
        "growth of the stream, then StageMaxTasks" if shards < scaling.most else "StageMaxTasks",
    )


def _database_limits(platform: Platform, size: Size, workload: Workload) -> Iterator[Limit]:
    for cluster in platform.of("aws:rds/cluster:Cluster"):
        units = size.number(at(cluster, "serverlessv2ScalingConfiguration.maxCapacity"))
        cpu = units * workload["database.vcpu_per_acu"]
        yield Limit(
            cluster.urn,
            cluster.name,
            "database",
            "Capacity of the writer",
            cpu * 1000 / workload["transaction.database_cpu_ms"],
            f"{units:g} capacity units (setting), {workload['database.vcpu_per_acu']:g} vCPU each and "
            f"{workload['transaction.database_cpu_ms']:g} ms a transaction (both assumed)",
            True,
            "DatabaseMaxCapacity",
        )


def _client_limits(platform: Platform, size: Size) -> Iterator[ClientLimit]:
    for plan in platform.of("aws:apigateway/usagePlan:UsagePlan"):
        rate = size.number(at(plan, "throttleSettings.rateLimit"))
        yield ClientLimit(
            plan.urn, plan.name, "Throttle of one client", rate, f"{rate:,.0f} requests a second (setting)"
        )
        quota = size.number(at(plan, "quotaSettings.limit"))
        days = {"DAY": 1, "WEEK": 7, "MONTH": 30}[size.text(at(plan, "quotaSettings.period")) or "DAY"]
        text = f"{quota:,.0f} requests in {days} day{'s' if days > 1 else ''} (setting)"
        yield ClientLimit(plan.urn, plan.name, "Quota of one client, all day long", quota / days / 86_400, text)
    for acl in platform.of("aws:wafv2/webAcl:WebAcl"):
        for rule in items(acl, "rules"):
            limit = at(rule, "statement.rateBasedStatement.limit")
            if limit is None:
                continue
            count = size.number(limit)
            window = at(rule, "statement.rateBasedStatement.evaluationWindowSec")
            seconds = size.number(window) if window else 300
            text = f"{count:,.0f} requests in {seconds:g} seconds (setting)"
            yield ClientLimit(acl.urn, acl.name, "Firewall, for one source address", count / seconds, text)
