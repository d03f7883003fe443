"""The HTTP API: what it accepts, what it refuses, and how it says so."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from uuid import UUID, uuid4

import pytest
from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import APIGatewayRestResolver
from hypothesis import given
from hypothesis import strategies as st
from tests.events import event_names, load_event
from tests.fakes.examples import ACCESS, ORG, TEAM, USER
from tests.fakes.executions import FakeExecutions
from tests.openapi import operations
from tests.unit.functions.http import MOST_BYTES, REQUEST_ID, Api, Reply

from api.queries import MAX_WAIT_S, preferred_wait
from api.routes import build_app
from api.services import Services
from knowledge.access import Access
from knowledge.bucket import upload_key
from knowledge.errors import AccessDenied, BudgetExceeded, StageError, Throttled
from knowledge.records import Analysis, Answer, ModelUse, StageReport
from knowledge.taxonomy import DocumentStatus, Intent, Language, QueryStage

OTHER_USER = UUID("00000000-0000-4000-8000-0000000000aa")
SECRET = "Sommer2026-Vorstand"
SHA256 = hashlib.sha256(b"bytes").hexdigest()
QUESTION = {"question": "Was fordert ORP.4.A8?"}
DOCUMENT = {"filename": "Richtlinie für Büros.pdf", "size": 5, "sha256": SHA256}
ANSWER = Answer(answer="Passwörter MÜSSEN lang sein. [1]", citations=(), found=True, confidence=1.0)
BODIES: dict[tuple[str, str], object] = {
    ("POST", "/v1/queries"): QUESTION,
    ("POST", "/v1/documents"): DOCUMENT,
    ("POST", "/v1/feedback"): {"query_id": str(uuid4()), "rating": "up"},
    ("PATCH", "/v1/documents/{document_id}"): {"type": "policy"},
    ("POST", "/v1/documents/{document_id}/release"): {"passages": [str(uuid4())]},
}
PARAMETERS = {"number": "1", "control_id": "AC-2", "control": "AC-2", "from": "0", "to": "10"}
#: Every route that is described, except the one that needs no key.
ROUTES = [
    (method, path, operation) for method, path, operation in operations() if operation.get("security", [{}]) != []
]


def assert_problem(reply: Reply, status: int) -> dict[str, Any]:
    """A problem document after RFC 9457 that can be found in the logs."""
    assert reply.status == status, reply.text
    assert reply.headers["Content-Type"].startswith("application/problem+json")
    body: dict[str, Any] = reply.body
    assert body["status"] == status
    assert body["request_id"] == REQUEST_ID
    assert body["title"]
    assert body["detail"]
    assert body["type"]
    return body


def answering(api: Api) -> None:
    """Let the stages answer at once, when a question is started."""

    def work(access: Access, query_id: UUID) -> None:
        analysis = Analysis(language=Language.GERMAN, intent=Intent.SPECIFIC_CONTROL, confidence=0.95)
        api.queries.save_analysis(
            access, query_id, analysis, StageReport(stage=QueryStage.INTENT, queued_ms=4.04, worked_ms=1)
        )
        use = ModelUse(model="m-1", prompt_tokens=10, completion_tokens=5, cost_usd=0.25)
        report = StageReport(stage=QueryStage.VALIDATE, queued_ms=3, worked_ms=2, degraded=True, use=use)
        api.queries.finish(access, query_id, ANSWER, report)

    api.executions.work = work


# ---------------------------------------------------------------- who may call


@pytest.mark.parametrize(("method", "path", "operation"), ROUTES)
def test_without_a_key_every_route_but_health_is_closed(method: str, path: str, operation: dict[str, Any]) -> None:
    """A request that fits, so that nothing but the missing key can be what is refused."""
    body = BODIES[method, path] if "requestBody" in operation else None
    named = [each["name"] for each in operation.get("parameters", []) if each["in"] == "query" and each["required"]]
    place = re.sub(r"\{(\w+)\}", lambda found: PARAMETERS.get(found[1], str(uuid4())), path)
    query = {name: PARAMETERS[name] for name in named}
    problem = assert_problem(Api().call(method, place, body, user=None, query=query), 401)
    assert "API key" in problem["detail"]


def test_each_route_is_added_once() -> None:
    added: list[tuple[object, str]] = []

    class Noting(APIGatewayRestResolver):
        def route(self, rule: str, method: Any, *given: Any, **named: Any) -> Any:
            added.append((method, rule))
            return super().route(rule, method, *given, **named)

    build_app(cast(Services, None), Logger(service="test"), resolver=Noting)
    assert len(added) == len(set(added))


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/v1/queries", {"question": ""}),
        ("POST", "/v1/documents", {}),
        ("GET", "/v1/queries/not-an-id", None),
        ("GET", "/v1/documents/not-an-id", None),
    ],
)
def test_without_a_key_a_wrong_request_gets_no_hint(method: str, path: str, body: object) -> None:
    problem = assert_problem(Api().call(method, path, body, user=None), 401)
    assert "errors" not in problem


def test_a_401_names_the_scheme() -> None:
    assert Api().get("/v1/documents", user=None).headers["WWW-Authenticate"] == "Bearer"


def test_health_needs_no_key() -> None:
    reply = Api().get("/v1/health", user=None)
    assert reply.status == 200
    assert reply.body == {
        "status": "ok",
        "components": {name: {"status": "ok"} for name in ("store", "cache", "gateway")},
    }


def test_health_without_a_model_is_degraded_but_up() -> None:
    reply = Api(up={"store": True, "cache": False, "gateway": False}).get("/v1/health")
    assert (reply.status, reply.body["status"]) == (200, "degraded")
    assert reply.body["components"]["cache"] == {"status": "unreachable"}


def test_health_without_the_store_is_unavailable() -> None:
    reply = Api(up={"store": False, "cache": True, "gateway": True}).get("/v1/health")
    assert (reply.status, reply.body["status"]) == (503, "degraded")


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/"), ("GET", "/v1/nothing"), ("DELETE", "/v1/queries"), ("POST", "/v1/health"), ("GET", "/v2/documents")],
)
def test_an_unknown_route_is_a_problem_too(method: str, path: str) -> None:
    assert_problem(Api().call(method, path), 404)


# ---------------------------------------------------------------- asking


def test_a_question_is_accepted_and_can_be_looked_up() -> None:
    api = Api()
    reply = api.post("/v1/queries", QUESTION)
    assert reply.status == 202
    query_id = reply.body["query_id"]
    assert reply.body["status"] == "queued"
    assert reply.headers["Location"] == f"/v1/queries/{query_id}"
    looked_up = api.get(reply.headers["Location"])
    assert looked_up.status == 200
    assert looked_up.body["query_id"] == query_id
    assert looked_up.body["status"] == "queued"


def test_the_stages_are_started_with_the_askers_rights_and_no_text() -> None:
    api = Api()
    query_id = api.post("/v1/queries", QUESTION).body["query_id"]
    ((access, started, trace),) = api.executions.started
    assert access == ACCESS
    assert (str(started), trace) == (query_id, query_id)


def test_an_answer_that_comes_in_time_is_the_reply() -> None:
    api = Api()
    answering(api)
    reply = api.post("/v1/queries", QUESTION, headers={"Prefer": "wait=5"})
    assert reply.status == 200
    body = reply.body
    assert (body["status"], body["answer"], body["found"]) == ("answered", ANSWER.answer, True)
    assert body["intent"] == "specific_control"
    assert body["degraded"] == ["validate"]
    assert body["timings_ms"]["queue"] == {"intent": 4.0, "validate": 3.0}
    assert body["timings_ms"]["stage"] == {"intent": 1.0, "validate": 2.0}
    assert body["timings_ms"]["total"] >= 0
    assert body["usage"] == {"tokens": 15, "cost_usd": 0.25, "models": ["m-1"]}
    assert body["cached"] is False
    assert {"citations", "confidence", "follow_ups"} <= body.keys()


def test_the_header_is_read_in_any_case() -> None:
    api = Api()
    answering(api)
    assert api.post("/v1/queries", QUESTION, headers={"prefer": "respond-async, wait=5"}).status == 200


def test_without_a_preference_nobody_waits() -> None:
    api = Api()
    answering(api)
    assert api.post("/v1/queries", QUESTION).status == 202


def test_a_wait_that_is_too_short_ends_with_where_to_look() -> None:
    reply = Api().post("/v1/queries", QUESTION, headers={"Prefer": "wait=1"})
    assert reply.status == 202
    assert reply.headers["Location"].endswith(reply.body["query_id"])


@pytest.mark.parametrize(
    ("prefer", "seconds"),
    [
        ("", 0),
        ("wait=0", 0),
        ("wait=7", 7),
        ("wait = 7", 7),
        ("respond-async, wait=7", 7),
        ("wait=7; strict", 7),
        ('wait="7"', 7),
        ("wait=25", 25),
        ("wait=26", MAX_WAIT_S),
        ("wait=9999", MAX_WAIT_S),
        ("wait=100000", MAX_WAIT_S),
        ("wait=-1", 0),
        ("wait=soon", 0),
        ("wait", 0),
        ("no-wait=5", 0),
        ("respond-async", 0),
    ],
)
def test_how_long_a_client_would_wait(prefer: str, seconds: float) -> None:
    assert preferred_wait(prefer) == seconds


@given(st.text(max_size=100))
def test_any_preference_is_bounded(prefer: str) -> None:
    assert 0 <= preferred_wait(prefer) <= MAX_WAIT_S


def test_a_question_in_umlauts_arrives_as_it_was_asked() -> None:
    api = Api()
    question = "Müssen Büros für Gäste geöffnet sein? 🔐"
    query_id = UUID(api.post("/v1/queries", {"question": question, "language": "de"}).body["query_id"])
    query = api.queries.load(ACCESS, query_id)
    assert (query.question, query.language) == (question, Language.GERMAN)


def test_a_body_may_come_in_base64() -> None:
    raw = base64.b64encode(json.dumps(QUESTION).encode()).decode()
    assert Api().post("/v1/queries", raw=raw, base64=True).status == 202


def test_the_longest_question_is_accepted() -> None:
    assert Api().post("/v1/queries", {"question": "ä" * 8000}).status == 202


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "question"),
        ({"question": ""}, "question"),
        ({"question": " \n\t "}, "question"),
        ({"question": "ä" * 8001}, "question"),
        ({"question": "a\x00b"}, "question"),
        ({"question": None}, "question"),
        ({"question": 7}, "question"),
        ({"question": ["a"]}, "question"),
        ({"question": "\ud800"}, "question"),
        ({"question": "Was?", "language": "fr"}, "language"),
        ({"question": "Was?", "model": SECRET}, "model"),
        ([], "body"),
        ("Was?", "body"),
        (7, "body"),
    ],
)
def test_a_wrong_question_is_refused_by_its_field(body: object, field: str) -> None:
    api = Api()
    problem = assert_problem(api.post("/v1/queries", body), 422)
    assert any(field in error["field"] for error in problem["errors"])
    assert SECRET not in json.dumps(problem)
    assert api.executions.started == []


@pytest.mark.parametrize("raw", ["", "{", "nicht json", '{"question": "Was?"', '{"question": "Was?"}}', "\x00", "null"])
def test_what_is_no_json_is_refused(raw: str) -> None:
    problem = assert_problem(Api().post("/v1/queries", raw=raw), 422)
    assert "Was?" not in json.dumps(problem, ensure_ascii=False)


def test_a_missing_body_is_refused() -> None:
    assert_problem(Api().post("/v1/queries"), 422)


@pytest.mark.parametrize("raw", ["%%%", base64.b64encode(b"\xff\xfe{").decode()])
def test_a_body_that_cannot_be_decoded_is_refused(raw: str) -> None:
    assert_problem(Api().post("/v1/queries", raw=raw, base64=True), 422)


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/xml",
        "multipart/form-data; boundary=x",
        "multipart/form-data",
    ],
)
def test_another_media_type_than_json_is_refused(content_type: str) -> None:
    raw = json.dumps({"question": SECRET})
    problem = assert_problem(Api().post("/v1/queries", raw=raw, headers={"Content-Type": content_type}), 415)
    assert "application/json" in problem["detail"]
    assert SECRET not in json.dumps(problem)


def test_a_media_type_may_name_its_charset() -> None:
    headers = {"Content-Type": "application/json; charset=utf-8"}
    assert Api().post("/v1/queries", QUESTION, headers=headers).status == 202


def test_a_question_that_cannot_be_started_has_failed() -> None:
    api = Api(executions=FakeExecutions(reachable=False))
    reply = api.post("/v1/queries", QUESTION)
    assert_problem(reply, 503)
    assert int(reply.headers["Retry-After"]) > 0


def test_without_the_store_a_question_is_not_lost_in_silence() -> None:
    api = Api()
    api.queries.reachable = False
    assert_problem(api.post("/v1/queries", QUESTION), 503)
    assert api.executions.started == []


# ---------------------------------------------------------------- looking up


def test_a_failed_question_says_why() -> None:
    api = Api()
    query_id = UUID(api.post("/v1/queries", QUESTION).body["query_id"])
    api.queries.fail(ACCESS, query_id, "Throttled", "too many calls")
    body = api.get(f"/v1/queries/{query_id}").body
    assert (body["status"], body["error"]) == ("failed", {"name": "Throttled", "detail": "too many calls"})


def test_a_question_past_its_deadline_has_failed_and_stays_so() -> None:
    api, query_id = Api(), uuid4()
    api.queries.create(ACCESS, query_id, "Was?", None, datetime.now(UTC) - timedelta(seconds=1))
    first, second = (api.get(f"/v1/queries/{query_id}").body for _ in range(2))
    assert first["status"] == "failed"
    assert first["error"]["name"] == "DeadlineExceeded"
    assert first["timings_ms"] == second["timings_ms"]


def test_an_answer_that_came_in_time_outlives_its_deadline() -> None:
    api, query_id = Api(), uuid4()
    api.queries.create(ACCESS, query_id, "Was?", None, datetime.now(UTC) - timedelta(seconds=1))
    api.queries.finish(ACCESS, query_id, ANSWER, StageReport(stage=QueryStage.VALIDATE, queued_ms=1, worked_ms=1))
    assert api.get(f"/v1/queries/{query_id}").body["status"] == "answered"


def test_anothers_question_is_not_found_like_one_that_never_was() -> None:
    api = Api()
    query_id = api.post("/v1/queries", QUESTION).body["query_id"]
    theirs = assert_problem(api.get(f"/v1/queries/{query_id}", user=OTHER_USER), 404)
    nobodys = assert_problem(api.get(f"/v1/queries/{uuid4()}", user=OTHER_USER), 404)
    assert theirs["detail"].split()[:-1] == nobodys["detail"].split()[:-1]


@pytest.mark.parametrize(
    "path", ["/v1/queries/1", "/v1/queries/not-an-id", "/v1/documents/1", "/v1/documents/not-an-id"]
)
def test_what_is_no_id_is_refused(path: str) -> None:
    reply = Api().get(path)
    assert reply.status in {404, 422}
    assert_problem(reply, reply.status)


# ---------------------------------------------------------------- documents


def test_a_document_is_announced_and_gets_a_form() -> None:
    api = Api()
    reply = api.post("/v1/documents", DOCUMENT)
    assert reply.status == 201
    body = reply.body
    assert (body["version"], body["status"]) == (1, "awaiting_upload")
    assert reply.headers["Location"] == f"/v1/documents/{body['document_id']}"
    ((key, size, seconds),) = api.bucket.forms
    assert key == upload_key(ORG, "organisation", UUID(body["document_id"]), "Richtlinie für Büros.pdf")
    assert size == 5
    assert 60 <= seconds <= 3600
    assert body["upload"] == {"method": "POST", "url": "https://bucket.example/", "fields": {"key": key}}


def test_the_same_bytes_again_are_the_same_document() -> None:
    api = Api()
    first = api.post("/v1/documents", DOCUMENT).body
    again = api.post("/v1/documents", DOCUMENT)
    assert (again.status, again.body["document_id"]) == (201, first["document_id"]), "nothing has been uploaded yet"
    api.documents.start(ACCESS, UUID(first["document_id"]))
    known = api.post("/v1/documents", {**DOCUMENT, "filename": "Kopie.pdf"})
    assert known.status == 200
    assert (known.body["document_id"], known.body["upload"]) == (first["document_id"], None)


def test_the_same_name_with_other_bytes_is_a_new_version() -> None:
    api = Api()
    first = api.post("/v1/documents", DOCUMENT).body
    second = api.post("/v1/documents", {**DOCUMENT, "sha256": "f" * 64}).body
    assert second["version"] == 2
    assert second["document_id"] != first["document_id"]


@pytest.mark.parametrize(
    ("visibility", "scope"),
    [
        ({}, "organisation"),
        ({"visibility": "organisation"}, "organisation"),
        ({"visibility": "owner"}, f"user.{USER}"),
        ({"visibility": "team", "team_id": str(TEAM)}, f"team.{TEAM}"),
    ],
)
def test_a_document_is_seen_by_whom_it_is_meant_for(visibility: dict[str, str], scope: str) -> None:
    api = Api()
    document_id = UUID(api.post("/v1/documents", {**DOCUMENT, **visibility}).body["document_id"])
    record = api.documents.get(ACCESS, document_id)
    assert record is not None
    assert record.scope == scope
    shown = api.get(f"/v1/documents/{document_id}").body
    assert shown["visibility"] == visibility.get("visibility", "organisation")


def test_a_private_copy_does_not_tell_that_a_colleague_has_one() -> None:
    api = Api()
    mine = api.post("/v1/documents", {**DOCUMENT, "visibility": "owner"})
    theirs = api.post("/v1/documents", {**DOCUMENT, "visibility": "owner"}, user=OTHER_USER)
    assert (mine.status, theirs.status) == (201, 201)
    assert mine.body["document_id"] != theirs.body["document_id"]


def test_a_team_one_does_not_belong_to_is_forbidden() -> None:
    api = Api()
    assert_problem(api.post("/v1/documents", {**DOCUMENT, "visibility": "team", "team_id": str(uuid4())}), 403)
    assert api.documents.writes == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"visibility": "team"},
        {"team_id": str(TEAM)},
        {"team_id": str(TEAM), "visibility": "owner"},
        {"team_id": "not-an-id", "visibility": "team"},
        {"visibility": "everybody"},
        {"size": 0},
        {"size": -1},
        {"size": MOST_BYTES + 1},
        {"size": "five"},
        {"size": 5.5},
        {"size": None},
        {"sha256": SHA256.upper()},
        {"sha256": SHA256[:-1]},
        {"sha256": f"{SHA256}\n"},
        {"filename": ""},
        {"filename": " "},
        {"filename": "a/b.pdf"},
        {"filename": "..\\b.pdf"},
        {"filename": "a\x00b.pdf"},
        {"filename": "a\nb.pdf"},
        {"filename": "a\u202efdp.exe"},
        {"filename": "."},
        {"filename": ".."},
        {"filename": "ä" * 256},
        {"filename": 7},
        {"title": ""},
        {"title": " "},
        {"title": "x" * 501},
        {"title": "a\x00b"},
        {"owner": str(OTHER_USER)},
    ],
    ids=repr,
)
def test_a_wrong_announcement_is_refused_and_changes_nothing(wrong: dict[str, object]) -> None:
    api = Api()
    assert_problem(api.post("/v1/documents", {**DOCUMENT, **wrong}), 422)
    assert api.documents.writes == 0
    assert api.bucket.forms == []


@pytest.mark.parametrize("missing", ["filename", "size", "sha256"])
def test_what_is_missing_is_named(missing: str) -> None:
    body = {key: value for key, value in DOCUMENT.items() if key != missing}
    problem = assert_problem(Api().post("/v1/documents", body), 422)
    assert [missing in error["field"] for error in problem["errors"]] == [True]


@pytest.mark.parametrize(
    "wrong", [{"visibility": SECRET}, {"sha256": SECRET}, {"filename": f"{SECRET}/b.pdf"}, {"team_id": SECRET}]
)
def test_a_problem_does_not_repeat_what_was_sent(wrong: dict[str, object]) -> None:
    problem = assert_problem(Api().post("/v1/documents", {**DOCUMENT, **wrong}), 422)
    assert SECRET not in json.dumps(problem)


def test_a_document_is_shown_with_all_that_is_known_of_it() -> None:
    api = Api()
    document_id = api.post("/v1/documents", DOCUMENT).body["document_id"]
    shown = api.get(f"/v1/documents/{document_id}").body
    assert shown["name"] == "Richtlinie für Büros.pdf"
    assert (shown["status"], shown["current"], shown["reason"]) == ("awaiting_upload", False, None)
    assert shown["parts"] == {"planned": 0, "done": 0}
    assert shown["controls"] == {"found": 0, "expected": 0, "missing": []}
    assert (shown["issues"], shown["warnings"], shown["hidden_characters"], shown["review"]) == ([], [], 0, None)
    assert datetime.fromisoformat(shown["created_at"])
    assert not {"org_id", "scope", "uploaded_by"} & shown.keys()
    del shown["issues"]  # they are asked for one document at a time
    assert api.get("/v1/documents").body == {"documents": [shown], "next": None}


def test_a_refused_document_says_why() -> None:
    api = Api()
    document_id = UUID(api.post("/v1/documents", DOCUMENT).body["document_id"])
    api.documents.refuse(ACCESS, document_id, DocumentStatus.QUARANTINED, "Its bytes are of an unknown kind.")
    shown = api.get(f"/v1/documents/{document_id}").body
    assert (shown["status"], shown["reason"]) == ("quarantined", "Its bytes are of an unknown kind.")


def test_anothers_document_is_not_there() -> None:
    api = Api()
    document_id = api.post("/v1/documents", {**DOCUMENT, "visibility": "owner"}).body["document_id"]
    assert_problem(api.get(f"/v1/documents/{document_id}", user=OTHER_USER), 404)
    assert api.get("/v1/documents", user=OTHER_USER).body == {"documents": [], "next": None}


# ---------------------------------------------------------------- problems


@pytest.mark.parametrize(
    ("error", "status"),
    [(Throttled("too many calls"), 429), (BudgetExceeded("spent"), 429), (AccessDenied("not yours"), 403)],
)
def test_a_stage_error_has_its_status(error: StageError, status: int) -> None:
    def work(access: Access, query_id: UUID) -> None:
        raise error

    reply = Api(executions=FakeExecutions(work=work)).post("/v1/queries", QUESTION)
    assert assert_problem(reply, status)["detail"] == str(error)


def test_a_defect_tells_its_caller_nothing_but_the_request_id(capsys: pytest.CaptureFixture[str]) -> None:
    def work(access: Access, query_id: UUID) -> None:
        raise ValueError(SECRET)

    api = Api(executions=FakeExecutions(work=work))
    problem = assert_problem(api.post("/v1/queries", QUESTION), 500)
    assert SECRET not in json.dumps(problem)
    output = capsys.readouterr().out
    assert "ValueError" in output, "an operator has to find it in the log"
    assert SECRET not in output


def test_nothing_a_caller_sent_is_logged(capsys: pytest.CaptureFixture[str]) -> None:
    api = Api()
    api.post("/v1/queries", {"question": SECRET})
    api.post("/v1/queries", {"question": SECRET, "language": SECRET})
    api.post("/v1/documents", {**DOCUMENT, "title": SECRET})
    api.post("/v1/documents", {**DOCUMENT, "team_id": str(uuid4()), "visibility": "team", "title": SECRET})
    assert SECRET not in capsys.readouterr().out


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_browser_may_read_every_reply(method: str) -> None:
    for user in (USER, None):
        reply = Api().call(method, "/v1/documents", DOCUMENT, user=user, headers={"Origin": "https://wissen.example"})
        assert reply.headers["Access-Control-Allow-Origin"] in {"*", "https://wissen.example"}


@pytest.mark.parametrize("name", [name for name in event_names() if name.startswith("api_")])
def test_the_example_events_are_answered(name: str) -> None:
    event, api = load_event(name), Api()
    answering(api)  # the example asks to wait
    response = api.resolve(event)
    assert response["statusCode"] in {200, 201, 202, 401, 404}
    assert (response["statusCode"] == 401) == name.endswith("anonymous")
    assert json.loads(response["body"])
