"""What the drawings share: one look for light and dark, text that fits, arrows, and a text alternative."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import drawsvg as draw

WIDTH = 900
"""Pixels, the width of a README's page: nothing is scaled there."""

# Mean width of a letter of a proportional sans-serif face, as a part of the font size.
LETTER = 0.54

_COLOURS = {
    "page": ("#ffffff", "#0d1117"),
    "panel": ("#f6f8fa", "#161b22"),
    "public": ("#fff3dc", "#3a2d0f"),
    "app": ("#e3f0ff", "#10294a"),
    "data": ("#e2f6e6", "#12331c"),
    "box": ("#ffffff", "#21262d"),
    "line": ("#8c959f", "#6e7681"),
    "arrow": ("#57606a", "#9aa4af"),
    "text": ("#1f2328", "#e6edf3"),
    "soft": ("#57606a", "#9aa4af"),
    "accent": ("#0a5dc2", "#6cb0ff"),
    "warn": ("#b35900", "#f0a14a"),
}

_RULES = """
.{p} .page{{fill:{page}}} .{p} .panel{{fill:{panel};stroke:{line}}} .{p} .box{{fill:{box};stroke:{line}}}
.{p} .public{{fill:{public};stroke:{line}}} .{p} .app{{fill:{app};stroke:{line}}}
.{p} .data{{fill:{data};stroke:{line}}}
.{p} .zone{{fill:none;stroke:{line};stroke-dasharray:5 4}} .{p} .arrow{{fill:none;stroke:{arrow};stroke-width:1.4}}
.{p} .head{{fill:{arrow}}}
.{p} text{{fill:{text};font-family:system-ui,-apple-system,"Segoe UI",Roboto,Arial,sans-serif}}
.{p} .soft{{fill:{soft}}} .{p} .strong{{font-weight:600}} .{p} .grid{{stroke:{line};stroke-width:.6;opacity:.6}}
.{p} .one{{fill:{accent};stroke:{accent}}} .{p} .two{{fill:{warn};stroke:{warn}}}
.{p} .line-one{{fill:none;stroke:{accent};stroke-width:2.2}}
.{p} .line-two{{stroke:{warn};stroke-width:1.6;stroke-dasharray:6 4}}
"""


@dataclass(frozen=True)
class Box:
    """A rectangle on the canvas, in pixels."""

    x: float
    y: float
    width: float
    height: float

    @property
    def middle(self) -> float:
        return self.y + self.height / 2

    @property
    def centre(self) -> float:
        return self.x + self.width / 2

    @property
    def right(self) -> float:
        return self.x + self.width

    @property
    def bottom(self) -> float:
        return self.y + self.height


class Canvas:
    """One drawing. ``name`` keeps its ids and styles apart from other drawings in the same page."""

    def __init__(self, name: str, height: float, title: str, description: str, width: float = WIDTH) -> None:
        self._name = name
        self._drawing = draw.Drawing(
            width,
            round(height),
            id_prefix=f"{name}-",
            class_=name,
            role="img",
            aria_labelledby=f"{name}-title {name}-desc",
        )
        self._drawing.append(draw.Title(title, id=f"{name}-title"))
        self._drawing.append(_Description(description, id=f"{name}-desc"))
        self._drawing.append_css(_css(name))
        head = draw.Marker(-0.1, -0.6, 1.1, 0.6, scale=5, orient="auto")
        head.append(draw.Lines(0, -0.5, 1, 0, 0, 0.5, close=True, class_="head"))
        self._head = head
        self._drawing.append(draw.Rectangle(0, 0, width, round(height), class_="page"))

    def box(self, box: Box, kind: str = "box", radius: float = 5) -> None:
        self._drawing.append(
            draw.Rectangle(
                _even(box.x), _even(box.y), _even(box.width), _even(box.height), rx=radius, ry=radius, class_=kind
            )
        )

    def text(
        self, text: str, x: float, y: float, size: float = 11, kind: str = "", *, anchor: str = "start", room: float = 0
    ) -> None:
        """One line of text, its baseline at ``y``; shortened to ``room`` pixels if that is given."""
        shortened = fit(text, room, size) if room else text
        self._drawing.append(
            draw.Text(shortened, size, _even(x), _even(y), text_anchor=anchor, **({"class_": kind} if kind else {}))
        )

    def chip(self, box: Box, text: str, kind: str = "box", size: float = 10) -> None:
        """A small box with one line of text in its middle."""
        self.box(box, kind, radius=4)
        self.text(text, box.centre, box.middle + size * 0.35, size, anchor="middle", room=box.width - 8)

    def arrow(self, points: Sequence[tuple[float, float]], kind: str = "arrow") -> None:
        """A line through ``points`` that ends in an arrow head; it leaves and reaches each point horizontally."""
        path = draw.Path(class_=kind, marker_end=self._head)
        (x, y), *rest = points
        path.M(_even(x), _even(y))
        for next_x, next_y in rest:
            bend = (x + next_x) / 2
            path.C(_even(bend), _even(y), _even(bend), _even(next_y), _even(next_x), _even(next_y))
            x, y = next_x, next_y
        self._drawing.append(path)

    def straight(self, points: Sequence[tuple[float, float]], kind: str = "arrow", head: bool = True) -> None:
        """A line of straight pieces."""
        flat = [_even(value) for point in points for value in point]
        extra = {"marker_end": self._head} if head else {}
        self._drawing.append(draw.Lines(*flat, fill="none", class_=kind, **extra))

    def dot(self, x: float, y: float, kind: str = "one", radius: float = 3.5) -> None:
        self._drawing.append(draw.Circle(_even(x), _even(y), radius, class_=kind))

    def svg(self) -> str:
        """The drawing as a document of its own; the same drawing gives the same text."""
        text: str = self._drawing.as_svg()
        return text if text.endswith("\n") else text + "\n"

    def inline(self) -> str:
        """The drawing as a part of a page."""
        text: str = self._drawing.as_svg(header="")
        return text


class _Description(draw.Title):  # type: ignore[misc]
    """The long text alternative."""

    TAG_NAME = "desc"


def _css(name: str) -> str:
    light, dark = (
        _RULES.format(p=name, **{colour: pair[index] for colour, pair in _COLOURS.items()}) for index in (0, 1)
    )
    return f"{light}@media (prefers-color-scheme:dark){{{dark}}}@media print{{{light}}}"


def _even(value: float) -> float:
    """One decimal is enough, and the same on every machine."""
    return round(value, 1)


def fit(text: str, room: float, size: float) -> str:
    """``text``, or as much of it as fits into ``room`` pixels, with an ellipsis."""
    letters = int(room / (size * LETTER))
    return text if len(text) <= letters else f"{text[: max(1, letters - 1)].rstrip()}…"
