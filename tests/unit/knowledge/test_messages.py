"""What travels on the bus: versioned, able to grow, and silent about values when it is wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote_plus
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter
from tests.events import load_event
from tests.fakes.examples import ORG, TEAM, USER, document_message, query_message

from knowledge.bucket import part_key, upload_key
from knowledge.errors import InvalidInput
from knowledge.messages import (
    AnalyzeQuestion,
    DocumentMessage,
    DocumentUploaded,
    ExtractPart,
    FailQuery,
    GardenDocument,
    MaintainAllGraphs,
    MaintainGraph,
    Message,
    QueryMessage,
    ReprocessDocument,
    RetrievePassages,
    SweepDocuments,
    SynthesizeAnswer,
    ValidateAnswer,
    parse_classify_message,
    parse_message,
    parse_upload_event,
    reader,
)

DOCUMENT = UUID("3a1b2c3d-4e5f-5061-8273-8495a6b7c8d9")
SECRET = "hunter2-is-not-a-uuid"

EXAMPLES: list[Message] = [
    query_message(AnalyzeQuestion, uuid4()),
    query_message(RetrievePassages, uuid4()),
    query_message(SynthesizeAnswer, uuid4()),
    query_message(ValidateAnswer, uuid4()),
    query_message(FailQuery, uuid4(), error_name="Throttled", error_detail="too many calls"),
    document_message(ExtractPart, DOCUMENT, part=3, pipeline_version="1"),
    document_message(GardenDocument, DOCUMENT, pipeline_version="1"),
    SweepDocuments(),
    MaintainAllGraphs(),
    MaintainGraph(id=uuid4(), org_id=ORG, trace="schedule"),
]


def named(message: Message) -> str:
    return message.kind


@pytest.mark.parametrize("message", EXAMPLES, ids=named)
def test_a_message_survives_the_bus(message: Message) -> None:
    assert parse_message(TypeAdapter(type(message)), message.model_dump_json()) == message


@pytest.mark.parametrize("message", EXAMPLES, ids=named)
def test_a_message_says_its_version_and_kind(message: Message) -> None:
    body = json.loads(message.model_dump_json())
    assert body["version"] == 1
    assert body["kind"] == message.kind


@pytest.mark.parametrize("message", EXAMPLES, ids=named)
def test_a_message_of_another_kind_is_refused(message: Message) -> None:
    stranger = next(other for other in EXAMPLES if other.kind != message.kind)
    with pytest.raises(InvalidInput):
        parse_message(TypeAdapter(type(message)), stranger.model_dump_json())


@pytest.mark.parametrize("message", EXAMPLES, ids=named)
def test_a_field_of_a_later_release_is_ignored(message: Message) -> None:
    body = {**json.loads(message.model_dump_json()), "question": SECRET}
    read = parse_message(TypeAdapter(type(message)), json.dumps(body))
    assert read == message
    assert SECRET not in repr(read)


@pytest.mark.parametrize("message", EXAMPLES, ids=named)
@pytest.mark.parametrize(("field", "value"), [("version", 2), ("org_id", SECRET), ("id", None), ("trace", "x" * 201)])
def test_a_wrong_field_is_named_without_its_value(message: Message, field: str, value: object) -> None:
    body = {**json.loads(message.model_dump_json()), field: value}
    with pytest.raises(InvalidInput, match=field) as refused:
        parse_message(TypeAdapter(type(message)), json.dumps(body))
    assert str(value) not in str(refused.value).replace(field, "") or value is None


@pytest.mark.parametrize("message", EXAMPLES, ids=named)
def test_every_field_without_a_default_is_demanded(message: Message) -> None:
    whole = json.loads(message.model_dump_json())
    for field, info in type(message).model_fields.items():
        if info.is_required():
            lacking = {key: value for key, value in whole.items() if key != field}
            with pytest.raises(InvalidInput, match=field):
                parse_message(TypeAdapter(type(message)), json.dumps(lacking))


@pytest.mark.parametrize("body", ["", "{", "null", "[]", '"text"', "1"])
def test_what_is_no_message_is_refused(body: str) -> None:
    with pytest.raises(InvalidInput, match="not a message this stage understands"):
        parse_message(TypeAdapter(AnalyzeQuestion), body)


@pytest.mark.parametrize("scope", ["", "everybody", "team.", "team.1", f"team.{str(TEAM).upper()}", "organisation}"])
def test_a_scope_the_policies_do_not_know_is_refused(scope: str) -> None:
    body = {**json.loads(EXAMPLES[0].model_dump_json()), "scopes": [scope]}
    with pytest.raises(InvalidInput, match="scopes"):
        parse_message(TypeAdapter(AnalyzeQuestion), json.dumps(body))


def test_the_last_stage_reads_both_kinds_it_is_sent() -> None:
    read: Callable[[str], list[Message]] = reader(ValidateAnswer, FailQuery)
    answer, failure = query_message(ValidateAnswer, uuid4()), EXAMPLES[4]
    assert read(answer.model_dump_json()) == [answer]
    assert read(failure.model_dump_json()) == [failure]
    with pytest.raises(InvalidInput, match="kind"):
        read(EXAMPLES[0].model_dump_json())


def test_a_task_token_is_not_shown() -> None:
    message = query_message(AnalyzeQuestion, uuid4(), task_token=SECRET)
    assert SECRET not in repr(message)


def test_a_question_is_worked_on_as_its_asker_and_a_document_as_nobody() -> None:
    question, document = EXAMPLES[0], EXAMPLES[5]
    assert isinstance(question, QueryMessage)
    assert isinstance(document, DocumentMessage)
    assert (question.access.org_id, question.access.user_id) == (ORG, USER)
    assert document.access.user_id is None
    assert document.access.scopes == ("organisation",)


# ---------------------------------------------------------------- uploads


def s3_event(*keys: str, size: int = 10, sequencer: str = "0055AED6DCD90281E5") -> str:
    """The event S3 sends: keys are form-encoded, a space as plus."""
    records = [
        {
            "eventName": "ObjectCreated:Post",
            "s3": {
                "bucket": {"name": "documents"},
                "object": {"key": quote_plus(key, safe="/"), "size": size, "sequencer": sequencer},
            },
        }
        for key in keys
    ]
    return json.dumps({"Records": records})


FILENAMES = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="/\\"), min_size=1, max_size=80)


@given(FILENAMES)
def test_any_file_name_comes_back_from_s3_as_it_was_given(filename: str) -> None:
    key = upload_key(ORG, "organisation", DOCUMENT, filename)
    (upload,) = parse_upload_event(s3_event(key))
    assert (upload.filename, upload.key) == (filename, key)


@pytest.mark.parametrize(
    "filename", ["Übersicht für Büro.pdf", "a+b c%20d.docx", "ISO 27001 (Entwurf) & Co.txt", "日本.md"]
)
def test_a_difficult_name_comes_back_whole(filename: str) -> None:
    (upload,) = parse_upload_event(s3_event(upload_key(ORG, f"team.{TEAM}", DOCUMENT, filename)))
    assert upload.filename == filename
    assert upload.scope == f"team.{TEAM}"
    assert upload.access.scopes == (f"team.{TEAM}",)


def test_each_record_of_an_event_is_an_upload() -> None:
    other = uuid4()
    keys = [upload_key(ORG, "organisation", document, "a.txt") for document in (DOCUMENT, other)]
    assert [upload.document_id for upload in parse_upload_event(s3_event(*keys))] == [DOCUMENT, other]


def test_a_repeated_event_has_the_same_id_and_a_new_upload_another() -> None:
    key = upload_key(ORG, "organisation", DOCUMENT, "a.txt")
    (first,), (again,) = parse_upload_event(s3_event(key)), parse_upload_event(s3_event(key))
    (later,) = parse_upload_event(s3_event(key, sequencer="0055AED6DCD90281FF"))
    assert first == again
    assert first.id != later.id


def test_the_test_event_of_a_new_bucket_is_nothing() -> None:
    assert (
        parse_upload_event(json.dumps({"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "documents"})) == []
    )


@pytest.mark.parametrize(
    "key",
    [
        "uploads/",
        "uploads/a.txt",
        f"parsed/{ORG}/organisation/{DOCUMENT}/a.txt",
        f"uploads/{ORG}/organisation/{DOCUMENT}",
        f"uploads/{ORG}/everybody/{DOCUMENT}/a.txt",
        f"uploads/{ORG}/organisation/not-a-document/a.txt",
        f"uploads/nobody/organisation/{DOCUMENT}/a.txt",
        f"/uploads/{ORG}/organisation/{DOCUMENT}/a.txt",
    ],
)
def test_a_key_the_api_never_gave_out_is_refused(key: str) -> None:
    with pytest.raises(InvalidInput, match="not an S3 event for a key below uploads/"):
        parse_upload_event(s3_event(key))


@pytest.mark.parametrize(
    "body", ["", "{}", "[]", "null", "7", '{"Records": [{}]}', '{"Records": 5}', '{"Records": [{"s3": 1}]}']
)
def test_what_is_no_upload_event_is_refused(body: str) -> None:
    with pytest.raises(InvalidInput):
        parse_upload_event(body)


def test_the_example_event_names_a_document() -> None:
    event: dict[str, Any] = load_event("classify")
    (upload,) = parse_upload_event(event["Records"][0]["body"])
    assert isinstance(upload, DocumentUploaded)
    assert upload.key == upload_key(upload.org_id, upload.scope, upload.document_id, upload.filename)


def test_parts_of_one_document_sort_by_number_and_versions_do_not_mix() -> None:
    keys = [part_key(ORG, DOCUMENT, "1", part) for part in range(12)]
    assert keys == sorted(keys)
    assert not set(keys) & {part_key(ORG, DOCUMENT, "2", part) for part in range(12)}


@pytest.mark.parametrize(
    "message",
    [
        document_message(ReprocessDocument, DOCUMENT),
        document_message(DocumentUploaded, DOCUMENT, bucket="b", key="uploads/a", filename="a", size=1),
        SweepDocuments(),
    ],
    ids=named,
)
def test_classify_reads_our_own_messages_beside_those_of_s3(message: Message) -> None:
    assert parse_classify_message(message.model_dump_json()) == [message]


@pytest.mark.parametrize("body", ['"kind"', '["kind"]', '{"Records": "kind"}', '{"kind": 1'])
def test_the_word_kind_does_not_make_a_message_of_ours(body: str) -> None:
    with pytest.raises(InvalidInput, match="not an S3 event"):
        parse_classify_message(body)


def test_a_file_called_like_a_kind_is_an_upload() -> None:
    event = load_event("classify")["Records"][0]["body"]
    called = event.replace("zugriffsrichtlinie+2026", quote_plus('"kind": "sweep_documents"'))
    assert called != event
    (uploaded,) = parse_classify_message(called)
    assert isinstance(uploaded, DocumentUploaded)
    assert "sweep_documents" in uploaded.filename
