"""Documents built in memory for the parsers' tests."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping

import docx
from docx.document import Document as WordDocument
from fpdf import FPDF
from fpdf.enums import XPos, YPos
from PIL import Image

from documents import ParsedDocument, Section

WORD_NAMESPACE = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
PROSE = (
    "Die Informationssicherheit prüft einmal im Jahr, ob alle Vorgaben eingehalten werden, und berichtet der "
    "Geschäftsführung über das Ergebnis. Abweichungen werden mit einer Frist und einer verantwortlichen Person "
    "festgehalten und beim nächsten Mal zuerst betrachtet."
)


class SimplePdf(FPDF):
    """A PDF set in core fonts; header and footer only where a text is given."""

    def __init__(self, header: str = "", footer: str = "") -> None:
        super().__init__(format="A4")
        self._header, self._footer = header, footer
        self.set_auto_page_break(True, margin=25)
        self.set_margins(25, 25, 25)
        self.add_page()

    def header(self) -> None:
        self._running_line(self._header, 12)

    def footer(self) -> None:
        self._running_line(self._footer, -15)

    def _running_line(self, text: str, y: float) -> None:
        if text:
            self.set_y(y)
            self.set_font("Helvetica", size=8)
            self.cell(0, 5, text.replace("#", str(self.page_no())), new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.set_y(25)

    def heading(self, text: str, size: float = 14) -> None:
        self.ln(2)
        self.set_font("Helvetica", style="B", size=size)
        self.multi_cell(0, size * 0.45, text, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.ln(2)

    def paragraph(self, text: str, align: str = "L") -> None:
        self.set_font("Helvetica", size=10)
        self.multi_cell(0, 5, text, align=align, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.ln(3)

    def lines(self, *texts: str) -> None:
        """One paragraph, broken exactly where the test wants it."""
        self.set_font("Helvetica", size=10)
        for text in texts:
            self.cell(0, 5, text, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.ln(3)

    def data(self) -> bytes:
        return bytes(self.output())


def picture_pdf() -> bytes:
    """A scan: a page with nothing but a picture."""
    pdf = FPDF()
    pdf.add_page()
    pdf.image(Image.new("RGB", (200, 100), "gray"), x=20, y=20, w=100)
    return bytes(pdf.output())


def word(fill: Callable[[WordDocument], object]) -> bytes:
    """A Word document from python-docx's template."""
    document = docx.Document()
    fill(document)
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def raw_word(body: str, parts: Mapping[str, str] | None = None) -> bytes:
    """A Word document from raw XML: the inside of ``w:body``, and further parts by name."""
    document = f'<w:document xmlns:w="{WORD_NAMESPACE}"><w:body>{body}</w:body></w:document>'
    return zipped({"[Content_Types].xml": "<Types/>", "word/document.xml": document, **(parts or {})})


def zipped(members: Mapping[str, str | bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def section(document: ParsedDocument, heading: str) -> Section:
    """The only section whose own heading begins with the text."""
    found = [each for each in document.sections if each.heading_path and each.heading_path[-1].startswith(heading)]
    assert len(found) == 1, (
        f"{len(found)} sections are headed {heading!r}: {[s.heading_path for s in document.sections]}"
    )
    return found[0]


def body(document: ParsedDocument, heading: str) -> str:
    return document.body(section(document, heading))


def headings(document: ParsedDocument) -> list[str]:
    """Every section's own heading, in order."""
    return [each.heading_path[-1] if each.heading_path else "" for each in document.sections]


def assert_sound(document: ParsedDocument) -> None:
    """What holds for every parsed document: order, coverage, offsets, pages, storable text."""
    position = 0
    for each in document.sections:
        assert position <= each.char_from < each.char_to <= len(document.text)
        assert not document.text[position : each.char_from].strip(), "text between two sections"
        assert document.body(each) == document.body(each).rstrip()
        assert (each.page_from, each.page_to) == (
            document.page_at(each.char_from),
            document.page_at(each.char_to - 1),
        )
        position = each.char_to
    assert not document.text[position:].strip(), "text behind the last section"
    assert list(document.page_starts) == sorted(document.page_starts)
    assert len(document.page_starts) == (document.pages or 0)
    assert "\x00" not in document.text
    document.text.encode("utf-8")
