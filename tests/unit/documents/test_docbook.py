"""DocBook: sections, lists, tables and inline markup in the order of the source."""

from __future__ import annotations

from tests.unit.documents.builders import assert_sound, body, headings, section
from tests.unit.documents.structured_samples import DOCBOOK

from documents import ParsedDocument, parse


def docbook(inside: str, root: str = "article") -> ParsedDocument:
    document = parse(f'<{root} xmlns="http://docbook.org/ns/docbook">{inside}</{root}>'.encode(), "x")
    assert_sound(document)
    return document


def test_sections_and_metadata() -> None:
    document = parse(DOCBOOK.encode(), "hafen.xml")
    assert_sound(document)
    assert (document.format, document.title) == ("docbook", "HFN.1 Hafen")
    assert document.metadata == {"author": "A. Lotse", "created": "2026-02-03"}
    assert section(document, "HFN.1.A1").heading_path == (
        "HFN.1 Hafen",
        "Anforderungen",
        "HFN.1.A1 Zutritt (B) [Lotse]",
    )
    assert headings(document)[-1] == "HFN.1.A2 ENTFALLEN (B)"


def test_blocks_keep_their_order_and_inline_markup_goes() -> None:
    document = parse(DOCBOOK.encode(), "hafen.xml")
    assert body(document, "HFN.1 Hafen") == ("HFN.1 Hafen\n\nDer Baustein Hafen gilt überall (Außer im Trockendock.).")
    assert body(document, "HFN.1.A1") == (
        "HFN.1.A1 Zutritt (B) [Lotse]\n\n"
        "Der Zutritt MUSS geregelt sein:\n\n"
        "- bei Tag,\nauch sonntags,\n- bei Nacht:\na. Tor\nb. Steg\n\n"
        "wie in Anforderungen gesagt.\n\n"
        "Ort | Frist\nTor | ein Tag"
    )


def test_what_follows_the_last_subsection_stays_readable() -> None:
    text = parse(DOCBOOK.encode(), "hafen.xml").text
    assert "- Steg: ein Weg über Wasser" in text
    assert "schliesse tor\n  --nachts" in text
    assert "Vorsicht\nDer Steg ist nass." in text


def test_an_editors_remark_is_hidden() -> None:
    document = parse(DOCBOOK.encode(), "hafen.xml")
    assert [document.text[each.char_from : each.char_to] for each in document.hidden] == ["Nur für die Redaktion."]
    assert all("Redaktion" not in document.body(each) for each in document.sections)


def test_questions_head_their_answers() -> None:
    entry = "<qandaentry><question><para>{}</para></question><answer><para>{}</para></answer></qandaentry>"
    document = docbook(
        f"<title>F</title><qandaset>{entry.format('Wer?', 'Wir.')}{entry.format('Wo?', 'Hier.')}</qandaset>"
    )
    assert headings(document) == ["F", "Wer?", "Wo?"]
    assert body(document, "Wo?") == "Wo?\n\nHier."


def test_a_row_that_states_a_control_is_a_section_and_ends_with_its_table() -> None:
    rows = "".join(
        f"<row><entry>HAR-0{number}</entry><entry>Titel {number}</entry>"
        "<entry><para>Die Anlage wird jeden Tag</para><para>vollständig geprüft.</para></entry></row>"
        for number in (1, 2)
    )
    document = docbook(
        f"<title>T</title><table><title>Liste</title><tgroup><tbody>{rows}</tbody></tgroup></table><para>Ende.</para>"
    )
    assert headings(document) == ["T", "HAR-01 Titel 1", "HAR-02 Titel 2", "T"]
    assert body(document, "HAR-02") == "HAR-02 Titel 2\nDie Anlage wird jeden Tag vollständig geprüft."


def test_docbook_4_with_its_document_type() -> None:
    data = (
        '<?xml version="1.0" encoding="iso-8859-1"?>\n'
        '<!DOCTYPE book PUBLIC "-//OASIS//DTD DocBook XML V4.5//EN" "http://example.org/docbookx.dtd">\n'
        "<book><bookinfo><title>Häfen</title></bookinfo><chapter><title>Eins</title><para>Größe</para></chapter></book>"
    ).encode("latin-1")
    document = parse(data, "x")
    assert (document.format, headings(document)) == ("docbook", ["Häfen", "Eins"])
    assert "Größe" in document.text


def test_unknown_elements_between_blocks_are_blocks_of_their_own() -> None:
    text = docbook("<title>T</title><odd>one</odd><para>two <odd>three</odd> four</para><odd>five</odd>").text
    assert text == "T\n\none\n\ntwo three four\n\nfive"
