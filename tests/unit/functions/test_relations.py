"""Relations: only what the text states, with the words that state it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.functions.parts import part_of

from extract.controls import controls_of
from extract.relations import relations_of
from knowledge.records import ParsedPart, Relation
from knowledge.taxonomy import DocumentType, Origin, RelationType

NIST, GRUNDSCHUTZ, POLICY = DocumentType.NIST_800_53, DocumentType.BSI_GRUNDSCHUTZ, DocumentType.POLICY
FROM = 40


def stated(part: ParsedPart) -> list[Relation]:
    return relations_of(part, controls_of(part, part.kind), part.kind)


def edges(heading: str, text: str, kind: DocumentType) -> set[tuple[str, str, str]]:
    part = part_of(((heading,), f"{heading}\n\n{text}"), kind=kind, char_from=FROM)
    return {(each.source_key, each.relation.value, each.target_key) for each in stated(part)}


def test_related_controls_are_listed() -> None:
    assert edges("AC-9 PREVIOUS LOGON", "Notify users.\n\nRelated Controls: AC-7, PL-04.", NIST) == {
        ("AC-9", "related", "AC-7"),
        ("AC-9", "related", "PL-4"),
    }


def test_a_list_goes_on_over_wrapped_lines_and_no_further() -> None:
    text = "Related Controls: AC-7, AU-2,\nPL-4, SC-7 (15),\nSI-12\nDiscussion: The text of CM-3 is near."
    assert edges("AC-9 LOGON", text, NIST) == {
        ("AC-9", "related", key) for key in ("AC-7", "AU-2", "PL-4", "SC-7(15)", "SI-12")
    } | {("AC-9", "references", "CM-3")}


def test_no_related_control_is_none() -> None:
    assert edges("AC-9 LOGON", "Notify.\n\nRelated Controls: None.", NIST) == set()


def test_links_say_what_they_are() -> None:
    text = "Zeit MUSS stimmen.\n\nVerweise: UHR.1.2 (required), ORT.3.4.1 (related), ZEIT.9.9"
    assert edges("ZEIT.1.1 Uhren", text, GRUNDSCHUTZ) == {
        ("ZEIT.1.1", "requires", "UHR.1.2"),
        ("ZEIT.1.1", "related", "ORT.3.4.1"),
        ("ZEIT.1.1", "related", "ZEIT.9.9"),
        ("ZEIT.1.1", "part_of", "ZEIT.1"),
    }


def test_lines_of_structured_formats_say_what_they_are() -> None:
    text = "Zeit MUSS stimmen.\n\nRelated: UHR.1.2, UHR.1.3\nRequired: ORT.3.4"
    assert edges("ZEIT.1.1 Uhren", text, GRUNDSCHUTZ) >= {
        ("ZEIT.1.1", "related", "UHR.1.2"),
        ("ZEIT.1.1", "related", "UHR.1.3"),
        ("ZEIT.1.1", "requires", "ORT.3.4"),
    }


def test_the_id_says_what_a_control_belongs_to() -> None:
    assert edges("AU-5(1) STORAGE", "Warn.", NIST) == {("AU-5(1)", "enhances", "AU-5")}
    assert edges("OPS.9.9.A1 Regel (B)", "Sie MUSS gelten.", GRUNDSCHUTZ) == {("OPS.9.9.A1", "part_of", "OPS.9.9")}
    assert edges("DE.CM-01", "Networks are watched", DocumentType.NIST_CSF) == {("DE.CM-1", "part_of", "DE.CM")}
    assert edges("AC-9 LOGON", "Notify.", NIST) == set()


def test_roles_stand_behind_the_title() -> None:
    heading = "OPS.9.9.A1 Regel (B) [IT-Betrieb, Leitung des Hauses]"
    part = part_of(((heading,), f"{heading}\n\nSie MUSS gelten."), kind=GRUNDSCHUTZ, char_from=FROM)
    roles = [each for each in stated(part) if each.relation is RelationType.RESPONSIBLE_ROLE]
    assert [(each.target_key, each.origin) for each in roles] == [
        ("IT-Betrieb", Origin.SOURCE),
        ("Leitung des Hauses", Origin.SOURCE),
    ]
    assert [part.text[each.char_from - FROM : each.char_to - FROM] for each in roles] == [each.target for each in roles]


def test_a_sentence_refers_to_other_controls_and_groups() -> None:
    text = (
        "Übergaben MÜSSEN geplant werden (siehe OPS.9.9.A7 Planung und Baustein CON.7). "
        "OPS.9.9.A1 gilt auch hier. Der Baustein OPS.9.9 regelt mehr."
    )
    assert edges("OPS.9.9.A1 Übergaben (B)", text, GRUNDSCHUTZ) == {
        ("OPS.9.9.A1", "part_of", "OPS.9.9"),
        ("OPS.9.9.A1", "references", "OPS.9.9.A7"),
        ("OPS.9.9.A1", "references", "CON.7"),
    }


def test_a_reference_is_proved_by_its_sentence() -> None:
    text = "Erster Satz. Gäste werden getrennt (vgl. IDM-02). Letzter Satz."
    part = part_of((("IDM-01 Konten",), f"IDM-01 Konten\n\n{text}"), kind=DocumentType.BSI_C5, char_from=FROM)
    (reference,) = [each for each in stated(part) if each.relation is RelationType.REFERENCES]
    assert part.text[reference.char_from - FROM : reference.char_to - FROM] == "Gäste werden getrennt (vgl. IDM-02)."
    assert (reference.target, reference.target_key, reference.origin) == ("IDM-02", "IDM-2", Origin.RULE)


@pytest.mark.parametrize(
    ("sentence", "relation"),
    [
        ("Diese Regel setzt ORP.4.A8 um.", "implements"),
        ("Diese Regel setzt die Einhaltung von ORP.4.A8 voraus.", "requires"),
        ("This rule implements ORP.4.A8.", "implements"),
        ("This rule supports ORP.4.A8.", "supports"),
        ("Diese Regel unterstützt ORP.4.A8.", "supports"),
        ("This rule requires ORP.4.A8 to be in place.", "requires"),
        ("Diese Regel steht im Widerspruch zu ORP.4.A8.", "conflicts"),
        ("This rule conflicts with ORP.4.A8.", "conflicts"),
        ("Diese Regel entspricht ORP.4.A8.", "maps_to"),
        ("This rule maps to the control ORP.4.A8.", "maps_to"),
        ("Diese Regel entspricht nicht ORP.4.A8.", "references"),
        ("This rule does not implement ORP.4.A8.", "references"),
        ("Diese Regel gilt neben ORP.4.A8.", "references"),
    ],
)
def test_a_sentence_states_a_relation_by_its_verb(sentence: str, relation: str) -> None:
    assert edges("NAC-07 Konten", f"Konten werden gesperrt. {sentence}", POLICY) == {("NAC-7", relation, "ORP.4.A8")}


def test_a_verb_holds_for_the_ids_that_are_listed_behind_it() -> None:
    found = edges("NAC-07 Konten", "This rule implements AC-2, AC-3 and ORP.4.A8 (see also AU-2).", POLICY)
    assert {key for _, relation, key in found if relation == "implements"} == {"AC-2", "AC-3", "ORP.4.A8"}


@pytest.mark.parametrize(
    "line",
    ["Mapping: A.5.15, A.5.18", "ISO/IEC 27001:2022: A.5.15, A.5.18", "Entspricht: ISO 27001 A.5.15 und A.5.18"],
)
def test_a_line_maps_to_other_catalogues(line: str) -> None:
    assert edges("NAC-07 Konten", f"Konten werden gesperrt.\n\n{line}", POLICY) == {
        ("NAC-7", "maps_to", "A.5.15"),
        ("NAC-7", "maps_to", "A.5.18"),
    }


def test_a_colon_behind_a_standards_name_maps_nothing_by_itself() -> None:
    line = "NIST SP 800-53: die Kontrolle AC-2 gilt in der Cloud nur eingeschränkt"
    assert edges("NAC-07 Konten", f"Konten werden gesperrt.\n\n{line}", POLICY) == {("NAC-7", "references", "AC-2")}


def test_the_rows_of_a_mapping_table_map() -> None:
    table = "NIST | ISO | Thema\nAC-2 | A.5.16, A.5.18 | Konten\nAC-3 | AC-6 | Rechte\nAU-2 | ORP.4.A8 |"
    part = part_of((("Zuordnung",), f"Zuordnung\n\n{table}"), kind=POLICY)
    assert {(each.source_key, each.relation.value, each.target_key) for each in stated(part)} == {
        ("AC-2", "maps_to", "A.5.16"),
        ("AC-2", "maps_to", "A.5.18"),
        ("AU-2", "maps_to", "ORP.4.A8"),
    }


def test_a_stated_relation_makes_a_plain_mention_superfluous() -> None:
    assert edges("AC-9 LOGON", "See AC-7 for failures.\n\nRelated Controls: AC-7.", NIST) == {
        ("AC-9", "related", "AC-7")
    }


LINES = st.lists(
    st.one_of(
        st.sampled_from(
            [
                "AC-2(1) MANAGEMENT",
                "ORP.4.A8 Passwörter (B) [IT-Betrieb]",
                "Related Controls: AC-3,",
                "AU-2, AU-3",
                "Verweise: DET.1.1 (required)",
                "Diese Regel setzt AC-2 um. Siehe CON.1.",
                "AC-2 | A.5.1",
                "",
            ]
        ),
        st.text(max_size=30),
    ),
    min_size=1,
    max_size=10,
)


@given(LINES, st.sampled_from(list(DocumentType)))
def test_every_relation_is_proved_within_the_part_and_stated_once(lines: list[str], kind: DocumentType) -> None:
    part = part_of(((lines[0],), "\n".join(lines)), kind=kind, char_from=FROM)
    found = stated(part)
    for each in found:
        assert FROM <= each.char_from < each.char_to <= FROM + len(part.text)
        assert each.source_key != each.target_key
        if each.relation not in {RelationType.PART_OF, RelationType.ENHANCES}:
            assert each.target in part.text[each.char_from - FROM : each.char_to - FROM]
    edge = [(each.source_key, each.relation, each.target_key) for each in found]
    assert len(edge) == len(set(edge))
