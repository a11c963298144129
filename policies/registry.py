"""All rules, by theme and by the type that they judge."""

from __future__ import annotations

import functools

from . import (
    cache,
    containers,
    credentials,
    data_loss,
    database,
    destroyability,
    edge,
    failover,
    iam,
    keys,
    logs,
    monitoring,
    naming,
    network,
    roles,
    segmentation,
    storage,
    streaming,
)
from .model import Rule

THEMES: dict[str, tuple[Rule, ...]] = {
    "Network": network.RULES,
    "Tiers": segmentation.RULES,
    "Edge": edge.RULES,
    "Keys": keys.RULES,
    "Credentials": credentials.RULES,
    "Database": database.RULES,
    "Cache": cache.RULES,
    "Storage": storage.RULES,
    "Streams, queues, topics, tables": streaming.RULES,
    "Containers and functions": containers.RULES,
    "Logs and audit trail": logs.RULES,
    "Identities": iam.RULES,
    "Roles in use": roles.RULES,
    "Alarms": monitoring.RULES,
    "Names, tags, Region": naming.RULES,
    "Failover within 30 seconds": failover.RULES,
    "No data loss": data_loss.RULES,
    "Destroyability": destroyability.RULES,
}
RULES: tuple[Rule, ...] = tuple(rule for rules in THEMES.values() for rule in rules)
STACK_RULES: tuple[Rule, ...] = tuple(rule for rule in RULES if rule.stack_check is not None)


@functools.cache
def rules_for(type_: str) -> tuple[Rule, ...]:
    """The rules that judge resources of a type."""
    return tuple(rule for rule in RULES if rule.judges(type_))
