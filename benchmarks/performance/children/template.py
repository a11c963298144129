"""Prints a template as JSON. Argument: its file. (Whoever measures stays small, and imports no reader for YAML.)"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from cloudformation.template_reader import read_template

if __name__ == "__main__":
    print(json.dumps(read_template(Path(sys.argv[1])).data))
