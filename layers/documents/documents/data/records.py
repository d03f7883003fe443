"""Renders data of any shape (JSON, XML without prose) as text that a person can read.

Three shapes carry a document's structure and are recognised by the names of their fields, German or English:
a record with an id and a title or text becomes a section headed ``ID Title``; a typed block (``h2`` and its
text) becomes a heading, a paragraph or a list item; a container with a title becomes a section. Everything
else is written as ``name: value``.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from documents.characters import flowing
from documents.data.fields import (
    IDS,
    LEVELS,
    LONGEST_TITLE,
    ROLES,
    TEXTS,
    TITLES,
    WITHDRAWN,
    Record,
    Value,
    id_of,
    plain_name,
    readable,
    squeezed,
    strings,
    text_of,
    title_of,
)
from documents.data.typed_blocks import HEADING_KIND, ITEM_KINDS, PARAGRAPH_KINDS, TypedBlock, typed_block
from documents.errors import EmptyDocument
from documents.sections import ParsedDocument
from documents.source import Source
from documents.structure.headings import label_of
from documents.structure.outline import Block, OutlineBuilder
from documents.structure.tables import table_blocks

REPEATED_WARNING = "{count} entries that only repeat what another section says were left out."
_SHORT_LEVEL = re.compile(r"[BSH]\Z")
_LONGEST_LINE = 300


def render_data(value: Value, source: Source, *, format_name: str, mime_type: str) -> ParsedDocument:
    """The value as a document. Raises ``EmptyDocument`` where it holds no text."""
    renderer = _Renderer(source)
    renderer.value("", value, 1)
    if renderer.is_empty:
        raise EmptyDocument(source.name)
    repeated = renderer.repeated
    return renderer.outline.finish(
        name=source.name,
        limits=source.limits,
        mime_type=mime_type,
        format=format_name,
        warnings=[REPEATED_WARNING.format(count=repeated)] if repeated else (),
    )


class _Renderer:
    def __init__(self, source: Source) -> None:
        self.outline = OutlineBuilder()
        self.is_empty = True
        self.repeated = 0
        self._source = source
        self._said: defaultdict[str, list[str]] = defaultdict(list)
        self._section = ""
        self._in_items = False

    def value(self, name: str, value: Value, depth: int) -> None:
        """Render a value under a name (empty for the whole file), its headings at this depth."""
        self._source.check_time()
        if isinstance(value, str):
            self._named_text(name, value)
        elif isinstance(value, Record):
            self._record(name, value, depth)
        else:
            self._list(name, value, depth)

    def _add(self, block: Block) -> None:
        if block.text.strip():
            self.is_empty = False
            self._said[self._section].append(squeezed(block.text))
            self.outline.add(block)

    def _heading(self, text: str, depth: int) -> None:
        self._section = label_of(text) or text
        self._in_items = False
        self._add(Block(text, level=(depth, 0)))

    def _paragraphs(self, text: str, lead: str = "", *, tight: bool = False) -> None:
        """Prose: blank lines part paragraphs, other line breaks stay."""
        for number, line in enumerate(self._lines(text)):
            said, is_tight = line
            self._add(Block(f"{lead}{said}" if number == 0 else said, tight=tight if number == 0 else is_tight))
            self._in_items = False

    @staticmethod
    def _lines(text: str) -> Iterator[tuple[str, bool]]:
        for paragraph in re.split(r"\n\s*\n", text.replace("\r\n", "\n")):
            for number, line in enumerate(filter(str.strip, paragraph.split("\n"))):
                yield flowing(line), number > 0

    def _item(self, text: str) -> None:
        """A line of a list; the first is apart from the paragraph before it."""
        self._add(Block(text, tight=self._in_items))
        self._in_items = True

    def _named_text(self, name: str, text: str) -> None:
        plain = plain_name(name)
        if not text.strip():
            return
        heading = HEADING_KIND.match(plain)
        if heading and len(text) <= LONGEST_TITLE:
            self._heading(flowing(text), int(heading[1]))
        elif plain in ITEM_KINDS:
            self._item(f"- {flowing(text)}")
        elif not name or plain in TEXTS | PARAGRAPH_KINDS or len(text) > _LONGEST_LINE or "\n\n" in text:
            label = "" if not name or plain in TEXTS | PARAGRAPH_KINDS else f"{readable(name)}: "
            self._paragraphs(text, label)
        else:
            self._item(f"{self._label(plain, name)}: {flowing(text)}")

    @staticmethod
    def _label(plain: str, name: str) -> str:
        if plain in LEVELS:
            return "Sicherheitsniveau" if plain == "sicherheitsniveau" else "Level"
        return "Responsible" if plain in ROLES else readable(name)

    def _list(self, name: str, values: Sequence[Value], depth: int) -> None:
        if all(isinstance(each, str) for each in values):
            self._texts(name, [text for text in strings(list(values)) if text.strip()])
            return
        if name and not any(self._brings_heading(each) for each in values):
            self._heading(readable(name), depth)
            depth += 1
        if all(isinstance(each, list) and all(isinstance(cell, str) for cell in each) for each in values):
            for block in table_blocks([list(strings(row)) for row in values]):
                self._add(block)
            return
        for each in values:
            self.value("", each, depth)

    def _texts(self, name: str, texts: Sequence[str]) -> None:
        plain = plain_name(name)
        line = ", ".join(map(flowing, texts))
        if plain in TEXTS | PARAGRAPH_KINDS:
            for text in texts:
                self._paragraphs(text)
        elif name and len(line) <= _LONGEST_LINE and plain not in ITEM_KINDS:
            self._named_text(name, line)
        else:
            if name and plain not in ITEM_KINDS and texts:
                self._paragraphs(f"{readable(name)}:")
            for text in texts:
                self._item(f"- {flowing(text)}")

    def _brings_heading(self, value: Value) -> bool:
        if isinstance(value, list):
            return any(self._brings_heading(each) for each in value)
        if isinstance(value, str):
            return False
        typed = typed_block(value)
        if typed is not None:
            return typed.level > 0
        return bool(self._heading_of(value)) or any(self._brings_heading(field) for _, field in value.fields)

    @staticmethod
    def _heading_of(record: Record) -> str:
        """``ID Title``, the id or the title alone, or nothing: a row of short values is no section."""
        identifier, title = id_of(record), title_of(record)
        has_text = bool(text_of(record, TEXTS))
        has_parts = any(not isinstance(value, str) for _, value in record.fields)
        if identifier and (title or has_text):
            says_id = title == identifier or label_of(title) == identifier
            heading = title if says_id else f"{identifier} {title}".strip()
        elif title and (has_text or has_parts):
            heading = title
        else:
            return ""
        level = text_of(record, LEVELS)
        return f"{heading} ({level})" if _SHORT_LEVEL.match(level) and f"({level})" not in heading else heading

    def _record(self, name: str, record: Record, depth: int) -> None:
        typed = typed_block(record)
        if typed is not None:
            self._typed(typed, depth)
            return
        heading = self._heading_of(record)
        if heading and self._is_repeated(record):
            self.repeated += 1
            return
        fields = list(record.fields)
        if heading:
            self._heading(heading, depth)
            depth += 1
            fields = self._without_heading(fields, heading)
        elif all(isinstance(value, str) for _, value in fields):
            self._row(name, fields)
            return
        elif name and not any(self._brings_heading(value) for _, value in fields):
            self._heading(readable(name), depth)
            depth += 1
        self._fields(fields, depth)

    def _fields(self, fields: Sequence[tuple[str, Value]], depth: int) -> None:
        """Fields in order, with those that have headings of their own last, so that nothing else ends up below them."""
        for name, value in sorted(fields, key=lambda field: (not _is_flat(field[1]), self._brings_heading(field[1]))):
            if plain_name(name) in WITHDRAWN and value in {"true", "false"}:
                if value == "true":
                    self._item("Status: withdrawn")
            else:
                self.value(name, value, depth)

    @staticmethod
    def _without_heading(fields: Sequence[tuple[str, Value]], heading: str) -> list[tuple[str, Value]]:
        """The fields that the heading does not already say."""
        said = IDS | TITLES
        return [
            (name, value)
            for name, value in fields
            if not (isinstance(value, str) and plain_name(name) in said and flowing(value) in heading)
            and not (plain_name(name) in LEVELS and isinstance(value, str) and heading.endswith(f"({value})"))
        ]

    def _row(self, name: str, fields: Sequence[tuple[str, Value]]) -> None:
        """A record of short values is one line, a longer one a line for each."""
        filled = [(key, value) for key, value in fields if isinstance(value, str) and value.strip()]
        line = " | ".join(f"{readable(key)}: {flowing(value)}" for key, value in filled)
        if len(line) <= _LONGEST_LINE and not any(_is_prose_name(key) for key, _ in filled):
            if line:
                self._item(f"{readable(name)}: {line}" if name else line)
            return
        for key, value in filled:
            self._named_text(key, value)

    def _typed(self, typed: TypedBlock, depth: int) -> None:
        if typed.level:
            self._heading(flowing(typed.texts[0]), depth + typed.level - 1)
        elif typed.rows:
            for block in table_blocks(typed.rows):
                self._add(block)
        else:
            for text in typed.texts:
                if typed.marker:
                    self._item(f"{typed.marker} {flowing(text)}")
                else:
                    self._paragraphs(text)

    def _is_repeated(self, record: Record) -> bool:
        """True if a section under the same id already says every word of the record."""
        identifier = id_of(record)
        said = "".join(self._said.get(identifier, ())) if identifier else ""
        return bool(said) and all(squeezed(text) in said for text in strings(record) if text not in {"true", "false"})


def _is_prose_name(name: str) -> bool:
    """True if the value under the name is a heading, a paragraph or an item, and the name not worth saying."""
    plain = plain_name(name)
    return plain in TEXTS | PARAGRAPH_KINDS | ITEM_KINDS or HEADING_KIND.match(plain) is not None


def _is_flat(value: Value) -> bool:
    """True if a value is text, or a list of texts."""
    return isinstance(value, str) or (isinstance(value, list) and all(isinstance(each, str) for each in value))
