"""Where logs are kept, under which key, and for how long (PCI DSS v4.0.1, 10.3.2, 10.5.1)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cloudformation.graph import Resource, references

from .platform import Platform, at, items, shown

LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"


@dataclass(frozen=True)
class LogStore:
    """One log group, or one bucket that keeps logs."""

    urn: str
    name: str
    kind: str
    physical: str
    key: str
    least_days: int | None
    """The shortest time that the settings allow events to be kept, in days."""
    retention: str
    masked: str
    """``yes`` where card data in it is masked, ``no payload`` where none can reach it, else ``no``."""


def logs(platform: Platform) -> Iterator[LogStore]:
    """Every log group and every bucket with a lifecycle."""
    masked = {
        urn
        for policy in platform.of("aws:cloudwatch/logDataProtectionPolicy:LogDataProtectionPolicy")
        for urn in references(policy.inputs["logGroupName"])
    }
    for group in platform.of(LOG_GROUP):
        given = at(group, "retentionInDays")
        key = platform.target(at(group, "kmsKeyId"))
        days = platform.bounds(given)
        yield LogStore(
            group.urn,
            group.name,
            "log group",
            shown(at(group, "name")),
            key.name if key else "",
            int(days[0]) if days else None,
            _kept(days, shown(given)),
            "yes" if group.urn in masked else "no payload" if _holds_no_payload(platform, group) else "no",
        )
    yield from _log_buckets(platform)


def _holds_no_payload(platform: Platform, group: Resource) -> bool:
    """Whether nothing but packet headers reaches it, as in flow logs."""
    users = platform.users(group)
    return bool(users) and all(user.type == "aws:ec2/flowLog:FlowLog" or "iam/" in user.type for user in users)


def _kept(days: tuple[float, float] | None, given: str) -> str:
    if days is None:
        return given or "for ever"
    low, high = (f"{int(day):,}" for day in days)
    return f"{low} days" if low == high else f"{low} to {high} days ({given})"


def _log_buckets(platform: Platform) -> Iterator[LogStore]:
    for lifecycle in platform.of("aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"):
        bucket = platform.target(at(lifecycle, "bucket"))
        expiry = next((at(rule, "expiration.days") for rule in items(lifecycle, "rules")), None)
        if bucket is None:
            continue
        days = platform.bounds(expiry)
        encryption = platform.users(
            bucket, "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
        )
        settings = at(encryption[0], "rules.0.applyServerSideEncryptionByDefault") if encryption else None
        key = platform.target(at(settings, "kmsMasterKeyId"))
        yield LogStore(
            bucket.urn,
            bucket.name,
            "bucket",
            shown(at(bucket, "bucket")),
            key.name if key else shown(at(settings, "sseAlgorithm")),
            int(days[0]) if days else None,
            _kept(days, shown(expiry)),
            "no",
        )
