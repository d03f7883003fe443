"""A passage and the rest of its control or section, from the store, under the asker's own access."""

from __future__ import annotations

from uuid import UUID, uuid5

import pytest
from tests.embedded import Database as DatabaseUrls
from tests.integration.store_examples import CLASSIFIED, MODEL, Person, announce, person, secret

from knowledge.access import Access, team_scope
from knowledge.records import Chunk, Embeddings, ExtractedPart
from knowledge.store.connection import Database
from knowledge.store.documents import Documents
from knowledge.store.search import Search
from knowledge.taxonomy import PIPELINE_VERSION, Language

#: Heading and control of each chunk, in reading order.
CHUNKS = [("1 Intro", None), ("NAC", "NAC-1"), ("NAC", "NAC-1"), ("NAC", "NAC-1"), ("NAC", "NAC-2"), ("2 End", None)]


@pytest.fixture(scope="module")
def store(database: DatabaseUrls) -> Database:
    return Database(lambda: secret(database.app_dsn))


@pytest.fixture(scope="module")
def owner(database: DatabaseUrls) -> Person:
    return person(database, team="blue")


@pytest.fixture(scope="module")
def ids(store: Database, owner: Person) -> list[UUID]:
    documents, scope = Documents(store), team_scope(owner.team_ids[0])
    document_id, _, _ = announce(documents, owner, name="a.md", data=b"a", scope=scope)
    worker = Access.of_document(owner.org_id, scope)
    documents.start(worker, document_id)
    documents.classified(worker, document_id, CLASSIFIED)
    chunks = tuple(_chunk(document_id, n, heading, control) for n, (heading, control) in enumerate(CHUNKS))
    vectors = tuple((1.0, *[0.0] * 383) for _ in chunks)
    extracted = ExtractedPart(chunks=chunks, embeddings=Embeddings(model=MODEL, vectors=vectors))
    documents.store_part(worker, document_id, 0, pipeline_version=PIPELINE_VERSION, extracted=extracted)
    assert documents.publish(worker, document_id, PIPELINE_VERSION)
    return [chunk.id for chunk in chunks]


def _chunk(document_id: UUID, n: int, heading: str, control: str | None) -> Chunk:
    text = f"Text {n}."
    return Chunk(
        id=uuid5(document_id, str(n)),
        ordinal=n,
        text=text,
        heading_path=(heading,),
        control_id=control,
        control_key=control,
        mentioned_keys=(),
        page_from=None,
        page_to=None,
        char_from=100 * n,
        char_to=100 * n + len(text),
        language=Language.ENGLISH,
    )


def context(store: Database, asker: Person, asked: list[UUID], widened: int) -> list[list[str]]:
    return [[one.text for one in group] for group in Search(store).in_context(asker.access, asked, widened=widened)]


def test_the_first_passages_come_with_the_rest_of_their_control(
    store: Database, owner: Person, ids: list[UUID]
) -> None:
    assert context(store, owner, [ids[2], ids[5], ids[4]], 1) == [
        ["Text 1.", "Text 2.", "Text 3."],
        ["Text 5."],
        ["Text 4."],
    ]


def test_a_passage_is_in_the_earliest_group_only(store: Database, owner: Person, ids: list[UUID]) -> None:
    assert context(store, owner, [ids[3], ids[1]], 2) == [["Text 1.", "Text 2.", "Text 3."]]
    assert context(store, owner, [ids[3], ids[1]], 0) == [["Text 3."], ["Text 1."]]


def test_a_stranger_gets_no_context(store: Database, owner: Person, ids: list[UUID], database: DatabaseUrls) -> None:
    colleague = person(database, org_id=owner.org_id)
    assert context(store, colleague, ids, 6) == []
