"""Cuts HTML into tags and text, in time that grows with the length of the file whatever it holds.

Follows the tokenizer of the HTML standard (section 13.2.5) where it matters for the text: comments, quoted
attributes that hold ``>``, elements whose content is no markup, and an unfinished tag that swallows the rest.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html import unescape

RAW_TEXT = {"script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes", "noscript"}
_TAG_NAME = re.compile(r"[a-zA-Z][^\s/>]*")
_QUOTE_OR_END = re.compile(r"[\"'>]")
_ATTRIBUTE = re.compile(r"([^\s=/>\"']+)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>\"']+)))?")
_MOST_ATTRIBUTES = 100
_END_OF = {name: re.compile(rf"</{name}(?=[\s/>]|\Z)", re.IGNORECASE) for name in RAW_TEXT}


@dataclass(frozen=True, slots=True)
class Text:
    """Characters between tags, references to characters already resolved."""

    text: str


@dataclass(frozen=True, slots=True)
class StartTag:
    """A start tag; ``raw`` is the content of an element that holds no markup."""

    name: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    raw: str = ""


@dataclass(frozen=True, slots=True)
class EndTag:
    """An end tag."""

    name: str


def tokens(markup: str) -> Iterator[Text | StartTag | EndTag]:
    """The tags and texts in order; comments, doctypes and processing instructions are left out."""
    position = 0
    while position < len(markup):
        start = _next_tag(markup, position)
        if start > position:
            yield Text(unescape(markup[position:start]))
        if start == len(markup):
            return
        if markup[start + 1] in "!?":
            position = _after_declaration(markup, start)
            continue
        is_end = markup[start + 1] == "/"
        name = _TAG_NAME.match(markup, start + 1 + is_end)
        end = _end_of_tag(markup, name.end()) if name else -1
        if name is None or end < 0:
            return
        position = end + 1
        if is_end:
            yield EndTag(name[0].lower())
            continue
        tag = name[0].lower()
        raw = ""
        if tag in RAW_TEXT:
            closing = _END_OF[tag].search(markup, position)
            raw = markup[position : closing.start() if closing else len(markup)]
            position += len(raw)
        yield StartTag(tag, _attributes(markup[name.end() : end]), raw)


_TAG_START = re.compile(r"<(?=[a-zA-Z!?]|/[a-zA-Z])")


def _next_tag(markup: str, position: int) -> int:
    match = _TAG_START.search(markup, position)
    return match.start() if match else len(markup)


def _after_declaration(markup: str, start: int) -> int:
    if markup.startswith("<!--", start):
        end = markup.find("-->", start + 2)  # "<!-->" is a whole comment
        return end + 3 if end >= 0 else len(markup)
    end = markup.find(">", start)
    return end + 1 if end >= 0 else len(markup)


def _end_of_tag(markup: str, position: int) -> int:
    """Where the ``>`` of the tag stands, quoted ones aside; -1 where the file ends before it."""
    while True:
        match = _QUOTE_OR_END.search(markup, position)
        if match is None:
            return -1
        if match[0] == ">":
            return match.start()
        position = match.end()
        if markup[match.start() - 1] == "=" or markup[match.start() - 1].isspace():  # elsewhere a quote is a letter
            closing = markup.find(match[0], position)
            if closing < 0:
                return -1
            position = closing + 1


def _attributes(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for match in _ATTRIBUTE.finditer(text):
        value = next((each for each in match.groups()[1:] if each is not None), "")
        found.setdefault(match[1].lower(), unescape(value))
        if len(found) >= _MOST_ATTRIBUTES:
            break
    return found
