"""Starts a child process that ends when its parent does: ``python launcher.py (module | path) TARGET [ARGUMENT...]``.

The parent holds the other end of standard input and never writes to it. When the parent goes, however that comes
about, standard input ends, and so does this process. This file imports nothing of the package, so it starts quickly.
"""

from __future__ import annotations

import gc
import os
import runpy
import sys
import threading


def _end_with_parent() -> None:
    # Not through sys.stdin: its lock would be held when the interpreter shuts down.
    while os.read(0, 1024):
        pass
    os._exit(0)


def main() -> None:
    kind, target, *arguments = sys.argv[1:]
    # A child is short-lived, and most of what it does is importing: the collector would only cost a fifth of its time.
    gc.disable()
    threading.Thread(target=_end_with_parent, daemon=True).start()
    sys.argv = [target, *arguments]
    # Python put this file's folder here; the target is not to find our modules by accident.
    sys.path.pop(0)
    if kind == "module":
        sys.path.insert(0, "")
        runpy.run_module(target, run_name="__main__", alter_sys=True)
    else:
        runpy.run_path(target, run_name="__main__")


if __name__ == "__main__":
    main()
