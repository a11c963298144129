"""The command ``synth``."""

from __future__ import annotations

import argparse
import difflib
import functools
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .graph import Program
    from .synth import Synthesis

TEMPLATE = "TapStack.yml"
SHOWN_CHANGES = 40


def add_synth_command(commands: Any) -> None:
    """Add ``synth`` to the command line."""
    synth: argparse.ArgumentParser = commands.add_parser("synth", help="write the template")
    synth.add_argument("--program", type=Path, default=Path(), help="folder of the Pulumi program (default: this one)")
    synth.add_argument("--output", type=Path, help=f"template to write (default: {TEMPLATE} beside the program)")
    ways = synth.add_mutually_exclusive_group()
    ways.add_argument("--check", action="store_true", help="write nothing; fail when the template is not up to date")
    ways.add_argument("--watch", action="store_true", help="compile again on each save, and say what that changes")
    synth.set_defaults(run=_synth)


def _synth(options: argparse.Namespace) -> int:
    output: Path = options.output or options.program / TEMPLATE
    if options.watch:
        from .watch import watch

        return watch(options.program, output, debug=options.debug)
    from .synth import synthesize, write_file

    synthesis = synthesize(options.program, functools.partial(require_policies, options.program))
    if options.check:
        return _check(output, synthesis.text)
    write_file(output, synthesis.text)
    for line in size_lines(output, synthesis):
        print(line)
    return 0


def size_lines(output: Path, synthesis: Synthesis) -> Iterator[str]:
    """What is in the template, and what its size asks for."""
    from .synth import MAX_INLINE_BYTES

    size = len(synthesis.text.encode())
    yield f"{output}: {len(synthesis.compilation.template.resources)} resources, {size:,} bytes"
    if size > MAX_INLINE_BYTES:
        yield (
            f"above {MAX_INLINE_BYTES:,} bytes a deployment needs a bucket: "
            f"aws cloudformation deploy --template-file {output} --s3-bucket BUCKET --stack-name STACK "
            "--capabilities CAPABILITY_NAMED_IAM"
        )


def require_policies(directory: Path, judged: Program) -> None:
    """Judge the program by the policy pack that stands beside it, if one does."""
    waivers = directory / "policies" / "waivers.yaml"
    if waivers.is_file():
        from policies.waivers import load

        from .judgement import judge

        judge(judged, load(waivers)).require()


def _check(output: Path, text: str) -> int:
    written = output.read_text(encoding="utf-8") if output.is_file() else ""
    if written == text:
        print(f"{output} is up to date")
        return 0
    changes = difflib.unified_diff(written.splitlines(), text.splitlines(), str(output), "as the program says", n=1)
    for line in list(changes)[:SHOWN_CHANGES]:
        print(line)
    print(f"error: {output} is not what the program says. Run `python -m cloudformation synth`.", file=sys.stderr)
    return 1
