"""Finds where a sentence departs from its source: in its duty, a denial, a number or a control.

A SOLLTE never becomes a MUSS, and a ban never a duty. This is the place where an answer's modal verbs are checked; what
they are, `grammar.duties` knows.
"""

from __future__ import annotations

from enum import StrEnum

from grammar.control_ids import find_control_ids
from grammar.duties import BINDING, obligations, restricts
from grammar.negation import denials
from grammar.numbers import stated_numbers


class Fault(StrEnum):
    """Why a sentence has no support."""

    NO_SOURCE = "names no source"
    UNKNOWN_SOURCE = "names a source that is not there"
    NOT_IN_SOURCE = "is not in the source"
    FOREIGN_WORD = "has a word that is not in the source"
    PIECE = "is cut out of its sentence"
    OBLIGATION = "states another duty than the source"
    NEGATION = "denies what the source affirms, or the reverse"
    NUMBER = "states a number that is not in the source sentence"
    CONTROL_ID = "names a control that is not in the source sentence"


def disagreement(sentence: str, source: str) -> Fault | None:
    """The departure of a sentence from a source sentence that it is about; None if there is none."""
    if not _binds_alike(sentence, source):
        return Fault.OBLIGATION
    if denials(sentence) != denials(source):
        return Fault.NEGATION
    if not stated_numbers(sentence) <= stated_numbers(source):
        return Fault.NUMBER
    if not _keys(sentence) <= _keys(source):
        return Fault.CONTROL_ID
    return None


def _binds_alike(sentence: str, source: str) -> bool:
    """The same duties, whether "only" limits them, and no permission that the source does not give.

    A duty left out would turn what should be into what is, and a MUSS beside a "können" into a KANN.
    """
    stated, given = obligations(sentence), obligations(source)
    return stated <= given and stated & BINDING == given & BINDING and restricts(sentence) == restricts(source)


def _keys(text: str) -> set[str]:
    return {found.key for found in find_control_ids(text)}
