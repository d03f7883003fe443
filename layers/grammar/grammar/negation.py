"""Words that deny, exclude or except, in German and English."""

from __future__ import annotations

import re

#: German "not" behind a verb. "nicht benötigte Dienste" denies the adjective, not the verb; NICHT in capitals always
#: denies the verb.
NICHT = (
    r"(?:(?-i:NICHT)|nicht(?!\s+(?:mehr\s+)?(?-i:[a-zäöüß]+(?:e|en|er|es|em)\s+[A-ZÄÖÜ]))|kein\w*|weder|niemals|nie)\b"
)
#: English "not" behind a verb, with an adverb between the two at most.
NOT = r"(?:\s+(?:also|then|therefore|thus|\w+ly))?\s+(?:not|never|neither|(?:under|in|at|on)\s+no)\b"
#: "no" in front of a noun, and the pronouns made of it.
KEIN = r"(?:kein\w*|niemand\w*|nichts|niemals|nie)\b"
NO = r"(?:no|nobody|none|never|neither|nothing)\b"
#: A denial before an adjective or a participle, with an adverb between the two: "nicht zwingend erforderlich".
NICHT_BEFORE = (
    r"(?:nicht|weder|keinesfalls|keineswegs|niemals|nie|(?:auf|in)\s+kein\w+\s+(?:fall|fällen|weise)"
    r"|unter\s+kein\w+\s+umst\w+)\s+(?:(?!nur\b|bloß\b|allein\b)(?-i:[a-zäöüß]+)\s+)?"
)
NOT_BEFORE = (
    r"(?:not|never|neither|(?:under|in|at|on)\s+no\s+(?:circumstances?|case|way|time|account|event))\s+"
    r"(?:(?:always|(?!only\b)\w+ly)\s+)?"
)

_NEGATION = re.compile(
    r"\b(?:nicht|nichts|nie|niemals|niemand\w*|kein\w*|ohne|weder|außer|not|no|nobody|nothing|none|never|without|neither"
    r"|nor|unless|except|cannot)\b|n[’']t\b",
    re.IGNORECASE,
)
_DENIAL_BEFORE = re.compile(r"\b(?:nicht|kein\w*|not|never|no)\b[^.!?\n]{0,30}\Z", re.IGNORECASE)


def negates(text: str) -> bool:
    """True if a text denies, excludes or excepts anything."""
    return _NEGATION.search(text) is not None


def denials(text: str) -> int:
    """The number of words in a text that deny, exclude or except."""
    return sum(1 for _ in _NEGATION.finditer(text))


def ends_denied(text: str) -> bool:
    """True if a denial within the last 30 characters reaches the end of the text, as in "does not"."""
    return _DENIAL_BEFORE.search(text) is not None
