"""Each route by the name of its function in api.routes: what it is for, and what it may answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel

from api.openapi.content_replies import (
    ControlEverywhere,
    ControlList,
    EntityList,
    MappingList,
    Neighbourhood,
    RelationList,
    Section,
    TextStretch,
)
from api.openapi.document_replies import (
    Document,
    DocumentList,
    DocumentTicket,
    DocumentWithIssues,
    MarkedPassages,
    Release,
)
from api.openapi.problem import Health
from api.openapi.question_replies import Conversation, ConversationTicket, Query, QuestionAccepted
from api.openapi.record_replies import AnswerRecord
from knowledge.records import Feedback

TAGS = {
    "questions": "Ask, and read the answer and all that it was made of.",
    "conversations": "Questions that lean on earlier ones.",
    "documents": "Upload, follow, correct and delete documents.",
    "text": "Read what was found in a document.",
    "graph": "Controls and their relations across all documents that you can see.",
    "operations": "The state of the deployment.",
}
#: Problems that any route with a key may answer.
_KEYED = (
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.INTERNAL_SERVER_ERROR,
    HTTPStatus.SERVICE_UNAVAILABLE,
    HTTPStatus.GATEWAY_TIMEOUT,
)
_WITH_PARAMETERS = (*_KEYED, HTTPStatus.UNPROCESSABLE_ENTITY)
_WITH_ID = (*_WITH_PARAMETERS, HTTPStatus.NOT_FOUND)
_WITH_BODY = (*_WITH_PARAMETERS, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
_WITH_BODY_AND_ID = (*_WITH_BODY, HTTPStatus.NOT_FOUND)
LOCATION = {"Location": {"description": "The path of what was made.", "schema": {"type": "string"}}}
RETRY_AFTER = {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 0}}}


@dataclass(frozen=True)
class Success:
    """A reply that is no problem; ``body`` is None for one without a body."""

    says: str
    body: type[BaseModel] | None = None
    headers: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Operation:
    tag: str
    summary: str
    answers: Mapping[int, Success]
    problems: tuple[HTTPStatus, ...] = _KEYED
    needs_key: bool = True


def _shows(tag: str, summary: str, body: type[BaseModel], problems: tuple[HTTPStatus, ...] = _KEYED) -> Operation:
    return Operation(tag, summary, {200: Success("Found.", body)}, problems)


def _deletes(tag: str, summary: str) -> Operation:
    return Operation(tag, summary, {204: Success("Deleted.")}, _WITH_ID)


_ASKED = Operation(
    "questions",
    "Ask a question",
    {
        200: Success("The answer: remembered, or ready within the preferred wait.", Query),
        202: Success("The question is being worked on.", QuestionAccepted, {**LOCATION, **RETRY_AFTER}),
    },
    _WITH_BODY_AND_ID,
)
_ANNOUNCED = Operation(
    "documents",
    "Announce a document and get a form to upload it with",
    {
        200: Success("The same bytes are here already; nothing is to be uploaded.", DocumentTicket),
        201: Success("Upload the bytes with the form.", DocumentTicket, LOCATION),
    },
    _WITH_BODY,
)
_PROCESSED_AGAIN = {202: Success("It is processed again, and answers from its old rows until then.", Document)}
_HEALTH = Operation(
    "operations",
    "Show whether the deployment can answer",
    {
        200: Success("Questions can be answered; degraded if a part is missing.", Health),
        503: Success("The store cannot be reached.", Health),
    },
    (HTTPStatus.UNSUPPORTED_MEDIA_TYPE, HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.INTERNAL_SERVER_ERROR,
     HTTPStatus.GATEWAY_TIMEOUT),
    needs_key=False,
)  # fmt: skip

OPERATIONS: Mapping[str, Operation] = {
    "post_query": _ASKED,
    "get_query": _shows("questions", "Read an answer, or how far it is", Query, _WITH_ID),
    "get_record": _shows("questions", "Read all that an answer was made of", AnswerRecord, _WITH_ID),
    "post_feedback": Operation(
        "questions", "Rate an answer", {200: Success("The rating that is kept.", Feedback)}, _WITH_BODY_AND_ID
    ),
    "post_conversation": Operation(
        "conversations", "Begin a conversation", {201: Success("Begun.", ConversationTicket, LOCATION)}
    ),
    "get_conversation": _shows("conversations", "Read the latest turns of a conversation", Conversation, _WITH_ID),
    "delete_conversation": _deletes("conversations", "Delete a conversation, its questions and their answers"),
    "post_document": _ANNOUNCED,
    "get_documents": _shows("documents", "List documents, newest first, 200 at a time", DocumentList, _WITH_PARAMETERS),
    "get_document": _shows("documents", "Show a document", DocumentWithIssues, _WITH_ID),
    "patch_document": Operation("documents", "Correct a document's type", _PROCESSED_AGAIN, _WITH_BODY_AND_ID),
    "delete_document": _deletes("documents", "Delete a document with everything that was made of it"),
    "post_reprocess": Operation("documents", "Process a document again", _PROCESSED_AGAIN, _WITH_ID),
    "get_text": _shows("text", "Read a stretch of a document's stored text", TextStretch, _WITH_ID),
    "get_section": _shows("text", "Read a section of a document", Section, _WITH_ID),
    "get_marked": _shows("documents", "List passages that read like orders to a model", MarkedPassages, _WITH_ID),
    "post_release": Operation(
        "documents",
        "Release marked passages, so that models may read them",
        {200: Success("Released.", Release)},
        _WITH_BODY_AND_ID,
    ),
    "get_controls": _shows("text", "List a document's controls", ControlList, _WITH_ID),
    "get_entities": _shows("text", "List the entities that a document names", EntityList, _WITH_ID),
    "get_relations": _shows("text", "List the relations that a document states", RelationList, _WITH_ID),
    "get_control": _shows("graph", "Show a control in every document that has it", ControlEverywhere, _WITH_ID),
    "get_graph": _shows("graph", "Show the graph one hop around a control", Neighbourhood, _WITH_PARAMETERS),
    "get_mappings": _shows("graph", "List which controls correspond to each other", MappingList),
    "get_health": _HEALTH,
}
