"""Word documents: paragraphs with their styles and numbering, tables, nothing that the reader does not see.

Footnotes and endnotes follow the paragraph or table that refers to them. Left out: headers, footers, comments
(they speak about the document), text boxes and tracked deletions. Text marked as hidden, tiny or white on
white is kept apart, since that is where instructions to a model are smuggled in. Source of the structure:
ECMA-376, part 1, sections 17.3 (paragraphs), 17.4 (tables), 17.7 (styles), 17.9 (numbering), 17.11 (notes).
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import TypeVar
from xml.etree.ElementTree import Element

from documents.characters import HIDDEN_CHARACTERS_WARNING, clean, clean_line, has_hidden_message
from documents.errors import BrokenDocument
from documents.office.archive import OfficeArchive, child, local_attribute, local_name
from documents.office.docx_looks import PLAIN, UNKNOWN_FILL, Look, look_of
from documents.office.docx_styles import Numbering, Style, Styles, Word
from documents.office.properties import core_properties
from documents.sections import ParsedDocument
from documents.source import Source
from documents.structure.headings import is_control_heading, is_sentence_end
from documents.structure.outline import BOLD_LEVEL, INFERRED_LEVEL, TITLE_LEVEL, Block, OutlineBuilder
from documents.structure.tables import has_control_rows, table_blocks

FORMAT = "docx"
MIME_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

_CONTAINERS = set("sdt sdtContent ins moveTo smartTag customXml hyperlink fldSimple dir bdo".split())
_BREAKS = {"br": "\n", "cr": "\n", "tab": "\t", "noBreakHyphen": "-"}
_NOTE_REFERENCES = {"footnoteReference": "footnotes", "endnoteReference": "endnotes"}


Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class _Paragraph:
    text: str
    style: Style
    is_list: bool
    is_bold: bool


@dataclass(slots=True)
class _Reader:
    """Walks the body in document order."""

    word: Word
    styles: Styles
    numbering: Numbering
    notes: dict[tuple[str, str], Element] = field(default_factory=dict)
    hidden: list[Block] = field(default_factory=list)
    has_hidden_message: bool = False
    title: str | None = None
    infers_headings: bool = False
    _background: Look = PLAIN
    _cited: list[Element] = field(default_factory=list)
    _note_count: int = 0

    def blocks(self, container: Element) -> Iterator[Block]:
        """The container's paragraphs and tables as blocks."""
        in_list = after_rows = False
        for element in self._content(container):
            if local_name(element) == "tbl":
                blocks = self._table(element)
                if after_rows and blocks:
                    blocks[0] = _ending_rows(blocks[0])
                after_rows, in_list = has_control_rows(blocks), False
                yield from blocks
                yield from self._notes_cited()
                continue
            paragraph = self._paragraph(element)
            if not paragraph.text:
                continue
            block = self._block(paragraph, tight=in_list and paragraph.is_list)
            yield _ending_rows(block) if after_rows else block
            yield from self._notes_cited()
            in_list, after_rows = paragraph.is_list, False

    def _notes_cited(self) -> Iterator[Block]:
        """The notes that the text since the last call refers to; notes have none of their own."""
        cited, self._cited = self._cited, []
        for note in cited:
            text = " ".join(filter(None, (self._paragraph(each).text for each in note if local_name(each) == "p")))
            self._note_count += 1
            yield Block(f"[{self._note_count}] {text}" if text else "", is_body=True)
        self._cited.clear()

    def _content(self, container: Element) -> Iterator[Element]:
        for each in container:
            name = local_name(each)
            if name in {"p", "tbl"}:
                yield each
            elif name in _CONTAINERS:
                yield from self._content(each)

    def _block(self, paragraph: _Paragraph, *, tight: bool) -> Block:
        heading = " ".join(paragraph.text.split())
        level = paragraph.style.heading_level
        if level == 0:
            self.title = self.title or heading
            return Block(heading, level=TITLE_LEVEL)
        if level is not None:
            return Block(heading, level=(level, 0))
        if paragraph.style.is_contents:
            return Block(heading)
        if not paragraph.is_list and "\n" not in paragraph.text and is_control_heading(heading):
            return Block(heading, level=INFERRED_LEVEL)
        if self.infers_headings and paragraph.is_bold and _is_title_like(paragraph):
            return Block(heading, level=BOLD_LEVEL)
        return Block(paragraph.text, tight=tight)

    def _paragraph(self, element: Element) -> _Paragraph:
        properties = self.word.child(element, "pPr")
        style = self.styles.of_paragraph(properties)
        label = self.numbering.label(properties, style)
        text = self._text(element, look_of(properties).over(style.look))
        if label and text:
            text = f"{label} {text}"
        is_list = bool(label) and style.heading_level is None
        return _Paragraph(text, style, is_list, is_bold=self.infers_headings and self._is_bold(element))

    def has_headings(self, container: Element) -> bool:
        """True if any paragraph carries a heading style or an outline level."""
        levels = (
            self.styles.of_paragraph(self.word.child(paragraph, "pPr")).heading_level
            for paragraph in container.iter(f"{self.word.namespace}p")
        )
        return any(level is not None for level in levels)

    def _is_bold(self, element: Element) -> bool:
        runs = [run for run in element.iter(f"{self.word.namespace}r") if self.word.child(run, "t") is not None]
        return bool(runs) and all(self.word.switch_on(self.word.child(run, "rPr"), "b") for run in runs)

    def _text(self, element: Element, look: Look) -> str:
        """The paragraph's visible text; what is hidden goes to ``hidden``, joined where it has one reason."""
        visible: list[str] = []
        hidden: dict[str, list[str]] = {}
        for text, reason in self._runs(element, look.over(self._background).over(self.styles.usual_look)):
            (visible if reason is None else hidden.setdefault(reason, [])).append(text)
        for reason, texts in hidden.items():
            self.hidden.append(Block(self._tidy(texts), hidden=reason))
        return self._tidy(visible)

    def _tidy(self, texts: list[str]) -> str:
        text = "".join(texts)
        self.has_hidden_message = self.has_hidden_message or has_hidden_message(text)
        lines = (" ".join(line.split()) for line in clean(text).split("\n"))
        return "\n".join(line for line in lines if line)

    def _runs(self, element: Element, look: Look) -> Iterator[tuple[str, str | None]]:
        for each in element:
            name = local_name(each)
            if name == "r":
                yield from self._run(each, look)
            elif name in _CONTAINERS:
                yield from self._runs(each, look)

    def _run(self, run: Element, look: Look) -> Iterator[tuple[str, str | None]]:
        """The run's pieces of text, each with what hides it."""
        reason = self._look(run, look).reason()
        for each in run:
            name = local_name(each)
            if name == "t":
                yield each.text or "", reason
            elif name in _BREAKS:
                yield _BREAKS[name], reason
            elif name in _NOTE_REFERENCES and reason is None:
                note = self.notes.get((_NOTE_REFERENCES[name], local_attribute(each, "id") or ""))
                self._cited += [note] if note is not None else []

    def _look(self, run: Element, outer: Look) -> Look:
        properties = self.word.child(run, "rPr")
        if properties is None:
            return outer
        style = self.word.value(self.word.child(properties, "rStyle"))
        named = self.styles.get(style).look if style is not None else Look()
        return look_of(properties).over(named).over(outer)

    def _table(self, table: Element) -> list[Block]:
        rows = [list(self._cells(row)) for row in self._rows(table)]
        if max(map(len, rows), default=0) <= 1:  # a frame around ordinary text
            return [block for row in rows for cell in row for block in self._shaded(cell, table, self._cell_blocks)]
        return table_blocks([[self._shaded(cell, table, self._cell_text) for cell in row] for row in rows])

    def _shaded(self, cell: Element, table: Element, read: Callable[[Element], Result]) -> Result:
        """Read a cell, whose background decides whether white letters in it can be seen."""
        outer = self._background
        fill = look_of(child(cell, "tcPr")).fill or look_of(child(table, "tblPr")).fill
        style = self.word.value(child(table, "tblPr", "tblStyle"))
        if fill is None and self.styles.shades_cells(style):
            fill = UNKNOWN_FILL
        self._background = Look(fill=fill).over(outer)
        try:
            return read(cell)
        finally:
            self._background = outer

    def _cell_blocks(self, cell: Element) -> list[Block]:
        return list(self.blocks(cell))

    def _rows(self, table: Element) -> Iterator[Element]:
        for each in table:
            name = local_name(each)
            if name == "tr" and not self._is_deleted_row(each):
                yield each
            elif name in _CONTAINERS:
                yield from self._rows(each)

    def _is_deleted_row(self, row: Element) -> bool:
        properties = self.word.child(row, "trPr")
        return properties is not None and self.word.child(properties, "del") is not None

    def _cells(self, row: Element) -> Iterator[Element]:
        for each in row:
            name = local_name(each)
            if name == "tc":
                yield each
            elif name in _CONTAINERS:
                yield from self._cells(each)

    def _cell_text(self, cell: Element) -> str:
        """Each paragraph of a cell on a line of its own: a control's level and notes are told by theirs."""
        texts = []
        for element in self._content(cell):
            if local_name(element) == "tbl":
                texts += [block.text for block in self._table(element)]
            else:
                texts.append(self._paragraph(element).text)
        lines = (clean_line(line) for text in texts for line in text.split("\n"))
        return "\n".join(line for line in lines if line)


def _is_title_like(paragraph: _Paragraph) -> bool:
    return not paragraph.is_list and len(paragraph.text) <= 100 and not is_sentence_end(paragraph.text)


def _ending_rows(block: Block) -> Block:
    return replace(block, ends_rows=True)


def parse(source: Source) -> ParsedDocument:
    """A Word document (.docx, .docm, .dotx). Raises only the errors of ``documents.errors``."""
    try:
        with OfficeArchive(source) as archive:
            return _parse(source, archive)
    except RecursionError as error:
        raise BrokenDocument(source.name, "its parts are nested too deeply") from error


def _parse(source: Source, archive: OfficeArchive) -> ParsedDocument:
    main = archive.main_part("word/document.xml")
    root = archive.xml(main)
    word = Word.of(root)
    folder = posixpath.dirname(main)
    styles = Styles(word, archive.optional_xml(posixpath.join(folder, "styles.xml")))
    numbering = Numbering(word, archive.optional_xml(posixpath.join(folder, "numbering.xml")))
    body = word.child(root, "body")
    if body is None:
        raise BrokenDocument(source.name, "it has no body")
    reader = _Reader(word, styles, numbering, _notes(archive, main))
    reader.infers_headings = not reader.has_headings(body)
    outline = OutlineBuilder()
    for block in reader.blocks(body):
        outline.add(block)
    for block in reader.hidden:
        outline.add(block)
    properties = core_properties(archive)
    core_title = properties.pop("title", None)
    return outline.finish(
        name=source.name,
        limits=source.limits,
        mime_type=MIME_TYPE,
        format=FORMAT,
        title=reader.title or core_title,
        metadata=properties,
        warnings=[HIDDEN_CHARACTERS_WARNING] if reader.has_hidden_message else [],
    )


def _notes(archive: OfficeArchive, main: str) -> dict[tuple[str, str], Element]:
    """Footnotes and endnotes by kind and id, without the lines that separate them from the page."""
    found: dict[tuple[str, str], Element] = {}
    for relation in archive.relations(main).values():
        root = archive.optional_xml(relation.target) if relation.kind in _NOTE_REFERENCES.values() else None
        for note in root if root is not None else ():
            if local_attribute(note, "type") in {None, "normal"}:
                found[relation.kind, local_attribute(note, "id") or ""] = note
    return found
