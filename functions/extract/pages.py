"""On which pages a stretch of a document's text stands."""

from __future__ import annotations

from bisect import bisect_left, bisect_right


def pages_of(page_starts: tuple[int, ...], char_from: int, char_to: int) -> tuple[int | None, tuple[int, ...]]:
    """The page a stretch begins on, from 1, and where in it the later pages begin; None without pages."""
    if not page_starts:
        return None, ()
    first = bisect_right(page_starts, char_from)
    return max(first, 1), page_starts[first : bisect_left(page_starts, char_to)]


def page_range(page_starts: tuple[int, ...], char_from: int, char_to: int) -> tuple[int | None, int | None]:
    """The first and the last page of a stretch, from 1; None without pages."""
    first, breaks = pages_of(page_starts, char_from, char_to)
    return first, None if first is None else first + len(breaks)
