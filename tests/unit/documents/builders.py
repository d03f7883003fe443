"""Documents built in memory for the parsers' tests."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from xml.sax.saxutils import escape, quoteattr

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


SHEET_NAMESPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATION_NAMESPACE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
SLIDE_NAMESPACES = (
    'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    f'xmlns:r="{RELATION_NAMESPACE}"'
)


def relations(**targets: str) -> str:
    """The relations of a part: what each id, whose name begins with the kind, refers to (``slide_1``)."""
    entries = "".join(
        f'<Relationship Id="{name}" Type="{RELATION_NAMESPACE}/{name.partition("_")[0]}" Target="{target}"/>'
        for name, target in targets.items()
    )
    return (
        f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{entries}</Relationships>'
    )


def sheet_cell(value: str | float, attributes: str = "") -> str:
    """A cell of a sheet: text in place, or a number."""
    if isinstance(value, str):
        return f'<c t="inlineStr" {attributes}><is><t xml:space="preserve">{escape(value)}</t></is></c>'
    return f"<c {attributes}><v>{value}</v></c>"


def sheet_row(*values: str | float, attributes: str = "") -> str:
    """A row of a sheet; blank texts are cells without a value."""
    cells = "".join("<c/>" if value == "" else sheet_cell(value) for value in values)
    return f"<row {attributes}>{cells}</row>"


def raw_workbook(
    sheets: Mapping[str, str | Sequence[Sequence[str | float]]],
    *,
    states: Mapping[str, str] | None = None,
    parts: Mapping[str, str] | None = None,
) -> bytes:
    """A workbook. A sheet is its rows, or the XML inside of ``worksheet``; ``states`` hides sheets by name."""
    entries, members, targets = "", {}, {}
    for number, (name, content) in enumerate(sheets.items(), 1):
        state = (states or {}).get(name, "visible")
        entries += f'<sheet name={quoteattr(name)} sheetId="{number}" state="{state}" r:id="worksheet_{number}"/>'
        rows = content if isinstance(content, str) else "".join(sheet_row(*row) for row in content)
        inside = rows if "<sheetData" in rows else f"<sheetData>{rows}</sheetData>"
        members[f"xl/worksheets/sheet{number}.xml"] = f'<worksheet xmlns="{SHEET_NAMESPACE}">{inside}</worksheet>'
        targets[f"worksheet_{number}"] = f"worksheets/sheet{number}.xml"
    workbook = (
        f'<workbook xmlns="{SHEET_NAMESPACE}" xmlns:r="{RELATION_NAMESPACE}"><sheets>{entries}</sheets></workbook>'
    )
    others = {"styles": "styles.xml", "sharedStrings": "sharedStrings.xml"}
    targets |= {kind: name for kind, name in others.items() if f"xl/{name}" in (parts or {})}
    return zipped(
        {
            "[Content_Types].xml": "<Types/>",
            "xl/workbook.xml": workbook,
            "xl/_rels/workbook.xml.rels": relations(**targets),
            **members,
            **(parts or {}),
        }
    )


def slide_shape(*paragraphs: str, kind: str = "", properties: str = "", run: str = "", marked: str = "") -> str:
    """A text shape of a slide; ``kind`` is that of its placeholder, ``run`` the XML inside its runs' properties."""
    placeholder = f'<p:ph type="{kind}"/>' if kind else ""
    texts = "".join(f"<a:p><a:r><a:rPr>{run}</a:rPr><a:t>{escape(text)}</a:t></a:r></a:p>" for text in paragraphs)
    return (
        f'<p:sp><p:nvSpPr><p:cNvPr id="1" name="x" {marked}/><p:cNvSpPr/><p:nvPr>{placeholder}</p:nvPr></p:nvSpPr>'
        f"<p:spPr>{properties}</p:spPr><p:txBody><a:bodyPr/>{texts}</p:txBody></p:sp>"
    )


def raw_presentation(
    slides: Sequence[str],
    *,
    notes: Mapping[int, str] | None = None,
    hidden: Sequence[int] = (),
    parts: Mapping[str, str] | None = None,
) -> bytes:
    """A presentation of white slides; a slide is the XML of its shapes, ``notes`` and ``hidden`` go by number."""
    background = '<p:bg><p:bgPr><a:solidFill><a:srgbClr val="FFFFFF"/></a:solidFill></p:bgPr></p:bg>'
    members: dict[str, str] = {}
    for number, shapes in enumerate(slides, 1):
        show = 'show="0"' if number in hidden else ""
        members[f"ppt/slides/slide{number}.xml"] = (
            f"<p:sld {SLIDE_NAMESPACES} {show}><p:cSld>{background}<p:spTree>{shapes}</p:spTree></p:cSld></p:sld>"
        )
        if notes and number in notes:
            body = slide_shape(notes[number], kind="body") + slide_shape(str(number), kind="sldNum")
            members[f"ppt/notesSlides/n{number}.xml"] = (
                f"<p:notes {SLIDE_NAMESPACES}><p:cSld><p:spTree>{body}</p:spTree></p:cSld></p:notes>"
            )
            members[f"ppt/slides/_rels/slide{number}.xml.rels"] = relations(notesSlide=f"../notesSlides/n{number}.xml")
    ids = "".join(f'<p:sldId id="{255 + number}" r:id="slide_{number}"/>' for number in range(1, len(slides) + 1))
    targets = {f"slide_{number}": f"slides/slide{number}.xml" for number in range(1, len(slides) + 1)}
    main = (
        f"<p:presentation {SLIDE_NAMESPACES}><p:sldIdLst>{ids}</p:sldIdLst>"
        '<p:sldSz cx="9144000" cy="6858000"/></p:presentation>'
    )
    return zipped(
        {
            "[Content_Types].xml": "<Types/>",
            "ppt/presentation.xml": main,
            "ppt/_rels/presentation.xml.rels": relations(**targets),
            **members,
            **(parts or {}),
        }
    )


def core_properties(**values: str) -> dict[str, str]:
    """The part of an Office archive that states title, creator, created and modified."""
    inside = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in values.items())
    return {"docProps/core.xml": f"<coreProperties>{inside}</coreProperties>"}


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


def hidden_texts(document: ParsedDocument) -> list[str]:
    """What a reader of the file does not see, in order."""
    return [document.text[each.char_from : each.char_to] for each in document.hidden]


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
    for hidden in document.hidden:
        assert position <= hidden.char_from < hidden.char_to <= len(document.text)
        assert not document.text[position : hidden.char_from].strip(), "text that is neither hidden nor in a section"
        assert hidden.reason
        position = hidden.char_to
    assert not document.text[position:].strip(), "text behind the last section"
    assert list(document.page_starts) == sorted(document.page_starts)
    assert len(document.page_starts) == (document.pages or 0)
    assert "\x00" not in document.text
    document.text.encode("utf-8")
