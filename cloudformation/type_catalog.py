"""The supported types as a list for people: what each becomes, and how each exception reads."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass

from .types.model import (
    SAME_MEANING,
    Drop,
    Entry,
    Expanded,
    Explicit,
    Folded,
    ResourceType,
    Rule,
    Spread,
    To,
    TypeEntry,
)
from .types.registry import SERVICES, expansions, types


@dataclass(frozen=True)
class Difference:
    """An input that does not simply become the property of its name."""

    input: str
    becomes: str
    """``BucketName``, ``left out``, ``left out; only False``."""
    reason: str


@dataclass(frozen=True)
class CatalogType:
    """One Pulumi type."""

    pulumi: str
    becomes: str
    """``AWS::S3::Bucket``, or what else stands for it."""
    cloudformation: str
    """The CloudFormation type that it is or is part of; empty when it only becomes others."""
    differences: tuple[Difference, ...]
    explicit: Mapping[str, Explicit]
    outputs: tuple[str, ...]
    """Those that other resources may use."""
    stateful: bool
    folded: str
    """Why it is part of another type; empty when it is not."""
    expanded: str
    """Why it becomes several resources, or others; empty when it does not."""
    entry: TypeEntry | None

    @property
    def noun(self) -> str:
        return self.pulumi.rpartition(":")[2]


@dataclass(frozen=True)
class Service:
    """The types of one module."""

    name: str
    title: str
    types: tuple[CatalogType, ...]
    custom: tuple[ResourceType, ...]
    """Custom resources, which are no types of Pulumi's."""


def services() -> tuple[Service, ...]:
    """Every service, by title."""
    return tuple(sorted(map(_service, SERVICES), key=lambda service: service.title.lower()))


def _service(name: str) -> Service:
    module = importlib.import_module(f"{__package__}.types.{name}")
    entries: dict[str, TypeEntry | None] = {entry.pulumi: entry for entry in module.TYPES}
    entries |= {entry.pulumi: entries.get(entry.pulumi) for entry in getattr(module, "EXPANSIONS", ())}
    custom = tuple(entry for entry in entries.values() if isinstance(entry, ResourceType) and entry.schema)
    listed = [_type(pulumi, entry) for pulumi, entry in entries.items() if entry is None or entry not in custom]
    title = (module.__doc__ or name).partition("\n")[0].rstrip(".")
    return Service(name, title, tuple(sorted(listed, key=lambda item: item.pulumi)), custom)


def _type(pulumi: str, entry: TypeEntry | None) -> CatalogType:
    expanded = expansions().get(pulumi)
    explicit: Mapping[str, Explicit] = {}
    match entry:
        case ResourceType():
            becomes = cloudformation = entry.cloudformation
            explicit = entry.explicit
        case Folded():
            cloudformation = _cloudformation(entry.into)
            place = f" ({entry.under})" if entry.under else ""
            becomes = f"part of {cloudformation}{place}"
        case _:
            becomes, cloudformation = "other resources", ""
    return CatalogType(
        pulumi=pulumi,
        becomes=becomes,
        cloudformation=cloudformation,
        differences=_differences(entry),
        explicit=explicit,
        outputs=tuple(entry.attributes) if entry else (),
        stateful=isinstance(entry, ResourceType) and entry.stateful,
        folded=entry.reason if isinstance(entry, Folded) else "",
        expanded=expanded.reason if isinstance(expanded, Expanded) else "",
        entry=entry,
    )


def _cloudformation(pulumi: str) -> str:
    entry = types()[pulumi]
    assert isinstance(entry, ResourceType), f"{pulumi} is folded itself"
    return entry.cloudformation


def _differences(entry: TypeEntry | None) -> tuple[Difference, ...]:
    rules = entry.properties if entry else {}
    found = [Difference(name, *_reads(rule)) for name, rule in rules.items()]
    if isinstance(entry, ResourceType):
        if entry.autoname:
            found.append(Difference("name", entry.autoname, "when there is none: the resource's name in the program"))
        if entry.versioned_by:
            reason = "another version is another resource, so its digest ends the logical id"
            found.append(Difference(entry.versioned_by, "the logical id", reason))
    return tuple(sorted(found, key=lambda item: item.input))


def _reads(rule: Rule) -> tuple[str, str]:
    """What a rule makes of its input, and why."""
    match rule:
        case To():
            beside = "".join(f", {name} = {value}" for name, value in rule.also.items())
            reasons = [] if rule.reason == SAME_MEANING and not rule.left_out_when_ignored else [rule.reason]
            if rule.left_out_when_ignored:
                reasons = [f"left out when the program ignores its changes: {rule.left_out_when_ignored}"]
            return f"{rule.name}{beside}", "; ".join(reasons)
        case Drop(reason, None):
            return "left out", reason
        case Drop(reason, ()):
            return "refused", reason
        case Drop(reason, only):
            return f"left out; only {' or '.join(map(repr, only or ()))}", reason
        case Spread(reason):
            return "its members, one level up", reason
        case Entry():
            return f"{rule.list}, {rule.key_name} = {rule.key}", rule.reason
