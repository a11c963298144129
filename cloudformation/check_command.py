"""``python -m cloudformation check``: judges a template, whoever wrote it, by the policy pack's rules."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .errors import CloudFormationError
from .project import DEFAULT_REGION

if TYPE_CHECKING:
    from policies.waivers import Waiver

    from .check_report import Check

CLEAN, VIOLATED, UNUSABLE = 0, 1, 2

_DESCRIPTION = """\
Compiles a CloudFormation template backwards, as far as the supported types allow, and judges what comes out by the
rules of the policy pack (docs/rules.md). Messages call inputs as Pulumi does: `types TYPE` says what each becomes. What
could not be read back is not judged, and is named.
"""
_STATUS = """\
exit status:
  0  no mandatory rule is broken
  1  one is, or a waiver has expired or waives nothing
  2  the template or the waivers cannot be used
"""


class CheckError(CloudFormationError):
    """There is nothing that could be judged."""


def add_check_command(commands: Any) -> None:
    """Add ``check`` to the command line."""
    command: argparse.ArgumentParser = commands.add_parser(
        "check",
        help="judge a template that somebody else wrote",
        description=_DESCRIPTION,
        epilog=_STATUS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument("file", type=Path, metavar="FILE", help="template in YAML or JSON")
    command.add_argument("--region", default=DEFAULT_REGION, help=f"where it is deployed (default: {DEFAULT_REGION})")
    command.add_argument("--waivers", type=Path, metavar="FILE", help="accepted violations (default: none)")
    command.add_argument(
        "--part", action="store_true", help="it is one of several templates: leave out rules about the stack as a whole"
    )
    command.add_argument("--verbose", action="store_true", help="list, not count, what is undecided or not read back")
    command.add_argument("--json", action="store_true", help="for tools; always lists everything")
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Run the command; returns its exit status."""
    # The rules and the types bring Pulumi along, for which no other command should have to wait.
    from policies.waivers import WaiverError

    from .check_report import as_json, as_text

    try:
        check = _check(options)
    except (CloudFormationError, WaiverError) as error:
        if getattr(options, "debug", False):
            raise
        print(f"error: {error}", file=sys.stderr)
        return UNUSABLE
    if options.json:
        print(json.dumps(as_json(check), indent=2))
    else:
        print("\n".join(as_text(check, verbose=options.verbose)))
    return VIOLATED if check.judgement.violations or check.judgement.waiver_problems else CLEAN


def _check(options: argparse.Namespace) -> Check:
    from .check_report import Check
    from .decompile.decompiler import decompile
    from .judgement import judge
    from .schema import type_names
    from .template_reader import read_template

    type_names(options.region)
    waivers = _waivers(options.waivers)
    try:
        template = read_template(options.file)
        if not template.data["Resources"]:
            raise CheckError(f"{options.file} declares no resources. Name a template that does.")
        decompilation = decompile(template, options.region)
    except RecursionError as error:
        raise CheckError(f"{options.file} is nested too deeply for a template.") from error
    judgement = judge(decompilation.program, waivers, whole=not options.part)
    return Check(template, options.region, decompilation, judgement, whole=not options.part)


def _waivers(file: Path | None) -> tuple[Waiver, ...]:
    from policies.waivers import load

    return load(file) if file else ()
