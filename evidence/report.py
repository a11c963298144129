"""Everything that the report says, computed from one synthesis. Page, files and terminal form only show it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from cloudformation.judgement import judge, stack_of
from cloudformation.synth import Synthesis
from components.tap_stack import TapSpec
from policies import waivers

from .capacity import Capacity, capacity
from .compliance import Compliance, assess
from .controls import load_controls
from .cost import Cost
from .failover import Budget, budget
from .figures import PriceTable, Workload, load_prices, load_workload
from .inventory import Inventory, inventory
from .platform import TEMPLATE, Place, Platform
from .sizes import sizes


@dataclass(frozen=True)
class CostRow:
    """One layer's cost at each size."""

    layer: str
    usd: tuple[float, ...]
    unknown: tuple[str, ...]


@dataclass(frozen=True)
class Report:
    title: str
    region: str
    template: str
    digest: str
    """SHA-256 of the template's text: which template this is evidence of."""
    resources: int
    layers: tuple[str, ...]
    platform: Platform
    compliance: Compliance
    inventory: Inventory
    budget: Budget
    prices: PriceTable
    workload: Workload
    capacities: tuple[Capacity, ...]
    """Dev, then production."""
    places: Mapping[str, Place]
    """By URN of the compiled program's resources."""
    layer_of: Mapping[str, str]

    @property
    def standard(self) -> str:
        return self.compliance.standard

    @property
    def requirements(self) -> tuple[str, ...]:
        """Every number that one can filter by."""
        return tuple(requirement.number for requirement in self.compliance.requirements)

    @property
    def costs(self) -> tuple[Cost, ...]:
        """At the volume of each size."""
        return tuple(item.growth[0].cost for item in self.capacities)

    @property
    def cost_table(self) -> tuple[CostRow, ...]:
        by_size = [{layer.layer: layer for layer in item.layers} for item in self.costs]
        rows = []
        for name in self.layers:
            layers = [layers[name] for layers in by_size if name in layers]
            if layers:
                unknown = dict.fromkeys(what for layer in layers for what in layer.unknown)
                usd = tuple(layers[name].usd if name in layers else 0.0 for layers in by_size)
                rows.append(CostRow(name, usd, tuple(unknown)))
        return tuple(rows)


def report(synthesis: Synthesis, directory: Path, today: date | None = None) -> Report:
    """Compute the report of the program in ``directory``; ``today`` decides which waivers have ended.

    Raises:
        CloudFormationError: a table of figures is wrong, or lacks what the program needs.
    """
    platform = Platform(synthesis)
    judged = synthesis.compilation.judged
    judgement = judge(judged, waivers.load(), today=today)
    prices, workload = load_prices(), load_workload()
    every = platform.program.resources.values()
    return Report(
        title=platform.program.description,
        region=platform.program.region,
        template=TEMPLATE,
        digest=hashlib.sha256(synthesis.text.encode()).hexdigest(),
        resources=len(synthesis.compilation.template.resources),
        layers=platform.layers,
        platform=platform,
        compliance=assess(platform, judgement, stack_of(judged), load_controls()),
        inventory=inventory(platform),
        budget=budget(TapSpec()),
        prices=prices,
        workload=workload,
        capacities=tuple(capacity(platform, size, prices, workload) for size in sizes(platform, directory, workload)),
        places={resource.urn: platform.place(resource) for resource in every},
        layer_of={resource.urn: platform.layer(resource) for resource in every},
    )
