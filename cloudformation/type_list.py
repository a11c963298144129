"""``python -m cloudformation types``: which Pulumi types can be compiled, what each becomes, and every exception.

``docs/types.md`` and ``docs/defaults.md`` are written from the same data; a test finds out when they are not.
"""

from __future__ import annotations

import argparse
import difflib
import fnmatch
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .console import terminal_width
from .errors import CloudFormationError

if TYPE_CHECKING:
    from .type_catalog import CatalogType, Service

MAX_WIDTH = 120


class TypesError(CloudFormationError):
    """No type is called so."""


def add_types_command(commands: Any) -> None:
    """Add ``types`` to the command line."""
    command: argparse.ArgumentParser = commands.add_parser(
        "types",
        help="list the types that can be compiled",
        description="Without TYPE: what each type becomes. With: also every input that is an exception, with its "
        "reason, and the outputs that other resources may use.",
    )
    command.add_argument(
        "type", nargs="*", metavar="TYPE", help="Pulumi or CloudFormation type, or a part of one (Bucket, AWS::S3::*)"
    )
    form = command.add_mutually_exclusive_group()
    form.add_argument("--markdown", action="store_true", help="print docs/types.md")
    form.add_argument("--defaults", action="store_true", help="print docs/defaults.md: where the two ways differ")
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Run the command; returns its exit status."""
    # The type modules bring Pulumi along, for which no other command should have to wait.
    from . import type_catalog, type_docs  # noqa: PLC0415

    services = type_catalog.services()
    width = terminal_width(MAX_WIDTH)
    if options.markdown:
        print(type_docs.types_page(services), end="")
    elif options.defaults:
        print(type_docs.defaults_page(services), end="")
    elif options.type:
        print("\n\n".join(_details(item, width) for item in select(services, options.type)))
    else:
        print("\n".join(_listing(services)))
    return 0


def select(services: Sequence[Service], patterns: Sequence[str]) -> list[CatalogType]:
    """The types that the patterns name.

    Raises:
        TypesError: a pattern names none.
    """
    everything = [item for service in services for item in service.types]
    chosen: list[CatalogType] = []
    for pattern in patterns:
        found = [item for item in everything if any(_matches(name, pattern) for name in _names(item))]
        if not found:
            near = difflib.get_close_matches(pattern, sorted({name for item in everything for name in _names(item)}), 3)
            hint = f"Did you mean {' or '.join(near)}?" if near else "`types` without a name lists those that can."
            raise TypesError(f"no type that can be compiled is called {pattern!r}. {hint}")
        chosen += [item for item in found if item not in chosen]
    return chosen


def _names(item: CatalogType) -> tuple[str, ...]:
    return item.pulumi, item.noun, item.cloudformation, item.cloudformation.rpartition("::")[2]


def _matches(name: str, pattern: str) -> bool:
    return fnmatch.fnmatchcase(name.lower(), pattern.lower())


def _listing(services: Sequence[Service]) -> list[str]:
    """A line per type, by service."""
    lines: list[str] = []
    everything = [item for service in services for item in service.types]
    width = min(max(len(item.pulumi) for item in everything), 52)
    for service in services:
        lines += [service.title]
        for item in service.types:
            notes = [text for text, true in (("data", item.stateful), ("and others beside it", item.expanded)) if true]
            note = f"  ({', '.join(notes)})" if notes and item.cloudformation else ""
            lines.append(f"  {item.pulumi.ljust(width)}  {item.becomes}{note}")
        if service.custom:
            lines.append(f"  brought along: {', '.join(entry.cloudformation for entry in service.custom)}")
        lines.append("")
    folded = sum(bool(item.folded) for item in everything)
    named = sum(bool(service.types) for service in services)
    lines.append(
        f"{len(everything)} types of {named} services, {folded} of them part of another. "
        "`types TYPE` shows the exceptions of one."
    )
    return lines


def _details(item: CatalogType, width: int) -> str:
    """One type with everything that is special about it."""
    lines = [item.pulumi, *_wrapped(f"-> {item.becomes}", width)]
    if item.folded:
        lines += _wrapped(f"folded: {item.folded}", width)
    if item.expanded:
        lines += _wrapped(f"expanded: {item.expanded}", width)
    if item.stateful:
        lines += _wrapped("holds data or keys: DeletionPolicy and UpdateReplacePolicy are written out", width)
    for found in item.differences:
        told = f"{found.input}: {found.becomes}" + (f" ({found.reason})" if found.reason else "")
        lines += _wrapped(told, width)
    for name, explicit in item.explicit.items():
        lines += _wrapped(f"{name} is written out when no input gives it: {explicit.reason}", width)
    lines += _wrapped(f"outputs that may be used: {', '.join(item.outputs) or 'none'}", width)
    return "\n".join(lines)


def _wrapped(text: str, width: int) -> list[str]:
    wrapper = textwrap.TextWrapper(width, "  ", "      ", break_long_words=False, break_on_hyphens=False)
    return wrapper.wrap(text)
