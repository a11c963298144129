"""A small platform that keeps every rule, to be broken one thing at a time."""

from __future__ import annotations

from tests.policies import data_layers, foundation_layers, service_layers
from tests.policies.platform import Platform


def platform() -> Platform:
    """A fresh platform."""
    made = Platform()
    for add in (
        foundation_layers.add_keys,
        foundation_layers.add_network,
        foundation_layers.add_security_groups,
        foundation_layers.add_audit,
        foundation_layers.add_secrets,
        data_layers.add_database,
        data_layers.add_cache,
        data_layers.add_storage,
        data_layers.add_streaming,
        service_layers.add_processing,
        service_layers.add_edge,
        service_layers.add_alarms,
    ):
        add(made)
    return made
