"""How fast the policy pack is as a process of its own, asked over the Analyzer protocol as the engine asks it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import policies
from cloudformation.graph import Program
from cloudformation.judgement import stack_of
from policies.model import Unknown
from policies.registry import STACK_RULES, rules_for
from tests.engine.analyzer_client import Options, Pack
from tests.engine.deployment import Stack
from tests.engine.packs import pack_client, pack_process
from tests.engine.state import Resource
from tests.engine.values import UNKNOWN

FOLDER = Path(policies.__file__).parent
STACK = Stack("tap", "dev", "organization", {}, frozenset())
SECONDS, CHECKS_PER_SECOND = 3, 1_000
"""What is wanted: no more, no less."""


@dataclass(frozen=True)
class Speed:
    resources: int
    checks: int
    """Rules times the resources that each of them judges."""
    start: float
    """Seconds until the pack answers."""
    judging: float
    """Seconds for every resource and then for the stack."""

    def __str__(self) -> str:
        rate = self.checks / self.judging
        return (
            f"{self.resources} resources, {self.checks:,} checks: {self.start + self.judging:.2f} s, of which "
            f"{self.start:.2f} s to start; {rate:,.0f} checks per second "
            f"(wanted: under {SECONDS} s, and {CHECKS_PER_SECOND:,} or more)"
        )


def measure(program: Program) -> Speed:
    """Start the pack and let it judge the platform."""
    stack = [(resource, Options(), None) for resource in _resources(program)]
    checks = len(STACK_RULES) + sum(len(rules_for(resource.type)) for resource, _, _ in stack)
    started = time.perf_counter()
    child = pack_process(FOLDER, STACK, preview=True)
    try:
        pack = pack_client(Pack(FOLDER), child, STACK, preview=True, timeout=60.0)
        ready = time.perf_counter()
        for resource, options, provider in stack:
            pack.analyze(resource, options, provider)
        pack.analyze_stack(stack)
        ended = time.perf_counter()
        pack.close()
    finally:
        child.stop()
    return Speed(len(stack), checks, ready - started, ended - ready)


def _resources(program: Program) -> list[Resource]:
    """The platform as the engine tells of it while nothing is deployed: what AWS makes up is not known yet."""
    found = []
    for item in stack_of(program).resources:
        inputs = {name: _wire(value) for name, value in item.props.items()}
        links = {name: tuple(urns) for name, urns in item.links.items()}
        found.append(Resource(item.urn, item.type, True, inputs, inputs, property_dependencies=links))
    return found


def _wire(value: Any) -> Any:
    match value:
        case Unknown():
            return UNKNOWN
        case str():
            return str(value)
        case Mapping():
            return {name: _wire(item) for name, item in value.items()}
        case list() | tuple():
            return [_wire(item) for item in value]
    return value
