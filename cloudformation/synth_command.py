"""The command ``synth``."""

from __future__ import annotations

import argparse
import difflib
import functools
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .compiler import Compilation

TEMPLATE = "TapStack.yml"
SHOWN_CHANGES = 40


def add_synth_command(commands: Any) -> None:
    """Add ``synth`` to the command line."""
    synth: argparse.ArgumentParser = commands.add_parser("synth", help="write the template")
    synth.add_argument("--program", type=Path, default=Path(), help="folder of the Pulumi program (default: this one)")
    synth.add_argument("--output", type=Path, help=f"template to write (default: {TEMPLATE} beside the program)")
    synth.add_argument("--check", action="store_true", help="write nothing; fail when the template is not up to date")
    synth.set_defaults(run=_synth)


def _synth(options: argparse.Namespace) -> int:
    from .synth import MAX_INLINE_BYTES, synthesize, write_file

    output: Path = options.output or options.program / TEMPLATE
    synthesis = synthesize(options.program, functools.partial(_require_policies, options.program))
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


def _require_policies(directory: Path, compilation: Compilation) -> None:
    """Judge the program by the policy pack that stands beside it, if one does."""
    waivers = directory / "policies" / "waivers.yaml"
    if waivers.is_file():
        from policies.waivers import load

        from .judgement import judge

        judge(compilation.judged, load(waivers)).require()


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
