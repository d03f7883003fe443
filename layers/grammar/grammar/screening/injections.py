"""Finds texts that give orders to the model instead of asking it something, in German, English, French and Spanish.

A text is read without disguise (`readings`), cut into windows of some thirty words (`windows`), and each window is
scored by a logistic regression whose weights tools/screening_training has fitted. Encoded parts are read too. A text
that holds more encoded letters than are decoded is judged "unreadable": nobody can say that it is harmless.

Categories: direct_override, prompt_leak, jailbreak_persona, false_authority, exfiltration, command, unreadable. The
category says which ideas the window holds and decides nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise
from math import exp
from operator import attrgetter

from grammar.screening.readings import TooMuchEncoded, decoded, plain, rot13
from grammar.screening.windows import GRAM, Window, windows

THRESHOLD = 0.70
#: A long text is read in slices, so that no single search keeps other threads from their turn.
_SLICE, _OVERLAP = 16_000, 400
#: Tokens by which models mark who speaks; no text has a reason to hold one.
_CHAT_TOKEN = re.compile(
    r"<\|(?:im_start|im_end|system|user|assistant|endoftext|eot_id)\|>|\[/?INST\]|<</?SYS>>", re.IGNORECASE
)
_SENTENCE_END = re.compile(r"[:?!;\n]|[.] ")
_CERTAIN = 0.95  # no further window is scored
_MOST_TURNED = 4_000  # characters that are tried in rot13 and backwards
_CATEGORIES: tuple[tuple[str, frozenset[str]], ...] = (
    ("false_authority", frozenset({"faketag"})),
    ("false_authority", frozenset({"systemcolon"})),
    ("exfiltration", frozenset({"others", "tenant", "data"})),
    ("exfiltration", frozenset({"credentials", "show"})),
    ("false_authority", frozenset({"ai", "claim"})),
    ("false_authority", frozenset({"ai", "reader"})),
    ("direct_override", frozenset({"override", "rules"})),
    ("prompt_leak", frozenset({"show", "prompt"})),
    ("prompt_leak", frozenset({"show", "rules"})),
    ("prompt_leak", frozenset({"you", "prompt"})),
    ("jailbreak_persona", frozenset({"persona"})),
    ("command", frozenset({"run"})),
    ("command", frozenset({"destroy", "data"})),
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """`score` is the probability (0 to 1) that a text is an order to the model; `category` is None below the limit."""

    score: float
    category: str | None


@dataclass(frozen=True, slots=True)
class _Weights:
    """The weights by the kind of feature, so that no names are composed while a text is scored."""

    bias: float
    single: dict[str, float]
    begin: dict[str, float]
    asks: float
    pair: dict[str, dict[str, float]]
    follows: dict[tuple[str, str], float]
    gram: dict[str, float]


def judge(text: str) -> Verdict:
    """Return the verdict on a text of any length. Takes time in proportion to the length."""
    if _CHAT_TOKEN.search(text):
        return Verdict(1.0, "command")
    best, where = 0.0, None
    try:
        for at in range(0, max(len(text), 1), _SLICE):
            for window in _readings(text[at : at + _SLICE + _OVERLAP]):
                score = score_of(window)
                if score > best:
                    best, where = score, window
                if best >= _CERTAIN:
                    return Verdict(best, _category(window))
    except TooMuchEncoded:
        return Verdict(1.0, "unreadable")
    return Verdict(best, _category(where) if where is not None and best >= THRESHOLD else None)


def looks_like_injection(text: str) -> str | None:
    """Return the category of the order that a text holds, or None."""
    return judge(text).category


def _readings(text: str) -> Iterator[Window]:
    shown = plain(text)
    yield from windows(shown)
    for said in decoded(text):
        yield from windows(plain(said))
    for line in _without_function_words(shown):
        for turned in (rot13(line), line[::-1]):
            if _COMMON.intersection(turned.split()):
                yield from windows(turned)


def _without_function_words(shown: str) -> Iterator[str]:
    """Yield the sentences in which no word is one of the four languages' commonest: turned letters look so."""
    size = 0
    for line in _SENTENCE_END.split(shown):
        words = line.split()
        if len(words) > 3 and not _COMMON.intersection(words):
            size += len(line)
            if size > _MOST_TURNED:
                return
            yield line


_COMMON = frozenset(
    "the of and to is in a for that with on be are by this or an at from your you my all any not it as"
    " der die das und ist in zu den von mit fur auf ein eine im nicht alle dem des wird sind werden deine mir"
    " le la les de des et est un une du en pour que dans toutes tes sur au par"
    " el los las una por con se para tus todas del".split()
)


@cache
def _weights() -> _Weights:
    stored = json.loads(files(__package__).joinpath("weights.json").read_text("utf-8"))
    read = _Weights(stored["bias"], {}, {}, stored["weights"].get("q", 0.0), {}, {}, {})
    for name, weight in stored["weights"].items():
        kind, _, what = name.partition(":")
        if kind == "p":
            one, other = what.split("+")
            read.pair.setdefault(one, {})[other] = weight
        elif kind == "b":
            before, after = what.split(">")
            read.follows[before, after] = weight
        elif kind in _SIMPLE:
            _SIMPLE[kind](read)[what] = weight
    return read


_SIMPLE = {"c": attrgetter("single"), "s": attrgetter("begin"), "n": attrgetter("gram")}


def score_of(window: Window) -> float:
    """Return the probability that a window is an order: the sum of the weights of `windows.features`."""
    weights = _weights()
    ideas = set(window.ideas)
    total = weights.bias + (weights.asks if window.asks else 0.0)
    total += sum(weights.single.get(idea, 0.0) for idea in ideas)
    total += sum(weights.begin.get(idea, 0.0) for idea in window.begins)
    for idea in ideas:
        partners = weights.pair.get(idea)
        if partners:
            total += sum(partners[other] for other in partners.keys() & ideas)
    total += sum(weights.follows.get(two, 0.0) for two in set(pairwise(window.ideas)))
    gram = weights.gram.get
    text = window.text
    total += sum(gram(one, 0.0) for one in {text[at : at + GRAM] for at in range(len(text) - GRAM + 1)})
    return 1 / (1 + exp(-max(-30.0, min(30.0, total))))


def _category(window: Window) -> str:
    ideas = set(window.ideas)
    return next((name for name, needed in _CATEGORIES if needed <= ideas), "direct_override")
