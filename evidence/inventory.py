"""Inventories that PCI DSS v4.0.1 asks for, all computed from one program."""

from __future__ import annotations

from dataclasses import dataclass

from .key_inventory import Certificate, Key, Protocol, certificates, keys, protocols
from .log_inventory import LogStore, logs
from .network_inventory import (
    AclEntry,
    Endpoint,
    Entrance,
    Flow,
    OpenPort,
    Route,
    acl_entries,
    endpoints,
    entrances,
    flows,
    open_ports,
    routes,
)
from .platform import Platform


@dataclass(frozen=True)
class Inventory:
    """All of the above, computed from one program."""

    keys: tuple[Key, ...]
    certificates: tuple[Certificate, ...]
    protocols: tuple[Protocol, ...]
    flows: tuple[Flow, ...]
    open_ports: tuple[OpenPort, ...]
    routes: tuple[Route, ...]
    endpoints: tuple[Endpoint, ...]
    entrances: tuple[Entrance, ...]
    acl_entries: tuple[AclEntry, ...]
    logs: tuple[LogStore, ...]


def inventory(platform: Platform) -> Inventory:
    """Take every inventory."""
    return Inventory(
        keys=tuple(keys(platform)),
        certificates=tuple(certificates(platform)),
        protocols=tuple(protocols(platform)),
        flows=tuple(flows(platform)),
        open_ports=tuple(open_ports(platform)),
        routes=tuple(routes(platform)),
        endpoints=tuple(endpoints(platform)),
        entrances=tuple(entrances(platform)),
        acl_entries=tuple(acl_entries(platform)),
        logs=tuple(logs(platform)),
    )
