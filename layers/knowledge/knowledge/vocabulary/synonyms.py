"""Other words for what a question asks about: within its language and in the other one, from a curated table.

A line of the table is one concept. Endings, umlauts and hyphens make no difference, and a German compound that is
not listed counts as the listed words it begins and ends with (Passwortlängen: Passwort, Länge).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import zip_longest
from pathlib import Path

from grammar.stems import base_form
from knowledge.records import Expansion
from knowledge.taxonomy import Language

#: So many terms at most; every concept of the question gets one before any gets a second.
MOST_TERMS = 24

_TABLE = Path(__file__).parent / "synonyms.txt"
_WORD = re.compile(r"\w+")
_LONGEST_TERM = 5
_LONGEST_WORD = 60
#: Forms of verbs, tried where the word itself is not listed: geprüft, encrypted, archiving.
_PARTICIPLE = re.compile(r"ge(?P<german>\w{4,})t|(?P<english>\w{4,})(?:ed|ing)")
#: A shorter stem says too little to be a word's part.
_SHORTEST_PART = 5
_LINKING = ("", "s", "es", "n", "en", "e")


@dataclass(frozen=True, slots=True)
class Concept:
    """Terms that mean the same, by language; those in both tuples belong to both languages."""

    german: tuple[str, ...]
    english: tuple[str, ...]
    both: tuple[str, ...]

    def terms(self, asked_in: Language) -> Iterator[tuple[str, Language]]:
        """The other language's terms first: they are what a text in it is found by."""
        own, others = self.german, self.english
        other = Language.ENGLISH
        if asked_in is Language.ENGLISH:
            own, others, other = self.english, self.german, Language.GERMAN
        yield from ((term, other) for term in others[:1])
        yield from ((term, other) for term in self.both)
        yield from ((term, other) for term in others[1:])
        yield from ((term, asked_in) for term in own)


def expand(question: str, language: Language) -> tuple[Expansion, ...]:
    """Up to ``MOST_TERMS`` terms to search beside the question's own, each with the question's term it replaces."""
    words = [word for word in _WORD.finditer(question) if word.end() - word.start() <= _LONGEST_WORD]
    stems = [base_form(word[0]) for word in words]
    asked = frozenset(stems)
    lists: list[list[Expansion]] = []
    for begin, end, concept in _found(stems):
        because = question[words[begin].start() : words[end - 1].end()]
        terms = [
            Expansion(term=term, language=spoken, because=because)
            for term, spoken in concept.terms(language)
            if not _is_asked(term, asked)
        ]
        lists.append(terms)
    lists.sort(key=lambda terms: -len(terms[0].because) if terms else 0)  # long terms say more than short ones
    return _first_of_each(lists)


@cache
def concepts() -> dict[tuple[str, ...], tuple[Concept, ...]]:
    """Concepts by the stems of each of their terms. Reads the table once."""
    found: dict[tuple[str, ...], list[Concept]] = {}
    for line in _TABLE.read_text(encoding="utf-8").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        german, english, both = (
            tuple(term.strip() for term in column.split(",") if term.strip()) for column in line.split("|")
        )
        concept = Concept(german, english, both)
        for term in dict.fromkeys(_stems(term) for term in (*german, *english, *both)):
            found.setdefault(term, []).append(concept)
    return {term: tuple(listed) for term, listed in found.items()}


@lru_cache(maxsize=20_000)
def _stems(term: str) -> tuple[str, ...]:
    return tuple(base_form(word) for word in _WORD.findall(term))


def named_concepts(text: str) -> frozenset[Concept]:
    """The concepts a text speaks of, whatever its language and the words it uses for them."""
    stems = [base_form(word[0]) for word in _WORD.finditer(text) if word.end() - word.start() <= _LONGEST_WORD]
    return frozenset(concept for _, _, concept in _found(stems))


def _found(stems: Sequence[str]) -> Iterator[tuple[int, int, Concept]]:
    """From which word to which, and what concept; the longest term counts."""
    table = concepts()
    begin = 0
    while begin < len(stems):
        for end in range(min(len(stems), begin + _LONGEST_TERM), begin, -1):
            listed = table.get(tuple(stems[begin:end]))
            if listed:
                yield from ((begin, end, concept) for concept in listed)
                begin = end
                break
        else:
            for part in _parts(stems[begin]):
                yield from ((begin, begin + 1, concept) for concept in table[(part,)])
            begin += 1


@lru_cache(maxsize=20_000)
def _parts(compound: str) -> tuple[str, ...]:
    """The listed words in a word that is not: a compound's parts, else its beginning or end; a participle's verb."""
    table = concepts()
    if participle := _PARTICIPLE.fullmatch(compound):
        verb = base_form(participle["german"] or participle["english"])
        return (verb,) if (verb,) in table else ()
    heads = [at for at in range(_SHORTEST_PART, len(compound) - 2) if (compound[:at],) in table]
    tails = [at for at in range(3, len(compound) - _SHORTEST_PART + 1) if (compound[at:],) in table]
    for at in reversed(heads):
        for link in _LINKING:
            if compound.startswith(link, at) and (compound[at + len(link) :],) in table:
                return compound[:at], compound[at + len(link) :]
    if heads:
        return (compound[: heads[-1]],)
    return (compound[tails[0] :],) if tails else ()


def _is_asked(term: str, asked: frozenset[str]) -> bool:
    return all(one in asked for one in _stems(term))


def _first_of_each(lists: Sequence[Sequence[Expansion]]) -> tuple[Expansion, ...]:
    chosen: dict[str, Expansion] = {}
    for rank in zip_longest(*lists):
        for expansion in rank:
            if expansion is not None:
                chosen.setdefault(expansion.term.lower(), expansion)
    return tuple(chosen.values())[:MOST_TERMS]
