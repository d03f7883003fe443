"""/v1/documents: announce, show, read, correct, delete."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any, Literal, Self
from uuid import UUID, uuid4

from aws_lambda_powertools.event_handler import Response
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from api.services import Caller, Services
from knowledge.access import ORGANISATION_SCOPE, team_scope, user_scope
from knowledge.bucket import document_prefixes, text_key, upload_key
from knowledge.errors import AccessDenied, InvalidInput, NotFound
from knowledge.messages import ReprocessDocument
from knowledge.records import DocumentRecord, NewDocument, ParsedText
from knowledge.taxonomy import DocumentType

#: Seconds an upload form is good for.
UPLOAD_SECONDS = 900
_LISTED = 200
#: Characters shown at once; the longest section of a real standard has some 30,000.
_LONGEST_TEXT = 50_000

Visibility = Literal["organisation", "team", "owner"]


class DocumentBody(BaseModel):
    """The bytes that a client is going to upload."""

    model_config = ConfigDict(extra="forbid")

    filename: str = Field(min_length=1, max_length=255)
    size: int = Field(ge=1, description="bytes")
    sha256: str = Field(pattern="^[0-9a-f]{64}$", description="of the bytes, in lower-case hexadecimal")
    title: str | None = Field(default=None, min_length=1, max_length=500)
    visibility: Visibility = "organisation"
    team_id: UUID | None = None

    @field_validator("filename")
    @classmethod
    def _a_name_not_a_path(cls, filename: str) -> str:
        if any(character in "/\\" or not character.isprintable() for character in filename):
            raise ValueError("a file name without folders or control characters")
        if not filename.strip(" ."):
            raise ValueError("a file name, not only dots and blanks")
        return filename

    @field_validator("title")
    @classmethod
    def _a_title_one_can_read(cls, title: str | None) -> str | None:
        if title is not None and (not title.strip() or "\x00" in title):
            raise ValueError("a title that is not blank and holds no NUL character")
        return title

    @model_validator(mode="after")
    def _a_team_for_a_team(self) -> Self:
        # A forgotten visibility must not show a team's document to the whole organisation.
        if (self.visibility == "team") != (self.team_id is not None):
            raise ValueError("visibility 'team' and a team_id go together")
        return self


class CorrectionBody(BaseModel):
    """The type a person chose for a document."""

    model_config = ConfigDict(extra="forbid")

    type: DocumentType


class ReleaseBody(BaseModel):
    """The marked passages that a person has read and found harmless."""

    model_config = ConfigDict(extra="forbid")

    passages: Annotated[list[UUID], Field(min_length=1, max_length=1000)]


def announce(body: DocumentBody, caller: Caller, services: Services) -> Response[Any]:
    """201 with an upload form, or 200 without one when the same bytes are already here.

    Raises InvalidInput, AccessDenied.
    """
    if body.size > services.max_document_bytes:
        raise InvalidInput(f"the document has {body.size:,} bytes; {services.max_document_bytes:,} are allowed")
    scope = _scope(body, caller)
    registered = services.documents.register(
        caller.access,
        NewDocument(
            name=body.filename,
            title=body.title or body.filename,
            scope=scope,
            sha256=body.sha256,
            size=body.size,
            uploaded_by=caller.user_id,
        ),
    )
    shown: dict[str, Any] = {
        "document_id": str(registered.document_id),
        "version": registered.version,
        "status": registered.status,
        "upload": None,
    }
    if not registered.upload_needed:
        return Response(status_code=HTTPStatus.OK.value, content_type="application/json", body=shown)
    key = upload_key(caller.org_id, scope, registered.document_id, body.filename)
    form = services.bucket.presigned_post(key, body.size, UPLOAD_SECONDS)
    shown["upload"] = {"method": "POST", "url": form.url, "fields": form.fields}
    location = {"Location": f"/v1/documents/{registered.document_id}"}
    return Response(status_code=HTTPStatus.CREATED.value, content_type="application/json", body=shown, headers=location)


def read(document_id: UUID, caller: Caller, services: Services) -> dict[str, Any]:
    """Raises NotFound, also for a document the caller may not see."""
    record = _visible(document_id, caller, services)
    issues = [
        {"control_id": control.control_id or control.control_key, "issue": issue}
        for control in services.graph.controls_of(caller.access, document_id)
        for issue in control.issues
    ]
    return {**view(record), "issues": issues}


def correct_type(document_id: UUID, body: CorrectionBody, caller: Caller, services: Services) -> Response[Any]:
    """202: the document is processed again as the chosen type. Until that is done its old rows answer.

    Raises NotFound, InvalidInput for a document that is not searchable.
    """
    record = _visible(document_id, caller, services)
    if not services.documents.set_type(caller.access, document_id, body.type):
        raise InvalidInput(f"it is {record.status}; the type can be corrected once the document is searchable")
    return _processed_again(document_id, caller, services)


def reprocess(document_id: UUID, new_embedding: bool, caller: Caller, services: Services) -> Response[Any]:
    """202: the document is processed again by the present pipeline. Until that is done its old rows answer.

    ``new_embedding`` lets the run replace the organisation's embedding model by the one that is set now.
    Raises NotFound; InvalidInput for a document that is not here or under way for the first time.
    """
    record = _visible(document_id, caller, services)
    if not services.documents.request_run(caller.access, document_id, new_embedding=new_embedding):
        raise InvalidInput(f"it is {record.status}; it can be processed again once it is searchable or has failed")
    return _processed_again(document_id, caller, services)


def _processed_again(document_id: UUID, caller: Caller, services: Services) -> Response[Any]:
    """The store has noted the wish by now: if the message is lost, the sweep sends it again."""
    record = _visible(document_id, caller, services)
    message = ReprocessDocument(
        id=uuid4(), org_id=caller.org_id, trace=str(document_id), document_id=document_id, scope=record.scope
    )
    services.bus.send(services.classify_queue_url, message)
    return Response(status_code=HTTPStatus.ACCEPTED.value, content_type="application/json", body=view(record))


def read_marked(document_id: UUID, caller: Caller, services: Services) -> dict[str, Any]:
    """The passages that read like orders to a model and enter no prompt. Raises NotFound."""
    _visible(document_id, caller, services)
    found = services.documents.marked(caller.access, document_id)
    return {"passages": [passage.model_dump(mode="json") for passage in found]}


def release(document_id: UUID, body: ReleaseBody, caller: Caller, services: Services) -> dict[str, Any]:
    """Let models read marked passages again. Raises NotFound."""
    _visible(document_id, caller, services)
    released = services.documents.release(caller.access, document_id, body.passages)
    return {"released": released, "marked": len(services.documents.marked(caller.access, document_id))}


def delete(document_id: UUID, caller: Caller, services: Services) -> Response[Any]:
    """204: rows, vectors, bytes, and its quotes in answers are gone. Raises NotFound."""
    record = _visible(document_id, caller, services)
    # Bytes first: should this fail half-way, the document is still listed and can be deleted again.
    for prefix in document_prefixes(record.org_id, record.scope, record.id):
        services.bucket.delete_below(prefix)
    services.documents.delete(caller.access, document_id)
    return Response(status_code=HTTPStatus.NO_CONTENT.value, body="")


def read_text(document_id: UUID, char_from: int, char_to: int, caller: Caller, services: Services) -> dict[str, Any]:
    """A stretch of the document's stored text; offsets as in citations. Raises NotFound, InvalidInput."""
    if not 0 <= char_from < char_to <= char_from + _LONGEST_TEXT:
        raise InvalidInput(f"ask for 1 to {_LONGEST_TEXT:,} characters: 0 <= from < to <= from + {_LONGEST_TEXT}")
    text = stored_text(document_id, caller, services).text[char_from:char_to]
    return {"char_from": char_from, "char_to": char_from + len(text), "text": text}


def read_section(document_id: UUID, number: int, caller: Caller, services: Services) -> dict[str, Any]:
    """The section with this number, from 1, with its text. Raises NotFound."""
    parsed = stored_text(document_id, caller, services)
    if not 1 <= number <= len(parsed.sections):
        raise NotFound(f"document {document_id} has sections 1 to {len(parsed.sections)}, not {number}")
    section = parsed.sections[number - 1]
    shown = section.model_dump(mode="json", exclude={"language"})
    text = parsed.text[section.char_from : section.char_to]
    return {**shown, "number": number, "of": len(parsed.sections), "text": text}


def stored_text(document_id: UUID, caller: Caller, services: Services) -> ParsedText:
    """The document's text as it was parsed. Raises NotFound."""
    record = _visible(document_id, caller, services)
    version = record.served_version or record.pipeline_version
    if version is None:
        raise NotFound(f"document {document_id} is {record.status}; it has no text yet")
    return ParsedText.model_validate_json(services.bucket.get(text_key(record.org_id, record.id, version)))


def _visible(document_id: UUID, caller: Caller, services: Services) -> DocumentRecord:
    record = services.documents.get(caller.access, document_id)
    if record is None:
        raise NotFound(f"you have no document {document_id}")
    return record


def read_all(after: UUID | None, caller: Caller, services: Services) -> dict[str, Any]:
    """The latest documents the caller may see; ``next`` names the one to ask for the others after, where there are."""
    found = services.documents.latest(caller.access, _LISTED + 1, after)
    shown = found[:_LISTED]
    return {
        "documents": [view(record) for record in shown],
        "next": str(shown[-1].id) if len(found) > _LISTED else None,
    }


def view(record: DocumentRecord) -> dict[str, Any]:
    """A document as the API shows it (docs/api.md)."""
    shown = record.model_dump(
        mode="json",
        include={
            "name", "title", "version", "current", "status", "reason", "type", "type_confidence", "language",
            "mime_type", "size", "sha256", "pages", "chunks", "pipeline_version", "created_at", "updated_at",
            "type_reasoning", "type_alternatives", "review", "warnings", "metadata", "cost_usd",
        },
    )  # fmt: skip
    visibility = {"organisation": "organisation", "team": "team", "user": "owner"}[record.scope.split(".")[0]]
    return {
        "document_id": str(record.id),
        **shown,
        "parts": {"planned": record.parts_planned or 0, "done": record.parts_done},
        "controls": {
            "found": record.controls,
            "expected": len(record.expected_keys),
            "missing": list(record.missing_keys),
        },
        "marked_passages": record.marked,
        "hidden_characters": sum(hidden.char_to - hidden.char_from for hidden in record.hidden),
        "visibility": visibility,
        "reprocessing": record.reprocessing,
        "outdated": record.outdated,
    }


def _scope(body: DocumentBody, caller: Caller) -> str:
    if body.visibility == "owner":
        return user_scope(caller.user_id)
    if body.visibility == "organisation":
        return ORGANISATION_SCOPE
    if body.team_id is None or body.team_id not in caller.team_ids:
        raise AccessDenied(f"you are not a member of team {body.team_id}")
    return team_scope(body.team_id)
