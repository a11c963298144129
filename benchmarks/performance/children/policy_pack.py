"""Prints how fast the policy pack judges the platform over Pulumi's Analyzer protocol, as a process of its own.

The engine is the tests' own, with its double of the AWS provider: it deploys the platform once, and what it then
remembers of each resource is shown to the pack. Argument: how often.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

from policies.registry import rules_for
from tests.engine.analyzer_client import AnalyzerClient, Options, Pack
from tests.engine.deployment import Stack
from tests.engine.engine import Engine
from tests.engine.packs import pack_client, pack_process
from tests.engine.state import Resource

ROOT = Path(__file__).resolve().parents[3]
FOLDER = ROOT / "policies"
STACK = Stack("tap", "dev", "organization", {}, frozenset())

Shown = tuple[Resource, Options, Resource | None]


def deployed() -> list[Shown]:
    """The platform's resources as the engine shows them to a pack."""
    with Engine(ROOT) as engine:
        engine.up()
        state = {item.urn: item for item in engine.state}
    return [
        (item, Options(protect=item.protect), state.get(item.provider.rpartition("::")[0])) for item in state.values()
    ]


def one_pass(pack: AnalyzerClient, shown: list[Shown]) -> tuple[float, float]:
    """Seconds for all resources, one by one, and for the stack."""
    started = time.perf_counter()
    found = [item for resource in shown for item in pack.analyze(*resource)]
    judged = time.perf_counter()
    found += pack.analyze_stack(shown)
    ended = time.perf_counter()
    mandatory = [item for item in found if item.level == "mandatory"]
    if mandatory:
        sys.exit(f"The platform breaks {len(mandatory)} policies: {mandatory[0]}")
    return judged - started, ended - judged


def main(passes: int) -> None:
    shown = deployed()
    started = time.perf_counter()
    process = pack_process(FOLDER, STACK, preview=False)
    try:
        pack = pack_client(Pack(FOLDER), process, STACK, preview=False, timeout=60.0)
        ready = time.perf_counter()
        timed = [one_pass(pack, shown) for _ in range(passes)]
        pack.close()
    finally:
        process.stop()
    figures: dict[str, Any] = {
        "resources": len(shown),
        "rules": sum(rule.resource_only for item, _, _ in shown for rule in rules_for(item.type)),
        "start": ready - started,
        "resource_seconds": [one for one, _ in timed],
        "stack_seconds": [stack for _, stack in timed],
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main(int(sys.argv[1]))
