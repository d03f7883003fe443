"""POST /v1/documents, GET /v1/documents and GET /v1/documents/{document_id}."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Literal, Self
from uuid import UUID

from aws_lambda_powertools.event_handler import Response
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from api.services import Caller, Services
from knowledge.access import ORGANISATION_SCOPE, team_scope, user_scope
from knowledge.errors import AccessDenied, InvalidInput, NotFound
from knowledge.messages import upload_key
from knowledge.records import DocumentRecord, NewDocument

#: Seconds an upload form is good for.
UPLOAD_SECONDS = 900
_LISTED = 200

Visibility = Literal["organisation", "team", "owner"]


class DocumentBody(BaseModel):
    """What a client says about the bytes it is going to upload."""

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
    record = services.documents.get(caller.access, document_id)
    if record is None:
        raise NotFound(f"you have no document {document_id}")
    return view(record)


def read_all(caller: Caller, services: Services) -> dict[str, Any]:
    """The latest documents the caller may see."""
    return {"documents": [view(record) for record in services.documents.latest(caller.access, _LISTED)]}


def view(record: DocumentRecord) -> dict[str, Any]:
    """A document as the API shows it (docs/api.md)."""
    shown = record.model_dump(
        mode="json",
        include={
            "name", "title", "version", "current", "status", "reason", "type", "type_confidence", "language",
            "mime_type", "size", "sha256", "pages", "chunks", "pipeline_version", "created_at", "updated_at",
        },
    )  # fmt: skip
    visibility = {"organisation": "organisation", "team": "team", "user": "owner"}[record.scope.split(".")[0]]
    return {
        "document_id": str(record.id),
        **shown,
        "parts": {"planned": record.parts_planned or 0, "done": record.parts_done},
        "controls": {"found": record.controls},
        "visibility": visibility,
    }


def _scope(body: DocumentBody, caller: Caller) -> str:
    if body.visibility == "owner":
        return user_scope(caller.user_id)
    if body.visibility == "organisation":
        return ORGANISATION_SCOPE
    if body.team_id is None or body.team_id not in caller.team_ids:
        raise AccessDenied(f"you are not a member of team {body.team_id}")
    return team_scope(body.team_id)
