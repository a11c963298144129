"""``python -m tests.parity``: deploy both sides, compare them, and print what was found."""

from __future__ import annotations

import sys

from .compare import compare
from .report import lines
from .sides import OPTIONAL, SETTINGS, deployed

if __name__ == "__main__":
    with deployed() as both:
        comparison = compare(both.bring_to({**SETTINGS, **OPTIONAL}))
    print("\n".join(lines(comparison)))
    sys.exit(bool(comparison.differences))
