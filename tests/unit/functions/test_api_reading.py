"""Reading, correcting and deleting documents, and the graph, through the API."""

from __future__ import annotations

from uuid import UUID

import pytest
from tests.fakes.examples import ACCESS, ORG
from tests.unit.functions.http import CLASSIFY_QUEUE, Api

from knowledge.bucket import document_prefixes, text_key
from knowledge.messages import ReprocessDocument
from knowledge.records import (
    ClassifiedDocument,
    Control,
    Embeddings,
    ExtractedPart,
    HiddenText,
    ParsedSection,
    ParsedText,
    Relation,
    StatedObligation,
)
from knowledge.taxonomy import PIPELINE_VERSION, DocumentType, Language, Obligation, Origin, RelationType

TEXT = "Policy\n\nNAC-01 Access\nAccess MUST be reviewed. See NAC-02."
CONTROL = Control(
    control_id="NAC-01",
    control_key="NAC-1",
    title="Access",
    char_from=8,
    char_to=len(TEXT),
    text=TEXT[8:],
    obligations=(StatedObligation(char_from=22, char_to=46, obligation=Obligation.MUST),),
    issues=("it has no level",),
)
RELATION = Relation(
    source_key="NAC-1",
    relation=RelationType.REFERENCES,
    target_key="NAC-2",
    target="NAC-02",
    origin=Origin.RULE,
    char_from=TEXT.index("See"),
    char_to=len(TEXT),
)
SECTIONS = (
    ParsedSection(heading_path=("Policy",), char_from=0, char_to=6, page_from=None, page_to=None),
    ParsedSection(
        heading_path=("Policy", "NAC-01 Access"), char_from=8, char_to=len(TEXT), page_from=None, page_to=None
    ),
)
NOBODY = UUID("00000000-0000-4000-8000-0000000000ff")


def searchable(api: Api, visibility: str = "organisation") -> UUID:
    """A searchable document with one control and one edge, and its bytes and text in the bucket."""
    body = {"filename": "policy.md", "size": 60, "sha256": "ab" * 32, "visibility": visibility}
    document = UUID(api.post("/v1/documents", body).body["document_id"])
    api.documents.start(ACCESS, document)
    found = ClassifiedDocument(
        title="Policy",
        mime_type="text/markdown",
        language=Language.ENGLISH,
        type=DocumentType.POLICY,
        type_confidence=0.4,
        type_reasoning="titled as a policy",
        pages=None,
        parts=1,
        pipeline_version=PIPELINE_VERSION,
        object_key="k",
        expected_keys=("NAC-1", "NAC-7"),
        hidden=(HiddenText(char_from=6, char_to=8, reason="white on white"),),
    )
    api.documents.classified(ACCESS, document, found)
    part = ExtractedPart(
        chunks=(), embeddings=Embeddings(model="m", vectors=()), controls=(CONTROL,), relations=(RELATION,)
    )
    api.documents.store_part(ACCESS, document, 0, pipeline_version=PIPELINE_VERSION, extracted=part)
    assert api.documents.publish(ACCESS, document, PIPELINE_VERSION)
    stored = ParsedText(text=TEXT, sections=SECTIONS).model_dump_json().encode()
    api.bucket.put(text_key(ORG, document, PIPELINE_VERSION), stored, "application/json")
    return document


def test_gaps_issues_and_hidden_text_are_shown() -> None:
    api = Api()
    shown = api.get(f"/v1/documents/{searchable(api)}").body
    assert shown["status"] == "searchable_with_gaps"
    assert shown["controls"]["missing"] == ["NAC-7"]
    assert shown["issues"] == [{"control_id": "NAC-01", "issue": "it has no level"}]
    assert shown["hidden_characters"] == 2


def test_controls_and_relations_of_a_document_are_shown_with_their_words() -> None:
    api = Api()
    document = searchable(api)
    (control,) = api.get(f"/v1/documents/{document}/controls").body["controls"]
    assert (control["control_key"], control["parent"], control["text"]) == ("NAC-1", None, TEXT[8:])
    assert control["obligations"] == [{"char_from": 22, "char_to": 46, "obligation": "must"}]
    (relation,) = api.get(f"/v1/documents/{document}/relations").body["relations"]
    assert (relation["source"], relation["relation"], relation["target"]) == ("NAC-1", "references", "NAC-2")
    assert relation["evidence"]["quote"] == "See NAC-02."
    assert api.get(f"/v1/documents/{document}/entities").body == {"entities": []}


@pytest.mark.parametrize("written", ["NAC-01", "nac-1", "NAC-1"])
def test_a_control_is_found_however_its_id_is_written(written: str) -> None:
    api = Api()
    document = searchable(api)
    body = api.get(f"/v1/controls/{written}").body
    assert body["control_key"] == "NAC-1"
    assert [control["document_id"] for control in body["controls"]] == [str(document)]
    assert [edge["target"] for edge in body["relations"]] == ["NAC-2"]


def test_a_control_nobody_has_is_not_found() -> None:
    assert Api().get("/v1/controls/ZZZ-9").status == 404


def test_a_stretch_of_the_text_is_shown_to_the_character() -> None:
    api = Api()
    document = searchable(api)
    event_path = f"/v1/documents/{document}/text"
    reply = api.get(event_path, query={"from": "8", "to": "14"})
    assert reply.body == {"char_from": 8, "char_to": 14, "text": "NAC-01"}
    assert api.get(event_path, query={"from": "8", "to": "8"}).status == 422
    assert api.get(event_path, query={"from": "-1", "to": "8"}).status == 422


def test_sections_are_numbered_from_one() -> None:
    api = Api()
    document = searchable(api)
    section = api.get(f"/v1/documents/{document}/sections/2").body
    assert (section["number"], section["of"], section["text"]) == (2, 2, TEXT[8:])
    assert api.get(f"/v1/documents/{document}/sections/3").status == 404
    assert api.get(f"/v1/documents/{document}/sections/0").status == 404


def test_a_corrected_type_is_noted_and_the_document_taken_apart_anew() -> None:
    api = Api()
    document = searchable(api)
    reply = api.call("PATCH", f"/v1/documents/{document}", {"type": "faq"})
    assert reply.status == 202
    record = api.documents.get(ACCESS, document)
    assert record is not None
    assert (record.type_override, record.review) == ("faq", "done")
    ((queue, message),) = api.bus.sent
    assert queue == CLASSIFY_QUEUE
    assert isinstance(message, ReprocessDocument)
    assert (message.document_id, message.scope) == (document, "organisation")


def test_a_type_is_corrected_to_one_of_the_known_ones_once_the_document_is_searchable() -> None:
    api = Api()
    document = searchable(api)
    assert api.call("PATCH", f"/v1/documents/{document}", {"type": "novel"}).status == 422
    waiting = api.post("/v1/documents", {"filename": "b.md", "size": 60, "sha256": "cd" * 32}).body["document_id"]
    assert api.call("PATCH", f"/v1/documents/{waiting}", {"type": "faq"}).status == 422
    assert api.bus.sent == []


def test_a_document_is_taken_apart_anew_on_request_and_answers_meanwhile() -> None:
    api = Api()
    document = searchable(api)
    assert (api.get(f"/v1/documents/{document}").body["reprocessing"], api.bus.sent) == (False, [])
    reply = api.post(f"/v1/documents/{document}/reprocess")
    assert reply.status == 202
    assert (reply.body["status"], reply.body["reprocessing"]) == ("searchable_with_gaps", True)
    ((queue, message),) = api.bus.sent
    assert queue == CLASSIFY_QUEUE
    assert isinstance(message, ReprocessDocument)
    assert api.documents.new_embedding == {document: False}
    again = api.call("POST", f"/v1/documents/{document}/reprocess", query={"new_embedding": "true"})
    assert again.status == 202
    record = api.documents.get(ACCESS, document)
    assert record is not None
    assert record.reruns == 1, "it was asked for already"
    assert api.documents.new_embedding == {document: True}


def test_what_is_not_here_cannot_be_taken_apart_anew() -> None:
    api = Api()
    waiting = api.post("/v1/documents", {"filename": "b.md", "size": 60, "sha256": "cd" * 32}).body["document_id"]
    reply = api.call("POST", f"/v1/documents/{waiting}/reprocess")
    assert reply.status == 422
    assert "awaiting_upload" in reply.body["detail"]
    assert api.bus.sent == []


def test_an_answer_of_another_pipeline_version_is_called_outdated() -> None:
    api = Api()
    document = searchable(api)
    record = api.documents.get(ACCESS, document)
    assert record is not None
    assert not record.outdated
    runs = ("0", "0.faq", "0+3", "0.faq+3", f"{PIPELINE_VERSION}.faq", f"{PIPELINE_VERSION}+3", None)
    outdated = [record.model_copy(update={"served_version": served}).outdated for served in runs]
    assert outdated == [True] * 4 + [False] * 3


def test_documents_beyond_the_first_page_are_asked_for_after_the_last_one() -> None:
    api = Api()
    for number in range(201):
        body = {"filename": f"{number}.md", "size": 60, "sha256": f"{number:064x}"}
        assert api.post("/v1/documents", body).status == 201
    first = api.get("/v1/documents").body
    assert (len(first["documents"]), first["next"]) == (200, first["documents"][-1]["document_id"])
    rest = api.get("/v1/documents", query={"after": first["next"]}).body
    assert (len(rest["documents"]), rest["next"]) == (1, None)


def test_a_deleted_document_leaves_nothing_in_the_bucket() -> None:
    api = Api()
    document = searchable(api)
    upload, parsed = document_prefixes(ORG, "organisation", document)
    api.bucket.put(f"{upload}policy.md", b"bytes", "text/markdown")
    assert any(key.startswith(parsed) for key in api.bucket.objects)
    assert api.call("DELETE", f"/v1/documents/{document}").status == 204
    assert api.bucket.objects == {}
    assert api.get(f"/v1/documents/{document}").status == 404
    assert api.call("DELETE", f"/v1/documents/{document}").status == 404


def test_nothing_of_anothers_document_is_shown_changed_or_deleted() -> None:
    api = Api()
    document = searchable(api, visibility="owner")
    for path in ("", "/controls", "/entities", "/relations", "/sections/1"):
        assert api.get(f"/v1/documents/{document}{path}", user=NOBODY).status == 404
    assert api.get(f"/v1/documents/{document}/text", query={"from": "0", "to": "5"}, user=NOBODY).status == 404
    assert api.call("PATCH", f"/v1/documents/{document}", {"type": "faq"}, user=NOBODY).status == 404
    assert api.call("POST", f"/v1/documents/{document}/reprocess", user=NOBODY).status == 404
    assert api.call("DELETE", f"/v1/documents/{document}", user=NOBODY).status == 404
    assert api.get(f"/v1/documents/{document}").status == 200
