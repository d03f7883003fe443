"""Finds names in texts: standards, control ids, technologies, processes, roles, organisations, German and English.

The words of a text are looked up one after the other; where a listed name or the pattern of a standard begins, the
longest one counts. A role or process that ends a hyphenated compound takes all of it, because the compound is a kind
of it (Cloud-Administrator); of a compound that only begins with a name, the name counts (VPN-Zugang).

An abbreviation that a document defines and no list holds is an entity of its own, around the names within it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from grammar.control_ids import ControlId, display_id, find_control_ids
from grammar.stems import folded
from grammar.typed_ids import find_typed_control_ids
from knowledge.entities.abbreviations import Abbreviation, find_abbreviations
from knowledge.records import Entity, QuestionEntity
from knowledge.taxonomy import EntityType
from knowledge.vocabulary.gazetteers import GENERAL, NAMED, Entry, gazetteer
from knowledge.vocabulary.standards import Normalize, patterns_at, standard_at

#: What a compound's or a shortened form is worth, that no file lists.
_BY_FORM = 0.75
#: Ids of families that no published catalogue has.
_CONTROL = 0.95

_PLAIN_TOKEN = re.compile(r"\w+")
_SOFT_TOKEN = re.compile(r"\w+(?:\u00ad[ \t]*\n?[ \t]*\w+)*")
#: Addresses hold names (https, github) but speak of none.
_ADDRESS = re.compile(r"(?:https?://|www\.|mailto:)\S+|[\w.+-]{1,64}@[\w.-]{1,100}")
#: Characters that may be between two words of a name.
_GAP = re.compile(r"[ \t\u00a0]*(?:[-‐‑/&+]{1,2}\n?[ \t]*|[.'’](?=\w)|\n[ \t]*)?(?=\w)")
_LONGEST_NAME = 8
_VERSION = re.compile(r"[ \u00a0]?(?:v(?:ersion )?)?\d{1,3}(?:\.\d{1,3}){1,2}(?![\w.-]?\d|\w)", re.IGNORECASE)
_NUMBER = re.compile(r"[ \u00a0](?:v(?:ersion )?)?\d{1,4}(?: R2)?(?![\w:]|[.,-]\d)", re.IGNORECASE)
_GENDER = re.compile(r"(?:[:*]in(?:nen)?|/-?in(?:nen)?|\(in(?:nen)?\)|\([nr]\)|/-?[rn])(?!\w)")
_COMPOUND_BEFORE = re.compile(r"(?:\w+-)+$")
#: German compounds tell by their end what they are. Adjectives that end alike are no roles.
_COMPOUND = re.compile(
    r"(?P<process>\w{3,}(?:management|risikoanalyse|datensicherung)(?:s|n|en)?)"
    r"|(?P<role>(?!(?:un|eigen|mit|ge|be)verantwortlich)\w{3,}"
    r"(?:beauftragte|verantwortliche|administrator|administratorinn?e?|eigentuemer|eigner)(?:[rnsm]|en|in|innen)?)"
)
_ENDING = re.compile(
    r"(?<=beauftragte)[rnsm]$|(?<=verantwortliche)[rnsm]$|(?<=administrator)(?:en|s|in|innen)$|(?<=management)s$"
)

_Found = tuple[tuple[Entry, ...], tuple[tuple[re.Pattern[str], Normalize], ...]]
#: What each word met so far can begin; texts repeat their words. Emptied when it has grown too large.
_met: dict[str, _Found | None] = {}
_MOST_MET = 200_000
#: What is longer is no word and names nothing.
_LONGEST_WORD = 80


@dataclass(frozen=True, slots=True)
class _Name:
    type: EntityType
    start: int
    end: int
    normalized: str
    confidence: float


def find_entities(text: str) -> list[Entity]:
    """The entities of a document's text in order; offsets count from the text's beginning.

    None is within another, but for those within the definition of an abbreviation.
    """
    names = _beside(list(find_control_ids(text)), text)
    defined = [
        _Name(EntityType.ABBREVIATION, found.start, found.end, found.normalized, NAMED)
        for found in find_abbreviations(text)
        if not _is_listed(found)
    ]
    return [
        Entity(
            type=name.type,
            text=text[name.start : name.end],
            char_from=name.start,
            char_to=name.end,
            normalized=name.normalized,
            confidence=name.confidence,
        )
        for name in sorted([*names, *defined], key=lambda one: (one.start, -one.end))
    ]


def _is_listed(found: Abbreviation) -> bool:
    """True if the gazetteers know that both forms are the same."""
    long, short = list(_names(found.long)), list(_names(found.short))
    whole = len(long) == len(short) == 1 and (long[0].start, long[0].end) == (0, len(found.long))
    return whole and (long[0].type, long[0].normalized) == (short[0].type, short[0].normalized)


def question_entities(question: str) -> tuple[QuestionEntity, ...]:
    """The entities of a question as people type it, without general words and without names that only qualify."""
    mentioned = _MENTIONED.search(question) is not None
    return tuple(
        QuestionEntity(
            type=name.type,
            text=question[name.start : name.end],
            start=name.start,
            end=name.end,
            normalized=name.normalized,
        )
        for name in _beside(list(find_typed_control_ids(question)), question)
        if name.confidence > GENERAL
        and not (mentioned and name.type in _THINGS)
        and not _only_qualifies(name, question)
    )


#: Who asks what a word means speaks of the word, not of the thing.
_MENTIONED = re.compile(
    r"(?:wofür|für was) steh|\bsteht .* für\b|\babkürzung\b|\bstands? for\b|\bwhat (?:does|do) \S+ mean"
    r"|\bacronym\b|\babbreviation\b|\bmeaning of\b",
    re.IGNORECASE,
)
_THINGS = frozenset({EntityType.TECHNOLOGY, EntityType.PROCESS, EntityType.ROLE})
#: "Welche ISO-Maßnahme", "which Grundschutz requirement": part of a standard's name says whose requirement is meant.
_PARTIAL = frozenset({"iso", "iec", "nist", "bsi", "grundschutz"})
_QUALIFIED = re.compile(
    r"(?:[- ](?:control|requirement|measure|module|family|families|criteri|kriteri|maßnahme|massnahme|baustein"
    r"|anforderung|kontrolle|vorgabe|katalog|catalog|norm|zertifi|certif|konform|compliant))|-\w",
    re.IGNORECASE,
)


def _only_qualifies(name: _Name, question: str) -> bool:
    written = question[name.start : name.end].lower()
    return written in _PARTIAL and _QUALIFIED.match(question, name.end) is not None


def _beside(controls: Sequence[ControlId], text: str) -> list[_Name]:
    """Names and ids in order. An id counts before a name, but for one that is part of a standard's."""
    names = list(_names(text))
    standards = [(name.start, name.end) for name in names if name.type is EntityType.STANDARD]
    ids = [
        _Name(EntityType.CONTROL_ID, control.start, control.end, display_id(control.key), _CONTROL)
        for control in controls
        if not any(start <= control.start and control.end <= end for start, end in standards)
    ]
    if not ids:
        return names
    merged: list[_Name] = []
    for name in sorted([*ids, *names], key=lambda one: (one.start, one.type is not EntityType.CONTROL_ID)):
        if not merged or name.start >= merged[-1].end:
            merged.append(name)
        elif name.type is EntityType.CONTROL_ID:
            merged[-1] = name
    return merged


def _names(text: str) -> Iterator[_Name]:
    end = 0
    tokens = _SOFT_TOKEN if "\u00ad" in text else _PLAIN_TOKEN
    addresses = (
        [match.span() for match in _ADDRESS.finditer(text)] if "://" in text or "@" in text or "www." in text else []
    )
    addresses.reverse()
    for token in tokens.finditer(text):
        word = token[0]
        try:
            found = _met[word]
        except KeyError:
            found = _meet(word)
        if found is None or token.start() < end:
            continue
        while addresses and addresses[-1][1] <= token.start():
            addresses.pop()
        if addresses and addresses[-1][0] <= token.start():
            continue
        name = _name_at(text, token, found)
        if name is not None:
            name = _completed(name, text, end)
            end = name.end
            yield name


def _meet(word: str) -> _Found | None:
    if len(word) > _LONGEST_WORD:
        return None
    if len(_met) > _MOST_MET:
        _met.clear()
    key = folded(word)
    entries = gazetteer().get(key, ())
    if entries and word[-1] == "s" and word[:-1].isupper():  # "IDs" are no IDS
        entries = tuple(entry for entry in entries if entry.length > 1 or folded(word[:-1]) in entry.last)
    if not entries and (compound := _COMPOUND.fullmatch(key)):
        entries = (_compound_entry(word, key, compound),)
    patterns = patterns_at(key)
    found = (entries, patterns) if entries or patterns else None
    _met[word] = found
    return found


def _compound_entry(word: str, key: str, compound: re.Match[str]) -> Entry:
    kind = EntityType.PROCESS if compound["process"] else EntityType.ROLE
    stem = _ENDING.sub("", key)
    normalized = word[: len(word) - (len(key) - len(stem))]
    return Entry(kind, normalized[:1].upper() + normalized[1:], _BY_FORM, (), frozenset({key}), None, versioned=False)


def _name_at(text: str, token: re.Match[str], found: _Found) -> _Name | None:
    entries, patterns = found
    best: _Name | None = None
    if patterns and (standard := standard_at(text, token.start(), patterns)):
        best = _Name(EntityType.STANDARD, token.start(), standard.end, standard.normalized, NAMED)
    following = [token] if not entries or entries[0].length == 1 else _following(text, token, entries[0].length)
    words = [folded(word[0]) for word in following]
    for entry in entries:
        if not _matches(entry, words, following):
            continue
        end = following[entry.length - 1].end()
        if best is None or end > best.end:
            best = _Name(entry.type, token.start(), _with_version(entry, text, end), entry.normalized, entry.confidence)
        break
    return best


def _following(text: str, token: re.Match[str], most: int) -> list[re.Match[str]]:
    words = [token]
    while len(words) < min(most, _LONGEST_NAME):
        gap = _GAP.match(text, words[-1].end())
        word = _SOFT_TOKEN.match(text, gap.end()) if gap else None
        if word is None:
            break
        words.append(word)
    return words


def _matches(entry: Entry, words: Sequence[str], following: Sequence[re.Match[str]]) -> bool:
    last = len(entry.words)
    if last >= len(words) or words[last] not in entry.last or tuple(words[:last]) != entry.words:
        return False
    return entry.exact is None or entry.exact == tuple(word[0] for word in following[: last + 1])


def _with_version(entry: Entry, text: str, end: int) -> int:
    if entry.type not in (EntityType.TECHNOLOGY, EntityType.STANDARD):
        return end
    version = _VERSION.match(text, end) or (_NUMBER.match(text, end) if entry.versioned else None)
    return version.end() if version else end


def _completed(name: _Name, text: str, floor: int) -> _Name:
    """The name with its feminine ending and, of a role or process, the whole compound it ends."""
    if name.type not in (EntityType.ROLE, EntityType.PROCESS):
        return name
    start, end = name.start, name.end
    if name.type is EntityType.ROLE and (gender := _GENDER.match(text, end)):
        end = gender.end()
    if text[start - 1 : start] == "-" and (before := _COMPOUND_BEFORE.search(text, max(floor, start - 60), start)):
        start = before.start()
    normalized = name.normalized if start == name.start else text[start : name.start] + name.normalized
    return _Name(name.type, start, end, normalized, name.confidence)
