"""Compares a text with its source word by word: a word of any length is the source's, or one of a closed list of ours.

A form of a word counts as the word, by its stem; a number or a control's id in another spelling and a modal verb in
another form count as well. A run without white space, "e.io/ab-cd", is one word unless a hyphen, an apostrophe or a
plain mark joins it: an address is never put together from a source's words. Any sign but plain punctuation needs its
source too.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache

from grammar.control_ids import blank_control_ids, find_control_ids
from grammar.duties import MODAL_VERBS
from grammar.language import is_function_word
from grammar.negation import negates
from grammar.numbers import stated_numbers
from grammar.stems import base_form, stem, verb_root

#: Words that a sentence may have without its source, by what they are, German | English. None of them obliges, denies,
#: limits, counts, joins or chooses, orders in time, or says that a thing is done: these are the source's alone.
_OWN = {
    "articles": "der die das den dem des ein eine einen einem einer eines | a an the",
    "pronouns": "dies diese dieser dieses diesem diesen es er sie ihm ihn ihr ihre ihrem ihren ihrer ihres sich "
    "| this that these those it its they them their which",
    "auxiliaries": "ist sind sein wird werden | is are be",
    "connectives": "auch außerdem dabei dass dazu ebenfalls zudem | also",
    "prepositions": "am an auf bei beim durch für im in ins mit von vom zum zur als | of in on for by with at as",
}
#: Words of questions, and of the frames in which a follow-up question is asked.
_ASKING = (
    "was wer wie wo wann warum welche welchem welchen welcher welches wofür wozu womit oft lange viele fordert steht "
    "unter und zu | what who how where when why which often long many does do require say under and to"
)
#: Punctuation between words, and inside of a run without white space.
_PLAIN_MARKS = frozenset(".,;:!?\"'„“”‚‘’«»()–—-‐‑…")
_JOINTS = frozenset("-‐‑–—'’,;()\"„“”")
_RUN = re.compile(r"\w+(?:[^\w\s]+\w+)*|[^\w\s]")
_PART = re.compile(r"\w+")
#: A shorter word has no forms, and neither has one of three letters that belongs to the grammar, "nie".
_FEWEST_STEMMED, _SURELY_STEMMED = 3, 4


def _listed(table: str) -> frozenset[str]:
    return frozenset(table.casefold().replace("|", " ").split())


OWN_WORDS = frozenset(word for words in _OWN.values() for word in _listed(words))
WORDS_OF_QUESTIONS = OWN_WORDS | _listed(_ASKING)


class SourceWords:
    """The words of a source.

    Args:
        text: what is compared with, as a rule one sentence.
        around: where a word that says something by itself, no number and no denial, may come from as well.
        own: words that need no source.
    """

    def __init__(self, text: str, *, around: str = "", own: Collection[str] = OWN_WORDS) -> None:
        self._runs = frozenset(runs(text))
        self._parts = frozenset(part for run in self._runs for part in _PART.findall(run))
        self._numbers = stated_numbers(text)
        self._ids = frozenset(found.key for found in find_control_ids(text))
        self._forms = _forms(self._parts)
        self._around = _forms(part for run in runs(around) for part in _PART.findall(run))
        self._own = own

    def foreign(self, said: str) -> list[str]:
        """The words and signs of a text that are neither the source's nor ours, in order."""
        rest = blank_control_ids(said, self._ids) if self._ids else said
        return [run for run in runs(rest) if not self._knows(run)]

    def share(self, said: str) -> float:
        """The share of a text's words of four letters and more, ours aside, that are in ``text``; 0 without any."""
        parts = {part for run in runs(said) for part in _PART.findall(run)} - set(self._own)
        words = [part for part in parts if len(part) >= _SURELY_STEMMED and not any(map(str.isdigit, part))]
        return sum(self._has(word) for word in words) / len(words) if words else 0.0

    def _has(self, part: str) -> bool:
        """True for a word of ``text``, a form of one, and a modal verb in another form."""
        if part in self._parts or any(part in forms and forms & self._parts for forms in MODAL_VERBS):
            return True
        return len(part) >= _SURELY_STEMMED and bool(_forms((part,)) & self._forms)

    def _knows(self, run: str) -> bool:
        if run in self._runs:
            return True
        if not run[0].isalnum() and len(run) == 1:
            return run in _PLAIN_MARKS
        joints = set(run) - set("".join(parts := _PART.findall(run)))
        return joints <= _JOINTS and all(map(self._knows_part, parts))

    def _knows_part(self, part: str) -> bool:
        if part in self._own or self._has(part):
            return True
        if number := stated_numbers(part):
            return number <= self._numbers
        if is_function_word(part) or negates(part):
            return False
        return bool(_forms((part,)) & (self._forms | self._around))


@lru_cache(maxsize=512)
def source_words(text: str, around: str = "") -> SourceWords:
    """The words of a source that is asked for again and again."""
    return SourceWords(text, around=around)


def runs(text: str) -> Iterator[str]:
    """The runs of a text without white space, in small letters; signs that join no words come one by one."""
    return iter(_RUN.findall(unicodedata.normalize("NFC", text).casefold()))


def stretch(text: str) -> str:
    """A text's words and signs between blanks, to be looked for in another's; plain punctuation aside."""
    return f" {' '.join(run for run in runs(text) if run not in _PLAIN_MARKS)} "


def _forms(parts: Iterable[str]) -> frozenset[str]:
    """Stems, base forms and roots of verbs; one kind is not taken for another."""
    words = [part for part in parts if len(part) >= _FEWEST_STEMMED and part.isalpha()]
    return frozenset(form for word in words for form in (stem(word), f"={base_form(word)}", f"-{verb_root(word)}"))
