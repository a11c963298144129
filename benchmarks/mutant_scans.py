"""Gives mutants to public scanners: many in one template, since a scanner takes half a minute for each.

A template holds mutants of different resources. A finding that the platform itself does not have is of the mutant that
changed the resource it names. Where no mutant did, it counts for each whose resource refers to that one, or is referred
to: rather one too many for the scanners than one too few. What has no
owner even so is told, and counts for none.
"""

from __future__ import annotations

import concurrent.futures
import dataclasses
import json
import re
import tempfile
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.mutants import Bench, Mutant
from benchmarks.scanners import Finding, Scanner, bound, production, scan
from cloudformation.compiler import Compilation, compile_program
from cloudformation.errors import CloudFormationError
from cloudformation.graph import Resource, Value
from cloudformation.source import Sources
from cloudformation.template import TemplateResource
from cloudformation.template_reader import read_template
from cloudformation.yaml_writer import write

Resources = Mapping[str, TemplateResource]


@dataclass(frozen=True)
class Compiled:
    """A mutant, and what is different in its template."""

    mutant: Mutant
    changes: Mapping[str, TemplateResource | None]
    """By logical id, the resource as the mutant has it; None when it does not have it."""
    made: Mapping[str, Resource]
    """By URN, what the changed resources were compiled from."""


def compiled(bench: Bench, mutant: Mutant) -> Compiled | None:
    """Compile a mutant; None when the compiler refuses it."""
    try:
        compilation = compile_program(mutant.make())
    except (CloudFormationError, ValueError):
        return None
    before, after = _resources(bench.compilation), _resources(compilation)
    changes = {
        name: after.get(name)
        for name in {**before, **after}
        if name not in before or name not in after or _said(before[name]) != _said(after[name])
    }
    urns = {item.urn for item in changes.values() if item is not None}
    return Compiled(mutant, changes, {urn: compilation.program.resources[urn] for urn in urns})


def _resources(compilation: Compilation) -> Resources:
    return {item.logical_id: item for item in compilation.template.resources}


def _said(resource: TemplateResource) -> TemplateResource:
    """Without the order of creation, which many others share, and without what only comments tell."""
    return dataclasses.replace(resource, depends_on=(), position=None, title="", layer=None)


def batches(mutants: Iterable[Compiled]) -> list[list[Compiled]]:
    """As few groups as it takes so that no two of a group change the same resource."""
    found: list[tuple[set[str], list[Compiled]]] = []
    for item in mutants:
        own = set(item.changes)
        taken, group = next(((t, g) for t, g in found if not t & own), (None, None))
        if taken is None or group is None:
            found.append((own, [item]))
        else:
            taken |= own
            group.append(item)
    return [group for _, group in found]


@dataclass(frozen=True)
class Scan:
    """The scanners, and what they find in the platform itself."""

    bench: Bench
    scanners: Sequence[Scanner]
    tools: Path
    base: frozenset[Finding] = frozenset()

    def new(self, group: Sequence[Compiled]) -> frozenset[Finding]:
        """What the scanners find in a template with a group of mutants, and not in the platform."""
        with tempfile.TemporaryDirectory() as folder:
            written, filled = Path(folder) / "template.yml", Path(folder) / "template.json"
            written.write_text(_template(self.bench, group), encoding="utf-8")
            filled.write_text(json.dumps(bound(read_template(written).data, production())), encoding="utf-8")
            with concurrent.futures.ThreadPoolExecutor() as pool:
                results = pool.map(lambda scanner: scan(scanner, self.tools, filled, written) or set(), self.scanners)
                return frozenset(finding for result in results for finding in result) - self.base

    def owners(self, group: Sequence[Compiled], finding: Finding) -> Sequence[Compiled]:
        """Whose mutation a finding is."""
        own = [item for item in group if finding.resource in item.changes]
        return own or [item for item in group if finding.resource in _neighbours(self.bench, item)]


def scanned(
    bench: Bench,
    mutants: Sequence[Compiled],
    scanners: Sequence[Scanner],
    tools: Path,
    progress: Callable[[str], None],
) -> Mapping[str, frozenset[Finding]]:
    """What the scanners find, by the mutant's title."""
    empty = Scan(bench, scanners, tools)
    ready = dataclasses.replace(empty, base=empty.new(()))
    found: dict[str, set[Finding]] = {item.mutant.title: set() for item in mutants}
    groups = batches(mutants)
    for number, group in enumerate(groups, 1):
        progress(f"template {number} of {len(groups)}: {len(group)} mutants")
        for finding in ready.new(group):
            owners = ready.owners(group, finding)
            for owner in owners:
                found[owner.mutant.title].add(finding)
            if not owners:
                progress(f"no mutant explains {finding}")
    return {title: frozenset(items) for title, items in found.items()}


def _neighbours(bench: Bench, item: Compiled) -> set[str]:
    """What the mutant's resources refer to, before or after, and what refers to them: resources and outputs."""
    template = bench.compilation.template
    before = _resources(bench.compilation)
    known = {*before, *item.changes, *(parameter.name for parameter in template.parameters)}
    found: set[str] = set()
    for name, after in item.changes.items():
        for resource in (before.get(name), after):
            if resource is not None:
                found |= _referred(resource.properties, known)
    values: dict[str, Value] = {name: other.properties for name, other in before.items()}
    values |= {output.logical_id: output.value for output in template.outputs}
    return found | {name for name, value in values.items() if set(item.changes) & _referred(value, known)}


def _referred(value: Value, known: Collection[str]) -> set[str]:
    """Names in a compiled value."""
    words = re.split(r"[^\w]+", json.dumps(_plain(value)))
    return {word for word in words if word in known}


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value):
        return [_plain(getattr(value, field.name)) for field in dataclasses.fields(value)]
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return value


def _template(bench: Bench, group: Sequence[Compiled]) -> str:
    changes = {name: resource for item in group for name, resource in item.changes.items()}
    resources = {name: item for name, item in {**_resources(bench.compilation), **changes}.items() if item is not None}
    kept = tuple(_without_lost(item, resources) for item in resources.values())
    program = bench.compilation.program
    made = {urn: resource for item in group for urn, resource in item.made.items()}
    return write(
        dataclasses.replace(bench.compilation.template, resources=kept),
        dataclasses.replace(program, resources={**program.resources, **made}),
        Sources(Path.cwd()),
    )


def _without_lost(resource: TemplateResource, resources: Resources) -> TemplateResource:
    """Without waiting for resources that are left out."""
    return dataclasses.replace(resource, depends_on=tuple(name for name in resource.depends_on if name in resources))
