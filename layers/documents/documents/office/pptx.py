"""PowerPoint presentations: a slide is a page, its title a heading, its notes a paragraph marked as such.

Shapes are read in the order of the slide, which is that of drawing and usually that of reading. Left out:
charts, comments, dates, footers and slide numbers. Hidden slides and shapes and invisible text are kept apart.
Source: ECMA-376, part 1, sections 19.2 (presentation), 19.3 (slides), 21.1.2 (text), 21.1.3 (tables).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import PurePath
from xml.etree.ElementTree import Element

from documents.characters import HIDDEN_CHARACTERS_WARNING, clean, has_hidden_message
from documents.errors import BrokenDocument, EmptyDocument, TooLarge
from documents.office.archive import OfficeArchive, Relation, child, local_name
from documents.office.pptx_looks import (
    HIDDEN_SHAPE,
    HIDDEN_SLIDE,
    OFF_SLIDE,
    Box,
    Frame,
    has_fill,
    hides,
    is_white_background,
    whole,
)
from documents.office.pptx_shapes import children_of, is_marked_hidden, list_mark, placeholder_of, relation_id
from documents.office.properties import core_properties
from documents.sections import ParsedDocument
from documents.source import Source
from documents.structure.headings import is_control_heading, is_sentence_end
from documents.structure.outline import INFERRED_LEVEL, Block, Level, OutlineBuilder
from documents.structure.tables import has_control_rows, table_blocks

FORMAT = "pptx"
MIME_TYPE = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
NOTES_MARK = "Notes:"

_SLIDE_LEVEL: Level = (1, 0)
_TITLES = {"title", "ctrTitle"}
_LEFT_OUT = {"sldNum", "dt", "ftr", "hdr", "sldImg"}
_USUAL_SIZE = (9_144_000, 6_858_000)
_LONGEST_HEADING = 120


@dataclass(slots=True)
class _Slide:
    """A slide's blocks as far as they are read."""

    number: int
    hidden_as_whole: bool
    area: Box
    white_background: bool
    title: str = ""
    blocks: list[Block] = field(default_factory=list)
    hidden: list[Block] = field(default_factory=list)
    painted: list[Box | None] = field(default_factory=list)
    after_rows: bool = False

    def add(self, block: Block) -> None:
        if self.hidden_as_whole:
            self.hidden.append(Block(block.text, hidden=HIDDEN_SLIDE))
            return
        if self.after_rows:
            block, self.after_rows = replace(block, ends_rows=True), False
        self.blocks.append(replace(block, page=self.number))

    def hide(self, text: str, reason: str) -> None:
        self.hidden.append(Block(text, hidden=HIDDEN_SLIDE if self.hidden_as_whole else reason))


class _Reader:
    """Reads the slides of an opened presentation."""

    def __init__(self, source: Source, archive: OfficeArchive) -> None:
        self.has_hidden_message = False
        self._archive = archive
        main = archive.main_part("ppt/presentation.xml")
        root = archive.xml(main)
        relations = archive.relations(main)
        named = [relations.get(relation_id(each, "id")) for each in children_of(child(root, "sldIdLst"))]
        self._slides = [each.target for each in named if each is not None and each.target in archive]
        if len(self._slides) > source.limits.max_pages:
            raise TooLarge(source.name, f"it has {len(self._slides):,} slides, {source.limits.max_pages:,} are allowed")
        size = child(root, "sldSz")
        width, height = (whole(size.get(name)) if size is not None else None for name in ("cx", "cy"))
        self._area = Box(0, 0, width or _USUAL_SIZE[0], height or _USUAL_SIZE[1])
        self.pages = len(self._slides)

    def slides(self) -> Iterator[_Slide]:
        """The slides in the order of the presentation."""
        for number, part in enumerate(self._slides, 1):
            yield self._slide(number, part)

    def _slide(self, number: int, part: str) -> _Slide:
        root = self._archive.xml(part)
        relations = self._archive.relations(part)
        is_hidden = root.get("show") in {"0", "false"}
        slide = _Slide(number, is_hidden, self._area, self._is_white(root, relations))
        shapes = list(children_of(child(root, "cSld", "spTree")))
        title = next((each for each in shapes if self._is_title(slide, each)), None)
        if title is not None:
            self._title(slide, title)
        self._shapes(slide, [each for each in shapes if each is not title], Frame(), relations)
        if not slide.title and any(block.level is None for block in slide.blocks):
            self._stand_in(slide)
        self._notes(slide, relations)
        return slide

    @staticmethod
    def _is_title(slide: _Slide, shape: Element) -> bool:
        box = Frame().box(shape)
        is_seen = not is_marked_hidden(shape) and (box is None or box.meets(slide.area))
        return is_seen and placeholder_of(shape) in _TITLES

    def _is_white(self, root: Element, relations: dict[str, Relation]) -> bool:
        """True if the slide's background is known to be white: its own, its layout's or its master's."""
        part: Element | None = root
        for kind in ("slideLayout", "slideMaster", None):
            known = is_white_background(part)
            if known is not None or kind is None:
                return bool(known)
            target = next((each.target for each in relations.values() if each.kind == kind), "")
            part = self._archive.optional_xml(target)
            relations = self._archive.relations(target) if part is not None else {}
        return False

    def _title(self, slide: _Slide, shape: Element) -> None:
        heading = " ".join(" ".join(text.split()) for text, _ in self._paragraphs(slide, shape, Frame())).strip()
        if heading:
            slide.title = heading
            slide.add(Block(heading, level=_SLIDE_LEVEL))

    def _stand_in(self, slide: _Slide) -> None:
        """A heading for a slide without a title: its first line if that is one, else its number."""
        first = slide.blocks[0]
        is_title = first.level is None and len(first.text) <= _LONGEST_HEADING and "\n" not in first.text
        if first.level is not None:
            return
        if is_title and not is_sentence_end(first.text) and not first.text.startswith("- ") and "|" not in first.text:
            slide.blocks[0] = replace(first, level=_SLIDE_LEVEL, tight=False)
        else:
            slide.blocks.insert(0, Block(f"Slide {slide.number}", level=_SLIDE_LEVEL, page=slide.number))

    def _shapes(
        self, slide: _Slide, shapes: list[Element], frame: Frame, relations: dict[str, Relation], *, gone: bool = False
    ) -> None:
        for shape in shapes:
            name, placeholder = local_name(shape), placeholder_of(shape)
            is_hidden = gone or is_marked_hidden(shape)
            if name == "AlternateContent":
                self._shapes(slide, list(children_of(child(shape, "Choice"))), frame, relations, gone=is_hidden)
            elif name == "grpSp":
                self._shapes(slide, list(children_of(shape)), frame.within(shape), relations, gone=is_hidden)
            elif name == "sp" and placeholder not in _LEFT_OUT:
                self._text_shape(slide, shape, frame, is_hidden)
            elif name == "graphicFrame":
                self._graphic(slide, shape, relations, is_hidden)
            if has_fill(shape) and name in {"sp", "pic", "graphicFrame"} and not is_hidden:
                slide.painted.append(frame.box(shape))

    def _text_shape(self, slide: _Slide, shape: Element, frame: Frame, is_hidden: bool) -> None:
        box = frame.box(shape)
        reason = HIDDEN_SHAPE if is_hidden else OFF_SLIDE if box is not None and not box.meets(slide.area) else None
        tight = False
        for text, is_item in self._paragraphs(slide, shape, frame):
            if reason is not None:
                slide.hide(text, reason)
                continue
            is_heading = not is_item and "\n" not in text and is_control_heading(text)
            slide.add(Block(text, level=INFERRED_LEVEL if is_heading else None, tight=tight and not is_heading))
            tight = not is_heading

    def _paragraphs(self, slide: _Slide, shape: Element, frame: Frame) -> Iterator[tuple[str, bool]]:
        """The visible text of each paragraph, and whether it is an item of a list."""
        box = frame.box(shape)
        covers = any(box is None or each is None or each.meets(box) for each in slide.painted)
        shows_white = has_fill(shape) or not slide.white_background or covers
        counters: dict[int, int] = {}
        for paragraph in children_of(child(shape, "txBody"), "p"):
            text = self._paragraph(slide, paragraph, shows_white)
            if text:
                mark = list_mark(child(paragraph, "pPr"), counters)
                yield (f"{mark} {text}" if mark else text), bool(mark)

    def _paragraph(self, slide: _Slide, paragraph: Element, shows_white: bool) -> str:
        visible: list[str] = []
        hidden: dict[str, list[str]] = {}
        for run in paragraph:
            name = local_name(run)
            if name == "br":
                visible.append("\n")
            elif name in {"r", "fld"}:
                text, reason = child(run, "t"), hides(child(run, "rPr"), shows_white=shows_white)
                piece = (text.text or "") if text is not None else ""
                (visible if reason is None else hidden.setdefault(reason, [])).append(piece)
        for reason, texts in hidden.items():
            slide.hide(self._tidy(texts), reason)
        return self._tidy(visible)

    def _tidy(self, texts: list[str]) -> str:
        text = "".join(texts)
        self.has_hidden_message = self.has_hidden_message or has_hidden_message(text)
        lines = (" ".join(line.split()) for line in clean(text).split("\n"))
        return "\n".join(line for line in lines if line)

    def _graphic(self, slide: _Slide, frame: Element, relations: dict[str, Relation], is_hidden: bool) -> None:
        data = child(frame, "graphic", "graphicData")
        table, diagram = child(data, "tbl"), child(data, "relIds")
        blocks: list[Block] = []
        if table is not None:
            rows = [[self._cell(slide, cell) for cell in children_of(row, "tc")] for row in children_of(table, "tr")]
            blocks = table_blocks(rows)
        elif diagram is not None:
            relation = relations.get(relation_id(diagram, "dm"))
            root = self._archive.optional_xml(relation.target) if relation is not None else None
            texts = [self._points(slide, point) for point in children_of(child(root, "ptLst"), "pt")]
            blocks = [Block(text, tight=place > 0) for place, text in enumerate(filter(None, texts))]
        for block in blocks:
            if is_hidden:
                slide.hide(block.text, HIDDEN_SHAPE)
            else:
                slide.add(block)
        slide.after_rows = slide.after_rows or has_control_rows(blocks)

    def _cell(self, slide: _Slide, cell: Element) -> str:
        return self._body(slide, child(cell, "txBody"))

    def _points(self, slide: _Slide, point: Element) -> str:
        return self._body(slide, child(point, "t"))

    def _body(self, slide: _Slide, body: Element | None) -> str:
        """The text of a table cell or diagram box, whose background its style decides."""
        lines = (self._paragraph(slide, paragraph, True) for paragraph in children_of(body, "p"))
        return "\n".join(line for line in lines if line)

    def _notes(self, slide: _Slide, relations: dict[str, Relation]) -> None:
        target = next((each.target for each in relations.values() if each.kind == "notesSlide"), "")
        root = self._archive.optional_xml(target)
        bodies = [each for each in children_of(child(root, "cSld", "spTree")) if placeholder_of(each) == "body"]
        lines = [text for body in bodies for text, _ in self._paragraphs(slide, body, Frame())]
        if lines:
            if not slide.blocks and not slide.hidden_as_whole:
                slide.add(Block(f"Slide {slide.number}", level=_SLIDE_LEVEL))
            slide.add(Block("\n".join([f"{NOTES_MARK} {lines[0]}", *lines[1:]]), is_body=True))


def parse(source: Source) -> ParsedDocument:
    """A PowerPoint presentation (.pptx, .pptm, .ppsx). Raises only the errors of ``documents.errors``."""
    try:
        with OfficeArchive(source) as archive:
            return _parse(source, archive)
    except RecursionError as error:
        raise BrokenDocument(source.name, "its parts are nested too deeply") from error


def _parse(source: Source, archive: OfficeArchive) -> ParsedDocument:
    reader = _Reader(source, archive)
    if not reader.pages:
        raise EmptyDocument(source.name, "it has no slides")
    outline = OutlineBuilder()
    title = ""
    for slide in reader.slides():
        title = title or (slide.title if not slide.hidden_as_whole else "")
        for block in [*slide.blocks, *slide.hidden]:
            outline.add(block)
    properties = core_properties(archive)
    core_title = properties.pop("title", "")
    is_default = core_title.casefold() in {"", "powerpoint presentation", "powerpoint-präsentation"}
    return outline.finish(
        name=source.name,
        limits=source.limits,
        mime_type=MIME_TYPE,
        format=FORMAT,
        pages=reader.pages,
        title=(title if is_default else core_title) or PurePath(source.name).stem or None,
        metadata=properties,
        warnings=[HIDDEN_CHARACTERS_WARNING] if reader.has_hidden_message else [],
    )
