"""``synth --watch``: compiles again whenever something is saved, and says what that changed."""

from __future__ import annotations

import gc
import os
import signal
import sys
import time
import traceback
from collections.abc import Collection, Iterator
from pathlib import Path
from types import FrameType
from typing import NoReturn

from .diff import for_terminal
from .errors import CloudFormationError
from .failures import told
from .inputs import UNSEEN
from .reuse import Kept, synthesizer
from .synth import Synthesis, write_file
from .synth_command import size_lines
from .template_changes import Changes, compare
from .template_parts import Parts
from .template_reader import Template, parse_template
from .waiting import Signature, loaded_modules, signature, stale_modules, wait

SHOWN_FILES = 3


def watch(directory: Path, output: Path, *, debug: bool = False) -> int:
    """Synthesize until somebody interrupts; returns the exit status."""
    watching = _Watch(directory, output, debug)
    before = signal.signal(signal.SIGINT, watching.interrupt)
    try:
        watching.run()
    except KeyboardInterrupt:
        print("\nNo longer watching.", flush=True)
    finally:
        signal.signal(signal.SIGINT, before)
    return 0


class _Watch:
    def __init__(self, directory: Path, output: Path, debug: bool) -> None:
        self._output = output
        self._debug = debug
        self._kept: Kept[Synthesis] = synthesizer(directory)
        self._modules: dict[str, Signature] = {}
        self._parts = Parts()
        self._written: tuple[str, Template] | None = None
        """What was written last, and what it says."""
        self._warned: set[str] = set()
        self._collecting = False
        self._interrupted = False

    def interrupt(self, _signal: int, _frame: FrameType | None) -> None:
        """Ctrl-C. Python drops what is raised while it collects garbage, so it is only noted then."""
        self._interrupted = True
        if not self._collecting:
            raise KeyboardInterrupt

    def run(self) -> NoReturn:
        self._note_modules()
        self._synthesize([])
        print(f"Watching {len(self._kept.inputs.paths())} files and folders. Ctrl-C ends it.", flush=True)
        while True:
            self._rest()
            changed = wait(self._kept.inputs, self._modules)
            if stale := stale_modules(self._modules):
                _restart(stale)
            self._synthesize(changed)

    def _synthesize(self, changed: Collection[str]) -> None:
        """Synthesize, because of what ``changed``, and tell what came of it."""
        started = time.perf_counter()
        if changed:
            print(f"\n{_named(changed)}", flush=True)
        try:
            synthesis = self._kept.get()
            before = self._output.read_text(encoding="utf-8") if self._output.is_file() else ""
            if before != synthesis.text:
                write_file(self._output, synthesis.text)
        except Exception as error:  # noqa: BLE001 - the next save may put it right
            if self._debug:
                traceback.print_exception(error)
            print(told(error)[0], file=sys.stderr, flush=True)
            return
        for line in self._report(before, synthesis, first=not changed):
            print(line)
        print(f"({time.perf_counter() - started:.2f} s)", flush=True)

    def _report(self, before: str, synthesis: Synthesis, *, first: bool) -> Iterator[str]:
        if before and before != synthesis.text:
            changes = self._changes(before, synthesis)
            if changes:
                yield from for_terminal(changes)
            elif changes is not None:
                yield "Only comments change."
        if first:
            yield from size_lines(self._output, synthesis)
        else:
            yield f"{self._output} " + ("is up to date." if before == synthesis.text else "is written.")

    def _changes(self, before: str, synthesis: Synthesis) -> Changes | None:
        """What changes in the template; None if there was something else in the file."""
        try:
            last = self._written
            old = last[1] if last and last[0] == before else parse_template(before, str(self._output)).data
        except CloudFormationError:
            return None
        return compare(old, self._read(synthesis.text), region=synthesis.compilation.template.region)

    def _read(self, text: str) -> Template:
        if self._written is None or self._written[0] != text:
            self._written = text, self._parts.parse(text)
        return self._written[1]

    def _rest(self) -> None:
        """What can be done while nobody waits."""
        self._note_modules()
        if self._kept.result:
            self._read(self._kept.result.text)
        for what in self._kept.inputs.beyond:
            if what in UNSEEN and what not in self._warned:
                self._warned.add(what)
                print(f"note: the program {what}. What changes there is not noticed.", flush=True)
        # The command line has switched the collector off, for commands that end.
        self._collecting = True
        gc.collect()
        self._collecting = False
        if self._interrupted:
            raise KeyboardInterrupt

    def _note_modules(self) -> None:
        self._modules |= {file: signature(file) for file in loaded_modules() if file not in self._modules}


def _named(changed: Collection[str]) -> str:
    """What has changed, in one line."""
    here = f"{Path.cwd()}{os.sep}"
    names = [path.removeprefix(here) for path in changed]
    more = f" and {len(names) - SHOWN_FILES} more" if len(names) > SHOWN_FILES else ""
    return f"Changed: {', '.join(names[:SHOWN_FILES])}{more}"


def _restart(stale: Collection[str]) -> NoReturn:
    """Begin as a new process: what is loaded cannot be loaded again."""
    print(f"\n{_named(stale)}\nThat is loaded already, so the command starts again.", flush=True)
    sys.stderr.flush()
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])
