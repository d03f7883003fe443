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
from dataclasses import dataclass
from typing import TypeAlias

from documents.characters import flowing
from documents.errors import EmptyDocument
from documents.sections import ParsedDocument
from documents.source import Source
from documents.structure.headings import label_of
from documents.structure.outline import Block, OutlineBuilder
from documents.structure.tables import table_blocks

REPEATED_WARNING = "{count} entries that only repeat what another section says were left out."


@dataclass(frozen=True, slots=True)
class Record:
    """Named values in the order of the source; a name may come more than once."""

    fields: tuple[tuple[str, Value], ...]


Value: TypeAlias = "str | list[Value] | Record"

_IDS = set(
    "id identifier control_id controlid requirement_id req_id ref refid ref_id reference_id number nummer nr no code "
    "key kennung kennzeichen anforderung_id anforderungsid massnahme_id label clause".split()
)
_TITLES = set(
    "title titel name heading headline überschrift ueberschrift bezeichnung thema subject betreff question frage "
    "caption summary".split()
)
_TEXTS = set(
    "text texte description beschreibung statement content inhalt prose body anforderung anforderungstext requirement "
    "requirement_text answer antwort wortlaut guidance definition erläuterung erlaeuterung umsetzung rationale".split()
)
_LEVELS = set("level stufe niveau sicherheitsniveau anforderungsstufe".split())
_ROLES = set("role roles rolle rollen responsible responsible_role responsible_roles zuständig zustaendig".split())
_WITHDRAWN = set("withdrawn entfallen deprecated obsolete".split())
_KINDS = set("type typ kind art tag style element class role block".split())
_BLOCK_TEXTS = _TEXTS | set("value wert title titel heading children items elemente punkte rows zeilen".split())
_HEADING_KINDS = set("heading headline title titel überschrift ueberschrift header section chapter kapitel".split())
_PARAGRAPH_KINDS = set("p para paragraph absatz text body quote blockquote code pre note hinweis".split())
_ITEM_KINDS = set("li item listitem list_item bullet aufzählung aufzaehlung punkt".split())
_LIST_KINDS = set("ul ol list liste table tabelle bullets".split())
_SHORT_LEVEL = re.compile(r"[BSH]\Z")
_HEADING_KIND = re.compile(r"h([1-6])\Z")
_UUID = re.compile(r"(?:urn:uuid:)?[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\Z", re.IGNORECASE)
_LONGEST_ID = 60
_LONGEST_TITLE = 200
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


def _plain_name(name: str) -> str:
    return re.sub(r"[\s-]+", "_", name.strip().lower())


def _readable(name: str) -> str:
    return name.replace("_", " ").strip()


def _strings(value: Value) -> Iterator[str]:
    """Every string within the value."""
    if isinstance(value, str):
        yield value
        return
    for each in [field for _, field in value.fields] if isinstance(value, Record) else value:
        yield from _strings(each)


def _squeezed(text: str) -> str:
    return "".join(text.split()).casefold()


def _text_of(record: Record, names: set[str]) -> str:
    """The first text under one of the names; empty without one."""
    return next(
        (value.strip() for name, value in record.fields if _plain_name(name) in names and isinstance(value, str)), ""
    )


def _id_of(record: Record) -> str:
    """The name or id of the record; a UUID is for programs only."""
    found = flowing(_text_of(record, _IDS))
    return found if 0 < len(found) <= _LONGEST_ID and not _UUID.match(found) else ""


def _title_of(record: Record) -> str:
    found = _text_of(record, _TITLES)
    return flowing(found) if 0 < len(found) <= _LONGEST_TITLE else ""


@dataclass(frozen=True, slots=True)
class _Typed:
    """A record that says what kind of block it is: ``level`` for a heading, ``marker`` for a list item."""

    texts: tuple[str, ...]
    level: int = 0
    marker: str = ""
    rows: tuple[tuple[str, ...], ...] = ()


def _typed_block(record: Record) -> _Typed | None:
    """The block that a record like ``{"art": "h2", "text": "..."}`` means; ``None`` if it is something else."""
    kind = flowing(_text_of(record, _KINDS)).lower()
    known = _HEADING_KIND.match(kind) or kind in _HEADING_KINDS | _PARAGRAPH_KINDS | _ITEM_KINDS | _LIST_KINDS
    contents = [value for name, value in record.fields if _plain_name(name) in _BLOCK_TEXTS]
    others = [value for name, value in record.fields if _plain_name(name) not in _BLOCK_TEXTS | _KINDS | _LEVELS]
    if not known or len(contents) != 1 or any(not isinstance(value, str) for value in others):
        return None
    return _block_of(kind, contents[0], _text_of(record, _LEVELS | {"depth", "ebene"}))


def _block_of(kind: str, content: Value, level: str) -> _Typed | None:
    heading = _HEADING_KIND.match(kind)
    if isinstance(content, str):
        if heading or kind in _HEADING_KINDS:
            number = int(heading[1]) if heading else int(level) if level.isdecimal() and len(level) < 2 else 1
            return _Typed((content,), level=max(1, number)) if len(content) <= _LONGEST_TITLE else _Typed((content,))
        return _Typed((content,), marker="-" if kind in _ITEM_KINDS else "")
    if isinstance(content, list) and kind in _LIST_KINDS | _PARAGRAPH_KINDS:
        if all(isinstance(each, str) for each in content):
            return _Typed(tuple(_strings(content)), marker="-" if kind in _LIST_KINDS else "")
        if all(isinstance(each, list) for each in content):
            return _Typed((), rows=tuple(tuple(_strings(row)) for row in content))
    return None


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
            self._said[self._section].append(_squeezed(block.text))
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
        plain = _plain_name(name)
        if not text.strip():
            return
        heading = _HEADING_KIND.match(plain)
        if heading and len(text) <= _LONGEST_TITLE:
            self._heading(flowing(text), int(heading[1]))
        elif plain in _ITEM_KINDS:
            self._item(f"- {flowing(text)}")
        elif not name or plain in _TEXTS | _PARAGRAPH_KINDS or len(text) > _LONGEST_LINE or "\n\n" in text:
            label = "" if not name or plain in _TEXTS | _PARAGRAPH_KINDS else f"{_readable(name)}: "
            self._paragraphs(text, label)
        else:
            self._item(f"{self._label(plain, name)}: {flowing(text)}")

    @staticmethod
    def _label(plain: str, name: str) -> str:
        if plain in _LEVELS:
            return "Sicherheitsniveau" if plain == "sicherheitsniveau" else "Level"
        return "Responsible" if plain in _ROLES else _readable(name)

    def _list(self, name: str, values: Sequence[Value], depth: int) -> None:
        if all(isinstance(each, str) for each in values):
            self._texts(name, [text for text in _strings(list(values)) if text.strip()])
            return
        if name and not any(self._brings_heading(each) for each in values):
            self._heading(_readable(name), depth)
            depth += 1
        if all(isinstance(each, list) and all(isinstance(cell, str) for cell in each) for each in values):
            for block in table_blocks([list(_strings(row)) for row in values]):
                self._add(block)
            return
        for each in values:
            self.value("", each, depth)

    def _texts(self, name: str, texts: Sequence[str]) -> None:
        plain = _plain_name(name)
        line = ", ".join(map(flowing, texts))
        if plain in _TEXTS | _PARAGRAPH_KINDS:
            for text in texts:
                self._paragraphs(text)
        elif name and len(line) <= _LONGEST_LINE and plain not in _ITEM_KINDS:
            self._named_text(name, line)
        else:
            if name and plain not in _ITEM_KINDS and texts:
                self._paragraphs(f"{_readable(name)}:")
            for text in texts:
                self._item(f"- {flowing(text)}")

    def _brings_heading(self, value: Value) -> bool:
        if isinstance(value, list):
            return any(self._brings_heading(each) for each in value)
        if isinstance(value, str):
            return False
        typed = _typed_block(value)
        if typed is not None:
            return typed.level > 0
        return bool(self._heading_of(value)) or any(self._brings_heading(field) for _, field in value.fields)

    @staticmethod
    def _heading_of(record: Record) -> str:
        """``ID Title``, the id or the title alone, or nothing: a row of short values is no section."""
        identifier, title = _id_of(record), _title_of(record)
        has_text = bool(_text_of(record, _TEXTS))
        has_parts = any(not isinstance(value, str) for _, value in record.fields)
        if identifier and (title or has_text):
            says_id = title == identifier or label_of(title) == identifier
            heading = title if says_id else f"{identifier} {title}".strip()
        elif title and (has_text or has_parts):
            heading = title
        else:
            return ""
        level = _text_of(record, _LEVELS)
        return f"{heading} ({level})" if _SHORT_LEVEL.match(level) and f"({level})" not in heading else heading

    def _record(self, name: str, record: Record, depth: int) -> None:
        typed = _typed_block(record)
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
            self._heading(_readable(name), depth)
            depth += 1
        self._fields(fields, depth)

    def _fields(self, fields: Sequence[tuple[str, Value]], depth: int) -> None:
        """Fields in order, with those that have headings of their own last, so that nothing else ends up below them."""
        for name, value in sorted(fields, key=lambda field: (not _is_flat(field[1]), self._brings_heading(field[1]))):
            if _plain_name(name) in _WITHDRAWN and value in {"true", "false"}:
                if value == "true":
                    self._item("Status: withdrawn")
            else:
                self.value(name, value, depth)

    @staticmethod
    def _without_heading(fields: Sequence[tuple[str, Value]], heading: str) -> list[tuple[str, Value]]:
        """The fields that the heading does not already say."""
        said = _IDS | _TITLES
        return [
            (name, value)
            for name, value in fields
            if not (isinstance(value, str) and _plain_name(name) in said and flowing(value) in heading)
            and not (_plain_name(name) in _LEVELS and isinstance(value, str) and heading.endswith(f"({value})"))
        ]

    def _row(self, name: str, fields: Sequence[tuple[str, Value]]) -> None:
        """A record of short values is one line, a longer one a line for each."""
        filled = [(key, value) for key, value in fields if isinstance(value, str) and value.strip()]
        line = " | ".join(f"{_readable(key)}: {flowing(value)}" for key, value in filled)
        if len(line) <= _LONGEST_LINE and not any(_is_prose_name(key) for key, _ in filled):
            if line:
                self._item(f"{_readable(name)}: {line}" if name else line)
            return
        for key, value in filled:
            self._named_text(key, value)

    def _typed(self, typed: _Typed, depth: int) -> None:
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
        identifier = _id_of(record)
        said = "".join(self._said.get(identifier, ())) if identifier else ""
        return bool(said) and all(_squeezed(text) in said for text in _strings(record) if text not in {"true", "false"})


def _is_prose_name(name: str) -> bool:
    """True if the value under the name is a heading, a paragraph or an item, and the name not worth saying."""
    plain = _plain_name(name)
    return plain in _TEXTS | _PARAGRAPH_KINDS | _ITEM_KINDS or _HEADING_KIND.match(plain) is not None


def _is_flat(value: Value) -> bool:
    """True if a value is text, or a list of texts."""
    return isinstance(value, str) or (isinstance(value, list) and all(isinstance(each, str) for each in value))
