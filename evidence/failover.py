"""The failover budget and the table of what is acknowledged when, as :mod:`components.failover` works them out."""

from __future__ import annotations

from dataclasses import dataclass

from components.availability import FAILOVER_BUDGET_SECONDS
from components.failover import Durability, Failover, Specs, Verdict, durabilities, failovers


@dataclass(frozen=True)
class Budget:
    seconds: int
    """Longest time that a tier may be away."""
    failovers: tuple[Failover, ...]
    durabilities: tuple[Durability, ...]

    @property
    def losses(self) -> tuple[Durability, ...]:
        """Tiers that acknowledge something which a failover can lose."""
        return tuple(item for item in self.durabilities if item.lost)

    def count(self, verdict: Verdict) -> int:
        return sum(failover.verdict is verdict for failover in self.failovers)


def budget(specs: Specs) -> Budget:
    return Budget(FAILOVER_BUDGET_SECONDS, failovers(specs), durabilities(specs))
