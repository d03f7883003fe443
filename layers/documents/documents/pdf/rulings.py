"""The cells that drawn lines make on a PDF page.

A cell is the room between the nearest lines to the left and right of a place and those above and below it.
Coordinates are PDF points with the origin at the bottom left.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import isfinite

_MOST_LINES = 2_000  # a page with more is a drawing
_SHORTEST = 8.0
_TOLERANCE = 1.5
_FEWEST_VERTICALS = 3  # two columns

Segment = tuple[float, float, float, float]
"""From ``(x, y)`` to ``(x, y)``."""


@dataclass(frozen=True, slots=True)
class Cell:
    """The room between four lines, each to the nearest point."""

    left: int
    bottom: int
    right: int
    top: int


@dataclass(frozen=True, slots=True, order=True)
class _Edge:
    """A horizontal or vertical line: ``at`` is its place across, ``begin`` and ``end`` are its ends."""

    at: float
    begin: float
    end: float

    def spans(self, place: float) -> bool:
        return self.begin - _TOLERANCE <= place <= self.end + _TOLERANCE


class Rulings:
    """The lines of a page; none where they are too few for a table."""

    def __init__(self, segments: Iterable[Segment]) -> None:
        horizontal, vertical = set[_Edge](), set[_Edge]()
        for x1, y1, x2, y2 in segments:
            if not all(map(isfinite, (x1, y1, x2, y2))):
                continue  # what a broken file says
            if abs(y1 - y2) <= _TOLERANCE and abs(x1 - x2) >= _SHORTEST:
                horizontal.add(_Edge(round((y1 + y2) / 2, 1), round(min(x1, x2)), round(max(x1, x2))))
            elif abs(x1 - x2) <= _TOLERANCE and abs(y1 - y2) >= _SHORTEST:
                vertical.add(_Edge(round((x1 + x2) / 2, 1), round(min(y1, y2)), round(max(y1, y2))))
            if len(horizontal) + len(vertical) > _MOST_LINES:
                horizontal.clear()
                vertical.clear()
                break
        self._horizontal, self._vertical = sorted(horizontal), sorted(vertical)

    def __bool__(self) -> bool:
        return len(self._horizontal) > 1 and len({round(edge.at / 5) for edge in self._vertical}) >= _FEWEST_VERTICALS

    def cell(self, x: float, y: float) -> Cell | None:
        """The cell around a place, ``None`` where a side is open."""
        along = [edge.at for edge in self._horizontal if edge.spans(x)]
        left, right = _around(self.uprights(y), x)
        bottom, top = _around(along, y)
        if left is None or right is None or bottom is None or top is None:
            return None
        return Cell(round(left), round(bottom), round(right), round(top))

    def uprights(self, y: float) -> list[float]:
        """The places at which vertical lines cross a height."""
        return [edge.at for edge in self._vertical if edge.spans(y)]


def stands_between(uprights: Sequence[float], begin: float, end: float) -> bool:
    """True if one of the vertical lines is between two places."""
    return any(begin - _TOLERANCE <= place <= end + _TOLERANCE for place in uprights)


def _around(places: Sequence[float], place: float) -> tuple[float | None, float | None]:
    below = max((each for each in places if each <= place), default=None)
    return below, min((each for each in places if each > place), default=None)
