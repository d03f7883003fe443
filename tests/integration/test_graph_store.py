"""The graph, the ledger, runs and deletion on a real PostgreSQL, as the functions' role."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4, uuid5

import psycopg
import pytest
from tests.comparison import assert_same_rows
from tests.embedded import Database
from tests.integration.store_examples import CLASSIFIED, MODEL, Person, announce, found, person

from knowledge.access import Access, team_scope
from knowledge.records import (
    Answer,
    Chunk,
    Citation,
    Control,
    Embeddings,
    Entity,
    ExtractedPart,
    Relation,
    StageReport,
    StatedObligation,
)
from knowledge.store.connection import Database as Store
from knowledge.store.documents import Documents
from knowledge.store.graph import Graph
from knowledge.store.part_notes import PartNotes
from knowledge.store.ports.search import SearchRequest
from knowledge.store.queries import Queries
from knowledge.store.search import Search
from knowledge.taxonomy import (
    PIPELINE_VERSION,
    DocumentStatus,
    DocumentType,
    EntityType,
    Language,
    Obligation,
    Origin,
    QueryStage,
    RelationType,
)

TEXT = "NAC-1 Access\nThe CISO must review access. See NAC-2."
CONTROL = Control(
    control_id="NAC-01",
    control_key="NAC-1",
    title="Access",
    level="B",
    roles=("CISO",),
    domain="NAC",
    parent_key="NAC",
    edition="2024",
    page_from=1,
    page_to=2,
    char_from=0,
    char_to=len(TEXT),
    text=TEXT,
    obligations=(StatedObligation(char_from=13, char_to=41, obligation=Obligation.MUST),),
    issues=("no title",),
)
ENTITY = Entity(type=EntityType.ROLE, text="CISO", char_from=17, char_to=21, normalized="CISO", confidence=0.5)
RELATION = Relation(
    source_key="NAC-1",
    relation=RelationType.REFERENCES,
    target_key="NAC-2",
    target="NAC-2",
    origin=Origin.RULE,
    confidence=0.75,
    char_from=42,
    char_to=52,
)


def extracted(document_id: UUID, version: str, text: str = TEXT) -> ExtractedPart:
    chunk = Chunk(
        id=uuid5(document_id, version),
        ordinal=0,
        text=text,
        heading_path=("Policy",),
        control_id="NAC-01",
        control_key="NAC-1",
        mentioned_keys=(),
        page_from=1,
        page_to=1,
        char_from=0,
        char_to=len(text),
        language=Language.ENGLISH,
    )
    return ExtractedPart(
        chunks=(chunk,),
        embeddings=Embeddings(model=MODEL, vectors=((1.0,) * 384,)),
        controls=(CONTROL,),
        entities=(ENTITY,),
        relations=(RELATION,),
    )


def begin(documents: Documents, who: Person, *, scope: str = "organisation", expected: tuple[str, ...] = ()) -> UUID:
    """A document whose one part waits to be extracted."""
    document_id, _, _ = announce(documents, who, name="policy.md", data=TEXT.encode(), scope=scope)
    worker = Access.of_document(who.org_id, scope)
    documents.start(worker, document_id)
    documents.classified(worker, document_id, CLASSIFIED.model_copy(update={"expected_keys": expected}))
    return document_id


def complete(documents: Documents, who: Person, document_id: UUID, *, scope: str = "organisation") -> None:
    worker = Access.of_document(who.org_id, scope)
    part = extracted(document_id, PIPELINE_VERSION)
    documents.store_part(worker, document_id, 0, pipeline_version=PIPELINE_VERSION, extracted=part)
    assert documents.publish(worker, document_id, PIPELINE_VERSION)


def test_where_structure_shows_a_control_a_models_is_not_kept(
    database: Database, documents: Documents, graph: Graph
) -> None:
    alice = person(database)
    document = begin(documents, alice)
    worker = Access.of_document(alice.org_id, "organisation")
    longer = CONTROL.model_copy(update={"origin": Origin.MODEL, "confidence": 0.5, "char_to": len(TEXT) + 50})
    part = extracted(document, PIPELINE_VERSION)
    for control, kept in ((longer, longer), (CONTROL, CONTROL), (longer, CONTROL)):
        again = part.model_copy(update={"controls": (control,)})
        documents.store_part(worker, document, 0, pipeline_version=PIPELINE_VERSION, extracted=again)
        assert graph.controls_of(alice.access, document) == [kept]


def test_what_a_part_has_to_tell_is_shown_with_the_documents_warnings(
    database: Database, documents: Documents, store: Store
) -> None:
    alice, mallory = person(database), person(database)
    document, _, _ = announce(documents, alice, name="two.md", data=b"two")
    worker = Access.of_document(alice.org_id, "organisation")
    documents.start(worker, document)
    documents.classified(worker, document, CLASSIFIED.model_copy(update={"parts": 2, "warnings": ("Hidden text.",)}))
    notes = PartNotes(store)
    notes.write(worker, document, 1, PIPELINE_VERSION, ["Part 2: one.", "Part 2: two."])
    notes.write(worker, document, 0, PIPELINE_VERSION, ["Part 1: old."])
    notes.write(worker, document, 0, PIPELINE_VERSION, ["Part 1: one."])
    notes.write(Access.of_document(mallory.org_id, "organisation"), document, 0, PIPELINE_VERSION, ["No."])
    told = ("Hidden text.", "Part 1: one.", "Part 2: one.", "Part 2: two.")
    record = documents.get(alice.access, document)
    assert record is not None
    assert record.warnings == told
    assert [each.warnings for each in documents.latest(alice.access, 5)] == [told]
    notes.write(worker, document, 0, PIPELINE_VERSION, [])
    record = documents.get(alice.access, document)
    assert record is not None
    assert record.warnings == ("Hidden text.", *told[2:])


def test_what_extraction_found_can_be_read_back(database: Database, documents: Documents, graph: Graph) -> None:
    alice = person(database)
    document = begin(documents, alice)
    complete(documents, alice, document)
    assert graph.controls_of(alice.access, document) == [CONTROL]
    assert graph.entities_of(alice.access, document) == [ENTITY]
    assert graph.relations_of(alice.access, document) == [RELATION]
    (known,) = graph.controls_by_key(alice.access, "NAC-1")
    assert (known.document_id, known.text) == (document, TEXT)
    (edge,) = graph.around(alice.access, ["NAC-2"], 10)
    assert (edge.document_id, edge.source_key) == (document, "NAC-1")
    assert graph.mappings(alice.access, 10) == []


def test_another_organisation_and_another_team_see_nothing_of_the_graph(
    database: Database, documents: Documents, graph: Graph
) -> None:
    alice = person(database, team="blue")
    colleague = person(database, org_id=alice.org_id)
    stranger = person(database)
    scope = team_scope(alice.team_ids[0])
    document = begin(documents, alice, scope=scope)
    complete(documents, alice, document, scope=scope)
    assert graph.controls_of(alice.access, document)
    for other in (colleague, stranger):
        assert graph.controls_of(other.access, document) == []
        assert graph.entities_of(other.access, document) == []
        assert graph.relations_of(other.access, document) == []
        assert graph.controls_by_key(other.access, "NAC-1") == []
        assert graph.around(other.access, ["NAC-1", "NAC-2"], 10) == []
        assert not documents.set_type(other.access, document, DocumentType.FAQ)
        assert not documents.delete(other.access, document)
    with psycopg.connect(database.owner_dsn) as connection:
        scopes = connection.execute("SELECT scope FROM entities WHERE org_id = %s", (alice.org_id,)).fetchall()
    assert scopes == [(scope,)]


def test_controls_the_text_promises_and_nobody_found_are_named(database: Database, documents: Documents) -> None:
    alice = person(database)
    document = begin(documents, alice, expected=("NAC-1", "NAC-9", "NAC-2"))
    complete(documents, alice, document)
    record = documents.get(alice.access, document)
    assert record is not None
    assert record.status is DocumentStatus.SEARCHABLE_WITH_GAPS
    assert record.missing_keys == ("NAC-9", "NAC-2")
    assert record.current


def test_a_corrected_type_replaces_the_rows_at_once_and_not_before(
    database: Database, store: Store, documents: Documents, graph: Graph
) -> None:
    alice = person(database)
    worker = Access.of_document(alice.org_id, "organisation")
    document = begin(documents, alice)
    assert not documents.set_type(alice.access, document, DocumentType.FAQ)  # it is not searchable yet
    complete(documents, alice, document)
    assert documents.set_type(alice.access, document, DocumentType.FAQ)
    again = CLASSIFIED.model_copy(update={"pipeline_version": "9.faq", "type": DocumentType.FAQ})
    documents.classified(worker, document, again)
    assert documents.pending_parts(worker, document, "9.faq") == [0]
    assert documents.pending_parts(worker, document, PIPELINE_VERSION) == []
    assert found(Search(store), alice) == {document}
    assert graph.controls_of(alice.access, document) == [CONTROL]
    documents.store_part(
        worker, document, 0, pipeline_version="9.faq", extracted=extracted(document, "9.faq", "New words.")
    )
    assert [
        passage.text
        for passage in Search(store).passages(alice.access, SearchRequest("words", control_keys=["NAC-1"]), 9)
    ] == [TEXT]
    assert not documents.publish(worker, document, PIPELINE_VERSION)  # a late message of the run before
    assert documents.publish(worker, document, "9.faq")
    passages = Search(store).passages(alice.access, SearchRequest("words", control_keys=["NAC-1"]), 9)
    assert [passage.text for passage in passages] == ["New words."]
    record = documents.get(alice.access, document)
    assert record is not None
    assert (record.type, record.chunks, record.parts_done) == (DocumentType.FAQ, 1, 1)


def test_a_run_that_fails_leaves_the_searchable_rows(database: Database, store: Store, documents: Documents) -> None:
    alice = person(database)
    worker = Access.of_document(alice.org_id, "organisation")
    document = begin(documents, alice)
    complete(documents, alice, document)
    documents.classified(worker, document, CLASSIFIED.model_copy(update={"pipeline_version": "9"}))
    documents.refuse(worker, document, DocumentStatus.FAILED, "the gateway was away")
    record = documents.get(alice.access, document)
    assert record is not None
    assert (record.status, record.reason) == (DocumentStatus.SEARCHABLE, "the gateway was away")
    assert found(Search(store), alice) == {document}


def test_deleting_removes_every_trace_and_is_audited(
    database: Database, store: Store, documents: Documents, graph: Graph
) -> None:
    alice = person(database)
    bob = person(database, org_id=alice.org_id)
    document = begin(documents, alice)
    complete(documents, alice, document)
    question = _answered_question(store, bob, document)
    assert documents.delete(alice.access, document)
    assert not documents.delete(alice.access, document)
    with psycopg.connect(database.owner_dsn) as connection:
        for table in ("chunks", "controls", "mentions", "relations", "entities", "parts"):
            (count,) = (
                connection.execute(f"SELECT count(*) FROM {table} WHERE org_id = %s", (alice.org_id,)).fetchone() or ()
            )
            assert count == 0, table
        stored = json.dumps(
            connection.execute("SELECT answer, draft, passages FROM queries WHERE id = %s", (question,)).fetchone()
        )
        audit = connection.execute(
            "SELECT action, subject, actor, seq FROM audit_log WHERE org_id = %s ORDER BY seq", (alice.org_id,)
        ).fetchall()
    assert "must review" not in stored
    assert audit == [("document.deleted", str(document), alice.user_id, 1)]


def test_the_audit_log_is_chained_and_cannot_be_rewritten_by_functions(
    database: Database, documents: Documents
) -> None:
    alice = person(database)
    document = begin(documents, alice)
    complete(documents, alice, document)
    documents.set_type(alice.access, document, DocumentType.FAQ)
    documents.delete(alice.access, document)
    with psycopg.connect(database.owner_dsn) as connection:
        rows = connection.execute(
            """SELECT hash, previous_hash,
                      hash = audit_hash(previous_hash, org_id, seq, at, actor, action, subject, detail)
               FROM audit_log WHERE org_id = %s ORDER BY seq""",
            (alice.org_id,),
        ).fetchall()
    assert [row[2] for row in rows] == [True, True]
    assert (rows[0][1], rows[1][1]) == ("", rows[0][0])
    with psycopg.connect(database.app_dsn) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("DELETE FROM audit_log")


def test_words_are_searched_above_the_policies_for_the_asker_only(
    database: Database, store: Store, documents: Documents
) -> None:
    alice = person(database, team="blue")
    colleague = person(database, org_id=alice.org_id)
    stranger = person(database)
    scope = team_scope(alice.team_ids[0])
    complete(documents, alice, begin(documents, alice, scope=scope), scope=scope)

    def hits(who: Person) -> list[dict[str, object]]:
        with store.transaction(who.access) as connection:
            return connection.execute(
                "SELECT * FROM worded_chunks(ARRAY['review'], ARRAY[1.0]::real[], 100, 10)"
            ).fetchall()

    assert len(hits(alice)) == 1
    assert hits(colleague) == []
    assert hits(stranger) == []
    with psycopg.connect(database.app_dsn) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("SELECT lexeme FROM lexemes")


def test_words_are_counted_once_and_leave_with_their_document(database: Database, documents: Documents) -> None:
    alice = person(database)
    worker = Access.of_document(alice.org_id, "organisation")

    def counted() -> dict[str, int]:
        with psycopg.connect(database.owner_dsn) as connection:
            rows = connection.execute(
                "SELECT lexeme, chunks FROM lexemes WHERE org_id = %s", (alice.org_id,)
            ).fetchall()
        return dict(rows)

    document = begin(documents, alice)
    complete(documents, alice, document)
    once = counted()
    assert once["review"] == 1
    assert documents.publish(worker, document, PIPELINE_VERSION)
    assert_same_rows(counted(), once)
    documents.classified(worker, document, CLASSIFIED.model_copy(update={"pipeline_version": "9"}))
    documents.store_part(worker, document, 0, pipeline_version="9", extracted=extracted(document, "9", "Other words."))
    assert documents.publish(worker, document, "9")
    assert "review" not in counted()
    assert counted()["word"] == 1
    assert documents.delete(alice.access, document)
    assert counted() == {}


def _answered_question(store: Store, who: Person, document: UUID) -> UUID:
    queries, question = Queries(store), uuid4()
    queries.create(who.access, question, "Who reviews?", None, datetime.now(UTC) + timedelta(minutes=5))
    citation = Citation(
        n=1,
        document_id=document,
        title="Policy",
        control_id="NAC-01",
        heading_path=("Policy",),
        page_from=1,
        page_to=1,
        char_from=13,
        char_to=41,
        quote="The CISO must review access.",
    )
    answer = Answer(answer="The CISO must review access. [1]", citations=(citation,), found=True, confidence=1.0)
    report = StageReport(stage=QueryStage.VALIDATE, queued_ms=1, worked_ms=1)
    queries.finish(who.access, question, answer, report)
    return question
