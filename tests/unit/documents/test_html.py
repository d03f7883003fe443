"""Web pages: structure from tags however carelessly they are closed, and what their styles hide."""

from __future__ import annotations

import time

import pytest
from tests.unit.documents.builders import assert_sound, body, headings, hidden_texts, section

from documents import BrokenDocument, DocumentError, EmptyDocument, ParsedDocument, parse

TEXT = "Der Zugang zum Hafen MUSS auf berechtigte Personen beschränkt sein."
REPEATED = 10_000


def page(inside: str, head: str = "") -> ParsedDocument:
    document = parse(f"<!DOCTYPE html><html><head>{head}</head><body>{inside}</body></html>".encode(), "x.html")
    assert_sound(document)
    return document


def test_headings_paragraphs_and_lists() -> None:
    document = page(
        "<h1>Hafen</h1><nav><a href=x>Menü</a></nav><h2>HFN.1.A1 Zutritt&nbsp;(B)<a class=headerlink>¶</a></h2>"
        f"<p>{TEXT}\n Auch <b>nachts</b> &amp; bei&#x20;Nebel.<br>Immer.</p><ul><li>Kai<li>Tor</ul>"
        "<ol start=3 type=a><li><p>Boje</p></li><li>Steg</li></ol><script>var x = '<p>nein</p>';</script>",
        "<title>Hafen &ndash; Regeln</title>",
    )
    assert document.title == "Hafen – Regeln"
    assert section(document, "HFN.1.A1").heading_path == ("Hafen", "HFN.1.A1 Zutritt (B)")
    assert body(document, "HFN.1.A1") == (
        f"HFN.1.A1 Zutritt (B)\n\n{TEXT} Auch nachts & bei Nebel.\nImmer.\n\n- Kai\n- Tor\nc. Boje\nd. Steg"
    )


def test_rows_that_state_controls_are_sections() -> None:
    document = page(
        "<h1>Katalog</h1><table><tr><th>ID<th>Titel<th>Stufe<th>Text"
        f"<tr><td>HF-01<td>Schranke<td rowspan=2>hoch<td>{TEXT}<tr><td>HF-02<td>Wache<td>{TEXT}</table><p>Ende."
    )
    assert section(document, "HF-02").heading_path == ("Katalog", "HF-02 Wache")
    assert body(document, "HF-01") == f"HF-01 Schranke\n{TEXT}\n\nStufe: hoch"
    assert body(document, "HF-02") == f"HF-02 Wache\n{TEXT}\n\nStufe: hoch"
    assert document.body(document.sections[-1]) == "Ende."


def test_plain_and_layout_tables() -> None:
    document = page(f"<table><tr><td>Rolle<td>Aufgabe<tr><td>Wache<td>prüft</table><table><tr><td><p>{TEXT}</table>")
    assert document.text == f"Rolle | Aufgabe\nWache | prüft\n\n{TEXT}"


def test_definition_lists_and_control_lines() -> None:
    document = page(f"<h1>Liste</h1><dl><dt>HF-01<dd>{TEXT}<dt>Kai<dd>eine Mauer</dl><p>HF-02 Wache</p><p>{TEXT}</p>")
    assert body(document, "HF-01") == f"HF-01\n{TEXT}\n\nKai\neine Mauer"
    assert body(document, "HF-02") == f"HF-02 Wache\n\n{TEXT}"


def test_bold_lines_are_headings_where_there_are_no_others() -> None:
    assert headings(page(f"<p><b>Zweck</b></p><p>{TEXT}</p><p><strong>Regeln</strong></p>")) == ["Zweck", "Regeln"]
    assert headings(page("<h2>Kapitel</h2><p><b>Merke</b></p>")) == ["Kapitel"]


@pytest.mark.parametrize(
    ("element", "reason"),
    [
        ("<p hidden>geheim</p>", "text that is not displayed"),
        ('<div style="display: none"><p>geheim</p></div>', "text that is not displayed"),
        ('<p style="VISIBILITY:hidden">geheim</p>', "text that is not displayed"),
        ('<p style="font-size:0">geheim</p>', "tiny text"),
        ('<p style="font: 1px serif">geheim</p>', "tiny text"),
        ('<p style="opacity:0">geheim</p>', "transparent text"),
        ('<p style="color:rgba(0, 0, 0, 0)">geheim</p>', "transparent text"),
        ('<p style="position:absolute;left:-9999px">geheim</p>', "text outside of the page"),
        ("<p><font color=white>geheim</font></p>", "white text"),
        ('<p style="color:#FFFFFE !important">geheim</p>', "white text"),
        ('<p style="color:#036;background:#003366">geheim</p>', "text in the colour of its background"),
        ("<p class='a weg'>geheim</p>", "text that is not displayed"),
        ("<p id=blass>geheim</p>", "white text"),
        ("<ul><li style=display:none>geheim<li></ul>", "text that is not displayed"),
    ],
)
def test_invisible_text_is_kept_apart(element: str, reason: str) -> None:
    style = (
        "<style>/* x */ @media print { p { display: none } } p.weg, .fort { display:none } #blass{color:white}</style>"
    )
    document = page(f"<h1>Offen</h1>{element}<p>Danach.</p>", style)
    assert document.visible_text == "Offen\n\nDanach."
    assert hidden_texts(document) == ["geheim"]
    assert document.hidden[0].reason == reason
    assert document.warnings == (
        f"6 characters are hidden from a reader of the file and kept out of answers: {reason}.",
    )


@pytest.mark.parametrize(
    "element",
    [
        "<p aria-hidden=true>offen</p>",
        '<div style="background:#036"><p style="color:white">offen</p></div>',
        "<table bgcolor=navy><tr><td style='color:#fff'>offen</table>",
        '<div style="visibility:hidden"><p style="visibility:visible">offen</p></div>',
        '<div style="font-size:0"><p style="font-size:12px">offen</p></div>',
        '<p style="color:white;background:url(x.png)">offen</p>',
        '<p style="color:var(--x)">offen</p>',
        "<p hidden>geheim<p>offen",
    ],
)
def test_visible_text_stays(element: str) -> None:
    assert page(element).visible_text == "offen"


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ('<html><meta charset="iso-8859-1"><p>Öl für „alle“'.encode("cp1252"), "Öl für „alle“"),
        ('<html><meta http-equiv=x content="text/html; charset=iso-8859-2"><p>Łódź'.encode("iso-8859-2"), "Łódź"),
        ("\ufeff<html><p>Öl".encode("utf-16"), "Öl"),
        ("<html><meta charset=utf-8><p>Öl".encode("latin-1"), "Öl"),
        (b'<html><meta charset="unicode_escape"><p>\\u0041', "\\u0041"),
        (b'<?xml version="1.0"?><html><p>a<br/>b</p></html>', "a\nb"),
    ],
)
def test_encodings(data: bytes, text: str) -> None:
    assert parse(data, "x.html").text == text


def test_properties() -> None:
    head = (
        '<meta name="author" content="ISB"><meta name="dcterms.created" content="2024-05-01">'
        '<meta http-equiv="last-modified" content="Wed, 15 May 2024 08:00:00 GMT"><meta name="date" content="Mai">'
    )
    document = page(TEXT, head)
    assert document.metadata == {"author": "ISB", "created": "2024-05-01", "modified": "2024-05-15T08:00:00+00:00"}
    assert (document.title, document.format, document.pages) == (None, "html", None)


def test_deleted_text_and_forms_are_no_text() -> None:
    document = page(f"<p>{TEXT} <del>SOLLTE</del><ins>MUSS</ins></p><select><option>ja</select><template>x</template>")
    assert document.text == f"{TEXT} MUSS"


def test_careless_markup_keeps_its_text() -> None:
    document = page("</div><p>a</b><p>b<table><td>c<div>d</td></div></table></table><h2>e</h3>f<a title='>'>g</a> 1<2")
    assert document.text.split() == ["a", "b", "c", "d", "e", "fg", "1<2"]


@pytest.mark.parametrize(
    "inside",
    [
        *("<", "<!--", "<a ", '<a b="', "</", "<![CDATA[", "&#x", "<script>", "<style>", "<title>"),
        *("<p>x", "<ul><li>x</ul>", "<b></i>", "<td>x", "<style>{</style>", "<style>.a{color:red}</style><p class=a>x"),
        "<table><tr><td rowspan=900 colspan=900>x</table>",
    ],
)
def test_hostile_pages_take_no_longer_than_others(inside: str) -> None:
    started = time.process_time()
    for data in ("<!DOCTYPE html>" + inside * REPEATED, f"<!DOCTYPE html><p>x<{inside}{' a' * REPEATED}>"):
        try:
            parse(data.encode(), "x.html")
        except DocumentError:
            continue
    assert time.process_time() - started < 20  # minutes, where a step is not linear


def test_a_page_is_known_by_its_start_or_its_name() -> None:
    assert parse(b"<!-- x --> <BODY><p>x", "x.txt").format == "html"
    assert parse(b"<h1>Kai</h1><p>x", "x.htm").text == "Kai\n\nx"
    assert parse(b"<h1>Kai</h1><p>x", "x.txt").format == "txt"
    assert parse(b"<!---->" * 1000 + b"x", "x.txt").format == "txt"  # at once, not after every combination


def test_pages_that_cannot_be_read() -> None:
    with pytest.raises(EmptyDocument):
        parse(b"<!DOCTYPE html><html></html>", "x.html")
    with pytest.raises(BrokenDocument, match="nested too deeply"):
        parse(b"<!DOCTYPE html>" + b"<div>" * 20_000 + b"x", "x.html")
