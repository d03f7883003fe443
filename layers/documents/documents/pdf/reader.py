"""PDF: asks pdfium for lines with their position and type, and leaves their meaning to ``documents.pdf.layout``.

pdfium is a C++ library that must not be called from two threads at once, so one lock guards every call.
Text that cannot be seen (``documents.pdf.visibility``) is hidden text. Pages that are pictures go to text
recognition where there is one.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pypdfium2 as pdfium  # type: ignore[import-untyped]
import pypdfium2.raw as pdfium_c  # type: ignore[import-untyped]

from documents.characters import HIDDEN_CHARACTERS_WARNING, clean, clean_line, has_hidden_message
from documents.errors import BrokenDocument, EmptyDocument, EncryptedDocument, NoTextLayer, OcrFailed, TooLarge
from documents.ocr import TextRecognition
from documents.pdf.layout import arrange
from documents.pdf.page_text import PageReader, PageText
from documents.pdf.scan import lines_of_scan, page_picture
from documents.sections import ParsedDocument
from documents.source import Source
from documents.structure.outline import Block, OutlineBuilder

FORMAT = "pdf"
MIME_TYPE = "application/pdf"
NO_TEXT_ON_PAGE_WARNING = "No text could be read on page {pages}; a picture of text needs text recognition (OCR)."

_LOCK = threading.Lock()
_TAIL = 4096
_WORTHLESS_TITLE = re.compile(
    r"(?:untitled|microsoft word\b.*|unbenannt|\(.*\)|.*\.(?:docx?|pdf|indd|tex|odt))\Z", re.IGNORECASE
)
_DATE = re.compile(r"D:(\d{4})(\d\d)?(\d\d)?")


def parse(source: Source) -> ParsedDocument:
    """A PDF with a text layer, or one that ``source.ocr`` can read.

    Raises only the errors of ``documents.errors``, and what the text recognition raises. A file that is cut
    off is refused even where pdfium could rescue some of its pages: a document that is partly searchable looks
    complete to those who ask it.
    """
    with _LOCK:
        pages, properties = _read(source)
    pages = _recognised_pages(source, pages)
    _require_text(source, pages)
    outline = OutlineBuilder()
    for block in arrange([page.lines for page in pages]):
        outline.add(block)
    for page in pages:
        for reason, texts in page.hidden.items():
            outline.add(Block(clean("\n".join(texts)), hidden=reason))
    title = properties.pop("title", "")
    return outline.finish(
        name=source.name,
        limits=source.limits,
        mime_type=MIME_TYPE,
        format=FORMAT,
        pages=len(pages),
        title=None if _WORTHLESS_TITLE.match(title) else title or None,
        metadata=properties,
        warnings=_warnings(pages),
    )


def _recognised_pages(source: Source, pages: Sequence[PageText]) -> list[PageText]:
    """The pages, those that are pictures with the text recognised in them.

    A page that recognition fails on stays unread, which a warning says, as long as any other page has text.
    """
    read: list[PageText] = []
    failure: OcrFailed | None = None
    for number, page in enumerate(pages, 1):
        try:
            read.append(_recognised(source, source.ocr, page, number) if source.ocr and page.pictures else page)
        except OcrFailed as error:
            failure = error
            read.append(page)
    if failure is not None and not any(page.lines for page in read):
        raise failure
    return read


def _recognised(source: Source, ocr: TextRecognition, page: PageText, number: int) -> PageText:
    source.check_time()
    with _LOCK, _opened(source) as document:
        picture, width, height = page_picture(document[number - 1], source.name, number)
    lines = lines_of_scan(ocr.read(picture), number, width, height)
    return PageText(lines, page.hidden, pictures=not lines)


@contextmanager
def _opened(source: Source) -> Iterator[Any]:
    """pdfium's document. Raises ``BrokenDocument`` or ``EncryptedDocument``."""
    tail = source.data[-_TAIL:]
    if b"%%EOF" not in tail and b"startxref" not in tail:
        raise BrokenDocument(source.name, "its end is missing")
    try:
        document = pdfium.PdfDocument(source.data)
    except pdfium.PdfiumError as error:
        if getattr(error, "err_code", None) in {pdfium_c.FPDF_ERR_PASSWORD, pdfium_c.FPDF_ERR_SECURITY}:
            raise EncryptedDocument(source.name) from error
        raise BrokenDocument(source.name, "its structure cannot be read") from error
    try:
        yield document
    finally:
        document.close()


def _read(source: Source) -> tuple[list[PageText], dict[str, str]]:
    with _opened(source) as document:
        count = len(document)
        if count == 0:
            raise EmptyDocument(source.name, "it has no pages")
        if count > source.limits.max_pages:
            raise TooLarge(source.name, f"it has {count:,} pages, {source.limits.max_pages:,} are allowed")
        return [_read_page(document, number, source) for number in range(1, count + 1)], _properties(document)


def _read_page(document: Any, number: int, source: Source) -> PageText:
    source.check_time()
    try:
        page = document[number - 1]
        text_page = page.get_textpage()
    except pdfium.PdfiumError as error:
        raise BrokenDocument(source.name, f"page {number} cannot be read") from error
    try:
        return PageReader(page, text_page, number).read()
    finally:
        text_page.close()
        page.close()


def _require_text(source: Source, pages: Sequence[PageText]) -> None:
    if any(page.lines for page in pages):
        return
    if any(page.hidden for page in pages):
        raise EmptyDocument(source.name, "all of its text is hidden from its reader")
    if any(page.pictures for page in pages):
        raise NoTextLayer(source.name, f"its {len(pages)} page(s) hold pictures only")
    raise EmptyDocument(source.name, "its pages are blank")


def _warnings(pages: Sequence[PageText]) -> Iterator[str]:
    without_text = [number for number, page in enumerate(pages, 1) if page.pictures]
    if without_text:
        yield NO_TEXT_ON_PAGE_WARNING.format(pages=_listed(without_text))
    if any(has_hidden_message(line.text) for page in pages for line in page.lines):
        yield HIDDEN_CHARACTERS_WARNING


def _listed(numbers: Sequence[int], most: int = 20) -> str:
    return ", ".join(map(str, numbers[:most])) + (" and more" if len(numbers) > most else "")


def _properties(document: Any) -> dict[str, str]:
    raw = document.get_metadata_dict()
    found = {"title": clean_line(raw.get("Title", "")), "author": clean_line(raw.get("Author", ""))}
    for key, name in (("created", "CreationDate"), ("modified", "ModDate")):
        date = _DATE.match(raw.get(name, ""))
        if date:
            found[key] = "-".join(part for part in date.groups() if part)
    return {key: value for key, value in found.items() if value and value.lower() not in {"anonymous", "(unspecified)"}}
