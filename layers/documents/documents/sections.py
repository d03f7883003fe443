"""The result of a parser: one text, cut into sections by its headings."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and the text below it, up to the next heading.

    ``heading_path`` is the chain of headings from the outermost to this section's own; empty for text
    before the first heading. ``char_from`` and ``char_to`` are offsets into ``ParsedDocument.text`` and
    include the section's own heading line. Pages count from 1 and are ``None`` in formats without pages.
    """

    heading_path: tuple[str, ...]
    char_from: int
    char_to: int
    page_from: int | None = None
    page_to: int | None = None


@dataclass(frozen=True, slots=True)
class HiddenText:
    """A range of ``ParsedDocument.text`` that a reader of the file does not see, and what hides it.

    ``reason`` is a phrase such as ``"white text"``, fit for a list behind a colon.
    """

    char_from: int
    char_to: int
    reason: str


@dataclass(frozen=True, slots=True)
class ParsedDocument:
    """A document's text with its structure.

    Sections are in order and do not overlap; every character of ``text`` that is not blank belongs to one
    section or to one range of ``hidden``. Hidden text comes behind all that is visible, wherever the file
    has it, so that it never interrupts a section.
    ``page_starts[i]`` is the offset in ``text`` where page ``i + 1`` begins (a page without text begins
    where the next one does); the tuple is empty and ``pages`` is ``None`` for formats without pages.
    ``metadata`` may hold ``author``, ``created`` and ``modified`` (ISO 8601). ``warnings`` are sentences about what was
    left out, without the document's own text.
    """

    text: str
    sections: tuple[Section, ...]
    mime_type: str
    format: str
    pages: int | None = None
    page_starts: tuple[int, ...] = ()
    title: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    hidden: tuple[HiddenText, ...] = ()

    @property
    def visible_text(self) -> str:
        """``text`` as far as a reader of the file sees it; offsets in it are offsets in ``text``."""
        return self.text[: self.hidden[0].char_from].rstrip() if self.hidden else self.text

    def body(self, section: Section) -> str:
        """The section's text, its heading line included."""
        return self.text[section.char_from : section.char_to]

    def page_at(self, offset: int) -> int | None:
        """The page, from 1, of the character at ``offset``; ``None`` without pages."""
        return page_at(self.page_starts, offset)


def page_at(page_starts: tuple[int, ...], offset: int) -> int | None:
    """The number of the last page that begins at or before ``offset``."""
    return max(1, bisect_right(page_starts, offset)) if page_starts else None
