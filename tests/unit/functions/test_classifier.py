"""Which kind of document a text is."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classify.classifier import SURE, Classification, classify, classify_by_rules
from documents import parse
from knowledge.taxonomy import DocumentType

CHECKOUT = Path(__file__).resolve().parents[3]
GOLDEN = Path(os.environ.get("WISSEN_GOLDEN_DIR", CHECKOUT.parent / "shared" / "data" / "compliance"))
READ = {"md", "txt", "docx", "pdf"}

BAUSTEIN = """INF.99.1 Serverschrank
1 Beschreibung
Der Baustein ist Teil des IT-Grundschutz-Kompendiums und beschreibt einen Schrank.
2 Gefährdungslage
Da sich Schränke öffnen lassen, sind Gefährdungen möglich.
3 Anforderungen
3.1 Basis-Anforderungen
INF.99.1.A1 Verschluss des Schranks (B)
Der Schrank MUSS verschlossen werden.
INF.99.1.A2 Lüftung (B)
Der Schrank MUSS belüftet werden.
3.2 Standard-Anforderungen
INF.99.1.A3 Beschriftung (S)
Der Schrank SOLLTE beschriftet werden.
"""
C5 = """Cloud Computing Compliance Criteria Catalogue – extract
XYZ-01 Inventory of things
Basic Criterion
The cloud service provider keeps an inventory of things.
Additional Criterion
The inventory is reviewed by the cloud service provider every year.
XYZ-02 Return of things
Basic Criterion
Things are returned.
"""
ISO = """Statement of applicability, ISO/IEC 27001:2022
Annex A controls and how they are applied
A.5.7 Threat intelligence: applicable
A.5.9 Inventory of information: applicable
A.8.13 Information backup: applicable
A.8.24 Use of cryptography: applicable
"""
CSF = """NIST Cybersecurity Framework profile of our plant
GOVERN
GV.OC-01 The mission is understood.
GV.RM-02 Risk appetite is stated.
IDENTIFY
ID.AM-01 Hardware is inventoried.
PROTECT
PR.AA-01 Identities are managed.
"""
SP800_53 = """Extract of NIST SP 800-53 Revision 5
AC-99 Imaginary Access
The organization limits access to [Assignment: organization-defined personnel].
AC-99(1) Imaginary Access | Automation
Supporting controls: AC-2, AU-6, IA-2, SC-7.
"""
WHITEPAPER = """Resilient Factories: a white paper
Authors: two people. Contributors: many more.
Executive summary
We argue that factories survive incidents when they practise.
Rationale
We recommend best practices that the working group collected.
References
"""
TECHNICAL = """# Installing the collector
Install the package and enable the service:
```
sudo apt install collector
sudo systemctl enable collector --now
```
The configuration lives in /etc/collector/collector.toml. Configure the endpoint with `--listen=127.0.0.1:9000`.
"""
FAQ = """# Häufig gestellte Fragen zum VPN
## Wie melde ich mich am VPN an?
Mit der Karte.
## Was mache ich, wenn die Karte verloren ging?
Die Hotline anrufen.
## Darf ich das VPN im Ausland benutzen?
Ja.
"""
POLICY = """Richtlinie zur Nutzung mobiler Geräte
1 Geltungsbereich
Diese Richtlinie gilt für alle Beschäftigten. Sie folgt ISO/IEC 27001 und dem IT-Grundschutz.
2 Regelungen
Mobile Geräte MÜSSEN gesperrt werden, wenn niemand sie benutzt.
3 Inkrafttreten
Diese Richtlinie tritt am 1. März in Kraft. Freigegeben durch die Geschäftsführung.
"""
ENGLISH_POLICY = """Clear Desk Policy
Scope of this policy
This policy applies to everybody who works in our offices.
Rules
Papers must be locked away at night. Screens should be locked.
Policy owner: facility management
"""
LETTER = """Liebe Nachbarn,
am Samstag feiern wir unser Sommerfest. Bringt Kuchen mit und gute Laune.
Herzliche Grüße
"""


@pytest.mark.parametrize(
    ("text", "name", "kind"),
    [
        (BAUSTEIN, "inf.txt", DocumentType.BSI_GRUNDSCHUTZ),
        (C5, "extract.md", DocumentType.BSI_C5),
        (ISO, "soa.txt", DocumentType.ISO_27001),
        (CSF, "profile.txt", DocumentType.NIST_CSF),
        (SP800_53, "extract.txt", DocumentType.NIST_800_53),
        (WHITEPAPER, "factories.md", DocumentType.WHITEPAPER),
        (TECHNICAL, "README.md", DocumentType.TECHNICAL_DOC),
        (FAQ, "vpn.md", DocumentType.FAQ),
        (POLICY, "mobile.txt", DocumentType.POLICY),
        (ENGLISH_POLICY, "desk.txt", DocumentType.POLICY),
        (LETTER, "brief.txt", DocumentType.UNKNOWN),
    ],
)
def test_the_rules_know_each_type(text: str, name: str, kind: DocumentType) -> None:
    found = classify_by_rules(text, name)
    assert found.type is kind, found


def test_a_reason_names_its_evidence_and_quotes_nothing() -> None:
    found = classify_by_rules(POLICY, "mobile.txt")
    assert "policy" in found.reasoning
    assert "Beschäftigten" not in found.reasoning


def test_more_evidence_makes_surer() -> None:
    assert (
        classify_by_rules(BAUSTEIN, "a.txt").confidence > classify_by_rules("Siehe IT-Grundschutz.", "a.txt").confidence
    )


@given(st.text(max_size=500), st.text(max_size=40))
def test_any_text_has_a_type_and_a_confidence(text: str, name: str) -> None:
    found = classify_by_rules(text, name)
    assert 0 <= found.confidence <= 1
    assert (found.type is DocumentType.UNKNOWN) == (found.confidence == 0)


@pytest.mark.timeout(20)
def test_a_large_text_is_classified_in_time() -> None:
    for line in ("x", "Was ist das?\n", "a " * 40, "\n", "policy ", "# "):
        classify_by_rules((line * 200_000)[:200_000], "large.txt")


def unasked(text: str) -> Classification:
    raise AssertionError("the gateway was asked although the rules were sure")


def test_sure_rules_do_not_ask_the_gateway() -> None:
    assert classify(POLICY, "mobile.txt", unasked).type is DocumentType.POLICY


UNSURE = "Wir empfehlen Handschuhe."


def test_unsure_rules_give_way_to_what_is_surer() -> None:
    ruled = classify_by_rules(UNSURE, "a.txt")
    assert ruled.confidence < SURE
    similar = Classification(DocumentType.FAQ, 0.9, "similar")
    assert classify(UNSURE, "a.txt", lambda text: similar) == similar


def test_unsure_rules_stand_against_what_is_less_sure() -> None:
    ruled = classify_by_rules(UNSURE, "a.txt")
    similar = Classification(DocumentType.FAQ, ruled.confidence / 2, "similar")
    assert classify(UNSURE, "a.txt", lambda text: similar) == ruled


def test_without_the_gateway_the_rules_stand() -> None:
    assert classify(UNSURE, "a.txt", lambda text: None) == classify_by_rules(UNSURE, "a.txt")
    assert classify(LETTER, "brief.txt", lambda text: None).type is DocumentType.UNKNOWN


def manifest() -> list[dict[str, Any]]:
    lines = (GOLDEN / "manifest.jsonl").read_text(encoding="utf-8").splitlines()
    return [row for row in map(json.loads, lines) if row["format"] in READ]


@pytest.mark.golden
@pytest.mark.skipif(not (GOLDEN / "manifest.jsonl").is_file(), reason=f"no evaluation data in {GOLDEN}")
def test_accuracy_of_the_rules_alone_on_the_evaluation_data() -> None:
    rows, wrong = manifest(), []
    for row in rows:
        path = GOLDEN / row["path"]
        found = classify_by_rules(parse(path.read_bytes(), path.name).text, path.name)
        if found.type != row["expected_type"]:
            wrong.append((row["path"], found))
    assert 1 - len(wrong) / len(rows) >= 0.9, wrong
