"""Monthly cost of each layer for the dev and the production size, from the price table.

Every type of resource in the program either has a meter, or stands in :mod:`evidence.free` with the reason why nothing
is paid for it. A type in neither is an error: nothing is left out silently.
"""

from __future__ import annotations

from dataclasses import dataclass

from .figures import FigureError, Price, PriceTable, Workload
from .free import FREE
from .meters import METERS, Meters
from .platform import Platform
from .sizes import Size


@dataclass(frozen=True)
class Line:
    """One thing that is paid for."""

    urn: str
    resource: str
    layer: str
    what: str
    quantity: float
    price: Price
    usd: float | None
    """A month; None when the price is unknown."""
    by_volume: bool
    """Grows with the number of transactions."""


@dataclass(frozen=True)
class LayerCost:
    layer: str
    usd: float
    """Sum of what is known."""
    unknown: tuple[str, ...]
    """What has no known price, without repetition."""


@dataclass(frozen=True)
class Cost:
    """What one size costs a month."""

    size: Size
    volume: float
    """Average transactions a second."""
    lines: tuple[Line, ...]

    @property
    def usd(self) -> float:
        return sum(line.usd or 0 for line in self.lines)

    @property
    def complete(self) -> bool:
        return all(line.usd is not None for line in self.lines)

    @property
    def by_volume(self) -> float:
        return sum(line.usd or 0 for line in self.lines if line.by_volume)

    @property
    def layers(self) -> tuple[LayerCost, ...]:
        """Layers in program order."""
        names = dict.fromkeys(line.layer for line in self.lines)
        return tuple(self._layer(name) for name in names)

    def _layer(self, name: str) -> LayerCost:
        lines = [line for line in self.lines if line.layer == name]
        unknown = dict.fromkeys(line.what for line in lines if line.usd is None)
        return LayerCost(name, sum(line.usd or 0 for line in lines), tuple(unknown))


def cost(platform: Platform, size: Size, prices: PriceTable, workload: Workload, times: float = 1) -> Cost:
    """What the platform costs a month at ``times`` the size's volume.

    Tasks and database capacity are as many as the volume needs on average, also where the settings would stop them
    earlier: :mod:`evidence.capacity` says which settings have to be raised.

    Raises:
        FigureError: a resource of a type that has no meter and is not known to be free.
    """
    meters = Meters(platform, size, workload, prices.hours_per_month, size.volume * times)
    idle = Meters(platform, size, workload, prices.hours_per_month, 0)
    lines = []
    for resource in platform.program.resources.values():
        if resource.type in FREE or not size.has(resource.conditions):
            continue
        meter = METERS.get(resource.type)
        if meter is None:
            raise FigureError(
                f"{resource.title}: nothing says what it costs. Add a meter for its type to evidence/meters.py, or the "
                "type to evidence/free.py with the reason."
            )
        base = {what: quantity for what, quantity, _ in meter(idle, resource)}
        for what, quantity, name in meter(meters, resource):
            if quantity == 0:
                continue
            price = prices.price(name)
            lines.append(
                Line(
                    resource.urn,
                    resource.name,
                    platform.layer(resource),
                    what,
                    quantity,
                    price,
                    price.cost(quantity),
                    quantity > base.get(what, 0),
                )
            )
    order = {name: number for number, name in enumerate(platform.layers)}
    return Cost(size, meters.volume, tuple(sorted(lines, key=lambda line: order[line.layer])))
