"""The modal verbs of German and English standards, and how binding a sentence is by them. The only list of them.

German follows the BSI's definition (IT-Grundschutz-Kompendium, "Formulierung von Anforderungen"): MUSS / DARF NUR,
DARF NICHT / DARF KEIN, SOLLTE, SOLLTE NICHT / SOLLTE KEIN, KANN. English follows RFC 2119 and RFC 8174. Everyday
equivalents count alike: verboten, prohibited, erlaubt, required, empfohlen.

Standards write the verbs in capitals. Where a text does so, its everyday verbs bind nobody: see `writes_capitals` and
`Duty.capital`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, partial

from grammar.negation import KEIN, NICHT, NICHT_BEFORE, NO, NOT, NOT_BEFORE


class Obligation(StrEnum):
    """Degrees of obligation, by the BSI's definition and RFC 2119."""

    MUST = "must"
    MUST_NOT = "must_not"
    NEED_NOT = "need_not"
    SHOULD = "should"
    SHOULD_NOT = "should_not"
    MAY = "may"


#: Everything that binds; a permission does not.
BINDING = frozenset(Obligation) - {Obligation.MAY}

#: Forms of the modal verbs by what they state, in small letters.
_MUSS = ("muss", "muß", "müssen", "müsse")
_DARF = ("darf", "dürfen", "dürfe")
_SOLLTE = ("soll", "sollen", "sollte", "sollten")
_KANN = ("kann", "können")
_MUST = ("must", "shall")
_SHOULD = ("should",)
_MAY = ("may", "can")
#: For lists of words and for patterns elsewhere that need the verbs and not what they state.
GERMAN_MODAL_VERBS = (*_MUSS, *_DARF, *_SOLLTE, *_KANN)
ENGLISH_MODAL_VERBS = (*_MUST, *_SHOULD, *_MAY)
#: The forms of each modal verb, and the English verbs that the BSI's and RFC 2119's definitions take for one.
MODAL_VERBS = tuple(map(frozenset, (_MUSS, _DARF, _SOLLTE, _KANN, _MUST, _SHOULD, _MAY)))
#: The same without those of plain permission and ability, kann and can.
GERMAN_VERBS_OF_DEMAND, ENGLISH_VERBS_OF_DEMAND = (*_MUSS, *_SOLLTE), (*_MUST, *_SHOULD)
GERMAN_VERBS_OF_DUTY = (*_MUSS, *_DARF, *_SOLLTE)
VERBS_OF_DUTY = (*GERMAN_VERBS_OF_DUTY, *_MUST, *_SHOULD, "may")

#: Other words that state a duty, a recommendation, a permission or a ban.
_REQUIRED = ("verpflichtet", "verpflichtend", "erforderlich", "vorgeschrieben", "mandatory", "obliged")
#: A denial of these relieves.
_NEEDED = ("required", "obliged", "necessary", "mandatory")
_NEEDED_GERMAN = ("erforderlich", "notwendig", "nötig", "verpflichtet", "verpflichtend", "vorgeschrieben")
_RECOMMENDED = ("empfohlen", "recommended")
_ALLOWED_GERMAN, _ALLOWED = ("erlaubt", "gestattet", "zulässig"), ("allowed", "permitted")
_DISCOURAGED = ("abgeraten", "discouraged")
_FORBIDDEN = ("verboten", "untersagt", "unzulässig", "prohibited", "forbidden")

#: The words that the BSI and RFC 2119 define; a text that writes one of them in capitals means the definition.
_DEFINED = (*GERMAN_MODAL_VERBS, *_MUST, *_SHOULD, "may", "required", "recommended")


def _any(*words: str) -> str:
    return rf"(?:{'|'.join(words)})"


def _verb(*words: str) -> str:
    """Whole words only: "Soll-Zustand", "Kann-Regel" and "must-have" are nouns."""
    return rf"{_any(*words)}\b(?![-‑]\w)"


_REACH_WORD = rf"\s+(?!{_any(*GERMAN_MODAL_VERBS)}\b)[^\s,;:.]+"
#: German denies anywhere behind the verb, but within its clause: a comma or another modal verb ends its reach.
_REACH = rf"(?:{_REACH_WORD}){{0,12}}?\s+"
#: Words between "kein" or "no" and the verb: "Kein Konto darf", "No shared account may".
_SUBJECT = rf"(?:\s+(?!{_any(*GERMAN_MODAL_VERBS, *ENGLISH_MODAL_VERBS)}\b)[^\s,;:.]+){{0,8}}?\s+"
#: There "kein" and "no" belong to the subject; "users with no account must" denies the account.
_CLAUSE = r"(?:\A|(?<=\n)|(?<=[^\w\s]\s)|(?<=\bdass\s)|(?<=\bdamit\s)|(?<=\bund\s)|(?<=\bthat\s)|(?<=\band\s))"
#: A word that begins another clause ends the subject: "No data is kept unless it is required".
_OTHER_CLAUSE = _any(
    *"unless until if when where while except because as than without".split(),
    *"wenn falls sofern soweit solange bis außer weil als ohne".split(),
)
_STATED = rf"(?:\s+(?!{_any(*GERMAN_MODAL_VERBS, *ENGLISH_MODAL_VERBS)}\b|{_OTHER_CLAUSE}\b)[^\s,;:.]+){{0,8}}?\s+"
#: The denied subject of an adjective or a participle: "No user is allowed", "Keine Ausnahme ist zulässig".
_NOTHING_IS = rf"{_CLAUSE}(?!never\b|neither\b|nie\b|niemals\b){_any(NO, KEIN)}{_STATED}"
#: "und nicht" denies another verb than the one before: "muss lang sein und nicht leicht zu erraten".
_OWN_NICHT = rf"(?<!\bund\s)(?<!\boder\s)(?<!\bsowie\s){NICHT}"
_NO_SUBJECT, _KEIN_SUBJECT = rf"{_CLAUSE}{NO}{_SUBJECT}", rf"{_CLAUSE}{KEIN}{_SUBJECT}"
_NUR = r"(?:nur|ausschließlich|lediglich)\b"
#: The month of "May 2024" allows nothing.
_NO_DATE = r"(?!\s+\d)"

#: In this order: a negated verb must not be read as the plain one. Each with the letters that its patterns begin with,
#: which spares most words a look at all of them.
_VERBS: tuple[tuple[Obligation, str, tuple[str, ...]], ...] = (
    (
        Obligation.MUST_NOT,
        "acdfikmnopsuvw",
        (
            rf"{_verb(*_DARF)}{_REACH}{NICHT}",
            rf"{_any(*_MUST, *_MAY)}{NOT}(?:\s+be\s+required\b)?",
            r"(?:cannot|(?:mustn|can|shan)[’']t)\b",
            rf"{_any(*_FORBIDDEN)}\b",
            rf"{NICHT_BEFORE}{_any(*_ALLOWED_GERMAN)}\b",
            rf"{NOT_BEFORE}{_any(*_ALLOWED)}\b",
            rf"{_NOTHING_IS}{_any(*_ALLOWED_GERMAN, *_ALLOWED)}\b",
            rf"{_KEIN_SUBJECT}{_verb(*_DARF)}",
            rf"{_NO_SUBJECT}{_verb(*_MUST, *_MAY)}",
        ),
    ),
    (
        Obligation.NEED_NOT,
        "abdikmnouw",
        (
            rf"(?:{'|'.join(_MUSS)}|brauch(?:t|en))\b{_REACH}{_OWN_NICHT}",
            r"need\s+not\b|needn[’']t\b",
            r"(?:do|does)\s+not\s+(?:need|have)?\s*(?=to\b|be\b)",
            rf"{NOT_BEFORE}{_any(*_NEEDED)}\b",
            rf"{NICHT_BEFORE}{_any(*_NEEDED_GERMAN)}\b",
            rf"{_NOTHING_IS}{_any(*_NEEDED, *_NEEDED_GERMAN)}\b",
            rf"{_KEIN_SUBJECT}{_verb(*_MUSS)}",
        ),
    ),
    (
        Obligation.SHOULD_NOT,
        "adeiknorsuw",
        (
            rf"{_verb(*_SOLLTE)}{_REACH}{_OWN_NICHT}",
            rf"{_any(*_SHOULD)}{NOT}",
            r"shouldn[’']t\b",
            rf"{NOT_BEFORE}recommended\b|{NICHT_BEFORE}empfohlen\b|{_NOTHING_IS}{_any(*_RECOMMENDED)}\b",
            rf"recommended\s+(?:not|against)\b|{_any(*_DISCOURAGED)}\b",
            rf"empfohlen,?{_REACH}nicht\s+(?:zu|[a-zäöüß]+zu[a-zäöüß]+en)\b",
            rf"{_KEIN_SUBJECT}{_verb(*_SOLLTE)}",
            rf"{_NO_SUBJECT}{_verb(*_SHOULD)}",
        ),
    ),
    (
        Obligation.MUST,
        "abcdeimorsv",
        (
            rf"{_verb(*_DARF)}{_REACH}{_NUR}",
            r"(?:may|can)\s+only\b",
            rf"{_verb(*_MUSS, *_MUST)}",
            rf"{_any(*_REQUIRED)}\b",
            r"(?:is|are|be)\s+required\b|required\s+to\b",
        ),
    ),
    (Obligation.SHOULD, "ers", (_verb(*_SOLLTE, *_SHOULD), rf"{_any(*_RECOMMENDED)}\b")),
    (
        Obligation.MAY,
        "acdegkmpz",
        (rf"{_verb(*_KANN, *_DARF, *_MAY)}{_NO_DATE}", rf"{_any(*_ALLOWED, *_ALLOWED_GERMAN)}\b"),
    ),
)
_WORD_OF_DUTY = (
    rf"\b{_any(*GERMAN_MODAL_VERBS, *ENGLISH_MODAL_VERBS, *_REQUIRED, *_RECOMMENDED, *_ALLOWED, *_ALLOWED_GERMAN)}\b"
    rf"|\b{_any(*_FORBIDDEN, 'required', 'need', 'cannot', 'brauch(?:t|en)')}\b"
)
_CAPITALS = rf"\b{_any(*(word.upper() for word in _DEFINED), 'MUß')}\b(?![-‑]\w)"
#: Words by which a duty is spoken of at all, nouns such as Verpflichtung included.
_VERPFLICHT = r"verpflicht\w*"
_SPOKEN_OF = {
    Obligation.MUST: rf"\b{_any(*_MUSS, *_MUST, *_REQUIRED, _VERPFLICHT, 'required?')}\b",
    Obligation.SHOULD: rf"\b(?:soll\w*|{_any(*_SHOULD, *_RECOMMENDED)})\b",
    Obligation.MAY: rf"\b{_any(*_KANN, *_DARF, *_MAY, *_ALLOWED, *_ALLOWED_GERMAN)}\b",
}
_RESTRICTION = r"\b(?:nur|ausschließlich|lediglich|only)\b"
_VERB_FIRST = rf"{_any(*GERMAN_MODAL_VERBS, *ENGLISH_MODAL_VERBS)}\b"


@dataclass(frozen=True, slots=True)
class Duty:
    """One duty in a text: ``words`` are the text from ``start``, the verb and its denial."""

    obligation: Obligation
    start: int
    words: str

    @property
    def end(self) -> int:
        return self.start + len(self.words)

    @property
    def capital(self) -> bool:
        """True if it is written as in "MUSS" (and "MUß")."""
        return any(word[0][:2].isupper() for word in re.finditer(_WORD_OF_DUTY, self.words, re.IGNORECASE))


def find_duties(text: str) -> list[Duty]:
    """Every duty of a text, in the order of their places."""
    return sorted(_found(text), key=lambda duty: duty.start)


def obligations(text: str, *, capitals_only: bool = False) -> frozenset[Obligation]:
    """The obligations a text states; with ``capitals_only`` those that are written as MUSS or SHALL."""
    return frozenset(duty.obligation for duty in _found(text) if duty.capital or not capitals_only)


def writes_capitals(text: str) -> bool:
    """True if a text writes its duties in capitals, as standards do."""
    return re.search(_CAPITALS, text) is not None


def duties_spoken_of(text: str) -> frozenset[Obligation]:
    """MUST, SHOULD and MAY as far as words of theirs are in a text, negated or not, nouns included."""
    return frozenset(kind for kind, pattern in _SPOKEN_OF.items() if re.search(pattern, text, re.IGNORECASE))


def restricts(text: str) -> bool:
    """True if a text says "only": a duty without it is another one."""
    return re.search(_RESTRICTION, text, re.IGNORECASE) is not None


def begins_with_modal_verb(text: str) -> bool:
    """True if a text begins with a modal verb: a question does, or a piece that lost its subject."""
    return re.match(_VERB_FIRST, text, re.IGNORECASE) is not None


@cache
def _patterns() -> tuple[tuple[Obligation, re.Pattern[str]], ...]:
    """Compiled when the first text is read: many a function needs the words only, at every cold start."""
    return tuple(
        (obligation, re.compile(rf"\b(?=[{letters}])(?:{'|'.join(patterns)})", re.IGNORECASE))
        for obligation, letters, patterns in _VERBS
    )


def _found(text: str) -> Iterator[Duty]:
    rest = text
    for obligation, pattern in _patterns():
        places: list[re.Match[str]] = []
        rest = pattern.sub(partial(_blanked, places), rest)
        yield from (Duty(obligation, place.start(), place[0]) for place in places)


def _blanked(places: list[re.Match[str]], match: re.Match[str]) -> str:
    """Notes the place. Words that were read are read no second time; blanks keep the places of the rest."""
    places.append(match)
    return " " * (match.end() - match.start())
