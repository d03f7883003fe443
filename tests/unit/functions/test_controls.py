"""Controls of every family: id, title, level, roles, place, state and what binds in them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.functions.parts import part_of

from extract.controls import control_issues, controls_of
from grammar.control_ids import control_key
from knowledge.records import Control, ParsedPart
from knowledge.taxonomy import DocumentType, Obligation

GRUNDSCHUTZ, C5, ISO = DocumentType.BSI_GRUNDSCHUTZ, DocumentType.BSI_C5, DocumentType.ISO_27001
CSF, NIST, POLICY = DocumentType.NIST_CSF, DocumentType.NIST_800_53, DocumentType.POLICY


def headed(*headings: str, text: str, kind: DocumentType, modules: frozenset[str] = frozenset()) -> ParsedPart:
    """One section below headings; its text begins with the last of them."""
    return part_of((headings, f"{headings[-1]}\n\n{text}"), kind=kind, modules=modules, char_from=70)


def only(part: ParsedPart) -> Control:
    (control,) = controls_of(part, part.kind)
    return control


# ---------------------------------------------------------------- IT-Grundschutz


def test_a_requirement_of_the_kompendium() -> None:
    heading = "XYZ.2.1.A7 Prüfung der Übergaben (S) [Fachverantwortliche, IT-Betrieb]"
    control = only(
        headed(
            "XYZ.2.1 Übergaben",
            "Standard-Anforderungen",
            heading,
            text="Jede Übergabe SOLLTE geprüft werden. Das kann dauern.",
            kind=GRUNDSCHUTZ,
            modules=frozenset({"XYZ.2.1"}),
        )
    )
    assert (control.control_id, control.title, control.level) == ("XYZ.2.1.A7", "Prüfung der Übergaben", "S")
    assert control.roles == ("Fachverantwortliche", "IT-Betrieb")
    assert control.parent_key == "XYZ.2.1"
    assert not control.withdrawn
    assert control.issues == ()
    ((stated),) = control.obligations
    assert stated.obligation is Obligation.SHOULD
    assert control.text[stated.char_from - 70 : stated.char_to - 70] == "Jede Übergabe SOLLTE geprüft werden."


@pytest.mark.parametrize("marks", ["(H) [Planung, Betrieb]", "[Planung, Betrieb] (H)"])
def test_level_and_roles_stand_in_either_order(marks: str) -> None:
    control = only(headed(f"INF.99.A3 Türen {marks}", text="Türen SOLLTEN schließen.", kind=GRUNDSCHUTZ))
    assert (control.title, control.level, control.roles) == ("Türen", "H", ("Planung", "Betrieb"))


def test_a_heading_on_two_lines_is_read_whole() -> None:
    path = ("INF.99.A4 Brandschutz in allen Räumen (B)",)
    part = part_of((path, "INF.99.A4 Brandschutz in\nallen Räumen (B)\n\nEr MUSS sein."), kind=GRUNDSCHUTZ)
    control = only(part)
    assert (control.title, control.level) == ("Brandschutz in allen Räumen", "B")


def test_the_layer_of_the_kompendium_is_its_domain() -> None:
    assert only(headed("OPS.9.9.A1 Protokolle (B)", text="Sie MÜSSEN.", kind=GRUNDSCHUTZ)).domain == "OPS Betrieb"


@pytest.mark.parametrize(
    ("around", "heading", "text", "level"),
    [
        ("Basis-Anforderungen", "OPS.9.9.A1 Protokolle", "Sie MÜSSEN sein.", "B"),
        ("Anforderungen bei erhöhtem Schutzbedarf", "OPS.9.9.A1 Protokolle", "Sie SOLLTEN sein.", "H"),
        ("Tabelle", "OPS.9.9.A1 Protokolle", "Sie SOLLTEN sein.\n\nStufe: erhöhter Schutzbedarf", "H"),
        ("Tabelle", "OPS.9.9.A1 Protokolle", "Sie MÜSSEN sein.\n\nLevel: Basis", "B"),
        ("Tabelle", "OPS.9.9.A1 Protokolle", "Sie MÜSSEN sein. Stufe: Basis Aufwand: 2 Verweise: OPS.9.8", "B"),
        ("Tabelle", "OPS.9.9.A1", "Protokolle (S) [IT-Betrieb] Sie SOLLTEN sein.", "S"),
        ("Tabelle", "OPS.9.9.A1 | Protokolle | Standard | Sie SOLLTEN sein.", "", "S"),
        ("Anforderungen", "OPS.9.9.A1 Protokolle", "Sie MÜSSEN sein.", None),
    ],
)
def test_a_level_may_stand_elsewhere(around: str, heading: str, text: str, level: str | None) -> None:
    control = only(headed(around, heading, text=text, kind=GRUNDSCHUTZ))
    assert (control.title, control.level) == ("Protokolle", level)
    assert ("the level is missing" in control.issues) == (level is None)


def test_a_title_below_its_id_may_name_roles() -> None:
    control = only(headed("OPS.9.9.A1", text="Lange Protokolle (S) [IT-Betrieb, Planung]\n\nSie...", kind=GRUNDSCHUTZ))
    assert (control.title, control.level, control.roles) == ("Lange Protokolle", "S", ("IT-Betrieb", "Planung"))


@pytest.mark.parametrize(
    ("heading", "text", "kind"),
    [
        ("OPS.9.9.A4 ENTFALLEN (B)", "Diese Anforderung ist entfallen.", GRUNDSCHUTZ),
        ("OPS.9.9.A4 Alte Protokolle (B)", "Diese Anforderung ist entfallen.", GRUNDSCHUTZ),
        ("AC-13 SUPERVISION AND REVIEW", "[Withdrawn: Incorporated into AC-2 and AU-6.]", NIST),
        ("PR.AC-01", "Status: withdrawn", CSF),
        ("ID.BE-03", "Priorities are established and communicated", CSF),
    ],
)
def test_a_withdrawn_control_says_so(heading: str, text: str, kind: DocumentType) -> None:
    control = only(headed("Kapitel", heading, text=text, kind=kind))
    assert control.withdrawn
    assert control.issues == ()


def test_what_speaks_of_withdrawing_is_in_force() -> None:
    control = only(headed("IDM-04 Withdraw rights in time", text="Rights are withdrawn when the task ends.", kind=C5))
    assert not control.withdrawn
    assert control.title == "Withdraw rights in time"


def test_a_baustein_is_no_control_and_ends_none() -> None:
    part = part_of(
        (("CON.9 Verfahren",), "CON.9 Verfahren\n\nDer Baustein gilt.\n\n"),
        (("CON.9 Verfahren", "CON.9.A1 Regel (B)"), "CON.9.A1 Regel (B)\n\nSie MUSS gelten."),
        kind=GRUNDSCHUTZ,
    )
    assert [control.control_key for control in controls_of(part, GRUNDSCHUTZ)] == ["CON.9.A1"]


def test_requirements_of_grundschutz_plus_plus_nest() -> None:
    outer, inner = "ZEIT.1.2 Uhren", "ZEIT.1.2.1 Abgleich"
    part = part_of(
        (("ZEIT.1 Grundlagen",), "ZEIT.1 Grundlagen\n\n"),
        (
            ("ZEIT.1 Grundlagen", outer),
            f"{outer}\n\nZeit MUSS stimmen.\n\nHinweise: Sie kann abweichen.\n\n"
            "Sicherheitsniveau: normal-SdT, Aufwand: 2\n\n",
        ),
        (("ZEIT.1 Grundlagen", outer, inner), f"{inner}\n\nZeit SOLLTE abgeglichen werden.\n\nNiveau: erhöht"),
        kind=GRUNDSCHUTZ,
    )
    first, second = controls_of(part, GRUNDSCHUTZ)
    assert (first.control_key, first.level, first.parent_key) == ("ZEIT.1.2", "normal-SdT", "ZEIT.1")
    assert (second.control_key, second.level, second.parent_key) == ("ZEIT.1.2.1", "erhöht", "ZEIT.1.2")
    assert first.text.endswith("Aufwand: 2")
    assert [stated.obligation for stated in first.obligations] == [Obligation.MUST]


# ---------------------------------------------------------------- C5, CSF, SP 800-53, ISO


def test_a_criterion_of_the_c5_holds_its_criteria() -> None:
    path = ("Identity Management (IDM)", "IDM-99 Guest accounts")
    part = part_of(
        (path, "IDM-99 Guest accounts\n\n"),
        ((*path, "Basic Criterion"), "Basic Criterion\n\nGuests are registered.\n\n"),
        ((*path, "Additional Criterion"), "Additional Criterion\n\nGuests are reviewed.\n\n"),
        (("Identity Management (IDM)", "Closing words"), "Closing words\n\nNothing else."),
        kind=C5,
    )
    control = only(part)
    assert (control.title, control.level, control.domain) == (
        "Guest accounts",
        "Basic, Additional",
        "Identity Management (IDM)",
    )
    assert control.text.endswith("Guests are reviewed.")


def test_a_subcategory_is_titled_by_its_outcome() -> None:
    part = headed(
        "Function: GOVERN (GV)",
        "Oversight (GV.OV)",
        "GV.OV-01",
        text="Strategy outcomes are reviewed\n\nImplementation Examples\n\n- Measure how well it works",
        kind=CSF,
    )
    control = only(part)
    assert (control.title, control.parent_key, control.domain) == (
        "Strategy outcomes are reviewed",
        "GV.OV",
        "Oversight (GV.OV)",
    )
    assert control.obligations == ()


def test_an_enhancement_is_a_control_of_its_own() -> None:
    part = part_of(
        (("AU-5 RESPONSE",), "AU-5 RESPONSE\n\nAlert someone.\n\n"),
        (("AU-5 RESPONSE", "AU-5(1) STORAGE"), "AU-5(1) STORAGE\n\nWarn early.\n\nRelated Controls: None."),
        kind=NIST,
    )
    base, enhancement = controls_of(part, NIST)
    assert (base.control_key, base.parent_key, base.text) == ("AU-5", None, "AU-5 RESPONSE\n\nAlert someone.")
    assert (enhancement.control_key, enhancement.parent_key) == ("AU-5(1)", "AU-5")


def test_a_short_number_is_annex_a_only_there() -> None:
    part = part_of(
        (("5.1 Führung",), "5.1 Führung\n\nDie Leitung führt.\n\n"),
        (("Anhang A", "5 Organisatorische Maßnahmen", "5.1 Richtlinien"), "5.1 Richtlinien\n\nRegeln gelten.\n\n"),
        (("Organisatorisches", "5.7 Bedrohungen"), "5.7 Bedrohungen\n\nSie werden gesammelt.\n\n"),
        kind=ISO,
    )
    assert [(each.control_id, each.control_key, each.title) for each in controls_of(part, ISO)] == [
        ("5.1", "A.5.1", "Richtlinien"),
        ("5.7", "A.5.7", "Bedrohungen"),
    ]
    assert controls_of(part, DocumentType.TECHNICAL_DOC) == []


def test_a_group_of_the_older_annex_is_no_control() -> None:
    part = part_of(
        (("A.9.2 Zugänge",), "A.9.2 Zugänge\n\n"),
        (("A.9.2 Zugänge", "A.9.2.1 Anmeldung"), "A.9.2.1 Anmeldung\n\nSie ist geregelt."),
        kind=ISO,
    )
    assert [control.control_key for control in controls_of(part, ISO)] == ["A.9.2.1"]


# ---------------------------------------------------------------- catalogues of one's own


def test_an_own_catalogue_is_read_as_it_numbers() -> None:
    part = part_of(
        (("Netzrichtlinie",), "Netzrichtlinie\n\n"),
        (("NAC-07 Gäste",), "NAC-07 Gäste\n\nGäste müssen sich anmelden.\n\n"),
        (("NAC-08 Drucker",), "NAC-08 Drucker\n\nDrucker dürfen nicht ins Internet.\n\n"),
        kind=POLICY,
    )
    assert [(each.control_key, each.title) for each in controls_of(part, POLICY)] == [
        ("NAC-7", "Gäste"),
        ("NAC-8", "Drucker"),
    ]


@pytest.mark.parametrize(
    ("lines", "keys"),
    [
        (
            "R1: Konten müssen gesperrt werden.\nR2: Geräte müssen verschlüsselt sein.\nR3: Gäste dürfen nicht rein.",
            ["R1", "R2", "R3"],
        ),
        (
            "Regel 1 – Konten müssen gesperrt werden.\n\nRegel 2 – Geräte sollen neu sein.\n\nRegel 3 – Es muss sein.",
            ["REGEL1", "REGEL2", "REGEL3"],
        ),
        (
            "P-3.1 Accounts must be disabled.\nP-3.2 Devices must be encrypted.\nP-3.3 Logs should be kept.",
            ["P-3.1", "P-3.2", "P-3.3"],
        ),
        (
            "3.2.1 Konten müssen gesperrt werden.\n3.2.2 Geräte müssen verschlüsselt sein.\n3.2.3 Gäste sollen warten.",
            ["3.2.1", "3.2.2", "3.2.3"],
        ),
    ],
)
def test_a_policy_may_number_as_it_likes(lines: str, keys: list[str]) -> None:
    part = part_of((("Regeln",), f"Regeln\n\n{lines}"), kind=POLICY)
    controls = controls_of(part, POLICY)
    assert [control.control_key for control in controls] == keys
    assert controls[0].obligations[0].obligation is Obligation.MUST
    assert all(control.issues == () for control in controls)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("3.1 Ziele\nEs geht um Konten.\n3.2 Aufbau\nErst das, dann dies.\n3.3 Ende\nFertig.", POLICY),
        ("R1: Konten müssen gesperrt werden.\nDas ist alles.", POLICY),
        ("R1 ist ein Router.\nR2 ist ein Switch.\nR3 ist ein Server.", POLICY),
        ("3.2.1 Es muss sein.\n3.2.2 Es muss sein.\n3.2.3 Es muss sein.", DocumentType.WHITEPAPER),
        ("AES-256 Verschlüsselung\nText.\nRFC-2119 Wörter\nText.", POLICY),
        ("COVID-19 Regeln im Büro\nAlle müssen Abstand halten.", DocumentType.UNKNOWN),
        ("Nach ORP.4.A8 und AC-2 muss gehandelt werden.", POLICY),
    ],
)
def test_numbers_that_are_no_catalogue_open_nothing(body: str, kind: DocumentType) -> None:
    assert controls_of(part_of((("Kapitel",), f"Kapitel\n\n{body}"), kind=kind), kind) == []


# ---------------------------------------------------------------- stretches


def test_the_rest_of_a_control_from_another_part_is_no_second_one() -> None:
    part = part_of((("AC-2 ACCOUNTS",), "and the rest of its text."), kind=NIST, number=1)
    assert controls_of(part, NIST) == []


def test_a_control_named_twice_is_kept_where_its_text_is() -> None:
    part = part_of(
        (("Übersicht", "IDM-01"), "IDM-01 | Konten | geregelt\n"),
        (("IDM-01 Konten",), "IDM-01 Konten\n\nKonten werden angelegt, geprüft und gesperrt."),
        kind=C5,
    )
    assert only(part).text.endswith("gesperrt.")


def test_text_that_no_section_shows_is_in_no_control() -> None:
    part = part_of(
        (("IDM-01 Konten",), "IDM-01 Konten\n\nSie werden geprüft."),
        (("IDM-01 Konten",), "UNSICHTBAR"),
        (("IDM-01 Konten",), "Und gesperrt."),
        kind=C5,
    )
    hidden = part.model_copy(update={"sections": (part.sections[0], part.sections[2])})
    assert [control.text for control in controls_of(hidden, C5)] == ["IDM-01 Konten\n\nSie werden geprüft."]


def test_pages_are_those_the_control_stands_on() -> None:
    part = part_of((("IDM-01 Konten",), "IDM-01 Konten\n\nErst.\n\nDann."), kind=C5, page_starts=(0, 15, 22, 90))
    control = only(part)
    assert (control.page_from, control.page_to) == (1, 3)


LINES = st.lists(
    st.one_of(
        st.sampled_from(
            [
                "ORP.4.A8 Passwörter (B) [IT-Betrieb]",
                "AC-2(1) AUTOMATED MANAGEMENT",
                "IDM-01 | Konten | Basic",
                "GV.OC-01",
                "R1: Es muss sein.",
                "Konten MÜSSEN gesperrt werden.",
                "Related Controls: AC-3, AU-2.",
                "",
            ]
        ),
        st.text(max_size=40),
    ),
    min_size=1,
    max_size=8,
)


@given(st.lists(LINES, min_size=1, max_size=4), st.sampled_from(list(DocumentType)), st.integers(0, 900))
def test_every_control_is_the_text_between_its_offsets(
    bodies: list[list[str]], kind: DocumentType, char_from: int
) -> None:
    part = part_of(*(((lines[0] or "H",), "\n".join(lines) + "\n") for lines in bodies), kind=kind, char_from=char_from)
    last = char_from
    for control in controls_of(part, kind):
        assert control.text == part.text[control.char_from - char_from : control.char_to - char_from]
        assert last <= control.char_from < control.char_to
        last = control.char_to
        assert control_key(control.control_key) == control.control_key
        for stated in control.obligations:
            assert control.char_from <= stated.char_from < stated.char_to <= control.char_to


# ---------------------------------------------------------------- quality


def sound(**changes: object) -> Control:
    text = "OPS.9.9.A1 Protokolle (B)\n\nSie MÜSSEN geführt werden."
    control = only(headed("OPS.9.9.A1 Protokolle (B)", text="Sie MÜSSEN geführt werden.", kind=GRUNDSCHUTZ))
    assert control.text == text
    return control.model_copy(update=changes)


@pytest.mark.parametrize(
    ("changes", "issue"),
    [
        ({"control_id": "OPS.9.9.\nA1"}, "the id holds a blank or a soft hyphen"),
        ({"title": ""}, "the title is missing"),
        ({"text": "OPS.9.9.A1"}, "the text is empty"),
        ({"text": "OPS.9.9.A1 Protokolle (B)\n\nSie MÜSSEN geführt und"}, "the text ends in mid-sentence"),
        ({"level": None}, "the level is missing"),
        ({"obligations": ()}, "no sentence says how binding it is"),
    ],
)
def test_a_faulty_control_is_reported(changes: dict[str, object], issue: str) -> None:
    assert control_issues(sound(), GRUNDSCHUTZ) == ()
    assert issue in control_issues(sound(**changes), GRUNDSCHUTZ)


def test_other_families_have_no_level_to_miss() -> None:
    control = only(headed("AC-2 ACCOUNTS", text="Manage accounts.", kind=NIST))
    assert (control.level, control.issues) == (None, ())
