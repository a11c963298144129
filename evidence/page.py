"""Writes the report as one page that needs nothing else: no network, no other file."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from components.failover import Verdict

from .compliance import Outcome
from .diagram import architecture
from .growth import growth
from .report import Report

TEMPLATES = Path(__file__).parent / "templates"

SECTIONS = (
    ("summary", "Summary"),
    ("compliance", "Controls"),
    ("requirements", "Requirements"),
    ("inventory", "Inventories"),
    ("architecture", "Architecture"),
    ("failover", "Failover"),
    ("cost", "Cost"),
    ("capacity", "Capacity"),
)

# Columns that hold numbers.
NUMERIC = {
    *("Controls", "Fail", "Waived", "Not visible", "Pass", "Not applicable", "Number"),
    *("Detection", "Switch", "Drain", "Together"),
    *("dev", "production", "Volume", "Average", "Peak", "Cost", "Of it by volume"),
    *("Quantity", "Price", "Dollars a month", "Dollars", "Value", "Transactions a second", "Requests a second"),
}


@dataclass(frozen=True)
class Card:
    """One line of the summary."""

    name: str
    value: str
    note: str
    anchor: str
    kind: str = ""
    """``good``, ``warn``, ``bad`` or nothing."""


def page(report: Report, files: tuple[str, ...], root: str) -> str:
    """The page's HTML. ``files`` are the tables beside it; ``root`` leads from the page to the repository's files."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["money"] = money
    html: str = environment.get_template("page.html.j2").render(
        report=report,
        files=files,
        root=root,
        sections=SECTIONS,
        cards=cards(report),
        outcomes=[outcome.value for outcome in Outcome],
        outcomes_all=list(Outcome),
        numeric=NUMERIC,
        architecture=Markup(architecture(report.platform).inline()),
        growth=Markup(growth(report.capacities).inline()),
        style=Markup((TEMPLATES / "style.css").read_text(encoding="utf-8")),
        script=Markup((TEMPLATES / "script.js").read_text(encoding="utf-8")),
    )
    return "\n".join(line.rstrip() for line in html.splitlines() if line.strip()) + "\n"


def relative_root(output: Path, directory: Path) -> str:
    """The way from the page's folder to the repository, as a link has it."""
    return Path(os.path.relpath(directory.resolve(), output.resolve())).as_posix()


def money(usd: float) -> str:
    """A price with as many digits as it has: ``0.0000035``, ``5``."""
    return f"{usd:.10f}".rstrip("0").rstrip(".")


def cards(report: Report) -> tuple[Card, ...]:
    """The summary: what a reader should know before anything else."""
    return (*_compliance_cards(report), *_inventory_cards(report), *_operation_cards(report))


def _compliance_cards(report: Report) -> tuple[Card, ...]:
    counts = report.compliance.counts
    requirements = report.compliance.requirements
    failing = sum(requirement.outcome is Outcome.FAIL for requirement in requirements)
    failures = f"{failing} of {len(requirements)} requirements" if failing else "no requirement fails"
    results = [result for block in report.compliance.blocks for result in block.first.results]
    soonest = min((result.expires for result in results if result.expires), default=None)
    unseen = sum(check.outcome is Outcome.NOT_VISIBLE for check in report.compliance.checks)
    return (
        Card(
            "Failures", f"{counts[Outcome.FAIL]:,}", failures, "compliance", "bad" if counts[Outcome.FAIL] else "good"
        ),
        Card(
            "Waived",
            f"{counts[Outcome.WAIVED]:,}",
            f"the first waiver ends on {soonest}" if soonest else "by decisions that have no end",
            "compliance",
            "bad" if report.compliance.problems else "warn" if counts[Outcome.WAIVED] else "good",
        ),
        Card(
            "Passes",
            f"{counts[Outcome.PASS]:,}",
            f"rules applied to {report.resources} resources",
            "compliance",
            "good",
        ),
        Card("Not visible", f"{unseen:,}", "controls that no template shows", "compliance"),
    )


def _inventory_cards(report: Report) -> tuple[Card, ...]:
    taken = report.inventory
    rotated = sum(key.rotated for key in taken.keys)
    exposed = [port for port in taken.open_ports if port.internet]
    days = [log.least_days or 0 for log in taken.logs]
    return (
        Card(
            "Keys",
            f"{len(taken.keys)}",
            f"{rotated} rotated by themselves, {len(taken.certificates)} certificates",
            "inventory",
            "good" if rotated == len(taken.keys) else "bad",
        ),
        Card(
            "Ports open to the internet",
            f"{len(exposed)}",
            f"of {len(taken.open_ports)} open ports and {len(taken.flows)} data flows",
            "inventory",
            "bad" if exposed else "good",
        ),
        Card(
            "Logs kept at least",
            f"{min(days, default=0)} days",
            f"{len(taken.logs)} log groups and buckets",
            "inventory",
            "good" if min(days, default=0) >= 365 else "bad",
        ),
    )


def _operation_cards(report: Report) -> tuple[Card, ...]:
    budget = report.budget
    kept, target = budget.count(Verdict.KEPT), budget.count(Verdict.TARGET)
    missed, unknown = budget.count(Verdict.MISSED), budget.count(Verdict.UNKNOWN)
    production, dev = report.capacities[-1], report.capacities[0]
    least = "" if production.growth[0].cost.complete else "at least "
    return (
        Card(
            f"Failovers within {budget.seconds} s",
            f"{kept + target} of {len(budget.failovers)}",
            f"{kept} by settings or promises, {target} usual; {missed} longer, {unknown} without a stated time",
            "failover",
            "warn" if missed or unknown else "good",
        ),
        Card(
            "A failover can lose",
            "nothing" if not budget.losses else f"in {len(budget.losses)} places",
            ", ".join(item.tier for item in budget.losses) or "of what was acknowledged",
            "failover",
            "warn" if budget.losses else "good",
        ),
        Card(
            "Cost of production",
            f"${production.growth[0].cost.usd:,.0f}",
            f"{least}a month; dev ${dev.growth[0].cost.usd:,.0f}",
            "cost",
        ),
        Card(
            "First bottleneck",
            f"{production.bottleneck.tps:,.0f}/s",
            f"transactions, {production.size.name}: {production.bottleneck.what}",
            "capacity",
        ),
    )
