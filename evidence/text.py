"""The report in a terminal: one screen."""

from __future__ import annotations

from collections.abc import Iterator

from .compliance import Outcome
from .page import cards
from .report import Report


def as_text(report: Report) -> str:
    """The summary, then whatever fails or is waived, then cost and capacity."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: Report) -> Iterator[str]:
    yield f"{report.title}: {report.standard}, {report.resources} resources, {report.template} {report.digest[:16]}"
    yield ""
    for card in cards(report):
        yield f"  {card.name:<28} {card.value:>14}  {card.note}"
    if report.compliance.problems:
        yield ""
        yield from (f"  {problem}" for problem in report.compliance.problems)
    for outcome in (Outcome.FAIL, Outcome.WAIVED):
        found = list(_results(report, outcome))
        if found:
            yield ""
            yield f"{outcome.value} ({len(found)})"
            yield from found
    yield ""
    yield f"  {'dollars a month':<20}" + "".join(f"{item.size.name:>14}" for item in report.costs)
    for row in report.cost_table:
        yield f"  {row.layer:<20}" + "".join(f"{usd:>14,.2f}" for usd in row.usd)
    sums = "".join(f"{item.usd:>14,.2f}" for item in report.costs)
    least = "" if all(item.complete for item in report.costs) else "  at least: some prices are unknown"
    yield f"  {'together':<20}{sums}{least}"
    yield ""
    for item in report.capacities:
        first = item.bottleneck
        yield f"  {item.size.name}: {first.tps:,.0f} transactions a second, then {first.what} ({first.resource})"


def _results(report: Report, outcome: Outcome) -> Iterator[str]:
    seen = set()
    for check in report.compliance.checks:
        for result in check.results:
            key = (check.rule or check.control, result.resource)
            if result.outcome is not outcome or key in seen:
                continue
            seen.add(key)
            where = f"{result.place.position}: " if result.place and result.place.position else ""
            until = f" (until {result.expires})" if result.expires else ""
            what = f"{check.rule_title} [{check.rule}]" if check.rule else f"{check.title}: {result.note}"
            yield f"  {where}{result.resource or 'the stack'}: {what}{until}"
