"""Port: documents from the announcement to the answer, with their parts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from knowledge.access import Access
from knowledge.records import ClassifiedDocument, DocumentRecord, ExtractedPart, MarkedPassage, NewDocument
from knowledge.taxonomy import DocumentStatus, DocumentType

#: A document in one of these states answers questions.
ANSWERING = frozenset({DocumentStatus.SEARCHABLE, DocumentStatus.SEARCHABLE_WITH_GAPS})
#: The bytes of a document in one of these states are here: nothing is to be uploaded.
IN_HAND = frozenset({DocumentStatus.CLASSIFYING, DocumentStatus.EXTRACTING, *ANSWERING})


@dataclass(frozen=True, slots=True)
class Registered:
    """The outcome of announcing a document."""

    document_id: UUID
    version: int
    status: DocumentStatus
    upload_needed: bool


class Documents(Protocol):
    """Everybody sees the documents of their own scopes and no others; a worker sees those of the one scope it works in.

    A run is one complete extraction of a document under one ``pipeline_version``. While a new run is under way the
    document answers from the run before.
    """

    def register(self, access: Access, new: NewDocument) -> Registered:
        """Announce a document before its bytes arrive, or find that it is known.

        The same name with other bytes is the next version. The bytes of a retired version become the latest version
        again, under the name they come with now. A failed document waits for its upload again.
        """

    def get(self, access: Access, identity: UUID) -> DocumentRecord | None:
        """The document; None if the asker may not see it or there is none."""

    def latest(self, access: Access, limit: int, after: UUID | None = None) -> list[DocumentRecord]:
        """The asker's documents, newest first; with ``after`` only those that follow it in this order.

        Nothing follows a document that the asker cannot see.
        """

    def start(self, access: Access, identity: UUID) -> DocumentRecord:
        """Note that the bytes are here. A document that is extracted or being extracted stays as it is.

        Raises:
            NotFound: nobody announced this document.
        """

    def classified(self, access: Access, identity: UUID, found: ClassifiedDocument) -> None:
        """Store the result of classification and plan the parts of its run; parts that are done stay done.

        Nothing changes if another delivery of the same message was quicker.
        """

    def pending_parts(self, access: Access, identity: UUID, pipeline_version: str) -> list[int]:
        """The numbers of the parts of a run that are not done; empty if another run has taken over."""

    def begin_part(self, access: Access, identity: UUID, part: int, pipeline_version: str) -> list[int]:
        """Note that a worker begins on this part. Returns what ``pending_parts`` returns."""

    def store_part(
        self, access: Access, identity: UUID, part: int, *, pipeline_version: str, extracted: ExtractedPart
    ) -> None:
        """Replace the rows of a part and mark it done, in one transaction.

        Raises:
            InvalidInput: the organisation's other vectors come from another embedding model.
        """

    def publish(self, access: Access, identity: UUID, pipeline_version: str) -> bool:
        """Let a document answer questions if every part is done, and retire the version it replaces.

        A version that a later one has overtaken is complete, but does not become current. Returns False while parts
        are missing, and if another run has taken over. A second call changes nothing.
        """

    def request_run(self, access: Access, identity: UUID, *, new_embedding: bool = False) -> bool:
        """Note that a person wants a new run. Audited.

        Returns False for a document that is not here or is being extracted for the first time. With ``new_embedding``
        the run may replace the organisation's embedding model.
        """

    def take_up_run(self, access: Access, identity: UUID, pipeline_version: str) -> None:
        """Note that the requested run is planned already, so that nobody requests it again."""

    def set_type(self, access: Access, identity: UUID, kind: DocumentType) -> bool:
        """Store a person's choice of type and request a run for it. Audited.

        Returns False for a document that is not searchable yet.
        """

    def marked(self, access: Access, identity: UUID) -> list[MarkedPassage]:
        """The passages of a document that no model reads until they are released, in reading order."""

    def release(self, access: Access, identity: UUID, chunk_ids: Sequence[UUID] | None = None) -> int:
        """Let models read marked passages of a document, all of them without ``chunk_ids``. Audited.

        Returns their number. A released text stays released when the document is extracted again.
        """

    def delete(self, access: Access, identity: UUID) -> bool:
        """Remove every row of a document, and its quotes from the answers that cite it. Audited without its name.

        Returns False if the asker cannot see the document.
        """

    def refuse(
        self, access: Access, identity: UUID, status: DocumentStatus, reason: str, *, run: str | None = None
    ) -> None:
        """End a document as failed or quarantined, with a reason that its owner can read.

        A later reason replaces an earlier one. A document that answers goes on answering: a run under way leaves its
        reason, and without one nothing changes. With ``run`` nothing changes if another run has taken over.
        """


class PartNotes(Protocol):
    """Sentences about a part for the document's owner, who reads them among the document's warnings."""

    def write(self, access: Access, document_id: UUID, part: int, pipeline_version: str, notes: Sequence[str]) -> None:
        """Replace the sentences of a planned part; the same sentences again change nothing."""
