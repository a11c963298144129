"""Places the security groups so that every way leads from left to right, and long ways pass between the groups."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

Edge = tuple[str, str]
Place = tuple[str, int]
"""A node in a column: the node itself, or a way to it that passes through."""

SWEEPS = 8


@dataclass(frozen=True)
class Columns:
    """Nodes by column, each column from top to bottom, and the ways through them."""

    columns: tuple[tuple[Place, ...], ...]
    ways: Mapping[Edge, tuple[Place, ...]]
    """For each edge, every place on it, its ends included."""

    def is_node(self, place: Place) -> bool:
        return place in {way[0] for way in self.ways.values()} | {way[-1] for way in self.ways.values()}


def arrange(edges: Iterable[Edge]) -> Columns:
    """Put the nodes of a graph into columns.

    A node stands right of everything that leads to it; one that nothing leads to stands just left of what it leads to.
    Ways to the same node share the places through which they pass. Edges that close a circle are drawn, but do not
    count for the columns.
    """
    edges = sorted(set(edges))
    rank = _ranks(edges)
    ways = {edge: _way(edge, rank) for edge in edges}
    columns: list[list[Place]] = [[] for _ in range(max(rank.values(), default=0) + 1)]
    for place in sorted({place for way in ways.values() for place in way}):
        columns[place[1]].append(place)
    steps = sorted({step for way in ways.values() for step in itertools.pairwise(way)})
    for sweep in range(SWEEPS):
        _sort(columns, steps, forward=sweep % 2 == 0)
    return Columns(tuple(map(tuple, columns)), ways)


def _ranks(edges: Sequence[Edge]) -> dict[str, int]:
    nodes = sorted({node for edge in edges for node in edge})
    forward = [edge for edge in edges if not _leads(edge[1], edge[0], edges) or edge[0] < edge[1]]
    rank = dict.fromkeys(nodes, 0)
    _push(rank, forward)
    entered = {target for _, target in forward}
    for node in nodes:
        held = [rank[end] for start, end in forward if start == node and not _moves_along(end, node, forward)]
        if node not in entered and held:
            rank[node] = min(held) - 1
    _push(rank, forward)
    return rank


def _push(rank: dict[str, int], edges: Sequence[Edge]) -> None:
    """Move every node right of what leads to it."""
    for _ in rank:
        for source, target in edges:
            rank[target] = max(rank[target], rank[source] + 1)


def _moves_along(node: str, leader: str, edges: Sequence[Edge]) -> bool:
    """Whether ``node`` can stand wherever ``leader`` does: nothing else leads to it, and it leads nowhere."""
    around = {edge for edge in edges if node in edge}
    return around == {(leader, node)}


def _leads(start: str, end: str, edges: Sequence[Edge]) -> bool:
    seen, waiting = set(), [start]
    while waiting:
        node = waiting.pop()
        if node == end:
            return True
        if node not in seen:
            seen.add(node)
            waiting += [target for source, target in edges if source == node]
    return False


def _way(edge: Edge, rank: Mapping[str, int]) -> tuple[Place, ...]:
    source, target = edge
    between = range(rank[source] + 1, rank[target])
    return ((source, rank[source]), *((target, column) for column in between), (target, rank[target]))


def _sort(columns: list[list[Place]], steps: Sequence[tuple[Place, Place]], *, forward: bool) -> None:
    """Order each column by the mean place of its neighbours in the column before (or after) it."""
    order = range(1, len(columns)) if forward else range(len(columns) - 2, -1, -1)
    for column in order:
        beside = {place: number for number, place in enumerate(columns[column - 1 if forward else column + 1])}
        means = {}
        for number, place in enumerate(columns[column]):
            neighbours = [
                beside[other]
                for step in steps
                for here, other in ((step[1], step[0]), (step[0], step[1]))
                if here == place and other in beside
            ]
            means[place] = sum(neighbours) / len(neighbours) if neighbours else float(number)
        columns[column].sort(key=lambda place: (means[place], place))
