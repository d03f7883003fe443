"""Small documents whose requirements carry ids of many forms, and others whose numbers are no ids, in every format.

Written before the grammar was changed for them. It knows forms as plain lists of ids and shares no code with what
reads them.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from docx.document import Document as WordDocument
from tests.unit.documents.builders import SimplePdf, raw_workbook, sheet_row, word

#: Id forms that the product's issue names, as five ids each.
NAMED_FORMS: Mapping[str, Sequence[str]] = {
    "family with two digits": ("BV00-01", "BV00-02", "BV00-03", "BV00-04", "BV00-05"),
    "several families with a digit": ("IT4-11", "IT4-12", "IT5-01", "IT5-02", "IT6-01"),
    "one letter and a digit": ("A1-01", "A1-02", "A1-03", "A2-01", "A2-02"),
    "COBIT": ("DSS05.01", "DSS05.02", "DSS05.03", "DSS05.04", "DSS05.05"),
    "SOC 2": ("CC6.1", "CC6.2", "CC6.3", "CC7.1", "CC7.2"),
    "one letter": ("X-10", "X-11", "X-12", "X-13", "X-14"),
    "one letter, two numbers": ("P-3.1", "P-3.2", "P-3.3", "P-4.1", "P-4.2"),
    "old IT-Grundschutz": ("M 4.91", "M 4.92", "M 4.93", "M 4.94", "M 4.95"),
    "two-letter practice": ("GC.3.1", "GC.3.2", "GC.3.3", "GC.4.1", "GC.4.2"),
    "C5:2026": ("AM-01.01B", "AM-01.02B", "AM-01.03A", "AM-09.04AC", "AM-09.05AC"),
    "C5 personnel": ("PS-01", "PS-02", "PS-03", "PS-04", "PS-05"),
}
#: Id forms that nobody named.
UNNAMED_FORMS: Mapping[str, Sequence[str]] = {
    "small letter behind": ("KRI-7a", "KRI-7b", "KRI-7c", "KRI-8a", "KRI-8b"),
    "letter, digit, number": ("Z9.10", "Z9.11", "Z9.12", "Z9.13", "Z9.14"),
    "three parts": ("ABC12-03.1", "ABC12-03.2", "ABC12-03.3", "ABC12-03.4", "ABC12-03.5"),
    "abbreviated word": ("Req 11", "Req 12", "Req 13", "Req 14", "Req 15"),
    "paragraph": ("§ 4.1", "§ 4.2", "§ 4.3", "§ 4.4", "§ 4.5"),
    "low line": ("HR_06", "HR_07", "HR_08", "HR_09", "HR_10"),
    "slash": ("SEC/11", "SEC/12", "SEC/13", "SEC/14", "SEC/15"),
    "umlaut": ("FÜ-01", "FÜ-02", "FÜ-03", "FÜ-04", "FÜ-05"),
    "four digits": ("LOG-1501", "LOG-1502", "LOG-1507", "LOG-1515", "LOG-1520"),
    "version behind": ("QX.LAB.1.1v1", "QX.LAB.1.2v1", "QX.DEP.2.1v1", "QX.DEP.2.2v2", "QX.DEP.2.3v1"),
    "letter within": ("2.A.1", "2.A.2", "2.B.1", "2.B.2", "2.B.3"),
    "letters and number at once": ("TOM101", "TOM102", "TOM103", "TOM104", "TOM105"),
    "word of one's own": ("Gebot 1", "Gebot 2", "Gebot 3", "Gebot 4", "Gebot 5"),
}
#: Forms of which nothing can read the id: the ledger must say that something is missing.
ALIEN_FORMS: Mapping[str, Sequence[str]] = {
    "Greek": ("α-1", "α-2", "α-3", "α-4", "α-5"),
    "numero": ("№4:1", "№4:2", "№4:3", "№4:4", "№4:5"),
    "small letters": ("req-net~01", "req-net~02", "req-net~03", "req-net~04", "req-net~05"),
}
_TITLES = ("Wartungsbuch", "Schlüsselausgabe", "Notrufliste", "Besucherausweise", "Prüfplaketten")
_DUTIES = (
    ("must", "Die Leitstelle MUSS das Wartungsbuch vor Dienstbeginn prüfen und jede Abweichung eintragen."),
    ("should", "Die Schichtleitung SOLLTE ausgegebene Schlüssel am Ende jeder Woche mit der Liste vergleichen."),
    ("must_not", "Die Notrufliste DARF NICHT an Personen außerhalb der Leitstelle weitergegeben werden."),
    ("must", "Besucherinnen und Besucher MÜSSEN ihren Ausweis während des ganzen Aufenthalts sichtbar tragen."),
    ("may", "Die Hausverwaltung KANN abgelaufene Prüfplaketten bis zur nächsten Prüfung weiter verwenden lassen."),
)


@dataclass(frozen=True)
class Requirement:
    id: str
    title: str
    text: str
    duty: str


@dataclass(frozen=True)
class Numbered:
    """A document by its file name, and the ids of its requirements with the one duty each states."""

    name: str
    data: bytes
    duties: Mapping[str, str]


def requirements(ids: Sequence[str]) -> list[Requirement]:
    return [Requirement(one, title, text, duty) for one, title, (duty, text) in zip(ids, _TITLES, _DUTIES, strict=True)]


def numbered(form: str, ids: Sequence[str], name: str = "vorschrift") -> Iterator[tuple[str, Numbered]]:
    """The same five requirements in each format."""
    rows = requirements(ids)
    for label, (suffix, write) in FORMATS.items():
        if label == "pdf" and not all(one.id.isprintable() and one.id.encode("latin-1", "ignore") for one in rows):
            continue
        yield f"{form}, {label}", Numbered(f"{name}.{suffix}", write("Betriebsvorschrift", rows), _gold(rows))


def _gold(rows: Sequence[Requirement]) -> dict[str, str]:
    return {row.id: row.duty for row in rows}


def _markdown(title: str, rows: Sequence[Requirement]) -> bytes:
    body = "\n\n".join(f"## {row.id} {row.title}\n\n{row.text}" for row in rows)
    return f"# {title}\n\nDiese Vorschrift gilt am Standort.\n\n{body}\n".encode()


def _markdown_table(title: str, rows: Sequence[Requirement]) -> bytes:
    body = "\n".join(f"| {row.id} | {row.title} | {row.text} |" for row in rows)
    return f"# {title}\n\n| Nr. | Titel | Anforderung |\n|---|---|---|\n{body}\n".encode()


def _text(title: str, rows: Sequence[Requirement]) -> bytes:
    body = "\n\n".join(f"{row.id} {row.title}\n\n{row.text}" for row in rows)
    return f"{title}\n\nDiese Vorschrift gilt am Standort.\n\n{body}\n".encode()


def _text_stated(title: str, rows: Sequence[Requirement]) -> bytes:
    body = "\n\n".join(f"{row.id}: {row.text}" for row in rows)
    return f"{title}\n\nDiese Vorschrift gilt am Standort.\n\n{body}\n".encode()


def _html(title: str, rows: Sequence[Requirement]) -> bytes:
    body = "".join(f"<h2>{escape(row.id)} {row.title}</h2><p>{row.text}</p>" for row in rows)
    return (
        f"<!doctype html><html lang=de><body><h1>{title}</h1><p>Sie gilt am Standort.</p>{body}</body></html>".encode()
    )


def _html_list(title: str, rows: Sequence[Requirement]) -> bytes:
    body = "".join(f"<p><b>{escape(row.id)}</b> {row.title}</p><p>{row.text}</p>" for row in rows)
    return (
        f"<!doctype html><html lang=de><body><h1>{title}</h1><p>Sie gilt am Standort.</p>{body}</body></html>".encode()
    )


def _word(title: str, rows: Sequence[Requirement]) -> bytes:
    def fill(document: WordDocument) -> None:
        document.add_heading(title, 1)
        document.add_paragraph("Diese Vorschrift gilt am Standort.")
        for row in rows:
            document.add_heading(f"{row.id} {row.title}", 2)
            document.add_paragraph(row.text)

    return word(fill)


def _word_table(title: str, rows: Sequence[Requirement]) -> bytes:
    def fill(document: WordDocument) -> None:
        document.add_heading(title, 1)
        table = document.add_table(rows=0, cols=3)
        for cells in (("Nr.", "Titel", "Anforderung"), *((row.id, row.title, row.text) for row in rows)):
            for cell, text in zip(table.add_row().cells, cells, strict=True):
                cell.text = text

    return word(fill)


def _workbook(title: str, rows: Sequence[Requirement]) -> bytes:
    lines = [("Nr.", "Titel", "Anforderung"), *((row.id, row.title, row.text) for row in rows)]
    return raw_workbook({title: "".join(sheet_row(*cells) for cells in lines)})


def _comma_separated(title: str, rows: Sequence[Requirement]) -> bytes:
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerows([("Nr.", "Titel", "Anforderung"), *((row.id, row.title, row.text) for row in rows)])
    return written.getvalue().encode()


def _oscal(title: str, rows: Sequence[Requirement]) -> bytes:
    """An OSCAL catalog whose controls have the written id as their label, and a token of their own as id."""
    controls = [
        {
            "id": f"c{place}",
            "title": row.title,
            "props": [{"name": "label", "value": row.id}],
            "parts": [{"id": f"c{place}_smt", "name": "statement", "prose": row.text}],
        }
        for place, row in enumerate(rows, start=1)
    ]
    metadata = {"title": title, "version": "1", "oscal-version": "1.1.2", "last-modified": "2026-01-01T00:00:00Z"}
    catalog = {"uuid": "6f8d8b7a-b19b-4307-9238-04db07155b01", "metadata": metadata, "controls": controls}
    return json.dumps({"catalog": catalog}).encode()


def _pdf(title: str, rows: Sequence[Requirement]) -> bytes:
    document = SimplePdf(footer="#")
    document.heading(title, 18)
    document.paragraph("Diese Vorschrift gilt am Standort.")
    for row in rows:
        document.heading(f"{row.id} {row.title}")
        document.paragraph(row.text)
    return document.data()


FORMATS: Mapping[str, tuple[str, Callable[[str, Sequence[Requirement]], bytes]]] = {
    "OSCAL": ("json", _oscal),
    "markdown": ("md", _markdown),
    "markdown table": ("md", _markdown_table),
    "text": ("txt", _text),
    "text, stated": ("txt", _text_stated),
    "html": ("html", _html),
    "html, bold": ("html", _html_list),
    "word": ("docx", _word),
    "word table": ("docx", _word_table),
    "workbook": ("xlsx", _workbook),
    "csv": ("csv", _comma_separated),
    "pdf": ("pdf", _pdf),
}

# ---------------------------------------------------------------- numbers that are no ids

_THINGS = ("Verfahren", "Lagebild", "Umfeld", "Marktlage", "Entwicklung")
_PROSE = (
    "Viele Betreiber können heute auf Erfahrungen zurückgreifen, und die Lage hat sich verändert. Wer genau hinsieht, "
    "findet Beispiele in mehreren Branchen. Manche Fachleute meinen, dass Betreiber früher beginnen sollten. Andere "
    "sehen darin einen Trend, der wieder vergehen kann, und verweisen auf die Zahlen der letzten Jahre."
)
#: Labels that number or name something other than a requirement, beside sentences that bind.
LOOKALIKES: Mapping[str, Sequence[str]] = {
    "algorithms": ("AES-256", "SHA-512", "RSA-4096", "TLS-1.3", "HMAC-256"),
    "vulnerabilities": ("CVE-2024-1234", "CVE-2024-1235", "CVE-2023-7", "CVE-2022-99", "CVE-2021-44228"),
    "standards": ("ISO 27001", "ISO 27002", "RFC 2119", "RFC 8174", "DIN 66399"),
    "tables": ("Tabelle 1", "Tabelle 2", "Tabelle 3", "Tabelle 4", "Tabelle 5"),
    "figures": ("Abb. 4.1", "Abb. 4.2", "Abb. 4.3", "Abb. 4.4", "Abb. 4.5"),
    "dates": ("2024-03-01", "2024-04-01", "2024-05-01", "2024-06-01", "2024-07-01"),
    "German dates": ("01.03.2024", "01.04.2024", "01.05.2024", "01.06.2024", "01.07.2024"),
    "versions": ("v1.2.3", "v1.2.4", "v1.3.0", "v1.4.1", "v2.0.0"),
    "prices": ("12.50 EUR", "13.50 EUR", "14.75 EUR", "15.20 EUR", "19.99 EUR"),
    "telephones": ("+49 30 1234-01", "+49 30 1234-02", "+49 30 1234-03", "+49 30 1234-04", "+49 30 1234-05"),
    "steps": ("Schritt 1", "Schritt 2", "Schritt 3", "Schritt 4", "Schritt 5"),
    "ports": ("TCP/22", "TCP/80", "TCP/443", "TCP/3389", "TCP/5432"),
}
#: Chapter numbers of a paper: they head prose, not requirements.
CHAPTERS: Mapping[str, Sequence[str]] = {
    "one number": ("1", "2", "3", "4", "5"),
    "two numbers": ("3.1", "3.2", "3.3", "3.4", "3.5"),
    "three numbers": ("2.1.1", "2.1.2", "2.2.1", "2.2.2", "2.3.1"),
    "word": ("Kapitel 1", "Kapitel 2", "Kapitel 3", "Kapitel 4", "Kapitel 5"),
    "letter": ("A.1", "A.2", "A.3", "A.4", "A.5"),
}


def lookalikes() -> Iterator[tuple[str, Numbered]]:
    """Binding sentences whose lines begin with something that only looks like an id."""
    for form, labels in LOOKALIKES.items():
        rows = requirements(labels)
        for label in ("markdown", "text", "text, stated", "html", "word", "pdf"):
            suffix, write = FORMATS[label]
            yield f"{form}, {label}", Numbered(f"notiz.{suffix}", write("Notiz", rows), {})


def papers() -> Iterator[tuple[str, Numbered]]:
    """A paper whose chapters are numbered and whose prose now and then recommends something."""
    for form, labels in CHAPTERS.items():
        rows = [
            Requirement(one, f"{title} im Überblick", f"{_PROSE}\n\n{_PROSE}", "")
            for one, title in zip(labels, _THINGS, strict=True)
        ]
        for label in ("markdown", "text", "html", "word", "pdf"):
            suffix, write = FORMATS[label]
            yield f"{form}, {label}", Numbered(f"whitepaper.{suffix}", write("Whitepaper zur Lage", rows), {})


def aliens() -> Iterator[tuple[str, Numbered]]:
    for form, ids in ALIEN_FORMS.items():
        rows = requirements(ids)
        for label in ("markdown", "text", "html", "word"):
            suffix, write = FORMATS[label]
            yield f"{form}, {label}", Numbered(f"vorschrift.{suffix}", write("Betriebsvorschrift", rows), _gold(rows))
