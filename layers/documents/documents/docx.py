"""Word documents: paragraphs with their styles and numbering, tables, nothing that the reader does not see.

Left out: headers, footers, comments, footnotes, text boxes, tracked deletions, and text marked as hidden
(with a warning, since hidden text is where instructions to a model are smuggled in). Source of the
structure: ECMA-376, part 1, sections 17.3 (paragraphs), 17.4 (tables), 17.7 (styles), 17.9 (numbering).
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from documents.archive import OfficeArchive
from documents.characters import HIDDEN_CHARACTERS_WARNING, clean, clean_line, has_hidden_message
from documents.docx_styles import Numbering, Style, Styles, Word, local_name
from documents.errors import BrokenDocument
from documents.headings import is_control_heading, is_sentence_end
from documents.outline import BOLD_LEVEL, INFERRED_LEVEL, TITLE_LEVEL, Block, OutlineBuilder
from documents.sections import ParsedDocument
from documents.source import Source
from documents.tables import has_control_rows, table_blocks

FORMAT = "docx"
MIME_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
HIDDEN_TEXT_WARNING = "Text that is marked as hidden was left out."

_CONTAINERS = {
    "sdt",
    "sdtContent",
    "ins",
    "moveTo",
    "smartTag",
    "customXml",
    "hyperlink",
    "fldSimple",
    "dir",
    "bdo",
}
_BREAKS = {"br": "\n", "cr": "\n", "tab": "\t", "noBreakHyphen": "-"}
_SMALLEST_HALF_POINTS = 4
_PACKAGE = "{http://schemas.openxmlformats.org/package/2006/relationships}"


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
    warnings: list[str] = field(default_factory=list)
    title: str | None = None
    infers_headings: bool = False

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
                continue
            paragraph = self._paragraph(element)
            if not paragraph.text:
                continue
            block = self._block(paragraph, tight=in_list and paragraph.is_list)
            yield _ending_rows(block) if after_rows else block
            in_list, after_rows = paragraph.is_list, False

    def _content(self, container: Element) -> Iterator[Element]:
        for child in container:
            name = local_name(child)
            if name in {"p", "tbl"}:
                yield child
            elif name in _CONTAINERS:
                yield from self._content(child)

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
        text = self._text(element, hidden=style.hidden)
        if label and text:
            text = f"{label} {text}"
        is_list = bool(label) and style.heading_level is None
        return _Paragraph(text, style, is_list, is_bold=self.infers_headings and self._is_bold(element))

    def has_headings(self, container: Element) -> bool:
        """Whether any paragraph carries a heading style or an outline level."""
        levels = (
            self.styles.of_paragraph(self.word.child(paragraph, "pPr")).heading_level
            for paragraph in container.iter(f"{self.word.namespace}p")
        )
        return any(level is not None for level in levels)

    def _is_bold(self, element: Element) -> bool:
        runs = [run for run in element.iter(f"{self.word.namespace}r") if self.word.child(run, "t") is not None]
        return bool(runs) and all(self.word.switch_on(self.word.child(run, "rPr"), "b") for run in runs)

    def _text(self, element: Element, *, hidden: bool) -> str:
        text = "".join(self._runs(element, hidden))
        if has_hidden_message(text):
            self.warnings.append(HIDDEN_CHARACTERS_WARNING)
        lines = (" ".join(line.split()) for line in clean(text).split("\n"))
        return "\n".join(line for line in lines if line)

    def _runs(self, element: Element, hidden: bool) -> Iterator[str]:
        for child in element:
            name = local_name(child)
            if name == "r":
                yield from self._run(child, hidden)
            elif name in _CONTAINERS:
                yield from self._runs(child, hidden)

    def _run(self, run: Element, hidden: bool) -> Iterator[str]:
        properties = self.word.child(run, "rPr")
        if self._is_hidden(properties, hidden):
            if any(local_name(child) == "t" and (child.text or "").strip() for child in run):
                self.warnings.append(HIDDEN_TEXT_WARNING)
            return
        for child in run:
            name = local_name(child)
            if name == "t":
                yield child.text or ""
            elif name in _BREAKS:
                yield _BREAKS[name]

    def _is_hidden(self, properties: Element | None, inherited: bool) -> bool:
        if properties is None:
            return inherited
        size = self.word.value(self.word.child(properties, "sz"))
        if size is not None and size.isdigit() and int(size) <= _SMALLEST_HALF_POINTS:
            return True
        own = self.word.switch(properties, "vanish")
        if own is not None:
            return own
        style = self.word.value(self.word.child(properties, "rStyle"))
        return inherited or (style is not None and self.styles.get(style).hidden)

    def _table(self, table: Element) -> list[Block]:
        rows = [list(self._cells(row)) for row in self._rows(table)]
        if max(map(len, rows), default=0) <= 1:  # a frame around ordinary text
            return [block for row in rows for cell in row for block in self.blocks(cell)]
        return table_blocks([[self._cell_text(cell) for cell in row] for row in rows])

    def _rows(self, table: Element) -> Iterator[Element]:
        for child in table:
            name = local_name(child)
            if name == "tr" and not self._is_deleted_row(child):
                yield child
            elif name in _CONTAINERS:
                yield from self._rows(child)

    def _is_deleted_row(self, row: Element) -> bool:
        properties = self.word.child(row, "trPr")
        return properties is not None and self.word.child(properties, "del") is not None

    def _cells(self, row: Element) -> Iterator[Element]:
        for child in row:
            name = local_name(child)
            if name == "tc":
                yield child
            elif name in _CONTAINERS:
                yield from self._cells(child)

    def _cell_text(self, cell: Element) -> str:
        texts = []
        for element in self._content(cell):
            if local_name(element) == "tbl":
                texts += [block.text for block in self._table(element)]
            else:
                texts.append(self._paragraph(element).text)
        return clean_line(" ".join(texts))


def _is_title_like(paragraph: _Paragraph) -> bool:
    return not paragraph.is_list and len(paragraph.text) <= 100 and not is_sentence_end(paragraph.text)


def _ending_rows(block: Block) -> Block:
    return Block(block.text, block.level, block.tight, ends_rows=True)


def parse(source: Source) -> ParsedDocument:
    """A Word document (.docx, .docm, .dotx). Raises only the errors of ``documents.errors``."""
    try:
        with OfficeArchive(source) as archive:
            return _parse(source, archive)
    except RecursionError as error:
        raise BrokenDocument(source.name, "its parts are nested too deeply") from error


def _parse(source: Source, archive: OfficeArchive) -> ParsedDocument:
    main = _main_part(archive)
    root = archive.xml(main)
    word = Word.of(root)
    folder = posixpath.dirname(main)
    styles = Styles(word, archive.optional_xml(posixpath.join(folder, "styles.xml")))
    numbering = Numbering(word, archive.optional_xml(posixpath.join(folder, "numbering.xml")))
    body = word.child(root, "body")
    if body is None:
        raise BrokenDocument(source.name, "it has no body")
    reader = _Reader(word, styles, numbering)
    reader.infers_headings = not reader.has_headings(body)
    outline = OutlineBuilder()
    for block in reader.blocks(body):
        outline.add(block)
    properties = _core_properties(archive)
    return outline.finish(
        name=source.name,
        limits=source.limits,
        mime_type=MIME_TYPE,
        format=FORMAT,
        title=reader.title or properties.get("title"),
        metadata={key: value for key, value in properties.items() if key != "title"},
        warnings=reader.warnings,
    )


def _main_part(archive: OfficeArchive) -> str:
    relations = archive.optional_xml("_rels/.rels")
    for relation in relations if relations is not None else ():
        if relation.get("Type", "").endswith("/officeDocument"):
            target = posixpath.normpath(relation.get("Target", "").lstrip("/"))
            if target in archive:
                return target
    return "word/document.xml"


def _core_properties(archive: OfficeArchive) -> dict[str, str]:
    root = archive.optional_xml("docProps/core.xml")
    names = {"title": "title", "creator": "author", "created": "created"}
    found: dict[str, str] = {}
    for element in root if root is not None else ():
        key, value = names.get(local_name(element)), clean_line(element.text or "")
        if key and value and not (key == "created" and not re.match(r"\d{4}-\d\d-\d\d", value)):
            found[key] = value
    return found
