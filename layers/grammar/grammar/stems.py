"""Stems: the part that the forms of a German or English word have in common. The only stemmer.

Standards and questions mix both languages, so a word is cut by the English rules and then by the German ones
(Snowball, both), whatever its language: "policies" and "policy" become "polici", "Passwörter" and "Passwort" become
"passwort", also where the umlaut is written as "oe". A stem is for comparing words and never for showing.

Snowball cuts deeper in long words than in short ones ("Prüfung" keeps its ending, "Ablageprüfung" loses it), so what
compares a compound with its parts uses `base_form`, which takes off endings and nothing else, and costs less.
"""

from __future__ import annotations

import re
import sys
from functools import cache, lru_cache
from importlib import import_module
from importlib.util import find_spec, module_from_spec
from threading import Lock
from typing import Any

from grammar.language import is_function_word

_WORD = re.compile(r"[^\W\d_]{4,}")
_WORD_OR_NUMBER = re.compile(r"[^\W\d_]{2,}|\d+(?:[.,]\d+)*")
#: A longer token is no word; to cut it would cost time and say nothing.
_LONGEST_WORD = 60
_FOLDED = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "\u00ad": None, "\u200b": None, "\n": None, " ": None}
)
_ENDING = re.compile(r"(?<=\w{5})(?:innen|ern|er)$|(?<=\w{4})(?:em|en|es|e|n)$|(?<=\w{3})(?<![sui])s$")
_UMLAUT = re.compile(r"(?<=[aou])e(?=[b-df-hj-np-tv-z]|u)")
_VERB_ENDING = re.compile(r"(?:e?n|e?t)$")
_SHORTEST_ROOT = 4
#: Snowball's stemmers keep the word that they work on.
_one_at_a_time = Lock()


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """The stem of one word, in small letters. Any thread may call it."""
    small = word.lower()
    if len(small) > _LONGEST_WORD:
        return small
    english, german = _stemmers()
    with _one_at_a_time:
        return str(german.stemWord(english.stemWord(small)))


def stems(text: str) -> frozenset[str]:
    """The stems of a text's words of four letters and more."""
    return frozenset(map(stem, _WORD.findall(text.lower())))


def content_stems(text: str) -> frozenset[str]:
    """The stems of the words that say something by themselves, and the numbers."""
    return frozenset(stem(word) for word in _WORD_OR_NUMBER.findall(text.lower()) if not is_function_word(word))


def folded(word: str) -> str:
    """A word without case, umlauts and soft hyphens."""
    return word.lower().translate(_FOLDED)


@lru_cache(maxsize=50_000)
def base_form(word: str) -> str:
    """A word without case, umlauts and the endings of its forms, those of several plurals included."""
    plain = folded(word)
    if plain.endswith("ies") and len(plain) > 5:
        plain = plain[:-3] + "y"
    while (shorter := _ENDING.sub("", plain)) != plain:
        plain = shorter
    return _UMLAUT.sub("", plain)


@lru_cache(maxsize=50_000)
def verb_root(word: str) -> str:
    """The part that a German verb's present, infinitive and participle share ("prüft", "prüfen", "geprüft"), no past.

    Too short a part is none; then it is the word.
    """
    plain = folded(word)
    root = _VERB_ENDING.sub("", plain[2:] if plain.startswith("ge") and plain.endswith("t") else plain)
    return root if len(root) >= _SHORTEST_ROOT else plain


@cache
def _stemmers() -> tuple[Any, Any]:
    """English and German. The package would import thirty languages, a tenth of a second at every cold start."""
    package = "snowballstemmer"
    if package not in sys.modules and (found := find_spec(package)) is not None:
        sys.modules[package] = module_from_spec(found)
    return (
        import_module(f"{package}.english_stemmer").EnglishStemmer(),
        import_module(f"{package}.german_stemmer").GermanStemmer(),
    )
