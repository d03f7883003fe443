"""Headers, footers and page numbers: lines that many pages show at the same height."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Callable, Sequence

from documents.pdf.lines import Line
from documents.structure.headings import is_control_heading

_MOST_RUNNING_LINES = 6
_NUMBER = re.compile(r"[0-9]{1,4}")
_MOST_NUMBERS = 8
_PAGE_NUMBER = re.compile(r"\W*(?:seite|page|p\.|s\.)?\s*\d{1,4}(?:\s*(?:/|von|of)\s*\d{1,4})?\W*\Z", re.IGNORECASE)


def without_running_lines(pages: Sequence[Sequence[Line]]) -> list[list[Line]]:
    """Drop headers, footers and page numbers: what many pages show at the same height, from the edge inwards."""
    edges = [(_edge(page, top=True), _edge(page, top=False)) for page in pages]
    seen = Counter(
        itertools.chain.from_iterable(
            {key for edge in page for line in edge[:_MOST_RUNNING_LINES] for key in _running_keys(line)}
            for page in edges
        )
    )
    needed = max(2, round(0.4 * len(pages)))

    def is_running(line: Line) -> bool:
        if len(pages) == 1:
            return _PAGE_NUMBER.match(line.text.strip()) is not None
        return any(seen[key] >= needed for key in _running_keys(line))

    kept: list[list[Line]] = []
    for page, page_edges in zip(pages, edges, strict=True):
        dropped = {id(line) for edge in page_edges for line in _running(edge, is_running)}
        kept.append([line for line in page if id(line) not in dropped])
    return kept


def _running(edge: Sequence[Line], is_running: Callable[[Line], bool]) -> list[Line]:
    """The running lines at an edge; they keep apart from the page's own text, which may repeat itself too."""
    found = list(itertools.takewhile(is_running, edge[:_MOST_RUNNING_LINES]))
    while found and len(found) < len(edge):
        if abs(edge[len(found)].y - found[-1].y) >= 2.5 * found[-1].size:
            break
        found.pop()
    return found


def _edge(page: Sequence[Line], *, top: bool) -> list[Line]:
    """The lines of a page from its edge inwards."""
    return sorted(page, key=lambda line: -line.y if top else line.y)


def _running_keys(line: Line) -> set[tuple[str, int]]:
    """The common traits of a running line on its pages: height, and text, one number counting with the pages.

    A control id that counts with the pages, one control on each, is not a page number.
    """
    text, height = " ".join(line.text.split()).casefold(), round(line.y / 3)
    keys = {(text, height)}
    if not is_control_heading(line.text):
        for number in list(_NUMBER.finditer(text))[:_MOST_NUMBERS]:
            relative = f"{text[: number.start()]}#{int(number[0]) - line.page:+d}{text[number.end() :]}"
            keys.add((relative, height))
    return keys
