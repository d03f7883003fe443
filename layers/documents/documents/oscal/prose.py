"""OSCAL's rich text as plain lines: Markdown in the JSON form, a few HTML elements in the XML form.

Source: NIST OSCAL "Markup data types". Both give the same lines for the same text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from xml.etree.ElementTree import Element

from documents.characters import clean, flowing
from documents.oscal.model import Line
from documents.xml_tree import attribute, local_name

_LONGEST_MARKUP = 20_000
_PARAGRAPH_BREAK = re.compile(r"\n[ \t]*\n")
_LIST_ITEM = re.compile(r"\s*(?:[-*+]|(?P<number>\d{1,3}[.)]))\s+(?P<text>.*)", re.DOTALL)
_TABLE_RULE = re.compile(r"\s*\|[\s:|-]*\|?\s*\Z")
_HEADING = re.compile(r"\s{0,3}#{1,6}\s+")
_QUOTE = re.compile(r"\s{0,3}>\s?")
_INSERTION_SPACE = re.compile(r"(\{\{[^{}]*\}\})\s+(?=[;,.])")
_INLINE = (
    (re.compile(r"!?\[([^\[\]]*)\]\([^()]*\)"), r"\1"),  # links and images
    (re.compile(r"(\*\*|`)([^*`]+)\1"), r"\2"),
    (re.compile(r"(?<![\w*])\*([^*\s][^*]*)\*(?![\w*])"), r"\1"),
    (re.compile(r"(?<![\w_])_([^_\s][^_]*)_(?![\w_])"), r"\1"),
    (re.compile(r"\\([!-/:-@\[-`{-~])"), r"\1"),
)
_BLOCK_NAMES = {"p", "ul", "ol", "table", "pre", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "img"}


def plain(markup: str) -> str:
    """One line of Markdown without its inline markup."""
    if len(markup) <= _LONGEST_MARKUP:
        for pattern, replacement in _INLINE:
            markup = pattern.sub(replacement, markup)
    return _one_line(markup)


def _one_line(text: str) -> str:
    return _INSERTION_SPACE.sub(r"\1", flowing(text))


def from_markdown(markup: str) -> tuple[Line, ...]:
    """The lines of a Markdown text."""
    return tuple(line for paragraph in _PARAGRAPH_BREAK.split(clean(markup)) for line in _paragraph(paragraph))


def _paragraph(paragraph: str) -> Iterator[Line]:
    """A paragraph is one line; the items of a list and the rows of a table are one each."""
    pending: list[str] = []
    count = 0
    for raw in paragraph.split("\n"):
        item, heading = _LIST_ITEM.match(raw), _HEADING.match(raw)
        is_row = raw.strip()[:1] == "|" and raw.strip()[-1:] == "|"
        if (item or heading or is_row) and pending:
            yield from _flushed(pending, count)
            count, pending = count + 1, []
        if is_row and _TABLE_RULE.match(raw):
            continue
        if is_row or heading:
            cells = raw.strip().strip("|").split("|") if is_row else [raw[heading.end() :] if heading else raw]
            yield Line(" | ".join(map(plain, cells)), tight=count > 0)
            count += 1
        else:
            pending.append(f"{item['number'] or '-'} {item['text']}" if item else _QUOTE.sub("", raw))
    yield from _flushed(pending, count)


def _flushed(pending: list[str], count: int) -> Iterator[Line]:
    text = plain("\n".join(pending))
    if text:
        yield Line(text, tight=count > 0)


def from_elements(elements: Iterable[Element]) -> tuple[Line, ...]:
    """The lines of the block elements among the given ones."""
    return tuple(line for element in elements if local_name(element) in _BLOCK_NAMES for line in _block(element))


def _block(element: Element) -> Iterator[Line]:
    name = local_name(element)
    if name in {"ul", "ol"}:
        for number, item in enumerate(element, 1):
            text = inline(item)
            if text:
                yield Line(f"{f'{number}.' if name == 'ol' else '-'} {text}", tight=number > 1)
    elif name == "table":
        rows = (row for row in element.iter() if local_name(row) == "tr")
        for number, row in enumerate(rows):
            yield Line(" | ".join(inline(cell) for cell in row), tight=number > 0)
    elif name == "blockquote":
        yield from from_elements(element) or ([Line(inline(element))] if inline(element) else [])
    else:
        text = attribute(element, "alt") if name == "img" else inline(element)
        if text:
            yield Line(text)


def inline(element: Element | None) -> str:
    """All text of an element on one line, parameters in the notation of the JSON form."""
    return "" if element is None else _one_line("".join(_pieces(element)))


def _pieces(element: Element) -> Iterator[str]:
    yield element.text or ""
    for child in element:
        name = local_name(child)
        if name == "insert":
            yield f"{{{{ insert: param, {attribute(child, 'id-ref') or attribute(child, 'param-id')} }}}}"
        elif name == "q":
            yield f'"{"".join(_pieces(child))}"'
        elif name == "img":
            yield attribute(child, "alt")
        else:
            gap = " " if name in _BLOCK_NAMES or name in {"li", "br"} else ""
            yield gap
            yield from _pieces(child)
            yield gap
        yield child.tail or ""
