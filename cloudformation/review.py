"""Looks at a deployment before it happens: what it changes, and whether anything that holds data would go.

Two sources are asked, since each knows what the other does not. The templates' own difference knows the create-only
properties of AWS's schemas; the change set knows the parameters' values and what stands in the account.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from .change_set import ADD, MODIFY, REMOVE, Cause, Change, ChangeSet
from .console import Console
from .schema import stateful_types
from .template_changes import Danger, ResourceChange, compare
from .template_reader import Template
from .update_rules import Effect

ROWS = 25
"""More additions than this are counted instead of listed."""

_REPLACEMENTS = {"True": "replaced", "Conditional": "may be replaced", "False": "in place"}


def show_changes(console: Console, change_set: ChangeSet) -> None:
    """Write what a change set does: a table, and under it what is too much for one."""
    changes = change_set.changes
    added = [change for change in changes if change.action == ADD]
    followers = [change for change in changes if _only_follows(change_set, change)]
    listed = [change for change in changes if change not in followers and (change.action != ADD or len(added) <= ROWS)]
    if listed:
        rows = [_row(change) for change in sorted(listed, key=_rank)]
        console.table(("ACTION", "REPLACEMENT", "LOGICAL ID", "TYPE", "BECAUSE OF"), rows)
    if len(added) > ROWS:
        services = Counter("::".join(change.type.split("::")[:2]) for change in added)
        counted = ", ".join(f"{count} {service}" for service, count in services.most_common())
        console.line(f"{len(added)} resources are added: {counted}")
    if followers:
        console.line(f"{len(followers)} more have an attribute of these in a property; they stay, since these do")
    if not changes:
        console.line("no resource changes: only outputs, or what describes the template")


def find_dangers(old: Template | None, new: Template, change_set: ChangeSet, *, region: str) -> list[Danger]:
    """What holds data and would be removed or replaced, or may be.

    ``old`` is the template that is deployed, None when there is no stack yet. What the templates alone cannot decide
    (a condition or a mapping that changed, an attribute that may be another) counts if the change set says so, too.
    """
    if old is None:
        return []
    compared = {change.logical_id: change for change in compare(old, new, region=region).resources if change.dangerous}
    renamed = {change.renamed_from for change in compared.values()}
    found = [_of_templates(change) for change in compared.values() if _confirmed(change, change_set)]
    known = {danger.logical_id for danger in found} | renamed
    return found + [
        danger for change in change_set.changes if change.logical_id not in known for danger in _of(change_set, change)
    ]


def _confirmed(change: ResourceChange, change_set: ChangeSet) -> bool:
    """Whether the change set bears the templates' suspicion out; what they are sure of needs no bearing out."""
    if change.effect not in (Effect.MAY_BE_REMOVED, Effect.MAY_BE_REPLACED):
        return True
    said = change_set.find(change.logical_id)
    return said is not None and (said.action not in (ADD, MODIFY) or said.replacement in ("True", "Conditional"))


def _of_templates(change: ResourceChange) -> Danger:
    return Danger(change.logical_id, change.type, change.effect, (*change.reasons, *change.notes), change.left)


def _of(change_set: ChangeSet, change: Change) -> Iterator[Danger]:
    """The danger in an entry of the change set, if there is one."""
    if change.type not in stateful_types():
        return
    said = ResourceChange(change.logical_id, change.type, Effect.REMOVED, kept=change.kept).left
    if change.action == REMOVE and not change.kept.startswith("Retain"):
        yield Danger(change.logical_id, change.type, Effect.REMOVED, ("CloudFormation's change set says so",), said)
    elif may_be_replaced(change_set, change):
        effect = Effect.REPLACED if change.replacement == "True" else Effect.MAY_BE_REPLACED
        causes = tuple(f"{cause} changes" for cause in _replacing(change))
        yield Danger(change.logical_id, change.type, effect, causes or ("CloudFormation's change set says so",), said)
    elif change.action not in (ADD, MODIFY, REMOVE):
        reason = f"CloudFormation's change set says {change.action}, and does not know more"
        yield Danger(change.logical_id, change.type, Effect.MAY_BE_REMOVED, (reason,), said)


def may_be_replaced(change_set: ChangeSet, change: Change) -> bool:
    """Whether a resource is replaced, or may be in earnest.

    CloudFormation calls every resource ``Conditional`` that has an attribute of a changed resource in a property which
    cannot be changed later. The attribute (an ARN, say) stays as long as that other resource does.
    """
    return _replaceable(change_set, change, frozenset())


def _replaceable(change_set: ChangeSet, change: Change, asked: frozenset[str]) -> bool:
    if change.replacement != "Conditional" or change.logical_id in asked:
        return change.replacement == "True"
    causes = _replacing(change)
    return not causes or any(_counts(change_set, cause, asked | {change.logical_id}) for cause in causes)


def _counts(change_set: ChangeSet, cause: Cause, asked: frozenset[str]) -> bool:
    other = change_set.find(cause.resource)
    return cause.sure or other is None or other.action != MODIFY or _replaceable(change_set, other, asked)


def _replacing(change: Change) -> Sequence[Cause]:
    return [cause for cause in change.causes if cause.recreation != "Never"]


def _only_follows(change_set: ChangeSet, change: Change) -> bool:
    """Whether all that is said of a resource is that it refers to others, none of which is replaced."""
    return (
        change.action == MODIFY
        and bool(change.causes)
        and not any(_counts(change_set, cause, frozenset({change.logical_id})) for cause in change.causes)
    )


def _row(change: Change) -> tuple[str, ...]:
    because = ", ".join(dict.fromkeys(map(str, change.causes)))
    replacement = _REPLACEMENTS.get(change.replacement, "") if change.action == MODIFY else ""
    return (change.action, replacement, change.logical_id, change.type, because)


def _rank(change: Change) -> tuple[int, str]:
    """What goes first, what comes last."""
    order = ("True", "Conditional", "False")
    rank = order.index(change.replacement) + 1 if change.replacement in order else 4
    return (0 if change.action == REMOVE else rank, change.logical_id)
