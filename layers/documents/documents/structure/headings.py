"""Recognises headings by what they say: control ids, section numbers, tables of contents.

The shape of a control id is the grammar's looser one (``grammar.labels.LOOSE_ID``): whether a heading opens a control
is decided once the document's type is known.
"""

from __future__ import annotations

import re

from grammar.labels import LOOSE_ID, is_technical_name

SECTION_NUMBER = r"\d{1,3}(?:\.\d{1,3})*"
MAX_HEADING_LENGTH = 200
_LONGEST_LEADER = 400
_LEAST_REQUIREMENT_LENGTH = 40
_LABEL = re.compile(rf"(?P<id>{LOOSE_ID})(?=$|[\s:|–—.)])|(?P<number>{SECTION_NUMBER})(?=\.?(?:\s|$))")
_CONTROL_ONLY = re.compile(rf"{LOOSE_ID}\Z")
_CONTROL_HEADING = re.compile(
    rf"(?P<id>{LOOSE_ID})(?:\s*[:–—-]\s+|\s+)(?P<title>[\"„“'\[(]?[A-ZÄÖÜ0-9].*)\Z", re.DOTALL
)
_CONTROL_PARAGRAPH = re.compile(
    rf"(?:[•●○▪■o*+–-]\s+)?\**(?P<id>{LOOSE_ID})\**(?:\s*[:–—|]|\s-)\**\s+(?P<rest>\S.*)\Z", re.DOTALL
)
_NUMBERED_HEADING = re.compile(r"(?P<number>\d{1,2}(?:\.\d{1,3})*)\.?\s+(?P<title>[\"„“]?[A-ZÄÖÜ].*)\Z")
_LEADER = re.compile(r"(?:\.{4,}|(?:\. ){3,}\.?|…{2,}|_{4,})\s*(?:\d+|[ivxlc]+)?\s*\Z")
_SENTENCE_END = re.compile(r"[.;,!]\Z")
_BULLET = re.compile(
    r"(?:[•●○◦▪■□‣⁃∙·–—*+-]|[\uf0a7\uf0b7]|\(?[a-z]\)|[a-z]\.|\(?[ivx]{1,4}\)|[ivx]{2,4}\.|\(?\d{1,2}\)|\d{1,2}\.|\([a-z]\))"
    r"\s+\S"
)


def label_of(heading: str) -> str | None:
    """The control id or section number that a heading begins with, without blanks; ``None`` without one."""
    match = _LABEL.match(heading)
    if match is None:
        return None
    return re.sub(r"\s", "", match["id"] or match["number"])


def is_child(outer: str | None, inner: str | None) -> bool:
    """True if ``inner`` numbers a part of what ``outer`` numbers: 3.1 in 3, AC-2(1) in AC-2."""
    return bool(outer and inner and inner.startswith(outer) and inner[len(outer) : len(outer) + 1] in set(".(-"))


def is_control_id(text: str) -> bool:
    """True if the text is a control id and nothing else."""
    return _CONTROL_ONLY.match(text.strip()) is not None


def is_control_heading(line: str) -> bool:
    """True if a line of its own heads a control: an id, then a title rather than a sentence."""
    line = line.strip()
    if len(line) > MAX_HEADING_LENGTH or is_contents_line(line):
        return False
    if is_control_id(line):
        return not is_technical_name(line)
    match = _CONTROL_HEADING.match(line)
    return match is not None and not is_technical_name(match["id"]) and not _SENTENCE_END.search(line)


def control_of_paragraph(text: str) -> str | None:
    """The id, if the paragraph states a whole control: ``GV.OC-01: The mission is understood ...``."""
    match = _CONTROL_PARAGRAPH.match(text)
    if match is None or len(match["rest"]) < _LEAST_REQUIREMENT_LENGTH or is_technical_name(match["id"]):
        return None
    return match["id"]


def is_numbered_heading(line: str) -> bool:
    """True if a line of its own is a numbered heading such as ``3.2 Scope``."""
    line = line.strip()
    return (
        len(line) <= 120
        and _NUMBERED_HEADING.match(line) is not None
        and not _SENTENCE_END.search(line)
        and not is_contents_line(line)
    )


def number_depth(line: str) -> int:
    """The number of numbers in the section number at the start of a line; 0 without one."""
    match = _NUMBERED_HEADING.match(line.strip())
    return match["number"].count(".") + 1 if match else 0


def is_contents_line(line: str) -> bool:
    """True if a line is an entry of a table of contents: it ends in a leader of dots."""
    return _LEADER.search(line[-_LONGEST_LEADER:]) is not None


def is_list_item(line: str) -> bool:
    """True if a line begins with a bullet or an enumeration mark."""
    return _BULLET.match(line) is not None


def is_sentence_end(line: str) -> bool:
    """True if a line ends the way sentences and list items do, not the way headings do."""
    return _SENTENCE_END.search(line.rstrip()) is not None
