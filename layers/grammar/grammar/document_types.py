"""The types of documents. The values are what is stored and sent."""

from __future__ import annotations

from enum import StrEnum


class DocumentType(StrEnum):
    BSI_GRUNDSCHUTZ = "bsi_grundschutz"
    BSI_C5 = "bsi_c5"
    ISO_27001 = "iso_27001"
    NIST_CSF = "nist_csf"
    NIST_800_53 = "nist_800_53"
    WHITEPAPER = "whitepaper"
    TECHNICAL_DOC = "technical_doc"
    FAQ = "faq"
    POLICY = "policy"
    UNKNOWN = "unknown"
