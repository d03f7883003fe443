"""The messages on the bus: one model per kind, references only, never text.

The question, passages and answer stay in the store under ``query_id``; parsed parts stay in the bucket.

Two releases share the queues during a deployment, and a dead letter is redriven days later. So messages grow by these
rules: a reader ignores fields that it does not know; a new field has a default, and leaves ``version`` as it is; a
message whose meaning changes gets a new kind, and readers accept the old kind for one release. ``version`` 2 is for a
change that no reader of version 1 may guess at: such a reader refuses it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import reduce
from operator import or_
from typing import Annotated, Any, Literal, TypeVar
from urllib.parse import unquote_plus
from uuid import NAMESPACE_URL, UUID, uuid4, uuid5

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from knowledge.access import Access, Scope
from knowledge.bucket import UPLOADS_PREFIX
from knowledge.errors import InvalidInput

M = TypeVar("M", bound="Message")


class Message(BaseModel):
    """The fields of every message. ``trace`` follows one upload or question through every log line."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    version: Literal[1] = 1
    kind: str
    id: UUID
    org_id: UUID
    trace: str = Field(max_length=200)

    @property
    def access(self) -> Access:
        raise NotImplementedError

    @property
    def subject(self) -> str:
        """The one id to log."""
        return str(self.id)


class QueryMessage(Message):
    """A step of one question. ``task_token`` is how the state machine waits for it."""

    query_id: UUID
    user_id: UUID
    scopes: tuple[Scope, ...]
    task_token: str = Field(min_length=1, repr=False)

    @property
    def access(self) -> Access:
        return Access(org_id=self.org_id, user_id=self.user_id, scopes=self.scopes)

    @property
    def subject(self) -> str:
        return str(self.query_id)


class AnalyzeQuestion(QueryMessage):
    kind: Literal["analyze_question"] = "analyze_question"


class RetrievePassages(QueryMessage):
    kind: Literal["retrieve_passages"] = "retrieve_passages"


class SynthesizeAnswer(QueryMessage):
    kind: Literal["synthesize_answer"] = "synthesize_answer"


class ValidateAnswer(QueryMessage):
    kind: Literal["validate_answer"] = "validate_answer"


class FailQuery(QueryMessage):
    """Sent by the state machine when a step cannot succeed, so that the asker is told why."""

    kind: Literal["fail_query"] = "fail_query"
    error_name: str
    error_detail: str


class DocumentMessage(Message):
    """A step of one document."""

    document_id: UUID
    scope: Scope

    @property
    def access(self) -> Access:
        return Access.of_document(self.org_id, self.scope)

    @property
    def subject(self) -> str:
        return str(self.document_id)


class DocumentUploaded(DocumentMessage):
    """The bucket has new bytes. Made from S3's own event, see :func:`parse_upload_event`."""

    kind: Literal["document_uploaded"] = "document_uploaded"
    bucket: str
    key: str
    filename: str
    size: int


class ReprocessDocument(DocumentMessage):
    """Process a document again, because its type was corrected or the pipeline has changed."""

    kind: Literal["reprocess_document"] = "reprocess_document"


class ExtractPart(DocumentMessage):
    kind: Literal["extract_part"] = "extract_part"
    part: int = Field(ge=0)
    pipeline_version: str


class GardenDocument(DocumentMessage):
    """Publish a complete document. Only the release before this one sends it; the next one need not read it."""

    kind: Literal["garden_document"] = "garden_document"
    pipeline_version: str


class SweepDocuments(Message):
    """The schedule's call to look for stalled documents. The schedule sends nothing but the kind.

    Classify hands it on to extract with ``since``: a document is stalled if nobody has touched it since then.
    """

    kind: Literal["sweep_documents"] = "sweep_documents"
    id: UUID = Field(default_factory=uuid4)
    org_id: UUID = UUID(int=0)  # nobody's: documents are worked on with an access of their own
    trace: str = Field(default="schedule", max_length=200)
    since: AwareDatetime | None = None

    @property
    def access(self) -> Access:
        return Access(org_id=self.org_id)


class MaintainAllGraphs(Message):
    """The schedule's call to maintain every graph that has changed. The schedule sends nothing but the kind.

    The release before this one called it ``tend_all``; the next one need not read that.
    """

    kind: Literal["maintain_all_graphs", "tend_all"] = "maintain_all_graphs"
    id: UUID = Field(default_factory=uuid4)
    org_id: UUID = UUID(int=0)  # nobody's: it reads no organisation's rows
    trace: str = Field(default="schedule", max_length=200)

    @property
    def access(self) -> Access:
        return Access(org_id=self.org_id)


class MaintainGraph(Message):
    """Merge, drop and propose in one organisation's graph, scope by scope.

    The release before this one called it ``tend_organisation``; the next one need not read that.
    """

    kind: Literal["maintain_graph", "tend_organisation"] = "maintain_graph"

    @property
    def access(self) -> Access:
        """The access to the organisation without a scope: each scope is worked on with an access of its own."""
        return Access(org_id=self.org_id)


def parse_message(adapter: TypeAdapter[M], body: str) -> M:
    """The message in a queue record's body.

    Raises:
        InvalidInput: naming the fields at fault, never their values.
    """
    try:
        return adapter.validate_json(body)
    except ValidationError as error:
        raise InvalidInput(f"not a message this stage understands: {faults(error)}") from error


def reader(*kinds: type[M]) -> Callable[[str], list[M]]:
    """A function that reads a queue record's body as one message of one of these kinds; it raises InvalidInput."""
    one: Any = reduce(or_, kinds)
    if kinds[1:]:
        one = Annotated[one, Field(discriminator="kind")]
    adapter: TypeAdapter[M] = TypeAdapter(one)
    return lambda body: [parse_message(adapter, body)]


def faults(error: ValidationError) -> str:
    """The fields that do not fit a model and the reasons, without the values."""
    found = [
        f"{'.'.join(map(str, fault['loc'])) or 'body'}: {fault['msg']}"
        for fault in error.errors(include_input=False, include_url=False)
    ]
    return "; ".join(found)


def parse_upload_event(body: str) -> list[DocumentUploaded]:
    """The uploads in one S3 event notification; none in the test event S3 sends when it is set up.

    Raises:
        InvalidInput: when it is no S3 event or a key is not one the API has given out.
    """
    try:
        event = json.loads(body)
        if event.get("Event") == "s3:TestEvent":
            return []
        return [_uploaded(record["s3"]) for record in event["Records"]]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InvalidInput("not an S3 event for a key below uploads/{org}/{scope}/{document}/") from error


_read_own: Callable[[str], list[DocumentUploaded | ReprocessDocument | SweepDocuments]] = reader(
    DocumentUploaded, ReprocessDocument, SweepDocuments
)


def parse_classify_message(body: str) -> list[DocumentUploaded | ReprocessDocument | SweepDocuments]:
    """A message of the classify queue: an S3 event, or one of our own.

    Raises:
        InvalidInput: when it is neither.
    """
    return _read_own(body) if _has_kind(body) else list(parse_upload_event(body))


def _has_kind(body: str) -> bool:
    """True if it is a message of ours: a JSON object with a ``kind``, which no S3 event has."""
    try:
        message = json.loads(body)
    except ValueError:
        return False
    return isinstance(message, dict) and "kind" in message


def part_message(document: DocumentMessage, part: int, pipeline_version: str) -> ExtractPart:
    """The message that has a part extracted, the same whoever sends it."""
    return ExtractPart(
        id=uuid5(document.document_id, f"extract/{pipeline_version}/{part}"),
        org_id=document.org_id,
        trace=document.trace,
        document_id=document.document_id,
        scope=document.scope,
        part=part,
        pipeline_version=pipeline_version,
    )


def _uploaded(record: dict[str, dict[str, str]]) -> DocumentUploaded:
    key = unquote_plus(record["object"]["key"])
    prefix, org_id, scope, document_id, filename = key.split("/", 4)
    if prefix != UPLOADS_PREFIX:
        raise ValueError(f"the key does not begin with {UPLOADS_PREFIX}/")
    return DocumentUploaded(
        id=uuid5(NAMESPACE_URL, key + record["object"].get("sequencer", "")),
        org_id=UUID(org_id),
        trace=document_id,
        document_id=UUID(document_id),
        scope=scope,
        bucket=record["bucket"]["name"],
        key=key,
        filename=filename,
        size=int(record["object"].get("size", 0)),
    )
