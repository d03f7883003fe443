"""The closed vocabularies: document types, intents, states. Values are what is stored and sent."""

from __future__ import annotations

from enum import StrEnum

from grammar.document_types import DocumentType
from grammar.duties import Obligation
from grammar.language import Language

__all__ = [
    "DocumentStatus",
    "DocumentType",
    "EntityType",
    "Intent",
    "Language",
    "Obligation",
    "Origin",
    "QueryStage",
    "QueryStatus",
    "Rating",
    "RelationType",
    "Review",
    "SearchStrategy",
]


class DocumentStatus(StrEnum):
    AWAITING_UPLOAD = "awaiting_upload"
    CLASSIFYING = "classifying"
    EXTRACTING = "extracting"
    SEARCHABLE = "searchable"
    #: It answers questions, but controls its own text promises were not found; they are named.
    SEARCHABLE_WITH_GAPS = "searchable_with_gaps"
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


class EntityType(StrEnum):
    STANDARD = "STANDARD"
    CONTROL_ID = "CONTROL_ID"
    TECHNOLOGY = "TECHNOLOGY"
    PROCESS = "PROCESS"
    ROLE = "ROLE"
    ORGANIZATION = "ORGANIZATION"
    #: What a document abbreviates and how, as "Leitstelle Netz (LSN)". Questions name what it abbreviates.
    ABBREVIATION = "ABBREVIATION"


class RelationType(StrEnum):
    PART_OF = "part_of"
    ENHANCES = "enhances"
    REFERENCES = "references"
    RELATED = "related"
    REQUIRES = "requires"
    RESPONSIBLE_ROLE = "responsible_role"
    MAPS_TO = "maps_to"
    IMPLEMENTS = "implements"
    SUPPORTS = "supports"
    CONFLICTS = "conflicts"


class Origin(StrEnum):
    """The source of an entity or a relation."""

    SOURCE = "source"
    RULE = "rule"
    MODEL = "model"
    SIMILARITY = "similarity"


class Review(StrEnum):
    """The need for a person to look at a document's type."""

    NEEDED = "needed"
    DONE = "done"


class Rating(StrEnum):
    """The asker's opinion of an answer."""

    UP = "up"
    DOWN = "down"


class SearchStrategy(StrEnum):
    """The way to search for a question. HYBRID is the product; the others are baselines for evaluation."""

    HYBRID = "hybrid"
    FULL_TEXT = "full_text"
    VECTOR = "vector"


class QueryStage(StrEnum):
    """The stages of a question, in order."""

    INTENT = "intent"
    RETRIEVE = "retrieve"
    SYNTHESIZE = "synthesize"
    VALIDATE = "validate"


#: Rows and parsed parts carry it. Raise it when classification, chunking or extraction changes what is stored.
PIPELINE_VERSION = "6"

#: Raise it when intent, retrieval, prompts, synthesis or validation change what is answered: remembered answers of
#: another version are not given again.
ANSWER_VERSION = "5"
