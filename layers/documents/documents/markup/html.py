"""Web pages: headings, paragraphs, lists, definition lists and tables, without what serves only the browser.

Left out: scripts, styles, navigation, templates, forms' choices, deleted text, comments. Text that the page's
own styles keep from being seen is kept apart as hidden text; ``aria-hidden`` hides nothing from the eye.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from documents.characters import HIDDEN_CHARACTERS_WARNING, clean, clean_line, has_hidden_message
from documents.errors import BrokenDocument
from documents.markup.html_metadata import decode_html, property_of
from documents.markup.html_styles import Look, StyleSheet
from documents.markup.html_tables import Cell, Flow, Table
from documents.markup.html_tokens import EndTag, StartTag, Text, tokens
from documents.sections import ParsedDocument
from documents.source import Source
from documents.structure.headings import is_control_heading, is_sentence_end
from documents.structure.list_numbers import format_number
from documents.structure.outline import BOLD_LEVEL, INFERRED_LEVEL, Block, Level, OutlineBuilder

FORMAT = "html"
MIME_TYPE = "text/html"

_VOID = {
    *("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"),
    *("frame", "keygen", "basefont", "bgsound"),
}
_DROPPED = {
    *("nav", "template", "svg", "object", "canvas", "audio", "video", "map", "select", "datalist", "button", "del"),
    *("math", "progress", "meter", "applet", "frameset", "rp", "rt"),
}
_BLOCKS = {
    *("address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details", "dialog", "dir"),
    *("div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "header", "hgroup", "hr", "html"),
    *("legend", "li", "main", "menu", "nav", "ol", "p", "pre", "search", "section", "summary", "table", "tbody", "td"),
    *("tfoot", "th", "thead", "tr", "ul", "h1", "h2", "h3", "h4", "h5", "h6"),
}
_HEADINGS = {f"h{depth}": depth for depth in range(1, 7)}
_LISTS = {"ul", "ol", "menu", "dir"}
_CELLS = {"td", "th"}
_SCOPES = {"td", "th", "caption", "table"}
_NUMBER_FORMATS = {"a": "lowerLetter", "A": "upperLetter", "i": "lowerRoman", "I": "upperRoman"}
_IMPLIED_ENDS = {
    "li": ({"li"}, _LISTS),
    "dt": ({"dt", "dd"}, {"dl"}),
    "dd": ({"dt", "dd"}, {"dl"}),
    "tr": ({"tr", "td", "th", "caption"}, {"table"}),
    "td": ({"td", "th", "caption"}, {"table"}),
    "th": ({"td", "th", "caption"}, {"table"}),
    "tbody": ({"tbody", "thead", "tfoot", "tr", "td", "th", "caption"}, {"table"}),
    "thead": ({"tbody", "thead", "tfoot", "tr", "td", "th", "caption"}, {"table"}),
    "tfoot": ({"tbody", "thead", "tfoot", "tr", "td", "th", "caption"}, {"table"}),
}
_HAS_HEADING = re.compile(r"<h[1-6][\s>]", re.IGNORECASE)
_PERMALINK = re.compile(r"\s*[¶§🔗]\s*\Z")
_DEEPEST = 10_000
_LONGEST_BOLD_HEADING = 100


@dataclass(frozen=True, slots=True)
class _Element:
    """An open element; ``is_dropped`` says that nothing in it is text of the page."""

    name: str
    look: Look
    is_dropped: bool


@dataclass(slots=True)
class _List:
    """A list that is open: its numbering, or none for bullets."""

    number_format: str | None
    number: int

    @classmethod
    def of(cls, tag: StartTag) -> _List:
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

    def __init__(self, name: str, *, infers_headings: bool) -> None:
        self.title: str | None = None
        self.properties: dict[str, str] = {}
        self.hidden: list[Block] = []
        self.has_hidden_message = False
        self._name, self._infers_headings = name, infers_headings
        self._styles = StyleSheet()
        self._open: list[_Element] = []
        self._places: dict[str, list[int]] = {}
        self._flows = [Flow()]
        self._cells: list[Cell] = []
        self._tables: list[Table] = []
        self._lists: list[_List] = []
        self._paragraph = _Paragraph()
        self._mark = ""
        self._after_item = False
        self._dropped = 0

    def read(self, markup: str) -> list[Block]:
        """The page's blocks. Raises ``BrokenDocument`` where elements are nested without end."""
        for token in tokens(markup):
            if isinstance(token, Text):
                self._text(token.text)
            elif isinstance(token, StartTag):
                self._start(token)
            else:
                self._end(token)
        self._close_down_to(0)
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
        if self._dropped:
            return
        self.has_hidden_message = self.has_hidden_message or has_hidden_message(text)
        reason = self._open[-1].look.reason() if self._open else None
        if not self._within("pre"):
            text = text.replace("\n", " ").replace("\r", " ").replace("\f", " ")
        if reason is not None:
            self._paragraph.hidden.append((text, reason))
            return
        count = len(text) - text.count(" ")
        self._paragraph.pieces.append(text)
        self._paragraph.length += count
        self._paragraph.bold += count if self._within("b", "strong") else 0

    def _start(self, tag: StartTag) -> None:
        if tag.raw or tag.name in {"title", "style", "script", "textarea", "noscript", "iframe"}:
            self._raw(tag)
            return
        if tag.name == "meta":
            stated = property_of(tag.attributes)
            if stated is not None:
                self.properties.setdefault(*stated)
        self._end_what_this_ends(tag.name)
        if tag.name in _BLOCKS:
            self._flush()
        if tag.name in {"br", "hr"}:
            self._paragraph.pieces.append("\n")
        if tag.name not in _VOID:
            self._push(tag)

    def _raw(self, tag: StartTag) -> None:
        if tag.name == "title" and self.title is None and not self._within("svg"):
            self.title = clean_line(Text(_unescaped(tag.raw)).text) or None
        elif tag.name == "style" and not self._within("template"):
            self._styles.add(tag.raw)

    def _end_what_this_ends(self, name: str) -> None:
        """Close elements whose end tag may be missing before this one."""
        if name in _BLOCKS and self._last("p") > self._last(*_SCOPES):
            self._close_down_to(self._last("p"))
        if name in _HEADINGS and self._last(*_HEADINGS) > self._last(*_SCOPES):
            self._close_down_to(self._last(*_HEADINGS))
        if name not in _IMPLIED_ENDS:
            return
        ended, scope = _IMPLIED_ENDS[name]
        limit = self._last(*scope, *(_SCOPES - ended))
        places = [place for each in ended for place in self._places.get(each, ())[-1:] if place > limit]
        if places:
            self._close_down_to(min(places))

    def _push(self, tag: StartTag) -> None:
        if len(self._open) >= _DEEPEST:
            raise BrokenDocument(self._name, "its elements are nested too deeply")
        look = self._open[-1].look if self._open else Look()
        look = look.within(self._styles.declarations(tag.name, tag.attributes))
        name = tag.name
        is_dropped = name in _DROPPED or tag.attributes.get("role", "").lower() == "navigation"
        self._places.setdefault(name, []).append(len(self._open))
        self._open.append(_Element(name, look, is_dropped))
        self._dropped += is_dropped
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

    def _end(self, tag: EndTag) -> None:
        name = tag.name
        if name in {"p", "br"} and not self._within(name):
            self._flush() if name == "p" else self._paragraph.pieces.append("\n")
            return
        if name in _HEADINGS and not self._within(name):
            name = next((each for each in _HEADINGS if self._within(each)), name)
        place = self._last(name)
        scope = {"table"} if name in {"tr", "td", "th", "tbody", "thead", "tfoot", "caption"} else _SCOPES
        if place >= 0 and (name == "table" or place > self._last(*scope)):
            self._close_down_to(place)

    def _close_down_to(self, place: int) -> None:
        while len(self._open) > place:
            element = self._open[-1]
            name = element.name
            if name in _BLOCKS:
                self._flush()
            self._open.pop()
            self._places[name].pop()
            self._dropped -= element.is_dropped
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
        if self._within("pre"):
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
        if self._within(*_CELLS, "li", "pre", "caption") or "\n" in text:
            return None
        if is_control_heading(line):
            return INFERRED_LEVEL
        is_title_like = len(line) <= _LONGEST_BOLD_HEADING and not is_sentence_end(line)
        return BOLD_LEVEL if self._infers_headings and is_bold and is_title_like else None


def _unescaped(raw: str) -> str:
    return "".join(token.text for token in tokens(raw) if isinstance(token, Text))


def parse(source: Source) -> ParsedDocument:
    """A web page in any encoding it declares. Raises only the errors of ``documents.errors``."""
    markup = decode_html(source.data, source.name).removeprefix("\ufeff")
    reader = _Reader(source.name, infers_headings=_HAS_HEADING.search(markup) is None)
    outline = OutlineBuilder()
    for block in [*reader.read(markup), *reader.hidden]:
        outline.add(block)
    return outline.finish(
        name=source.name,
        limits=source.limits,
        mime_type=MIME_TYPE,
        format=FORMAT,
        title=reader.title,
        metadata=reader.properties,
        warnings=[HIDDEN_CHARACTERS_WARNING] if reader.has_hidden_message else [],
    )
