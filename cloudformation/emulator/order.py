"""In which order resources are made, and that such an order exists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .errors import TemplateError
from .intrinsics import references
from .template import Template


def dependencies(template: Template) -> dict[str, tuple[str, ...]]:
    """For each resource the resources that it refers to or depends on, sorted.

    Raises:
        TemplateError: something refers to a name that is neither a resource nor a parameter.
    """
    known = set(template.resources) | set(template.section("Parameters"))
    edges = {}
    for logical_id, resource in template.resources.items():
        explicit = resource.get("DependsOn", [])
        names = set(references(resource.get("Properties", {}))) | set(
            [explicit] if isinstance(explicit, str) else explicit
        )
        _refuse_unknown(names - known, "Resources")
        edges[logical_id] = tuple(sorted(names & set(template.resources)))
    outputs = {name: output.get("Value") for name, output in template.section("Outputs").items()}
    _refuse_unknown(set(references(outputs)) - known, "Outputs")
    return edges


def _refuse_unknown(names: set[str], section: str) -> None:
    unresolved = sorted(name for name in names if not name.startswith("AWS::"))
    if unresolved:
        raise TemplateError(
            f"Template format error: Unresolved resource dependencies [{', '.join(unresolved)}] in the {section} "
            "block of the template"
        )


def creation_order(edges: Mapping[str, Sequence[str]]) -> list[str]:
    """The resources, each after those that it needs; otherwise in the template's order.

    Raises:
        TemplateError: naming the resources of a circle.
    """
    order: dict[str, Any] = {}
    path: dict[str, None] = {}

    def visit(name: str) -> None:
        if name in order:
            return
        if name in path:
            circle = list(path)[list(path).index(name) :]
            raise TemplateError(f"Circular dependency between resources: [{', '.join(circle)}]")
        path[name] = None
        for needed in edges[name]:
            visit(needed)
        del path[name]
        order[name] = None

    for name in edges:
        visit(name)
    return list(order)
