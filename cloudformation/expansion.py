"""Replaces resources that CloudFormation has as several by those, before anything is mapped."""

from __future__ import annotations

import dataclasses

from .graph import Program, Resource
from .types.registry import expansions


def expand(program: Program) -> Program:
    """The program in which every resource has one place in the template."""
    resources: dict[str, Resource] = {}
    completions: dict[str, tuple[str, ...]] = {}
    for urn, resource in program.resources.items():
        entry = expansions().get(resource.type)
        if entry is None:
            resources[urn] = resource
            continue
        expansion = entry.expand(resource, program)
        resources.update({item.urn: item for item in expansion.resources})
        if expansion.completing:
            completions[urn] = expansion.completing
    return dataclasses.replace(program, resources=resources, completions=completions)
