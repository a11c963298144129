"""``python -m cloudformation explain``: where every input of a resource went, and what every property is from."""

from __future__ import annotations

import argparse
import difflib
import fnmatch
import json
import sys
from collections.abc import Sequence
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any

from .console import terminal_width
from .errors import CloudFormationError

if TYPE_CHECKING:
    from .compiler import Compilation
    from .ledger import Entry, Ledger, ResourceLedger
    from .source import Sources

TEMPLATE = "TapStack.yml"
MAX_WIDTH = 160


class ExplainError(CloudFormationError):
    """Nothing in the program is called so."""


def add_explain_command(commands: Any) -> None:
    """Add ``explain`` to the command line."""
    command: argparse.ArgumentParser = commands.add_parser(
        "explain",
        help="show where every input went and what every property is from",
        description="Without RESOURCE: one line per resource, and the totals. With: every input, where it went, and "
        "why. Exit status: 0; 1 when an input or a property is unaccounted for, or nothing is called so.",
    )
    command.add_argument(
        "resource",
        nargs="*",
        metavar="RESOURCE",
        help="Pulumi name, logical id, Pulumi or CloudFormation type; * and ? stand for anything",
    )
    command.add_argument("--json", action="store_true", help="for tools: every value by itself")
    command.add_argument("--program", type=FilePath, default=FilePath(), help="folder of the program (default: this)")
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Run the command; returns its exit status."""
    # The recorder brings Pulumi along, for which no other command should have to wait.
    from .ledger import build_ledger  # noqa: PLC0415
    from .ledger_text import describe_resource, summary, totals  # noqa: PLC0415
    from .source import Sources  # noqa: PLC0415
    from .synth import synthesize  # noqa: PLC0415
    from .template_reader import parse_template  # noqa: PLC0415

    synthesis = synthesize(options.program)
    ledger = build_ledger(synthesis.compilation, parse_template(synthesis.text, TEMPLATE))
    _warn_if_stale(options.program / TEMPLATE, synthesis.text)
    chosen = select(ledger, options.resource)
    width = terminal_width(MAX_WIDTH)
    if options.json:
        print(json.dumps(as_json(ledger, chosen), indent=2))
    elif options.resource:
        comments = _comments(synthesis.compilation, Sources(options.program.resolve()))
        told = [describe_resource(item, ledger, width=width, template=TEMPLATE, comments=comments) for item in chosen]
        print("\n\n".join(told))
    else:
        print("\n".join([*summary(ledger), "", *totals(ledger, width)]))
    for problem in ledger.problems:
        print(f"error: {problem}", file=sys.stderr)
    return 1 if ledger.problems else 0


def _comments(compilation: Compilation, sources: Sources) -> dict[str, str]:
    """By URN, what the program's code makes each resource for."""
    everything = {**compilation.program.resources, **compilation.recorded.resources}
    return {urn: sources.comment(resource.trace) for urn, resource in everything.items()}


def _warn_if_stale(template: FilePath, text: str) -> None:
    if not template.is_file() or template.read_text(encoding="utf-8") != text:
        print(f"note: {template} is not up to date; the lines are those that `synth` would write", file=sys.stderr)


def select(ledger: Ledger, patterns: Sequence[str]) -> list[ResourceLedger]:
    """The resources that the patterns name, all when there are none; a part comes with what it is part of.

    Raises:
        ExplainError: a pattern names nothing.
    """
    if not patterns:
        return list(ledger.resources)
    chosen: list[ResourceLedger] = []
    for pattern in patterns:
        found = [resource for resource in ledger.resources if _is_named(resource, pattern)]
        if not found:
            names = {name for resource in ledger.resources for name in _names(resource)}
            near = difflib.get_close_matches(pattern, sorted(names), 3)
            hint = f"Did you mean {' or '.join(near)}?" if near else "`explain` without a name lists them."
            raise ExplainError(f"no resource of the program is called {pattern!r}. {hint}")
        chosen += [resource for resource in found if resource not in chosen]
    whole = {resource.logical_id for resource in chosen if not resource.folded}
    return [resource for resource in chosen if not resource.folded or resource.logical_id not in whole]


def _names(resource: ResourceLedger) -> tuple[str, ...]:
    own = (resource.name, resource.type, resource.urn)
    return own if resource.folded else (*own, resource.logical_id, resource.cloudformation_type)


def _is_named(resource: ResourceLedger, pattern: str) -> bool:
    return any(fnmatch.fnmatchcase(name.lower(), pattern.lower()) for name in _names(resource))


# For tools.


def as_json(ledger: Ledger, chosen: Sequence[ResourceLedger]) -> dict[str, Any]:
    """The chosen resources, every value by itself, and the sums of the whole program."""
    return {
        "resources": [_resource_json(resource) for resource in chosen],
        "totals": {
            "resources": len(ledger.recorded),
            "inputs": sum(resource.inputs for resource in ledger.recorded),
            "inputsLost": len(ledger.lost),
            "properties": ledger.properties,
            "propertiesUnexplained": len(ledger.unexplained),
        },
        "problems": [str(problem) for problem in ledger.problems],
    }


def _resource_json(resource: ResourceLedger) -> dict[str, Any]:
    return {
        "urn": resource.urn,
        "type": resource.type,
        "name": resource.name,
        "position": str(resource.position) if resource.position else None,
        "logicalId": resource.logical_id,
        "cloudformationType": resource.cloudformation_type,
        "folded": resource.folded,
        "madeFor": list(resource.made_for),
        "madeBesideIt": list(resource.became),
        "lines": [resource.lines.first, resource.lines.last] if resource.lines else None,
        "options": [vars(option) for option in resource.options],
        "values": [_entry_json(entry) for entry in resource.entries],
    }


def _entry_json(entry: Entry) -> dict[str, Any]:
    return {
        "input": list(entry.source) or None,
        "disposition": str(entry.disposition),
        "logicalId": entry.owner or None,
        "property": list(entry.target) if entry.target else None,
        "changedFormWith": list(entry.whole) or None,
        "reason": entry.reason or None,
        "value": entry.value,
        "lines": [entry.lines.first, entry.lines.last] if entry.lines else None,
    }
