"""German or English, by the words no text of the language can do without, else by how its words look."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum

from grammar.duties import ENGLISH_MODAL_VERBS, GERMAN_MODAL_VERBS


class Language(StrEnum):
    GERMAN = "de"
    ENGLISH = "en"


#: Whole words only: the "a" of "ISMS.1.A3" is no English article.
_WORD = re.compile(r"(?<![\w.\-])[a-zäöüß]+(?![\w])(?!\.\w)")
_GERMAN = frozenset(GERMAN_MODAL_VERBS) | frozenset(
    "aber alle als also am an auch auf aus bei beim beschreibe bin bis bitte braucht bzw da damit das dass dem den"
    " denn der des die dies diese dieser doch dort durch ein eine einem einen einer eines er erkläre es etwas fordert"
    " für gegen gib gibt haben hat ich ihr ihre im in ist ja jede jeder jedes kein keine laut man mit nach nenne nicht"
    " noch nur ob oder ohne per sein seine sich sie sind so über um und uns unser unter vergleiche vom von vor wann"
    " warum was welche welchem welchen welcher welches wenn wer werden wie wieso wir wird wo wofür worden wozu wurde"
    " zeige zu zum zur zwischen".split()
)
_ENGLISH = frozenset(ENGLISH_MODAL_VERBS) | frozenset(
    "a about according all also an and any are as at be been but by compare could define describe did do does explain"
    " for from has have how i if in into is it its list need no not of on or our please show such than that the their"
    " them there these they this those to under used was we were what when where which who why will with within would"
    " you your".split()
)
_GERMAN_SHAPE = re.compile(
    r"sch|cht|tz|pf|zw|ei|(?:ung|ungen|keit|heit|lich\w{0,2}|isch\w{0,2}|ieren|iert\w{0,2}|rn|nd)$"
)
_ENGLISH_SHAPE = re.compile(
    r"th|wh|ght|ee|oo|ow|ea|(?:ing|ity|ly|cy|gy|ry|ed|ies|ess|tions?|ords?|ces?|ates?|ments|ers|als?|ck|ew|ain)$"
)
#: Enough to decide; the rest of a long document adds nothing.
_SAMPLE = 20_000


def detect_language(text: str, default: Language = Language.GERMAN) -> Language:
    """The language of a text of any length; ``default`` when neither its words nor their shapes decide."""
    words = _WORD.findall(text[:_SAMPLE].lower())
    return _by_function_words(words) or _by_shapes(words) or default


def language_by_function_words(text: str) -> Language | None:
    """The language whose articles, prepositions and other function words a text has more of; None for a draw."""
    return _by_function_words(_WORD.findall(text[:_SAMPLE].lower()))


def _by_function_words(words: Sequence[str]) -> Language | None:
    german = sum(word in _GERMAN or not word.isascii() for word in words)
    return _more(german, sum(word in _ENGLISH for word in words))


def _by_shapes(words: Sequence[str]) -> Language | None:
    german = sum(_GERMAN_SHAPE.search(word) is not None for word in words)
    return _more(german, sum(_ENGLISH_SHAPE.search(word) is not None for word in words))


def _more(german: int, english: int) -> Language | None:
    if german == english:
        return None
    return Language.GERMAN if german > english else Language.ENGLISH


def is_function_word(word: str) -> bool:
    """True if a word in small letters belongs to the grammar of German or English and says nothing by itself."""
    return word in _GERMAN or word in _ENGLISH
