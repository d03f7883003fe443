"""Plain text: headings by underline, number, control id or capitals; hard-wrapped lines joined."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from documents.characters import HIDDEN_CHARACTERS_WARNING, clean, has_hidden_message, rejoin_ids
from documents.encoding import decode
from documents.sections import ParsedDocument
from documents.source import Source
from documents.structure.headings import (
    MAX_HEADING_LENGTH,
    is_contents_line,
    is_control_heading,
    is_list_item,
    is_numbered_heading,
    is_sentence_end,
    label_of,
    number_depth,
)
from documents.structure.hyphenation import Hyphenation
from documents.structure.outline import MAX_PARAGRAPH_LENGTH, Block, Level, OutlineBuilder

FORMAT = "txt"
MIME_TYPE = "text/plain"

_UNDERLINE = re.compile(r"\s*([=\-~^*#_+\"])\1{2,}\s*\Z")
_UNDERLINE_RANKS = {"#": 1, "=": 2, "-": 3, "~": 4, "^": 5, '"': 5, "*": 5, "+": 5, "_": 5}
_CAPITALS_RANK = 6
_NUMBERED_RANK = 7
_CONTROL_RANK = 8
_MOST_TITLE_LINES = 3
_WRAP_WIDTHS = range(40, 141)
_WRAP_TOLERANCE = 2


@dataclass(frozen=True, slots=True)
class _Paragraph:
    """Lines between two blank ones; ``underline`` is the character that underlined them, if one did."""

    lines: tuple[str, ...]
    underline: str = ""


class Unwrapper:
    """Joins lines that were broken only because the next word did not fit."""

    def __init__(self, lines: Sequence[str], *, wraps: bool = True) -> None:
        self._width = _wrap_width(lines) if wraps else None
        self._hyphenation = Hyphenation(lines, keep_by_default=True)

    def is_wrapped(self, line: str, following: str) -> bool:
        """True if ``following`` continues ``line``: its first word would have overrun the width."""
        if self._width is None or not following.strip() or is_list_item(following.strip()):
            return False
        length, first_word = len(line.rstrip()), following.split(maxsplit=1)[0]
        if len(line.rstrip().rpartition(" ")[0]) > self._width + _WRAP_TOLERANCE:
            return False  # what wrapped the others would have broken it before its last word
        if length + 1 + len(first_word) > self._width:
            return True
        return length > 0.7 * self._width and first_word[0].islower() and line.rstrip()[-1] not in ".;:!?{}"

    def join(self, lines: Sequence[str]) -> list[str]:
        """The lines with each wrapped one joined to the one before."""
        joined: list[str] = []
        last = ""
        for line in lines:
            if joined and len(joined[-1]) < MAX_PARAGRAPH_LENGTH and self.is_wrapped(last, line):
                joined[-1] = self._hyphenation.join(joined[-1], line)
            else:
                joined.append(line.strip())
            last = line
        return joined

    def title(self, lines: Sequence[str]) -> str:
        """All lines of a heading as one."""
        title = lines[0].strip()
        for line in lines[1:]:
            title = self._hyphenation.join(title, line)
        return " ".join(title.split())


def _wrap_width(lines: Sequence[str]) -> int | None:
    """The width that the text was wrapped to, ``None`` if it was not.

    Only lines inside paragraphs show it: last lines are shorter, headings and addresses may be longer.
    """
    lengths = sorted(
        len(line.rstrip())
        for line, following in itertools.pairwise(lines)
        if " " in line.strip()
        and following.strip()
        and not _UNDERLINE.match(following)
        and not is_contents_line(line)
        and not is_control_heading(line)
    )
    if len(lengths) < 3:
        return None
    width = lengths[-1 - len(lengths) * 3 // 100]
    return width if width in _WRAP_WIDTHS else None


def parse(source: Source) -> ParsedDocument:
    """A plain text file in any encoding ``documents.encoding`` knows. Raises only ``documents.errors``."""
    raw = decode(source.data, source.name)
    lines = [line.expandtabs(4).rstrip() for line in rejoin_ids(clean(raw)).split("\n")]
    # The lines of a comma-separated file are rows, however long.
    unwrapper = Unwrapper(lines, wraps=not source.name.lower().endswith((".csv", ".tsv")))
    outline = OutlineBuilder()
    for block in _blocks(_paragraphs(lines), unwrapper):
        outline.add(block)
    return outline.finish(
        name=source.name,
        limits=source.limits,
        mime_type=MIME_TYPE,
        format=FORMAT,
        warnings=[HIDDEN_CHARACTERS_WARNING] if has_hidden_message(raw) else [],
    )


def _paragraphs(lines: Sequence[str]) -> Iterator[_Paragraph]:
    """Split at blank lines and underlines. A row of signs that underlines nothing is decoration, dropped."""
    pending: list[str] = []
    for line in lines:
        underline = _UNDERLINE.match(line)
        if underline is None:
            if line.strip():
                pending.append(line)
                continue
        elif pending and _underlines(line, pending[-1]):
            title = pending if len(pending) <= _MOST_TITLE_LINES and _is_one_title(pending) else pending[-1:]
            if pending[: -len(title)]:
                yield _Paragraph(tuple(pending[: -len(title)]))
            yield _Paragraph(tuple(title), underline[1])
            pending = []
            continue
        if pending:
            yield _Paragraph(tuple(pending))
        pending = []
    if pending:
        yield _Paragraph(tuple(pending))


def _underlines(rule: str, title: str) -> bool:
    width, length = len(rule.strip()), len(title.strip())
    return (
        length <= MAX_HEADING_LENGTH and width >= min(length // 2, 60) and title.strip()[:2] not in {"- ", "* ", "+ "}
    )


def _is_one_title(lines: Sequence[str]) -> bool:
    """True if the lines above an underline are one heading: the first is long, or carries the id."""
    return all(len(line) > 60 for line in lines[:-1]) or label_of(lines[0].strip()) is not None


def _blocks(paragraphs: Iterator[_Paragraph], unwrapper: Unwrapper) -> Iterator[Block]:
    for paragraph in paragraphs:
        lines = list(paragraph.lines)
        if paragraph.underline:
            title = unwrapper.title(lines)
            yield Block(title, level=(_UNDERLINE_RANKS[paragraph.underline], _depth(title)))
            continue
        heading = _unmarked_heading(lines, unwrapper)
        if heading is not None:
            yield heading
            lines = lines[1:]
        for number, text in enumerate(unwrapper.join(lines)):
            yield Block(text, tight=number > 0 or heading is not None)


def _unmarked_heading(lines: Sequence[str], unwrapper: Unwrapper) -> Block | None:
    """A paragraph's first line as a heading, if it looks like one and does not flow on into the next."""
    first = lines[0].strip()
    if len(lines) > 1 and (unwrapper.is_wrapped(lines[0], lines[1]) or is_control_heading(lines[1])):
        return None  # it flows on, or is an entry of a list of controls
    level: Level | None = None
    if is_control_heading(first):
        level = (_CONTROL_RANK, 0)
    elif len(lines) == 1 and is_numbered_heading(first):
        level = (_NUMBERED_RANK, number_depth(first))
    elif len(lines) == 1 and _is_in_capitals(first):
        level = (_CAPITALS_RANK, 0)
    return None if level is None else Block(" ".join(first.split()), level=level)


def _depth(title: str) -> int:
    """Under the same kind of underline, numbered headings and controls belong below the plain one before them."""
    return 1 if is_control_heading(title) else number_depth(title)


def _is_in_capitals(line: str) -> bool:
    letters = [character for character in line if character.isalpha()]
    return (
        len(letters) >= 5
        and len(line) <= 80
        and all(letter.isupper() or letter == "ß" for letter in letters)
        and not is_sentence_end(line)
        and "|" not in line
    )
