"""Questions and their results, in PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from pydantic import BaseModel

from knowledge.access import Access
from knowledge.errors import NotFound
from knowledge.records import (
    Analysis,
    Answer,
    Draft,
    ModelUse,
    PassageReference,
    QueryContext,
    QueryRecord,
    SearchFilters,
    StageReport,
)
from knowledge.store.connection import statement
from knowledge.store.ports import questions as port
from knowledge.taxonomy import ANSWER_VERSION, PIPELINE_VERSION, Language, SearchStrategy

if TYPE_CHECKING:
    from psycopg import Connection

    from knowledge.store.connection import Database


class Queries(port.Queries):
    """The port on PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def connect(self) -> None:
        self._database.connect()

    def create(
        self,
        access: Access,
        identity: UUID,
        question: str,
        language: Language | None,
        deadline_at: datetime,
        strategy: SearchStrategy = SearchStrategy.HYBRID,
        filters: SearchFilters | None = None,
        context: QueryContext | None = None,
    ) -> None:
        parameters = {
            "id": identity,
            "org_id": access.org_id,
            "user_id": access.user_id,
            "question": question,
            "language": language,
            "strategy": strategy,
            "filters": (filters or SearchFilters()).model_dump_json(exclude_none=True),
            "deadline_at": deadline_at,
            "pipeline_version": f"{PIPELINE_VERSION}/{ANSWER_VERSION}",
            **(context or QueryContext()).model_dump(),
        }
        with conversation_checked(parameters["conversation_id"]), self._database.transaction(access) as connection:
            connection.execute(statement("insert_query"), parameters)

    def get(self, access: Access, identity: UUID) -> QueryRecord | None:
        with self._database.transaction(access) as connection:
            return read_query(connection, identity)

    def finished(self, access: Access, identity: UUID) -> bool:
        with self._database.transaction(access) as connection:
            row = connection.execute(statement("query_finished"), {"id": identity}).fetchone()
        return bool(row and row["finished"])

    def save_analysis(self, access: Access, identity: UUID, analysis: Analysis, report: StageReport) -> None:
        self._save("save_analysis", access, identity, analysis.model_dump_json(), report)

    def save_passages(
        self, access: Access, identity: UUID, passages: tuple[PassageReference, ...], report: StageReport
    ) -> None:
        self._save("save_passages", access, identity, _Passages(items=passages).as_json(), report)

    def save_draft(self, access: Access, identity: UUID, draft: Draft, report: StageReport) -> None:
        self._save("save_draft", access, identity, draft.model_dump_json(), report)

    def finish(self, access: Access, identity: UUID, answer: Answer, report: StageReport) -> None:
        self._save("save_answer", access, identity, answer.model_dump_json(), report)

    def fail(self, access: Access, identity: UUID, error_name: str, error_detail: str) -> None:
        parameters = {"id": identity, "error_name": error_name, "error_detail": error_detail}
        with self._database.transaction(access) as connection:
            connection.execute(statement("fail_query"), parameters)

    def _save(self, name: str, access: Access, identity: UUID, value: str, report: StageReport) -> None:
        with self._database.transaction(access) as connection:
            connection.execute(statement(name), {"id": identity, "value": value})
            _record_stage(connection, access, identity, report)


def read_query(connection: Connection[dict[str, Any]], identity: UUID) -> QueryRecord | None:
    """A question that the transaction's asker may see, with the stages it has passed."""
    row = connection.execute(statement("get_query"), {"id": identity}).fetchone()
    if row is None:
        return None
    # A repeated answer has passed no stage.
    stages = [] if row["cached"] else connection.execute(statement("get_query_stages"), {"id": identity}).fetchall()
    repeated = row["repeated_stages"]
    reports = {
        "stages": [_stage_report(stage) for stage in stages],
        "repeated_stages": None if repeated is None else [_stage_report(stage) for stage in repeated],
    }
    return QueryRecord.model_validate({**row, **reports})


@contextmanager
def conversation_checked(identity: UUID | None) -> Iterator[None]:
    """Around inserting a question; raises NotFound for a conversation that is not the asker's."""
    import psycopg  # noqa: PLC0415

    try:
        yield
    except psycopg.errors.ForeignKeyViolation as error:
        if identity is None:
            raise
        raise NotFound(f"you have no conversation {identity}; begin one with POST /v1/conversations") from error


class _Passages(BaseModel):
    items: tuple[PassageReference, ...]

    def as_json(self) -> str:
        return "[" + ",".join(item.model_dump_json() for item in self.items) + "]"


def _stage_report(row: dict[str, Any]) -> StageReport:
    """A row of query_stages as a report."""
    return StageReport(
        stage=row["stage"],
        queued_ms=row["queued_ms"],
        worked_ms=row["worked_ms"],
        degraded=row["degraded"],
        use=ModelUse.model_validate(row),
    )


def _record_stage(connection: Connection[dict[str, Any]], access: Access, identity: UUID, report: StageReport) -> None:
    connection.execute(
        statement("record_stage"),
        {
            "query_id": identity,
            "org_id": access.org_id,
            "user_id": access.user_id,
            **report.model_dump(exclude={"use"}),
            **report.use.model_dump(),
        },
    )
