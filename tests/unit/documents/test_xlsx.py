"""Excel workbooks: one row, one control, in whatever order and language the columns are."""

from __future__ import annotations

import pytest
from tests.unit.documents.builders import (
    SHEET_NAMESPACE,
    assert_sound,
    body,
    core_properties,
    headings,
    hidden_texts,
    raw_workbook,
    relations,
    section,
    sheet_cell,
    sheet_row,
    zipped,
)

from documents import BrokenDocument, EmptyDocument, Limits, ParsedDocument, TooLarge, parse
from documents.office.xlsx_formats import shown

TEXT = "Der Zugang zum Hafen MUSS auf berechtigte Personen beschränkt sein. Er SOLLTE jährlich geprüft werden."
OTHER = "Besuchende MÜSSEN im Hafen begleitet werden. Ausnahmen SOLLTEN begründet und festgehalten werden."


def read(*rows: tuple[str | float, ...], sheet: str = "Hafen") -> ParsedDocument:
    document = parse(raw_workbook({sheet: rows}), "katalog.xlsx")
    assert_sound(document)
    return document


def test_a_row_is_a_control_with_its_values_below_their_headers() -> None:
    document = read(
        ("Hafenkatalog, Stand Mai", "", "", "", ""),
        ("ID", "Titel", "Stufe", "Anforderungstext", "Rollen"),
        ("HFN.1.A1", "Zutritt", "Basis", TEXT, "Hafenmeisterei, Wache"),
        ("HFN.1.A2", "ENTFALLEN", "Basis", "", ""),
        ("HFN.1.A3", "Besuch", "erhöhter Schutzbedarf", OTHER, ""),
    )
    assert document.title == "Hafenkatalog, Stand Mai"
    assert headings(document) == ["Hafen", "HFN.1.A1 Zutritt", "HFN.1.A2 ENTFALLEN", "HFN.1.A3 Besuch"]
    assert section(document, "HFN.1.A1").heading_path == ("Hafen", "HFN.1.A1 Zutritt")
    assert body(document, "HFN.1.A1") == f"HFN.1.A1 Zutritt\n{TEXT}\n\nStufe: Basis\nRollen: Hafenmeisterei, Wache"
    assert body(document, "HFN.1.A2") == "HFN.1.A2 ENTFALLEN\nStufe: Basis"


def test_columns_stand_in_any_order_and_language() -> None:
    document = read(
        ("Related Controls", "Harbour requirement", "Level", "Control Name", "Control Identifier"),
        ("HF-2, HF-3", TEXT, "high", "Access to the Quay", "HF-1"),
        ("", OTHER, "low", "Visitors", "HF-2"),
    )
    assert body(document, "HF-1") == f"HF-1 Access to the Quay\n{TEXT}\n\nRelated Controls: HF-2, HF-3\nLevel: high"


def test_several_columns_of_prose_are_told_apart() -> None:
    hint = "Eine Schranke mit Kartenleser hat sich bewährt, weil sie auch nachts ohne Personal betrieben wird."
    document = read(
        ("Kennung", "Hinweise zur Umsetzung", "Kriterium", "Basiskriterium"),
        ("HF-01", hint, "Schranke", TEXT),
        ("HF-02", hint, "Begleitung", OTHER),
    )
    assert body(document, "HF-01") == f"HF-01 Schranke\n{TEXT}\n\nHinweise zur Umsetzung:\n{hint}"


@pytest.mark.parametrize("mark", ["(1)", "1", "HF-1(1)"])
def test_enhancements_in_a_column_of_their_own(mark: str) -> None:
    document = read(
        ("Control", "Enhancement", "Title", "Text"),
        ("HF-1", "", "Access", TEXT),
        ("HF-1", mark, "Automated Gates", OTHER),
    )
    assert section(document, "HF-1(1)").heading_path == ("Hafen", "HF-1 Access", "HF-1(1) Automated Gates")


def test_families_as_rows_and_remarks_behind_the_table() -> None:
    document = read(
        ("ID", "Titel", "Text"),
        ("Wasserseite", "", ""),
        ("HFN.1", "Kai", TEXT),
        ("Landseite", "", ""),
        ("HFN.2", "Tor", OTHER),
        ("", "", ""),
        ("Quelle: Hafenordnung.", "", ""),
    )
    assert section(document, "HFN.1").heading_path == ("Hafen", "Wasserseite", "HFN.1 Kai")
    assert section(document, "HFN.2").heading_path == ("Hafen", "Landseite", "HFN.2 Tor")
    assert document.sections[-1].heading_path == ("Hafen",)
    assert document.body(document.sections[-1]) == "Quelle: Hafenordnung."


def test_families_as_a_merged_column() -> None:
    rows = (
        sheet_row("Bereich", "ID", "Titel", "Text", attributes='r="1"')
        + sheet_row("Die Wasserseite", "HFN.1", "Kai", TEXT, attributes='r="2"')
        + sheet_row("", "HFN.2", "Boje", OTHER, attributes='r="3"')
        + sheet_row("Die Landseite", "HFN.3", "Tor", TEXT + OTHER, attributes='r="4"')
    )
    xml = f'<sheetData>{rows}</sheetData><mergeCells><mergeCell ref="A2:A3"/></mergeCells>'
    document = parse(raw_workbook({"Hafen": xml}), "x.xlsx")
    assert_sound(document)
    assert section(document, "HFN.2").heading_path == ("Hafen", "Die Wasserseite", "HFN.2 Boje")
    assert body(document, "HFN.2").endswith("Bereich: Die Wasserseite")
    assert section(document, "HFN.3").heading_path[1] == "Die Landseite"


def test_a_code_for_a_family_makes_no_heading() -> None:
    document = read(("ID", "Name", "Family", "Text"), ("HF-1", "Access", "HF", TEXT), ("HF-2", "Visit", "HF", OTHER))
    assert section(document, "HF-1").heading_path == ("Hafen", "HF-1 Access")


def test_a_control_goes_on_in_rows_without_or_with_the_same_id() -> None:
    document = read(
        ("ID", "Titel", "Art", "Text"),
        ("HF-01", "Schranke", "Basis", TEXT),
        ("", "", "Zusatz", OTHER),
        ("HF-02", "Begleitung", "Basis", OTHER),
        ("HF-02", "Begleitung", "Zusatz", TEXT),
    )
    assert body(document, "HF-01") == f"HF-01 Schranke\n{TEXT}\n\nArt: Basis\n\nArt: Zusatz\n\n{OTHER}"
    assert body(document, "HF-02") == f"HF-02 Begleitung\n{OTHER}\n\nArt: Basis\n\nArt: Zusatz\n\n{TEXT}"


def test_numbers_are_ids_below_a_header_that_says_so() -> None:
    document = read(
        ("Nr.", "Titel", "Maßnahme"),
        ("5.1", "Regeln für den Hafen", TEXT),
        ("5.2", "Zuständigkeit im Hafen", OTHER),
    )
    assert headings(document)[1:] == ["5.1 Regeln für den Hafen", "5.2 Zuständigkeit im Hafen"]
    counted = read(("Nr.", "Frage", "Antwort"), ("1", "Wann öffnet der Hafen?", TEXT), ("2", "Wer wacht?", OTHER))
    assert headings(counted) == ["Hafen"]


def test_requirements_that_are_numbered_within_their_module() -> None:
    document = read(
        ("Baustein", "Anforderung", "Titel", "Text"),
        ("HFN.1 Hafen", "A1", "Zutritt", TEXT),
        ("HFN.1 Hafen", "A2", "Besuch", OTHER),
    )
    assert section(document, "HFN.1.A2").heading_path == ("Hafen", "HFN.1 Hafen", "HFN.1.A2 Besuch")


def test_the_id_and_the_statement_in_one_cell() -> None:
    statement = "The harbour keeps an inventory of all its quays and gates and reviews it once a year"
    document = read(
        ("Function", "Subcategory", "Example"),
        ("GUARD", f"GU.AM-01: {statement}", "A list"),
        ("GUARD", f"GU.AM-02: {statement} or more often", "A map"),
    )
    assert body(document, "GU.AM-01") == f"GU.AM-01\n{statement}\n\nFunction: GUARD\nExample: A list"


def test_other_sheets_are_rows_with_their_headers() -> None:
    document = parse(
        raw_workbook(
            {
                "Zuordnung": [("Hafen", "Norm", "Art"), ("HF-01", "A.5.7", "gleich"), ("HF-02", "A.5.8", "ähnlich")],
                "Angaben": [("Stand", "Mai"), ("Quelle", "Hafenordnung")],
            }
        ),
        "x.xlsx",
    )
    assert headings(document) == ["Zuordnung", "Angaben"]
    assert "Hafen: HF-01 | Norm: A.5.7 | Art: gleich" in body(document, "Zuordnung")
    assert body(document, "Angaben") == "Angaben\n\nStand: Mai\nQuelle: Hafenordnung"


def test_hidden_sheets_rows_and_columns_are_kept_apart() -> None:
    xml = (
        '<cols><col min="4" max="4" hidden="1"/></cols><sheetData>'
        + sheet_row("ID", "Titel", "Text", "Intern")
        + sheet_row("HF-01", "Schranke", TEXT, "geheim eins")
        + sheet_row("HF-02", "Begleitung", "geheim zwei", attributes='hidden="1"')
        + sheet_row("HF-03", "Begleitung", "gefaltet", attributes='hidden="1" outlineLevel="1"')
        + "</sheetData>"
    )
    data = raw_workbook({"A": xml, "B": [("geheim drei",)]}, states={"B": "veryHidden"})
    document = parse(data, "x.xlsx")
    assert_sound(document)
    assert headings(document) == ["A", "HF-01 Schranke"]
    assert [(text, each.reason) for text, each in zip(hidden_texts(document), document.hidden, strict=True)] == [
        ("Intern", "hidden columns"),
        ("geheim eins", "hidden columns"),
        ("HF-02 | Begleitung | geheim zwei", "hidden rows"),
        ("HF-03 | Begleitung | gefaltet", "rows of a folded group"),
        ("geheim drei", "a hidden sheet"),
    ]
    assert "hidden columns, hidden rows, rows of a folded group, a hidden sheet" in document.warnings[0]


STYLES = f"""<styleSheet xmlns="{SHEET_NAMESPACE}">
  <numFmts><numFmt numFmtId="164" formatCode="dd.mm.yyyy"/><numFmt numFmtId="165" formatCode=";;;"/></numFmts>
  <fonts><font/><font><color rgb="FFFFFFFF"/></font><font><sz val="1"/></font></fonts>
  <fills><fill/><fill><patternFill patternType="solid"><fgColor rgb="FF003366"/></patternFill></fill></fills>
  <cellXfs><xf/><xf fontId="1"/><xf fontId="1" fillId="1"/><xf fontId="2"/><xf numFmtId="164"/><xf numFmtId="165"/>
  </cellXfs></styleSheet>"""


def test_invisible_cells_are_kept_apart() -> None:
    cells = (
        sheet_cell("weiß", 's="1"')
        + sheet_cell("Kopf", 's="2"')
        + sheet_cell("winzig", 's="3"')
        + sheet_cell(45413, 's="4"')
        + sheet_cell(7, 's="5"')
    )
    strings = (
        f'<sst xmlns="{SHEET_NAMESPACE}"><si><r><t>offen</t></r>'
        '<r><rPr><color theme="0"/></rPr><t> verdeckt</t></r></si></sst>'
    )
    rows = f'<row>{cells}<c t="s"><v>0</v></c></row>'
    data = raw_workbook({"A": rows}, parts={"xl/styles.xml": STYLES, "xl/sharedStrings.xml": strings})
    document = parse(data, "x.xlsx")
    assert_sound(document)
    assert document.visible_text == "A\n\nKopf | 01.05.2024 | offen"
    assert [(text, each.reason) for text, each in zip(hidden_texts(document), document.hidden, strict=True)] == [
        ("weiß | verdeckt", "white text"),
        ("winzig", "tiny text"),
        ("7", "a number format that shows nothing"),
    ]


def test_white_headers_of_a_coloured_table_are_visible() -> None:
    cell = sheet_cell("Kopf", 's="1"')
    data = raw_workbook(
        {"A": f'<row r="1">{cell}</row>'},
        parts={
            "xl/styles.xml": STYLES,
            "xl/worksheets/_rels/sheet1.xml.rels": relations(table="../tables/table1.xml"),
            "xl/tables/table1.xml": '<table ref="A1:B9"/>',
        },
    )
    assert parse(data, "x.xlsx").text == "A\n\nKopf"


@pytest.mark.parametrize(
    ("value", "number_format", "expected"),
    [
        ("5.1", "General", "5.1"),
        ("5.1", "0.00", "5.10"),
        ("3", '"HF-"000', "HF-003"),
        ("0.125", "0.0%", "12.5%"),
        ("1234567.891", "#,##0.00", "1,234,567.89"),
        ("-2", "0;(0)", "(2)"),
        ("-2.5", "0.0", "-2.5"),
        ("12", "#,##0.00 [$€-407]", "12.00 €"),
        ("45413", "yyyy-mm-dd", "2024-05-01"),
        ("45413.75", "dd.mm.yy hh:mm", "01.05.24 18:00"),
        ("45413.75", "h:mm AM/PM", "6:00 PM"),
        ("45413", "d. mmmm yyyy", "1. May 2024"),
        ("1E+400", "0.00", "1E+400"),
        ("-5", "yyyy-mm-dd", "-5"),
        ("7", ";;;", ""),
        ("Text", "0.00", "Text"),
    ],
)
def test_numbers_show_as_in_the_workbook(value: str, number_format: str, expected: str) -> None:
    assert shown(value, number_format) == expected


def test_properties_and_title() -> None:
    stated = core_properties(title="Hafenkatalog", creator="ISB", created="2024-05-01T08:00:00Z", modified="2024-06-01")
    document = parse(raw_workbook({"A": [("x", "y")]}, parts=stated), "datei.xlsx")
    assert document.title == "Hafenkatalog"
    assert document.metadata == {"author": "ISB", "created": "2024-05-01T08:00:00Z", "modified": "2024-06-01"}
    assert (document.format, document.pages) == ("xlsx", None)
    assert parse(raw_workbook({"A": [("x", "y")]}), "datei.xlsx").title == "datei"


def test_workbooks_that_cannot_be_read() -> None:
    with pytest.raises(EmptyDocument):
        parse(raw_workbook({"A": []}), "x.xlsx")
    with pytest.raises(EmptyDocument, match="hidden from its reader"):
        parse(raw_workbook({"A": [("x",)]}, states={"A": "hidden"}), "x.xlsx")
    with pytest.raises(BrokenDocument, match="no sheet"):
        parse(raw_workbook({}), "x.xlsx")
    with pytest.raises(BrokenDocument):
        parse(zipped({"[Content_Types].xml": "", "xl/workbook.xml": ""}), "x.xlsx")
    with pytest.raises(BrokenDocument, match="well-formed"):
        parse(raw_workbook({"A": "<row><c>"}), "x.xlsx")
    with pytest.raises(TooLarge, match="cells"):
        parse(raw_workbook({"A": [(1, 2, 3)] * 3}), "x.xlsx", Limits(max_cells=2))
