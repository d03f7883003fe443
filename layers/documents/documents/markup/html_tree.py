"""The tree of a web page as browsers build it (Lexbor, an HTML5 parser), walked in document order.

Lexbor needs time and memory that grow with the square of some inputs: deep nesting, formatting that is never
closed, thousands of attributes. ``_check`` refuses such pages before they reach it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from documents.errors import BrokenDocument

_SCRIPTED = re.compile(r"(</?)noscript(?=[\s/>])", re.IGNORECASE)
_BREAK = r"[\t\n\f\r ]"
_ATTRIBUTE = re.compile(
    r"[^\t\n\f\r />][^\t\n\f\r />=]*+"
    rf"(?:{_BREAK}*+={_BREAK}*+(?:\"[^\"]*+(?:\"|\Z)|'[^']*+(?:'|\Z)|[^\t\n\f\r >\"'][^\t\n\f\r >]*+)?+)?+"
)
_TOKEN = re.compile(
    r"<(?:!--(?:-?>|.*?(?:--!?>|\Z))|[!?][^>]*+|/(?![a-zA-Z])[^>]*+"
    rf"|(?P<end>/)?+(?P<name>[a-zA-Z][^\t\n\f\r />]*+)(?P<attributes>(?:[\t\n\f\r /]++|{_ATTRIBUTE.pattern})*+)"
    r"(?:>|\Z))",
    re.DOTALL,
)
_RAW_TEXT = {"script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes"}
_END_OF = {name: re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE) for name in _RAW_TEXT}
_VOID = {
    *("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"),
    *("frame", "keygen", "basefont", "bgsound"),
}
_ENDS = (
    ({"p"}, ("address", "article", "aside", "blockquote", "center", "details", "dialog", "dir", "div", "dl", "p")),
    ({"p"}, ("fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header")),
    ({"p"}, ("hgroup", "main", "menu", "nav", "ol", "pre", "search", "section", "summary", "table", "ul")),
    ({"p", "li"}, ("li",)),
    ({"p", "dt", "dd"}, ("dt", "dd")),
    ({"p", "td", "th", "caption", "colgroup"}, ("td", "th")),
    ({"p", "td", "th", "caption", "colgroup", "tr"}, ("tr",)),
    ({"p", "td", "th", "caption", "colgroup", "tr", "tbody", "thead", "tfoot"}, ("tbody", "thead", "tfoot")),
    ({"option"}, ("option", "optgroup")),
    ({"rt", "rp"}, ("rt", "rp")),
)
"""Elements whose end tag may be left out before the start tags beside them."""
_ENDED_BY = {name: ended for ended, names in _ENDS for name in names}
_MAY_STAY_OPEN = {"li", "dt", "dd", "td", "th", "tr", "tbody", "thead", "tfoot", "option", "optgroup", "rt", "rp", "p"}
_FORMATTING = {"a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"}
_CELLS = {"td", "th", "caption"}
_MAY_BE_ENDED = _MAY_STAY_OPEN | _FORMATTING
_NOTHING = frozenset[str]()
_NEAR = 100
_DEEPEST = 10_000
_MOST_STEPS = 3_000_000_000
_MOST_ATTRIBUTES = 1_000
_USUALLY_OPEN = 8
_MOST_ALIKE = 3  # as the standard has it
_MOST_FORMATTING = 1_000
_MOST_COPIES = 1_000_000


@dataclass(frozen=True, slots=True)
class Text:
    """Characters of the page, references to characters already resolved."""

    text: str


@dataclass(frozen=True, slots=True)
class Start:
    """An element begins. ``is_first`` is true for the first element among its siblings."""

    name: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    is_first: bool = False


@dataclass(frozen=True, slots=True)
class End:
    """The innermost open element ends."""

    name: str


class Tree:
    """A parsed page. Raises ``BrokenDocument`` for pages that would take the parser too long."""

    def __init__(self, markup: str, name: str) -> None:
        # Browsers run scripts, so what is meant for those that do not is raw text, as `noframes` is.
        markup = _SCRIPTED.sub(r"\1noframes", markup)
        _check(markup, name)
        try:
            self._parser = LexborHTMLParser(markup)
        except SelectolaxError as error:
            raise BrokenDocument(name, "it cannot be read as a web page") from error

    def title(self) -> str | None:
        """The page's title; ``None`` where it has none."""
        for node in self._parser.css("title"):
            if node.parent is None or node.parent.tag != "svg":
                return node.text()
        return None

    def style_sheets(self) -> Iterator[tuple[str, str]]:
        """The style sheets in the page, each with the media it is for."""
        for node in self._parser.css("style"):
            yield node.text(), node.attributes.get("media") or ""

    def walk(self, is_left_out: Callable[[str, Mapping[str, str]], bool]) -> Iterator[Text | Start | End]:
        """Elements and texts in document order, without comments and without the elements left out."""
        node = self._parser.root
        open_elements: list[tuple[LexborNode, str]] = []
        is_first = True
        while node is not None:
            child = None
            if node.is_text_node:
                yield Text(node.text_content or "")
            elif node.is_element_node:
                attributes = {key: value or "" for key, value in node.attributes.items()}
                name = node.tag or ""
                if not is_left_out(name, attributes):
                    yield Start(name, attributes, is_first)
                    child = node.first_child
                    if child is None:
                        yield End(name)
                    else:
                        open_elements.append((node, name))
                is_first = child is not None
            if child is not None:
                node = child
                continue
            following = node.next
            while following is None and open_elements:
                node, name = open_elements.pop()
                yield End(name)
                is_first = False
                following = node.next
            node = following


class _Estimate:
    """Bounds what a page costs from its tags alone: it never forgets an element that the parser may hold open."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._open: list[str] = []
        self._counts: Counter[str] = Counter()
        self._formatting: list[tuple[str, str]] = []
        self._markers = [0]
        self._steps = 0
        self._copies = 0
        self._root_attributes = 0

    def start(self, name: str, tag: str, attributes: str) -> None:
        """Count a start tag. Raises ``BrokenDocument`` at a bound."""
        self._count_attributes(name, attributes)
        ended = _ENDED_BY.get(name, _NOTHING)
        lowest, place = len(self._open), len(self._open)
        nearest = max(0, place - _NEAR)
        while ended and place > nearest and (self._open[place - 1] in ended or self._open[place - 1] in _FORMATTING):
            place -= 1
            lowest = place if self._open[place] in ended else lowest
        self._close_down_to(lowest)
        if name not in _VOID:
            self._open.append(name)
            self._counts[name] += 1
        if name in _CELLS and self._counts["table"] and not self._is_foreign():
            self._markers.append(len(self._formatting))
        elif name in _FORMATTING and self._formatting[self._markers[-1] :].count((name, tag)) < _MOST_ALIKE:
            self._formatting.append((name, tag))
        self._count_step()

    def end(self, name: str) -> None:
        """Count an end tag; only one that certainly ends an element does so."""
        place = len(self._open)
        nearest = max(0, place - _NEAR) if self._counts[name] else place
        while place > nearest and self._open[place - 1] != name and self._open[place - 1] in _MAY_BE_ENDED:
            place -= 1
        if place > nearest and self._open[place - 1] == name:
            if name in _FORMATTING:
                del self._open[place - 1]
                self._counts[name] -= 1
                self._forget(name)
            else:
                self._close_down_to(place - 1)
        elif name in _FORMATTING and not self._counts[name]:
            self._forget(name)
        self._count_step()

    def holds_raw_text(self, name: str) -> bool:
        """True where the element that just began holds no markup; in drawings and formulas all do."""
        return name in _RAW_TEXT and not self._is_foreign()

    def _is_foreign(self) -> bool:
        return bool(self._counts["svg"] or self._counts["math"])

    def _close_down_to(self, place: int) -> None:
        while len(self._open) > place:
            name = self._open.pop()
            self._counts[name] -= 1
            if name in _CELLS and len(self._markers) > 1:
                del self._formatting[self._markers.pop() :]

    def _forget(self, name: str) -> None:
        """Take the last formatting element of this name off the list; those outside of the table cell stay."""
        for place in range(len(self._formatting) - 1, self._markers[-1] - 1, -1):
            if self._formatting[place][0] == name:
                del self._formatting[place]
                return

    def _count_step(self) -> None:
        self._steps += len(self._open)
        self._copies += max(0, len(self._formatting) - self._markers[-1] - _USUALLY_OPEN)
        if len(self._open) > _DEEPEST or self._steps > _MOST_STEPS:
            raise BrokenDocument(self._name, "its elements are nested too deeply")
        if self._copies > _MOST_COPIES or len(self._formatting) > _MOST_FORMATTING:
            raise BrokenDocument(self._name, "its formatting is not closed")

    def _count_attributes(self, name: str, attributes: str) -> None:
        most = len(attributes) // 2
        if name in {"html", "body"}:  # all of these tags are one element
            self._root_attributes += most
            most = self._root_attributes
        elif most > _MOST_ATTRIBUTES:
            most = len(_ATTRIBUTE.findall(attributes))
        if most > _MOST_ATTRIBUTES:
            raise BrokenDocument(self._name, "an element of it has too many attributes")


def _check(markup: str, name: str) -> None:
    """Raise ``BrokenDocument`` for a page whose tree would take too long to build."""
    estimate = _Estimate(name)
    position = 0
    while match := _TOKEN.search(markup, position):
        position = match.end()
        tag = match["name"]
        if tag is None:
            continue
        tag = tag.lower()
        if match["end"]:
            estimate.end(tag)
            continue
        estimate.start(tag, match[0], match["attributes"])
        if estimate.holds_raw_text(tag):
            closing = _END_OF[tag].search(markup, position)
            position = closing.start() if closing else len(markup)
