"""What the comparison found, in numbers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping

from .compare import Comparison
from .normal import Leaf

ASPECTS: Mapping[str, str] = {
    "names": r"(^|\.)(\w*name|identifier|family)$",
    "tags": r"^(tag|filesystemtag)\.",
    "encryption": r"kms|encrypt|sse|ssl|tls|securitypolicy",
    "network placement": r"subnet|securitygroup|vpcid|groupid|cidr|availabilityzone",
    "retention": r"retention|expiration|days|pendingwindow",
    "scaling": r"capacity|scaling|desiredcount|throttl|ratelimit|burstlimit|quota",
}
"""By what a property is called (in the form of :func:`.paths.canonical`)."""

POLICIES, RELATIONS = "policies", "relations"


def aspects(leaves: Mapping[tuple[str, Leaf], int]) -> Counter[str]:
    """How many leaves belong to each aspect; one may belong to several."""
    found: Counter[str] = Counter()
    for (_, leaf), count in leaves.items():
        for aspect, pattern in ASPECTS.items():
            found[aspect] += count if re.search(pattern, leaf.name) else 0
        found[POLICIES] += count if '"Statement"' in leaf.value else 0
        found[RELATIONS] += count if "«" in leaf.value else 0
    return found


def lines(comparison: Comparison) -> Iterator[str]:
    """The report."""
    pairs = comparison.pairs.pairs
    listed, equal = sum(comparison.listed.values()), sum(comparison.equal.values())
    program = sum(len(one.program) for one in pairs) + len(comparison.pairs.program_only)
    yield f"resources of the program:   {program}, in {len(pairs)} resources of the template"
    yield f"  compared and equal:       {comparison.equal_pairs}"
    yield f"of the template only:     {len(comparison.pairs.helpers)}, for what the provider does itself"
    share = equal / (equal + listed + len(comparison.differences))
    yield f"properties equal:           {equal:,} ({share:.2%})"
    for aspect, count in aspects(comparison.equal).most_common():
        yield f"  {aspect + ':':<25} {count:,}"
    yield f"different, with a reason:   {listed}"
    reasons = {entry.reason: 0 for entry in comparison.listed}
    for entry, count in comparison.listed.items():
        reasons[entry.reason] += count
    for reason, count in sorted(reasons.items(), key=lambda item: -item[1]):
        yield f"  {count:>3}  {reason}"
    yield f"different, without:         {len(comparison.differences)}"
    yield from (f"  {difference}" for difference in comparison.differences)
