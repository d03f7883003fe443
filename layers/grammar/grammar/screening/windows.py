"""The parts of a text that are judged one by one, and the features by which the classifier judges them.

A feature is an idea ("c:override"), a pair of ideas ("p:override+rules"), two ideas that follow each other
("b:show>prompt"), the idea at the beginning of a sentence ("s:show"), or four characters in a row ("n:igno").
`concepts.txt` lists the ideas and their words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib.resources import files
from itertools import pairwise

from grammar.screening.readings import RUN_TOGETHER

_TOKEN = re.compile(r"[^\W_]+(?:'[^\W_]+)?|[.!?;:\n]")
_ENDS = frozenset(".!?\n")
_BREAKS = frozenset(".!?;:\n")
_SHORTEST, _LONGEST, _STRIDE = 5, 32, 16  # tokens
_SHORT_STEM, _INNER_STEM, _LONG_STEM = 3, 5, 11
GRAM = 4
_LONGEST_RUN = 120  # letters that were spaced out
#: Ideas that every text about compliance holds. A window with no other idea is no order, and is not scored.
_EVERYDAY = frozenset(
    "all always any answer data duty fulfilled injection mention never now only others prior question third user rules"
    " claim tenant send".split()
)
_FAKE_TAG = re.compile(
    r"<\|\w{1,20}\|>|\[/?inst\]|<<sys>>|</?(?:system|assistant|passage|instructions?|prompt|developer|sys)\b[^<>]{0,40}>"
    r"|[\[(](?:system|sistema|systeme|admin|developer|assistant)[\])]"
)
_SYSTEM_COLON = re.compile(
    r"(?:\A|\n)[ #*>\[-]{0,8}(?:system|sistema|systeme|assistant|developer|admin)(?: ?(?:message|prompt|note|nachricht"
    r"|override|update))?[\]*]{0,3} ?:"
)
_FAKE_TAG_TOKEN, _SYSTEM_COLON_TOKEN = " zzfaketag ", "\nzzsystemcolon "


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Words, beginnings of words and phrases, each with its ideas."""

    words: dict[str, tuple[str, ...]] = field(default_factory=dict)
    stems: dict[str, tuple[str, ...]] = field(default_factory=dict)
    phrases: dict[str, list[tuple[list[str], str]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Window:
    """Some thirty words of a text, the ideas in them in order, and the idea that begins each sentence."""

    text: str
    ideas: tuple[str, ...]
    begins: frozenset[str]
    asks: bool


@cache
def vocabulary() -> Vocabulary:
    """Return the words of `concepts.txt`."""
    found = Vocabulary({"zzfaketag": ("faketag",), "zzsystemcolon": ("systemcolon",)})
    lines = files(__package__).joinpath("concepts.txt").read_text("utf-8").splitlines()
    for name, words in (line.split(":", 1) for line in lines if line and not line.startswith("#")):
        for phrase, word in re.findall(r'"([^"]+)"|(\S+)', words):
            if phrase:
                first, *rest = _TOKEN.findall(phrase)
                found.phrases.setdefault(first, []).append((rest, name))
            else:
                table, key = (found.words, word[1:]) if word.startswith("=") else (found.stems, word[:_LONG_STEM])
                table[key] = (*table.get(key, ()), name)
    return found


@lru_cache(maxsize=20_000)
def ideas_of(token: str) -> tuple[str, ...]:
    """Return the ideas of one word."""
    known = vocabulary()
    found = known.words.get(token, ())
    for length in range(_SHORT_STEM, min(len(token), _LONG_STEM) + 1):
        more = known.stems.get(token[:length])
        if more:
            found += more
    if token.startswith(RUN_TOGETHER):
        found += _ideas_inside(token)
    return found


def _ideas_inside(token: str) -> tuple[str, ...]:
    stems = vocabulary().stems
    found: tuple[str, ...] = ()
    for start in range(len(RUN_TOGETHER), min(len(token), _LONGEST_RUN) - _INNER_STEM + 1):
        for length in range(_INNER_STEM, _LONG_STEM + 1):
            found += stems.get(token[start : start + length], ())
    return found


def windows(plain: str) -> Iterator[Window]:
    """Yield the windows of a text (`readings.plain`) that could hold an order; every word is in at most two."""
    marked = _SYSTEM_COLON.sub(_SYSTEM_COLON_TOKEN, plain) if ":" in plain else plain
    if "<" in plain or "[" in plain or "(" in plain:
        marked = _FAKE_TAG.sub(_FAKE_TAG_TOKEN, marked)
    for tokens in _pieces(_TOKEN.findall(marked)):
        window = _window(tokens)
        if window is not None:
            yield window


def features(window: Window) -> list[str]:
    """Return the names of the window's features, each once."""
    single = sorted(set(window.ideas))
    found = [f"c:{idea}" for idea in single]
    found += [f"p:{one}+{other}" for at, one in enumerate(single) for other in single[at + 1 :]]
    found += {f"b:{one}>{other}" for one, other in pairwise(window.ideas)}
    found += [f"s:{idea}" for idea in window.begins]
    if window.asks:
        found.append("q")
    text = window.text
    found += {f"n:{text[at : at + GRAM]}" for at in range(len(text) - GRAM + 1)}
    return found


def _pieces(tokens: list[str]) -> Iterator[list[str]]:
    """Cut at ends of sentences; very short sentences join the next, very long ones are cut and overlap."""
    piece: list[str] = []
    for token in tokens:
        piece.append(token)
        if len(piece) >= _LONGEST:
            yield piece
            piece = piece[_STRIDE:]
        elif token in _ENDS and len(piece) >= _SHORTEST:
            yield piece
            piece = []
    if piece:
        yield piece


def _window(tokens: list[str]) -> Window | None:
    phrases = vocabulary().phrases
    ideas: list[str] = []
    begins: set[str] = set()
    first = True
    for at, token in enumerate(tokens):
        if token in _BREAKS:
            first = True
            continue
        found = ideas_of(token)
        for rest, idea in phrases.get(token, ()):
            if tokens[at + 1 : at + 1 + len(rest)] == rest:
                found = (*found, idea)
        ideas += found
        if first:
            begins.update(found)
            first = False
    held = set(ideas)
    if len(held) < 2 or held <= _EVERYDAY:
        return None
    return Window(" ".join(tokens), tuple(ideas), frozenset(begins), tokens[-1] == "?")
