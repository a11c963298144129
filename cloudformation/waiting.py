"""Waits until something that was read is not the same any more."""

from __future__ import annotations

import datetime
import os
import sys
import time
from collections.abc import Iterable, Mapping

from .inputs import Inputs
from .sdk_import import file_of

POLL_SECONDS = 0.05
SETTLE_SECONDS = 0.03
# Saving goes on for as long as this at most; then what is there counts.
SETTLE_ROUNDS = 60
# Modules stay loaded by the hundred; they are looked at less often.
MODULES_EVERY = 20
# File systems give one time to all that happens within a tick of the clock, and networks' clocks differ a little.
TICK_NS = 100_000_000

Signature = tuple[int, ...]
"""What shows without reading that a file may be another; empty where there is none."""


def signature(file: str) -> Signature:
    """The signature of a file or folder."""
    try:
        found = os.stat(file)  # noqa: PTH116 - a few hundred, ten times a second
    except OSError:
        return ()
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def loaded_modules() -> list[str]:
    """Files of all modules that are loaded."""
    return list(dict.fromkeys(file for module in list(sys.modules.values()) if (file := file_of(module))))


def wait(inputs: Inputs, modules: Mapping[str, Signature]) -> list[str]:
    """Wait for a change, and until saving is over; what has changed, modules first.

    Whether an input is another, its content decides. Signatures only tell when it is worth looking. ``modules`` have
    those that they had when they were loaded.
    """
    paths = inputs.paths()
    # Seen before the contents are compared, so that nothing can happen in between.
    seen = _signatures(paths)
    changed = inputs.changed()
    rounds = 0
    while not changed:
        rounds += 1
        if rounds % MODULES_EVERY == 1 and (stale := stale_modules(modules)):
            return stale
        time.sleep(POLL_SECONDS)
        now = _signatures(paths)
        if now != seen or _just_touched(seen):
            changed = inputs.changed()
        seen = now
    _settle(paths)
    return [*stale_modules(modules), *inputs.changed()] or changed


def stale_modules(modules: Mapping[str, Signature]) -> list[str]:
    """Modules whose files are not those any more that they were loaded from."""
    return [file for file, loaded in modules.items() if signature(file) != loaded]


def _signatures(paths: Iterable[str]) -> dict[str, Signature]:
    """With the day, which is an input as well."""
    return {"": (datetime.date.today().toordinal(),), **{path: signature(path) for path in paths}}


def _just_touched(signatures: Mapping[str, Signature]) -> bool:
    """Whether something was touched so recently that it can be touched again without another time."""
    limit = time.time_ns() - int(POLL_SECONDS * 1e9) - TICK_NS
    return any(found[-1] > limit for path, found in signatures.items() if path and found)


def _settle(paths: Iterable[str]) -> None:
    before = _signatures(paths)
    for _ in range(SETTLE_ROUNDS):
        time.sleep(SETTLE_SECONDS)
        now = _signatures(paths)
        if now == before:
            return
        before = now
