"""Control ids as standards write them, and the key by which two spellings of one id are the same.

family                     written                       key
IT-Grundschutz             ORP.4.A8, NLW.2.1.A3          ORP.4.A8
Grundschutz++, modules     SENS.1.1.1, OPS.1.1.3         SENS.1.1.1
NIST SP 800-53             AC-2, AU-02, AC-2(1), ac-2.1  AC-2, AU-2, AC-2(1), AC-2(1)
NIST CSF 2.0               ID.AM-01                      ID.AM-1
BSI C5, own catalogues     IDM-01, NAC-07                IDM-1, NAC-7
ISO/IEC 27001 Annex A      A.5.7                         A.5.7
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_ID = r"""
    (?: [A-Z]{2,5} (?:\.\d{1,2}){1,4} \.A\d{1,3}                # IT-Grundschutz requirement
      | [A-Z]{2} \.[A-Z]{2} -\d{1,2}                            # CSF subcategory
      | A \.\d{1,2} \.\d{1,2} (?:\.\d{1,2})?                    # ISO Annex A
      | [A-Z]{3,5} (?:\.\d{1,2}){2,4}                           # Grundschutz++ requirement, Kompendium module
      | [A-Z]{2} -\d{1,2} (?: [ ]?\(\d{1,2}\) | \.\d{1,2} )?    # SP 800-53 control and enhancement
      | [A-Z]{3,5} -\d{1,3}                                     # C5 and catalogues of one's own
    )
"""
#: An id stands alone: AES-256-GCM, A.5.7.1.2 or TLS-1.2 hold none.
_BEFORE, _AFTER = r"(?<![\w.\-/])", r"(?![\w(]|\.\d|-\w)"
_WRITTEN = re.compile(_BEFORE + _ID + _AFTER, re.VERBOSE)
_TYPED = re.compile(_BEFORE + _ID + _AFTER, re.VERBOSE | re.IGNORECASE)
#: Every id holds one; most questions do not, and this costs a tenth of looking for an id.
_HINT = re.compile(r"[.\-]\d")
_LEADING = re.compile(rf"\s*(?:\#+\s*)?(?P<id>{_ID})(?![\w(]|\.\d|-\w)[\s:.–—-]*(?P<title>[^\n]*)", re.VERBOSE)

#: Names of algorithms, standards and norms, and words that are counted, that look like catalogue ids.
_NOT_CATALOGUES = frozenset(
    "AES ASCII CVE CWE COVID DES DIN DSS ECDSA EN FIPS HMAC HTTP IEC IEEE ISO ISBN LDAP MD NIST PKCS RFC RSA SHA SP SSH"
    " SSL TLS UTF WPA BAND CLASS ITEM LAYER LEVEL PART PHASE PORT STEP STUFE TAG TEIL TIER TOP TYP TYPE ZONE".split()
)
_ENHANCEMENT = re.compile(r"([A-Z]{2}-\d+)(?:\.|\()(\d+)\)?")
_IN_MODULE = re.compile(r"(.+)\.A\d+")
_LEADING_ZEROS = re.compile(r"(?:(?<=[.\-(])|(?<=\.A))0+(?=\d)")
_LEVEL = re.compile(r"\((?P<level>[BSH])\)")


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


def control_key(written: str) -> str:
    """The key of an id; idempotent.

    >>> control_key("au-02"), control_key("ac-2.1"), control_key("AC-2 (1)")
    ('AU-2', 'AC-2(1)', 'AC-2(1)')
    """
    key = _LEADING_ZEROS.sub("", written.upper().replace(" ", ""))
    if enhancement := _ENHANCEMENT.fullmatch(key):
        return f"{enhancement[1]}({enhancement[2]})"
    return key


def module_keys(keys: Iterable[str]) -> frozenset[str]:
    """The ids that only group others: ORP.4 where there is an ORP.4.A8."""
    return frozenset(match[1] for key in keys if (match := _IN_MODULE.fullmatch(key)))


def find_control_ids(text: str) -> Iterator[ControlId]:
    """The ids in a document's text, as a standard writes them: upper case."""
    return _found(_WRITTEN, text)


def find_typed_control_ids(question: str) -> Iterator[ControlId]:
    """The ids in a question, as people type them: in any case."""
    return _found(_TYPED, question)


def read_control_heading(heading: str) -> ControlHeading | None:
    """The control a heading opens, or None when it does not begin with an id."""
    match = _LEADING.match(heading)
    if match is None or not _is_catalogue(match["id"]):
        return None
    title = match["title"].strip()
    level = _LEVEL.search(title)
    return ControlHeading(match["id"], control_key(match["id"]), title, level["level"] if level else None)


def _found(pattern: re.Pattern[str], text: str) -> Iterator[ControlId]:
    if _HINT.search(text) is None:
        return
    for match in pattern.finditer(text):
        if _is_catalogue(match[0]):
            yield ControlId(match[0], control_key(match[0]), match.start(), match.end())


def _is_catalogue(written: str) -> bool:
    return re.split(r"[.\-]", written.upper(), maxsplit=1)[0] not in _NOT_CATALOGUES
