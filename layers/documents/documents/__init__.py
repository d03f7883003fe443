"""Parsers: a document's bytes to its text and sections, with pages and offsets. No AWS, no model."""

from documents.errors import (
    BrokenDocument,
    DocumentError,
    EmptyDocument,
    EncryptedDocument,
    NoTextLayer,
    OcrFailed,
    TooLarge,
    UnknownFormat,
)
from documents.limits import DEFAULT_LIMITS, Limits
from documents.ocr import PagePicture, RecognisedLine, TextRecognition, installed_ocr
from documents.parse import PARSERS, parse
from documents.sections import HiddenText, ParsedDocument, Section

__all__ = [
    "DEFAULT_LIMITS",
    "PARSERS",
    "BrokenDocument",
    "DocumentError",
    "EmptyDocument",
    "EncryptedDocument",
    "HiddenText",
    "Limits",
    "NoTextLayer",
    "OcrFailed",
    "PagePicture",
    "ParsedDocument",
    "RecognisedLine",
    "Section",
    "TextRecognition",
    "TooLarge",
    "UnknownFormat",
    "installed_ocr",
    "parse",
]
