"""Parsers: a document's bytes to its text and sections, with pages and offsets. No AWS, no model."""

from documents.errors import (
    BrokenDocument,
    DocumentError,
    EmptyDocument,
    EncryptedDocument,
    NoTextLayer,
    TooLarge,
    UnknownFormat,
)
from documents.limits import DEFAULT_LIMITS, Limits
from documents.parse import PARSERS, parse
from documents.sections import ParsedDocument, Section

__all__ = [
    "DEFAULT_LIMITS",
    "PARSERS",
    "BrokenDocument",
    "DocumentError",
    "EmptyDocument",
    "EncryptedDocument",
    "Limits",
    "NoTextLayer",
    "ParsedDocument",
    "Section",
    "TooLarge",
    "UnknownFormat",
    "parse",
]
