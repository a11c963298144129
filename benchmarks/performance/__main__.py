"""Measures synth: beside the SDK's own imports, beside ``cdk synth``, twice in a process, as programs grow.

    python -m benchmarks.performance [--quick] [--rounds N] [--install] [--tools DIR] [--write] [--save FILE]

CDK lives outside of this project's environment, in the folder ``--tools``; ``--install`` puts it there (npm and pip,
about 600 MB). Without it the comparison is left out, and the reason given. ``--save`` keeps the commands' times for
``python -m pyperf compare_to OLD NEW``. The exit status says nothing about targets: figures differ between machines.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from .cdk.tools import Tools
from .commands import ROOT
from .machine import description
from .measurement import save
from .page import PageError, section, write
from .process import CommandError
from .suite import Results, measure
from .tables import tables

PAGE = ROOT / "docs" / "performance.md"
ROUNDS = 5


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    if options.write and options.quick:
        print("error: --write needs the whole run. Leave --quick out.", file=sys.stderr)
        return 1
    try:
        results = _measured(options)
        shown = tables(results)
        print("\n\n".join(table.markdown() for table in shown))
        for reason in results.skipped:
            print(f"\nNot measured: {reason}")
        if options.save:
            save([series for item in results.commands.values() for series in item.all_series()], options.save)
        if options.write:
            machine = list(description(with_cdk=not results.skipped))
            write(PAGE, section(shown, machine, results.skipped))
    except (CommandError, PageError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def _measured(options: argparse.Namespace) -> Results:
    with tempfile.TemporaryDirectory() as folder:
        return measure(
            Path(folder),
            options.rounds,
            quick=options.quick,
            tools=Tools(options.tools.resolve()),
            installing=options.install,
            note=lambda text: print(text, file=sys.stderr, flush=True),
        )


def _parser() -> argparse.ArgumentParser:
    first_line = (__doc__ or "").splitlines()[0]
    parser = argparse.ArgumentParser(prog="python -m benchmarks.performance", description=first_line)
    parser.add_argument("--quick", action="store_true", help="only synth and the SDK's imports")
    parser.add_argument("--rounds", type=_positive, default=ROUNDS, help=f"how often (default: {ROUNDS})")
    parser.add_argument("--tools", type=Path, default=ROOT / "build" / "cdk", help="folder of CDK")
    parser.add_argument("--install", action="store_true", help="install CDK there first, unless it is there")
    parser.add_argument("--write", action="store_true", help="write the results into docs/performance.md")
    parser.add_argument("--save", type=Path, metavar="FILE", help="write the times in pyperf's form")
    return parser


def _positive(text: str) -> int:
    if not text.isdigit() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of rounds; give 1 or more")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
