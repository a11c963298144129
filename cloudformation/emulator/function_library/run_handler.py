"""Calls a function's handler: ``run_handler.py module.function``, the event on standard input."""

from __future__ import annotations

import importlib
import json
import sys
from types import SimpleNamespace


def main() -> None:
    """Import the handler from the working directory and call it."""
    sys.path.insert(0, "")
    module, function = sys.argv[1].rsplit(".", 1)
    handler = getattr(importlib.import_module(module), function)
    handler(json.load(sys.stdin), SimpleNamespace(log_stream_name="emulator", aws_request_id="emulator"))


if __name__ == "__main__":
    main()
