"""The ledger: what became of every value that the program recorded, and where every property of the template is from.

It is made from the placements that the template itself was made from, so it cannot tell another story;
:mod:`cloudformation.audit` proves it complete in both directions, value by value.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from .audit import audit_inputs, audit_options, audit_properties
from .compiler import Compilation
from .errors import Position, Problem
from .graph import Function, ListValue, Literal, MapValue, Path, Resource, Secret, Value, as_text, leaves, parts
from .placement import Disposition, Placement
from .template import TemplateResource
from .template_reader import Lines, TemplateFile
from .tracing import Traced, grouped, trace
from .types.model import ResourceType
from .types.registry import types


@dataclass(frozen=True)
class Entry:
    """One value, and what became of it."""

    source: Path
    """Where it stands in the resource's inputs; empty for a property that was made explicit."""
    disposition: Disposition
    owner: str
    """Logical id of the resource in the template that holds it, or does what it says; empty when none does."""
    target: Path | None
    """Where it stands in that resource's properties."""
    reason: str
    value: str
    """It, where the program knows it; empty where only the deployment does, ``(secret)`` where it is marked so."""
    lines: Lines | None
    """Where it stands in the template's text."""
    whole: Path = ()
    """The input around it that changed its form as a whole; ``target`` is then as near as the value shows. Empty when
    the value went by itself."""


@dataclass(frozen=True)
class Option:
    """Something else than an input that was said of a resource, or follows from its type."""

    name: str
    value: str
    meaning: str


@dataclass(frozen=True)
class ResourceLedger:
    """One resource of the program, or one that an expansion made, and what became of all that it says."""

    urn: str
    type: str
    name: str
    position: Position | None
    """The program's line that registered it."""
    logical_id: str
    """The template's resource that it became, or whose part it is."""
    cloudformation_type: str
    folded: bool
    made_for: tuple[str, ...]
    """Titles of the recorded resources that it was made for; empty for those that the program registered."""
    became: tuple[str, ...]
    """Logical ids of what was made for it."""
    options: tuple[Option, ...]
    entries: tuple[Entry, ...]
    """What it was given, in the order of its inputs; then what was made explicit."""
    lines: Lines | None
    """Where the template's resource stands in the text."""

    @property
    def title(self) -> str:
        return f"{self.type} {self.name!r}"

    @property
    def values(self) -> frozenset[Path]:
        """Where each of the values stands that it was given."""
        sources = {entry.source for entry in self.entries if entry.source}
        containers = {source[:length] for source in sources for length in range(len(source))}
        return frozenset(sources - containers)

    @property
    def inputs(self) -> int:
        """How many values it was given."""
        return len(self.values)

    def count(self, *dispositions: Disposition) -> int:
        """How many of them had one of these fates. One that stands in two places counts once."""
        return len(self.values & {entry.source for entry in self.entries if entry.disposition in dispositions})

    @property
    def explicit(self) -> int:
        """How many of its properties were made explicit."""
        return sum(entry.disposition is Disposition.EXPLICIT for entry in self.entries)


@dataclass(frozen=True)
class Ledger:
    """The whole program's."""

    resources: tuple[ResourceLedger, ...]
    properties: int
    """How many values the template's resources have."""
    lost: tuple[Problem, ...]
    """What :func:`cloudformation.audit.audit_inputs` found."""
    unexplained: tuple[Problem, ...]
    """What :func:`cloudformation.audit.audit_properties` found."""
    broken: tuple[Problem, ...]
    """What :func:`cloudformation.audit.audit_options` found."""

    @property
    def problems(self) -> tuple[Problem, ...]:
        return self.lost + self.unexplained + self.broken

    @property
    def recorded(self) -> tuple[ResourceLedger, ...]:
        """Those that the program registered."""
        return tuple(resource for resource in self.resources if not resource.made_for)


def build_ledger(compilation: Compilation, text: TemplateFile | None = None) -> Ledger:
    """The ledger of a compilation; ``text`` is the written template, whose lines then stand in the ledger."""
    builder = _Builder(compilation, text)
    resources = [builder.recorded(resource) for resource in compilation.recorded.resources.values()]
    resources += [
        builder.made(compilation.program.resources[urn])
        for urn in builder.made_for
        if urn in compilation.program.resources
    ]
    properties = sum(1 for made in compilation.template.resources for _ in leaves(made.properties))
    return Ledger(
        tuple(resources),
        properties,
        lost=tuple(audit_inputs(compilation)),
        unexplained=tuple(audit_properties(compilation)),
        broken=tuple(audit_options(compilation)),
    )


class _Builder:
    def __init__(self, compilation: Compilation, text: TemplateFile | None) -> None:
        self._compilation = compilation
        self._text = text
        self._template = {made.urn: made for made in compilation.template.resources}
        self._placements = grouped(compilation.placements, lambda item: item.source_urn)
        self.made_for: dict[str, list[str]] = {}
        """By URN of what an expansion made, titles of what it was made for."""
        for urn, split in compilation.program.splits.items():
            for made in split.made:
                self.made_for.setdefault(made, []).append(compilation.recorded.resources[urn].title)

    def recorded(self, resource: Resource) -> ResourceLedger:
        """The ledger of a resource that the program registered."""
        split = self._compilation.program.splits.get(resource.urn)
        now = self._compilation.program.resources.get(resource.urn)
        kept = {
            name: value for name, value in resource.inputs.items() if now is not None and now.inputs.get(name) == value
        }
        entries = list(self._entries(resource, kept))
        if split:
            for name, (urn, made_input) in split.became.items():
                if name in resource.inputs and name not in kept:
                    entries += self._became(resource.inputs[name], name, urn, made_input, split.reason)
            entries += self._given(resource.urn, set(kept) | {made for _, made in split.became.values()}, split.reason)
        became = [self._logical_id(urn) for urn in split.made] if split else []
        return self._ledger(resource, now or resource, entries, became)

    def made(self, resource: Resource) -> ResourceLedger:
        """The ledger of a resource that an expansion made."""
        return self._ledger(resource, resource, list(self._entries(resource, resource.inputs)), [])

    def _ledger(self, resource: Resource, now: Resource, entries: list[Entry], became: list[str]) -> ResourceLedger:
        owner = self._template[self._compilation.owners[now.urn]]
        return ResourceLedger(
            urn=resource.urn,
            type=resource.type,
            name=resource.name,
            position=resource.position,
            logical_id=owner.logical_id,
            cloudformation_type=owner.type,
            folded=owner.urn != now.urn,
            made_for=tuple(self.made_for.get(resource.urn, ())),
            became=tuple(became),
            options=tuple(_options(resource, now, owner)),
            entries=tuple(entries),
            lines=self._lines(owner.logical_id),
        )

    def _entries(self, resource: Resource, inputs: Mapping[str, Value]) -> Iterator[Entry]:
        placements = self._placements.get(resource.urn, [])
        secret = set(_secret_paths(inputs))
        followed: set[int] = set()
        for traced in trace(inputs, placements):
            shown = "(secret)" if any(traced.path[: len(path)] == path for path in secret) else brief(traced.value)
            followed.update(map(id, traced.placements))
            yield from self._traced(traced, shown)
        for placement in placements:
            if placement.disposition is Disposition.EXPLICIT:
                yield self._entry((), placement, brief(placement.value))
            elif placement.source[0] in inputs and id(placement) not in followed and not placement.branches:
                # What an object as a whole says: that it is there, or the key under which it stood.
                yield self._entry(placement.source, placement, "")

    def _traced(self, traced: Traced, shown: str) -> Iterator[Entry]:
        whole = traced.placements[0].source if traced.placements else traced.path
        if len(whole) >= len(traced.path):
            for placement in traced.placements:
                yield self._entry(traced.path, placement, shown)
            return
        # The same value may stand in several places of what the whole became.
        target = common([placement.target for placement in traced.placements if placement.target])
        nearest = replace(traced.placements[0], target=target or None)
        yield replace(self._entry(traced.path, nearest, shown), whole=whole)

    def _entry(self, source: Path, placement: Placement, shown: str) -> Entry:
        if placement.target is None:
            return Entry(source, placement.disposition, "", None, placement.reason, shown, None)
        owner = self._logical_id(placement.owner_urn)
        lines = self._lines(owner, *placement.target)
        return Entry(source, placement.disposition, owner, placement.target, placement.reason, shown, lines)

    def _became(self, value: Value, name: str, urn: str, made_input: str, reason: str) -> Iterator[Entry]:
        owner = self._logical_id(urn)
        targets = [
            placement.target
            for placement in self._placements.get(urn, [])
            if placement.source[:1] == (made_input,) and placement.target is not None
        ]
        target = targets[0] if made_input and targets else None
        lines = self._lines(owner, *target) if target else self._lines(owner)
        for path, leaf in leaves(value, (name,)):
            yield Entry(path, Disposition.EXPANDED, owner, target, reason, brief(leaf), lines)

    def _given(self, urn: str, told: set[str], reason: str) -> Iterator[Entry]:
        """What the expansion gave to a resource that kept its URN."""
        for placement in self._placements.get(urn, []):
            if placement.source and placement.source[0] not in told:
                given = replace(placement, disposition=Disposition.EXPLICIT, reason=reason)
                yield self._entry((), given, brief(placement.value))

    def _logical_id(self, urn: str) -> str:
        return self._compilation.logical_ids[self._compilation.owners[urn]]

    def _lines(self, logical_id: str, *path: str | int) -> Lines | None:
        if self._text is None:
            return None
        return self._text.lines("Resources", logical_id, *(("Properties", *path) if path else ()))


def _options(resource: Resource, now: Resource, owner: TemplateResource) -> Iterator[Option]:
    entry = types().get(now.type)
    if owner.urn == now.urn and owner.depends_on:
        yield Option("DependsOn", ", ".join(owner.depends_on), "what it waits for and no property shows")
    if resource.conditions:
        yield Option("Condition", owner.condition or "", f"exists only if {' and '.join(resource.conditions)}")
    if owner.urn == now.urn and owner.deletion_policy:
        why = "retain_on_delete or protect" if resource.retain_on_delete else "holds data or keys, so it is written out"
        yield Option("DeletionPolicy, UpdateReplacePolicy", owner.deletion_policy, why)
    for name in resource.ignore_changes:
        yield _ignored(name, now, owner)
    if isinstance(entry, ResourceType) and entry.versioned_by in resource.inputs:
        yield Option("logical id", owner.logical_id, f"ends in the digest of {entry.versioned_by}")


def _ignored(name: str, now: Resource, owner: TemplateResource) -> Option:
    entry = types().get(now.type)
    rule = entry.properties.get(name) if entry else None
    left_out = getattr(rule, "left_out_when_ignored", "")
    noted = str(owner.metadata.items.get("ChangedOutsideCloudFormation", "")).lower()
    if left_out:
        meaning = f"left out of the template: {left_out}"
    elif f"'{name.lower()}'" in noted:
        meaning = "noted in Metadata; CloudFormation sets the property again only when the template changes it"
    else:
        meaning = "CloudFormation sets a property again only when the template changes it"
    return Option("ignore_changes", name, meaning)


def common(paths: Sequence[Path]) -> Path:
    """The longest path that all of ``paths`` begin with."""
    first = paths[0] if paths else ()
    for length in range(len(first), 0, -1):
        if all(path[:length] == first[:length] for path in paths):
            return first[:length]
    return ()


def _secret_paths(inputs: Mapping[str, Value]) -> Iterator[Path]:
    def walk(value: Value, path: Path) -> Iterator[Path]:
        match value:
            case Secret():
                yield path
            case MapValue(items):
                for key, item in items.items():
                    yield from walk(item, (*path, key))
            case ListValue(listed):
                for index, item in enumerate(listed):
                    yield from walk(item, (*path, index))
            case Function(_, arguments):
                if any(isinstance(part, Secret) for argument in arguments for part in parts(argument)):
                    yield path

    for name, value in inputs.items():
        yield from walk(value, (name,))


def brief(value: Value) -> str:
    """A value that the program knows, in words; an empty text for others."""
    match value:
        case Literal(None):
            return "null"
        case Literal():
            return as_text(value)
        case MapValue(items):
            return f"(a map of {len(items)})" if items else "{}"
        case ListValue(items):
            return f"(a list of {len(items)})" if items else "[]"
        case _:
            return ""
