"""Other words for what a question asks about: those of the asker's own documents, and those of a model.

The curated table's terms are in the analysis already (knowledge.vocabulary.synonyms).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from grammar.control_ids import find_control_ids
from grammar.language import detect_language
from grammar.stems import base_form
from knowledge.entities.abbreviations import beginnings, both_forms, place_of, short_forms
from knowledge.entities.spellings import spelling
from knowledge.records import Analysis, Expansion, ModelUse, OwnName
from knowledge.store.ports.graph import NamesAsked
from knowledge.taxonomy import EntityType

#: Terms from the graph and as many from a model; phrasings, of which each is a search of its own.
MOST_OWN_TERMS = MOST_MODEL_TERMS = 6
MOST_PHRASINGS = 2
#: Of one name; a role of many spellings must not crowd out the others.
_MOST_OF_A_NAME = 3
_LONGEST_TERM, _LONGEST_PHRASING = 60, 300
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Rephrased:
    """A model's other words for a question, unchecked, and the cost of asking."""

    terms: Sequence[str] = ()
    phrasings: Sequence[str] = ()
    use: ModelUse = field(default_factory=ModelUse)


def names_asked(question: str, analysis: Analysis) -> NamesAsked:
    """The terms to look for in the graph, without ids and standards: retrieval knows their documents."""
    named = {
        (entity.type, entity.normalized): spelling(entity.type, entity.normalized)
        for entity in analysis.entities
        if entity.type not in (EntityType.CONTROL_ID, EntityType.STANDARD)
    }
    return NamesAsked(
        entities=[(*name, spelled) for name, spelled in named.items()],
        shorts=short_forms(question),
        beginnings=beginnings(question),
    )


def own_terms(question: str, analysis: Analysis, names: Sequence[OwnName]) -> tuple[Expansion, ...]:
    """Up to ``MOST_OWN_TERMS``: abbreviations and what they abbreviate first, then other spellings of names."""
    terms = [*_abbreviated(question, names), *_other_spellings(analysis, names)]
    return tuple(_new(question, analysis, terms, "graph"))[:MOST_OWN_TERMS]


def usable(rephrased: Rephrased, question: str, analysis: Analysis) -> tuple[tuple[Expansion, ...], tuple[str, ...]]:
    """The words of a model that can be searched: short, new, and without control ids that nobody asked for.

    Its terms stand for the question as a whole: no word of it counts as spoken of because a model has another for it.
    """
    asked = {mention.key for mention in analysis.controls}
    terms = [(term, "") for term in _clean(rephrased.terms, _LONGEST_TERM, asked)]
    phrasings = [each for each in _clean(rephrased.phrasings, _LONGEST_PHRASING, asked) if each != question]
    expansion = tuple(_new(question, analysis, terms, "model"))[:MOST_MODEL_TERMS]
    return expansion, tuple(dict.fromkeys(phrasings))[:MOST_PHRASINGS]


def _abbreviated(question: str, names: Sequence[OwnName]) -> Iterator[tuple[str, str]]:
    shorts = {short.upper(): short for short in short_forms(question)}
    for key in dict.fromkeys(name.key for name in names if name.type is EntityType.ABBREVIATION):
        long, short = both_forms(key)
        if short.upper() in shorts:
            yield long, shorts[short.upper()]
        elif (because := place_of(long, question)) is not None:
            yield short, because


def _other_spellings(analysis: Analysis, names: Sequence[OwnName]) -> Iterator[tuple[str, str]]:
    for entity in analysis.entities:
        same = [one.text for one in names if (one.type, one.asked) == (entity.type, entity.normalized)]
        known, given = {_stems(entity.text)}, 0
        for text in same:  # not their normal form, which perhaps no document has
            if given < _MOST_OF_A_NAME and _stems(text) not in known and not _adds_to(text, entity.text):
                known.add(_stems(text))
                given += 1
                yield " ".join(text.split()), entity.text


def _adds_to(text: str, name: str) -> bool:
    """True if a text is the name with something beside it: TLS 1.2 is narrower than TLS, and found by its word."""
    whole, part = ("".join(_stems(each)) for each in (text, name))
    return part in whole and part != whole


def _new(question: str, analysis: Analysis, terms: Iterable[tuple[str, str]], origin: str) -> Iterator[Expansion]:
    """Terms that say something the question and its expansion do not say yet."""
    asked = set(_stems(question))
    known = {_stems(expansion.term) for expansion in analysis.expansion}
    for term, because in terms:
        stems = _stems(term)
        if stems and len(term) <= _LONGEST_TERM + 20 and not set(stems) <= asked and stems not in known:
            known.add(stems)
            language = detect_language(term, default=analysis.language)
            yield Expansion.model_validate({"term": term, "language": language, "because": because, "origin": origin})


def _clean(texts: Iterable[str], longest: int, asked: set[str]) -> Iterator[str]:
    for text in texts:
        plain = " ".join(text.split())
        invented = {one.key for one in find_control_ids(plain)} - asked
        if 2 < len(plain) <= longest and any(letter.isalpha() for letter in plain) and not invented:
            yield plain


def _stems(text: str) -> tuple[str, ...]:
    return tuple(base_form(word) for word in _WORD.findall(text))
