"""Logical ids: made from a resource's own name and type alone, so nothing else in the program can change one.

They are a contract: a resource whose logical id changes is replaced, and what it held is lost.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from .errors import Problem
from .graph import Resource
from .types.model import ResourceType

MAX_LENGTH = 255


def logical_id(name: str, entry: ResourceType) -> str:
    """``subnet-app-a`` as ``SubnetAppA``; the type's noun is added where the name does not say it: ``LogsBucket``."""
    words = [word for word in re.split(r"[^A-Za-z0-9]+", name) if word]
    pascal = "".join(word[0].upper() + word[1:] for word in words)
    said = any(word.lower() in entry.short for word in words) or entry.noun.lower() in pascal.lower()
    return pascal if said else pascal + entry.noun


def collisions(ids: Iterable[tuple[str, Resource]]) -> list[Problem]:
    """Problems for every two resources that would share an id, and for ids that are too long."""
    seen: dict[str, Resource] = {}
    problems = []
    for identifier, resource in ids:
        twin = seen.setdefault(identifier, resource)
        if twin is not resource:
            message = f"has the logical id {identifier}, which {twin.title} at {twin.position} has, too."
            problems.append(Problem(resource.title, "", message, "Rename one of them.", resource.position))
        if len(identifier) > MAX_LENGTH:
            message = f"has a logical id of {len(identifier)} characters; {MAX_LENGTH} are allowed."
            problems.append(Problem(resource.title, "", message, "Shorten its name.", resource.position))
    return problems
