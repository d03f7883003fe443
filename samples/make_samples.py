"""Makes the DOCX and the PDF among the samples from their Markdown sources, the same bytes on every run.

Usage: ``python samples/make_samples.py [FOLDER]`` (default: the folder of this file). The sources use a small part of
Markdown: front matter, headings, paragraphs, lists and tables.
"""

from __future__ import annotations

import datetime
import io
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import docx
from docx.document import Document as WordDocument
from docx.shared import Pt
from fpdf import FPDF
from fpdf.enums import XPos, YPos
from fpdf.fonts import FontFace

HERE = Path(__file__).resolve().parent
ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)
HEADING_SIZES = {1: 18, 2: 14, 3: 12, 4: 11}
LATIN_1 = str.maketrans({"„": '"', "“": '"', "”": '"', "–": "-", "—": "-"})


@dataclass(frozen=True)
class Piece:
    """A heading (``level`` 1 to 4), paragraph, list item or table of a source."""

    kind: str
    text: str = ""
    level: int = 0
    rows: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True)
class Sample:
    """A source: its front matter and what stands below it."""

    properties: dict[str, str]
    pieces: tuple[Piece, ...]

    @property
    def date(self) -> datetime.datetime:
        """Midnight of the document's date, in UTC."""
        return datetime.datetime.fromisoformat(self.properties["date"]).replace(tzinfo=datetime.UTC)


def read_sample(path: Path) -> Sample:
    """Read a source from ``sources/``."""
    _, front_matter, body = path.read_text(encoding="utf-8").split("---\n", 2)
    properties = dict(line.split(": ", 1) for line in front_matter.strip().splitlines())
    return Sample(properties, tuple(_pieces(body.strip().split("\n\n"))))


def _pieces(paragraphs: list[str]) -> Iterator[Piece]:
    for paragraph in paragraphs:
        if paragraph.startswith("#"):
            marks, text = paragraph.split(" ", 1)
            yield Piece("heading", text, level=len(marks))
        elif paragraph.startswith("|"):
            rows = [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in paragraph.splitlines()]
            yield Piece("table", rows=(rows[0], *rows[2:]))
        elif paragraph.startswith("- "):
            for line in paragraph.splitlines():
                yield Piece("item", line.removeprefix("- "))
        else:
            yield Piece("paragraph", paragraph)


def make_docx(sample: Sample) -> bytes:
    """The sample as a Word document with heading styles, a list style and tables."""
    document = docx.Document()
    document.styles["Normal"].font.size = Pt(11)
    properties = document.core_properties
    properties.title, properties.author = sample.properties["title"], sample.properties["author"]
    properties.created = properties.modified = sample.date
    properties.last_modified_by, properties.comments = properties.author, ""
    section = document.sections[0]
    section.header.paragraphs[0].text = f"{sample.properties['company']} - {sample.properties['title']}"
    section.footer.paragraphs[0].text = f"Version {sample.properties['version']} vom {sample.date:%d.%m.%Y}"
    document.add_paragraph(sample.properties["title"], style="Title")
    for piece in sample.pieces:
        _add_to_docx(document, piece)
    buffer = io.BytesIO()
    document.save(buffer)
    return _with_fixed_dates(buffer.getvalue())


def _add_to_docx(document: WordDocument, piece: Piece) -> None:
    if piece.kind == "heading":
        document.add_heading(piece.text, level=piece.level)
    elif piece.kind == "item":
        document.add_paragraph(piece.text, style="List Bullet")
    elif piece.kind == "table":
        table = document.add_table(rows=0, cols=len(piece.rows[0]), style="Table Grid")
        for row in piece.rows:
            for cell, text in zip(table.add_row().cells, row, strict=True):
                cell.text = text
    else:
        document.add_paragraph(piece.text)


def _with_fixed_dates(archive: bytes) -> bytes:
    """The same archive with one date for all members, so that two runs give the same bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            member = zipfile.ZipInfo(name, ZIP_EPOCH)
            member.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(member, old.read(name))
    return buffer.getvalue()


class PolicyPdf(FPDF):
    """A policy with a running header and numbered pages. Core fonts only: no font file is needed."""

    def __init__(self, sample: Sample) -> None:
        super().__init__(format="A4")
        self._sample = sample
        self.set_creation_date(sample.date)
        self.set_title(sample.properties["title"])
        self.set_author(sample.properties["author"])
        self.set_margins(25, 25, 25)
        self.set_auto_page_break(True, margin=25)

    def header(self) -> None:
        """Company and title at the top of every page."""
        self.set_y(12)
        self.set_font("Helvetica", size=8)
        title = f"{self._sample.properties['company']} - {self._sample.properties['title']}"
        self.cell(0, 5, title, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.set_y(25)

    def footer(self) -> None:
        """Version and page number at the bottom of every page."""
        self.set_y(-15)
        self.set_font("Helvetica", size=8)
        version, date = self._sample.properties["version"], self._sample.date
        self.cell(0, 5, f"Version {version} vom {date:%d.%m.%Y}", align="L")
        self.set_x(self.l_margin)
        self.cell(0, 5, f"Seite {self.page_no()} von {{nb}}", align="R")

    def add_piece(self, piece: Piece) -> None:
        """Set one piece of the source."""
        if piece.kind == "heading":
            self._add_heading(piece)
        elif piece.kind == "table":
            self._add_table(piece)
        else:
            self.set_font("Helvetica", size=10)
            text = f"- {piece.text}" if piece.kind == "item" else piece.text
            self.multi_cell(0, 5, text.translate(LATIN_1), new_x=XPos.LMARGIN, new_y=YPos.NEXT)
            self.ln(0.5 if piece.kind == "item" else 3)

    def _add_heading(self, piece: Piece) -> None:
        if self.will_page_break(25):
            self.add_page()
        self.ln(2)
        self.set_font("Helvetica", style="B", size=HEADING_SIZES[piece.level])
        line_height = HEADING_SIZES[piece.level] * 0.45
        self.multi_cell(0, line_height, piece.text.translate(LATIN_1), align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.ln(2)

    def _add_table(self, piece: Piece) -> None:
        self.set_font("Helvetica", size=9)
        with self.table(line_height=6, headings_style=FontFace(emphasis="BOLD"), col_widths=(2, 4, 3, 6)) as table:
            for cells in piece.rows:
                row = table.row()
                for text in cells:
                    row.cell(text.translate(LATIN_1))
        self.ln(3)


def make_pdf(sample: Sample) -> bytes:
    """The sample as a PDF of several pages."""
    pdf = PolicyPdf(sample)
    pdf.add_page()
    for piece in sample.pieces:
        pdf.add_piece(piece)
    return bytes(pdf.output())


def main(folder: Path = HERE) -> None:
    """Write both documents into the folder."""
    for name, make, suffix in (
        ("richtlinie-zugriffssteuerung", make_docx, ".docx"),
        ("richtlinie-datensicherung", make_pdf, ".pdf"),
    ):
        (folder / f"{name}{suffix}").write_bytes(make(read_sample(HERE / "sources" / f"{name}.md")))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
