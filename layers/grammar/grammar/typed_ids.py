"""Control ids in questions: in any case, loosely, as people type them, ``5.7`` for A.5.7 beside ISO.

Beyond the forms of ``control_ids`` a question may name a requirement by any label in capitals that joins letters and
numbers (KRI-7b, HR_07), by a word for a requirement with its number (Regel 4), or by a paragraph (§ 4.2).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from grammar.catalogues import ANNEX_THEMES, is_annex_number
from grammar.control_ids import (
    BEFORE_ID,
    C5_AREA,
    COBIT_DOMAIN,
    CONTROL_ID,
    CSF_CATEGORY,
    CSF_FUNCTION,
    LAYER,
    SP_FAMILY,
    ControlId,
    control_key,
)
from grammar.id_lookalikes import names_something_else
from grammar.labels import REQUIREMENT_WORDS, read_code

_TYPED = re.compile(BEFORE_ID + CONTROL_ID + r"(?!\w|\(\d|\.\d|-\d)", re.VERBOSE | re.IGNORECASE)
#: Spellings that only people use, and only of ids whose family is known.
_LOOSE = re.compile(
    BEFORE_ID
    + rf"""
    (?: (?P<layer>(?i:{LAYER}))[ ._-]?\d{{1,2}}(?:[ ._-]\d{{1,2}}){{0,3}}[ ._-]?[Aa][ .]?\d{{1,3}}
      | (?P<module>(?i:{LAYER}))\.\d{{1,2}}(?:\.\d{{1,2}}){{0,3}}
      | (?P<csf>(?i:{CSF_FUNCTION}[. ]?{CSF_CATEGORY}))[ .-]?\d{{1,2}}
      | (?P<category>{CSF_FUNCTION}\.{CSF_CATEGORY})(?!-)
      | (?P<family>{SP_FAMILY}|ac|au|cp|ia|ir|ra|sc|sr|pe)[ ]?\d{{1,2}}
        (?:[ ]?\(\d{{1,2}}\)|\.\d{{1,2}})?(?:[ ]?\([a-z]\))?
      | (?P<area>{C5_AREA}|PS|SP)[ ]\d\d
      | (?P<annex>(?i:(?<=annex[ ])a|(?<=anhang[ ])a)|A)[ .]?(?:[5-9]|1[0-8])\.\d{{1,2}}(?:\.\d{{1,2}})?
    )(?!\w|\(\d|[.,-]\d)""",
    re.VERBOSE,
)
#: A bare number of Annex A; chapters, versions and amounts are none.
_ANNEX_NUMBER = re.compile(
    r"(?<![\w.,\-])(?<!kapitel )(?<!kap\. )(?<!abschnitt )(?<!clause )(?<!section )(?<!chapter )(?<!version )"
    r"(?<!klausel )(?<!tls )(?<!ssl )(?<!csf )"
    rf"[{''.join(ANNEX_THEMES)}]\.\d{{1,2}}(?!\w|\.\d|,\d|\s?(?:%|€|prozent|percent|cvss))",
    re.IGNORECASE,
)
_SPEAKS_OF_ISO = re.compile(r"\biso\b|\b2700[12]\b|\bannex a\b|\banhang a\b", re.IGNORECASE)
_DIGIT_OR_CATEGORY = re.compile(rf"\d|{CSF_FUNCTION}\.[A-Z]")
_KNOWN_FAMILY = re.compile(
    rf"(?:{LAYER}|{CSF_FUNCTION}\.{CSF_CATEGORY}|{SP_FAMILY}|{C5_AREA}|SP|A|{COBIT_DOMAIN}(?=\d)|CC(?=\d))(?=[\W\d_]|$)",
    re.IGNORECASE,
)
_LEADING_ZERO = re.compile(r"-0\d(?:\.\d\d[a-z]{1,2})?$", re.IGNORECASE)
_DOTTED = re.compile(r"(?!(?:nr|ca|zb|dh|vs|ab|am|im|zu|in|an|to|of|at|no|pt)\.)[a-z]+\.", re.IGNORECASE)
#: What only an organisation's own documents can explain: a token of its own form, or a word and a number.
_OWN = re.compile(
    rf"(?<![\w.\-/§])(?:(?P<word>{REQUIREMENT_WORDS}|§)[ ]?\d{{1,3}}(?:\.\d{{1,3}}){{0,3}}[a-z]?"
    r"|(?P<code>[A-ZÄÖÜ](?=[\w.\-/]*\d)[\w.\-/]{1,24}\w))"
    r"(?![\w\-/]|\.\d|[ ][A-ZÄÖÜ]{2,})"
)


def find_typed_control_ids(question: str) -> Iterator[ControlId]:
    """The ids in a question, in order."""
    if _DIGIT_OR_CATEGORY.search(question) is None:
        return iter(())
    found = [
        _id(match)
        for match in _TYPED.finditer(question)
        if not names_something_else(match[0]) and _is_typed_id(question, match)
    ]
    _add(found, (_id(match) for match in _LOOSE.finditer(question)))
    if _SPEAKS_OF_ISO.search(question):
        _add(found, annex_numbers(question))
    _add(found, (_id(match) for match in _OWN.finditer(question) if match["word"] or _joins(match["code"])))
    return iter(sorted(found, key=lambda control: control.start))


def annex_numbers(text: str) -> Iterator[ControlId]:
    """Numbers that name a control of ISO/IEC 27001:2022 Annex A, as 5.7 does A.5.7, in a text that speaks of it."""
    for match in _ANNEX_NUMBER.finditer(text):
        if is_annex_number(match[0]):
            yield ControlId(match[0], control_key(f"A.{match[0]}"), match.start(), match.end())


def _id(match: re.Match[str]) -> ControlId:
    return ControlId(match[0], control_key(match[0]), match.start(), match.end())


def _joins(code: str) -> bool:
    """True if a token in capitals joins letters and a number by a mark: KRI-7b, HR_07, but not TOM101."""
    label = read_code(code)
    return label is not None and label.is_joined


def _add(found: list[ControlId], more: Iterator[ControlId]) -> None:
    taken = [(control.start, control.end) for control in found]
    found.extend(one for one in more if all(one.end <= start or end <= one.start for start, end in taken))


def _is_typed_id(question: str, match: re.Match[str]) -> bool:
    """True if small letters with a number are an id and no word: ``nac-07``, ``ac-2``, but not ``co-2``."""
    written = match[0]
    known = _KNOWN_FAMILY.match(written) or _DOTTED.match(written) or _LEADING_ZERO.search(written)
    if question[match.end() : match.end() + 1] == "-" and not known:
        return False
    return bool(known) or written == written.upper()
