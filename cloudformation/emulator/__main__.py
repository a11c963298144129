"""The emulator's process, started by :mod:`.control`."""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path

from .server import Options, run

if __name__ == "__main__":
    identity, state_file, log_file, idle_seconds, seconds_per_resource, with_parent = sys.argv[1:]
    run(
        Options(
            identity=identity,
            state_file=Path(state_file),
            log_file=log_file,
            idle_seconds=float(idle_seconds),
            seconds_per_resource=float(seconds_per_resource),
            with_parent=bool(int(with_parent)),
        )
    )
    logging.shutdown()
    # Taking moto apart object by object would take longer than everything else in a stop.
    os._exit(0)
