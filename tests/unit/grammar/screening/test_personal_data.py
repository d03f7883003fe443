"""Personal data is found by pattern and check digit, and the numbers of standards are left alone."""

from __future__ import annotations

from itertools import pairwise

import pytest

from grammar.screening.personal_data import find_pii


@pytest.mark.parametrize(
    ("text", "kind", "found"),
    [
        ("Schreiben Sie an jürgen.groß@müller-söhne.example.", "EMAIL", "jürgen.groß@müller-söhne.example"),
        ("mail to a.b+c@sub.example.org, please", "EMAIL", "a.b+c@sub.example.org"),
        ("IBAN DE89 3704 0044 0532 0130 00 BIC COBADEFF", "IBAN", "DE89 3704 0044 0532 0130 00"),
        ("auf GB82WEST12345698765432 überweisen", "IBAN", "GB82WEST12345698765432"),
        ("Rufen Sie +49 (0)30 901820 an", "PHONE", "+49 (0)30 901820"),
        ("Tel. 0221/4710123", "PHONE", "0221/4710123"),
        ("mobil 01511234567", "PHONE", "01511234567"),
        ("call (555) 123-4567 now", "PHONE", "(555) 123-4567"),
        ("Steuer-ID: 86 095 742 719", "TAX_ID", "86 095 742 719"),
        ("Nummer 86095742719", "TAX_ID", "86095742719"),
        ("Personalausweis L01X00T47", "ID_CARD", "L01X00T47"),
        ("Dokument L01X00T471 liegt vor", "ID_CARD", "L01X00T471"),
        ("Visa 4111 1111 1111 1111", "CREDIT_CARD", "4111 1111 1111 1111"),
        ("card 378282246310005", "CREDIT_CARD", "378282246310005"),
        ("Zugriff von 192.168.17.4.", "IP_ADDRESS", "192.168.17.4"),
        ("der Server 10.1.2.3 fiel aus", "IP_ADDRESS", "10.1.2.3"),
        ("über 2001:db8::8a2e:370:7334 erreichbar", "IP_ADDRESS", "2001:db8::8a2e:370:7334"),
    ],
)
def test_each_kind_is_found_to_the_character(text: str, kind: str, found: str) -> None:
    assert [(span.kind, text[span.start : span.end]) for span in find_pii(text)] == [(kind, found)]


@pytest.mark.parametrize(
    "text",
    [
        "DE89 3704 0044 0532 0130 01",  # check digits
        "4111 1111 1111 1112",
        "86095742718",
        "L01X00T472",
        "Abschnitt 5.1.2.3 und 12.4.1.1 gelten",
        "ISO/IEC 27001:2022, A.5.15, NIST SP 800-53 AC-2(1), ORP.4.A8",
        "am 01.02.2024 um 12:30:45 Uhr, 2024-01-15",
        "Version 2.0.13, Seite 1234 bis 1240, 10.000.000 EUR",
        "std::vector und 300.1.2.3",
        "HANDBUCH PERSONALABTEILUNG",
        "",
    ],
)
def test_what_only_looks_like_it_is_left_alone(text: str) -> None:
    assert find_pii(text) == []


def test_finds_do_not_overlap() -> None:
    spans = find_pii("4111 1111 1111 1111, 0221/4710123, DE89370400440532013000 " * 50)
    assert len(spans) == 150
    assert all(left.end <= right.start for left, right in pairwise(spans))
