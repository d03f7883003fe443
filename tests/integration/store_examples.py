"""People in the tables, and documents that the store's own tests begin with."""

from __future__ import annotations

import hashlib
from uuid import UUID, uuid4

import psycopg
from psycopg.conninfo import conninfo_to_dict
from tests.contracts.examples import (
    CLASSIFIED,
    MODEL,
    chunk,
    ingest,
    question_vector,
    register,
    store_part,
)
from tests.contracts.stores import Person
from tests.embedded import Database

from knowledge.environment import DatabaseSecret
from knowledge.store.ports.documents import Documents
from knowledge.store.ports.search import Search, SearchRequest
from knowledge.taxonomy import DocumentStatus

__all__ = [
    "CLASSIFIED",
    "MODEL",
    "Person",
    "announce",
    "chunk",
    "found",
    "ingest",
    "person",
    "question_vector",
    "secret",
    "store_part",
]


def secret(dsn: str) -> DatabaseSecret:
    parts = conninfo_to_dict(dsn)
    return DatabaseSecret(
        host=str(parts["host"]),
        port=int(parts["port"] or 5432),
        dbname=str(parts["dbname"]),
        username=str(parts["user"]),
        password=str(parts["password"]),
    )


def person(database: Database, *, org_id: UUID | None = None, team: str | None = None) -> Person:
    """A user with a key, in an organisation of their own unless one is given."""
    user_id, key = uuid4(), f"wsn_{uuid4().hex}"
    with psycopg.connect(database.owner_dsn) as connection:
        if org_id is None:
            org_id = uuid4()
            connection.execute("INSERT INTO organisations (id, name) VALUES (%s, %s)", (org_id, str(org_id)))
        connection.execute(
            "INSERT INTO users (id, org_id, email) VALUES (%s, %s, %s)", (user_id, org_id, f"{user_id}@example.org")
        )
        teams: tuple[UUID, ...] = ()
        if team:
            teams = (uuid4(),)
            connection.execute(
                "INSERT INTO teams (id, org_id, name) VALUES (%s, %s, %s)", (teams[0], org_id, f"{team}-{teams[0]}")
            )
            connection.execute(
                "INSERT INTO memberships (org_id, team_id, user_id) VALUES (%s, %s, %s)", (org_id, teams[0], user_id)
            )
        connection.execute(
            "INSERT INTO api_keys (org_id, user_id, name, key_hash) VALUES (%s, %s, 'test', %s)",
            (org_id, user_id, hashlib.sha256(key.encode()).hexdigest()),
        )
    return Person(org_id, user_id, teams, key)


def announce(
    documents: Documents, who: Person, *, name: str, data: bytes, scope: str = "organisation"
) -> tuple[UUID, int, DocumentStatus]:
    """Announce bytes under a name: the document, its version and status."""
    registered = register(documents, who, data=data, name=name, scope=scope)
    return registered.document_id, registered.version, registered.status


def found(search: Search, who: Person, question: str = "Who reviews access?") -> set[UUID]:
    by_meaning = search.passages(who.access, SearchRequest(question, question_vector(), control_keys=["NAC-1"]), 50)
    by_words = search.passages(who.access, SearchRequest(question, control_keys=["NAC-1"]), 50)
    by_id = search.by_ids(who.access, [passage.chunk_id for passage in (*by_meaning, *by_words)])
    assert {passage.document_id for passage in by_id} == {passage.document_id for passage in (*by_meaning, *by_words)}
    return {passage.document_id for passage in by_id}
