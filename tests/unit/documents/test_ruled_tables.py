"""Tables whose cells are drawn: the lines decide what belongs together, not a common height."""

from __future__ import annotations

import itertools

import pytest
from fpdf import FPDF
from fpdf.enums import VAlign
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.documents.builders import PROSE, SimplePdf, assert_sound, body, headings, section

from documents import parse
from documents.pdf.rulings import Cell, Rulings, Segment, stands_between

CONTROLS = [
    ("HFN-01", "Zutritt zu den Anlagen des Hafens regeln", f"Der Zutritt MUSS geregelt sein. {PROSE}"),
    ("HFN-02", "Besuch begleiten", f"Besuchende SOLLTEN begleitet werden. {PROSE}"),
    ("HFN-03", "Protokolle der Zutritte aufbewahren und auswerten", f"Protokolle KÖNNEN entfallen. {PROSE}"),
]
COLUMNS = ("Nr.", "Titel", "Anforderung")


def table(pdf: SimplePdf, rows: list[tuple[str, str, str]], align: VAlign = VAlign.T) -> SimplePdf:
    pdf.set_font("Helvetica", size=10)
    with pdf.table(col_widths=(20, 35, 90), line_height=5, text_align="L", v_align=align) as drawn:
        for cells in (COLUMNS, *rows):
            row = drawn.row()
            for cell in cells:
                row.cell(cell)
    return pdf


@pytest.mark.parametrize("align", [VAlign.T, VAlign.M, VAlign.B])
def test_cells_of_many_lines_are_not_mixed(align: VAlign) -> None:
    document = parse(table(SimplePdf(), CONTROLS, align).data(), "x.pdf")
    assert_sound(document)
    assert [heading for heading in headings(document) if heading] == [f"{key} {title}" for key, title, _ in CONTROLS]
    for key, title, text in CONTROLS:
        assert body(document, key) == f"{key} {title}\n{text}"


def test_a_table_goes_on_over_pages_and_each_control_knows_its_page() -> None:
    rows = [(f"HFN-{n:02}", f"Regel Nummer {n}", f"Fassung {n}: {PROSE}") for n in range(1, 31)]
    pdf = table(SimplePdf(footer="Seite #"), rows)
    pdf.paragraph("Nach der Tabelle.")
    document = parse(pdf.data(), "x.pdf")
    assert document.pages is not None
    assert document.pages > 2
    pages = [section(document, key).page_from for key, _, _ in rows]
    assert pages[0] == 1
    assert pages == sorted(pages, key=lambda page: page or 0)
    assert set(pages) == set(range(1, document.pages + 1))
    assert all(body(document, key) == f"{key} {title}\n{text}" for key, title, text in rows)
    assert document.text.count("Anforderung") == 1, "the header that each page repeats is said once"
    assert document.text.rstrip().endswith("Nach der Tabelle.")
    assert "Nach der Tabelle." not in body(document, "HFN-30")


def test_a_row_cut_by_the_end_of_the_page_is_whole() -> None:
    pdf = SimplePdf()
    pdf.set_font("Helvetica", size=10)
    first = "Der Zutritt zum Hafen MUSS geregelt sein, und zwar schriftlich."
    upper, lower = "Der Zutritt MUSS durch eine Schleuse erfolgen, die", "immer nur eine Person durchlässt."
    for page, rows in enumerate(([("HFN-01", "Zutritt", first), ("HFN-02", "Schleuse", upper)], [("", "", lower)])):
        if page:
            pdf.add_page()
        grid(pdf, rows)
    document = parse(pdf.data(), "x.pdf")
    assert " ".join(body(document, "HFN-02").split()) == f"HFN-02 Schleuse {upper} {lower}"


def grid(pdf: FPDF, rows: list[tuple[str, str, str]]) -> None:
    """Rows of cells that are drawn one by one, each a frame of its own."""
    widths = (20.0, 30.0, 110.0)
    for cells in rows:
        x, y = pdf.l_margin, pdf.get_y()
        for width, cell in zip(widths, cells, strict=True):
            pdf.rect(x, y, width, 20)
            pdf.set_xy(x, y)
            pdf.multi_cell(width, 5, cell, align="L")
            x += width
        pdf.set_xy(pdf.l_margin, y + 20)


def test_a_merged_cell_speaks_for_the_rows_beside_it() -> None:
    pdf = SimplePdf()
    pdf.set_font("Helvetica", size=10)
    with pdf.table(col_widths=(30, 40, 90), line_height=6, text_align="L") as drawn:
        for cells in (("Bereich", "Anlage", "Frist"), ("Hafen", "Schleuse", "ein Jahr"), ("Kran", "zwei Jahre")):
            row = drawn.row()
            for cell in cells:
                row.cell(cell, rowspan=2 if cell == "Hafen" else 1)
    lines = parse(pdf.data(), "x.pdf").text.splitlines()
    assert "Hafen | Schleuse | ein Jahr" in lines
    assert " | Kran | zwei Jahre".strip() in [line.strip() for line in lines]


def test_a_frame_around_text_is_no_table() -> None:
    pdf = SimplePdf()
    pdf.rect(20, 20, 170, 60)
    pdf.paragraph(PROSE)
    pdf.paragraph(PROSE)
    assert parse(pdf.data(), "x.pdf").text == f"{PROSE}\n\n{PROSE}"


def lattice(xs: list[int], ys: list[int]) -> list[Segment]:
    """Every line of a table from its first to its last."""
    upright = [(float(x), float(ys[0]), float(x), float(ys[-1])) for x in xs]
    level = [(float(xs[0]), float(y), float(xs[-1]), float(y)) for y in ys]
    return [*upright, *level]


places = st.lists(st.integers(2, 40), min_size=3, max_size=8, unique=True).map(
    lambda chosen: [20 * each for each in sorted(chosen)]
)


@given(places, places, st.data())
def test_each_place_in_a_table_lies_in_the_cell_between_its_lines(
    xs: list[int], ys: list[int], data: st.DataObject
) -> None:
    rulings = Rulings(lattice(xs, ys))
    left, right = data.draw(st.sampled_from(list(itertools.pairwise(xs))))
    bottom, top = data.draw(st.sampled_from(list(itertools.pairwise(ys))))
    x, y = data.draw(st.integers(left + 3, right - 3)), data.draw(st.integers(bottom + 3, top - 3))
    assert rulings.cell(x, y) == Cell(left, bottom, right, top)
    assert rulings.cell(xs[0] - 5, y) is None
    assert rulings.cell(x, ys[-1] + 5) is None
    assert stands_between(rulings.uprights(y), left + 3, right + 3)
    assert not stands_between(rulings.uprights(y), left + 3, right - 3)


def test_a_drawing_of_thousands_of_lines_is_no_table() -> None:
    assert not Rulings(lattice(list(range(0, 40_000, 10)), [20, 100, 200]))


@given(st.lists(st.tuples(st.floats(), st.floats(), st.floats(), st.floats()), max_size=30))
def test_lines_anywhere_are_no_error(segments: list[Segment]) -> None:
    cell = Rulings(segments).cell(10, 10)
    assert cell is None or (cell.left <= 10 <= cell.right and cell.bottom <= 10 <= cell.top)


def test_lines_of_a_single_column_are_no_rulings() -> None:
    assert not Rulings(lattice([20, 500], [20, 100, 200]))
    assert Rulings(lattice([20, 100, 500], [20, 100, 200]))
