"""The proof that the compiler lost nothing and invented nothing, value by value and in both directions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from .compiler import Compilation
from .errors import Problem
from .graph import Function, ListValue, Literal, MapValue, Path, Resource, Secret, Value, describe, leaves, parts
from .placement import Placement
from .references import Resolver
from .template import TemplateResource
from .tracing import grouped, json_inside, trace

REPORT = "The compiler lost track of it: this is a defect in cloudformation/, please report it."


def audit(compilation: Compilation) -> list[Problem]:
    """Everything that the ledger cannot account for; an empty list is the proof that nothing was lost or invented."""
    return [*audit_inputs(compilation), *audit_properties(compilation), *audit_options(compilation)]


def audit_inputs(compilation: Compilation) -> Iterator[Problem]:
    """Values that were recorded and lost on the way.

    Each resource is in the template, is part of one that is, or became others; and each value of its inputs has a
    place there, or a reason to have none.
    """
    placements = grouped(compilation.placements, lambda item: item.source_urn)
    for urn, resource in compilation.recorded.resources.items():
        yield from _audit_expansion(urn, resource, compilation)
    for urn, resource in compilation.program.resources.items():
        for traced in trace(resource.inputs, placements.get(urn, [])):
            if not traced.placements:
                yield _problem(resource, traced.path, "is neither in the template nor left out with a reason.")


def audit_properties(compilation: Compilation) -> Iterator[Problem]:
    """Values in the template that are from nowhere.

    Each value of a resource's properties is what exactly one placement says, and each placement is of a value that was
    recorded, or has a reason to be there without.
    """
    owned = grouped(compilation.placements, lambda item: item.owner_urn)
    resolver = Resolver(compilation.program, compilation.logical_ids, compilation.owners)
    for made in compilation.template.resources:
        yield from _audit_properties(made, owned.get(made.urn, []), resolver, compilation)
    for placement in compilation.placements:
        resource = compilation.program.resources[placement.source_urn]
        if placement.source and not _stands(placement.source, resource.inputs):
            yield _problem(resource, placement.source, "was placed, but never recorded.")
        if not placement.reason and (placement.target is None or not placement.source):
            yield _problem(resource, placement.source, "has no reason to be what it is.")


def audit_options(compilation: Compilation) -> Iterator[Problem]:
    """What was said of a resource beside its inputs and does not hold in the template: order, conditions, retention."""
    for resource in compilation.program.resources.values():
        yield from _audit_part(resource, compilation)
    yield from _audit_dependencies(compilation)


def _problem(resource: Resource, path: Path, message: str) -> Problem:
    return Problem(resource.title, describe(path), message, REPORT, resource.position)


def _audit_expansion(urn: str, resource: Resource, compilation: Compilation) -> Iterator[Problem]:
    """What the resource said before it was split up is still said, or became something that exists."""
    program = compilation.program
    kept = program.resources.get(urn)
    split = program.splits.get(urn)
    if split is None and kept != resource:
        yield _problem(resource, (), "is not in the template as it was recorded.")
        return
    became = split.became if split else {}
    for name, value in resource.inputs.items():
        if kept and kept.inputs.get(name) == value:
            continue
        made, made_input = became.get(name, ("", ""))
        if made not in program.resources or (made_input and made_input not in program.resources[made].inputs):
            yield _problem(resource, (name,), "was lost when the resource was split up.")


def _stands(path: Path, inputs: Mapping[str, Value]) -> bool:
    """Whether there is a value at ``path``, reading JSON where the path leads into a text."""
    value: Value = MapValue(inputs)
    for step in path:
        while isinstance(value, Secret):
            value = value.value
        match json_inside(value):
            case MapValue(items) if step in items:
                value = items[str(step)]
            case ListValue(listed) if isinstance(step, int) and step < len(listed):
                value = listed[step]
            case _:
                return False
    return True


def _audit_part(resource: Resource, compilation: Compilation) -> Iterator[Problem]:
    """What was said of the resource beside its inputs holds for the one that it is part of."""
    owner = compilation.program.resources[compilation.owners[resource.urn]]
    if resource.retain_on_delete and not owner.retain_on_delete:
        yield _problem(resource, ("retain_on_delete",), f"does not hold for {owner.title}, which it is part of.")
    missing = set(resource.conditions) - set(owner.conditions)
    if missing:
        names = " and ".join(sorted(missing))
        yield _problem(resource, (), f"exists only if {names}, but {owner.title}, which it is part of, exists without.")


def _audit_properties(
    made: TemplateResource, placements: list[Placement], resolver: Resolver, compilation: Compilation
) -> Iterator[Problem]:
    resource = compilation.program.resources[made.urn]
    claims = Counter(placement.target for placement in placements if placement.target is not None)
    for path, _ in leaves(made.properties):
        count = sum(claims[path[:length]] for length in range(1, len(path) + 1))
        if count != 1 and path:
            claimed = "has no source" if count == 0 else f"has {count} sources"
            yield _problem(resource, (made.logical_id, *path), f"{claimed}.")
    for placement in placements:
        if placement.target is not None:
            found = _at(made.properties, placement.target)
            if found != resolver.resolve(placement.value, resource, (), frozenset(resource.conditions)):
                yield _problem(resource, (made.logical_id, *placement.target), "is not what was placed there.")


def _at(value: Value, path: Path) -> Value | None:
    for step in path:
        match value:
            case MapValue(items) if step in items:
                value = items[str(step)]
            case ListValue(listed) if isinstance(step, int) and step < len(listed):
                value = listed[step]
            case _:
                return None
    return value


def _audit_dependencies(compilation: Compilation) -> Iterator[Problem]:
    """What a resource waits for under Pulumi, its owner waits for in the template, directly or through others."""
    reached = _reachable(_template_edges(compilation))
    for urn, resource in compilation.program.resources.items():
        waiting = compilation.logical_ids[compilation.owners[urn]]
        for dependency in resource.dependencies:
            if dependency in compilation.owners:
                awaited = compilation.logical_ids[compilation.owners[dependency]]
                if awaited != waiting and awaited not in reached[waiting]:
                    yield _problem(resource, (), f"{waiting} does not wait for {awaited}.")


def _template_edges(compilation: Compilation) -> dict[str, set[str]]:
    edges = {}
    for made in compilation.template.resources:
        names = {
            str(part.arguments[0].value)
            for part in parts(made.properties)
            if isinstance(part, Function)
            and part.name in ("Ref", "Fn::GetAtt")
            and isinstance(part.arguments[0], Literal)
        }
        edges[made.logical_id] = names | set(made.depends_on)
    return edges


def _reachable(edges: Mapping[str, set[str]]) -> dict[str, set[str]]:
    """Everything that each one waits for. The template has no cycles: the compiler refuses them."""
    reached: dict[str, set[str]] = {}

    def visit(name: str) -> set[str]:
        if name not in reached:
            reached[name] = set()
            for item in edges.get(name, ()):
                reached[name] |= {item} | visit(item)
        return reached[name]

    for name in edges:
        visit(name)
    return reached
