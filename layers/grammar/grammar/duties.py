"""How binding a sentence is: the modal verbs of German and English standards.

German by the BSI's definition (IT-Grundschutz-Kompendium, "Formulierung von Anforderungen"): MUSS / DARF NUR,
DARF NICHT / DARF KEIN, SOLLTE, SOLLTE NICHT / SOLLTE KEIN, KANN. English by RFC 2119 and RFC 8174. Their
everyday equivalents count alike: verboten, prohibited, erlaubt, required, empfohlen.
"""

from __future__ import annotations

import re
from enum import StrEnum


class Obligation(StrEnum):
    """How binding a sentence is, by the BSI's definition and RFC 2119."""

    MUST = "must"
    MUST_NOT = "must_not"
    NEED_NOT = "need_not"
    SHOULD = "should"
    SHOULD_NOT = "should_not"
    MAY = "may"


#: German negates anywhere behind the verb, but within its clause: a comma or another verb ends its reach.
_REACH = r"(?:\s+(?!(?:muss|müssen|darf|dürfen|soll\w*|kann|können)\b)[^\s,;:.]+){0,12}?\s+"
#: "nicht benötigte Dienste" negates the adjective, not the verb; NICHT in capitals always means the verb.
_NICHT = r"(?:(?-i:NICHT)|nicht(?!\s+(?:mehr\s+)?(?-i:[a-zäöüß]+(?:e|en|er|es|em)\s+[A-ZÄÖÜ]))|kein\w*|niemals|nie)\b"
_NUR = r"(?:nur|ausschließlich|lediglich)\b"
_NOT = r"(?:\s+(?:also|then|therefore|thus|\w+ly))?\s+(?:not|never)\b"
_ALLOWED, _ALLOWED_GERMAN = r"(?:allowed|permitted)\b", r"(?:erlaubt|gestattet|zulässig)\b"

#: In this order: a negated verb must not be read as the plain one.
_VERBS: tuple[tuple[Obligation, re.Pattern[str]], ...] = tuple(
    (obligation, re.compile(rf"\b(?:{'|'.join(patterns)})", re.IGNORECASE))
    for obligation, patterns in (
        (
            Obligation.MUST_NOT,
            (
                rf"(?:darf|dürfen|dürfe){_REACH}{_NICHT}",
                rf"(?:must|shall|may|can){_NOT}",
                r"(?:cannot|(?:mustn|can|shan)[’']t)\b",
                r"(?:verboten|untersagt|unzulässig|prohibited|forbidden)\b",
                rf"nicht\s+{_ALLOWED_GERMAN}",
                rf"not\s+{_ALLOWED}",
            ),
        ),
        (
            Obligation.NEED_NOT,
            (
                rf"(?:muss|muß|müssen|müsse|brauch(?:t|en)){_REACH}{_NICHT}",
                r"(?:need|do|does)\s+not\s+(?:need|have)?\s*(?=to\b|be\b)",
                r"not\s+(?:required|obliged|necessary|mandatory)\b",
                r"nicht\s+(?:erforderlich|notwendig|nötig|verpflichtet|verpflichtend)\b",
            ),
        ),
        (
            Obligation.SHOULD_NOT,
            (
                rf"(?:sollten?|soll|sollen){_REACH}{_NICHT}",
                rf"should{_NOT}",
                r"shouldn[’']t\b",
                r"not\s+recommended\b|nicht\s+empfohlen\b",
            ),
        ),
        (
            Obligation.MUST,
            (
                rf"(?:darf|dürfen|dürfe){_REACH}{_NUR}",
                rf"(?:darf|dürfen|dürfe)\s+{_NUR}",
                r"(?:may|can)\s+only\b",
                r"(?:muss|muß|müssen|müsse|must|shall)\b",
                r"(?:verpflichtet|verpflichtend|erforderlich|vorgeschrieben|mandatory|obliged)\b",
                r"(?:is|are|be)\s+required\b|required\s+to\b",
            ),
        ),
        (Obligation.SHOULD, (r"(?:sollten?|soll|sollen|should)\b", r"(?:empfohlen|recommended)\b")),
        (Obligation.MAY, (r"(?:kann|können|darf|dürfen|may|can)\b", _ALLOWED, _ALLOWED_GERMAN)),
    )
)
_NEGATION = re.compile(
    r"\b(?:nicht|nichts|nie|niemals|kein\w*|ohne|weder|außer|not|no|none|never|without|neither|nor|unless|except|cannot)\b"
    r"|n[’']t\b",
    re.IGNORECASE,
)


def obligations(text: str) -> frozenset[Obligation]:
    """The obligations a text states."""
    found = set()
    rest = text
    for obligation, pattern in _VERBS:
        rest, count = pattern.subn(" ", rest)
        if count:
            found.add(obligation)
    return frozenset(found)


def negates(text: str) -> bool:
    """Whether a text denies, excludes or excepts anything."""
    return _NEGATION.search(text) is not None
