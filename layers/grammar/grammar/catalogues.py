"""What the published catalogues call their families, and which parts of them are in force.

Sources: IT-Grundschutz-Kompendium (layers), NIST SP 800-53 Rev. 5 table 1 (families), BSI C5:2020 chapter 5 (areas),
NIST CSF 2.0 appendix A (subcategories).
"""

from __future__ import annotations

import re

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

C5_AREAS = frozenset("OIS SP HR AM PS OPS IDM CRY COS PI DEV SSO BCM SIM COM INQ PSS".split())

CSF_FUNCTIONS = frozenset({"GV", "ID", "PR", "DE", "RS", "RC"})

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
    """Whether an id is written as CSF 2.0 writes them (GV.OC-01; version 1.1 has ID.AM-1) but is not in its core."""
    return _CSF_2_WRITTEN.fullmatch(written) is not None and key not in CSF_2_SUBCATEGORIES
