"""Keeps a result for as long as everything that it was made from is the same."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

from .fresh_modules import fresh_modules
from .inputs import Collector, Inputs, collecting, key_of

if TYPE_CHECKING:
    from .synth import Synthesis

T = TypeVar("T")


@contextlib.contextmanager
def tracked() -> Iterator[Collector]:
    """Take notes of whatever is read or imported in the block."""
    with collecting() as collector, fresh_modules(collector):
        yield collector


class Kept(Generic[T]):
    """What a function returns, made again when something that it read is not the same any more.

    Nothing is kept of a function that does more than read and return, since that would not be done again.
    """

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self.result: T | None = None
        """What the last attempt returned; nothing if it failed."""
        self.inputs = Inputs({})
        """What the last attempt read. One that failed may not have come to what would put it right: to its own is
        added what those before it read."""

    def get(self) -> T:
        """The result.

        Raises:
            Exception: whatever making it raises. Nothing is kept then.
        """
        if self.result is not None and not self.inputs.beyond and not self.inputs.changed():
            return self.result
        self.result = None
        known = {aspect: key_of(*aspect) for aspect in self.inputs.keys}
        with tracked() as collector:
            try:
                result = self._make()
            except BaseException:
                self.inputs = Inputs({**known, **collector.inputs.keys}, collector.inputs.beyond)
                raise
        self.inputs = collector.inputs
        self.result = result
        return result


def synthesizer(directory: Path) -> Kept[Synthesis]:
    """The synthesis of the program in ``directory``, approved by its policies."""
    from .synth import synthesize  # noqa: PLC0415
    from .synth_command import require_policies  # noqa: PLC0415

    return Kept(functools.partial(synthesize, directory, functools.partial(require_policies, directory)))
