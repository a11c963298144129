"""A platform as the engine's own records, from which a policy pack is told of it."""

from __future__ import annotations

from pathlib import Path

import policies
from tests.engine.analyzer_client import Options
from tests.engine.state import Resource
from tests.policies.platform import Platform
from tests.policies.support import Engine

FOLDER = Path(policies.__file__).parent
"""The policy pack's."""

Record = tuple[Resource, Options, None]


def resources(built: Platform, *, preview: bool = False, stack: str = "dev") -> list[Record]:
    """Every resource with its options, and without a provider."""
    engine = Engine(built, preview)
    found = []
    for shown in engine.resources:
        item = built.items[shown.name]
        inputs = engine.resolved(item.props)
        links = {
            prop: tuple(other.urn.replace(":dev:", f":{stack}:") for other in others)
            for prop, others in shown.property_dependencies.items()
        }
        urn = shown.urn.replace(":dev:", f":{stack}:")
        resource = Resource(urn, item.type, True, inputs, engine.outputs(shown.name, item), property_dependencies=links)
        found.append((resource, Options(protect=item.protect), None))
    return found
