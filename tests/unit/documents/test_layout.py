"""The typographic rules that a real PDF is too clumsy to test."""

from __future__ import annotations

from documents.pdf.layout import arrange
from documents.pdf.lines import Line
from documents.structure.hyphenation import Hyphenation


def line(text: str, y: float, *, x: float = 50, page: int = 1, size: float = 10, bold: bool = False) -> Line:
    return Line(text, page, x, y, x + 5 * len(text), size, bold)


def texts(*lines: Line, pages: int = 1) -> list[str]:
    return [
        block.text for block in arrange([[each for each in lines if each.page == page + 1] for page in range(pages)])
    ]


FULL = "words that fill the whole width of a column on this page and more"


def test_a_superscript_does_not_break_the_line() -> None:
    assert texts(line("by 2026.1", 700), line(" According to", 700.5, x=96), line(FULL, 688)) == [
        f"by 2026.1 According to {FULL}"
    ]


def test_headings_that_were_drawn_last_come_first() -> None:
    lines = [line(FULL, y) for y in range(700, 600, -12)]
    blocks = arrange([[*lines, line("Concepts", 740, size=20, bold=True)]])
    assert blocks[0].text == "Concepts"
    assert blocks[0].level is not None


def test_columns_stay_in_the_order_they_were_drawn() -> None:
    left = [line(f"left {FULL}", y) for y in range(700, 640, -12)]
    right = [line(f"right {FULL}", y, x=500) for y in range(700, 640, -12)]
    joined = " ".join(texts(*left, *right))
    assert joined.rindex("left") < joined.index("right")


def test_short_lines_are_entries_of_their_own() -> None:
    names = [line(name, 700 - 12 * number) for number, name in enumerate(["Ada Berg", "Bo Cordes", "Cem Dahl"])]
    body = [line(FULL, y) for y in range(600, 480, -12)]
    assert texts(*names, *body)[:3] == ["Ada Berg", "Bo Cordes", "Cem Dahl"]


def test_page_numbers_go_when_they_stand_at_one_height() -> None:
    lines = [each for page in (1, 2, 3) for each in (line(FULL, 700, page=page), line(f"- {page} -", 30, page=page))]
    assert "- 1 -" not in " ".join(texts(*lines, pages=3))


def test_repeated_words_within_the_page_stay() -> None:
    lines = []
    for page in (1, 2, 3):
        lines += [line(f"{FULL} {page}", 800 - 12 * number, page=page) for number in range(20)]
        lines.append(line("Control:", 500 - 40 * page, page=page))
    assert " ".join(texts(*lines, pages=3)).count("Control:") == 3


def test_hyphens_by_the_vocabulary_of_the_document() -> None:
    english = Hyphenation(["the risk-based view of the organization and fine grained rules", "of the nondeterminism"])
    assert english.join("a risk-", "based view") == "a risk-based view"
    assert english.join("the organi-", "zation") == "the organization"
    assert english.join("fine-", "grained") == "fine-grained"
    assert english.join("non-", "determinism") == "nondeterminism"
    assert english.join("end-", "to-end") == "end-to-end"
    assert english.join("pre-", "and post-checks") == "pre- and post-checks"
    assert english.join("AC-", "2") == "AC-2"
    assert english.join("a dash -", "here") == "a dash - here"
    german = Hyphenation(["die Prüfung der Benutzer und die Verwaltung ist nicht für alle"])
    assert german.join("die Benutzer-", "verwaltung") == "die Benutzerverwaltung"
    assert german.join("die IT-", "sicherheit") == "die IT-sicherheit"
    assert german.join("Server-", "Dienste") == "Server-Dienste"


BODY = [line(FULL, y, page=page) for page in (1, 2) for y in range(400, 280, -12)]


def headings(*lines: Line) -> list[str]:
    pages = [[each for each in (*lines, *BODY) if each.page == page] for page in (1, 2)]
    return [block.text for block in arrange(pages) if block.level is not None]


def test_a_heading_may_wrap_behind_a_comma() -> None:
    title = "OPS.1.1.6.A7 Personalauswahl der Testenden (S) [Personalabteilung,"
    assert headings(line(title, 700, bold=True), line("Fachverantwortliche]", 687, bold=True)) == [
        f"{title} Fachverantwortliche]"
    ]


def test_a_bold_line_that_ends_with_a_comma_alone_is_no_heading() -> None:
    assert headings(line("Dear reader,", 700, bold=True), line(FULL, 660)) == []


def test_a_heading_may_wrap_over_the_end_of_the_page() -> None:
    title = "IDM-03 Locking and withdrawal of user accounts in the event of the"
    assert headings(line(title, 250, bold=True), line("inactivity of users", 700, page=2, bold=True)) == [
        f"{title} inactivity of users"
    ]


def test_two_headings_on_two_pages_stay_two() -> None:
    assert headings(line("IDM-03 Locking", 250, bold=True), line("Basic criteria", 700, page=2, bold=True)) == [
        "IDM-03 Locking",
        "Basic criteria",
    ]
