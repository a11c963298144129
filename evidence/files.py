"""The report for an assessor's own tools: JSON with everything, CSV by table."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
from collections.abc import Mapping, Sequence
from datetime import date
from enum import Enum
from typing import Any

from .cost import Cost
from .platform import Place, Platform
from .report import Report


def as_json(report: Report) -> str:
    """Everything that the page shows."""
    content = {
        "title": report.title,
        "standard": report.standard,
        "region": report.region,
        "template": report.template,
        "sha256": report.digest,
        "resources": report.resources,
        "waiverProblems": report.compliance.problems,
        "notJudged": report.compliance.unjudged,
        "controls": report.compliance.checks,
        "requirements": [
            {"number": item.number, "outcome": item.outcome, "controls": _numbers(item.checks)}
            for item in report.compliance.requirements
        ],
        "inventory": {
            field.name: [_located(report, item) for item in getattr(report.inventory, field.name)]
            for field in dataclasses.fields(report.inventory)
        },
        "failover": report.budget,
        "costs": [_cost(item) for item in report.costs],
        "capacity": [
            {
                "size": item.size.name,
                "bottleneck": item.bottleneck,
                "limits": item.limits,
                "clients": item.clients,
                "growth": [
                    {
                        "times": step.times,
                        "average": step.average,
                        "peak": step.peak,
                        "usd": round(step.cost.usd, 2),
                        "complete": step.cost.complete,
                        "exceeded": [limit.resource for limit in step.exceeded],
                    }
                    for step in item.growth
                ],
            }
            for item in report.capacities
        ],
        "prices": report.prices,
        "workload": report.workload,
    }
    return json.dumps(_plain(content), indent=1, ensure_ascii=False) + "\n"


def _numbers(checks: Sequence[Any]) -> list[int | str]:
    return [check.control or check.rule for check in checks]


def _cost(cost: Cost) -> dict[str, Any]:
    layers = {item.layer: {"usd": round(item.usd, 2), "unknown": item.unknown} for item in cost.layers}
    return {"size": cost.size.name, "usd": round(cost.usd, 2), "complete": cost.complete, "layers": layers}


def _located(report: Report, item: Any) -> dict[str, Any]:
    fields = {field.name: getattr(item, field.name) for field in dataclasses.fields(item)}
    return {**fields, "layer": report.layer_of[item.urn], "place": report.places[item.urn]}


def _plain(value: Any) -> Any:
    """Data that JSON knows."""
    match value:
        case Enum():
            return value.value
        case date():
            return value.isoformat()
        case Place():
            position = value.position
            component = {"file": position.file, "line": position.line} if position else None
            return {"logicalId": value.logical_id, "line": value.template_line, "component": component}
        case Platform():
            return None
        case Mapping():
            return {str(key): _plain(item) for key, item in value.items()}
        case str() | int() | float() | bool() | None:
            return value
        case Sequence() | set() | frozenset():
            return [_plain(item) for item in value]
    return {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}


def as_csv(report: Report) -> dict[str, str]:
    """One file for the controls and one for each inventory, by file name."""
    controls = [
        {
            "control": check.control or "",
            "title": check.title,
            "requirements": " ".join(check.requirements),
            "rule": check.rule,
            "severity": check.severity,
            "resource": result.resource,
            "type": result.type,
            "layer": result.layer,
            "outcome": result.outcome.value,
            "note": result.note,
            "expires": result.expires.isoformat() if result.expires else "",
            **_lines(report, result.place),
        }
        for check in report.compliance.checks
        for result in check.results
    ]
    files = {"controls.csv": _table(controls)}
    for field in dataclasses.fields(report.inventory):
        rows = [
            {
                **{name: _cell(value) for name, value in dataclasses.asdict(item).items() if name != "urn"},
                "layer": report.layer_of[item.urn],
                **_lines(report, report.places[item.urn]),
            }
            for item in getattr(report.inventory, field.name)
        ]
        files[f"{field.name.replace('_', '-')}.csv"] = _table(rows)
    costs = [
        {
            "size": item.size.name,
            "layer": line.layer,
            "resource": line.resource,
            "what": line.what,
            "quantity": f"{line.quantity:.4f}",
            "unit": line.price.unit,
            "price": "" if line.price.usd is None else f"{line.price.usd:.10f}",
            "usd": "unknown" if line.usd is None else f"{line.usd:.2f}",
            **_lines(report, report.places[line.urn]),
        }
        for item in report.costs
        for line in item.lines
    ]
    files["costs.csv"] = _table(costs)
    return files


def _cell(value: Any) -> Any:
    return " ".join(map(str, value)) if isinstance(value, tuple | list) else "" if value is None else value


def _lines(report: Report, place: Place | None) -> dict[str, str]:
    line, position = (place.template_line, place.position) if place else (None, None)
    return {"template": f"{report.template}:{line}" if line else "", "component": str(position) if position else ""}


def _table(rows: Sequence[Mapping[str, Any]]) -> str:
    """RFC 4180, with a heading.

    A cell that a spreadsheet would take for a formula gets an apostrophe in front: names come from the program.
    """
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]) if rows else [], lineterminator="\r\n")
    writer.writeheader()
    writer.writerows({name: _harmless(cell) for name, cell in row.items()} for row in rows)
    return text.getvalue()


def _harmless(cell: Any) -> Any:
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t") else cell
