"""The ledger as people read it in a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from .console import aligned
from .graph import Path, describe
from .ledger import Entry, Ledger, ResourceLedger, common
from .placement import Disposition
from .template_reader import Lines
from .types.model import SAME_MEANING

_FATES = {
    Disposition.PROPERTY: "became properties of their own resource",
    Disposition.FOLDED: "were folded into another",
    Disposition.EXPANDED: "became other resources",
    Disposition.PROVIDER_ONLY: "are provider-only, each with its reason",
}

# One resource.


@dataclass(frozen=True)
class Row:
    """Values that went the same way, as one line."""

    lines: str
    """Where they stand in the template."""
    text: str


def describe_resource(
    resource: ResourceLedger, ledger: Ledger, *, width: int, template: str, comments: Mapping[str, str]
) -> str:
    """One resource with its options, where each of its inputs went, and what else is in it.

    ``template`` is the name of the file; ``comments`` say by URN what the program makes it for.
    """
    place = f"{template}:{resource.lines}" if resource.lines else ""
    part = "part of " if resource.folded else ""
    lines = [f"{resource.type} {resource.name!r}"]
    lines += _wrapped(f"-> {part}{resource.logical_id}, {resource.cloudformation_type}  {place}", width)
    lines += _wrapped(f"from {resource.position}" if resource.position else "", width)
    lines += _wrapped(comments.get(resource.urn, ""), width)
    lines += _wrapped(f"made for {', '.join(resource.made_for)}" if resource.made_for else "", width)
    lines += _wrapped(f"made beside it: {', '.join(resource.became)}" if resource.became else "", width)
    for option in resource.options:
        lines += _wrapped(f"{option.name}: {option.value} ({option.meaning})", width)
    lines += ["", *_table(rows(resource.entries, resource.logical_id), width)]
    if not resource.folded:
        for part_of_it in _parts(resource, ledger):
            at = f", {part_of_it.position}" if part_of_it.position else ""
            lines += ["", *_wrapped(f"with {part_of_it.type} {part_of_it.name!r}{at}", width)]
            lines += _table(rows(part_of_it.entries, resource.logical_id), width)
    return "\n".join(lines)


def _parts(resource: ResourceLedger, ledger: Ledger) -> list[ResourceLedger]:
    return [item for item in ledger.resources if item.folded and item.logical_id == resource.logical_id]


def _wrapped(text: str, width: int, first: str = "  ", more: str = "    ") -> list[str]:
    """``text`` as indented lines; long names stay whole, so that they can be searched for."""
    wrapper = textwrap.TextWrapper(width, first, more, break_long_words=False, break_on_hyphens=False)
    return wrapper.wrap(text)


def rows(entries: Sequence[Entry], owner: str) -> list[Row]:
    """Entries as lines: what went the same way stands on one line, with ``*`` where they differ."""
    groups: dict[tuple[object, ...], list[tuple[Entry, Path, Path | None]]] = {}
    wholes: dict[tuple[object, ...], list[Path]] = {}
    for entry in entries:
        if entry.whole and entry.target:
            wholes.setdefault((entry.owner, entry.whole), []).append(entry.target)
    for entry in _merged(entries):
        source, target = _heads(entry.source, entry.target)
        if entry.whole and entry.target:
            source, target = entry.whole, common(wholes[entry.owner, entry.whole])
        shape = _shape(target)
        # Each key of a map that becomes an entry of a list is one of the same kind: tags, attributes.
        kind = _shape(source[:-1] if len(source) > 1 and shape[-1:] == ("*",) else source)
        key = (entry.disposition, entry.owner, kind, shape, entry.reason)
        groups.setdefault(key, []).append((entry, source, target))
    return [_row(members, owner) for members in groups.values()]


def _merged(entries: Iterable[Entry]) -> Iterator[Entry]:
    """One entry per input: the key and the value of a list's entry are both that entry."""
    by_source: dict[tuple[object, ...], list[Entry]] = {}
    for entry in entries:
        by_source.setdefault((entry.source or entry.target, entry.disposition, entry.owner), []).append(entry)
    for same in by_source.values():
        targets = [entry.target for entry in same if entry.target]
        place = common(targets) if len(targets) == len(same) > 1 else ()
        if place and isinstance(place[-1], int) and not same[0].whole:
            yield replace(same[0], target=place)
        else:
            yield from same


def _heads(source: Path, target: Path | None) -> tuple[Path, Path | None]:
    """Both paths without the end that they have in common: the objects that moved as a whole."""
    if not source or not target:
        return source, target
    while len(source) > 1 and len(target) > 1 and str(source[-1]).lower() == str(target[-1]).lower():
        source, target = source[:-1], target[:-1]
    return source, target


def _shape(path: Path | None) -> tuple[str, ...]:
    return tuple("*" if isinstance(step, int) else step for step in path or ())


def _row(members: Sequence[tuple[Entry, Path, Path | None]], owner: str) -> Row:
    entry = members[0][0]
    count = len({member.source for member, _, _ in members})
    # A single value is shown with its whole path, several by what they have in common.
    whole = count == 1
    source = _pattern([member.source if whole else head for member, head, _ in members])
    target = _pattern([path for member, _, head in members if (path := member.target if whole else head)])
    if not whole:
        source = f"{source} ({count} values)"
    if entry.owner != owner or not target:
        target = f"{entry.owner}.{target}" if target else entry.owner
    if not entry.source:
        text = f"{target}{f' = {_short(entry.value)}' if entry.value else ''} was made explicit"
    elif not entry.owner:
        value = f" = {_short(entry.value)}" if whole and entry.value else ""
        text = f"{source}{value} is provider-only"
    else:
        text = f"{source} -> {target}"
    lines = [member.lines for member, _, _ in members if member.lines]
    span = Lines(min(item.first for item in lines), max(item.last for item in lines)) if lines else "-"
    return Row(str(span), ": ".join(filter(None, (text, _told(entry)))))


def _told(entry: Entry) -> str:
    """The reason, unless the input only has another name."""
    return "" if entry.reason == SAME_MEANING else entry.reason


def _pattern(paths: Sequence[Path]) -> str:
    """The paths as one, ``*`` where they differ."""
    if not paths:
        return ""
    first = paths[0]
    steps: list[str | int] = []
    for index, step in enumerate(first):
        differ = any(len(path) <= index or path[index] != step for path in paths)
        steps.append("*" if differ and isinstance(step, str) else -1 if differ else step)
    return describe(tuple(steps)).replace("[-1]", "[*]")


def _short(text: str, length: int = 24) -> str:
    line = " ".join(text.split())
    return line if len(line) <= length else line[: length - 3] + "..."


def _table(table: Sequence[Row], width: int) -> list[str]:
    return [line for row in table for line in _wrapped(row.text, width, f"{row.lines:>11}  ", " " * 17)]


# The whole program.


def summary(ledger: Ledger) -> list[str]:
    """A line per resource: how many values it was given, and what became of them. Its parts stand under it."""
    table = [("RESOURCE IN THE TEMPLATE", "INPUTS", "PLACED", "PROVIDER-ONLY", "EXPLICIT", "LINES")]
    for resource in ledger.resources:
        if not resource.folded:
            table.append(_summed(resource, resource.logical_id))
            table += [_summed(part, f"  + {part.name}") for part in _parts(resource, ledger)]
    return aligned(table)


def _summed(resource: ResourceLedger, name: str) -> tuple[str, str, str, str, str, str]:
    placed = resource.count(Disposition.PROPERTY, Disposition.FOLDED, Disposition.EXPANDED)
    counts = (resource.inputs, placed, resource.count(Disposition.PROVIDER_ONLY), resource.explicit)
    widths = (len("INPUTS"), len("PLACED"), len("PROVIDER-ONLY"), len("EXPLICIT"))
    inputs, in_template, left_out, explicit = (f"{n:>{width}}" for n, width in zip(counts, widths, strict=True))
    lines = "" if resource.folded else str(resource.lines or "")
    return name, inputs, in_template, left_out, explicit, lines


def totals(ledger: Ledger, width: int) -> list[str]:
    """The sums, with the proof that they are whole."""
    made = [item for item in ledger.resources if item.made_for]
    count = len({item.logical_id for item in ledger.resources})
    inputs = sum(item.inputs for item in ledger.recorded)
    fates = ", ".join(f"{sum(item.count(fate) for item in ledger.recorded):,} {text}" for fate, text in _FATES.items())
    explicit = sum(item.explicit for item in ledger.resources)
    lost, unexplained = len(ledger.lost), len(ledger.unexplained)
    lines = [
        f"Resources: {len(ledger.recorded):,} registered, {len(made):,} made for them; {count:,} in the template.",
        f"Inputs: {inputs:,} values recorded; {fates}, {lost:,} lost. {_share(inputs - lost, inputs)} accounted for.",
        f"Properties: {ledger.properties:,} values in the template; {explicit:,} made explicit, {unexplained:,} from "
        f"nowhere. {_share(ledger.properties - unexplained, ledger.properties)} explained.",
    ]
    return [part for line in lines for part in textwrap.wrap(line, width, subsequent_indent="  ")]


def _share(part: int, whole: int) -> str:
    """A percentage that says 100 only when nothing is missing."""
    if part == whole:
        return "100 %"
    return f"{min(100 * part / whole, 99.99):.2f} %"
