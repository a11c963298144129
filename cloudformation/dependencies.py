"""What must exist before what: found in the values, and added as ``DependsOn`` where values do not show it."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping

from .graph import MapValue, Program, references

Edges = Mapping[str, frozenset[str]]


class Dependencies:
    """The dependencies between the template's resources, by URN."""

    def __init__(
        self,
        program: Program,
        owners: Mapping[str, str],
        properties: Mapping[str, MapValue],
    ) -> None:
        self._implicit = {
            urn: frozenset(owners[item] for item in references(value) if item in owners) - {urn}
            for urn, value in properties.items()
        }
        wanted: dict[str, set[str]] = {urn: set() for urn in properties}
        for urn, resource in program.resources.items():
            if urn in owners:
                wanted[owners[urn]].update(owners[item] for item in resource.dependencies if item in owners)
        self._order_completions(program, owners, wanted)
        self.edges: Edges = {urn: self._implicit[urn] | frozenset(wanted[urn]) - {urn} for urn in properties}

    def _order_completions(self, program: Program, owners: Mapping[str, str], wanted: dict[str, set[str]]) -> None:
        """Let whoever uses a resource wait also for what completes it (a gateway's attachment)."""
        for urn, completions in program.completions.items():
            before = {urn, *self._before(completions, wanted)}
            waiting = {user for user in wanted if urn in self._implicit[user] or urn in wanted[user]}
            for user in waiting - before:
                wanted[user].update(owners[item] for item in completions)

    def _before(self, urns: Iterable[str], wanted: Mapping[str, set[str]]) -> set[str]:
        """``urns`` and everything that they wait for themselves."""
        seen: set[str] = set()
        pending = list(urns)
        while pending:
            urn = pending.pop()
            if urn not in seen:
                seen.add(urn)
                pending.extend((*self._implicit.get(urn, ()), *wanted.get(urn, ())))
        return seen

    def explicit(self, urn: str) -> list[str]:
        """What ``DependsOn`` must name: dependencies that follow neither from a reference nor from another one."""
        implicit = self._implicit[urn]
        candidates = self.edges[urn] - implicit
        return [item for item in candidates if not self._reached(item, self.edges[urn] - {item})]

    def _reached(self, target: str, starts: Iterable[str]) -> bool:
        seen: set[str] = set()
        pending = list(starts)
        while pending:
            urn = pending.pop()
            if urn == target:
                return True
            # What does not stand higher than the target cannot lead to it.
            if urn not in seen and self._heights[urn] > self._heights[target]:
                seen.add(urn)
                pending.extend(self.edges[urn])
        return False

    @functools.cached_property
    def _heights(self) -> Mapping[str, int]:
        """The length of the longest way down from each; there are no circles when this is asked."""
        heights: dict[str, int] = {}
        for start in self.edges:
            stack = [start]
            while stack:
                below = self.edges[stack[-1]]
                unknown = below - heights.keys()
                if unknown:
                    stack.extend(unknown)
                else:
                    heights[stack.pop()] = 1 + max((heights[urn] for urn in below), default=0)
        return heights


def find_cycle(edges: Edges) -> list[str]:
    """The members of one circular dependency in order, or nothing."""
    finished: set[str] = set()
    for start in edges:
        cycle = _visit(start, edges, finished)
        if cycle:
            return cycle
    return []


def _visit(start: str, edges: Edges, finished: set[str]) -> list[str]:
    trail: list[str] = []
    stack = [(start, False)]
    while stack:
        urn, leaving = stack.pop()
        if leaving:
            finished.add(trail.pop())
        elif urn in trail:
            return trail[trail.index(urn) :]
        elif urn not in finished:
            trail.append(urn)
            stack.append((urn, True))
            stack.extend((item, False) for item in sorted(edges.get(urn, ())))
    return []
