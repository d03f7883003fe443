"""Web pages: headings, paragraphs, lists, definition lists and tables, without what serves only the browser.

Left out: scripts, styles, navigation, templates, forms' choices, deleted text, comments. Text that the page's
own styles keep from being seen is kept apart as hidden text; ``aria-hidden`` hides nothing from the eye.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from documents.characters import HIDDEN_CHARACTERS_WARNING, clean, clean_line, has_hidden_message
from documents.markup.html_metadata import decode_html, property_of
from documents.markup.html_tables import Cell, Flow, Table
from documents.markup.html_tree import End, Start, Text, Tree
from documents.markup.looks import Look
from documents.markup.style_sheets import Scope, StyleSheet
from documents.sections import ParsedDocument
from documents.source import Source
from documents.structure.headings import is_control_heading, is_sentence_end
from documents.structure.list_numbers import format_number
from documents.structure.outline import BOLD_LEVEL, INFERRED_LEVEL, Block, Level, OutlineBuilder

FORMAT = "html"
MIME_TYPE = "text/html"

_DROPPED = {
    *("nav", "template", "svg", "object", "canvas", "audio", "video", "map", "select", "datalist", "button", "del"),
    *("math", "progress", "meter", "applet", "frameset", "rp", "rt"),
    *("title", "style", "script", "textarea", "iframe", "noembed", "noframes"),
}
_BLOCKS = {
    *("address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details", "dialog", "dir"),
    *("div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "header", "hgroup", "hr", "html"),
    *(
        "legend",
        "li",
        "listing",
        "main",
        "menu",
        "nav",
        "ol",
        "p",
        "plaintext",
        "pre",
        "search",
        "xmp",
        "section",
        "summary",
        "table",
        "tbody",
        "td",
    ),
    *("tfoot", "th", "thead", "tr", "ul", "h1", "h2", "h3", "h4", "h5", "h6"),
}
_HEADINGS = {f"h{depth}": depth for depth in range(1, 7)}
_LISTS = {"ul", "ol", "menu", "dir"}
_CELLS = {"td", "th"}
_VERBATIM = ("pre", "listing", "xmp", "plaintext")
_SCOPES = {"td", "th", "caption", "table"}
_NUMBER_FORMATS = {"a": "lowerLetter", "A": "upperLetter", "i": "lowerRoman", "I": "upperRoman"}
_HAS_HEADING = re.compile(r"<h[1-6][\s>]", re.IGNORECASE)
_PERMALINK = re.compile(r"\s*[¶§🔗]\s*\Z")
_LONGEST_BOLD_HEADING = 100


@dataclass(frozen=True, slots=True)
class _Element:
    """An open element: its look, and the scope that style rules have within it."""

    name: str
    look: Look
    scope: Scope


@dataclass(slots=True)
class _List:
    """A list that is open: its numbering, or none for bullets."""

    number_format: str | None
    number: int

    @classmethod
    def of(cls, tag: Start) -> _List:
        if tag.name != "ol":
            return cls(None, 0)
        start = tag.attributes.get("start", "1").strip()
        is_number = re.fullmatch(r"\d{1,6}", start, re.ASCII) is not None
        return cls(_NUMBER_FORMATS.get(tag.attributes.get("type", "1"), "decimal"), int(start) if is_number else 1)

    def mark(self) -> str:
        """The bullet or number of the next item."""
        if self.number_format is None:
            return "-"
        self.number += 1
        return f"{format_number(self.number - 1, self.number_format)}."


@dataclass(slots=True)
class _Paragraph:
    """The text since the last block began; ``bold`` counts its characters in bold."""

    pieces: list[str] = field(default_factory=list)
    hidden: list[tuple[str, str]] = field(default_factory=list)
    length: int = 0
    bold: int = 0


class _Reader:
    """Follows the open elements and collects blocks."""

    def __init__(self, styles: StyleSheet, *, infers_headings: bool) -> None:
        self.properties: dict[str, str] = {}
        self.hidden: list[Block] = []
        self.has_hidden_message = False
        self._styles, self._infers_headings = styles, infers_headings
        self._open: list[_Element] = []
        self._places: dict[str, list[int]] = {}
        self._flows = [Flow()]
        self._cells: list[Cell] = []
        self._tables: list[Table] = []
        self._lists: list[_List] = []
        self._paragraph = _Paragraph()
        self._mark = ""
        self._after_item = False

    def read(self, tree: Tree) -> list[Block]:
        """The page's blocks in order."""
        for token in tree.walk(_is_left_out):
            if isinstance(token, Text):
                self._text(token.text)
            elif isinstance(token, Start):
                self._start(token)
            else:
                self._end(token)
        self._flush()
        return self._flows[0].blocks

    def _last(self, *names: str) -> int:
        """The place of the innermost open element of these names; -1 without one."""
        innermost = -1
        for name in names:
            places = self._places.get(name)
            if places and places[-1] > innermost:
                innermost = places[-1]
        return innermost

    def _within(self, *names: str) -> bool:
        return self._last(*names) >= 0

    def _text(self, text: str) -> None:
        self.has_hidden_message = self.has_hidden_message or has_hidden_message(text)
        reason = self._open[-1].look.reason() if self._open else None
        if not self._within(*_VERBATIM):
            text = text.replace("\n", " ").replace("\r", " ").replace("\f", " ")
        if reason is not None:
            self._paragraph.hidden.append((text, reason))
            return
        count = len(text) - text.count(" ")
        self._paragraph.pieces.append(text)
        self._paragraph.length += count
        self._paragraph.bold += count if self._within("b", "strong") else 0

    def _start(self, tag: Start) -> None:
        name = tag.name
        if name == "meta":
            stated = property_of(tag.attributes)
            if stated is not None:
                self.properties.setdefault(*stated)
        if name in _BLOCKS:
            self._flush()
        if name in {"br", "hr"}:
            self._paragraph.pieces.append("\n")
        outer = self._open[-1] if self._open else None
        scope, declarations = self._styles.enter(
            name, tag.attributes, outer.scope if outer else None, is_first=tag.is_first
        )
        look = (outer.look if outer else Look()).within(declarations)
        self._places.setdefault(name, []).append(len(self._open))
        self._open.append(_Element(name, look, scope))
        if name in _LISTS:
            self._lists.append(_List.of(tag))
        elif name == "li":
            self._mark = self._lists[-1].mark() if self._lists else "-"
        elif name == "table":
            self._tables.append(Table())
        elif name == "tr" and self._tables:
            self._tables[-1].rows.append([])
        elif name in _CELLS:
            self._cells.append(Cell.of(tag.attributes))
            self._flows.append(self._cells[-1].flow)

    def _end(self, tag: End) -> None:
        name = tag.name
        if name in _BLOCKS:
            self._flush()
        self._open.pop()
        self._places[name].pop()
        if name in _LISTS:
            self._lists.pop()
        elif name == "li":
            self._mark = ""
        elif name in _CELLS:
            self._close_cell()
        elif name == "table":
            self._tables.pop().write_to(self._flows[-1])
            self._after_item = False

    def _close_cell(self) -> None:
        cell = self._cells.pop()
        self._flows.pop()
        if self._tables:
            self._tables[-1].add(cell)
        else:  # a cell outside of any table is ordinary text
            for block in cell.flow.blocks:
                self._flows[-1].add(block)

    def _flush(self) -> None:
        """Make a block of the text since the last one."""
        if not self._paragraph.pieces and not self._paragraph.hidden:
            return
        paragraph, self._paragraph = self._paragraph, _Paragraph()
        for reason in dict.fromkeys(reason for _, reason in paragraph.hidden):
            text = clean_line("".join(text for text, own in paragraph.hidden if own == reason))
            if text:
                self.hidden.append(Block(text, hidden=reason))
        text = self._tidy("".join(paragraph.pieces))
        if text:
            self._flows[-1].add(self._block(text, is_bold=paragraph.bold == paragraph.length))

    def _tidy(self, text: str) -> str:
        text = clean(text)
        if self._within(*_VERBATIM):
            return "\n".join(line.rstrip() for line in text.expandtabs(4).split("\n")).strip("\n")
        lines = (" ".join(line.split()) for line in text.split("\n"))
        return "\n".join(line for line in lines if line)

    def _block(self, text: str, *, is_bold: bool) -> Block:
        line = _PERMALINK.sub("", " ".join(text.split()))
        level = self._heading_level(text, line, is_bold)
        if level is not None:
            self._after_item, self._mark = False, ""
            return Block(line, level=level)
        if self._mark:
            block = Block(f"{self._mark} {text}", tight=self._after_item)
            self._mark, self._after_item = "", True
            return block
        tight = self._after_item if self._within("li") else self._within("dd")
        self._after_item = self._after_item and self._within("li")
        return Block(text, tight=tight and bool(self._flows[-1].blocks))

    def _heading_level(self, text: str, line: str, is_bold: bool) -> Level | None:
        if not line:
            return None
        place = self._last(*_HEADINGS)
        if place > self._last(*_SCOPES):
            return (_HEADINGS[self._open[place].name], 0)
        if self._within(*_CELLS, "li", *_VERBATIM, "caption") or "\n" in text:
            return None
        if is_control_heading(line):
            return INFERRED_LEVEL
        is_title_like = len(line) <= _LONGEST_BOLD_HEADING and not is_sentence_end(line)
        return BOLD_LEVEL if self._infers_headings and is_bold and is_title_like else None


def _is_left_out(name: str, attributes: Mapping[str, str]) -> bool:
    return name in _DROPPED or attributes.get("role", "").lower() == "navigation"


def parse(source: Source) -> ParsedDocument:
    """A web page in any encoding it declares. Raises only the errors of ``documents.errors``."""
    markup = decode_html(source.data, source.name).removeprefix("\ufeff")
    tree = Tree(markup, source.name)
    styles = StyleSheet(source.name)
    for css, media in tree.style_sheets():
        styles.add(css, media)
    reader = _Reader(styles, infers_headings=_HAS_HEADING.search(markup) is None)
    outline = OutlineBuilder()
    for block in [*reader.read(tree), *reader.hidden]:
        outline.add(block)
    return outline.finish(
        name=source.name,
        limits=source.limits,
        mime_type=MIME_TYPE,
        format=FORMAT,
        title=clean_line(tree.title() or "") or None,
        metadata=reader.properties,
        warnings=[HIDDEN_CHARACTERS_WARNING] if reader.has_hidden_message else [],
    )
