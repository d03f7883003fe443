"""Sentences of an answer against what they cite."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.client.fake_api import answered

from wissen.client.records import Answer
from wissen_eval import claims
from wissen_eval.text_rules import TextRules

RULES = TextRules()
QUOTE = "Die Leitstelle MUSS jede Störung innerhalb von 4 Stunden an den Bereitschaftsdienst melden."


def answer(text: str, *quotes: str, **members: Any) -> Answer:
    cited = [
        {"n": number, "document_id": "d", "quote": quote, "control_id": "KEN.1.A7"} | members
        for number, quote in enumerate(quotes, start=1)
    ]
    return Answer.read(answered(answer=text, citations=cited))


def texts(given: Answer) -> list[tuple[str, tuple[int, ...]]]:
    return [(claim.text, tuple(one.n for one in claim.citations)) for claim in claims.claims(given, RULES)]


def only(given: Answer) -> claims.Claim:
    (claim,) = claims.claims(given, RULES)
    return claim


def test_a_marker_speaks_for_the_sentences_before_it() -> None:
    given = answer("Das Tor ist zu. Die Tür bleibt offen. [1] Das Fenster auch [2].", "q", "r")
    assert texts(given) == [("Das Tor ist zu.", (1,)), ("Die Tür bleibt offen.", (1,)), ("Das Fenster auch.", (2,))]


def test_several_markers_and_one_amid_a_sentence() -> None:
    given = answer("Siehe [12] im Anhang des Vertrags. [1][2]\n\nOhne Beleg bleibt das.", "q", "r")
    assert texts(given) == [("Siehe [12] im Anhang des Vertrags.", (1, 2)), ("Ohne Beleg bleibt das.", ())]


def test_headings_leads_and_table_heads_claim_nothing() -> None:
    table = "| Punkt | Erste | Zweite |\n|---|---|---|\n| Frist | Vier Wochen [1] | Keine [2] |"
    text = f"# Vergleich\nDazu gehört:\n\n{table}"
    assert texts(answer(text, "q", "r")) == [("Vier Wochen", (1,)), ("Keine", (2,))]


def test_a_copied_sentence_is_supported_and_drifts_nowhere() -> None:
    claim = only(answer(f"{QUOTE} [1]", "Vorab gilt. " + QUOTE.replace("Störung", "Stö\u00adrung")))
    assert claims.copied(claim)
    assert claims.supported(claim, RULES)
    assert claims.drift(claim, RULES) == []


@pytest.mark.parametrize(
    ("sentence", "how"),
    [
        ("Die Leitstelle SOLLTE jede Störung innerhalb von 4 Stunden melden.", "states should"),
        ("Die Leitstelle meldet jede Störung innerhalb von 4 Stunden.", "leaves out must"),
        ("Die Leitstelle DARF Störungen NICHT innerhalb von 4 Stunden melden.", "states must_not"),
        ("Die Leitstelle MUSS jede Störung innerhalb von 24 Stunden melden.", "number 24"),
        ("Die Leitstelle MUSS nach KEN.1.A8 jede Störung innerhalb von vier Stunden melden.", "control KEN.1.A8"),
    ],
)
def test_drift_is_named(sentence: str, how: str) -> None:
    claim = only(answer(f"{sentence} [1]", QUOTE))
    assert how in claims.drift(claim, RULES)
    assert not claims.supported(claim, RULES)


def test_another_wording_is_supported_when_it_keeps_what_counts() -> None:
    text = "Nach KEN.1.A7 MUSS die Leitstelle Störungen in vier Stunden dem Bereitschaftsdienst melden. [1]"
    claim = only(answer(text, QUOTE))
    assert claims.drift(claim, RULES) == []
    assert claims.supported(claim, RULES)


def test_what_is_not_cited_is_unsupported() -> None:
    assert not claims.supported(only(answer(QUOTE, QUOTE)), RULES)
    other = only(answer("Der Zaun ist aus Holz und grün gestrichen. [1]", QUOTE))
    assert not claims.supported(other, RULES)
