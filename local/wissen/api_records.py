"""What the API returns, as far as the command line reads it. Fields added later are ignored here
but kept in `received`, so that `--json` prints the API's object and not our idea of it."""

from __future__ import annotations

from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue, PrivateAttr

FINISHED_QUERY = frozenset({"answered", "failed"})
FINISHED_DOCUMENT = frozenset({"searchable", "failed", "quarantined"})


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Record(_Part):
    _received: dict[str, Any] = PrivateAttr(default_factory=dict)

    @classmethod
    def read(cls, body: dict[str, Any]) -> Self:
        """Validate `body` and keep it. Raises pydantic.ValidationError."""
        record = cls.model_validate(body)
        record._received = body
        return record

    @property
    def received(self) -> dict[str, Any]:
        """The API's object as it came."""
        return self._received


class Citation(_Part):
    """One cited passage. `quote` is copied from the source to the character; pages count from 1."""

    n: int
    document_id: str
    title: str | None = None
    control_id: str | None = None
    heading_path: list[str] | str | None = None
    page_from: int | None = None
    page_to: int | None = None
    char_from: int | None = None
    char_to: int | None = None
    quote: str


class Timings(_Part):
    """Milliseconds each stage waited in its queue and worked; `total` from question to answer."""

    queue: dict[str, float | None] = Field(default_factory=dict)
    stage: dict[str, float | None] = Field(default_factory=dict)
    total: float | None = None


class QueryError(_Part):
    name: str
    detail: str | None = None


class Answer(_Record):
    """A query in any state; `status` is queued, running, answered or failed."""

    query_id: str
    status: str
    answer: str | None = None
    found: bool | None = None
    citations: list[Citation] = Field(default_factory=list)
    intent: JsonValue = None
    confidence: float | None = None
    follow_ups: list[str] = Field(default_factory=list)
    degraded: list[str] = Field(default_factory=list)
    cached: bool = False
    timings_ms: Timings | None = None
    error: QueryError | None = None

    @property
    def finished(self) -> bool:
        return self.status in FINISHED_QUERY


class UploadForm(_Part):
    """A presigned POST: `fields` go first in the multipart body, the file last."""

    url: str
    fields: dict[str, str]


class DocumentTicket(_Record):
    """The reply to an announced document; `upload` is None when these bytes are already known."""

    document_id: str
    status: str
    version: int | None = None
    upload: UploadForm | None = None


class Parts(_Part):
    planned: int | None = None
    done: int | None = None


class Controls(_Part):
    found: int | None = None


class Document(_Record):
    """A document's state; `size` in bytes, `type_confidence` between 0 and 1."""

    document_id: str
    status: str
    name: str | None = None
    title: str | None = None
    version: int | None = None
    current: bool | None = None
    reason: str | None = None
    type: str | None = None
    type_confidence: float | None = None
    language: str | None = None
    size: int | None = None
    sha256: str | None = None
    pages: int | None = None
    parts: Parts | None = None
    chunks: int | None = None
    controls: Controls | None = None

    @property
    def finished(self) -> bool:
        return self.status in FINISHED_DOCUMENT


class Health(_Record):
    """`status` is ok or degraded; each component carries its own state."""

    status: str
    components: dict[str, JsonValue] = Field(default_factory=dict)
