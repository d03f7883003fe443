from __future__ import annotations

import io
import json
from typing import Any

import httpx
import pytest
from tests.unit.client.fake_api import API, BUCKET, KEY, FakeClock, Script, answered, client_of, problem

from wissen.client.api import WissenClient
from wissen.client.errors import AnswerTimedOut, ApiProblem, ApiUnreachable, UnexpectedReply, UploadRejected
from wissen.client.records import UploadForm


def running(status: str = "running") -> httpx.Response:
    return httpx.Response(202, headers={"location": "/v1/queries/q-1"}, json={"query_id": "q-1", "status": status})


def test_an_answer_that_comes_at_once_needs_one_request() -> None:
    script = Script(httpx.Response(200, json=answered()))
    answer = client_of(script).ask("Wie lang?", language="de", wait_s=20)
    assert answer.status == "answered"
    assert answer.citations[0].quote == "Kennwörter MÜSSEN mindestens zwölf Zeichen haben."
    request = script.requests[0]
    assert str(request.url) == f"{API}/v1/queries"
    assert request.headers["prefer"] == "wait=20"
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert json.loads(request.content) == {"question": "Wie lang?", "language": "de"}


def test_the_language_is_left_to_the_api_when_not_chosen() -> None:
    script = Script(httpx.Response(200, json=answered()))
    client_of(script).ask("How long?")
    assert json.loads(script.requests[0].content) == {"question": "How long?"}


def test_the_object_of_the_api_is_kept_with_fields_unknown_here() -> None:
    answer = client_of(Script(httpx.Response(200, json=answered()))).ask("?")
    assert answer.received == answered()


def test_a_running_query_is_looked_at_with_growing_pauses() -> None:
    clock = FakeClock()
    replies = [running() for _ in range(12)]
    script = Script(running("queued"), *replies, httpx.Response(200, json=answered()))
    answer = client_of(script, clock).ask("?", wait_s=0)
    assert answer.status == "answered"
    assert script.calls[0] == ("POST", "/v1/queries")
    assert set(script.calls[1:]) == {("GET", "/v1/queries/q-1")}
    assert clock.pauses == sorted(clock.pauses)
    assert clock.pauses[0] < 0.2
    assert clock.pauses[-1] == 1.0


def test_a_failed_query_is_a_result_with_its_reason() -> None:
    failed = {"query_id": "q-1", "status": "failed", "error": {"name": "BudgetExceeded", "detail": "no more"}}
    answer = client_of(Script(running(), httpx.Response(200, json=failed))).ask("?")
    assert answer.finished
    assert answer.error is not None
    assert answer.error.name == "BudgetExceeded"


def test_the_deadline_ends_the_looking_and_names_the_query() -> None:
    clock = FakeClock()
    script = Script(running(), *[running() for _ in range(50)])
    with pytest.raises(AnswerTimedOut, match=r"q-1 is running.*--timeout") as caught:
        client_of(script, clock).ask("?", deadline_s=5)
    assert caught.value.query_id == "q-1"
    assert 4 <= clock.now <= 5
    assert script.calls.count(("POST", "/v1/queries")) == 1


@pytest.mark.parametrize("lost", [httpx.ConnectError("refused"), httpx.ReadTimeout("slow"), problem(503, "Full")])
def test_a_question_is_never_sent_twice(lost: Any) -> None:
    script = Script(lost)
    with pytest.raises((ApiUnreachable, ApiProblem)):
        client_of(script).ask("?")
    assert len(script.requests) == 1


def test_the_wait_never_exceeds_what_the_api_grants_nor_the_deadline() -> None:
    script = Script(httpx.Response(200, json=answered()), httpx.Response(200, json=answered()))
    client = client_of(script)
    client.ask("?", wait_s=600)
    client.ask("?", wait_s=20, deadline_s=3)
    assert [request.headers["prefer"] for request in script.requests] == ["wait=25", "wait=3"]


def test_a_broken_connection_while_looking_is_tried_again() -> None:
    script = Script(
        running(), httpx.ConnectError("refused"), problem(503, "Full"), httpx.Response(200, json=answered())
    )
    assert client_of(script).ask("?").status == "answered"


def test_a_dead_api_is_given_up_with_advice() -> None:
    script = Script(*[httpx.ConnectError("Connection refused")] * 4)
    with pytest.raises(ApiUnreachable, match=r"Connection refused.*wissen up.*WISSEN_API_URL"):
        client_of(script).document("d-1")
    assert len(script.requests) == 4


def test_a_missing_document_is_not_asked_for_again() -> None:
    script = Script(problem(404, "Not found", "There is no document d-1."))
    with pytest.raises(ApiProblem, match="There is no document d-1"):
        client_of(script).document("d-1")
    assert len(script.requests) == 1


def test_a_problem_carries_its_parts() -> None:
    errors = [
        {"field": "question", "detail": "at most 8000 characters"},
        {"loc": ["body", "x"], "msg": "unknown"},
    ]
    reply = problem(422, "Invalid request", "Two fields are wrong.", request_id="r-7", errors=errors)
    with pytest.raises(ApiProblem) as caught:
        client_of(Script(reply)).ask("?")
    error = caught.value
    assert (error.status, error.title, error.detail) == (422, "Invalid request", "Two fields are wrong.")
    assert error.request_id == "r-7"
    assert error.errors == ("question: at most 8000 characters", "body.x: unknown")
    assert "r-7" in str(error)
    assert "question: at most 8000 characters" in str(error)


def test_errors_that_the_detail_already_names_are_not_said_twice() -> None:
    errors = [{"field": "body.size", "message": "too small"}]
    reply = problem(422, "Unprocessable Entity", "body.size: too small", errors=errors)
    with pytest.raises(ApiProblem) as caught:
        client_of(Script(reply)).ask("?")
    assert str(caught.value) == "Unprocessable Entity: body.size: too small [HTTP 422]."


def test_the_gateways_own_refusal_is_understood() -> None:
    reply = httpx.Response(401, headers={"x-amzn-requestid": "r-9"}, json={"message": "Unauthorized"})
    with pytest.raises(ApiProblem, match=r"Unauthorized \[HTTP 401, request r-9\].*WISSEN_API_KEY") as caught:
        client_of(Script(reply)).ask("?")
    assert caught.value.status == 401


@pytest.mark.parametrize("body", [b"", b"<html>Bad gateway</html>", b"[1]", b'"text"'])
def test_an_error_without_a_json_object_still_names_the_status(body: bytes) -> None:
    with pytest.raises(ApiProblem, match=r"Internal Server Error \[HTTP 500\].*wissen status"):
        client_of(Script(httpx.Response(500, content=body))).ask("?")


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"status": "answered"}'])
def test_a_reply_of_another_service_is_recognised(body: bytes) -> None:
    with pytest.raises(UnexpectedReply, match="WISSEN_API_URL"):
        client_of(Script(httpx.Response(200, content=body))).ask("?")


def test_documents_are_listed() -> None:
    rows = [{"document_id": "d-1", "status": "searchable"}, {"document_id": "d-2", "status": "failed"}]
    listed = client_of(Script(httpx.Response(200, json={"documents": rows}))).documents()
    assert [document.received for document in listed] == rows


def test_a_list_without_documents_is_no_list_of_documents() -> None:
    with pytest.raises(UnexpectedReply, match="documents"):
        client_of(Script(httpx.Response(200, json={"items": []}))).documents()


def test_health_sends_no_key_and_reads_a_degraded_503() -> None:
    body = {"status": "degraded", "components": {"gateway": {"status": "down"}}}
    script = Script(httpx.Response(503, json=body))
    health = client_of(script).health()
    assert health.status == "degraded"
    assert "authorization" not in script.requests[0].headers


def test_health_of_a_dead_deployment_is_an_error() -> None:
    with pytest.raises(ApiProblem, match="Forbidden"):
        client_of(Script(httpx.Response(403, json={"message": "Forbidden"}))).health()


FORM = UploadForm(url=BUCKET, fields={"key": "uploads/o/d/Prüf bericht.pdf", "policy": "abc"})


def test_an_upload_sends_the_fields_first_then_the_file_and_no_key() -> None:
    script = Script(httpx.Response(204))
    client_of(script).upload(FORM, io.BytesIO(b"%PDF bytes"), "Prüf bericht.pdf")
    request = script.requests[0]
    body = request.content
    assert body.index(b'name="key"') < body.index(b'name="policy"') < body.index(b'name="file"')
    assert b"%PDF bytes" in body
    assert "uploads/o/d/Prüf bericht.pdf".encode() in body
    assert "authorization" not in request.headers


def test_a_refused_upload_names_the_buckets_reason() -> None:
    xml = "<Error><Code>EntityTooLarge</Code><Message>Your upload exceeds</Message></Error>"
    with pytest.raises(UploadRejected, match=r"EntityTooLarge Your upload exceeds.*Run ingest again") as caught:
        client_of(Script(httpx.Response(400, text=xml))).upload(FORM, b"x", "a.pdf")
    assert caught.value.code == "EntityTooLarge"


def test_a_refused_upload_without_a_body_names_the_status() -> None:
    with pytest.raises(UploadRejected, match="HTTP 403"):
        client_of(Script(httpx.Response(403))).upload(FORM, b"x", "a.pdf")


def test_a_base_url_may_end_with_the_version_or_a_slash() -> None:
    for base in (API, f"{API}/", f"{API}/v1", f"{API}/v1/"):
        script = Script(httpx.Response(200, json={"documents": []}))
        WissenClient(base, KEY, httpx.MockTransport(script)).documents()
        assert str(script.requests[0].url) == f"{API}/v1/documents"
