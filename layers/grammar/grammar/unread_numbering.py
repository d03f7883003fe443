"""Numberings whose form nobody knows, so that the ledger can name what no reader of ids finds.

This looks neither at the forms of ids nor at the labels that ``numbering`` reads. It looks at first words alone: where
several paragraphs begin with words that hold a number and are otherwise alike (α-1, α-2, α-3), and what stands below
them binds, each of them promises a control.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from grammar.duties import BINDING, obligations
from grammar.id_lookalikes import counts_something_else
from grammar.openings import is_contents_entry
from grammar.sentences import split_sentences

#: So many first words of one form promise controls; this share of them over text that binds, in so many sentences.
_LEAST, _BINDING_SHARE, _LEAST_DENSITY = 3, 0.75, 0.3
_REACH = 3000
_FIRST_WORD = re.compile(r"[\s#*_|`\[(•●○▪■–—]*(?P<word>\S{2,24}?)[\])*_`:|.,;–—]*(?:\s|\Z)")
#: Numbers, dates, amounts, addresses and lists are no ids, nor are measures: 3., 2.1, 30%, b), §2, a@b.c, x=1.
_PLAIN = re.compile(
    r"[\d.,:/%()\[\]+\-–§€$<>]*|[a-zA-Z]?\)?|.*[@=\\<>{}\"„“].*|https?:.*|v?\d[\d.]*[a-zA-Z]{0,4}|[-+]?\d.*[%€$]"
)


@dataclass(frozen=True, slots=True)
class _Begun:
    start: int
    word: str


def unread_labels(text: str, starts: Sequence[int]) -> list[str]:
    """First words that number binding paragraphs, in order, each once. ``starts`` are where lines that may begin
    something start, in order."""
    begun = list(_begun(text, starts))
    runs: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    for place, line in enumerate(begun):
        end = begun[place + 1].start if place + 1 < len(begun) else len(text)
        runs[_form(line.word)].append((line.word, text[line.start : min(end, line.start + _REACH)]))
    promised = [run for run in runs.values() if _promises(run)]
    return list(dict.fromkeys(word for run in promised for word, _ in run))


def first_words(text: str) -> list[str]:
    """The first words that hold a number and may be ids of a form that nobody knows; none of a table of contents."""
    starts = [line.start() for line in re.finditer(r"[^\n]+", text) if not is_contents_entry(line[0])]
    return [line.word for line in _begun(text, starts)]


def binding_sentences(text: str) -> int:
    """The number of sentences of a text that bind by more than a permission."""
    return sum(1 for sentence in split_sentences(text) if obligations(sentence.text) & BINDING)


def _begun(text: str, starts: Sequence[int]) -> Iterator[_Begun]:
    for start in starts:
        match = _FIRST_WORD.match(text, start)
        if match is None:
            continue
        word = match["word"]
        if any(map(str.isnumeric, word)) and _PLAIN.fullmatch(word) is None and not counts_something_else(word):
            yield _Begun(start, word)


def _form(word: str) -> str:
    """The word with 9 for each number and the kind of each sign: numbers differ within a run, letters do not."""
    return re.sub(r"9+", "9", "".join("9" if unicodedata.category(sign) == "Nd" else sign for sign in word))


def _promises(run: Sequence[tuple[str, str]]) -> bool:
    if len({word for word, _ in run}) < _LEAST:
        return False
    bodies = [body for _, body in run]
    binding = [body for body in bodies if obligations(body) & BINDING]
    if len(binding) < max(_LEAST, _BINDING_SHARE * len(bodies)):
        return False
    sentences = sum(max(len(list(split_sentences(body))), 1) for body in bodies)
    return sum(map(binding_sentences, bodies)) >= _LEAST_DENSITY * sentences
