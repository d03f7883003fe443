"""Two documents and one question, carried by containers: each stage's work is done by `sam local invoke` alone."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from tests.events import load_event
from tests.sam_local.aws import Account
from tests.sam_local.functions import Functions, InvocationFailed
from tests.template_rules.template import ROOT

SAMPLES = ("richtlinie-datensicherung.pdf", "richtlinie-zugriffssteuerung.docx")
"""One for each parser with a library behind it."""
QUESTION = {"question": "Wie oft muss die Wiederherstellung von Datensicherungen geübt werden?", "language": "de"}
QUERY_STEPS = (
    ("IntentFunction", "CriticalIntentQueueUrl", "intent"),
    ("RetrieveFunction", "MediumRetrieveQueueUrl", "retrieve"),
    ("SynthesizeFunction", "LowSynthesizeQueueUrl", "synthesize"),
    ("ValidateFunction", "HighValidateQueueUrl", "validate"),
)
INGESTION_STEPS = (
    ("ClassifyFunction", "BatchClassifyQueueUrl", "classify"),
    ("ExtractFunction", "BatchExtractQueueUrl", "extract"),
)
SCHEDULED_STEPS = (("GardenFunction", "BatchGardenQueueUrl", "garden_maintain_all_graphs"),)
_UNKNOWN_KEY = "Bearer wsn_unknown"


@dataclass
class Journey:
    """Calls the functions as AWS would. `calls` holds how long each one's first call took, in ms."""

    functions: Functions
    account: Account
    tell: Callable[[str], None]
    calls: dict[str, float] = field(default_factory=dict)
    _caller: dict[str, Any] = field(default_factory=dict)

    def travel(self) -> None:
        """Raises InvocationFailed."""
        self.authorize()
        self.check_health()
        self.refuse_an_unknown_key()
        documents = [self.upload(ROOT / "samples" / name) for name in SAMPLES]
        self.work_off(INGESTION_STEPS)
        for document in documents:
            self.expect_searchable(document)
        self.account.send(self.account.connection.outputs["BatchGardenQueueUrl"], {"kind": "maintain_all_graphs"})
        self.work_off(SCHEDULED_STEPS)
        query = self.ask()
        self.listen(query)
        self.work_off(QUERY_STEPS)
        self.expect_answer(query)

    def authorize(self) -> None:
        """The key becomes a member; what the authorizer says of it goes with every request, as on AWS."""
        known = load_event("authorize") | {"authorizationToken": f"Bearer {self.account.connection.api_key}"}
        response = self._call("AuthorizeFunction", known)
        self._caller = {**response["context"], "principalId": response["principalId"]}
        _expect(self._caller["principal"] == "member", "AuthorizeFunction did not recognise the key", response)
        _expect(_effect(response) == "Allow", "AuthorizeFunction did not let the key in", response)

    def refuse_an_unknown_key(self) -> None:
        response = self._call("AuthorizeFunction", load_event("authorize") | {"authorizationToken": _UNKNOWN_KEY})
        _expect(response["context"] == {"principal": "anonymous"}, "an unknown key has a name", response)
        answer = self._call("ApiFunction", load_event("api_post_query_anonymous"))
        _expect(answer["statusCode"] == 401, "an unknown key was let in", answer)
        _expect(_header(answer, "Content-Type") == "application/problem+json", "the refusal is no problem", answer)

    def check_health(self) -> None:
        body = self._api("api_get_health", status=200)
        _expect(body["status"] == "ok", "a component cannot be reached from the container", body)

    def upload(self, sample: Path) -> str:
        """Announce a file and post it as a browser would; its document's id."""
        data = sample.read_bytes()
        announced = {"filename": sample.name, "size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        body = self._api("api_post_document", status=201, body=announced)
        form = body["upload"]
        posted = httpx.post(form["url"], data=form["fields"], files={"file": data}, trust_env=False)
        _expect(posted.is_success, f"the upload form was refused with {posted.status_code}", posted.text)
        return str(body["document_id"])

    def expect_searchable(self, document_id: str) -> None:
        body = self._api("api_get_document", status=200, parameters={"document_id": document_id})
        _expect(body["status"] == "searchable", "the document did not become searchable", body)
        _expect(body["chunks"] > 0, "the document has no chunks", body)
        self.tell(f"  {body['name']}: {body['status']}, {body['chunks']} chunks, {body['controls']['found']} controls")

    def ask(self) -> str:
        body = self._api("api_post_query", status=202, body=QUESTION, headers={"Prefer": "wait=0"})
        return str(body["query_id"])

    def listen(self, query_id: str) -> None:
        """A connection that ended at once: the stages find it among the listeners, and that it is gone."""
        event = load_event("stream_connect")
        event["headers"]["Authorization"] = _UNKNOWN_KEY
        refused = self._call("StreamFunction", event)
        _expect(refused["statusCode"] == 401, "an unknown key opened a connection", refused)
        event["headers"]["Authorization"] = f"Bearer {self.account.connection.api_key}"
        opened = self._call("StreamFunction", event)
        _expect(opened["statusCode"] == 200, "the key opened no connection", opened)
        event = load_event("stream_subscribe")
        event["body"] = json.dumps({"action": "subscribe", "query_id": query_id})
        subscribed = self._call("StreamFunction", event)
        _expect(subscribed["statusCode"] == 200, "the subscription was not taken", subscribed)

    def expect_answer(self, query_id: str) -> None:
        body = self._api("api_get_query", status=200, parameters={"query_id": query_id})
        _expect(body["status"] == "answered", "the question was not answered", body)
        _expect(bool(body["citations"]), "the answer cites nothing", body)
        _expect(body["degraded"] == [], "a stage could not reach the model gateway", body)
        self.tell(f"  {QUESTION['question']}\n  {body['answer']}\n  {len(body['citations'])} citations")

    def work_off(self, steps: Sequence[tuple[str, str, str]]) -> None:
        """Empty one queue after the other, each by its own function."""
        for function, output, event_name in steps:
            queue_url = self.account.connection.outputs[output]
            event = self.account.receive(queue_url, event_name)
            _expect(event is not None, f"nothing came to {output}", None)
            while event is not None:
                result = self._call(function, event)
                _expect(
                    result == {"batchItemFailures": []},
                    f"{function} failed on {len(event['Records'])} messages",
                    result,
                )
                self.account.delete(queue_url, event)
                event = self.account.receive(queue_url, event_name, patience_s=1)
            dead = output.replace("QueueUrl", "DeadLetterQueueUrl")
            letters = self.account.depth(self.account.connection.outputs[dead])
            _expect(letters == 0, f"{function} left {letters} dead letters", None)

    def _api(
        self,
        event_name: str,
        *,
        status: int,
        body: dict[str, Any] | None = None,
        parameters: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
    ) -> dict[str, Any]:
        event = _request(load_event(event_name), body, parameters, headers)
        if "authorizer" in event["requestContext"]:
            event["requestContext"]["authorizer"] = self._caller
        response = self._call("ApiFunction", event)
        _expect(response["statusCode"] == status, f"{event_name} was answered with {response['statusCode']}", response)
        answered: dict[str, Any] = json.loads(response["body"])
        return answered

    def _call(self, function: str, event: dict[str, Any]) -> Any:
        invocation = self.functions.invoke(function, event)
        self.calls.setdefault(function, invocation.duration_ms)
        self.tell(f"{function:<19} {invocation.duration_ms:6.0f} ms in a fresh container")
        return invocation.result


def _request(
    event: dict[str, Any],
    body: dict[str, Any] | None,
    parameters: dict[str, str] | None,
    headers: dict[str, str] | None,
) -> dict[str, Any]:
    """An example request with another body, path or header."""
    if body is not None:
        event["body"] = json.dumps(body)
    for name, value in (parameters or {}).items():
        event["pathParameters"] = {name: value}
        event["path"] = event["resource"].replace(f"{{{name}}}", value)
        event["requestContext"]["path"] = f"/live{event['path']}"
    for name, value in (headers or {}).items():
        event["headers"][name] = value
        event["multiValueHeaders"][name] = [value]
    return event


def _expect(fulfilled: bool, fault: str, seen: Any) -> None:
    if not fulfilled:
        raise InvocationFailed(f"{fault}: {json.dumps(seen, ensure_ascii=False, default=str)[:3000]}")


def _effect(response: dict[str, Any]) -> str:
    (statement,) = response["policyDocument"]["Statement"]
    return str(statement["Effect"])


def _header(response: dict[str, Any], name: str) -> str:
    several = {key.lower(): values[0] for key, values in (response.get("multiValueHeaders") or {}).items()}
    single = {key.lower(): value for key, value in (response.get("headers") or {}).items()}
    return re.split(r"\s*;", str((several | single).get(name.lower(), "")))[0]
