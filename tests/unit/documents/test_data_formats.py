"""JSON and XML of any shape: structure where the data has it, readable lines where it has not."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.unit.documents.builders import assert_sound, body, headings, section
from tests.unit.documents.structured_samples import GENERIC_XML, TYPED_JSON, as_json

from documents import BrokenDocument, EmptyDocument, Limits, ParsedDocument, TooLarge, parse


def from_json(value: Any) -> ParsedDocument:
    document = parse(as_json(value), "x.json")
    assert_sound(document)
    return document


def from_xml(text: str) -> ParsedDocument:
    document = parse(text.encode(), "x.xml")
    assert_sound(document)
    return document


def test_typed_blocks_are_headings_paragraphs_and_items() -> None:
    document = from_json(TYPED_JSON)
    assert document.title == "HFN.2 Lager"
    assert section(document, "HFN.2.A1").heading_path == (
        "HFN.2 Lager",
        "Anforderungen",
        "HFN.2.A1 Schloss (B) [Lotse]",
    )
    assert body(document, "HFN.2.A1").endswith("Der Schlüssel liegt beim Lotsen.\n\n- nachts\n- sonntags")


def test_an_entry_that_repeats_a_section_is_left_out_and_said_so() -> None:
    document = from_json(TYPED_JSON)
    assert document.text.count("Das Lager MUSS verschlossen sein.") == 1
    assert document.warnings == ("1 entries that only repeat what another section says were left out.",)
    assert body(document, "HFN.2.A2") == "HFN.2.A2 Licht (S)\n\nStatus: withdrawn\n\nEs brennt kein Licht."


def test_an_entry_that_adds_something_to_a_section_stays() -> None:
    value = json.loads(json.dumps(TYPED_JSON))
    value["bausteine"][0]["anforderungen"][0]["text"] += " Auch am Tag."
    assert from_json(value).text.count("Auch am Tag.") == 1


@pytest.mark.parametrize(
    ("record", "heading", "rest"),
    [
        ({"id": "K-1", "title": "Crane", "text": "It lifts."}, "K-1 Crane", "It lifts."),
        ({"number": "4.2", "heading": "Scope", "body": "All."}, "4.2 Scope", "All."),
        ({"id": "K-2", "requirement": "It holds."}, "K-2", "It holds."),
        ({"code": "K-3", "name": "K-3 Rope", "text": "It binds."}, "K-3 Rope", "It binds."),
        ({"title": "Cranes", "description": "They lift."}, "Cranes", "They lift."),
        (
            {"id": "K-4", "title": "Net", "stufe": "hoch", "rollen": ["A", "B"]},
            "K-4 Net",
            "Level: hoch\nResponsible: A, B",
        ),
        (
            {"id": "K-5", "title": "Hook", "text": "One.\n\nTwo.", "mandatory": True},
            "K-5 Hook",
            "One.\n\nTwo.\n\nmandatory: true",
        ),
    ],
)
def test_records_become_sections(record: dict[str, Any], heading: str, rest: str) -> None:
    document = from_json({"title": "List", "entries": [record]})
    assert headings(document) == ["List", heading]
    assert body(document, heading) == f"{heading}\n\n{rest}"


def test_a_uuid_is_no_id() -> None:
    record = {"id": "9b2f7c1e-1111-4222-8333-444455556666", "title": "Crane", "text": "It lifts."}
    assert headings(from_json([record])) == ["Crane"]


def test_nested_records_nest() -> None:
    document = from_json(
        {
            "title": "Yard",
            "areas": [{"id": "Y-1", "title": "Quay", "rules": [{"id": "Y-1.1", "title": "Rope", "text": "Tie."}]}],
        }
    )
    assert section(document, "Y-1.1").heading_path == ("Yard", "Y-1 Quay", "Y-1.1 Rope")


def test_rows_of_short_values_are_lines_under_their_name() -> None:
    document = from_json(
        {"title": "Map", "text": "All.", "rows": [{"from": "A-1", "to": "B-2"}, {"from": "A-2", "to": ""}]}
    )
    assert body(document, "rows") == "rows\n\nfrom: A-1 | to: B-2\nfrom: A-2"


def test_plain_values_are_named_and_keep_their_spelling() -> None:
    text = from_json({"version": 1.10, "max_users": 12, "tags": ["a", "b"], "ok": True, "none": None}).text
    assert text == "version: 1.1\nmax users: 12\ntags: a, b\nok: true"
    assert parse(b'{"version": 1.10}', "x").text == "version: 1.10"


def test_json_lines() -> None:
    assert headings(parse(b'{"id": "K-1", "text": "It lifts."}\n{"id": "K-2", "text": "It holds."}\n', "x.jsonl")) == [
        "K-1",
        "K-2",
    ]


@pytest.mark.parametrize("data", [b"{}", b"[]", b'{"a": [null, ""]}', b"<a/>"])
def test_data_without_words_is_empty(data: bytes) -> None:
    with pytest.raises(EmptyDocument):
        parse(data, "leer.xml" if data.startswith(b"<") else "leer.json")


@pytest.mark.parametrize("data", [b'{"a": 1,', b'{"a": "\xff', b'["a" "b"]'])
def test_json_that_is_cut_off_is_broken_where_its_name_promises_json(data: bytes) -> None:
    with pytest.raises(BrokenDocument, match=r"x\.json .*stops being JSON at line 1"):
        parse(data, "x.json")


@pytest.mark.parametrize("depth", [150, 5_000, 200_000])
def test_data_may_not_nest_without_end(depth: int) -> None:
    with pytest.raises(TooLarge, match="nested"):
        parse(b"[" * depth + b"1" + b"]" * depth, "x")
    with pytest.raises(TooLarge, match="nested"):
        parse(b"<?xml version='1.0'?>" + b"<a>" * depth + b"x" + b"</a>" * depth, "x")


def test_limits_hold() -> None:
    many = {"values": [{"a": "b"}] * 600}
    with pytest.raises(TooLarge, match="values"):
        parse(as_json(many), "x", Limits(max_nodes=1000))
    with pytest.raises(TooLarge, match="elements"):
        parse(f"<?xml version='1.0'?><a>{'<b>c</b>' * 600}</a>".encode(), "x", Limits(max_nodes=500))
    with pytest.raises(TooLarge, match="longer than 0 seconds"):
        parse(as_json(many), "x", Limits(max_seconds=0))


def test_generic_xml() -> None:
    document = from_xml(GENERIC_XML)
    assert document.format == "xml"
    assert headings(document) == ["Storage Policy", "STO-01 Locks", "STO-02 Lamps"]
    assert body(document, "STO-01") == "STO-01 Locks\n\nEvery store has a lock.\n\nLevel: high"
    assert "site: A, B" in body(document, "STO-02")
    assert body(document, "Storage Policy").endswith("owner: Harbour Office\nmapping: from: STO-01 | to: HF-2")


@pytest.mark.parametrize(
    "bomb",
    [
        '<!DOCTYPE a [<!ENTITY x "lol"><!ENTITY y "&x;&x;&x;&x;">]><a>&y;</a>',
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
    ],
)
def test_entities_are_refused(bomb: str) -> None:
    with pytest.raises(BrokenDocument, match="entities"):
        parse(f'<?xml version="1.0"?>{bomb}'.encode(), "x.xml")


def test_a_missing_or_wrong_encoding_is_found_out() -> None:
    for head in ("", '<?xml version="1.0"?>', '<?xml version="1.0" encoding="UTF-8"?>'):
        assert parse(f"{head}<a><p>Größe</p></a>".encode("cp1252"), "x.xml").text == "Größe"
    wide = '<?xml version="1.0" encoding="UTF-16"?><a><p>Größe</p></a>'.encode("utf-16")
    assert parse(wide, "x.xml").text == "Größe"


@pytest.mark.parametrize("data", [b"<?xml version='1.0'?><a><b></a>", b"<?xml version='1.0'?><a>", b"<?xml"])
def test_xml_that_is_not_well_formed_is_broken(data: bytes) -> None:
    with pytest.raises(BrokenDocument, match=r"x\.xml"):
        parse(data, "x.xml")
