"""Finds where sentences begin and end in German and English standards, as offsets into the text. The only splitter.

Nothing is rewritten: a sentence is ``text[start:end]``, so a reader who quotes it quotes the source to the character.
Two grains of the same reading:

* `split_sentences`: every list item, heading and sentence of a table's row by itself. What is checked or measured is
  compared by these, since two duties in one piece could be taken for each other.
* `split_statements`: a lead-in that ends in a colon and the list it introduces are one, because neither means anything
  alone ("Control:\\na. Identify …; and\\nb. Define …"), and so is a table's row. Answers are made of these.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from grammar.duties import GERMAN_MODAL_VERBS

#: A lead-in and its list stay together up to this length (characters); a longer list is taken item by item.
LONGEST_LIST = 900
#: No PDF and no mail wraps lines later than this (characters); longer lines are whole paragraphs.
WIDEST_WRAP = 160
#: A shorter line is a title or a label, not the beginning of a wrapped paragraph, if the next one has a capital.
NARROWEST_WRAP = 40

_ABBREVIATIONS = frozenset(
    """abb abs al allg approx art aufl bd bsp bspw bzgl bzw ca cf ch dept dr ed eg einschl engl entspr etc evtl
    exkl ff fig gem gez ggf ggfs grds hrsg ie inc inkl insb insbes jr kap lit ltd max mind min mio mr mrd mrs ms
    no nos nr nrn o.ä para pp prof s.o s.u sec sect sog sr st str tel tz u.a u.ä urspr usf usw vgl vol vs z.b z.t
    zb ziff zzgl""".split()
)
#: After an abbreviation or a number only a word that starts sentences ends the one before: in German any noun is
#: capitalised, so a capital letter proves nothing ("bzw. Daten", "am 25. Mai").
_OPENERS = frozenset(GERMAN_MODAL_VERBS) | frozenset(
    """a all alle an as at auch auf bei beim by da dabei dadurch dafür daher damit danach dann darüber das dazu dem
    den der des die dies diese dieser dieses ein eine einen einer eines er es falls for für hierbei hierfür hierzu if
    im in is ist it its jede jeder jedes mit möchten nach no nur ob ohne organizations see sie sind
    sofern sowohl that the their there these they this those to um und unter vom von vor
    wann was weiterhin weitere wenn werden wer when where which wie wird wo you zu zudem zum zur zusätzlich""".split()
)
#: With the marks that close a quotation and the numbers of sources: "gesperrt.“ [1] Danach".
_TERMINATOR = re.compile(r"[.!?…]+[\"'»“”’)\]]*(?:\s?\[\d{1,3}\])*+(?=\s)")
_LAST_WORD = re.compile(r"[^\s(\[„“\"']+$")
#: Looking no further back for the last word keeps the time linear in the text's length.
_LONGEST_ABBREVIATION = 24
#: "; and 5. Includes": the mark of an item within a sentence, which ends nothing.
_INLINE_ITEM = re.compile(r"(?:[;:,]|\b(?:und|oder|and|or))\s+\(?(?:\d{1,2}|[a-z])$")
_LONGEST_INLINE_ITEM = 12
_DOTTED = re.compile(r"(?:[a-zäöü]\.)+[a-zäöü]")
#: "2" of "2. Das Impressum": a sentence is no number alone.
_MARK = re.compile(r"[\s\-*+•–▪◦·(]*(?:\d{1,2}|[A-Za-z])")
_NEXT_WORD = re.compile(r"\s+[\"'„“‚»(\[]*([^\s,.;:!?]*)")
_ITEM = re.compile(r"[ \t]*(?:[-*+•–▪◦·]|\(?(?:\d{1,2}|[a-z]|[ivx]{1,4})[.)])[ \t]+(?=\S)")
_UNDERLINE = re.compile(r"[ \t]*(?:-{3,}|={3,}|~{3,}|\*{3,}|_{3,})[ \t]*$")
#: A title is a line like "ORP.4.A8 Regelung des Passwortgebrauchs (B)", "AC-5 SEPARATION OF DUTIES", "GV.SC-04",
#: "5.2.1 Ziele".
_KIND = re.compile(
    rf"(?P<heading>[ \t]*#{{1,6}}[ \t]+\S|{_UNDERLINE.pattern})|(?P<row>[ \t]*\|.*\|[ \t]*$)|(?P<item>{_ITEM.pattern})"
    r"|(?P<title>[ \t]*(?:[A-Z][A-Za-z]{0,7}(?:\.[A-Z]{2,4})?[.-]\d[\w.()-]*|\d+(?:\.\d+)+)(?:[ \t]+\S[^\n]{0,120})?$)"
)
_LABEL = re.compile(r"[ \t]*[A-ZÄÖÜ][\w-]*(?:[ \t][\w-]+){0,2}:$")
#: Items of a list that lost its bullets: they begin in lower case or end in a comma, a semicolon or "and".
_LOOSE_ITEM = re.compile(r"\s*[^\W\d_A-ZÄÖÜ]|.*(?:[,;]|\b(?:und|oder|sowie|and|or))\s*$", re.DOTALL)
_OPEN_ENDS = (",", ";", " und", " oder", " sowie", " and", " or")
#: What a line introduces or enumerates is checked by itself.
_LEAD_IN = re.compile(r"[:;](?=[ \t]*\n)")
_ENDS_SENTENCE = re.compile(r"[.!?…;:,][\"'»“”’)\]]*\s*$")


@dataclass(frozen=True, slots=True)
class Sentence:
    """``text`` is the slice ``[start:end]`` of the text it was found in, without surrounding white space.

    A ``heading`` names what follows and states nothing itself.
    """

    text: str
    start: int
    end: int
    heading: bool = False


#: Kinds of blocks that are one statement.
_WHOLE = frozenset({"heading", "list", "row"})


@dataclass(frozen=True, slots=True)
class _Block:
    start: int
    end: int
    kind: str  # prose | item | list | heading | row


def split_sentences(text: str) -> list[Sentence]:
    """The sentences of a text in order. They do not overlap and leave out nothing but white space."""
    return [
        _sentence(text, start, end, block.kind == "heading")
        for block in _blocks(text)
        for start, end in _pieces(text, block)
    ]


def split_statements(text: str) -> list[Sentence]:
    """The same, but lists stay with their lead-in and a table's row is whole."""
    return [
        _sentence(text, start, end, block.kind == "heading")
        for block in _joined_lists(text, list(_blocks(text)))
        for start, end in ([(block.start, block.end)] if block.kind in _WHOLE else _prose(text, block.start, block.end))
    ]


def _pieces(text: str, block: _Block) -> Iterator[tuple[int, int]]:
    if block.kind == "heading":
        yield block.start, block.end
        return
    begin = block.start
    for lead_in in _LEAD_IN.finditer(text, block.start, block.end):
        yield from _prose(text, begin, lead_in.end())
        begin = lead_in.end()
    yield from _prose(text, begin, block.end)


def _sentence(text: str, start: int, end: int, heading: bool) -> Sentence:
    piece = text[start:end]
    begin = start + len(piece) - len(piece.lstrip())
    piece = piece.strip()
    return Sentence(piece, begin, begin + len(piece), heading)


def _lines(text: str) -> Iterator[tuple[int, int, str]]:
    position = 0
    for line in text.splitlines(keepends=True):
        yield position, position + len(line), line.rstrip()
        position += len(line)


def _kind(line: str) -> str:
    found = _KIND.match(line)
    kind = found.lastgroup if found else None
    if kind == "title":
        return "prose" if _ENDS_SENTENCE.search(line) else "heading"
    return kind or "prose"


def _blocks(text: str) -> Iterator[_Block]:
    """Runs of lines that belong together: a paragraph, a list item with its continuation lines, a heading."""
    lines = list(_lines(text))
    followings = [line for _, _, line in lines[1:]] + [""]
    width = max((len(line) for _, _, line in lines), default=0)
    block: _Block | None = None
    last = ""
    for (start, end, line), following in zip(lines, followings, strict=False):
        kind = _kind(line) if line else ""
        if kind == "prose" and (_labels(line, following) or _UNDERLINE.match(following)):
            kind = "heading"
        if block and line and _continues(block.kind, last, line, kind, width):
            block = _Block(block.start, end, block.kind)
        else:
            if block:
                yield block
            block = _Block(start, end, kind) if kind else None
        last = line
    if block:
        yield block


def _labels(line: str, following: str) -> bool:
    """A line such as "Discussion:" before prose; before a list it is the list's lead-in."""
    label = line[-1] == ":" and _LABEL.match(line) is not None
    return label and following[:1].isupper() and _kind(following) == "prose"


def _continues(kind: str, last: str, line: str, line_kind: str, width: int) -> bool:
    """True if ``line`` goes on with the paragraph or list item that ``last`` belongs to, as wrapped lines do.

    A line break was meant when the next word would have fitted on the line (with room for proportional fonts).
    """
    if kind not in ("prose", "item") or line_kind in ("item", "row") or line.lstrip()[0] == "|":
        return False
    unfinished = _ENDS_SENTENCE.search(last) is None or last.endswith(",")
    first_word = line.split(maxsplit=1)[0]
    fitted = width > WIDEST_WRAP or len(last) + 1 + len(first_word) <= 0.8 * width
    if line_kind == "heading":  # a control id at the start of a wrapped line is no title
        return unfinished and not fitted and not (line.lstrip()[0] == "#" or _UNDERLINE.match(line))
    meant = fitted or len(last) < NARROWEST_WRAP
    if meant and line[0].isupper() and not last.endswith(_OPEN_ENDS):
        return False
    return kind == "prose" or unfinished or line[0].isspace()


def _joined_lists(text: str, blocks: list[_Block]) -> Iterator[_Block]:
    """Attach list items to the lead-in before them; an item without one is prose with a bullet."""
    index = 0
    while index < len(blocks):
        block, index = blocks[index], index + 1
        introduces = block.kind in ("prose", "item") and text[block.start : block.end].rstrip().endswith(":")
        stop = _list_end(text, blocks, index) if introduces else index
        if stop > index:
            lead = _last_sentence(text, block)
            if blocks[stop - 1].end - lead <= LONGEST_LIST:
                if lead > block.start:
                    yield _Block(block.start, lead, "prose")
                yield _Block(lead, blocks[stop - 1].end, "list")
                index = stop
                continue
        yield block


def _list_end(text: str, blocks: list[_Block], index: int) -> int:
    """The index after the list items that begin at ``index``, with or without bullets; of a long list, after some."""
    open_item = False
    begin = blocks[index].start if index < len(blocks) else 0
    while index < len(blocks) and blocks[index].start - begin <= LONGEST_LIST:
        block = blocks[index]
        piece = text[block.start : block.end].rstrip()
        loose = block.kind == "prose" and (open_item or _LOOSE_ITEM.match(piece) is not None)
        if block.kind != "item" and not loose:
            break
        open_item = piece.endswith(_OPEN_ENDS)
        index += 1
    return index


def _last_sentence(text: str, block: _Block) -> int:
    return list(_prose(text, block.start, block.end))[-1][0]


def _prose(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    begin = start
    marker = _ITEM.match(text, start, end)
    for stop in _TERMINATOR.finditer(text, marker.end() if marker else start, end):
        if _ends_here(text, begin, stop, end):
            yield begin, stop.end()
            begin = stop.end()
    if text[begin:end].strip():
        yield begin, end


def _ends_here(text: str, begin: int, stop: re.Match[str], end: int) -> bool:
    following = _NEXT_WORD.match(text, stop.end(), end)
    if following is None:
        return True
    word = following.group(1)
    if stop.group()[0] in "!?":
        return not word[:1].islower()
    if word[:1].islower() or word.startswith("|"):  # the end of a table's cell
        return False
    return not _marks_an_item(text, begin, stop) and _begins_sentence(text, begin, stop, word)


def _marks_an_item(text: str, begin: int, stop: re.Match[str]) -> bool:
    """True if the full stop belongs to the mark of an item: ``a.``, ``1.``."""
    first = max(begin, stop.start() - _LONGEST_INLINE_ITEM)
    return bool(_MARK.fullmatch(text, first, stop.start()) or _INLINE_ITEM.search(text[first : stop.start()]))


def _begins_sentence(text: str, begin: int, stop: re.Match[str], word: str) -> bool:
    """True if the word behind a full stop begins a sentence: it is one that does, or no abbreviation is before it."""
    if word.lower() in _OPENERS and (len(word) == 1 or not word.isupper()):
        return True
    before = _LAST_WORD.search(text[max(begin, stop.start() - _LONGEST_ABBREVIATION) : stop.start()])
    return before is None or not _is_open(before.group(), stop.group())


def _is_open(word: str, terminator: str) -> bool:
    """True if a full stop after ``word`` more likely abbreviates or numbers than ends."""
    if terminator[0] != ".":
        return False
    bare = word.lower().rstrip(".")
    single_letter = len(bare) == 1 and bare.isalpha()
    ordinal = bare.isdigit() and len(bare) <= 3
    return bare in _ABBREVIATIONS or single_letter or ordinal or _DOTTED.fullmatch(bare) is not None
