"""Explains a circular dependency: by which inputs each resource waits for the next, and where the circle can be cut."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from .errors import Problem
from .graph import Program, Resource, describe, references
from .placement import Disposition, Placement

_REMEDY = (
    "Cut it at one of them: a rule as an aws.vpc.SecurityGroupIngressRule or SecurityGroupEgressRule instead of inside "
    "the group, an aws.iam.RolePolicy instead of a policy inside or attached to the role, one `depends_on` less."
)


def explain(
    cycle: Sequence[str], program: Program, placements: Iterable[Placement], owners: Mapping[str, str]
) -> Problem:
    """The problem with a circle of resources (by URN) that stand in the template."""
    held: dict[str, list[Placement]] = {}
    for placement in placements:
        held.setdefault(placement.owner_urn, []).append(placement)
    links = zip(cycle, [*cycle[1:], cycle[0]], strict=True)
    steps = "; ".join(_link(urn, following, program, held.get(urn, []), owners) for urn, following in links)
    first = program.resources[cycle[0]]
    message = f"the template would have a circular dependency: {steps}."
    return Problem(first.title, "", message, _REMEDY, first.position)


def _link(
    urn: str, following: str, program: Program, placements: Iterable[Placement], owners: Mapping[str, str]
) -> str:
    """Why one resource waits for another."""
    owner, other = program.resources[urn], program.resources[following]
    return f"{owner.title} needs {other.title} ({_reason(owner, following, program, placements, owners)})"


def _reason(
    owner: Resource, following: str, program: Program, placements: Iterable[Placement], owners: Mapping[str, str]
) -> str:
    for placement in placements:
        if placement.target is not None and any(owners.get(item) == following for item in references(placement.value)):
            source = program.resources[placement.source_urn]
            place = f", {source.position}" if source.position else ""
            if placement.disposition is Disposition.FOLDED:
                return f"input {describe(placement.source)} of {source.title}, which becomes part of it{place}"
            return f"input {describe(placement.source)}{place}"
    for urn, resource in program.resources.items():
        if owners.get(urn) == owner.urn and any(owners.get(item) == following for item in resource.dependencies):
            part = f" of {resource.title}, which becomes part of it" if urn != owner.urn else ""
            place = f", {resource.position}" if resource.position else ""
            return f"depends_on{part}{place}"
    return "what completes it"
