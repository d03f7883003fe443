"""The store on a real PostgreSQL, as the functions' role: policies, versions, idempotency."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import psycopg
import pytest
from tests.embedded import Database
from tests.integration.store_examples import (
    CLASSIFIED,
    MODEL,
    announce,
    found,
    ingest,
    person,
    question_vector,
    secret,
    store_part,
)

from knowledge.access import Access, team_scope, user_scope
from knowledge.environment import DatabaseSecret
from knowledge.errors import InvalidInput, NotFound, UpstreamUnavailable
from knowledge.records import (
    Analysis,
    Answer,
    Embeddings,
    StageReport,
)
from knowledge.store.connection import Database as Store
from knowledge.store.documents import Documents
from knowledge.store.members import Members
from knowledge.store.ports.search import SearchRequest
from knowledge.store.queries import Queries
from knowledge.store.search import Search
from knowledge.taxonomy import PIPELINE_VERSION, DocumentStatus, Intent, QueryStage


def test_another_organisation_sees_nothing(database: Database, documents: Documents, search: Search) -> None:
    alice, mallory = person(database), person(database)
    secret_document = ingest(documents, alice, text="Access is reviewed by the owner.")
    [passage] = search.passages(alice.access, SearchRequest("review", question_vector()), 50)

    assert found(search, alice) == {secret_document}
    assert found(search, mallory) == set()
    assert search.by_ids(mallory.access, [passage.chunk_id]) == []
    assert documents.get(mallory.access, secret_document) is None
    assert documents.latest(mallory.access, 100) == []
    with pytest.raises(NotFound):
        documents.start(Access.of_document(mallory.org_id, "organisation"), secret_document)
    documents.refuse(mallory.access, secret_document, DocumentStatus.FAILED, "mine now")
    record = documents.get(alice.access, secret_document)
    assert record is not None
    assert record.status is DocumentStatus.SEARCHABLE


def test_a_team_and_an_owner_keep_documents_to_themselves(
    database: Database, documents: Documents, search: Search
) -> None:
    alice = person(database, team="audit")
    bob = person(database, org_id=alice.org_id, team="sales")
    of_team = ingest(documents, alice, text="Access: team.", name="team.md", scope=team_scope(alice.team_ids[0]))
    of_alice = ingest(documents, alice, text="Access: own.", name="own.md", scope=user_scope(alice.user_id))
    of_all = ingest(documents, alice, text="Access: all.", name="all.md")

    assert found(search, alice) == {of_team, of_alice, of_all}
    assert found(search, bob) == {of_all}
    assert documents.get(bob.access, of_team) is None
    assert documents.get(bob.access, of_alice) is None


def test_a_copy_in_private_does_not_show_that_a_colleague_has_one(database: Database, documents: Documents) -> None:
    alice = person(database)
    bob = person(database, org_id=alice.org_id)
    mine, _, _ = announce(documents, alice, name="x.md", data=b"same bytes", scope=user_scope(alice.user_id))
    yours, version, status = announce(documents, bob, name="x.md", data=b"same bytes", scope=user_scope(bob.user_id))
    assert mine != yours
    assert (version, status) == (1, DocumentStatus.AWAITING_UPLOAD)


def test_a_scope_change_reaches_every_chunk(database: Database, documents: Documents, search: Search) -> None:
    alice = person(database)
    bob = person(database, org_id=alice.org_id)
    document = ingest(documents, alice, text="Access is reviewed.")
    with psycopg.connect(database.owner_dsn) as connection:
        connection.execute("UPDATE documents SET scope = %s WHERE id = %s", (user_scope(alice.user_id), document))
    assert found(search, alice) == {document}
    assert found(search, bob) == set()


def test_nobody_sees_nothing(database: Database, documents: Documents) -> None:
    ingest(documents, person(database), text="Access is reviewed.")
    with psycopg.connect(database.app_dsn) as connection:
        for table in ("organisations", "users", "documents", "chunks", "controls", "parts", "queries"):
            row = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
            assert row == (0,), table
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("SELECT key_hash FROM api_keys")


def test_every_table_has_row_level_security(database: Database) -> None:
    with psycopg.connect(database.owner_dsn) as connection:
        unprotected = connection.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
            " AND NOT relrowsecurity AND relname NOT LIKE '%yoyo%'"
        ).fetchall()
        role = connection.execute(
            "SELECT rolsuper, rolbypassrls, (SELECT count(*) FROM pg_class WHERE relowner = r.oid)"
            " FROM pg_roles r WHERE rolname = 'wissen_app'"
        ).fetchone()
    assert unprotected == []
    assert role == (False, False, 0)


def test_the_same_bytes_are_one_document(database: Database, documents: Documents) -> None:
    alice = person(database)
    first = ingest(documents, alice, text="Access is reviewed.", name="a.md")
    again, version, status = announce(documents, alice, name="other name.md", data=b"Access is reviewed.")
    assert (again, version, status) == (first, 1, DocumentStatus.SEARCHABLE)
    assert len(documents.latest(alice.access, 10)) == 1


def test_a_new_version_answers_only_once_it_is_complete(
    database: Database, documents: Documents, search: Search
) -> None:
    alice = person(database)
    old = ingest(documents, alice, text="Access is reviewed yearly.")
    new, version, _ = announce(documents, alice, name="policy.md", data=b"Access is reviewed monthly.")
    assert (new != old, version) == (True, 2)
    assert found(search, alice) == {old}
    assert ingest(documents, alice, text="Access is reviewed monthly.") == new
    assert found(search, alice) == {new}

    # The first version's bytes again: it is the latest now, under a new number.
    back, version, status = announce(documents, alice, name="policy.md", data=b"Access is reviewed yearly.")
    assert (back, version, status) == (old, 3, DocumentStatus.SEARCHABLE)
    assert found(search, alice) == {old}


def test_storing_a_part_twice_changes_no_row_count(database: Database, documents: Documents) -> None:
    alice = person(database)
    text = "Access is reviewed."
    document = ingest(documents, alice, text=text)
    before = documents.get(alice.access, document)
    store_part(documents, Access.of_document(alice.org_id, "organisation"), document, text=text, control="NAC-1")
    assert documents.publish(Access.of_document(alice.org_id, "organisation"), document, PIPELINE_VERSION)
    assert documents.get(alice.access, document) == before


def test_a_failed_document_can_be_uploaded_again(database: Database, documents: Documents) -> None:
    alice = person(database)
    document, _, _ = announce(documents, alice, name="x.md", data=b"x")
    documents.refuse(alice.access, document, DocumentStatus.FAILED, "broken")
    record = documents.get(alice.access, document)
    assert record is not None
    assert (record.status, record.reason) == (DocumentStatus.FAILED, "broken")
    assert announce(documents, alice, name="x.md", data=b"x") == (document, 1, DocumentStatus.AWAITING_UPLOAD)


def test_a_part_that_was_given_up_and_redriven_completes_its_document(
    database: Database, documents: Documents, search: Search
) -> None:
    alice = person(database)
    text = "Access is reviewed."
    document, _, _ = announce(documents, alice, name="policy.md", data=text.encode())
    worker = Access.of_document(alice.org_id, "organisation")
    documents.start(worker, document)
    documents.classified(worker, document, CLASSIFIED)
    documents.refuse(worker, document, DocumentStatus.FAILED, "the gateway was away")
    assert not documents.publish(worker, document, PIPELINE_VERSION)
    store_part(documents, worker, document, text=text, control="NAC-1")
    assert documents.publish(worker, document, PIPELINE_VERSION)
    assert found(search, alice) == {document}


def test_two_last_parts_that_end_together_publish_their_document_once(database: Database, documents: Documents) -> None:
    """Each worker has a connection of its own, stores its part, looks for missing parts, and publishes."""
    alice = person(database)
    worker = Access.of_document(alice.org_id, "organisation")
    for round_ in range(10):
        text = f"Access is reviewed {round_}."
        document, _, _ = announce(documents, alice, name=f"{round_}.md", data=text.encode())
        documents.start(worker, document)
        documents.classified(worker, document, CLASSIFIED.model_copy(update={"parts": 2}))
        together = threading.Barrier(2)

        def extract(part: int, document: UUID = document, together: threading.Barrier = together) -> bool:
            own = Documents(Store(lambda: secret(database.app_dsn)))
            together.wait(timeout=30)
            store_part(own, worker, document, text=f"Part {part}.", control=f"NAC-{part}", part=part)
            pending = own.pending_parts(worker, document, PIPELINE_VERSION)
            return not pending and own.publish(worker, document, PIPELINE_VERSION)

        with ThreadPoolExecutor(2) as workers:
            assert any(workers.map(extract, range(2)))
        record = documents.get(alice.access, document)
        assert record is not None
        assert (record.status, record.chunks, record.controls) == (DocumentStatus.SEARCHABLE, 2, 2)
        with psycopg.connect(database.owner_dsn) as connection:
            words = "SELECT sum(chunks) FROM lexemes WHERE org_id = %s AND lexeme = 'part'"
            assert connection.execute(words, (alice.org_id,)).fetchone() == (2 * (round_ + 1),), "counted once"


def test_of_two_versions_that_end_together_the_later_is_current(database: Database, documents: Documents) -> None:
    """While the older one waits to be published, the later one becomes searchable."""
    alice = person(database)
    worker = Access.of_document(alice.org_id, "organisation")
    older, _, _ = announce(documents, alice, name="policy.md", data=b"Access is reviewed yearly.")
    documents.start(worker, older)
    documents.classified(worker, older, CLASSIFIED)
    store_part(documents, worker, older, text="Access is reviewed yearly.", control="NAC-1")
    later = ingest(documents, alice, text="Access is reviewed monthly.")
    own = Documents(Store(lambda: secret(database.app_dsn)))
    lock = "SELECT pg_advisory_xact_lock(hashtextextended(%s || '/organisation/policy.md', 0))"
    waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    with psycopg.connect(database.owner_dsn) as other, ThreadPoolExecutor(1) as pool:
        other.execute("UPDATE documents SET status = 'extracting', current = false WHERE id = %s", (later,))
        other.commit()
        other.execute(lock, (str(alice.org_id),))
        published = pool.submit(own.publish, worker, older, PIPELINE_VERSION)
        with psycopg.connect(database.owner_dsn, autocommit=True) as looking:
            while not published.done() and looking.execute(waiting).fetchone() == (0,):
                time.sleep(0.01)
        other.execute("UPDATE documents SET status = 'searchable', current = true WHERE id = %s", (later,))
        other.commit()
        assert published.result(timeout=30)
    assert {record.id for record in documents.latest(alice.access, 10) if record.current} == {later}


def test_a_document_is_announced_again_while_it_is_published(database: Database, documents: Documents) -> None:
    """Both lock the name first and the row second, so neither waits for the other for ever."""
    alice = person(database)
    worker = Access.of_document(alice.org_id, "organisation")
    document = ingest(documents, alice, text="Access is reviewed.")
    together = threading.Barrier(2)

    def often(work: Callable[[Documents], object]) -> None:
        own = Documents(Store(lambda: secret(database.app_dsn)))
        together.wait(timeout=30)
        for _ in range(40):
            work(own)

    def announced(own: Documents) -> object:
        return announce(own, alice, name="policy.md", data=b"Access is reviewed.")

    def published(own: Documents) -> object:
        return own.publish(worker, document, PIPELINE_VERSION)

    with ThreadPoolExecutor(2) as workers:
        list(workers.map(often, (announced, published)))
    assert [record.id for record in documents.latest(alice.access, 10) if record.current] == [document]


def test_bytes_of_a_retired_version_under_another_name_are_that_name_s(
    database: Database, documents: Documents
) -> None:
    alice = person(database)
    old = ingest(documents, alice, text="Access is reviewed yearly.", name="x.md")
    new = ingest(documents, alice, text="Access is reviewed monthly.", name="x.md")
    assert announce(documents, alice, name="y.md", data=b"Access is reviewed yearly.") == (
        old,
        1,
        DocumentStatus.SEARCHABLE,
    )
    current = {record.name: record.id for record in documents.latest(alice.access, 10) if record.current}
    assert current == {"x.md": new, "y.md": old}


def test_vectors_of_two_models_do_not_mix(database: Database, documents: Documents, search: Search) -> None:
    alice = person(database)
    ingest(documents, alice, text="Access is reviewed.")
    with pytest.raises(InvalidInput, match="embedded with test-model"):
        ingest(documents, alice, text="Access is granted.", name="b.md", model="another-model")
    with pytest.raises(InvalidInput, match="embedded with test-model"):
        search.passages(
            alice.access, SearchRequest("xyz", Embeddings(model="another-model", vectors=((1.0,) * 384,))), 5
        )
    with pytest.raises(InvalidInput, match="384"):
        search.passages(alice.access, SearchRequest("xyz", Embeddings(model=MODEL, vectors=((1.0, 2.0, 3.0),))), 5)


def test_a_named_control_comes_first(database: Database, documents: Documents, search: Search) -> None:
    alice = person(database)
    for number in range(1, 6):
        ingest(documents, alice, text=f"Access rule {number}.", name=f"{number}.md", control=f"NAC-{number}")
    for embedding in (question_vector(), None):
        passages = search.passages(
            alice.access, SearchRequest("What does NAC-4 say?", embedding, control_keys=["NAC-4"]), 3
        )
        assert passages[0].control_id == "NAC-4"


def test_api_keys(database: Database, store: Store) -> None:
    alice = person(database, team="audit")
    member = Members(store).by_api_key(alice.api_key)
    assert member is not None
    assert (member.org_id, member.user_id, member.team_ids) == (alice.org_id, alice.user_id, alice.team_ids)
    assert Members(store).by_api_key("wsn_wrong") is None
    with psycopg.connect(database.owner_dsn) as connection:
        connection.execute("UPDATE api_keys SET revoked_at = now() WHERE user_id = %s", (alice.user_id,))
    assert Members(store).by_api_key(alice.api_key) is None


def test_a_question_belongs_to_its_asker_and_keeps_its_first_results(database: Database, store: Store) -> None:
    queries = Queries(store)
    alice = person(database)
    bob = person(database, org_id=alice.org_id)
    query_id = uuid4()
    queries.create(alice.access, query_id, "Who reviews?", None, datetime.now(UTC) + timedelta(minutes=5))
    assert queries.get(bob.access, query_id) is None
    with pytest.raises(NotFound):
        queries.load(bob.access, query_id)

    for intent in (Intent.BEST_PRACTICE, Intent.MAPPING_COMPARISON):
        report = StageReport(stage=QueryStage.INTENT, queued_ms=1, worked_ms=2)
        queries.save_analysis(alice.access, query_id, Analysis(language="en", intent=intent, confidence=1.0), report)
    for text in ("first", "second"):
        report = StageReport(stage=QueryStage.VALIDATE, queued_ms=1, worked_ms=2)
        answer = Answer(answer=text, citations=(), found=False, confidence=0.0)
        queries.finish(alice.access, query_id, answer, report)
    queries.fail(alice.access, query_id, "DeadlineExceeded", "too late")
    query = queries.load(alice.access, query_id)
    assert query.analysis is not None
    assert query.analysis.intent is Intent.BEST_PRACTICE
    assert query.answer is not None
    assert (query.answer.answer, query.status, query.error_name) == ("first", "answered", None)
    assert len(query.stages) == 2
    assert queries.finished(alice.access, query_id)


def test_a_lost_connection_is_replaced(database: Database, store: Store) -> None:
    queries, alice = Queries(store), person(database)
    assert queries.get(alice.access, uuid4()) is None
    with psycopg.connect(database.app_dsn) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE usename = 'wissen_app' AND datname = %s AND pid <> pg_backend_pid()",
            (database.name,),
        )
    assert queries.get(alice.access, uuid4()) is None


def test_an_unreachable_server_has_a_name() -> None:
    nowhere = DatabaseSecret(host="127.0.0.1", port=1, dbname="x", username="x", password="x")
    with pytest.raises(UpstreamUnavailable):
        Queries(Store(lambda: nowhere)).get(Access(org_id=uuid4(), user_id=uuid4()), uuid4())


def test_a_slower_delivery_of_the_same_upload_changes_nothing(database: Database, documents: Documents) -> None:
    alice = person(database)
    document_id = ingest(documents, alice, text="Keys must be counted.")
    worker = Access.of_document(alice.org_id, "organisation")
    before = documents.get(worker, document_id)
    documents.classified(worker, document_id, CLASSIFIED.model_copy(update={"title": "of the slower one"}))
    assert documents.get(worker, document_id) == before
