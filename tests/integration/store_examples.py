"""People, documents and vectors that the store's tests begin with."""

from __future__ import annotations

import hashlib
from typing import NamedTuple
from uuid import UUID, uuid4, uuid5

import psycopg
from psycopg.conninfo import conninfo_to_dict
from tests.embedded import Database

from knowledge.access import Access
from knowledge.environment import DatabaseSecret
from knowledge.records import Chunk, Classified, Control, Embeddings, ExtractedPart, NewDocument
from knowledge.store.documents import Documents
from knowledge.store.ports.search import Wanted
from knowledge.store.search import Search
from knowledge.taxonomy import PIPELINE_VERSION, DocumentStatus, DocumentType, Language

MODEL = "test-model"
CLASSIFIED = Classified(
    title="Policy",
    mime_type="text/markdown",
    language=Language.ENGLISH,
    type=DocumentType.POLICY,
    type_confidence=1.0,
    type_reasoning="test",
    pages=None,
    parts=1,
    pipeline_version=PIPELINE_VERSION,
    object_key="uploads/policy",
)


class Person(NamedTuple):
    org_id: UUID
    user_id: UUID
    team_ids: tuple[UUID, ...]
    api_key: str

    @property
    def access(self) -> Access:
        return Access.of_member(self.org_id, self.user_id, self.team_ids)


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
    new = NewDocument(
        name=name,
        title=name,
        scope=scope,
        sha256=hashlib.sha256(data).hexdigest(),
        size=len(data),
        uploaded_by=who.user_id,
    )
    registered = documents.register(who.access, new)
    return registered.document_id, registered.version, registered.status


def chunk(document_id: UUID, text: str, *, ordinal: int = 0, control: str | None = None) -> Chunk:
    return Chunk(
        id=uuid5(document_id, f"{PIPELINE_VERSION}/0/{ordinal}"),
        ordinal=ordinal,
        text=text,
        heading_path=("Policy",),
        control_id=control,
        control_key=control,
        mentioned_keys=(),
        page_from=1,
        page_to=1,
        char_from=0,
        char_to=len(text),
        language=Language.ENGLISH,
    )


def ingest(
    documents: Documents,
    who: Person,
    *,
    text: str,
    name: str = "policy.md",
    scope: str = "organisation",
    control: str = "NAC-1",
    model: str = MODEL,
) -> UUID:
    """A searchable document of one chunk."""
    document_id, _, _ = announce(documents, who, name=name, data=text.encode(), scope=scope)
    worker = Access.of_document(who.org_id, scope)
    documents.start(worker, document_id)
    documents.classified(worker, document_id, CLASSIFIED)
    store_part(documents, worker, document_id, text=text, control=control, model=model)
    assert documents.finish(worker, document_id, PIPELINE_VERSION)
    return document_id


def store_part(
    documents: Documents, worker: Access, document_id: UUID, *, text: str, control: str, model: str = MODEL
) -> None:
    documents.store_part(
        worker,
        document_id,
        0,
        pipeline_version=PIPELINE_VERSION,
        extracted=ExtractedPart(
            chunks=(chunk(document_id, text, control=control),),
            embeddings=Embeddings(model=model, vectors=((1.0,) * 384,)),
            controls=(
                Control(
                    control_id=control,
                    control_key=control,
                    title="Access",
                    page_from=1,
                    char_from=0,
                    char_to=len(text),
                    text=text,
                ),
            ),
        ),
    )


def question_vector() -> Embeddings:
    return Embeddings(model=MODEL, vectors=((1.0,) * 384,))


def found(search: Search, who: Person, question: str = "Who reviews access?") -> set[UUID]:
    by_meaning = search.passages(who.access, Wanted(question, question_vector(), control_keys=["NAC-1"]), 50)
    by_words = search.passages(who.access, Wanted(question, control_keys=["NAC-1"]), 50)
    by_id = search.by_ids(who.access, [passage.chunk_id for passage in (*by_meaning, *by_words)])
    assert {passage.document_id for passage in by_id} == {passage.document_id for passage in (*by_meaning, *by_words)}
    return {passage.document_id for passage in by_id}
