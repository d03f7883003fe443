"""Records that say what kind of block they are: ``{"type": "h2", "text": "..."}``."""

from __future__ import annotations

import re
from dataclasses import dataclass

from documents.characters import flowing
from documents.data.fields import LEVELS, LONGEST_TITLE, TEXTS, Record, Value, plain_name, strings, text_of

_KINDS = set("type typ kind art tag style element class role block".split())
_BLOCK_TEXTS = TEXTS | set("value wert title titel heading children items elemente punkte rows zeilen".split())
_HEADING_KINDS = set("heading headline title titel überschrift ueberschrift header section chapter kapitel".split())
PARAGRAPH_KINDS = set("p para paragraph absatz text body quote blockquote code pre note hinweis".split())
ITEM_KINDS = set("li item listitem list_item bullet aufzählung aufzaehlung punkt".split())
_LIST_KINDS = set("ul ol list liste table tabelle bullets".split())
HEADING_KIND = re.compile(r"h([1-6])\Z")


@dataclass(frozen=True, slots=True)
class TypedBlock:
    """A record that says what kind of block it is: ``level`` for a heading, ``marker`` for a list item."""

    texts: tuple[str, ...]
    level: int = 0
    marker: str = ""
    rows: tuple[tuple[str, ...], ...] = ()


def typed_block(record: Record) -> TypedBlock | None:
    """The block that a record like ``{"art": "h2", "text": "..."}`` means; ``None`` if it is something else."""
    kind = flowing(text_of(record, _KINDS)).lower()
    known = HEADING_KIND.match(kind) or kind in _HEADING_KINDS | PARAGRAPH_KINDS | ITEM_KINDS | _LIST_KINDS
    contents = [value for name, value in record.fields if plain_name(name) in _BLOCK_TEXTS]
    others = [value for name, value in record.fields if plain_name(name) not in _BLOCK_TEXTS | _KINDS | LEVELS]
    if not known or len(contents) != 1 or any(not isinstance(value, str) for value in others):
        return None
    return _block_of(kind, contents[0], text_of(record, LEVELS | {"depth", "ebene"}))


def _block_of(kind: str, content: Value, level: str) -> TypedBlock | None:
    heading = HEADING_KIND.match(kind)
    if isinstance(content, str):
        if heading or kind in _HEADING_KINDS:
            number = int(heading[1]) if heading else int(level) if level.isdecimal() and len(level) < 2 else 1
            return (
                TypedBlock((content,), level=max(1, number))
                if len(content) <= LONGEST_TITLE
                else TypedBlock((content,))
            )
        return TypedBlock((content,), marker="-" if kind in ITEM_KINDS else "")
    if isinstance(content, list) and kind in _LIST_KINDS | PARAGRAPH_KINDS:
        if all(isinstance(each, str) for each in content):
            return TypedBlock(tuple(strings(content)), marker="-" if kind in _LIST_KINDS else "")
        if all(isinstance(each, list) for each in content):
            return TypedBlock((), rows=tuple(tuple(strings(row)) for row in content))
    return None
