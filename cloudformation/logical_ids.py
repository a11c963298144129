"""Logical ids: made from a resource's own name and type alone, so nothing else in the program can change one.

They are a contract: a resource whose logical id changes is replaced, and what it held is lost.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping

from .errors import Problem
from .graph import Resource, describe, leaves
from .types.model import ResourceType

MAX_LENGTH = 255


def logical_id(resource: Resource, entry: ResourceType) -> str:
    """``subnet-app-a`` as ``SubnetAppA``; the type's noun is added where the name does not say it: ``LogsBucket``.

    Where another version must be another resource (an API's deployment), a digest of what makes the version follows.
    """
    words = [word for word in re.split(r"[^A-Za-z0-9]+", resource.name) if word]
    pascal = "".join(word[0].upper() + word[1:] for word in words)
    said = any(word.lower() in entry.short for word in words) or entry.noun.lower() in pascal.lower()
    return (pascal if said else pascal + entry.noun) + _version(resource, entry)


def _version(resource: Resource, entry: ResourceType) -> str:
    if entry.versioned_by not in resource.inputs:
        return ""
    content = sorted((describe(path), repr(leaf)) for path, leaf in leaves(resource.inputs[entry.versioned_by]))
    return hashlib.sha256(repr(content).encode()).hexdigest()[:10]


def collisions(ids: Iterable[tuple[str, Resource]], reserved: Mapping[str, str]) -> list[Problem]:
    """Problems for every two resources that would share an id, and for ids that are too long.

    ``reserved`` says what has an id already that is no resource.
    """
    seen: dict[str, Resource] = {}
    problems = []
    for identifier, resource in ids:
        if identifier in reserved:
            message = f"has the logical id {identifier}, which {reserved[identifier]} has as a parameter, too."
            problems.append(Problem(resource.title, "", message, "Rename one of them.", resource.position))
        twin = seen.setdefault(identifier, resource)
        if twin is not resource:
            message = f"has the logical id {identifier}, which {twin.title} at {twin.position} has, too."
            problems.append(Problem(resource.title, "", message, "Rename one of them.", resource.position))
        if len(identifier) > MAX_LENGTH:
            message = f"has a logical id of {len(identifier)} characters; {MAX_LENGTH} are allowed."
            problems.append(Problem(resource.title, "", message, "Shorten its name.", resource.position))
    return problems
