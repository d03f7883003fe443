"""Control ids as standards write them, and the key by which two spellings of one id are the same.

family                     written                                     key
IT-Grundschutz             ORP.4.A8, NLW.2.1.A3, con 8 a3              ORP.4.A8, NLW.2.1.A3, CON.8.A3
IT-Grundschutz-Kataloge    M 4.93                                      M4.93
Grundschutz++, modules     SENS.1.1.1, OPS.1.1.3, GC.3.1               SENS.1.1.1, OPS.1.1.3, GC.3.1
NIST SP 800-53             AC-2, AU-02, AC-2(1), AC-2 (1), ac-2.1      AC-2, AU-2, AC-2(1), AC-2(1), AC-2(1)
  an item of a control     AC-2(a), AC-2(1)(a)                         AC-2, AC-2(1)
NIST CSF 2.0               ID.AM-01, id am 1                           ID.AM-1
BSI C5                     IDM-01; of 2026 also AM-01.01B, AM-09.04AC  IDM-1, AM-1.1B, AM-9.4AC
COBIT, SOC 2               DSS05.04, CC6.1                             DSS05.4, CC6.1
own catalogues             NAC-07, OSPS-AC-01.01, BV00-01, ISM-1507    NAC-7, OSPS-AC-1.1, BV00-1, ISM-1507
ISO/IEC 27001 Annex A      A.5.7, A 5.7; 5.7 where ISO is spoken of    A.5.7

This module reads documents: in capitals, with a soft hyphen and, where an id cannot end, a line break within an id.
``typed_ids`` reads questions, ``labels`` what may number a requirement beyond these forms, ``openings`` the lines that
open a control. Which catalogue an id belongs to is in ``catalogues``.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from grammar.catalogues import (
    C5_AREAS,
    COBIT_DOMAINS,
    CSF_CATEGORIES,
    CSF_FUNCTIONS,
    GRUNDSCHUTZ_PLUS,
    KOMPENDIUM_LAYERS,
    SP_800_53_FAMILIES,
)
from grammar.document_types import CATALOGUES, DocumentType, kind_of
from grammar.id_lookalikes import names_something_else

LAYER = f"(?:{'|'.join(KOMPENDIUM_LAYERS)})"
CSF_FUNCTION = f"(?:{'|'.join(CSF_FUNCTIONS)})"
CSF_CATEGORY = f"(?:{'|'.join(CSF_CATEGORIES)})"
SP_FAMILY = f"(?:{'|'.join(SP_800_53_FAMILIES)})"
#: Criteria areas of the C5 that no other catalogue uses (it has PS and SP as well).
C5_AREA = f"(?:{'|'.join(area for area in C5_AREAS if area not in ('PS', 'SP'))})"
COBIT_DOMAIN = f"(?:{'|'.join(COBIT_DOMAINS)})"

#: A soft hyphen, with or without the line break it makes.
_SOFT = r"(?:\u00ad[ \t]{0,9}\n?[ \t]{0,9})?"
#: The same or a bare line break: only behind what no id ends with.
_BREAK = r"(?:\u00ad?[ \t]{0,9}\n[ \t]{0,9}|\u00ad)?"
#: The one pattern of a control id, verbose; every other pattern of a whole id is made from it.
CONTROL_ID = rf"""
    (?: [A-Z]{{2,5}} (?:{_SOFT}\.{_SOFT}\d{{1,2}}){{1,4}} {_SOFT}\.{_BREAK}A{_SOFT}\d{{1,3}}   # IT-Grundschutz
      | [A-Z]{{2}} {_SOFT}\.{_BREAK}[A-Z]{{2}} {_SOFT}-{_BREAK}\d{{1,2}}                       # CSF subcategory
      | A \.{_SOFT}\d{{1,2}} {_SOFT}\.{_SOFT}\d{{1,2}} (?:\.\d{{1,2}})?                        # ISO Annex A
      | [A-Z]{{2,5}} (?:{_SOFT}\.{_SOFT}\d{{1,2}}){{2,5}}                                      # Grundschutz++, module
      | [A-Z]{{2,4}} {_SOFT}-{_BREAK}\d\d {_SOFT}\.{_SOFT}\d\d[A-Z]{{1,2}}                     # C5:2026
      | [A-Z]{{2}} {_SOFT}-{_BREAK}\d{{1,2}}                                                   # SP 800-53 control,
        (?: [ ]?\({_SOFT}\d{{1,2}}\) | \.\d{{1,2}} )? (?: [ ]?\([a-z]\) )?                     #   enhancement, item
      | {"|".join(catalogue.written for catalogue in CATALOGUES)}                              # each of its own form
      | [A-Z]{{3,6}} {_SOFT}-{_BREAK}(?:\d{{1,3}}(?:\.\d{{1,3}})?|(?!19|20)\d{{4}})             # C5, own catalogues
      | [A-Z]{{2}}-\d{{3}}
      | [A-Z]{{2,6}}-[A-Z]{{2,6}}-\d{{1,3}}(?:\.\d{{1,3}})?                                     #   in two steps
      | [A-Z]{{2,6}}\d{{1,2}} {_SOFT}-{_BREAK}\d{{1,3}} | [A-Z]\d{{1,2}}-\d\d                  #   with digits
    )
"""
#: An id stands alone or opens a compound: AC-2-Prozess holds one; AES-256-GCM, A.5.7.1.2, TLS-1.2, /AC-2 hold none.
BEFORE_ID, AFTER_ID = r"(?<![\w.\-])(?<![^\d)]/)", r"(?!\w|\(\d|\.\d|-\d|-[A-Z]{2})"
_WRITTEN = re.compile(BEFORE_ID + CONTROL_ID + AFTER_ID, re.VERBOSE)
#: Every id holds one; most sentences do not, and this costs a tenth of looking for an id.
_HINT = re.compile(r"[.\-\u00ad][\s\u00ad]{0,9}\d|\.[\s\u00ad]{0,9}A\d")
_LEADING = re.compile(rf"\s*(?:\#+\s*)?(?P<id>{CONTROL_ID}){AFTER_ID}[\s:.–—-]*(?P<title>[^\n]*)", re.VERBOSE)

#: What only groups controls and is named as they are: a Baustein of one number.
_GROUP = re.compile(rf"(?<![\w.\-]){LAYER}\.\d{{1,2}}(?![\w(]|\.\d|-\w)")

_IGNORED = re.compile(r"[\u00ad\u200b]\s*")
_BLANKS = re.compile(r"\s+")
_ENHANCEMENT = re.compile(r"(?P<base>[A-Z]{2}-\d+)(?:\.|\()(?P<number>\d+)\)?")
_ITEMS = re.compile(r"(?<=[\d)])(?:\([A-Z]\))+$")
_LEADING_ZEROS = re.compile(r"(?:(?<=[.\-(_/])|(?<=\.A))0+(?=\d)")
_LEVEL = re.compile(r"\((?P<level>[BSH])\)")
_SPELLINGS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(rf"({LAYER})[ ._-]?([0-9]+(?:[ ._-][0-9]+)*)[ ._-]?A[ .]?([0-9]+)"), "{0}.{1}.A{2}"),
    (re.compile(rf"({CSF_FUNCTION})[. ]?({CSF_CATEGORY})[ .-]?([0-9]{{1,2}})"), "{0}.{1}-{2}"),
    (re.compile(rf"({SP_FAMILY})[ -]?([0-9]{{1,2}})"), "{0}-{1}"),
    (re.compile(rf"({SP_FAMILY})[ -]?([0-9]{{1,2}}) ?[.(]([0-9]{{1,2}})\)?"), "{0}-{1}({2})"),
    (re.compile(rf"({C5_AREA}|SP) ([0-9]{{1,3}})"), "{0}-{1}"),
    (re.compile(r"A[ .]?((?:[5-9]|1[0-8])\.[0-9]{1,2}(?:\.[0-9]{1,2})?)"), "A.{0}"),
)
#: Numbers that their catalogues write with two digits.
_PADDED = re.compile(
    rf"(?P<family>{CSF_FUNCTION}\.{CSF_CATEGORY}-|{C5_AREA}-|[A-Z]{{3,5}}-|{COBIT_DOMAIN}\d\d\.)(?P<number>\d)"
)
_PADDED_TWICE = re.compile(r"(?P<area>[A-Z]{2,4})-(?P<criterion>\d{1,2})\.(?P<number>\d{1,2})(?P<kind>[A-Z]{1,2})")

_IN_MODULE = re.compile(r"(?P<parent>.+)\.A\d+")
_SUBCATEGORY = re.compile(r"(?P<parent>[A-Z]{2}\.[A-Z]{2})-\d+")
_PARENTS: tuple[re.Pattern[str], ...] = (
    _IN_MODULE,
    re.compile(r"(?P<parent>[A-Z]{2}-\d+)\(\d+\)"),
    _SUBCATEGORY,
    re.compile(r"(?P<parent>[A-Z]{1,5}(?:\.\d+)+)\.\d+"),
    re.compile(r"(?P<parent>[A-Z]{2,6}-[A-Z]{2,6}-\d+)\.\d+"),
)
_ANNEX = re.compile(r"A\.\d+\.\d+(?:\.\d+)?")
_SUBCONTROL = re.compile(r"(?P<group>A\.\d+\.\d+)\.\d+")


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
        key = f"{enhancement['base']}({enhancement['number']})"
    return _respelt(key) or key


def display_id(written: str) -> str:
    """The id as its standard writes it: ``GV.PO-01``, ``IDM-09``, ``AC-2(1)``. Has the same key as ``written``."""
    key = control_key(written)
    if criterion := _PADDED_TWICE.fullmatch(key):
        return f"{criterion['area']}-{criterion['criterion']:0>2}.{criterion['number']:0>2}{criterion['kind']}"
    padded = _PADDED.fullmatch(key)
    return f"{padded['family']}0{padded['number']}" if padded else key


def parent_key(key: str) -> str | None:
    """The parent in an id: its Baustein, category, group or the control it enhances; None where it names none."""
    return next((match["parent"] for pattern in _PARENTS if (match := pattern.fullmatch(key))), None)


def module_of(key: str) -> str | None:
    """The Baustein of an IT-Grundschutz requirement: ORP.4 of ORP.4.A8; None for other ids."""
    match = _IN_MODULE.fullmatch(key)
    return match["parent"] if match else None


def category_of(key: str) -> str | None:
    """The category of a CSF subcategory: GV.OC of GV.OC-1; None for other ids."""
    match = _SUBCATEGORY.fullmatch(key)
    return match["parent"] if match else None


def letters_of(key: str) -> str:
    """The letters that a key begins with and that name its family: ORP of ORP.4.A8, AC of AC-2(1)."""
    return re.split(r"[.\-]", key, maxsplit=1)[0]


def module_keys(keys: Iterable[str]) -> frozenset[str]:
    """The ids that only group others: ORP.4 where there is an ORP.4.A8."""
    return frozenset(module for key in keys if (module := module_of(key)))


def grouping_keys(keys: Iterable[str]) -> frozenset[str]:
    """The ids that only group because a subdivision of them is there: A.5.1 beside A.5.1.1 (ISO/IEC 27001:2013)."""
    return frozenset(match["group"] for key in keys if (match := _SUBCONTROL.fullmatch(key)))


def is_enhancement(key: str) -> bool:
    """True if a key is that of an enhancement of another control: AC-2(1)."""
    return key.endswith(")") and _ENHANCEMENT.fullmatch(key) is not None


def find_control_ids(text: str) -> Iterator[ControlId]:
    """The ids in a document's text, as a standard writes them: upper case."""
    if _HINT.search(text) is None:
        return
    for match in _WRITTEN.finditer(text):
        if not names_something_else(match[0]):
            yield ControlId(match[0], control_key(match[0]), match.start(), match.end())


def blank_control_ids(text: str, keys: Container[str] | None = None) -> str:
    """The text with blanks in place of its control ids, or of those with one of the keys. All places stay the same.

    An id is blanked where it was found: "AC-2" is no part of "AC-25".
    """
    kept, end = [], 0
    for found in find_control_ids(text):
        if keys is None or found.key in keys:
            kept += [text[end : found.start], " " * (found.end - found.start)]
            end = found.end
    return "".join((*kept, text[end:]))


def find_ids_and_groups(text: str) -> list[ControlId]:
    """The ids of controls and of groups of them in a document's text, in order."""
    found = list(find_control_ids(text))
    for match in _GROUP.finditer(text):
        if all(match.end() <= other.start or other.end <= match.start() for other in found):
            found.append(ControlId(match[0], control_key(match[0]), match.start(), match.end()))
    return sorted(found, key=lambda each: each.start)


def read_control_heading(heading: str) -> ControlHeading | None:
    """The control a heading opens, or None when it does not begin with an id."""
    match = _LEADING.match(heading)
    if match is None or names_something_else(match["id"]):
        return None
    title = match["title"].strip()
    level = _LEVEL.search(title)
    return ControlHeading(match["id"], control_key(match["id"]), title, level["level"] if level else None)


def frameworks_of(key: str, document_type: DocumentType | None = None) -> frozenset[str]:
    """The catalogues that a key can be of; several for PS-1, none for an organisation's own.

    A document of a published standard decides between them.
    """
    found = frozenset(each.framework for each in CATALOGUES if each.has_key(key) or each.has_group(key))
    if document_type is not None and len(found) > 1:
        held = {catalogue.framework for catalogue in kind_of(document_type).catalogues}
        return found & held or found
    return found


def framework_of(written: str) -> str | None:
    """The catalogue that an id belongs to as it is written, by its short name; None for an organisation's own.

    >>> framework_of("PS-01"), framework_of("PS-1"), framework_of("NAC-07")
    ('c5', 'sp80053', None)
    """
    by_form = next((each.framework for each in CATALOGUES if each.writes(written)), None)
    if by_form is not None:
        return by_form
    key = control_key(written)
    return next((each.framework for each in CATALOGUES if each.has_key(key) or each.has_group(key)), None)


def catalogue_shown(key: str) -> str:
    """The catalogue of a key as far as it shows: a published one, else its shape with X for letters, 0 for numbers."""
    shape = re.sub(r"\d+", "0", re.sub(r"\(\d+\)", "", key))
    return framework_of(key) or re.sub(r"[A-Z]{2,}", "X", shape)


def is_published(key: str) -> bool:
    """True if a key can only be that of a control in a published catalogue."""
    if module_of(key) is not None or _ANNEX.fullmatch(key):
        return True
    return any(each.has_key(key) for each in CATALOGUES if each is not GRUNDSCHUTZ_PLUS)


def _respelt(spaced: str) -> str | None:
    for pattern, form in _SPELLINGS:
        if match := pattern.fullmatch(spaced):
            return form.format(*(_plain(part) for part in match.groups()))
    return None


def _plain(part: str) -> str:
    """``01`` as 1, ``1 01`` as 1.1; letters as they are."""
    return ".".join(number.lstrip("0") or "0" for number in re.split(r"[ ._-]", part)) if part[0].isdigit() else part
