"""What deploying one template over another would do to each resource: what is added, removed, changed or replaced.

A changed property that is create-only by AWS's schema makes a new resource; a conditionally create-only one may.
Whatever refers to a replaced resource changes with it.

Only templates are compared. Parameter values, and what others have changed in the account since, are for the change
set to tell.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from .project import DEFAULT_REGION
from .schema import stateful_types
from .template_reader import Template
from .template_renames import find_renames
from .template_values import ABSENT, Path, differences, functions, uses
from .update_rules import Effect, kept, name_properties, property_effect


@dataclass(frozen=True)
class PropertyChange:
    """A part of a resource that is different; ``ABSENT`` stands for one that is not there."""

    path: Path
    old: Any
    new: Any
    effect: Effect
    reason: str = ""
    """Why it has that effect, where that is not the plain case."""

    @property
    def name(self) -> str:
        return ".".join(self.path).replace(".[", "[")


@dataclass(frozen=True)
class ResourceChange:
    """One resource that is not the same in both templates."""

    logical_id: str
    type: str
    effect: Effect
    changes: tuple[PropertyChange, ...] = ()
    attributes: tuple[PropertyChange, ...] = ()
    """Changes beside the properties: ``DependsOn``, ``DeletionPolicy``, ``Condition`` ..."""
    renamed_from: str = ""
    """The logical id under which the old template has the very same resource."""
    stateful: bool = False
    kept: str = ""
    """What is kept of it when it goes: ``Retain``, ``Snapshot``; empty when nothing is."""
    notes: tuple[str, ...] = ()

    @property
    def dangerous(self) -> bool:
        """Whether something that holds data would go, or may."""
        if not self.stateful:
            return False
        if self.effect in (Effect.REMOVED, Effect.MAY_BE_REMOVED):
            return not self.kept.startswith("Retain")
        return self.effect in (Effect.MAY_BE_REPLACED, Effect.REPLACED)

    @property
    def left(self) -> str:
        """What is left of the one that goes."""
        if self.kept.startswith("Retain"):
            return "the old one is kept, outside the stack"
        return "a snapshot of it is kept" if self.kept else "what it holds is lost"

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why it goes, or may."""
        found = [f"{item.name}: {item.reason}" for item in self.changes if item.effect >= Effect.MAY_BE_REPLACED]
        found += [item.reason for item in self.attributes if item.effect > Effect.UPDATED]
        if self.renamed_from:
            found.append(f"it was {self.renamed_from}, and another logical id is another resource")
        if self.effect == Effect.REMOVED:
            found.append("the new template does not have it")
        return tuple(found)


@dataclass(frozen=True)
class SectionChange:
    """An entry of another section that is different: a parameter, a condition, an output."""

    section: str
    name: str
    """Empty for a section that is one text."""
    old: Any
    new: Any
    note: str = ""


@dataclass(frozen=True)
class Changes:
    """Everything that is different."""

    resources: tuple[ResourceChange, ...]
    """What is dangerous first, then by how much happens."""
    sections: tuple[SectionChange, ...]

    def __bool__(self) -> bool:
        return bool(self.resources or self.sections)


@dataclass(frozen=True)
class Danger:
    """Something that holds data and would go, or may."""

    logical_id: str
    type: str
    effect: Effect
    reasons: tuple[str, ...]
    left: str
    """What is left of it."""

    def __str__(self) -> str:
        verb = "may" if self.effect in (Effect.MAY_BE_REMOVED, Effect.MAY_BE_REPLACED) else "would"
        done = "removed" if self.effect in (Effect.REMOVED, Effect.MAY_BE_REMOVED) else "replaced"
        return f"{self.logical_id} ({self.type}) {verb} be {done}, and {self.left}. {'; '.join(self.reasons)}."


def dangers(old: Template, new: Template, *, region: str = DEFAULT_REGION) -> list[Danger]:
    """What holds data and would be removed or replaced, or may be, if ``new`` were deployed over ``old``."""
    return [
        Danger(change.logical_id, change.type, change.effect, (*change.reasons, *change.notes), change.left)
        for change in compare(old, new, region=region).resources
        if change.dangerous
    ]


def compare(old: Template, new: Template, *, region: str = DEFAULT_REGION) -> Changes:
    """The changes from ``old`` to ``new``; ``region`` says whose schemas apply."""
    comparison = _Comparison(old, new, region)
    comparison.compare_resources()
    comparison.follow()
    resources = map(comparison.with_notes, comparison.changes.values())
    return Changes(
        tuple(sorted(resources, key=lambda change: (not change.dangerous, -change.effect))),
        tuple(_section_changes(old, new)),
    )


@dataclass(frozen=True)
class _Cause:
    """Why a property changes whose own text does not."""

    most: Effect
    """The most that it does to the resource, where the property is create-only."""
    reason: str
    sure: bool
    """Whether it happens; if it only may, a property that is not create-only does not count."""


class _Comparison:
    def __init__(self, old: Template, new: Template, region: str) -> None:
        self.before: Mapping[str, Any] = old["Resources"]
        self.after: Mapping[str, Any] = new["Resources"]
        self.region = region
        self.changes: dict[str, ResourceChange] = {}
        self._conditions = _changed_conditions(old.get("Conditions", {}), new.get("Conditions", {}))
        self._mappings = {name for name, _, _ in _entries(old, new, "Mappings")}

    def compare_resources(self) -> None:
        """Find what is different in the templates' text."""
        renames = find_renames(self.before, self.after)
        for logical_id in {**self.before, **self.after}:
            old, new = self.before.get(logical_id), self.after.get(logical_id)
            if logical_id in renames:
                source = renames[logical_id]
                change = self._whole(logical_id, self.before[source], Effect.REPLACED)
                self.changes[logical_id] = replace(change, renamed_from=source)
            elif old is None:
                self.changes[logical_id] = self._whole(logical_id, self.after[logical_id], Effect.ADDED)
            elif new is None:
                if logical_id not in renames.values():
                    self.changes[logical_id] = self._whole(logical_id, old, Effect.REMOVED)
            else:
                self._add(logical_id, self._property_changes(old, new), tuple(self._attribute_changes(old, new)))

    def _whole(self, logical_id: str, resource: Mapping[str, Any], effect: Effect) -> ResourceChange:
        kind = resource["Type"]
        left = "" if effect == Effect.ADDED else kept(resource, "DeletionPolicy")
        return ResourceChange(logical_id, kind, effect, stateful=kind in stateful_types(), kept=left)

    def _add(
        self, logical_id: str, changes: Iterable[PropertyChange], attributes: tuple[PropertyChange, ...] = ()
    ) -> bool:
        """Note changes of a resource that both templates have; whether any of them is new or worse than known."""
        known = self.changes.get(logical_id)
        worst = {item.path: item for item in known.changes} if known else {}
        found = False
        for item in changes:
            if item.path not in worst or item.effect > worst[item.path].effect:
                worst[item.path] = item
                found = True
        attributes = known.attributes if known else attributes
        if not found and (known or not attributes):
            return False
        resource = self.after[logical_id]
        effect = max(item.effect for item in (*worst.values(), *attributes))
        goes = effect == Effect.MAY_BE_REMOVED
        self.changes[logical_id] = ResourceChange(
            logical_id,
            resource["Type"],
            effect,
            tuple(worst.values()),
            attributes,
            stateful=resource["Type"] in stateful_types(),
            kept=kept(resource, "DeletionPolicy" if goes else "UpdateReplacePolicy"),
        )
        return True

    def _property_changes(self, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[PropertyChange]:
        for path, one, other in differences(old.get("Properties", {}), new.get("Properties", {})):
            effect, reason = property_effect(new["Type"], self.region, path, one, other)
            yield PropertyChange(path, one, other, effect, reason)

    def _attribute_changes(self, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[PropertyChange]:
        for name in {**old, **new}:
            before, after = old.get(name, ABSENT), new.get(name, ABSENT)
            if name == "DependsOn":
                before, after = _as_list(before), _as_list(after)
            if name == "Condition" and (before != after or after in self._conditions):
                reason = _condition_reason(before, after)
                yield PropertyChange((name,), before, after, Effect.MAY_BE_REMOVED, reason)
            elif name == "Type" and before != after:
                reason = "CloudFormation does not change a resource's type: give the new one another logical id"
                yield PropertyChange((name,), before, after, Effect.REFUSED, reason)
            elif name != "Properties":
                for path, one, other in differences(before, after, (name,)):
                    yield PropertyChange(path, one, other, Effect.UPDATED)

    def follow(self) -> None:
        """Add what changes because something that it refers to does, until nothing more does."""
        both = [name for name in self.after if name in self.before]
        while sum(self._add(name, self._followed(name)) for name in both if self._can_follow(name)):
            pass

    def _can_follow(self, logical_id: str) -> bool:
        change = self.changes.get(logical_id)
        return change is None or change.effect != Effect.REFUSED

    def _followed(self, logical_id: str) -> Iterator[PropertyChange]:
        resource = self.after[logical_id]
        for path, value in functions(resource.get("Properties", {})):
            for function, name in uses(value):
                cause = self._cause(function, name) if name != logical_id else None
                if cause:
                    effect, _ = property_effect(resource["Type"], self.region, path, ABSENT, value)
                    if effect != Effect.UPDATED or cause.sure:
                        yield PropertyChange(path, value, value, min(effect, cause.most), cause.reason)

    def _cause(self, function: str, name: str) -> _Cause | None:
        """What a reference makes of the property that it stands in."""
        if function in ("Ref", "Fn::GetAtt"):
            change = self.changes.get(name)
            if change and change.effect == Effect.REPLACED:
                # What Ref gives is surely another; an attribute may be the same again.
                most = Effect.REPLACED if function == "Ref" else Effect.MAY_BE_REPLACED
                return _Cause(most, f"refers to {name}, which is replaced", sure=True)
            if change and change.effect == Effect.MAY_BE_REPLACED:
                return _Cause(Effect.MAY_BE_REPLACED, f"refers to {name}, which may be replaced", sure=False)
        changed = {"Condition": self._conditions, "Fn::FindInMap": self._mappings}.get(function, set())
        if name in changed:
            return _Cause(Effect.MAY_BE_REPLACED, f"depends on {name}, which changes", sure=True)
        return None

    def with_notes(self, change: ResourceChange) -> ResourceChange:
        """Say where CloudFormation cannot make the new resource, since the old one still has its name."""
        if change.effect not in (Effect.REPLACED, Effect.MAY_BE_REPLACED):
            return change
        old = self.before[change.renamed_from or change.logical_id].get("Properties", {})
        new = self.after[change.logical_id].get("Properties", {})
        own = name_properties(change.type, self.region)
        same = [name for name in own if name in new and old.get(name) == new[name]]
        if not same:
            return change
        note = (
            f"{same[0]} stays the same: CloudFormation cannot make the new one while the old one has that name, and "
            "the deployment fails"
        )
        return replace(change, notes=(note,))


def _as_list(value: Any) -> Any:
    """``DependsOn`` as a sorted list, however it is written."""
    return sorted([value] if isinstance(value, str) else value) if value is not ABSENT else []


def _condition_reason(before: Any, after: Any) -> str:
    if after is ABSENT:
        return f"until now it exists only if {before}"
    if before == after:
        return f"its condition {after} changes"
    return f"from now on it exists only if {after}"


def _changed_conditions(old: Mapping[str, Any], new: Mapping[str, Any]) -> set[str]:
    """Conditions that are defined differently, or by others that are."""
    changed = {name for name in {**old, **new} if old.get(name) != new.get(name)}
    while True:
        more = {name for name, value in new.items() if any(used in changed for _, used in uses(value))}
        if more <= changed:
            return changed
        changed |= more


# Other sections.


def _section_changes(old: Template, new: Template) -> Iterator[SectionChange]:
    for section in {**old, **new}:
        if section != "Resources":
            for name, before, after in _entries(old, new, section):
                yield SectionChange(section, name, before, after, _note(section, before, after))


def _entries(old: Template, new: Template, section: str) -> Iterator[tuple[str, Any, Any]]:
    before, after = old.get(section, ABSENT), new.get(section, ABSENT)
    if not isinstance(before, dict) and not isinstance(after, dict):
        if before != after:
            yield "", before, after
        return
    before, after = (item if isinstance(item, dict) else {} for item in (before, after))
    for name in {**before, **after}:
        if before.get(name) != after.get(name):
            yield name, before.get(name, ABSENT), after.get(name, ABSENT)


def _note(section: str, old: Any, new: Any) -> str:
    """What to know of a change beside the resources."""
    if section == "Parameters" and old is ABSENT and "Default" not in new:
        return "needs a value"
    exported = old.get("Export") if section == "Outputs" and isinstance(old, dict) else None
    if exported and (new is ABSENT or new.get("Export") != exported):
        return "fails while another stack imports it"
    return ""
