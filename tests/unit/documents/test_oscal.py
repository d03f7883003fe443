"""OSCAL: JSON and XML read alike, in the words and with the ids that readers know."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from tests.unit.documents.builders import assert_sound, body, headings, section
from tests.unit.documents.structured_samples import (
    CATALOG,
    CATALOG_XML,
    GERMAN_CATALOG,
    PROFILE,
    PROFILE_XML,
    as_json,
    item,
    prop,
)

from documents import BrokenDocument, ParsedDocument, TooLarge, parse


def catalog(value: Any = CATALOG) -> ParsedDocument:
    document = parse(as_json(value), "katalog.json")
    assert_sound(document)
    return document


def with_control(**fields: Any) -> ParsedDocument:
    return catalog({"catalog": {"metadata": {"title": "T"}, "controls": [{"id": "x-1", "title": "One", **fields}]}})


def test_json_and_xml_say_the_same() -> None:
    from_json, from_xml = catalog(), parse(CATALOG_XML.encode(), "katalog.xml")
    assert_sound(from_xml)
    assert from_xml.text == from_json.text
    assert from_xml.sections == from_json.sections
    assert from_xml.metadata == from_json.metadata
    assert (from_json.format, from_xml.format) == ("oscal_json", "oscal_xml")


def test_profiles_say_the_same_and_list_what_they_import() -> None:
    document = parse(as_json(PROFILE), "p.json")
    assert document.text == parse(PROFILE_XML.encode(), "p.xml").text
    listed = body(document, "Import: harbour_catalog.json")
    assert "Included controls:\n- HF-2\n- HF-2(1)" in listed
    assert "by pattern: xy-*" in listed
    assert "Excluded controls:\n- HF-3" in listed
    assert "hf-2_prm_2: month" in body(document, "Parameters")
    assert "Discussion: The night begins at 22:00." in body(document, "HF-2(1)")


def test_a_control_reads_like_the_printed_standard() -> None:
    assert body(catalog(), "HF-2 Berth") == (
        "HF-2 Berth Access\n\n"
        "a. Admit [Assignment: organization-defined guards] to the berth ; and\n"
        "b. Review the list:\n"
        "1. every [Assignment: organization-defined frequency];\n"
        "2. [Selection (one or more): by badge; after [Assignment: organization-defined guards]].\n\n"
        "Discussion: A berth is a place for one ship. It holds:\n\n"
        "- lines\n- fenders\n\n"
        "That is the end of it.\n\n"
        "Related: HF-3, XY-4(2)\n"
        "References: Tide Tables"
    )


def test_sections_nest_as_groups_and_controls_do() -> None:
    document = catalog()
    assert section(document, "HF-2(1)").heading_path == (
        "Harbour Rules",
        "HF Harbour Facilities",
        "HF-2 Berth Access",
        "HF-2(1) Night Access",
    )
    assert headings(document)[-2:] == ["HF-3 Mooring Lines", "References"]
    assert document.title == "Harbour Rules"
    assert document.metadata == {
        "author": "Harbour Office",
        "created": "2026-03-01",
        "modified": "2026-04-02",
        "version": "3.1",
    }


def test_an_enhancement_does_not_repeat_that_it_needs_its_base() -> None:
    assert body(catalog(), "HF-2(1)").endswith("Required: HF-3")


def test_a_withdrawn_control_says_where_it_went() -> None:
    assert body(catalog(), "HF-3") == (
        "HF-3 Mooring Lines\n\nStatus: withdrawn\n\nIncorporated into: HF-2b\nMoved to: HF-2(1)"
    )


def test_a_german_catalog_has_german_words() -> None:
    document = catalog(GERMAN_CATALOG)
    assert headings(document) == ["Hafenkatalog", "HFN Hafen", "HFN.1 Grundlagen", "HFN.1.1 Verfahren"]
    assert "Die Praktik Hafen schützt" in body(document, "HFN Hafen")
    assert body(document, "HFN.1.1") == (
        "HFN.1.1 Verfahren\n\n"
        "Der Hafen SOLLTE die Verfahren [regelmäßig] prüfen.\n\n"
        "Hinweise: Das ist für die Sicherheit der Anlagen wichtig.\n\n"
        "Sicherheitsniveau: erhöht, Aufwand: 3\n"
        "Schlagworte: Zutritt\n\n"
        "Related: SENS.4.2\n"
        "Required: HFN.2.1"
    )


@pytest.mark.parametrize(
    ("control", "heading"),
    [
        ({"id": "ab-7.3"}, "AB-7(3) One"),
        ({"id": "ab-7", "props": [prop("label", "AB-07(03)", "zero-padded")]}, "AB-7(3) One"),
        ({"id": "CT.AA-01", "title": "CT.AA-01", "props": [prop("label", "CT.AA-01")]}, "CT.AA-01"),
        ({"id": "CT.AA", "props": [prop("label", "One (CT.AA)")]}, "One (CT.AA)"),
        ({"id": "A.5.7", "props": [prop("label", "5.7")]}, "A.5.7 One"),
        ({"id": "x", "props": [prop("label", "K-1")], "title": "K-1 Crane"}, "K-1 Crane"),
    ],
)
def test_controls_are_headed_by_the_id_that_readers_write(control: dict[str, Any], heading: str) -> None:
    assert headings(with_control(**control)) == ["T", heading]


def test_examples_share_one_line_that_announces_them() -> None:
    parts = [{"name": "example", "prose": "Count."}, {"name": "example", "prose": "Weigh."}]
    assert with_control(parts=parts).text.endswith("Implementation examples:\n- Count.\n- Weigh.")


def test_parts_of_other_names_say_what_they_are() -> None:
    objective = {
        "name": "assessment-objective",
        "props": [prop("label", "X-01", "sp800-53a")],
        "parts": [
            {"name": "assessment-objective", "props": [prop("label", "X-01[01]", "sp800-53a")], "prose": "it is so;"}
        ],
    }
    text = with_control(parts=[objective, {"name": "local_remark", "prose": "Ask."}]).text
    assert text.endswith("Assessment objective:\n\nX-01[01] it is so;\n\nLocal remark: Ask.")


def test_a_parameter_with_a_value_says_it_and_an_unknown_one_its_id() -> None:
    params = [{"id": "p", "label": "time", "values": ["a day"], "constraints": [{"description": "at most two"}]}]
    statement = {"name": "statement", "prose": "Within {{ insert: param, p }} or {{insert: param, q}}."}
    text = with_control(params=params, parts=[statement]).text
    assert "Within [Assignment: a day (at most two)] or [Assignment: q]." in text


def test_parameters_that_refer_to_each_other_end() -> None:
    params = [
        {"id": f"p{number}", "select": {"choice": [f"{{{{ insert: param, p{number + 1} }}}}"] * 9}}
        for number in range(12)
    ]
    statement = {"name": "statement", "prose": "{{ insert: param, p0 }}"}
    with pytest.raises(TooLarge, match=r"katalog\.json .*parameters"):
        with_control(params=params, parts=[statement])
    with pytest.raises(TooLarge, match="without end"):
        with_control(
            params=[{"id": "p", "label": "{{ insert: param, p }}"}],
            parts=[{**statement, "prose": "{{ insert: param, p }}"}],
        )


def test_what_is_of_the_wrong_type_is_passed_over() -> None:
    value = copy.deepcopy(CATALOG)
    value["catalog"]["groups"][0]["controls"][0]["props"] = "nothing"
    value["catalog"]["groups"][0]["controls"].append(7)
    value["catalog"]["groups"][0]["controls"][0]["parts"].append({"name": ["x"], "prose": 3, "parts": None})
    assert headings(catalog(value))[2] == "HF-2 Berth Access"


def test_the_statement_comes_first_and_headings_in_prose_are_lines() -> None:
    parts = [
        {"name": "guidance", "prose": "## Why\nBecause of **wind**.\n\n| a | b |\n|---|---|\n| 1 | 2 |"},
        {"name": "statement", "prose": "Tie it."},
    ]
    assert with_control(parts=parts).text.endswith("Tie it.\n\nDiscussion: Why\nBecause of wind.\n\na | b\n1 | 2")


def test_a_catalog_without_controls_is_broken() -> None:
    with pytest.raises(BrokenDocument, match=r"leer\.json .*without controls"):
        parse(as_json({"catalog": {"metadata": {"title": "T"}}}), "leer.json")


def test_long_catalogs_nest_no_deeper_than_the_limit() -> None:
    deep: dict[str, Any] = {"id": "g", "title": "G"}
    for _ in range(200):
        deep = {"id": "g", "title": "G", "groups": [deep]}
    with pytest.raises(TooLarge, match="nested"):
        parse(json.dumps({"catalog": {"metadata": {}, "groups": [deep]}}).encode(), "tief.json")


def test_items_of_a_statement_with_prose_follow_it() -> None:
    statement = {"name": "statement", "prose": "Do:", "parts": [item("(a)", "one"), item("(b)", "two")]}
    assert with_control(parts=[statement]).text.endswith("Do:\n(a) one\n(b) two")
