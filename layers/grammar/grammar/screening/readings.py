"""The forms in which a text may be read: without disguise, and decoded. All of it in linear time and bounded size."""

from __future__ import annotations

import base64
import binascii
import html
import re
import unicodedata
from collections.abc import Iterator
from urllib.parse import unquote

#: Characters of decoded text that are read; a text with more encoded characters is `TooMuchEncoded`.
MOST_DECODED = 4_000
_MOST_SPACED_LETTERS = 2_000
_DEPTH = 2
#: Begins a word that was spaced letters without any gap between its words.
RUN_TOGETHER = "zz"

_EXPANDING = re.compile("[\u3300-\u33ff\ufdf0-\ufdff]")
_TAGS = re.compile("[\U000e0020-\U000e007e\U000e00a0-\U000e00ff]+")
_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\U000e0000-\U000e0fff\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]+"
)
# Letters of other scripts that look like Latin ones (the idea of UTS 39, for the letters that fonts draw alike).
_LOOKALIKES = str.maketrans(
    "абвгеёзіїјкмнорстухѕԁԛԝһӏѵαβγεηικνορτυχωϲϳıɑɡɩʀʏոսօցհք‘’ʼ",
    "abbreeziijkmhopctyxsdqwhlvabyenikvoptuxwcjiagirynuoghp'''",
)
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{16,}={0,2}")
_HEX = re.compile(r"[0-9A-Fa-f]{20,}|(?:\\x[0-9A-Fa-f]{2}){6,}|(?:[0-9A-Fa-f]{2}[ :]){8,}[0-9A-Fa-f]{2}")
_PERCENT = re.compile(r"(?:%[0-9A-Fa-f]{2}){4,}")
_SPACED = re.compile(r"(?<![^\W_])(?:[^\W_][ .\-_*]{1,3}){3,}[^\W_](?![^\W_])")
_SEPARATOR = re.compile(r"[ .\-_*]+")
_ROT13 = str.maketrans(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", "nopqrstuvwxyzabcdefghijklmNOPQRSTUVWXYZABCDEFGHIJKLM"
)
_LEET = str.maketrans("0134578@$", "oieastbas")
_LEET_WORD = re.compile(r"[a-z0-9@$]{2,}")


class TooMuchEncoded(Exception):
    """A text holds more encoded or spaced-out letters than are decoded; nobody can say that it is harmless."""


def plain(text: str) -> str:
    """Return `text` in small letters without accents, disguise and invisible characters."""
    if text.isascii():
        small = text.lower()
    else:
        shown = _TAGS.sub(lambda run: "\n" + "".join(chr(ord(one) - 0xE0000) for one in run[0]), text)
        folded = unicodedata.normalize("NFKD", _EXPANDING.sub(" ", shown))
        small = _UNSEEN.sub("", folded).casefold().translate(_LOOKALIKES)
    if "&" in small:
        small = html.unescape(small)
    return _joined(_LEET_WORD.sub(_without_leet, small))


def _without_leet(word: re.Match[str]) -> str:
    return word[0] if word[0].isalpha() or word[0].isdigit() else word[0].translate(_LEET)


def rot13(text: str) -> str:
    """Return `text` with each Latin letter moved by thirteen places."""
    return text.translate(_ROT13)


def decoded(text: str, depth: int = _DEPTH) -> Iterator[str]:
    """Yield what the encoded parts of `text` say, a part a line: base64, hexadecimal, percent-encoded.

    Raises `TooMuchEncoded`.
    """
    budget = MOST_DECODED
    found: list[str] = []
    for pattern, read in ((_PERCENT, unquote), (_HEX, _of_hex), (_BASE64, _of_base64)):
        for run in pattern.finditer(text):
            said = read(run[0])
            if not said or not _reads_like_text(said):
                continue
            budget -= len(said)
            if budget < 0:
                raise TooMuchEncoded
            found.append(said)
    if found:
        together = "\n".join(found)
        yield together
        if depth > 1:
            yield from decoded(together, depth - 1)


def _of_base64(run: str) -> str:
    bare = run.rstrip("=").replace("-", "+").replace("_", "/")
    bare = bare[: len(bare) - 1] if len(bare) % 4 == 1 else bare
    try:
        return base64.b64decode(bare + "=" * (-len(bare) % 4)).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return ""


def _of_hex(run: str) -> str:
    digits = re.sub(r"\\x|[ :]", "", run)
    return bytes.fromhex(digits[: len(digits) // 2 * 2]).decode("utf-8", "replace")


def _reads_like_text(said: str) -> bool:
    letters = sum(map(str.isalpha, said[:400])) + said[:400].count(" ")
    return len(said) >= 8 and letters >= 0.8 * min(len(said), 400)


def _joined(text: str) -> str:
    """Return `text` with "i g n o r e" as "ignore". Raises `TooMuchEncoded`."""
    budget = _MOST_SPACED_LETTERS

    def join(run: re.Match[str]) -> str:
        nonlocal budget
        separators = _SEPARATOR.findall(run[0])
        letters = _SEPARATOR.split(run[0])
        if len(set(letters)) < 4:
            return run[0]
        budget -= len(run[0])
        if budget < 0:
            raise TooMuchEncoded
        usual = max(set(separators), key=separators.count)
        gaps = ["" if one == usual else " " for one in separators]
        joined = "".join(letter + gap for letter, gap in zip(letters, [*gaps, ""], strict=True))
        return f" {joined} " if " " in joined else f" {RUN_TOGETHER}{joined} "

    return _SPACED.sub(join, text)
