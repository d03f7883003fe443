"""The main job through the deployed template: documents and questions by way of every queue."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.comparison import assert_same_tables
from tests.e2e.conftest import Application, Queues, body_of, wait_until
from tests.embedded import EmbeddedStack

SAMPLES = Path(__file__).parents[2] / "samples"
STANDARD = SAMPLES / "access-control-standard.md"
#: Each stage of a question with its queue, in order.
QUESTION_QUEUES = {
    "CriticalIntent": "analyze_question",
    "MediumRetrieve": "retrieve_passages",
    "LowSynthesize": "synthesize_answer",
    "HighValidate": "validate_answer",
}
POLICY = """# Backup policy (BAK)

## BAK-01 Daily backup

The operations team must back up every production database daily. Backups should be kept for 35 days.

## BAK-02 Restore test

The operations team must test a restore every quarter. The result may be reported by e-mail.
"""


def test_a_question_passes_the_four_queues_and_a_document_the_two(member: Application, queues: Queues) -> None:
    """Workers are held back, so that each queue is seen with the message in it before it is let through."""
    seen: dict[str, list[dict[str, Any]]] = {}

    def pass_through(name: str) -> None:
        wait_until(lambda: queues.depth(queues.url(name)) > 0, f"a message in {name}")
        seen[name] = wait_until(lambda: queues.peek(name), f"a readable message in {name}")
        assert queues.depth(queues.url(name)) == len(seen[name]) == 1
        queues.consume(name, enabled=True)
        wait_until(lambda: queues.depth(queues.url(name)) == 0, f"{name} being emptied")

    data = POLICY.encode()
    with queues.held():
        ticket = member.announce("backup.md", data).json()
        assert member.upload(ticket["upload"], data).is_success
        for name in ("BatchClassify", "BatchExtract"):
            pass_through(name)
        document = wait_until(lambda: member.ended(ticket["document_id"]), "the end of the document")

        asked = member.http.post("/v1/queries", json={"question": "How often must a restore be tested?"})
        assert asked.status_code == 202
        query_id = asked.json()["query_id"]
        assert asked.headers["Location"] == f"/v1/queries/{query_id}"
        for name in QUESTION_QUEUES:
            pass_through(name)
        answer = wait_until(lambda: member.answer(query_id), "the answer")

    assert document["status"] == "searchable"
    [upload] = seen["BatchClassify"]
    assert ticket["document_id"] in body_of(upload)["Records"][0]["s3"]["object"]["key"]
    assert body_of(seen["BatchExtract"][0])["kind"] == "extract_part"
    for name, kind in QUESTION_QUEUES.items():
        [message] = seen[name]
        assert (body_of(message)["kind"], body_of(message)["query_id"]) == (kind, query_id)
        assert int(message["Attributes"]["ApproximateReceiveCount"]) >= 1
        assert "restore" not in message["Body"], "a message carries references, never text"
    assert answer["found"]
    assert set(answer["timings_ms"]["queue"]) == {"intent", "retrieve", "synthesize", "validate"}


def test_answers_are_cited_to_the_character(member: Application) -> None:
    text = STANDARD.read_text(encoding="utf-8")
    document = member.ingest(STANDARD.name, STANDARD.read_bytes())
    assert (document["status"], document["language"], document["controls"]["found"]) == ("searchable", "en", 14)
    answer = member.ask("What does NAC-04 require?")
    assert (answer["found"], answer["intent"], answer["degraded"]) == (True, "specific_control", [])
    for citation in answer["citations"]:
        assert citation["quote"] in text
        assert citation["control_id"] == "NAC-04"
        assert f"[{citation['n']}]" in answer["answer"]


def test_what_is_not_in_the_documents_is_not_answered(member: Application) -> None:
    member.ingest("backup.md", POLICY.encode())
    answer = member.ask("What does XYZ-99 require?")
    assert (answer["status"], answer["found"], answer["citations"]) == ("answered", False, [])


def test_another_organisation_sees_nothing(member: Application, stranger: Application) -> None:
    document = member.ingest("backup.md", POLICY.encode())
    assert member.ask("What does BAK-02 require?")["found"]

    assert stranger.http.get(f"/v1/documents/{document['document_id']}").status_code == 404
    assert stranger.http.get("/v1/documents").json()["documents"] == []
    answer = stranger.ask("What does BAK-02 require?")
    assert (answer["found"], answer["citations"]) == (False, [])
    mine = member.ask("What does BAK-01 require?")
    assert stranger.http.get(f"/v1/queries/{mine['query_id']}").status_code == 404


def test_the_same_bytes_are_one_document_and_other_bytes_a_new_version(member: Application) -> None:
    first = member.ingest("backup.md", POLICY.encode())
    again = member.announce("backup.md", POLICY.encode())
    assert (again.status_code, again.json()["upload"]) == (200, None)
    assert again.json()["document_id"] == first["document_id"]

    changed = POLICY.replace("every quarter", "every month").encode()
    second = member.ingest("backup.md", changed)
    assert (second["version"], second["current"]) == (2, True)
    assert member.document(first["document_id"])["current"] is False
    answer = member.ask("What does BAK-02 require?")
    assert {citation["document_id"] for citation in answer["citations"]} == {second["document_id"]}
    assert "every month" in answer["answer"]


def test_every_message_twice_changes_nothing(
    member: Application, queues: Queues, row_counts: Callable[[], dict[str, int]]
) -> None:
    bodies: list[tuple[str, str]] = []

    def pass_through(name: str) -> None:
        # There may be two already: the stage before was told everything twice as well.
        message, *_ = wait_until(lambda: queues.peek(name), f"a message in {name}")
        bodies.append((name, message["Body"]))
        queues.send(name, message["Body"])
        queues.consume(name, enabled=True)

    data = f"{POLICY}The CISO must approve the result, see AC-2.\n".encode()
    with queues.held():
        ticket = member.announce("backup.md", data).json()
        member.upload(ticket["upload"], data)
        for name in ("BatchClassify", "BatchExtract"):
            pass_through(name)
        document = wait_until(lambda: member.ended(ticket["document_id"]), "the end of the document")
        query_id = member.http.post("/v1/queries", json={"question": "What does BAK-01 require?"}).json()["query_id"]
        for name in QUESTION_QUEUES:
            pass_through(name)
        answer = wait_until(lambda: member.answer(query_id), "the answer")

    def settle() -> None:
        wait_until(lambda: not any(queues.depth(queues.url(name)) for name in queues.NAMES), "quiet queues")

    settle()
    counts = row_counts()
    for name, body in bodies:
        queues.send(name, body)
    settle()
    assert_same_tables(row_counts(), counts)
    assert member.document(document["document_id"]) == document
    assert member.answer(query_id) == answer
    assert document["chunks"] == 2  # the two controls; a title alone is none
    assert [queues.depth(queues.dead_letter_url(name)) for name in queues.NAMES] == [0] * 7


def test_without_the_gateway_questions_are_answered_by_copying(member: Application, embedded: EmbeddedStack) -> None:
    member.ingest("backup.md", POLICY.encode())
    embedded.stop("gateway")
    try:
        answer = member.ask("How often must the operations team test a restore?")
        health = member.http.get("/v1/health")
    finally:
        embedded.need("gateway")
    assert (answer["status"], answer["found"]) == ("answered", True)
    assert answer["degraded"] == ["retrieve", "synthesize"]
    assert "every quarter" in answer["answer"]
    assert answer["citations"][0]["control_id"] == "BAK-02"
    assert health.json()["components"]["gateway"] == {"status": "unreachable"}
    assert member.ask("How often must the operations team back up a database?")["degraded"] == []
