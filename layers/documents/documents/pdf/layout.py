"""From lines on pages to blocks: drops running headers, finds headings, joins lines to paragraphs.

All rules are about typography (size, weight, distance, width) and the shape of headings; none knows a
publisher. Coordinates are PDF points with the origin at the bottom left.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from documents.characters import clean_line, rejoin_ids
from documents.pdf.ruled_tables import RuledTable, with_tables
from documents.pdf.rulings import Cell
from documents.structure.headings import (
    MAX_HEADING_LENGTH,
    is_contents_line,
    is_control_heading,
    is_list_item,
    is_sentence_end,
    label_of,
)
from documents.structure.hyphenation import Hyphenation
from documents.structure.outline import INFERRED_LEVEL, MAX_PARAGRAPH_LENGTH, Block
from documents.structure.tables import has_control_rows

CELL_SEPARATOR = " | "
_MOST_RUNNING_LINES = 6
_LONGEST_ID = 80
_NUMBER = re.compile(r"[0-9]{1,4}")
_MOST_NUMBERS = 8
_PAGE_NUMBER = re.compile(r"\W*(?:seite|page|p\.|s\.)?\s*\d{1,4}(?:\s*(?:/|von|of)\s*\d{1,4})?\W*\Z", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text: its baseline starts at ``(x, y)`` and ends at ``right``.

    ``size`` is the size of its type in points, ``bold`` says whether all of it is bold, ``uniform`` whether
    all of it has that size, ``cell`` the drawn cell of a table that it is in.
    """

    text: str
    page: int
    x: float
    y: float
    right: float
    size: float
    bold: bool
    uniform: bool = True
    cell: Cell | None = None

    @property
    def style(self) -> tuple[float, bool]:
        """Size to half a point, and weight: the signs by which a reader knows headings."""
        return round(self.size * 2) / 2, self.bold


def join_cells(cells: Sequence[str]) -> str:
    """The cells of a table row as one line. A number, a bullet or an id before a tab stop is no cell."""
    line = cells[0].rstrip()
    for cell in cells[1:]:
        is_mark = len(line) < 3 or label_of(line) == line.strip() or is_list_item(f"{line.strip()} x")
        line = f"{line}{' ' if is_mark else CELL_SEPARATOR}{cell.strip()}"
    return line


def arrange(pages: Sequence[Sequence[Line]]) -> list[Block]:
    """The blocks of a document, in reading order, each knowing its page (from 1)."""
    merged = [_in_reading_order(_merge_fragments(page)) for page in pages]
    kept = _without_running_lines(merged)
    return _Arranger(kept).blocks()


def _merge_fragments(lines: Sequence[Line]) -> list[Line]:
    """Put pieces of one line together: pdfium starts a new line at superscripts and between table cells."""
    merged: list[Line] = []
    for line in lines:
        before = merged[-1] if merged else None
        if before is None or not _on_same_baseline(before, line):
            merged.append(line)
            continue
        merged[-1] = replace(
            before,
            text=_joined_fragments(before, line),
            right=max(before.right, line.right),
            size=max(before.size, line.size, key=lambda size: (size == before.size) * len(before.text)),
            bold=before.bold and line.bold,
            uniform=before.uniform and line.uniform and abs(before.size - line.size) < 0.1 * before.size,
        )
    return merged


def _on_same_baseline(before: Line, line: Line) -> bool:
    if before.cell != line.cell:
        return False
    return abs(before.y - line.y) < 0.3 * before.size and line.x >= before.right - 0.5 * before.size


def _joined_fragments(before: Line, line: Line) -> str:
    gap = line.x - before.right
    if gap > 1.8 * before.size:
        return join_cells([before.text, line.text])
    touching = gap < 0.15 * before.size or before.text.endswith(" ") or line.text.startswith(" ")
    return before.text + line.text if touching else f"{before.text} {line.text}"


def _in_reading_order(lines: list[Line]) -> list[Line]:
    """From top to bottom where the page has one column; some producers draw its headings last.

    With columns, or tables whose cells have several lines, the order in which they were drawn is the better
    guess.
    """
    by_height: defaultdict[int, list[Line]] = defaultdict(list)
    for line in lines:
        by_height[round(line.y / 3)].append(line)
    if any(len(row) > 1 for row in by_height.values()):
        return lines
    return sorted(lines, key=lambda line: -line.y)


def _without_running_lines(pages: Sequence[Sequence[Line]]) -> list[list[Line]]:
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


@dataclass(slots=True)
class _Paragraph:
    """Lines that were joined; ``breaks`` are the offsets where later pages begin."""

    text: str
    first: Line
    last: Line
    level_style: tuple[float, bool] | None = None
    inferred: bool = False
    breaks: list[int] = field(default_factory=list)


class _Typography:
    """The usual measures of this document: body type, line distance, right margins."""

    def __init__(self, lines: Sequence[Line]) -> None:
        weights: Counter[tuple[float, bool]] = Counter()
        for line in lines:
            weights[line.style] += len(line.text)
        self.body_size, self.body_bold = weights.most_common(1)[0][0] if weights else (10.0, False)
        self._leading = self._leadings(lines)
        self._margins = self._right_margins(lines)
        self._page_margins = self._right_margins(lines, by_column=False)
        self.ends_with_stops = self._ends_with_stops(lines)

    @staticmethod
    def _leadings(lines: Sequence[Line]) -> dict[float, float]:
        gaps: defaultdict[float, Counter[float]] = defaultdict(Counter)
        for before, line in itertools.pairwise(lines):
            gap = round((before.y - line.y) * 2) / 2
            if before.page == line.page and before.style == line.style and 0 < gap <= 2.2 * line.size:
                gaps[line.style[0]][gap] += 1
        return {
            size: min(gap for gap, count in counts.items() if count >= 0.15 * counts.total())
            for size, counts in gaps.items()
            if counts.total() >= 10 and max(counts.values()) >= 0.15 * counts.total()
        }

    @staticmethod
    def _right_margins(lines: Sequence[Line], *, by_column: bool = True) -> dict[tuple[int, int], float]:
        rights: defaultdict[tuple[int, int], list[float]] = defaultdict(list)
        for line in lines:
            rights[0 if by_column else line.page, round(line.x / 5) if by_column else 0].append(line.right)
        return {key: sorted(values)[-1 - len(values) // 50] for key, values in rights.items() if len(values) >= 3}

    def _ends_with_stops(self, lines: Sequence[Line]) -> bool:
        """True if paragraphs here end with a full stop or the like, as catalogues of bare phrases do not."""
        stops = [
            before.text[-1:] in ".:;!?"
            for before, line in itertools.pairwise(lines)
            if before.page == line.page
            and before.style == line.style == (self.body_size, self.body_bold)
            and before.y - line.y > self.most_gap(before.size)
        ]
        return sum(stops) >= 0.6 * len(stops)

    def most_gap(self, size: float) -> float:
        """The largest distance of two baselines within one paragraph of that size."""
        usual = self._leading.get(round(size * 2) / 2)
        if usual is None:
            usual = self._leading.get(self.body_size, 1.25 * self.body_size) * size / self.body_size
        return min(1.18 * usual, 2.4 * size)

    def margin(self, line: Line) -> float:
        """The right end of the longest lines that begin at this place."""
        column = self._margins.get((0, round(line.x / 5)))
        return column if column is not None else self._page_margins.get((line.page, 0), line.right)

    def fills(self, line: Line, share: float) -> bool:
        """True if the line takes at least this share of the width it could."""
        return line.right - line.x >= share * (self.margin(line) - line.x)

    def is_full(self, line: Line, following: Line) -> bool:
        """True if the next line's first word would not have fitted behind this line."""
        width = (line.right - line.x) / max(1, len(line.text.strip()))
        word = following.text.split(maxsplit=1)[0]
        return line.right + width * (len(word) + 1) > self.margin(line) - 0.5 * line.size


class _Arranger:
    def __init__(self, pages: Sequence[Sequence[Line]]) -> None:
        self._lines = [self._cleaned(line) for page in pages for line in page]
        self._lines = [line for line in self._lines if line.text]
        self._typography = _Typography(self._lines)
        self._hyphenation = Hyphenation(line.text for line in self._lines)
        self._contents_pages = self._pages_of_contents()
        self._paragraphs: list[_Paragraph] = []
        self._tables: list[tuple[int, list[Block]]] = []  # the paragraph that each comes before

    @staticmethod
    def _cleaned(line: Line) -> Line:
        return replace(line, text=clean_line(line.text))

    def _pages_of_contents(self) -> set[int]:
        lines = Counter(line.page for line in self._lines)
        contents = Counter(line.page for line in self._lines if is_contents_line(line.text))
        return {page for page, count in contents.items() if count >= 3 and count >= 0.4 * lines[page]}

    def blocks(self) -> list[Block]:
        before: Line | None = None
        items = with_tables(self._lines)
        for position, item in enumerate(items):
            if isinstance(item, RuledTable):
                self._tables.append((len(self._paragraphs), item.blocks(self._text_of_cell)))
                before = None
                continue
            following = items[position + 1] if position + 1 < len(items) else None
            self._place(before, item, following if isinstance(following, Line) else None)
            before = item
        return self._levelled()

    def _text_of_cell(self, lines: Sequence[Line]) -> str:
        """The paragraphs of a cell, each on a line of its own."""
        paragraphs: list[_Paragraph] = []
        for before, line in zip([None, *lines], lines, strict=False):
            if before is not None and self._continues(before, line):
                self._append(paragraphs[-1], line)
            else:
                paragraphs.append(_Paragraph(line.text, line, line))
        return "\n".join(paragraph.text for paragraph in paragraphs)

    def _place(self, before: Line | None, line: Line, following: Line | None) -> None:
        open_paragraph = self._paragraphs[-1] if self._paragraphs and before is not None else None
        starts_heading = self._is_heading(before, line, following)
        if open_paragraph is not None and before is not None:  # no table is between them
            if open_paragraph.level_style is not None:
                if starts_heading and self._continues_heading(before, line):
                    self._append(open_paragraph, line)
                    return
            elif not starts_heading and self._has_room(open_paragraph) and self._continues(before, line):
                self._append(open_paragraph, line)
                return
        paragraph = _Paragraph(line.text, line, line)
        if starts_heading:
            paragraph.level_style = line.style
            paragraph.inferred = not self._is_set_as_heading(line)
        self._paragraphs.append(paragraph)

    @staticmethod
    def _has_room(paragraph: _Paragraph) -> bool:
        return len(paragraph.text) < MAX_PARAGRAPH_LENGTH

    def _append(self, paragraph: _Paragraph, line: Line) -> None:
        head, tail = paragraph.text[:-_LONGEST_ID], paragraph.text[-_LONGEST_ID:]
        joined = rejoin_ids(f"{tail}\n{line.text}")
        if "\n" in joined:
            joined = self._hyphenation.join(tail, line.text)
        joined = head + joined
        if line.page != paragraph.last.page:
            start = len(joined) - len(line.text)
            paragraph.breaks += [start] * (line.page - paragraph.last.page)
        paragraph.text, paragraph.last = joined, line

    def _is_set_as_heading(self, line: Line) -> bool:
        """Larger than the body, or bold where the body is not."""
        type_ = self._typography
        if not line.uniform:
            return False
        larger = line.size >= 1.12 * type_.body_size
        bolder = line.bold and not type_.body_bold and line.size >= 0.95 * type_.body_size
        return larger or bolder

    def _is_heading(self, before: Line | None, line: Line, following: Line | None) -> bool:
        text = line.text
        if len(text) > MAX_HEADING_LENGTH or sum(map(str.isalpha, text)) < 2 or _is_entry(text):
            return False
        if line.page in self._contents_pages and before is not None and before.page == line.page:
            return False
        if is_control_heading(text) and self._stands_alone(before, line, following):
            return True
        if not self._is_set_as_heading(line) or (is_list_item(text) and label_of(text) is None):
            return False
        if text.endswith(",") and following is not None and self._continues_heading(line, following):
            return True  # it wraps within an enumeration, as in the roles behind a requirement's title
        return not is_sentence_end(text) or (line.size >= 1.3 * self._typography.body_size and len(text) < 80)

    def _stands_alone(self, before: Line | None, line: Line, following: Line | None) -> bool:
        """Not in the middle of a paragraph, neither flowing in from above nor on into the next line."""
        if self._is_set_as_heading(line):
            return True
        if before is not None and self._continues(before, line):
            return False
        return following is None or not (self._continues(line, following) and self._typography.is_full(line, following))

    def _continues_heading(self, before: Line, line: Line) -> bool:
        if before.style != line.style or label_of(line.text) is not None:
            return False
        if before.page != line.page:  # nobody keeps the lines of a long heading on one page
            return self._typography.is_full(before, line)
        if not 0 < before.y - line.y <= 1.6 * line.size:
            return False
        is_title = line.size >= 1.5 * self._typography.body_size
        return is_title or self._typography.is_full(before, line)

    def _continues(self, before: Line, line: Line) -> bool:
        """True if a line belongs to the paragraph of the line before it."""
        if any(_is_entry(each.text) for each in (before, line)) or is_list_item(line.text):
            return False
        if abs(before.size - line.size) > 0.15 * before.size:
            return False
        gap = before.y - line.y
        if before.page == line.page and gap > 0:
            return gap <= self._typography.most_gap(before.size) and self._flows(before, line)
        if before.text[-1] in ".;:!?":
            return False
        if line.text[0].islower() or before.text[-1] in ",-":
            return True
        return self._typography.ends_with_stops and self._typography.is_full(before, line)

    def _flows(self, before: Line, line: Line) -> bool:
        """True if words flow from one line into the next, so that neither is an entry of its own."""
        if self._typography.is_full(before, line):
            return True
        if before.text[-1] == "-":
            return True
        open_end = before.text[-1] not in ".;:!?"
        return open_end and (line.text[0].islower() or self._typography.fills(before, 0.7))

    def _levelled(self) -> list[Block]:
        styles = {each.level_style for each in self._paragraphs if each.level_style is not None and not each.inferred}
        ranks = {
            style: rank for rank, style in enumerate(sorted(styles, key=lambda style: (-style[0], not style[1])), 1)
        }
        return list(self._as_blocks(ranks))

    def _as_blocks(self, ranks: dict[tuple[float, bool], int]) -> Iterator[Block]:
        after_list = after_entry = ends_rows = False
        tables = deque(self._tables)
        for number, paragraph in enumerate(self._paragraphs):
            while tables and tables[0][0] == number:
                _, blocks = tables.popleft()
                yield from blocks
                after_list = after_entry = False
                ends_rows = has_control_rows(blocks)
            level = None
            if paragraph.level_style is not None:
                level = INFERRED_LEVEL if paragraph.inferred else (ranks[paragraph.level_style], 0)
            in_list = level is None and is_list_item(paragraph.text)
            yield Block(
                paragraph.text,
                level=level,
                tight=(in_list and after_list) or (after_entry and _is_entry(paragraph.text)),
                page=paragraph.first.page,
                page_breaks=tuple(paragraph.breaks),
                ends_rows=ends_rows,
            )
            after_list, after_entry = in_list, level is None and _is_entry(paragraph.text)
            ends_rows = False
        for _, blocks in tables:
            yield from blocks


def _is_entry(line: str) -> bool:
    """True if a line is complete in itself: an entry of a table of contents, or a table row."""
    return is_contents_line(line) or CELL_SEPARATOR in line
