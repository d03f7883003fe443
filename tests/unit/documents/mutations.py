"""Damages bytes in the ways that transport, truncation and malice do, the same for the same seed."""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Callable, Mapping
from functools import cache

from docx.document import Document as WordDocument
from tests.unit.documents.builders import PROSE, SimplePdf, word, zipped
from tests.unit.documents.structured_samples import CATALOG, CATALOG_XML, DOCBOOK, GENERIC_XML, TYPED_JSON, as_json

_SHEET_NAMESPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_SLIDE_NAMESPACE = "http://schemas.openxmlformats.org/presentationml/2006/main"
_DRAWING_NAMESPACE = "http://schemas.openxmlformats.org/drawingml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"


@cache
def pdf() -> bytes:
    document = SimplePdf(header="Kopf", footer="#")
    for number in range(4):
        document.heading(f"HFN.1.A{number} Regel")
        document.paragraph(PROSE * 5)
    with document.table(line_height=5) as table:
        for cells in (("Nr.", "Anforderung"), ("HFN-01", PROSE), ("HFN-02", PROSE)):
            row = table.row()
            for cell in cells:
                row.cell(cell)
    document.set_text_color(255)
    document.lines("Verborgen.")
    return document.data()


@cache
def docx() -> bytes:
    def fill(document: WordDocument) -> None:
        document.add_heading("HFN.1.A1 Regel", 1)
        document.add_paragraph(PROSE)
        document.add_paragraph("Punkt", style="List Number")
        document.add_table(2, 2).cell(0, 0).text = "AC-1"

    return word(fill)


def _relations(*targets: tuple[str, str]) -> str:
    entries = "".join(
        f'<Relationship Id="rId{number}" Type="{_RELATIONS}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(targets, 1)
    )
    return f'<Relationships xmlns="{_PACKAGE_RELATIONS}">{entries}</Relationships>'


@cache
def xlsx() -> bytes:
    cells = "".join(
        f'<row r="{row}"><c r="A{row}" t="inlineStr"><is><t>HFN.1.A{row}</t></is></c>'
        f'<c r="B{row}" t="inlineStr"><is><t>Regel {row}</t></is></c><c r="C{row}" t="s"><v>0</v></c></row>'
        for row in range(1, 5)
    )
    sheet = f'<worksheet xmlns="{_SHEET_NAMESPACE}"><sheetData>{cells}</sheetData></worksheet>'
    workbook = (
        f'<workbook xmlns="{_SHEET_NAMESPACE}" xmlns:r="{_RELATIONS}"><sheets>'
        '<sheet name="Regeln" sheetId="1" r:id="rId1"/></sheets></workbook>'
    )
    return zipped(
        {
            "[Content_Types].xml": "<Types/>",
            "_rels/.rels": _relations(("officeDocument", "xl/workbook.xml")),
            "xl/workbook.xml": workbook,
            "xl/_rels/workbook.xml.rels": _relations(
                ("worksheet", "worksheets/sheet1.xml"), ("sharedStrings", "sharedStrings.xml")
            ),
            "xl/worksheets/sheet1.xml": sheet,
            "xl/sharedStrings.xml": f'<sst xmlns="{_SHEET_NAMESPACE}"><si><t>{PROSE}</t></si></sst>',
        }
    )


@cache
def pptx() -> bytes:
    shape = (
        '<p:sp><p:nvSpPr><p:cNvPr id="2" name="T"/><p:cNvSpPr/><p:nvPr><p:ph type="{}"/></p:nvPr></p:nvSpPr><p:spPr/>'
        "<p:txBody><a:bodyPr/><a:p><a:r><a:t>{}</a:t></a:r></a:p></p:txBody></p:sp>"
    )
    slide = (
        f'<p:sld xmlns:p="{_SLIDE_NAMESPACE}" xmlns:a="{_DRAWING_NAMESPACE}"><p:cSld><p:spTree>'
        f"{shape.format('title', 'HFN.1.A1 Regel')}{shape.format('body', PROSE)}</p:spTree></p:cSld></p:sld>"
    )
    presentation = (
        f'<p:presentation xmlns:p="{_SLIDE_NAMESPACE}" xmlns:r="{_RELATIONS}">'
        '<p:sldIdLst><p:sldId id="256" r:id="rId1"/></p:sldIdLst></p:presentation>'
    )
    return zipped(
        {
            "[Content_Types].xml": "<Types/>",
            "_rels/.rels": _relations(("officeDocument", "ppt/presentation.xml")),
            "ppt/presentation.xml": presentation,
            "ppt/_rels/presentation.xml.rels": _relations(("slide", "slides/slide1.xml")),
            "ppt/slides/slide1.xml": slide,
        }
    )


@cache
def html() -> bytes:
    rows = "".join(f"<tr><td>HFN.1.A{n}</td><td>Regel {n}</td><td>{PROSE}</td></tr>" for n in range(3))
    return (
        "<!DOCTYPE html><html><head><title>Hafen</title><style>.x{display:none}</style></head><body><h1>Hafen</h1>"
        f"<p>{PROSE}</p><ul><li>eins<li>zwei</ul><p class=x>verborgen</p><table>{rows}</table>"
        "<pre>a\n b</pre></body></html>"
    ).encode()


@cache
def markdown() -> bytes:
    return (
        f"---\ntitle: Hafen\n---\n# Hafen\n\n## AC-2 Accounts\n\n{PROSE}\n\n- eins\n- zwei\n\n| a | b |\n|---|---|\n"
        "| AC-1 | A requirement that is long enough to count as one of them. |\n\n```\ncode\n```\n<!-- gone -->\n"
    ).encode()


@cache
def text() -> bytes:
    return f"HAFEN\n=====\n\nHFN.1.\nA1 Regel (B)\n------------\n{PROSE}\n\n1.2 Geltung\n\n- eins\n- zwei\n".encode(
        "cp1252"
    )


SAMPLES: dict[str, Callable[[], bytes]] = {
    "pdf": pdf,
    "docx": docx,
    "xlsx": xlsx,
    "pptx": pptx,
    "html": html,
    "oscal_json": lambda: as_json(CATALOG),
    "oscal_xml": CATALOG_XML.encode,
    "docbook": DOCBOOK.encode,
    "xml": GENERIC_XML.encode,
    "json": lambda: as_json(TYPED_JSON),
    "md": markdown,
    "txt": text,
}
"""A small document of each format that there is a parser for."""


def mutated(data: bytes, seed: int, other: bytes = b"") -> bytes:
    """The data with bytes flipped, cut out, put in, said twice, or spliced with another file's; or its end missing."""
    chance = random.Random(seed)
    changed = bytearray(data)
    start = chance.randrange(len(changed))
    end = min(len(changed), start + chance.choice([1, 8, 64, 512]))
    kind = seed % 6
    if kind == 0:
        for _ in range(chance.choice([1, 5, 50])):
            changed[chance.randrange(len(changed))] = chance.randrange(256)
    elif kind == 1:
        del changed[start:end]
    elif kind == 2:
        changed[start:start] = chance.choice(
            [chance.randbytes(8), b"<", b">", b'"', b"{", b"]", b"\x00", b"&#x0;", b"\xff\xfe"]
        )
    elif kind == 3:
        changed[start:start] = changed[start:end] * chance.choice([1, 2, 50])
    elif kind == 4:
        cut = chance.randrange(len(other)) if other else 0
        changed[start:end] = other[cut : cut + 512]
    else:
        del changed[start:]
    return bytes(changed)


def mutated_archive(data: bytes, seed: int) -> bytes:
    """An intact archive of which one member is damaged."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members: Mapping[str, bytes] = {name: archive.read(name) for name in archive.namelist()}
    damaged = random.Random(seed).choice(sorted(name for name in members if members[name]))
    return zipped({**members, damaged: mutated(members[damaged], seed)})
