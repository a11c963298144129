"""Figures that are data: prices, each with its source, and assumptions about the workload, each with its reason."""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from cloudformation.errors import CloudFormationError

FOLDER = Path(__file__).parent


class FigureError(CloudFormationError):
    """A table of figures lacks something, or says it wrongly; tells which entry and what it needs."""


@dataclass(frozen=True)
class Price:
    """One price of AWS in eu-west-1."""

    name: str
    usd: float | None
    """Dollars for one unit; None when it was not found."""
    unit: str
    source: str
    """Where AWS publishes it; empty when it was not found."""
    published: date | None
    seen: str
    """The copy in which it was read."""
    tiers: tuple[tuple[float, float], ...] = ()
    """From so many units a month on, so many dollars for one."""

    def cost(self, quantity: float) -> float | None:
        """Dollars for a month's quantity; None when the price is unknown and something is to be paid."""
        if quantity == 0:
            return 0.0
        if self.usd is None:
            return None
        total, done, rate = 0.0, 0.0, self.usd
        for start, next_rate in self.tiers:
            total += max(0.0, min(quantity, start) - done) * rate
            done, rate = min(quantity, start), next_rate
        return total + (quantity - done) * rate


@dataclass(frozen=True)
class PriceTable:
    region: str
    hours_per_month: float
    prices: Mapping[str, Price]

    def price(self, name: str) -> Price:
        """The price of that name. One that the table does not list is unknown: a node type of another size, say."""
        missing = Price(name, None, "unit", "", None, "not in the table")
        return self.prices.get(name, missing)


@dataclass(frozen=True)
class Assumption:
    """One figure that no template says."""

    name: str
    value: float
    unit: str
    why: str


@dataclass(frozen=True)
class LogVolume:
    """What is written to the log groups that a pattern names."""

    pattern: str
    kib: float
    """For each transaction."""
    gb: float
    """A month, whatever the volume."""
    vended: bool
    """Written by an AWS service at its own price (flow logs, firewall logs)."""


@dataclass(frozen=True)
class Workload:
    assumptions: Mapping[str, Assumption]
    """By group and name: ``transaction.record_kib``."""
    logs: tuple[LogVolume, ...]

    def __getitem__(self, name: str) -> float:
        if name not in self.assumptions:
            raise FigureError(f"workload.yaml has no figure {name}. Add it with value, unit and why.")
        return self.assumptions[name].value

    def log_volume(self, group: str) -> LogVolume:
        """The first entry whose pattern fits a log group's logical name."""
        for volume in self.logs:
            if fnmatch.fnmatchcase(group, volume.pattern):
                return volume
        raise FigureError(f"workload.yaml says nothing about the log group {group}. End the list with `group: '*'`.")


def load_prices(file: Path = FOLDER / "prices.yaml") -> PriceTable:
    """Read the price table.

    Raises:
        FigureError: an entry lacks its unit, or a price its source.
    """
    data = yaml.safe_load(file.read_text(encoding="utf-8"))
    prices = {name: _price(name, entry) for name, entry in data["prices"].items()}
    return PriceTable(data["region"], float(data["hours_per_month"]), prices)


def _price(name: str, entry: Mapping[str, Any]) -> Price:
    usd = entry.get("usd")
    _refuse_others(f"prices.yaml, {name}", entry, ("usd", "unit", "source", "published", "seen", "tiers"))
    if "unit" not in entry or "seen" not in entry:
        raise FigureError(f"prices.yaml, {name}: give it a unit, and say where it was seen.")
    if usd is not None and not entry.get("source"):
        raise FigureError(f"prices.yaml, {name}: a price needs a source. Use `usd: null` for one that was not found.")
    return Price(
        name,
        None if usd is None else float(usd),
        entry["unit"],
        entry.get("source") or "",
        entry.get("published"),
        " ".join(entry["seen"].split()),
        tuple((float(start), float(rate)) for start, rate in entry.get("tiers", ())),
    )


def load_workload(file: Path = FOLDER / "workload.yaml") -> Workload:
    """Read the assumptions.

    Raises:
        FigureError: one lacks its value, unit or reason.
    """
    data = yaml.safe_load(file.read_text(encoding="utf-8"))
    logs = tuple(
        LogVolume(entry["group"], float(entry["kib"]), float(entry["gb"]), bool(entry.get("vended")))
        for entry in data.pop("logs")
    )
    assumptions = {
        f"{group}.{name}": _assumption(f"{group}.{name}", entry)
        for group, entries in data.items()
        for name, entry in entries.items()
    }
    return Workload(assumptions, logs)


def _assumption(name: str, entry: Mapping[str, Any]) -> Assumption:
    _refuse_others(f"workload.yaml, {name}", entry, ("value", "unit", "why"))
    missing = [word for word in ("value", "unit", "why") if word not in entry]
    if missing:
        raise FigureError(f"workload.yaml, {name}: it lacks {', '.join(missing)}.")
    return Assumption(name, float(entry["value"]), entry["unit"], entry["why"])


def _refuse_others(where: str, entry: Mapping[str, Any], known: tuple[str, ...]) -> None:
    """In YAML's short form an unquoted comma ends a text, and the rest of it becomes an entry of its own."""
    others = [str(word) for word in entry if word not in known]
    if others:
        raise FigureError(f"{where}: {', '.join(others)} is not known. Put texts with commas in quotation marks.")
