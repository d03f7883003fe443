"""Cleans characters that are not content, and repairs ids that a line break cut in two."""

from __future__ import annotations

import re
import unicodedata

_SOFT_BREAK = re.compile(r"\u00ad[ \t]*\n[ \t]*")
_INVISIBLE = re.compile(
    "[\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffc\U000e0000-\U000e007f]"
)
_HIDDEN_MESSAGE = re.compile("[\U000e0000-\U000e007f]{4,}")
_CONTROL = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")
_BLANK = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_NEWLINE = re.compile("\r\n?|\x0c|\x85")
_LIGATURES = {
    0xFB00: "ff",
    0xFB01: "fi",
    0xFB02: "fl",
    0xFB03: "ffi",
    0xFB04: "ffl",
    0xFB05: "st",
    0xFB06: "st",
}
_BREAK = r"[ \t]*\n[ \t]*"
_CUT_IDS = (
    re.compile(rf"\b([A-Z]{{2,10}}(?:\.\d{{1,3}})+\.){_BREAK}([A-Z]\d{{1,3}}\b)"),  # NET.3.1. + A1
    re.compile(rf"\b([A-Z]{{2,10}}(?:\.\d{{1,3}})+\.[A-Z]){_BREAK}(\d{{1,3}}\b)"),  # NET.3.1.A + 1
    re.compile(rf"\b([A-Z]{{2,10}}(?:\.\d{{1,3}})+){_BREAK}(\.[A-Z]\d{{1,3}}\b)"),  # NET.3.1 + .A1
    # NET. + 3.1.A1
    re.compile(rf"\b([A-Z]{{2,10}}\.(?:\d{{1,3}}\.)*){_BREAK}(\d{{1,3}}(?:\.\d{{1,3}})*\.[A-Z]\d{{1,3}}\b)"),
    re.compile(rf"\b([A-Z]{{2,5}}(?:\.[A-Z]{{2}})?-){_BREAK}(\d{{1,3}}\b)"),  # AC- + 2
    re.compile(rf"\b([A-Z]{{2}}\.){_BREAK}([A-Z]{{2}}-\d{{2}}\b)"),  # PR. + AA-01
)

HIDDEN_CHARACTERS_WARNING = "Invisible characters that could carry a hidden message were left out."


def clean(text: str) -> str:
    """One form for every character: composed letters, plain blanks and newlines, nothing invisible.

    Soft hyphens go, and with them the line break behind one. Control characters other than newline and tab
    go, so that any text can be stored.
    """
    text = _NEWLINE.sub("\n", text)
    text = _SOFT_BREAK.sub("", text)
    text = _INVISIBLE.sub("", text)
    text = _CONTROL.sub("", text)
    text = _BLANK.sub(" ", text)
    return unicodedata.normalize("NFC", text.translate(_LIGATURES))


def clean_line(text: str) -> str:
    """``clean``, with every run of blanks as one."""
    return " ".join(clean(text).split())


def flowing(text: str) -> str:
    """``clean_line`` for text that a line break may have cut within a control id."""
    return " ".join(rejoin_ids(clean(text)).split())


def has_hidden_message(text: str) -> bool:
    """True if the text carries Unicode tag characters, which show nowhere but can be read by a model."""
    return _HIDDEN_MESSAGE.search(text) is not None


def rejoin_ids(text: str) -> str:
    """Put control ids back together that a line break cut: ``NET.3.1.`` + ``A1``, ``AC-`` + ``2``."""
    for cut in _CUT_IDS:
        text = cut.sub(r"\1\2", text)
    return text
