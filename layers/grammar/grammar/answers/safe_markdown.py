"""Others' words in CommonMark that renders to no active content: no link, image, HTML, heading, code block or math.

Lists stay lists. A run that some renderer would make a link of, "https://…", "www.…", "name.tld", is put into a code
span, since extensions look for links in plain text as well. Characters that nobody sees, and those that turn the
direction of a text, are left out.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Literal

#: ``answer_format`` of an answer that is written with `escaped`.
FORMAT: Literal["commonmark-safe"] = "commonmark-safe"

_ACTIVE = re.compile(r"[\\`*_\[\]<>|~${}]|&(?=#?\w)|(?<!\S)#")
_PUNCTUATION = re.compile(r"[!-/:-@\[-`{-~]")
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_RULE = re.compile(r"[-=+\s]+")
_SPACES = re.compile(r"(\s+)")
#: Marks that end a sentence rather than an address.
_ENDS = ".,;:!?)\"'”“»"
#: A scheme, a host or an address of mail; endings are written small, "ORP.4.A8" and "z.B." have none.
_LINK = re.compile(
    r"(?i:://|(?<!\w)www\.|\w@\w|\b(?:javascript|vbscript|data|file|mailto|tel|blob|ftp|xmpp):(?=\S))"
    r"|\w\.[a-z]{2,}(?!\w)"
)
#: Letters and marks without a shape: fillers and selectors. The others belong to categories of their own.
_SHAPELESS = frozenset(
    [
        *(0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0),
        *(*range(0x180B, 0x1810), *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)),
    ]
)
_SPACE_LIKE = frozenset("\t\x0b\x0c\x1c\x1d\x1e\x1f\x85\u2028\u2029")
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})


def visible(text: str) -> str:
    """A text without the characters that nobody sees; line breaks stay."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_seen, text.replace("\r\n", "\n").replace("\r", "\n")))


def _seen(character: str) -> str:
    if character == "\n":
        return character
    if character in _SPACE_LIKE:
        return " "
    return "" if unicodedata.category(character) in _UNSEEN or ord(character) in _SHAPELESS else character


def one_line(text: str) -> str:
    """A text on one line, without the characters that nobody sees."""
    return " ".join(visible(text).split())


def escaped(text: str) -> str:
    """A text of any lines in safe CommonMark, which renders to its words."""
    lines = [_line(line.strip()) for line in visible(text).split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")


def escaped_line(text: str) -> str:
    """The same on one line, as a heading and a table's cell need it."""
    return _line(one_line(text))


def unescaped(markdown: str) -> str:
    """The words of what `escaped` wrote, code spans opened."""
    opened = re.sub(r"(?<!\\)`([^`\n]+)`", lambda span: _PUNCTUATION.sub(r"\\\g<0>", span[1]), markdown)
    return _ESCAPE.sub(r"\1", opened)


def _line(line: str) -> str:
    written = "".join(piece if piece.isspace() else _run(piece) for piece in _SPACES.split(line) if piece)
    return f"\\{written}" if line and _RULE.fullmatch(line) and written == line else written


def _run(run: str) -> str:
    if not _LINK.search(run):
        return _ACTIVE.sub(r"\\\g<0>", run)
    if "`" in run or "|" in run:
        return _PUNCTUATION.sub(r"\\\g<0>", run)
    address = run.rstrip(_ENDS)
    rest = _ACTIVE.sub(r"\\\g<0>", run[len(address) :])
    return f"`{address}`{rest}"
