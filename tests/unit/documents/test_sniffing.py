"""The bytes decide what a document is, and every refusal says what to do."""

from __future__ import annotations

import pytest
from tests.unit.documents.builders import PROSE, SimplePdf, word, zipped

from documents import DocumentError, Limits, UnknownFormat, parse
from documents.sniffing import sniff
from documents.source import Source


def pdf() -> bytes:
    document = SimplePdf()
    document.paragraph(PROSE)
    return document.data()


def test_the_name_does_not_decide() -> None:
    assert parse(word(lambda document: document.add_paragraph(PROSE)), "falsch.pdf").format == "docx"
    assert parse(pdf(), "falsch.docx").format == "pdf"
    assert parse(b"junk before the header\n" + pdf(), "x").format == "pdf"


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        ("Just words.", "x.txt", "txt"),
        ("Just words.", "x.md", "md"),
        ("Just words.", "ohne", "txt"),
        ("# Title\n\nWords.", "ohne", "md"),
        ("# Title\n\n## Part\n\nWords.", "x.txt", "md"),
        ("# a comment\nPort 22", "sshd.txt", "txt"),
        ("[Entwurf] Words.", "x.txt", "txt"),
        ("<h1 align=center>Readme</h1>\n\n# Words", "x.md", "md"),
    ],
)
def test_kinds_of_text(text: str, name: str, expected: str) -> None:
    assert parse(text.encode(), name).format == expected


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"\x89PNG\r\n\x1a\n" + bytes(50), r"a picture \(PNG\)"),
        (b"\xff\xd8\xff\xe0" + bytes(50), r"a picture \(JPEG\)"),
        (b"\x1f\x8b" + bytes(50), "a compressed archive"),
        (b"MZ" + bytes(50), "a program"),
        (b"{\\rtf1 words}", "an RTF document"),
        (bytes(range(256)) * 4, "not text"),
        (zipped({"a.txt": "words"}), "an archive of other files"),
    ],
)
def test_other_kinds_are_named(data: bytes, kind: str) -> None:
    with pytest.raises(UnknownFormat, match=f"datei is {kind}"):
        parse(data, "datei")


OSCAL = 'xmlns="http://csrc.nist.gov/ns/oscal/1.0"'


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        (f"<?xml version='1.0'?><catalog {OSCAL}/>", "x", "oscal_xml"),
        (f"<!-- note --><o:profile xmlns:o='x' {OSCAL}>", "x", "oscal_xml"),
        (f"<?xml version='1.0'?><component-definition {OSCAL}/>", "x", "xml"),
        ("<?xml version='1.0'?><catalog/>", "x", "xml"),
        ("<article xmlns='http://docbook.org/ns/docbook' version='5.1'>", "x", "docbook"),
        (
            "<?xml version='1.0'?>\n<!DOCTYPE book PUBLIC '-//OASIS//DTD DocBook XML V4.5//EN' 'x'><book/>",
            "x",
            "docbook",
        ),
        ("<chapter><title>T</title><para>P</para></chapter>", "x", "docbook"),
        ("<section><h2>T</h2></section>", "x.xml", "xml"),
        ("<note>to self</note>", "x.xml", "xml"),
        ("<note>to self</note>", "x.txt", "txt"),
        ('{"catalog": {"metadata": {"title": "T"}}}', "x", "oscal_json"),
        ('{"$schema": "s", "profile": {"metadata": {}, "imports": []}}', "x", "oscal_json"),
        ('{"catalog": {"items": []}}', "x", "json"),
        ('[{"a": 1}]', "x.txt", "json"),
        ('{"a": 1', "x.json", "json"),
        ('{"a": 1', "x.txt", "txt"),
    ],
)
def test_kinds_of_structured_text(text: str, name: str, expected: str) -> None:
    assert sniff(Source(text.encode(), name, Limits())) == expected


def test_every_error_has_its_own_code_and_a_sentence() -> None:
    kinds = DocumentError.__subclasses__()
    assert len({kind.code for kind in kinds}) == len(kinds) == 7
    for kind in kinds:
        message = str(kind("bericht.pdf", "its end is missing"))
        assert message.startswith("bericht.pdf ")
        assert message.endswith(".")
        assert "{" not in message
