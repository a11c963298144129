"""``python -m tests.deployment``: write the generated section of ``docs/reliability.md``."""

from __future__ import annotations

from .page import PAGE, written

if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    print(f"{PAGE.name} is written")
