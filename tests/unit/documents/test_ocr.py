"""Scans: pages that are pictures are read by whatever text recognition there is, or named as unread."""

from __future__ import annotations

import stat
from collections.abc import Sequence
from pathlib import Path

import pytest
from fpdf import FPDF
from PIL import Image, ImageDraw, ImageFont
from tests.unit.documents.builders import PROSE, SimplePdf, assert_sound, body, headings, picture_pdf

from documents import NoTextLayer, OcrFailed, PagePicture, RecognisedLine, TextRecognition, installed_ocr, parse
from documents.ocr import Tesseract

SENTENCE = "Der Zugang zum Lager wird von der Leitung einmal im Jahr schriftlich"


class FakeOcr(TextRecognition):
    """Sees the same lines on every page, and remembers the pages it was shown."""

    def __init__(self, *lines: str, heights: Sequence[float] = ()) -> None:
        self.pictures: list[PagePicture] = []
        self._lines = [
            RecognisedLine(text, 0.1, 0.1 + 0.016 * number, 0.75 if len(text) > 60 else 0.01 * len(text), height)
            for number, (text, height) in enumerate(zip(lines, heights or [0.012] * len(lines), strict=True))
        ]

    def read(self, picture: PagePicture) -> list[RecognisedLine]:
        self.pictures.append(picture)
        return self._lines


def test_without_recognition_a_scan_is_refused_with_what_to_install() -> None:
    with pytest.raises(NoTextLayer, match=r"scan\.pdf has no text layer.*tesseract-ocr-deu"):
        parse(picture_pdf(), "scan.pdf")


def test_recognised_lines_become_sections_and_paragraphs() -> None:
    ocr = FakeOcr("HFN.1.A1 Zutritt (B)", SENTENCE, "geprüft.", heights=[0.013, 0.012, 0.0115])
    document = parse(picture_pdf(), "scan.pdf", ocr=ocr)
    assert_sound(document)
    assert headings(document) == ["HFN.1.A1 Zutritt (B)"]
    assert body(document, "HFN.1.A1") == f"HFN.1.A1 Zutritt (B)\n\n{SENTENCE} geprüft."
    assert document.pages == 1
    assert not document.warnings


def test_recognition_sees_a_grey_picture_of_the_page() -> None:
    ocr = FakeOcr("Wort")
    parse(picture_pdf(), "scan.pdf", ocr=ocr)
    picture = ocr.pictures[0]
    assert picture.png.startswith(b"\x89PNG\r\n\x1a\n")
    assert picture.png[24:26] == b"\x08\x00"  # eight bits of grey
    assert (picture.number, picture.document_name) == (1, "scan.pdf")
    assert 2400 < picture.width < 2600
    assert 3400 < picture.height < 3600


def test_only_pages_without_text_are_recognised() -> None:
    pdf = SimplePdf()
    pdf.paragraph(PROSE)
    pdf.add_page()
    pdf.image(Image.new("RGB", (200, 100), "gray"), x=20, y=20, w=100)
    ocr = FakeOcr("Was im Bild steht.")
    document = parse(pdf.data(), "x.pdf", ocr=ocr)
    assert [picture.number for picture in ocr.pictures] == [2]
    assert document.text == f"{PROSE}\n\nWas im Bild steht."
    assert document.page_at(document.text.index("Was im")) == 2


def test_a_page_that_recognition_fails_on_is_named_where_others_have_text(tmp_path: Path) -> None:
    pdf = SimplePdf()
    pdf.paragraph(PROSE)
    pdf.add_page()
    pdf.image(Image.new("RGB", (200, 100), "gray"), x=20, y=20, w=100)
    document = parse(pdf.data(), "x.pdf", ocr=Tesseract(str(tmp_path / "gone"), ["deu"]))
    assert document.text == PROSE
    assert any("page 2" in warning for warning in document.warnings)


def test_a_picture_without_words_is_still_named() -> None:
    with pytest.raises(NoTextLayer):
        parse(picture_pdf(), "scan.pdf", ocr=FakeOcr())


def program(folder: Path, script: str) -> str:
    path = folder / "tesseract"
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def test_tesseracts_table_becomes_lines(tmp_path: Path) -> None:
    rows = [
        "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext",
        "4\t1\t1\t1\t1\t0\t100\t200\t300\t40\t-1\t",
        "5\t1\t1\t1\t1\t1\t100\t210\t120\t30\t96.1\tHFN.1.A1",
        '5\t1\t1\t1\t1\t2\t240\t200\t160\t40\t91\t"Zutritt',
        "5\t1\t1\t1\t2\t1\t100\t260\t20\t30\t3\t|",
    ]
    (tmp_path / "table").write_text("\n".join(rows), encoding="utf-8")
    ocr = Tesseract(program(tmp_path, f"cat >/dev/null; cat {tmp_path}/table"), ["deu"])
    assert ocr.read(PagePicture(b"", 1000, 2000, 1, "x")) == [RecognisedLine('HFN.1.A1 "Zutritt', 0.1, 0.1, 0.3, 0.02)]


def test_a_program_that_stops_is_named(tmp_path: Path) -> None:
    with pytest.raises(OcrFailed, match=r"scan\.pdf .*tesseract stopped at page 1"):
        parse(picture_pdf(), "scan.pdf", ocr=Tesseract(program(tmp_path, "exit 3"), ["deu"]))
    with pytest.raises(OcrFailed):
        parse(picture_pdf(), "scan.pdf", ocr=Tesseract(str(tmp_path / "gone"), ["deu"]))


def test_recognition_is_offered_as_far_as_it_is_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert installed_ocr() is None
    program(tmp_path, "echo 'List of available languages:'; echo osd")
    assert installed_ocr() is None
    program(tmp_path, "echo 'List of available languages:'; echo eng; echo deu")
    assert isinstance(installed_ocr(), Tesseract)


@pytest.mark.skipif(installed_ocr() is None, reason="tesseract is not installed")
def test_tesseract_reads_a_picture_of_text() -> None:
    picture = Image.new("RGB", (1654, 2339), "white")
    draw = ImageDraw.Draw(picture)
    font = ImageFont.load_default(size=40)
    draw.text((150, 200), "HFN.3.A7 Beleuchtung (B)", fill="black", font=font)
    draw.text((150, 300), "Der Weg zum Lager MUSS beleuchtet sein.", fill="black", font=font)
    pdf = FPDF()
    pdf.add_page()
    pdf.image(picture, x=0, y=0, w=210)
    document = parse(bytes(pdf.output()), "scan.pdf", ocr=installed_ocr())
    assert headings(document) == ["HFN.3.A7 Beleuchtung (B)"]
    assert "Der Weg zum Lager MUSS beleuchtet sein." in document.text
