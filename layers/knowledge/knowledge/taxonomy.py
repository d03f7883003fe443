"""The closed vocabularies: tiers, document types, intents, states. Values are what is stored and sent."""

from __future__ import annotations

from enum import IntEnum, StrEnum


class Tier(IntEnum):
    """Priority of a queue and of the model calls made while serving it; a higher value goes first."""

    CRITICAL = 10
    HIGH = 8
    MEDIUM = 6
    LOW = 4
    BATCH = 2


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


class DocumentStatus(StrEnum):
    AWAITING_UPLOAD = "awaiting_upload"
    CLASSIFYING = "classifying"
    EXTRACTING = "extracting"
    SEARCHABLE = "searchable"
    FAILED = "failed"
    QUARANTINED = "quarantined"


class QueryStatus(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    ANSWERED = "answered"
    FAILED = "failed"


class Intent(StrEnum):
    COMPLIANCE_REQUIREMENT = "compliance_requirement"
    TECHNICAL_IMPLEMENTATION = "technical_implementation"
    MAPPING_COMPARISON = "mapping_comparison"
    BEST_PRACTICE = "best_practice"
    SPECIFIC_CONTROL = "specific_control"
    GENERAL_INFORMATION = "general_information"


class Language(StrEnum):
    GERMAN = "de"
    ENGLISH = "en"


class QueryStage(StrEnum):
    """The stages of a question, in order."""

    INTENT = "intent"
    RETRIEVE = "retrieve"
    SYNTHESIZE = "synthesize"
    VALIDATE = "validate"


#: Rows and parsed parts carry it. Raise it when classification, chunking or extraction changes what is stored.
PIPELINE_VERSION = "1"
