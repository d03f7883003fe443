"""Puts blocks of text together into one text and cuts it into sections.

Every parser reduces its format to a list of blocks in reading order; only this module knows offsets,
heading paths and page ranges, so they are right in every format or in none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from documents.errors import EmptyDocument, TooLarge
from documents.limits import Limits
from documents.sections import HiddenText, ParsedDocument, Section, page_at
from documents.structure.headings import control_of_paragraph, is_child, is_list_item, label_of

_CONTENTS = re.compile(r"(?:inhalt|inhaltsverzeichnis|(?:table of )?contents|toc)\W*\Z", re.IGNORECASE)

MAX_PARAGRAPH_LENGTH = 20_000
"""Lines are joined to a paragraph up to here: no author writes more, and joining costs its length each time."""

Level = tuple[int, int]
"""Rank of a heading and its depth within that rank; smaller is further out."""

TITLE_LEVEL: Level = (0, 0)
BOLD_LEVEL: Level = (80, 0)
"""A bold line in a document that marks no headings."""
INFERRED_LEVEL: Level = (90, 0)
"""A line that is a heading by its control id alone: below whatever heading the format itself marks."""
FAMILY_LEVEL: Level = (91, 0)
"""A row of a table that heads the rows of controls below it."""
ROW_LEVEL: Level = (91, 1)
"""A control that fills a table row or a list item."""


@dataclass(frozen=True, slots=True)
class Block:
    """A heading (``level`` set) or a piece of body text.

    ``tight`` puts it on the line after the block before it (list items, table rows) instead of behind a
    blank line. ``page`` is the page of its first character, from 1, and ``page_breaks`` are the offsets
    within ``text`` at which the pages after that begin. ``ends_rows`` marks what follows a table whose rows
    were sections of their own. ``is_body`` keeps text that begins with a control id from opening a section:
    its place says that it belongs to the section before it. ``hidden`` says what hides the block from a
    reader, if anything does: such a block is no heading and part of no section, and its text comes behind the
    visible text.
    """

    text: str
    level: Level | None = None
    tight: bool = False
    page: int | None = None
    page_breaks: tuple[int, ...] = ()
    ends_rows: bool = False
    is_body: bool = False
    hidden: str | None = None


@dataclass(slots=True)
class _Heading:
    text: str
    level: Level


@dataclass(slots=True)
class _Draft:
    heading_path: tuple[str, ...]
    char_from: int
    char_to: int


class OutlineBuilder:
    """Collects blocks; ``finish`` makes the document."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0
        self._open: list[_Heading] = []
        self._drafts: list[_Draft] = []
        self._page_starts: dict[int, int] = {}
        self._row_is_item = False
        self._first_heading: str | None = None
        self._hidden: list[Block] = []

    def add(self, block: Block) -> None:
        """Append a block; blank ones are dropped."""
        if not block.text.strip():
            return
        if block.hidden is not None:
            self._hidden.append(block)
            return
        gap = "" if not self._parts else "\n" if block.tight else "\n\n"
        start = self._length + len(gap)
        self._parts += [gap, block.text]
        self._length = start + len(block.text)
        self._note_pages(block, start)
        control = None if block.level is not None or block.is_body else control_of_paragraph(block.text)
        if block.level is not None:
            self._row_is_item = False
            self._open_heading(block.text, block.level)
        elif control is not None:
            self._row_is_item = is_list_item(block.text)
            self._open_heading(control, ROW_LEVEL if self._row_is_item else INFERRED_LEVEL)
        elif self._ends_rows(block):
            self._open = [heading for heading in self._open if heading.level < FAMILY_LEVEL]
        elif self._drafts:
            self._drafts[-1].char_to = self._length
            return
        self._drafts.append(_Draft(self._path(), start, self._length))

    def _ends_rows(self, block: Block) -> bool:
        """True if the block comes behind a table or list whose entries were sections of their own."""
        if not self._open or self._open[-1].level < FAMILY_LEVEL:
            return False
        return block.ends_rows or (self._row_is_item and not block.tight and not is_list_item(block.text))

    def _note_pages(self, block: Block, start: int) -> None:
        if block.page is None:
            return
        for number, offset in enumerate((0, *block.page_breaks), block.page):
            self._page_starts.setdefault(number, start + offset)

    def _open_heading(self, text: str, level: Level) -> None:
        self._first_heading = self._first_heading if self._first_heading is not None else text
        while self._open and not self._stays_open(self._open[-1], text, level):
            self._open.pop()
        self._open.append(_Heading(text, level))

    @staticmethod
    def _stays_open(outer: _Heading, text: str, level: Level) -> bool:
        if outer.level != level:
            return outer.level < level
        return is_child(label_of(outer.text), label_of(text))

    def _path(self) -> tuple[str, ...]:
        """The chain of open headings; one that repeats the one around it (title, chapter) counts once."""
        path: list[str] = []
        for heading in self._open:
            if not path or path[-1].casefold() != heading.text.casefold():
                path.append(heading.text)
        return tuple(path)

    def finish(  # each argument is one field of the result
        self,
        *,
        name: str,
        limits: Limits,
        mime_type: str,
        format: str,  # noqa: A002 - the field's name in ParsedDocument
        pages: int | None = None,
        title: str | None = None,
        metadata: Mapping[str, str] | None = None,
        warnings: Iterable[str] = (),
    ) -> ParsedDocument:
        """The document. Raises ``EmptyDocument`` if no visible block held text, ``TooLarge`` if it holds too much."""
        visible = "".join(self._parts)
        if not visible:
            raise EmptyDocument(name, "all of its text is hidden from its reader" if self._hidden else "")
        text, hidden = _with_hidden(visible, self._hidden)
        if len(text) > limits.max_characters:
            raise TooLarge(name, f"it holds {len(text):,} characters, {limits.max_characters:,} are allowed")
        page_starts = self._all_page_starts(pages, len(visible))
        return ParsedDocument(
            text=text,
            sections=tuple(_with_pages(draft, page_starts) for draft in self._drafts),
            mime_type=mime_type,
            format=format,
            pages=pages,
            page_starts=page_starts,
            title=title or self._title(),
            metadata=dict(metadata or {}),
            warnings=tuple(dict.fromkeys([*warnings, *_hidden_warning(hidden)])),
            hidden=hidden,
        )

    def _title(self) -> str | None:
        """The name of a document without a title: its first heading, a table of contents aside."""
        first = self._first_heading
        return None if first is None or _CONTENTS.match(first) else first

    def _all_page_starts(self, pages: int | None, length: int) -> tuple[int, ...]:
        """Fill pages without text from behind, so that each begins where the next one with text does."""
        if pages is None:
            return ()
        starts = [length] * pages
        following = length
        for number in range(pages, 0, -1):
            following = self._page_starts.get(number, following)
            starts[number - 1] = following
        return (0, *starts[1:]) if starts else ()


def _with_hidden(visible: str, blocks: list[Block]) -> tuple[str, tuple[HiddenText, ...]]:
    """The visible text with the hidden blocks behind it, and their places."""
    parts, ranges, length = [visible], [], len(visible)
    for block in blocks:
        start = length + len("\n\n")
        length = start + len(block.text)
        parts += ["\n\n", block.text]
        ranges.append(HiddenText(start, length, block.hidden or ""))
    return "".join(parts), tuple(ranges)


def _hidden_warning(hidden: tuple[HiddenText, ...]) -> list[str]:
    """One sentence about how much is hidden and by what; none where nothing is."""
    if not hidden:
        return []
    count = sum(each.char_to - each.char_from for each in hidden)
    reasons = ", ".join(dict.fromkeys(each.reason for each in hidden))
    return [f"{count:,} characters are hidden from a reader of the file and kept out of answers: {reasons}."]


def _with_pages(draft: _Draft, page_starts: tuple[int, ...]) -> Section:
    return Section(
        heading_path=draft.heading_path,
        char_from=draft.char_from,
        char_to=draft.char_to,
        page_from=page_at(page_starts, draft.char_from),
        page_to=page_at(page_starts, max(draft.char_from, draft.char_to - 1)),
    )
