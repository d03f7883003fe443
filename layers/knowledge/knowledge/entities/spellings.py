"""Makes one key of all spellings of a thing: the gardener merges entities of one type that share it.

Case, blanks, hyphens, umlauts or their transcription make no difference; of roles and processes neither do the last
word's endings and gender forms (Administrator:in, Administratorinnen). An abbreviation counts as what it abbreviates
where the gazetteers list both, or where a line of the synonyms does and the letters are the words' initials (IAM,
identity and access management). Other synonyms are other things: LDAP is not Active Directory.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache

from grammar.control_ids import control_key
from grammar.stems import base_form, folded
from knowledge.entities.recognition import find_entities
from knowledge.taxonomy import EntityType
from knowledge.vocabulary.synonyms import concepts

#: Stored spellings begin with it. Raise it when the rule changes, and all entities are compared again.
SPELLING_VERSION = "1/"

_INFLECTED = frozenset({EntityType.ROLE, EntityType.PROCESS})
_WORD = re.compile(r"[\w+#]+(?:\.\d+)*")
_GENDER = re.compile(r"(?<=\w)(?:[:*_/]-?in(?:nen)?|\(in(?:nen)?\)|\([nr]\)|/-?[rn])(?!\w)")
#: Feminine forms end so after the endings of agents: -or, -er, -nt, -st, -ge, -te.
_FEMININE = re.compile(r"(?<=or|er|nt|st|ge|te)in(?:nen)?$")
#: What initials leave out.
_SMALL = frozenset({"and", "und", "of", "the", "der", "die", "das", "für", "for", "des", "von", "a"})
_ABBREVIATION = re.compile(r"[A-Z][A-Z0-9]{1,6}")


@lru_cache(maxsize=20_000)
def spelling(kind: EntityType, key: str) -> str:
    """The same text for every spelling of one thing; of two types never the same thing."""
    if kind is EntityType.CONTROL_ID:
        return SPELLING_VERSION + control_key(key)
    known = _listed(kind, key)
    words = _words(kind, known)
    return SPELLING_VERSION + (_abbreviations().get(_joined(words)) or _joined(words) or folded(key))


def _listed(kind: EntityType, key: str) -> str:
    """The normal form of a name that the gazetteers or the patterns of standards know, else the name."""
    found = find_entities(key)
    whole = len(found) == 1 and found[0].type is kind and found[0].text == key
    return found[0].normalized if whole else key


def _words(kind: EntityType, name: str) -> list[str]:
    if kind not in _INFLECTED:
        return [folded(word) for word in _WORD.findall(name)]
    *first, last = [folded(word) for word in _WORD.findall(_GENDER.sub("", name))] or [""]
    return [*first, base_form(_FEMININE.sub("", last))]  # within a compound, an ending is no ending


def _joined(words: list[str]) -> str:
    """Words without what parts them, but for two numbers: 27001-1 is not 270011."""
    joined = ""
    for word in words:
        joined += "-" + word if joined[-1:].isdigit() and word[:1].isdigit() else word
    return joined


@cache
def _abbreviations() -> dict[str, str]:
    """By the joined words of a term, the abbreviation it is known by; of two, none."""
    found: dict[str, set[str]] = {}
    for long, short in _abbreviated():
        for kind in (EntityType.PROCESS, EntityType.TECHNOLOGY):
            found.setdefault(_joined(_words(kind, long)), set()).add(short.lower())
    return {long: shorts.pop() for long, shorts in found.items() if len(shorts) == 1}


def _abbreviated() -> Iterator[tuple[str, str]]:
    for listed in concepts().values():
        for concept in listed:
            terms = (*concept.german, *concept.english, *concept.both)
            for short in filter(_ABBREVIATION.fullmatch, terms):
                yield from ((long, short) for long in terms if _initials(long) == short)


def _initials(term: str) -> str:
    words = [word for word in re.findall(r"\w+", term) if word.lower() not in _SMALL]
    return "".join(word[0] for word in words).upper() if len(words) > 1 else ""
