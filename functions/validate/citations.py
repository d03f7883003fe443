"""The answer in Markdown: paragraphs and tables with numbered citations, each a quote to the character."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from knowledge.records import Citation, Passage
from validate.draft import Heading
from validate.support import Checked, Supported, SupportedTable

#: Copied sentences that follow each other are one quote up to this; a reader should see at a glance what is meant.
LONGEST_QUOTE = 600

_UNTELLING = re.compile(r"[\W_]+")


def cite(checked: Checked) -> tuple[str, tuple[Citation, ...]]:
    """The answer's text, in Markdown, and its citations; two empty ones where nothing has support."""
    citations = _Citations()
    written: list[str] = []
    for block in checked.blocks:
        if isinstance(block, Heading):
            written.append(f"### {block.text}")
        elif isinstance(block, SupportedTable):
            written.append(_table(block, citations))
        else:
            written += citations.paragraphs(block)
    return "\n\n".join(written), tuple(citations.written)


@dataclass(slots=True)
class _Citations:
    """The numbered citations of one answer; the same stretch is cited once."""

    written: list[Citation] = field(default_factory=list)
    _numbers: dict[tuple[str, int, int], int] = field(default_factory=dict)

    def paragraphs(self, supported: Sequence[Supported]) -> list[str]:
        return [f"{item.lead}{item.text} [{self._number(item)}]" for item in _joined(supported)]

    def cell(self, supported: Sequence[Supported]) -> str:
        """A table's cell has one line, and a bar would end it."""
        texts = (f"{' '.join(item.text.split())} [{self._number(item)}]" for item in supported)
        return " ".join(texts).replace("|", "\\|")

    def _number(self, item: Supported) -> int:
        start = _with_heading(item.passage, item.start)
        place = (str(item.passage.chunk_id), start, item.end)
        if place not in self._numbers:
            self._numbers[place] = len(self.written) + 1
            self.written.append(_citation(self._numbers[place], item.passage, start, item.end))
        return self._numbers[place]


def _table(table: SupportedTable, citations: _Citations) -> str:
    rows = [[_cell(cell, citations) for cell in row] for row in table.rows]
    width = max(len(table.head), *(len(row) for row in rows))
    return "\n".join(_line(row, width) for row in (table.head, ["---"] * width, *rows))


def _cell(cell: str | Sequence[Supported], citations: _Citations) -> str:
    return cell.replace("|", "\\|") if isinstance(cell, str) else citations.cell(cell)


def _line(cells: Sequence[str], width: int) -> str:
    return f"| {' | '.join([*cells, *[''] * (width - len(cells))])} |"


def _joined(kept: Sequence[Supported]) -> Iterator[Supported]:
    """Copied sentences that follow each other in the source become one quote, to the character."""
    last: Supported | None = None
    for item in kept:
        if last is not None and _follows(last, item):
            text = item.passage.text[last.start : item.end]
            last = Supported(text, item.passage, last.start, item.end, verbatim=True)
            continue
        if last is not None:
            yield last
        last = item
    if last is not None:
        yield last


def _follows(first: Supported, second: Supported) -> bool:
    return (
        first.verbatim
        and second.verbatim
        and not (first.lead or second.lead)
        and first.passage.chunk_id == second.passage.chunk_id
        and first.end <= second.start
        and second.end - first.start <= LONGEST_QUOTE
        and not first.passage.text[first.end : second.start].strip()
    )


def _with_heading(passage: Passage, start: int) -> int:
    """A quote from directly below its section's heading takes the heading along."""
    above = _UNTELLING.sub("", passage.text[:start]).casefold()
    heading = _UNTELLING.sub("", passage.heading_path[-1]).casefold() if passage.heading_path else ""
    return len(passage.text) - len(passage.text.lstrip()) if above and above == heading else start


def _citation(number: int, passage: Passage, start: int, end: int) -> Citation:
    char_from, char_to = passage.char_from + start, passage.char_from + end
    page_from, page_to = passage.pages(char_from, char_to)
    return Citation(
        n=number,
        document_id=passage.document_id,
        title=passage.title,
        control_id=passage.control_id,
        heading_path=passage.heading_path,
        page_from=page_from,
        page_to=page_to,
        char_from=char_from,
        char_to=char_to,
        quote=passage.text[start:end],
    )
