"""Command line: ``python -m cloudformation``."""

from __future__ import annotations

import argparse
import difflib
import gc
import sys
from collections.abc import Sequence
from pathlib import Path

from .errors import CloudFormationError

TEMPLATE = "TapStack.yml"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit status."""
    # A run makes a few hundred thousand objects and ends: collecting them costs a third of the time and frees nothing.
    gc.disable()
    options = _parser().parse_args(arguments)
    try:
        status: int = options.run(options)
    except CloudFormationError as error:
        if options.debug:
            raise
        print(f"error: {error}", file=sys.stderr)
        return 1
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m cloudformation", description="Compile a Pulumi program.")
    parser.add_argument("--debug", action="store_true", help="show the traceback of an error")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    synth = commands.add_parser("synth", help="write the template")
    synth.add_argument("--program", type=Path, default=Path(), help="folder of the Pulumi program (default: this one)")
    synth.add_argument("--output", type=Path, help=f"template to write (default: {TEMPLATE} beside the program)")
    synth.add_argument("--check", action="store_true", help="write nothing; fail when the template is not up to date")
    synth.set_defaults(run=_synth)
    return parser


def _synth(options: argparse.Namespace) -> int:
    from .synth import MAX_INLINE_BYTES, synthesize, write_file

    output: Path = options.output or options.program / TEMPLATE
    synthesis = synthesize(options.program)
    if options.check:
        return _check(output, synthesis.text)
    write_file(output, synthesis.text)
    size = len(synthesis.text.encode())
    print(f"{output}: {len(synthesis.compilation.template.resources)} resources, {size:,} bytes")
    if size > MAX_INLINE_BYTES:
        print(
            f"above {MAX_INLINE_BYTES:,} bytes a deployment needs a bucket: "
            f"aws cloudformation deploy --template-file {output} --s3-bucket BUCKET --stack-name STACK "
            "--capabilities CAPABILITY_NAMED_IAM"
        )
    return 0


def _check(output: Path, text: str) -> int:
    written = output.read_text(encoding="utf-8") if output.is_file() else ""
    if written == text:
        print(f"{output} is up to date")
        return 0
    changes = difflib.unified_diff(written.splitlines(), text.splitlines(), str(output), "as the program says", n=1)
    for line in list(changes)[:40]:
        print(line)
    print(f"error: {output} is not what the program says. Run `python -m cloudformation synth`.", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
