"""The one entrance: bytes in, sections out."""

from __future__ import annotations

from importlib import import_module
from typing import Protocol, cast

from documents.errors import TooLarge, UnknownFormat
from documents.limits import DEFAULT_LIMITS, Limits
from documents.sections import ParsedDocument
from documents.sniffing import sniff
from documents.source import Source

PARSERS: dict[str, str] = {
    "pdf": "documents.pdf",
    "docx": "documents.docx",
    "md": "documents.markdown",
    "txt": "documents.text",
}
"""Format to the module whose ``parse(source)`` reads it, imported on first use: pdfium is slow to load."""

_UNREAD = {
    "xlsx": "an Excel workbook",
    "pptx": "a PowerPoint presentation",
    "html": "a web page",
    "xml": "an XML file",
    "json": "a JSON file",
}


class _ParserModule(Protocol):
    def parse(self, source: Source) -> ParsedDocument: ...


def parse(data: bytes, filename: str, limits: Limits = DEFAULT_LIMITS) -> ParsedDocument:
    """Parse a document of any format in ``PARSERS``; which one it is, its bytes decide.

    Raises only the errors of ``documents.errors``, whatever the bytes.
    """
    source = Source(data, filename, limits)
    if len(data) > limits.max_bytes:
        raise TooLarge(filename, f"it has {len(data):,} bytes, {limits.max_bytes:,} are allowed")
    format_name = sniff(source)
    if format_name not in PARSERS:
        raise UnknownFormat(filename, _UNREAD[format_name])
    parser = cast(_ParserModule, import_module(PARSERS[format_name]))
    return parser.parse(source)
