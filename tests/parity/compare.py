"""Compares both sides, pair by pair."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from .differences import LISTED, PROGRAM, TEMPLATE, Listed
from .normal import Leaf, Rewrite, leaves
from .pairs import FOLDED, Pair, Pairs, pair
from .paths import canonical, translated
from .references import rewriters
from .sides import Asked, Sides


@dataclass(frozen=True)
class Difference:
    """Something that is not equal."""

    logical_id: str
    type: str
    what: str

    def __str__(self) -> str:
        return f"{self.logical_id} ({self.type}): {self.what}"


@dataclass
class Comparison:
    """What is equal and what is not."""

    pairs: Pairs
    equal: Counter[tuple[str, Leaf]] = field(default_factory=Counter)
    """Leaves that are equal, by the template's type and in its words."""
    listed: Counter[Listed] = field(default_factory=Counter)
    """Differences with a reason, by their entry."""
    differences: list[Difference] = field(default_factory=list)
    equal_pairs: int = 0
    """Pairs in which nothing differs but what is listed."""


def compare(sides: Sides) -> Comparison:
    """Compare everything that both sides ask for."""
    pairs = pair(sides.program, sides.template)
    comparison = Comparison(pairs)
    rewrite = rewriters(pairs.pairs)
    for one in pairs.pairs:
        before = len(comparison.differences)
        compare_pair(one, rewrite, comparison)
        comparison.equal_pairs += len(comparison.differences) == before
    return comparison


def compare_pair(one: Pair, rewrite: tuple[Rewrite, Rewrite], comparison: Comparison) -> None:
    """Compare one pair, and add what is found."""
    template = _all_leaves(one.template, rewrite[1])
    program = translated(one.type, _all_leaves(one.program, rewrite[0]), template)
    ours = Counter(program)
    theirs = Counter(Leaf(canonical(leaf.path), leaf.place, leaf.value) for leaf in template)
    for leaf, count in (ours & theirs).items():
        comparison.equal[one.type, leaf] += count
    used = set()
    for side, rest in ((PROGRAM, ours - theirs), (TEMPLATE, theirs - ours)):
        for leaf in rest.elements():
            entry = _entry(one.type, side, leaf)
            if entry:
                used.add(entry)
                comparison.listed[entry] += 1
            else:
                comparison.differences.append(Difference(one.logical_id, one.type, f"only the {side} has {leaf}"))
    for entry in LISTED:
        if entry.type == one.type and entry not in used:
            what = f"the {entry.side} has no {entry.path} = {entry.value} of its own, as is listed"
            comparison.differences.append(Difference(one.logical_id, one.type, what))


def _all_leaves(resources: Sequence[Asked], rewrite: Rewrite) -> list[Leaf]:
    """The leaves of a resource and of those that are folded into it or stem from it, with their type in front."""
    found = list(leaves(dict(resources[0].properties), rewrite))
    for other in resources[1:]:
        prefix = other.type.replace("::", ":").rpartition(":")[2]
        # How the two are found to belong together needs no second comparison.
        keys = FOLDED[other.type][1] if other.type in FOLDED else {}
        own = {name: value for name, value in other.properties.items() if name not in keys}
        found += leaves(own, rewrite, (prefix,))
    return found


def _entry(kind: str, side: str, leaf: Leaf) -> Listed | None:
    return next((entry for entry in LISTED if entry.covers(kind, side, leaf)), None)
