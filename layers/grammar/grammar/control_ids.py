"""Control ids as standards write them, and the key by which two spellings of one id are the same.

family                     written                                     key
IT-Grundschutz             ORP.4.A8, NLW.2.1.A3, con 8 a3              ORP.4.A8, NLW.2.1.A3, CON.8.A3
Grundschutz++, modules     SENS.1.1.1, OPS.1.1.3                       SENS.1.1.1, OPS.1.1.3
NIST SP 800-53             AC-2, AU-02, AC-2(1), AC-2 (1), ac-2.1      AC-2, AU-2, AC-2(1), AC-2(1), AC-2(1)
  an item of a control     AC-2(a), AC-2(1)(a)                         AC-2, AC-2(1)
NIST CSF 2.0               ID.AM-01, id am 1                           ID.AM-1
BSI C5, own catalogues     IDM-01, NAC-07, OSPS-AC-01.01               IDM-1, NAC-7, OSPS-AC-1.1
ISO/IEC 27001 Annex A      A.5.7, A 5.7; 5.7 where ISO is spoken of    A.5.7

Documents are read strictly, in capitals; a soft hyphen and, where an id cannot end, a line break may split an id
there. Questions are read as people type.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

#: Layers of the IT-Grundschutz-Kompendium.
_LAYER = r"(?:ISMS|ORP|CON|OPS|DER|APP|SYS|IND|NET|INF)"
#: Functions and categories of CSF 1.1 and 2.0.
_CSF_FUNCTION = r"(?:GV|ID|PR|DE|RS|RC)"
_CSF_CATEGORY = r"(?:OC|RM|RR|PO|OV|SC|AM|BE|GV|RA|IM|AA|AC|AT|DS|PS|IR|IP|MA|PT|CM|AE|DP|MA|AN|CO|MI|RP)"
#: Families of SP 800-53 Rev. 5.
_SP_FAMILY = r"(?:AC|AT|AU|CA|CM|CP|IA|IR|MA|MP|PE|PL|PM|PS|PT|RA|SA|SC|SI|SR)"
#: Criteria areas of the C5 that no other catalogue uses (it has PS and SP as well).
_C5_AREA = r"(?:OIS|HR|AM|IDM|CRY|COS|PI|DEV|SSO|SIM|BCM|COM|INQ|PSS|OPS)"

#: A soft hyphen, with or without the line break it makes.
_SOFT = r"(?:\u00ad[ \t]{0,9}\n?[ \t]{0,9})?"
#: The same or a bare line break: only behind what no id ends with.
_BREAK = r"(?:\u00ad?[ \t]{0,9}\n[ \t]{0,9}|\u00ad)?"
_ID = rf"""
    (?: [A-Z]{{2,5}} (?:{_SOFT}\.{_SOFT}\d{{1,2}}){{1,4}} {_SOFT}\.{_BREAK}A{_SOFT}\d{{1,3}}   # IT-Grundschutz
      | [A-Z]{{2}} {_SOFT}\.{_BREAK}[A-Z]{{2}} {_SOFT}-{_BREAK}\d{{1,2}}                       # CSF subcategory
      | A \.{_SOFT}\d{{1,2}} {_SOFT}\.{_SOFT}\d{{1,2}} (?:\.\d{{1,2}})?                        # ISO Annex A
      | [A-Z]{{3,5}} (?:{_SOFT}\.{_SOFT}\d{{1,2}}){{2,4}}                                      # Grundschutz++, module
      | [A-Z]{{2}} {_SOFT}-{_BREAK}\d{{1,2}}                                                   # SP 800-53 control,
        (?: [ ]?\({_SOFT}\d{{1,2}}\) | \.\d{{1,2}} )? (?: [ ]?\([a-z]\) )?                     #   enhancement, item
      | [A-Z]{{3,6}} {_SOFT}-{_BREAK}\d{{1,3}}                                                 # C5, own catalogues
      | [A-Z]{{2,6}}-[A-Z]{{2,6}}-\d{{1,3}}(?:\.\d{{1,3}})?                                     #   in two steps
    )
"""
#: An id stands alone or opens a compound: AC-2-Prozess holds one; AES-256-GCM, A.5.7.1.2, TLS-1.2, /AC-2 hold none.
_BEFORE, _AFTER = r"(?<![\w.\-])(?<![^\d)]/)", r"(?!\w|\(\d|\.\d|-\d|-[A-Z]{2})"
_WRITTEN = re.compile(_BEFORE + _ID + _AFTER, re.VERBOSE)
_TYPED = re.compile(_BEFORE + _ID + r"(?!\w|\(\d|\.\d|-\d)", re.VERBOSE | re.IGNORECASE)
#: Spellings that only people use, and only of ids whose family is known.
_LOOSE = re.compile(
    _BEFORE
    + rf"""
    (?: (?P<layer>(?i:{_LAYER}))[ ._-]?\d{{1,2}}(?:[ ._-]\d{{1,2}}){{0,3}}[ ._-]?[Aa][ .]?\d{{1,3}}
      | (?P<module>(?i:{_LAYER}))\.\d{{1,2}}(?:\.\d{{1,2}}){{0,3}}
      | (?P<csf>(?i:{_CSF_FUNCTION}[. ]?{_CSF_CATEGORY}))[ .-]?\d{{1,2}}
      | (?P<category>{_CSF_FUNCTION}\.{_CSF_CATEGORY})(?!-)
      | (?P<family>{_SP_FAMILY}|ac|au|cp|ia|ir|ra|sc|sr|pe)[ ]?\d{{1,2}}
        (?:[ ]?\(\d{{1,2}}\)|\.\d{{1,2}})?(?:[ ]?\([a-z]\))?
      | (?P<area>{_C5_AREA}|PS|SP)[ ]\d\d
      | (?P<annex>(?i:(?<=annex[ ])a|(?<=anhang[ ])a)|A)[ .]?(?:[5-9]|1[0-8])\.\d{{1,2}}(?:\.\d{{1,2}})?
    )(?!\w|\(\d|[.,-]\d)""",
    re.VERBOSE,
)
#: A bare number of Annex A; chapters, versions and amounts are none.
_ANNEX_NUMBER = re.compile(
    r"(?<![\w.,\-])(?<!kapitel )(?<!kap\. )(?<!abschnitt )(?<!clause )(?<!section )(?<!chapter )(?<!version )"
    r"(?<!klausel )(?<!tls )(?<!ssl )(?<!csf )"
    r"(?P<theme>[5-8])\.(?P<number>\d{1,2})(?!\w|\.\d|,\d|\s?(?:%|€|prozent|percent|cvss))"
)
#: Controls in each theme of ISO/IEC 27001:2022 Annex A.
_ANNEX_THEMES = {"5": 37, "6": 8, "7": 14, "8": 34}
_SPEAKS_OF_ISO = re.compile(r"\biso\b|\b2700[12]\b|\bannex a\b|\banhang a\b", re.IGNORECASE)
#: Every id holds one; most sentences do not, and this costs a tenth of looking for an id.
_HINT = re.compile(r"[.\-\u00ad][\s\u00ad]{0,9}\d|\.[\s\u00ad]{0,9}A\d")
_DIGIT_OR_CATEGORY = re.compile(rf"\d|{_CSF_FUNCTION}\.[A-Z]")
_LEADING = re.compile(rf"\s*(?:\#+\s*)?(?P<id>{_ID}){_AFTER}[\s:.–—-]*(?P<title>[^\n]*)", re.VERBOSE)

#: Names of algorithms, standards and norms, and words that are counted, that look like catalogue ids.
_NOT_CATALOGUES = frozenset(
    "AES ASCII CVE CWE COVID DES DIN DSS ECDSA EN FIPS HMAC HTTP IEC IEEE ISO ISBN LDAP MD NIST PKCS RFC RSA SHA SSH"
    " SSL TLS UTF WPA BAND CLASS ITEM LAYER LEVEL PART PHASE PORT STEP STUFE TAG TEIL TIER TOP TYP TYPE ZONE".split()
)
_KNOWN_FAMILY = re.compile(
    rf"(?:{_LAYER}|{_CSF_FUNCTION}\.{_CSF_CATEGORY}|{_SP_FAMILY}|{_C5_AREA}|SP|A)(?=[\W_]|$)", re.IGNORECASE
)
_LEADING_ZERO = re.compile(r"-0\d$")
_LETTERS = re.compile(r"[A-Z]+")
_DOTTED = re.compile(r"[A-Za-z]+\.")

_IGNORED = re.compile(r"[\u00ad\u200b]\s*")
_BLANKS = re.compile(r"\s+")
_ENHANCEMENT = re.compile(r"([A-Z]{2}-\d+)(?:\.|\()(\d+)\)?")
_ITEMS = re.compile(r"(?<=[\d)])(?:\([A-Z]\))+$")
_IN_MODULE = re.compile(r"(.+)\.A\d+")
_LEADING_ZEROS = re.compile(r"(?:(?<=[.\-(])|(?<=\.A))0+(?=\d)")
_LEVEL = re.compile(r"\((?P<level>[BSH])\)")
_SPELLINGS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(rf"({_LAYER})[ ._-]?([0-9]+(?:[ ._-][0-9]+)*)[ ._-]?A[ .]?([0-9]+)"), "{0}.{1}.A{2}"),
    (re.compile(rf"({_CSF_FUNCTION})[. ]?({_CSF_CATEGORY})[ .-]?([0-9]{{1,2}})"), "{0}.{1}-{2}"),
    (re.compile(rf"({_SP_FAMILY})[ -]?([0-9]{{1,2}})"), "{0}-{1}"),
    (re.compile(rf"({_SP_FAMILY})[ -]?([0-9]{{1,2}}) ?[.(]([0-9]{{1,2}})\)?"), "{0}-{1}({2})"),
    (re.compile(rf"({_C5_AREA}|SP) ([0-9]{{1,3}})"), "{0}-{1}"),
    (re.compile(r"A[ .]?((?:[5-9]|1[0-8])\.[0-9]{1,2}(?:\.[0-9]{1,2})?)"), "A.{0}"),
)
_PADDED = re.compile(rf"(?P<family>{_CSF_FUNCTION}\.{_CSF_CATEGORY}|{_C5_AREA}|[A-Z]{{3,5}})-(?P<number>[0-9])")


@dataclass(frozen=True, slots=True)
class ControlId:
    """An id found in text: ``text[start:end]`` as written, and its key."""

    text: str
    key: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class ControlHeading:
    """A heading that opens a control. ``level`` is B, S or H where the heading says so (Basis, Standard, erhöht)."""

    id: str
    key: str
    title: str
    level: str | None


@lru_cache(maxsize=50_000)
def control_key(written: str) -> str:
    """The key of an id; idempotent.

    >>> control_key("au-02"), control_key("ac-2.1"), control_key("AC-2 (1)"), control_key("con 8 a3")
    ('AU-2', 'AC-2(1)', 'AC-2(1)', 'CON.8.A3')
    """
    spaced = _BLANKS.sub(" ", _IGNORED.sub("", written.upper())).strip()
    spaced = _ITEMS.sub("", spaced).rstrip()
    if known := _respelt(spaced):
        return known
    key = _LEADING_ZEROS.sub("", _ITEMS.sub("", spaced.replace(" ", "")))
    if enhancement := _ENHANCEMENT.fullmatch(key):
        key = f"{enhancement[1]}({enhancement[2]})"
    return _respelt(key) or key


def canonical_id(written: str) -> str:
    """The id as its standard writes it: ``GV.PO-01``, ``IDM-09``, ``AC-2(1)``. Has the same key as ``written``."""
    key = control_key(written)
    padded = _PADDED.fullmatch(key)
    return f"{padded['family']}-0{padded['number']}" if padded else key


def module_keys(keys: Iterable[str]) -> frozenset[str]:
    """The ids that only group others: ORP.4 where there is an ORP.4.A8."""
    return frozenset(match[1] for key in keys if (match := _IN_MODULE.fullmatch(key)))


def find_control_ids(text: str) -> Iterator[ControlId]:
    """The ids in a document's text, as a standard writes them: upper case."""
    if _HINT.search(text) is None:
        return
    for match in _WRITTEN.finditer(text):
        if not is_name(match[0]):
            yield ControlId(match[0], control_key(match[0]), match.start(), match.end())


def find_typed_control_ids(question: str) -> Iterator[ControlId]:
    """The ids in a question in order, as people type them: in any case, loosely, ``5.7`` for A.5.7 beside ISO."""
    if _DIGIT_OR_CATEGORY.search(question) is None:
        return iter(())
    found = [
        ControlId(match[0], control_key(match[0]), match.start(), match.end())
        for match in _TYPED.finditer(question)
        if not is_name(match[0]) and _is_typed_id(question, match)
    ]
    _add(found, (_loose_id(match) for match in _LOOSE.finditer(question)))
    if _SPEAKS_OF_ISO.search(question):
        _add(found, annex_numbers(question))
    return iter(sorted(found, key=lambda control: control.start))


def annex_numbers(text: str) -> Iterator[ControlId]:
    """Numbers that name a control of ISO/IEC 27001:2022 Annex A, as 5.7 does A.5.7, in a text that speaks of it."""
    for match in _ANNEX_NUMBER.finditer(text.lower()):
        if 1 <= int(match["number"]) <= _ANNEX_THEMES[match["theme"]]:
            written = text[match.start() : match.end()]
            yield ControlId(written, control_key(f"A.{written}"), match.start(), match.end())


def is_name(written: str) -> bool:
    """Whether what looks like an id names an algorithm, a publication or something counted: AES-256, SP 800, Tier-1."""
    family = _LETTERS.match(written.upper())
    if family is None:
        return False
    if family[0] == "SP":  # SP 800-53 is a publication, SP-01 a criterion of the C5
        return _LEADING_ZERO.search(written) is None
    return family[0] in _NOT_CATALOGUES


def read_control_heading(heading: str) -> ControlHeading | None:
    """The control a heading opens, or None when it does not begin with an id."""
    match = _LEADING.match(heading)
    if match is None or is_name(match["id"]):
        return None
    title = match["title"].strip()
    level = _LEVEL.search(title)
    return ControlHeading(match["id"], control_key(match["id"]), title, level["level"] if level else None)


def _respelt(spaced: str) -> str | None:
    for pattern, form in _SPELLINGS:
        if match := pattern.fullmatch(spaced):
            return form.format(*(_plain(part) for part in match.groups()))
    return None


def _plain(part: str) -> str:
    """``01`` as 1, ``1 01`` as 1.1; letters as they are."""
    return ".".join(number.lstrip("0") or "0" for number in re.split(r"[ ._-]", part)) if part[0].isdigit() else part


def _add(found: list[ControlId], more: Iterator[ControlId]) -> None:
    taken = [(control.start, control.end) for control in found]
    found.extend(one for one in more if all(one.end <= start or end <= one.start for start, end in taken))


def _loose_id(match: re.Match[str]) -> ControlId:
    return ControlId(match[0], control_key(match[0]), match.start(), match.end())


def _is_typed_id(question: str, match: re.Match[str]) -> bool:
    """Whether small letters with a number are an id and no word: ``nac-07``, ``ac-2``, but not ``co-2``."""
    written = match[0]
    known = _KNOWN_FAMILY.match(written) or _DOTTED.match(written) or _LEADING_ZERO.search(written)
    if question[match.end() : match.end() + 1] == "-" and not known:
        return False
    return bool(known) or written == written.upper()
