"""Documents, their parts, chunks and controls, in PostgreSQL."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from knowledge.access import Access
from knowledge.errors import InvalidInput, NotFound
from knowledge.records import (
    Chunk,
    ClassifiedDocument,
    DocumentRecord,
    Embeddings,
    ExtractedPart,
    MarkedPassage,
    NewDocument,
    document_id,
    entity_id,
)
from knowledge.store.connection import statement
from knowledge.store.ports import documents as port
from knowledge.store.ports.documents import ANSWERING, IN_HAND, Registered
from knowledge.store.vectors import vector_literal
from knowledge.taxonomy import DocumentStatus, DocumentType

if TYPE_CHECKING:
    from psycopg import Connection

    from knowledge.store.connection import Database


class Documents(port.Documents):
    """The port on PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def register(self, access: Access, new: NewDocument) -> Registered:
        identity = document_id(access.org_id, new.scope, new.sha256)
        parameters = {**new.model_dump(), "id": identity, "org_id": access.org_id}
        with self._database.transaction(access) as connection:
            # Versions of one name are numbered one after the other; the lock ends with the transaction.
            connection.execute(statement("lock_document_name"), parameters)
            known = connection.execute(statement("find_document_for_update"), parameters).fetchone()
            if known is None:
                row = connection.execute(statement("insert_document"), parameters).fetchone()
            elif known["status"] not in IN_HAND:
                row = connection.execute(statement("await_upload_again"), parameters).fetchone()
            elif known["status"] in ANSWERING and not known["current"]:
                connection.execute(statement("retire_current_version"), parameters)
                row = connection.execute(statement("reinstate_document"), parameters).fetchone()
            else:
                row = known
        if row is None:
            raise NotFound(f"document {identity} disappeared while it was registered; upload it again")
        status = DocumentStatus(row["status"])
        return Registered(identity, row["version"], status, upload_needed=status not in IN_HAND)

    def get(self, access: Access, identity: UUID) -> DocumentRecord | None:
        with self._database.transaction(access) as connection:
            row = connection.execute(statement("get_document"), {"id": identity}).fetchone()
        return DocumentRecord.model_validate(row) if row else None

    def latest(self, access: Access, limit: int, after: UUID | None = None) -> list[DocumentRecord]:
        parameters = {"limit": limit, "after": after}
        with self._database.transaction(access) as connection:
            rows = connection.execute(statement("list_documents"), parameters).fetchall()
        return [DocumentRecord.model_validate(row) for row in rows]

    def start(self, access: Access, identity: UUID) -> DocumentRecord:
        with self._database.transaction(access) as connection:
            connection.execute(statement("start_document"), {"id": identity})
            row = connection.execute(statement("get_document"), {"id": identity}).fetchone()
        if row is None:
            raise NotFound(f"no document {identity} was announced through POST /v1/documents")
        return DocumentRecord.model_validate(row)

    def classified(self, access: Access, identity: UUID, found: ClassifiedDocument) -> None:
        from psycopg.types.json import Jsonb  # noqa: PLC0415

        facts = found.model_dump(mode="json")
        for column in ("type_alternatives", "hidden", "metadata"):
            facts[column] = Jsonb(facts[column])
        parameters = {**facts, "id": identity, "org_id": access.org_id, "scope": access.scopes[0]}
        with self._database.transaction(access) as connection:
            if connection.execute(statement("lock_document_to_classify"), parameters).fetchone() is None:
                return
            connection.execute(statement("classify_document"), parameters)
            connection.execute(statement("drop_other_parts"), parameters)
            connection.execute(statement("plan_parts"), parameters)

    def pending_parts(self, access: Access, identity: UUID, pipeline_version: str) -> list[int]:
        parameters = {"id": identity, "pipeline_version": pipeline_version}
        with self._database.transaction(access) as connection:
            rows = connection.execute(statement("pending_parts"), parameters).fetchall()
        return [row["part"] for row in rows]

    def begin_part(self, access: Access, identity: UUID, part: int, pipeline_version: str) -> list[int]:
        parameters = {"id": identity, "part": part, "pipeline_version": pipeline_version}
        with self._database.transaction(access) as connection:
            connection.execute(statement("begin_part"), parameters)
            rows = connection.execute(statement("pending_parts"), parameters).fetchall()
        return [row["part"] for row in rows]

    def store_part(
        self, access: Access, identity: UUID, part: int, *, pipeline_version: str, extracted: ExtractedPart
    ) -> None:
        place = {
            "document_id": identity,
            "org_id": access.org_id,
            "scope": access.scopes[0],
            "part": part,
            "pipeline_version": pipeline_version,
        }
        with self._database.transaction(access) as connection:
            if extracted.embeddings.vectors:
                _claim_embedding_space(connection, place, extracted.embeddings)
            connection.execute(statement("delete_part_rows"), place)
            with connection.cursor() as cursor:
                for name, rows in part_rows(place, extracted):
                    cursor.executemany(statement(name), rows)
            connection.execute(statement("finish_part"), {**place, "cost_usd": extracted.cost_usd})

    def publish(self, access: Access, identity: UUID, pipeline_version: str) -> bool:
        parameters = {"id": identity, "pipeline_version": pipeline_version}
        with self._database.transaction(access) as connection:
            named = connection.execute(statement("find_document_name"), parameters).fetchone()
            if named is None:
                return False
            # The name's lock comes before the document's row, as in `register`; only then is it known which is latest.
            connection.execute(statement("lock_document_name"), named)
            complete = connection.execute(statement("lock_complete_document"), parameters).fetchone()
            if complete is None:
                return False
            if complete["latest"]:
                connection.execute(statement("retire_current_version"), complete)
            connection.execute(statement("make_searchable"), {**parameters, "current": complete["latest"]})
            connection.execute(statement("count_words"), parameters)
            connection.execute(statement("drop_replaced_run"), parameters)
        return True

    def request_run(self, access: Access, identity: UUID, *, new_embedding: bool = False) -> bool:
        parameters = {"id": identity, "new_embedding": new_embedding}
        with self._database.transaction(access) as connection:
            row = connection.execute(statement("request_run"), parameters).fetchone()
            if row is not None:
                _audit(connection, "document.rerun_requested", identity, {"new_embedding": new_embedding})
        return row is not None

    def take_up_run(self, access: Access, identity: UUID, pipeline_version: str) -> None:
        parameters = {"id": identity, "pipeline_version": pipeline_version}
        with self._database.transaction(access) as connection:
            connection.execute(statement("take_up_run"), parameters)

    def set_type(self, access: Access, identity: UUID, kind: DocumentType) -> bool:
        with self._database.transaction(access) as connection:
            row = connection.execute(statement("set_document_type"), {"id": identity, "type": kind}).fetchone()
            if row is not None:
                _audit(connection, "document.type_corrected", identity, {"type": kind})
        return row is not None

    def marked(self, access: Access, identity: UUID) -> list[MarkedPassage]:
        with self._database.transaction(access) as connection:
            rows = connection.execute(statement("marked_passages"), {"id": identity}).fetchall()
        return [MarkedPassage.model_validate(row) for row in rows]

    def release(self, access: Access, identity: UUID, chunk_ids: Sequence[UUID] | None = None) -> int:
        parameters = {"id": identity, "chunks": None if chunk_ids is None else list(chunk_ids)}
        with self._database.transaction(access) as connection:
            row = connection.execute(statement("release_passages"), parameters).fetchone()
            released = int(row["released"]) if row else 0
            if released:
                _audit(connection, "document.passages_released", identity, {"passages": released})
        return released

    def delete(self, access: Access, identity: UUID) -> bool:
        with self._database.transaction(access) as connection:
            row = connection.execute(statement("delete_document"), {"id": identity}).fetchone()
            deleted = bool(row and row["deleted"])
            if deleted:
                _audit(connection, "document.deleted", identity, {})
        return deleted

    def refuse(
        self, access: Access, identity: UUID, status: DocumentStatus, reason: str, *, run: str | None = None
    ) -> None:
        parameters = {"id": identity, "status": status, "reason": reason, "run": run}
        with self._database.transaction(access) as connection:
            connection.execute(statement("refuse_document"), parameters)


def part_rows(place: dict[str, Any], extracted: ExtractedPart) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """The rows of a part, under the name of the statement that stores each kind."""
    from psycopg.types.json import Jsonb  # noqa: PLC0415

    embedded = zip(extracted.chunks, extracted.embeddings.vectors, strict=True)
    yield "insert_chunk", [_chunk_row(place, chunk, extracted.embeddings.model, vector) for chunk, vector in embedded]
    yield (
        "upsert_control",
        [
            {
                **place,
                **control.model_dump(exclude={"obligations"}),
                "roles": list(control.roles),
                "issues": list(control.issues),
                "obligations": Jsonb([stated.model_dump(mode="json") for stated in control.obligations]),
            }
            for control in extracted.controls
        ],
    )
    mentions = [
        {**place, **entity.model_dump(), "entity_id": entity_id(place["org_id"], place["scope"], entity)}
        for entity in extracted.entities
    ]
    # In one order for every worker, so that two of them never wait for each other's rows.
    known = {row["entity_id"]: row for row in sorted(mentions, key=lambda row: str(row["entity_id"]))}
    yield "insert_entity", [{**row, "id": row["entity_id"], "key": row["normalized"]} for row in known.values()]
    yield "insert_mention", mentions
    yield "insert_relation", [{**place, **relation.model_dump()} for relation in extracted.relations]


def _chunk_row(place: dict[str, Any], chunk: Chunk, model: str, vector: Sequence[float]) -> dict[str, Any]:
    return {
        **place,
        **chunk.model_dump(),
        "heading": chunk.heading,
        "heading_path": list(chunk.heading_path),
        "mentioned_keys": list(chunk.mentioned_keys),
        "page_breaks": list(chunk.page_breaks),
        "embedding_model": model,
        "dimensions": len(vector),
        "embedding": vector_literal(vector),
        "text_sha256": hashlib.sha256(chunk.text.encode("utf-8", "replace")).hexdigest(),
    }


def _audit(connection: Connection[dict[str, Any]], action: str, subject: UUID, detail: dict[str, Any]) -> None:
    from psycopg.types.json import Jsonb  # noqa: PLC0415

    connection.execute(statement("append_audit"), {"action": action, "subject": str(subject), "detail": Jsonb(detail)})


def _claim_embedding_space(
    connection: Connection[dict[str, Any]], place: dict[str, Any], embeddings: Embeddings
) -> None:
    parameters = {**place, "model": embeddings.model, "dimensions": len(embeddings.vectors[0])}
    connection.execute(statement("claim_embedding_space"), parameters)
    space = connection.execute(statement("get_embedding_space")).fetchone()
    if space is not None and space["model"] != embeddings.model:
        space = connection.execute(statement("move_embedding_space"), parameters).fetchone() or space
    if space is None or space["model"] != embeddings.model:
        stored = space["model"] if space else "none"
        raise InvalidInput(
            f"this organisation's documents are embedded with {stored}, not with {embeddings.model}; set the embedding "
            "alias back to it or embed all documents again (wissen documents reprocess --all --new-embedding)"
        )
