"""PowerPoint presentations: slides are pages, and what the audience does not see is kept apart."""

from __future__ import annotations

import pytest
from tests.unit.documents.builders import (
    assert_sound,
    body,
    core_properties,
    headings,
    hidden_texts,
    raw_presentation,
    section,
    slide_shape,
    zipped,
)

from documents import BrokenDocument, EmptyDocument, Limits, TooLarge, parse

TEXT = "Der Zugang zum Hafen MUSS auf berechtigte Personen beschränkt sein."
WHITE = '<a:solidFill><a:srgbClr val="FFFFFF"/></a:solidFill>'
DARK = '<a:solidFill><a:srgbClr val="003366"/></a:solidFill>'


def at(x: int, y: int) -> str:
    return f'<a:xfrm><a:off x="{x}" y="{y}"/><a:ext cx="1000" cy="1000"/></a:xfrm>'


def title(text: str) -> str:
    return slide_shape(text, kind="title")


def table(*rows: tuple[str, ...]) -> str:
    def cell(text: str) -> str:
        return f"<a:tc><a:txBody><a:p><a:r><a:t>{text}</a:t></a:r></a:p></a:txBody></a:tc>"

    lines = "".join(f"<a:tr>{''.join(map(cell, row))}</a:tr>" for row in rows)
    return (
        f"<p:graphicFrame><a:graphic><a:graphicData><a:tbl>{lines}</a:tbl></a:graphicData></a:graphic></p:graphicFrame>"
    )


def test_slides_are_pages_with_titles_and_notes() -> None:
    data = raw_presentation(
        [
            title("Sicherheit im Hafen") + slide_shape("Stand Mai", kind="subTitle") + slide_shape("1", kind="sldNum"),
            slide_shape("Zuerst gezeichnet.", "Danach.") + title("Zutritt"),
            title("Ende"),
        ],
        notes={2: "Hier das Beispiel erzählen."},
        parts=core_properties(title="PowerPoint Presentation", creator="ISB", created="2024-05-01T08:00:00Z"),
    )
    document = parse(data, "x.pptx")
    assert_sound(document)
    assert (document.title, document.pages, document.format) == ("Sicherheit im Hafen", 3, "pptx")
    assert document.metadata == {"author": "ISB", "created": "2024-05-01T08:00:00Z"}
    assert headings(document) == ["Sicherheit im Hafen", "Zutritt", "Ende"]
    assert body(document, "Zutritt") == "Zutritt\n\nZuerst gezeichnet.\nDanach.\n\nNotes: Hier das Beispiel erzählen."
    assert [each.page_from for each in document.sections] == [1, 2, 3]


def test_a_slide_without_a_title_gets_a_heading() -> None:
    document = parse(raw_presentation([slide_shape("Überblick", TEXT), slide_shape(TEXT)]), "x.pptx")
    assert headings(document) == ["Überblick", "Slide 2"]


def test_tables_and_lines_that_state_controls_are_sections() -> None:
    rows = (("ID", "Titel", "Text"), ("HF-01", "Schranke", TEXT), ("HF-02", "Begleitung", TEXT))
    data = raw_presentation([title("Katalog") + table(*rows) + slide_shape("Nachwort zur Tabelle.")])
    document = parse(data, "x.pptx")
    assert_sound(document)
    assert section(document, "HF-02").heading_path == ("Katalog", "HF-02 Begleitung")
    assert document.sections[-1].heading_path == ("Katalog",)
    document = parse(raw_presentation([title("Katalog") + slide_shape("HF-01 Schranke", TEXT)]), "x.pptx")
    assert body(document, "HF-01") == f"HF-01 Schranke\n\n{TEXT}"


def test_lists_show_their_marks() -> None:
    def item(text: str, properties: str) -> str:
        return f"<a:p>{properties}<a:r><a:t>{text}</a:t></a:r></a:p>"

    number = '<a:pPr><a:buAutoNum type="alphaLcPeriod"/></a:pPr>'
    texts = item("eins", number) + item("zwei", number) + item("drei", '<a:pPr lvl="1"/>')
    shape = f"<p:sp><p:nvSpPr/><p:spPr/><p:txBody>{texts}</p:txBody></p:sp>"
    assert body(parse(raw_presentation([title("Liste") + shape]), "x"), "Liste") == "Liste\n\na. eins\nb. zwei\n- drei"


def test_groups_are_read_in_place() -> None:
    group = (
        '<p:grpSp><p:nvGrpSpPr/><p:grpSpPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="1000" cy="1000"/>'
        '<a:chOff x="20000000" y="0"/><a:chExt cx="1000" cy="1000"/></a:xfrm></p:grpSpPr>'
        f"{slide_shape(TEXT, properties=at(20_000_000, 0))}</p:grpSp>"
    )
    document = parse(raw_presentation([title("Gruppe") + group]), "x.pptx")
    assert body(document, "Gruppe") == f"Gruppe\n\n{TEXT}"


@pytest.mark.parametrize(
    ("shape", "reason"),
    [
        (slide_shape("geheim", run=WHITE), "white text"),
        (
            slide_shape("geheim", run='<a:solidFill><a:srgbClr val="0"><a:alpha val="0"/></a:srgbClr></a:solidFill>'),
            "tr",
        ),
        (slide_shape("geheim", properties=at(20_000_000, 0)), "text outside of the slide"),
        (slide_shape("geheim", kind="title", properties=at(0, -5_000)), "text outside of the slide"),
        (slide_shape("geheim", marked='hidden="1"'), "hidden shapes"),
        (slide_shape("geheim").replace("<a:rPr>", '<a:rPr sz="100">'), "tiny text"),
    ],
)
def test_invisible_text_is_kept_apart(shape: str, reason: str) -> None:
    document = parse(raw_presentation([title("Offen") + shape]), "x.pptx")
    assert_sound(document)
    assert document.visible_text == "Offen"
    assert hidden_texts(document) == ["geheim"]
    assert document.hidden[0].reason.startswith(reason)
    assert reason in document.warnings[0]


@pytest.mark.parametrize(
    "shapes",
    [
        slide_shape("sichtbar", run=WHITE, properties=DARK),
        f"<p:pic><p:nvPicPr/><p:spPr>{at(0, 0)}</p:spPr></p:pic>"
        + slide_shape("sichtbar", run=WHITE, properties=at(1, 1)),
    ],
)
def test_white_text_on_something_is_visible(shapes: str) -> None:
    document = parse(raw_presentation([title("Offen") + shapes]), "x.pptx")
    assert (body(document, "Offen"), document.hidden) == ("Offen\n\nsichtbar", ())


def test_hidden_slides_keep_their_page() -> None:
    data = raw_presentation(
        [title("Eins"), title("Zwei") + slide_shape(TEXT), title("Drei")], hidden=[2], notes={2: "Auch das."}
    )
    document = parse(data, "x.pptx")
    assert_sound(document)
    assert headings(document) == ["Eins", "Drei"]
    assert hidden_texts(document) == ["Zwei", TEXT, "Notes: Auch das."]
    assert section(document, "Drei").page_from == 3


def test_presentations_that_cannot_be_read() -> None:
    with pytest.raises(EmptyDocument):
        parse(raw_presentation([]), "x.pptx")
    with pytest.raises(EmptyDocument):
        parse(raw_presentation([slide_shape(" ")]), "x.pptx")
    with pytest.raises(TooLarge, match="slides"):
        parse(raw_presentation([title("x")] * 3), "x.pptx", Limits(max_pages=2))
    with pytest.raises(BrokenDocument):
        parse(zipped({"[Content_Types].xml": "", "ppt/presentation.xml": ""}), "x.pptx")
    with pytest.raises(BrokenDocument, match="nested too deeply"):
        parse(raw_presentation(["<p:grpSp>" * 3000 + "</p:grpSp>" * 3000]), "x.pptx")
