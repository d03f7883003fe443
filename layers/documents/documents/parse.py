"""The one entrance: bytes in, sections out."""

from __future__ import annotations

import time
from importlib import import_module
from typing import Protocol, cast

from documents.errors import TooLarge
from documents.limits import DEFAULT_LIMITS, Limits
from documents.ocr import TextRecognition
from documents.sections import ParsedDocument
from documents.sniffing import sniff
from documents.source import Source

PARSERS: dict[str, str] = {
    "pdf": "documents.pdf.reader",
    "docx": "documents.office.docx",
    "xlsx": "documents.office.xlsx",
    "pptx": "documents.office.pptx",
    "html": "documents.markup.html",
    "oscal_json": "documents.oscal.json_reader",
    "oscal_xml": "documents.oscal.xml_reader",
    "docbook": "documents.markup.docbook",
    "xml": "documents.data.xml_reader",
    "json": "documents.data.json_reader",
    "md": "documents.markup.markdown",
    "txt": "documents.markup.plain_text",
}
"""Format to the module whose ``parse(source)`` reads it, imported on first use: pdfium is slow to load."""


class _ParserModule(Protocol):
    def parse(self, source: Source) -> ParsedDocument: ...


def parse(
    data: bytes, filename: str, limits: Limits = DEFAULT_LIMITS, *, ocr: TextRecognition | None = None
) -> ParsedDocument:
    """Parse a document of any format in ``PARSERS``; which one it is, its bytes decide.

    ``ocr`` reads pages that are pictures (``documents.installed_ocr()`` where tesseract is installed); without
    it a scan raises ``NoTextLayer``. Raises only the errors of ``documents.errors``, whatever the bytes, and
    what ``ocr`` raises.
    """
    if len(data) > limits.max_bytes:
        raise TooLarge(filename, f"it has {len(data):,} bytes, {limits.max_bytes:,} are allowed")
    source = Source(data, filename, limits, ocr, time.monotonic() + limits.max_seconds)
    parser = cast(_ParserModule, import_module(PARSERS[sniff(source)]))
    return parser.parse(source)
