"""From lines on pages to blocks: drops running headers, finds headings, joins lines to paragraphs.

All rules are about typography (size, weight, distance, width) and the shape of headings; none knows a
publisher. Coordinates are PDF points with the origin at the bottom left.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from documents.characters import clean_line, rejoin_ids
from documents.pdf.lines import CELL_SEPARATOR, Line, in_reading_order, merge_fragments
from documents.pdf.ruled_tables import RuledTable, with_tables
from documents.pdf.running_lines import without_running_lines
from documents.pdf.typography import Typography
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

_LONGEST_ID = 80


def arrange(pages: Sequence[Sequence[Line]]) -> list[Block]:
    """The blocks of a document, in reading order, each knowing its page (from 1)."""
    merged = [in_reading_order(merge_fragments(page)) for page in pages]
    kept = without_running_lines(merged)
    return _Arranger(kept).blocks()


@dataclass(slots=True)
class _Paragraph:
    """Lines that were joined; ``breaks`` are the offsets where later pages begin."""

    text: str
    first: Line
    last: Line
    level_style: tuple[float, bool] | None = None
    inferred: bool = False
    breaks: list[int] = field(default_factory=list)


class _Arranger:
    def __init__(self, pages: Sequence[Sequence[Line]]) -> None:
        self._lines = [self._cleaned(line) for page in pages for line in page]
        self._lines = [line for line in self._lines if line.text]
        self._typography = Typography(self._lines)
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
