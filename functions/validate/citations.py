"""The answer in safe CommonMark and in plain text: paragraphs and tables with numbered citations.

Each citation is a quote to the character.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from grammar.answers.safe_markdown import escaped, escaped_line, one_line, visible
from knowledge.records import Citation, Passage
from validate.draft import Heading
from validate.support import Checked, Supported, SupportedTable

#: Copied sentences that follow each other are one quote up to this; a reader should see at a glance what is meant.
LONGEST_QUOTE = 600

_UNTELLING = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Written:
    """An answer in safe CommonMark and in plain text, and its citations; all empty where nothing has support."""

    markdown: str
    plain: str
    citations: tuple[Citation, ...]


def cite(checked: Checked) -> Written:
    """Write an answer. In Markdown every word of a source is escaped; plain text has the words as they are."""
    citations = _Citations()
    markdown: list[str] = []
    plain: list[str] = []
    for block in checked.blocks:
        if isinstance(block, Heading):
            markdown.append(f"### {escaped_line(block.text)}")
            plain.append(one_line(block.text))
        elif isinstance(block, SupportedTable):
            markdown.append(_table(block, citations))
            plain.append(_plain_table(block, citations))
        else:
            for item in _joined(block):
                marker = f"[{citations.number(item)}]"
                markdown.append(f"{item.lead}{escaped(item.text)} {marker}")
                plain.append(f"{item.lead}{visible(item.text)} {marker}")
    return Written("\n\n".join(markdown), "\n\n".join(plain), tuple(citations.written))


@dataclass(slots=True)
class _Citations:
    """The numbered citations of one answer; the same stretch is cited once."""

    written: list[Citation] = field(default_factory=list)
    _numbers: dict[tuple[str, int, int], int] = field(default_factory=dict)

    def number(self, item: Supported) -> int:
        start = _with_heading(item.passage, item.start)
        place = (str(item.passage.chunk_id), start, item.end)
        if place not in self._numbers:
            self._numbers[place] = len(self.written) + 1
            self.written.append(_citation(self._numbers[place], item.passage, start, item.end))
        return self._numbers[place]


def _table(table: SupportedTable, citations: _Citations) -> str:
    head, *rows = ([_cell(cell, citations, escaped_line) for cell in row] for row in (table.head, *table.rows))
    width = max(len(head), *(len(row) for row in rows))
    return "\n".join(_line(row, width) for row in (head, ["---"] * width, *rows))


def _plain_table(table: SupportedTable, citations: _Citations) -> str:
    """A line for each row, a tab between two cells."""
    rows = ([_cell(cell, citations, one_line) for cell in row] for row in (table.head, *table.rows))
    return "\n".join("\t".join(row).rstrip() for row in rows)


def _cell(cell: str | Sequence[Supported], citations: _Citations, form: Callable[[str], str]) -> str:
    if isinstance(cell, str):
        return form(cell)
    return " ".join(f"{form(item.text)} [{citations.number(item)}]" for item in cell)


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
