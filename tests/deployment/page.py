"""The generated section of ``docs/reliability.md``: how long each tier is away, and what it acknowledges when."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from components.availability import FAILOVER_BUDGET_SECONDS, Basis, Duration
from components.failover import Failover, Verdict, durabilities, failovers
from components.tap_stack import TapSpec

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reliability.md"
START, END = "end of the section. -->\n", "<!-- end -->"

VERDICTS = {
    Verdict.KEPT: "kept",
    Verdict.TARGET: "usually kept; nobody promises it",
    Verdict.MISSED: "**not kept**",
    Verdict.UNKNOWN: "AWS states no time",
}


def written(text: str) -> str:
    """The page with its section as the specs say now."""
    before, start, rest = text.partition(START)
    return before + start + "\n".join(("", *_section(), "")) + END + rest.partition(END)[2]


def _section() -> Iterator[str]:
    spec = TapSpec()
    found = failovers(spec)
    kept = sum(item.verdict is Verdict.KEPT for item in found)
    yield (
        f"The budget is {FAILOVER_BUDGET_SECONDS} seconds from a failure until the tier serves again. The figures are "
        f"sums of settings and of what AWS or a library's source states; {kept} of {len(found)} ways to fail keep the "
        "budget by settings alone."
    )
    yield ""
    yield "| Tier | What fails | Seconds | Budget | Parts |"
    yield "| --- | --- | --- | --- | --- |"
    for item in found:
        seconds = "-" if item.seconds is None else str(item.seconds)
        yield f"| {item.tier} | {item.failure} | {seconds} | {VERDICTS[item.verdict]} | {_parts(item)} |"
    yield ""
    yield "What each tier has done when it acknowledges, and what a failover can lose of it:"
    yield ""
    yield "| Tier | Acknowledged is | Can be lost | Source |"
    yield "| --- | --- | --- | --- |"
    for durability in durabilities(spec):
        lost = durability.lost or "nothing"
        yield f"| {durability.tier} | {durability.acknowledged} | {lost} | {durability.source} |"


def _parts(item: Failover) -> str:
    return "; ".join(_part(part) for part in item.parts if part.source)


def _part(part: Duration) -> str:
    seconds = "" if part.basis is Basis.UNSTATED else f"{part.seconds} s: "
    beyond = f" ({part.beyond_us})" if part.beyond_us else ""
    return f"{seconds}{part.source}{beyond}"
