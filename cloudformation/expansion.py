"""Replaces resources that CloudFormation has as several by those, before anything is mapped."""

from __future__ import annotations

import dataclasses

from .errors import CompileError, Problem
from .graph import Program, Resource, Split
from .types.registry import expansions


def expand(program: Program) -> Program:
    """The program in which every resource has one place in the template.

    Raises:
        CompileError: a resource that is several in CloudFormation has inputs that these cannot express.
    """
    resources: dict[str, Resource] = {}
    completions: dict[str, tuple[str, ...]] = {}
    splits: dict[str, Split] = {}
    problems: list[Problem] = []
    for urn, resource in program.resources.items():
        entry = expansions().get(resource.type)
        if entry is None:
            resources[urn] = resource
            continue
        try:
            expansion = entry.expand(resource, program)
        except ValueError as error:
            problems.append(Problem(resource.title, "", f"{error}.", "Correct it.", resource.position))
            continue
        resources.update({item.urn: item for item in expansion.resources})
        if expansion.completing:
            completions[urn] = expansion.completing
        if expansion.resources != (resource,):
            made = tuple(item.urn for item in expansion.resources if item.urn != urn)
            splits[urn] = Split(made, expansion.became, entry.reason)
    if problems:
        raise CompileError(problems)
    return dataclasses.replace(program, resources=resources, completions=completions, splits=splits)
