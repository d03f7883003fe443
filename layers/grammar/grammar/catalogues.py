"""The published catalogues of controls: how each writes its ids, what its families are called, and what is in force.

A ``Catalogue`` is part of the row of its document type (``document_types``), or of ``UNTYPED`` below where the product
has no document type for it. Everything that asks whose an id is asks here.

Sources: IT-Grundschutz-Kompendium 2023 (layers), IT-Grundschutz-Kataloge (M 4.93), NIST SP 800-53 Rev. 5 table 1
(families), BSI C5:2020 chapter 5 and the 2026 draft (areas), NIST CSF 2.0 appendix A (subcategories), COBIT 2019
(domains), AICPA TSC 2017 (series).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

KOMPENDIUM_LAYERS = {
    "ISMS": "Sicherheitsmanagement",
    "ORP": "Organisation und Personal",
    "CON": "Konzeption und Vorgehensweisen",
    "OPS": "Betrieb",
    "DER": "Detektion und Reaktion",
    "APP": "Anwendungen",
    "SYS": "IT-Systeme",
    "IND": "Industrielle IT",
    "NET": "Netze und Kommunikation",
    "INF": "Infrastruktur",
}

SP_800_53_FAMILIES = {
    "AC": "Access Control",
    "AT": "Awareness and Training",
    "AU": "Audit and Accountability",
    "CA": "Assessment, Authorization, and Monitoring",
    "CM": "Configuration Management",
    "CP": "Contingency Planning",
    "IA": "Identification and Authentication",
    "IR": "Incident Response",
    "MA": "Maintenance",
    "MP": "Media Protection",
    "PE": "Physical and Environmental Protection",
    "PL": "Planning",
    "PM": "Program Management",
    "PS": "Personnel Security",
    "PT": "PII Processing and Transparency",
    "RA": "Risk Assessment",
    "SA": "System and Services Acquisition",
    "SC": "System and Communications Protection",
    "SI": "System and Information Integrity",
    "SR": "Supply Chain Risk Management",
}

#: C5:2020 has all of them; SP-01 and PS-01 are written as no publication and no control of SP 800-53 is.
C5_AREAS = tuple("OIS SP HR AM PS OPS IDM CRY COS PI DEV SSO BCM SIM COM INQ PSS".split())

CSF_FUNCTIONS = ("GV", "ID", "PR", "DE", "RS", "RC")
#: Categories of CSF 1.1 and 2.0.
CSF_CATEGORIES = tuple("OC RM RR PO OV SC AM BE GV RA IM AA AC AT DS PS IR IP MA PT CM AE DP AN CO MI RP".split())

COBIT_DOMAINS = ("EDM", "APO", "BAI", "DSS", "MEA")

#: Controls in each theme of ISO/IEC 27001:2022 Annex A.
ANNEX_THEMES = {"5": 37, "6": 8, "7": 14, "8": 34}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Catalogue:
    """One published catalogue and the form of its ids. The patterns are verbose regular expressions without groups.

    Attributes:
        framework: the short name by which questions and mappings know it.
        says: a sentence for a reader: its ids open the lines of a document.
        written: a control's id as its documents write it. It tells the catalogue from every other one, so its families
            are a closed list where another catalogue has the same form.
        key: an id's key, which has no leading zeros (``control_ids.control_key``); empty where ``written`` fits it.
        groups: an id of what only groups controls, written and key alike; empty where nothing has an id of its own.
        points: what a document scores in classification when such ids open its lines.
        families: what the families are called, for the domain of a control.
        has_closed_families: whether its families are a closed list. An id that fits such a catalogue is never one of a
            catalogue that takes any letters.
    """

    framework: str
    says: str
    written: str
    key: str = ""
    groups: str = ""
    points: float = 7.0
    families: Mapping[str, str] = field(default_factory=dict)
    has_closed_families: bool = True

    def has_key(self, key: str) -> bool:
        """True if a key can be one of this catalogue's."""
        return re.fullmatch(self.key or self.written, key, re.VERBOSE) is not None

    def writes(self, written: str) -> bool:
        """True if an id is written as this catalogue writes its own."""
        return re.fullmatch(self.written, written, re.VERBOSE) is not None

    def has_group(self, key: str) -> bool:
        """True if a key is that of a group of this catalogue's controls."""
        return bool(self.groups) and re.fullmatch(self.groups, key, re.VERBOSE) is not None


def _any(names: Mapping[str, str] | tuple[str, ...]) -> str:
    return f"(?:{'|'.join(names)})"


KOMPENDIUM = Catalogue(
    framework="grundschutz",
    says="IT-Grundschutz ids open its lines",
    written=rf"{_any(tuple(KOMPENDIUM_LAYERS))} (?:\.\d{{1,2}}){{1,4}} \.A\d{{1,3}}",
    groups=rf"{_any(tuple(KOMPENDIUM_LAYERS))} (?:\.\d{{1,2}}){{1,4}}",
    families=KOMPENDIUM_LAYERS,
)
GRUNDSCHUTZ_PLUS = Catalogue(
    framework="grundschutzpp",
    says="ids in the form of Grundschutz++ open its lines",
    written=r"[A-Z]{2,5} (?:\.\d{1,2}){2,5}",
    points=4.0,
    has_closed_families=False,
)
C5 = Catalogue(
    framework="c5",
    says="C5 ids open its lines",
    written=rf"{_any(tuple(each for each in C5_AREAS if each != 'PS'))} -\d{{2}} (?:\.\d{{2}}[A-Z]{{1,2}})?"
    r"| PS-0\d (?:\.\d{2}[A-Z]{1,2})?",
    key=rf"{_any(C5_AREAS)} -\d{{1,2}} (?:\.\d{{1,2}}[A-Z]{{1,2}})?",
    points=4.0,
)
ANNEX_A = Catalogue(
    framework="iso",
    says="Annex A ids open its lines",
    written=r"A \.(?:[5-9]|1[0-8]) (?:\.\d{1,2}){1,2}",
)
CSF = Catalogue(
    framework="csf",
    says="CSF ids open its lines",
    written=rf"{_any(CSF_FUNCTIONS)} \.[A-Z]{{2}} -\d{{1,2}}",
    groups=rf"{_any(CSF_FUNCTIONS)} \.[A-Z]{{2}}",
)
SP_800_53 = Catalogue(
    framework="sp80053",
    says="SP 800-53 ids open its lines",
    written=rf"{_any(SP_800_53_FAMILIES)} -\d{{1,2}} (?:[ ]?\(\d{{1,2}}\)|\.\d{{1,2}})?",
    points=6.0,
    families=SP_800_53_FAMILIES,
)
#: Catalogues that documents cite and that no document type is made of.
UNTYPED = (
    Catalogue(
        framework="cobit",
        says="COBIT ids open its lines",
        written=rf"{_any(COBIT_DOMAINS)} \d{{2}}\.\d{{2}}",
        key=rf"{_any(COBIT_DOMAINS)} \d{{2}}\.\d{{1,2}}",
    ),
    Catalogue(framework="soc2", says="SOC 2 ids open its lines", written=r"CC[1-9]\.\d{1,2}"),
    Catalogue(
        framework="grundschutz",
        says="ids of the IT-Grundschutz-Kataloge open its lines",
        written=r"M[ ]?[1-7]\.\d{1,3}",
    ),
)


_CSF_2_CORE = """
GV.OC 1-5 | GV.RM 1-7 | GV.RR 1-4 | GV.PO 1-2 | GV.OV 1-3 | GV.SC 1-10
ID.AM 1-5 7-8 | ID.RA 1-10 | ID.IM 1-4
PR.AA 1-6 | PR.AT 1-2 | PR.DS 1-2 10-11 | PR.PS 1-6 | PR.IR 1-4
DE.CM 1-3 6-6 9-9 | DE.AE 2-4 6-8
RS.MA 1-5 | RS.AN 3-3 6-8 | RS.CO 2-3 | RS.MI 1-2
RC.RP 1-6 | RC.CO 3-4
"""


def _csf_2_subcategories() -> frozenset[str]:
    keys: set[str] = set()
    for entry in re.split(r"[|\n]", _CSF_2_CORE):
        if not entry.strip():
            continue
        category, *ranges = entry.split()
        for numbers in ranges:
            first, last = (int(number) for number in numbers.split("-"))
            keys.update(f"{category}-{number}" for number in range(first, last + 1))
    return frozenset(keys)


#: Keys of the subcategories of CSF 2.0; its files also carry those of version 1.1, some without a mark.
CSF_2_SUBCATEGORIES = _csf_2_subcategories()

_CSF_2_WRITTEN = re.compile(r"[A-Z]{2}\.[A-Z]{2}-\d\d")


def is_withdrawn_from_csf_2(written: str, key: str) -> bool:
    """True if an id is written as CSF 2.0 writes them (GV.OC-01; version 1.1 has ID.AM-1) but is not in its core."""
    return _CSF_2_WRITTEN.fullmatch(written) is not None and key not in CSF_2_SUBCATEGORIES


def is_annex_number(number: str) -> bool:
    """True if a bare number such as 5.7 is that of a control of ISO/IEC 27001:2022 Annex A."""
    theme, _, control = number.partition(".")
    return theme in ANNEX_THEMES and control.isdigit() and 1 <= int(control) <= ANNEX_THEMES[theme]
