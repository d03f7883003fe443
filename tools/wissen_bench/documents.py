"""Catalogues as files of the formats that the product reads, made in memory."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Mapping
from xml.sax.saxutils import escape

from wissen_bench.prose import Catalogue

_OFFICE = "http://schemas.openxmlformats.org"
_XML = '<?xml version="1.0" encoding="UTF-8"?>\n'


def as_pdf(catalogue: Catalogue, *, pages: int | None = None) -> bytes:
    """Headings and paragraphs on A4. With `pages` the requirements are spread evenly over so many."""
    from fpdf import FPDF  # noqa: PLC0415 - only this part makes PDFs
    from fpdf.enums import XPos, YPos  # noqa: PLC0415

    pdf = FPDF(format="A4")
    pdf.set_title(catalogue.title)
    pdf.set_margins(20, 20, 20)
    pdf.set_auto_page_break(auto=pages is None, margin=15)
    page = 0
    for number, requirement in enumerate(catalogue.requirements):
        due = 1 if pages is None else number * pages // len(catalogue.requirements) + 1
        if page < due:
            pdf.add_page()
            page = due
        pdf.set_font("Helvetica", style="B", size=12)
        pdf.multi_cell(0, 6, f"{requirement.id} {requirement.title}", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        pdf.set_font("Helvetica", size=9)
        for paragraph in requirement.paragraphs:
            pdf.multi_cell(0, 4.5, paragraph, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
            pdf.ln(1.5)
    return bytes(pdf.output())


def as_docx(catalogue: Catalogue) -> bytes:
    import docx  # noqa: PLC0415 - only this part makes Word documents

    document = docx.Document()
    document.add_paragraph(catalogue.title, style="Title")
    for requirement in catalogue.requirements:
        document.add_heading(f"{requirement.id} {requirement.title}", level=2)
        for paragraph in requirement.paragraphs:
            document.add_paragraph(paragraph)
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def as_xlsx(catalogue: Catalogue) -> bytes:
    """A workbook of one sheet with the columns ID, Title and Text, its strings inline."""
    rows = [("ID", "Title", "Text")]
    rows += [(one.id, one.title, " ".join(one.paragraphs)) for one in catalogue.requirements]
    cells = "".join(_row(number, row) for number, row in enumerate(rows, start=1))
    main = f"{_OFFICE}/spreadsheetml/2006/main"
    relations = f"{_OFFICE}/officeDocument/2006/relationships"
    return _office(
        "xl/workbook.xml",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
        {
            "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{relations}"><sheets>'
            '<sheet name="Controls" sheetId="1" r:id="rId1"/></sheets></workbook>',
            "xl/_rels/workbook.xml.rels": _relations({"rId1": ("worksheet", "worksheets/sheet1.xml")}),
            "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{cells}</sheetData></worksheet>',
        },
        {
            "/xl/worksheets/sheet1.xml": "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml",
        },
    )


def _row(number: int, texts: tuple[str, ...]) -> str:
    cells = (
        f'<c r="{column}{number}" t="inlineStr"><is><t>{escape(text)}</t></is></c>'
        for column, text in zip("ABC", texts, strict=True)
    )
    return f'<row r="{number}">{"".join(cells)}</row>'


def as_pptx(catalogue: Catalogue) -> bytes:
    """A presentation with one slide for each requirement, without layouts or themes."""
    main, relations = f"{_OFFICE}/presentationml/2006/main", f"{_OFFICE}/officeDocument/2006/relationships"
    numbers = range(1, len(catalogue.requirements) + 1)
    slides = "".join(f'<p:sldId id="{255 + number}" r:id="rId{number}"/>' for number in numbers)
    parts = {
        "ppt/presentation.xml": f'<p:presentation xmlns:p="{main}" xmlns:r="{relations}"><p:sldIdLst>{slides}'
        '</p:sldIdLst><p:sldSz cx="9144000" cy="6858000"/></p:presentation>',
        "ppt/_rels/presentation.xml.rels": _relations(
            {f"rId{number}": ("slide", f"slides/slide{number}.xml") for number in numbers}
        ),
    }
    for number, one in enumerate(catalogue.requirements, start=1):
        shapes = _shape(2, "title", [f"{one.id} {one.title}"]) + _shape(3, "body", one.paragraphs)
        parts[f"ppt/slides/slide{number}.xml"] = (
            f'<p:sld xmlns:p="{main}" xmlns:a="{_OFFICE}/drawingml/2006/main"><p:cSld><p:spTree>'
            f'<p:nvGrpSpPr><p:cNvPr id="1" name=""/><p:cNvGrpSpPr/><p:nvPr/></p:nvGrpSpPr><p:grpSpPr/>{shapes}'
            "</p:spTree></p:cSld></p:sld>"
        )
    kind = "application/vnd.openxmlformats-officedocument.presentationml"
    types = {f"/ppt/slides/slide{number}.xml": f"{kind}.slide+xml" for number in numbers}
    return _office("ppt/presentation.xml", f"{kind}.presentation.main+xml", parts, types)


def _shape(identity: int, kind: str, paragraphs: tuple[str, ...] | list[str]) -> str:
    text = "".join(f"<a:p><a:r><a:t>{escape(paragraph)}</a:t></a:r></a:p>" for paragraph in paragraphs)
    return (
        f'<p:sp><p:nvSpPr><p:cNvPr id="{identity}" name="{kind} {identity}"/><p:cNvSpPr/><p:nvPr><p:ph type="{kind}"/>'
        f"</p:nvPr></p:nvSpPr><p:spPr/><p:txBody><a:bodyPr/>{text}</p:txBody></p:sp>"
    )


def _office(document: str, content_type: str, parts: Mapping[str, str], types: Mapping[str, str]) -> bytes:
    """An Office Open XML package around its parts (ECMA-376 part 2)."""
    overrides = "".join(
        f'<Override PartName="{name}" ContentType="{kind}"/>'
        for name, kind in {f"/{document}": content_type, **types}.items()
    )
    content_types = (
        f'<Types xmlns="{_OFFICE}/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{overrides}</Types>'
    )
    package = {
        "[Content_Types].xml": content_types,
        "_rels/.rels": _relations({"rId1": ("officeDocument", document)}),
        **parts,
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in package.items():
            archive.writestr(name, _XML + text)
    return buffer.getvalue()


def _relations(targets: Mapping[str, tuple[str, str]]) -> str:
    listed = "".join(
        f'<Relationship Id="{identity}" Type="{_OFFICE}/officeDocument/2006/relationships/{kind}" Target="{target}"/>'
        for identity, (kind, target) in targets.items()
    )
    return f'<Relationships xmlns="{_OFFICE}/package/2006/relationships">{listed}</Relationships>'


def as_markdown(catalogue: Catalogue) -> bytes:
    sections = [f"## {one.id} {one.title}\n\n" + "\n\n".join(one.paragraphs) for one in catalogue.requirements]
    return "\n\n".join([f"# {catalogue.title}", *sections]).encode()


def as_text(catalogue: Catalogue) -> bytes:
    sections = [f"{one.id} {one.title}\n\n" + "\n\n".join(one.paragraphs) for one in catalogue.requirements]
    return "\n\n".join([catalogue.title, *sections]).encode()


def as_html(catalogue: Catalogue) -> bytes:
    body = "".join(
        f"<h2>{escape(f'{one.id} {one.title}')}</h2>" + "".join(f"<p>{escape(text)}</p>" for text in one.paragraphs)
        for one in catalogue.requirements
    )
    title = escape(catalogue.title)
    head = f'<head><meta charset="utf-8"><title>{title}</title></head>'
    page = f'<!DOCTYPE html><html lang="{catalogue.language}">{head}<body><h1>{title}</h1>{body}</body></html>'
    return page.encode()


def as_oscal_json(catalogue: Catalogue) -> bytes:
    """A catalogue of NIST's Open Security Controls Assessment Language, version 1.1."""
    controls = [
        {
            "id": one.id.lower(),
            "title": one.title,
            "props": [{"name": "label", "value": one.id}],
            "parts": [{"id": f"{one.id.lower()}_smt", "name": "statement", "prose": "\n\n".join(one.paragraphs)}],
        }
        for one in catalogue.requirements
    ]
    metadata = {
        "title": catalogue.title,
        "last-modified": "2026-01-01T00:00:00Z",
        "version": "1",
        "oscal-version": "1.1.2",
    }
    identity = "6f1c6b0e-5f0e-4c3e-9a56-2a6f3f1f8a10"
    return json.dumps({"catalog": {"uuid": identity, "metadata": metadata, "controls": controls}}).encode()


def as_oscal_xml(catalogue: Catalogue) -> bytes:
    controls = "".join(
        f'<control id="{one.id.lower()}"><title>{escape(one.title)}</title><prop name="label" value="{one.id}"/>'
        f'<part id="{one.id.lower()}_smt" name="statement">'
        + "".join(f"<p>{escape(text)}</p>" for text in one.paragraphs)
        + "</part></control>"
        for one in catalogue.requirements
    )
    metadata = (
        f"<metadata><title>{escape(catalogue.title)}</title><last-modified>2026-01-01T00:00:00Z</last-modified>"
        "<version>1</version><oscal-version>1.1.2</oscal-version></metadata>"
    )
    opening = '<catalog xmlns="http://csrc.nist.gov/ns/oscal/1.0" uuid="6f1c6b0e-5f0e-4c3e-9a56-2a6f3f1f8a10">'
    return f"{_XML}{opening}{metadata}{controls}</catalog>".encode()


#: Name suffix and maker of each format that the product reads.
FORMATS: tuple[tuple[str, Callable[[Catalogue], bytes]], ...] = (
    (".pdf", as_pdf),
    (".docx", as_docx),
    (".xlsx", as_xlsx),
    (".pptx", as_pptx),
    (".html", as_html),
    (".md", as_markdown),
    (".txt", as_text),
    (".json", as_oscal_json),
    (".xml", as_oscal_xml),
)
