"""Stalled documents are found for their own organisation, fail honestly, and come back; runs replace each other."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import psycopg
import pytest
from tests.embedded import Database
from tests.integration.store_examples import (
    CLASSIFIED,
    MODEL,
    Person,
    announce,
    chunk,
    found,
    ingest,
    person,
    store_part,
)

from knowledge.access import Access, team_scope
from knowledge.errors import InvalidInput
from knowledge.records import DocumentRecord, Embeddings, ExtractedPart
from knowledge.store.connection import Database as Store
from knowledge.store.documents import Documents
from knowledge.store.ports.search import SearchRequest
from knowledge.store.ports.sweeping import StalledDocument, SweptStage
from knowledge.store.search import Search
from knowledge.store.sweeping import Sweeping
from knowledge.sweep import MOST_SWEEPS
from knowledge.taxonomy import PIPELINE_VERSION, DocumentStatus, DocumentType

SOON = timedelta(hours=1)
OTHER_MODEL = "another-model"


@pytest.fixture
def sweeping(store: Store) -> Sweeping:
    return Sweeping(store)


def still(
    sweeping: Sweeping, who: Person, stage: SweptStage = "extract", since: datetime | None = None
) -> list[StalledDocument]:
    """The stalled documents, as if the bound had passed by now."""
    return sweeping.documents(Access(org_id=who.org_id), stage, since or datetime.now(UTC) + SOON, MOST_SWEEPS, 10)


def planned(documents: Documents, who: Person, *, scope: str = "organisation", data: bytes = b"plan") -> UUID:
    """A document of one part that nobody has extracted."""
    document, _, _ = announce(documents, who, name="plan.md", data=data, scope=scope)
    worker = Access.of_document(who.org_id, scope)
    documents.start(worker, document)
    documents.classified(worker, document, CLASSIFIED)
    return document


def record_of(documents: Documents, who: Person, document: UUID) -> DocumentRecord:
    record = documents.get(who.access, document)
    assert record is not None
    return record


def worker_of(who: Person) -> Access:
    return Access.of_document(who.org_id, "organisation")


# ---------------------------------------------------------------- who is stalled


def test_a_document_is_in_the_hands_of_one_stage_until_it_answers(
    database: Database, documents: Documents, sweeping: Sweeping
) -> None:
    alice = person(database)
    document, _, _ = announce(documents, alice, name="plan.md", data=b"text")
    stages: list[list[SweptStage]] = []

    def look() -> None:
        held: tuple[SweptStage, ...] = ("classify", "extract")
        stages.append([stage for stage in held if [one.id for one in still(sweeping, alice, stage)] == [document]])

    look()
    documents.start(worker_of(alice), document)
    look()
    documents.classified(worker_of(alice), document, CLASSIFIED)
    look()
    store_part(documents, worker_of(alice), document, text="text", control="NAC-1")
    look()
    assert documents.publish(worker_of(alice), document, PIPELINE_VERSION)
    look()
    assert stages == [["classify"], ["classify"], ["extract"], ["extract"], []]


def test_what_somebody_has_in_hand_does_not_stand_still_and_is_no_progress_either(
    database: Database, documents: Documents, sweeping: Sweeping
) -> None:
    alice = person(database)
    document = planned(documents, alice)
    before = datetime.now(UTC)
    assert documents.begin_part(worker_of(alice), document, 0, PIPELINE_VERSION) == [0]
    assert still(sweeping, alice, since=before) == []
    (stalled,) = still(sweeping, alice)
    sweeping.note(worker_of(alice), stalled)
    documents.begin_part(worker_of(alice), document, 0, PIPELINE_VERSION)
    (stalled,) = still(sweeping, alice)
    assert stalled.sweeps == 1, "a part that kills its worker each time would be sent for ever"
    assert still(sweeping, alice, since=before) == [], "it was sent again just now"


def test_progress_begins_the_count_anew(database: Database, documents: Documents, sweeping: Sweeping) -> None:
    alice = person(database)
    document = planned(documents, alice)
    for _ in range(2):
        (stalled,) = still(sweeping, alice)
        sweeping.note(worker_of(alice), stalled)
    assert [one.sweeps for one in still(sweeping, alice)] == [2]
    store_part(documents, worker_of(alice), document, text="text", control="NAC-1")
    assert [one.sweeps for one in still(sweeping, alice)] == [0]


def test_a_reading_that_kills_its_worker_is_no_progress(
    database: Database, documents: Documents, sweeping: Sweeping
) -> None:
    alice = person(database)
    document, _, _ = announce(documents, alice, name="plan.md", data=b"text")
    documents.start(worker_of(alice), document)
    (stalled,) = still(sweeping, alice, "classify")
    sweeping.note(worker_of(alice), stalled)
    documents.start(worker_of(alice), document)
    assert [one.sweeps for one in still(sweeping, alice, "classify")] == [1]


def test_one_that_waits_for_its_owner_is_looked_at_a_few_times(
    database: Database, documents: Documents, sweeping: Sweeping
) -> None:
    alice = person(database)
    announce(documents, alice, name="plan.md", data=b"text")
    for _ in range(MOST_SWEEPS):
        (stalled,) = still(sweeping, alice, "classify")
        sweeping.note(worker_of(alice), stalled)
    assert still(sweeping, alice, "classify") == []
    assert alice.org_id not in sweeping.organisations("classify", datetime.now(UTC) + SOON, MOST_SWEEPS)
    announce(documents, alice, name="plan.md", data=b"text")
    assert len(still(sweeping, alice, "classify")) == 1, "announced again, it may have been uploaded again"


# ---------------------------------------------------------------- nobody sees through the sweep


def test_the_sweep_sees_every_organisation_and_shows_each_only_its_own(
    database: Database, store: Store, documents: Documents, sweeping: Sweeping
) -> None:
    alice, mallory = person(database, team="audit"), person(database)
    scope = team_scope(alice.team_ids[0])
    secret = planned(documents, alice, scope=scope)
    later = datetime.now(UTC) + SOON
    assert alice.org_id in sweeping.organisations("extract", later, MOST_SWEEPS)
    assert [(one.id, one.scope) for one in still(sweeping, alice)] == [(secret, scope)]
    assert still(sweeping, mallory) == []
    foreign = Access.of_document(mallory.org_id, scope)
    (stalled,) = still(sweeping, alice)
    sweeping.note(foreign, stalled)
    documents.refuse(foreign, secret, DocumentStatus.FAILED, "mine now")
    assert documents.begin_part(foreign, secret, 0, PIPELINE_VERSION) == []
    assert not documents.request_run(foreign, secret)
    assert still(sweeping, alice) == [stalled], "the others changed nothing"


def test_without_an_organisation_there_are_ids_and_nothing_else(
    database: Database, store: Store, documents: Documents
) -> None:
    planned(documents, person(database))
    later = datetime.now(UTC) + SOON
    with store.transaction(None) as connection:
        rows = connection.execute("SELECT * FROM organisations_standing_still('extract', %s, 3)", (later,)).fetchall()
        assert {tuple(row) for row in rows} == {("org_id",)}
        assert (
            connection.execute("SELECT * FROM documents_standing_still('extract', %s, 3, 9)", (later,)).fetchall() == []
        )
    with psycopg.connect(database.app_dsn) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("SELECT * FROM unfinished_documents")


# ---------------------------------------------------------------- failed, and back again


def test_a_document_failed_by_the_sweep_is_completed_by_what_is_redriven(
    database: Database, documents: Documents, search: Search, sweeping: Sweeping
) -> None:
    alice = person(database)
    document = planned(documents, alice)
    documents.refuse(worker_of(alice), document, DocumentStatus.FAILED, "Part 1 of 1 not extracted")
    assert still(sweeping, alice) == []
    assert documents.begin_part(worker_of(alice), document, 0, PIPELINE_VERSION) == [0]
    store_part(documents, worker_of(alice), document, text="Access is reviewed.", control="NAC-1")
    assert documents.publish(worker_of(alice), document, PIPELINE_VERSION)
    assert (record_of(documents, alice, document).status, found(search, alice)) == (
        DocumentStatus.SEARCHABLE,
        {document},
    )


def test_a_failed_run_leaves_the_old_rows_and_is_completed_by_what_is_redriven(
    database: Database, documents: Documents, search: Search, sweeping: Sweeping
) -> None:
    alice = person(database)
    document = ingest(documents, alice, text="Access is reviewed yearly.")
    run = rerun(documents, alice, document)
    documents.refuse(worker_of(alice), document, DocumentStatus.FAILED, "Part 1 of 1 not extracted", run=run)
    record = record_of(documents, alice, document)
    assert (record.status, record.reprocessing) == (DocumentStatus.SEARCHABLE, False)
    assert record.reason == "Part 1 of 1 not extracted"
    assert still(sweeping, alice) == []
    assert texts(search, alice) == ["Access is reviewed yearly."]
    assert documents.pending_parts(worker_of(alice), document, run) == [0]
    store_run(documents, alice, document, run, "Access is reviewed monthly.")
    assert documents.publish(worker_of(alice), document, run)
    assert record_of(documents, alice, document).reason is None
    assert texts(search, alice) == ["Access is reviewed monthly."]


def test_a_failure_of_a_run_that_was_replaced_is_told_to_nobody(database: Database, documents: Documents) -> None:
    alice = person(database)
    document = planned(documents, alice)
    documents.refuse(worker_of(alice), document, DocumentStatus.FAILED, "too late", run="1")
    assert record_of(documents, alice, document).status is DocumentStatus.EXTRACTING


# ---------------------------------------------------------------- processed again


def rerun(documents: Documents, who: Person, document: UUID, *, new_embedding: bool = False) -> str:
    """Asked for and planned; the new run."""
    assert documents.request_run(who.access, document, new_embedding=new_embedding)
    run = documents.start(worker_of(who), document).run
    documents.classified(worker_of(who), document, CLASSIFIED.model_copy(update={"pipeline_version": run}))
    return run


def store_run(documents: Documents, who: Person, document: UUID, run: str, text: str, model: str = MODEL) -> None:
    one = chunk(document, text).model_copy(update={"id": uuid4()})
    embeddings = Embeddings(model=model, vectors=((1.0,) * 384,))
    extracted = ExtractedPart(chunks=(one,), embeddings=embeddings)
    documents.store_part(worker_of(who), document, 0, pipeline_version=run, extracted=extracted)


def texts(search: Search, who: Person, model: str = MODEL) -> list[str]:
    wanted = SearchRequest("Who reviews access?", Embeddings(model=model, vectors=((1.0,) * 384,)))
    return [passage.text for passage in search.passages(who.access, wanted, 9)]


def runs_stored(database: Database, document: UUID) -> Iterator[set[str]]:
    with psycopg.connect(database.owner_dsn) as connection:
        for table in ("parts", "chunks", "controls"):
            rows = connection.execute(f"SELECT pipeline_version FROM {table} WHERE document_id = %s", (document,))
            yield {str(row[0]) for row in rows}


def test_the_run_that_answers_does_so_until_the_new_one_is_complete_and_is_gone_then(
    database: Database, documents: Documents, search: Search
) -> None:
    alice = person(database)
    document = ingest(documents, alice, text="Access is reviewed yearly.")
    run = rerun(documents, alice, document)
    assert run == f"{PIPELINE_VERSION}+1"
    assert record_of(documents, alice, document).reprocessing
    store_run(documents, alice, document, run, "Access is reviewed monthly.")
    assert texts(search, alice) == ["Access is reviewed yearly."]
    assert list(runs_stored(database, document)) == [
        {PIPELINE_VERSION, run},
        {PIPELINE_VERSION, run},
        {PIPELINE_VERSION},
    ]
    assert documents.publish(worker_of(alice), document, run)
    assert texts(search, alice) == ["Access is reviewed monthly."]
    assert list(runs_stored(database, document)) == [{run}, {run}, set()]
    assert not record_of(documents, alice, document).reprocessing


def test_a_run_is_asked_for_once_and_noted_until_it_is_planned(
    database: Database, documents: Documents, sweeping: Sweeping
) -> None:
    alice = person(database)
    document = ingest(documents, alice, text="Access is reviewed yearly.")
    assert documents.request_run(alice.access, document)
    assert documents.request_run(alice.access, document)
    record = record_of(documents, alice, document)
    assert (record.run, record.reprocessing) == (f"{PIPELINE_VERSION}+1", True)
    assert [one.id for one in still(sweeping, alice, "classify")] == [document]
    documents.classified(worker_of(alice), document, CLASSIFIED.model_copy(update={"pipeline_version": record.run}))
    assert still(sweeping, alice, "classify") == []
    assert [one.id for one in still(sweeping, alice)] == [document]
    assert documents.request_run(alice.access, document), "asked again while it is under way"
    assert record_of(documents, alice, document).run == record.run
    documents.take_up_run(worker_of(alice), document, record.run)
    assert record_of(documents, alice, document).requested_at is None


def test_a_type_that_is_corrected_is_noted_until_its_run_is_planned(
    database: Database, documents: Documents, sweeping: Sweeping
) -> None:
    alice = person(database)
    document = ingest(documents, alice, text="Access is reviewed yearly.")
    documents.set_type(alice.access, document, DocumentType.FAQ)
    assert [one.id for one in still(sweeping, alice, "classify")] == [document]
    documents.refuse(worker_of(alice), document, DocumentStatus.FAILED, "It could not be read: it is gone")
    record = record_of(documents, alice, document)
    assert (record.status, record.reason) == (DocumentStatus.SEARCHABLE, "It could not be read: it is gone")
    assert still(sweeping, alice, "classify") == []


def test_a_failed_document_is_taken_apart_anew_and_one_under_way_is_not(
    database: Database, documents: Documents
) -> None:
    alice = person(database)
    document = planned(documents, alice)
    assert not documents.request_run(alice.access, document)
    documents.refuse(worker_of(alice), document, DocumentStatus.FAILED, "broken")
    assert documents.request_run(alice.access, document)
    record = record_of(documents, alice, document)
    assert (record.status, record.reason, record.run) == (DocumentStatus.CLASSIFYING, None, f"{PIPELINE_VERSION}+1")


def test_only_a_run_that_was_asked_for_with_it_changes_the_embedding_model(
    database: Database, documents: Documents, search: Search
) -> None:
    alice = person(database)
    document = ingest(documents, alice, text="Access is reviewed yearly.")
    run = rerun(documents, alice, document)
    with pytest.raises(InvalidInput, match="reprocess --all --new-embedding"):
        store_run(documents, alice, document, run, "Access is reviewed yearly.", OTHER_MODEL)
    assert documents.request_run(alice.access, document, new_embedding=True)
    store_run(documents, alice, document, run, "Access is reviewed yearly.", OTHER_MODEL)
    assert texts(search, alice, OTHER_MODEL) == ["Access is reviewed yearly."], (
        "found by its words until it is complete"
    )
    assert documents.publish(worker_of(alice), document, run)
    assert texts(search, alice, OTHER_MODEL) == ["Access is reviewed yearly."]
    with pytest.raises(InvalidInput, match=f"embedded with {OTHER_MODEL}"):
        ingest(documents, alice, text="Access is granted.", name="b.md")
    again = rerun(documents, alice, document)
    with pytest.raises(InvalidInput, match=f"embedded with {OTHER_MODEL}"):
        store_run(documents, alice, document, again, "Access is reviewed yearly.")


def test_documents_are_listed_page_by_page(database: Database, documents: Documents) -> None:
    alice = person(database)
    ids = [ingest(documents, alice, text=f"Access rule {number}.", name=f"{number}.md") for number in range(3)]
    first = documents.latest(alice.access, 2)
    rest = documents.latest(alice.access, 2, first[-1].id)
    assert [record.id for record in (*first, *rest)] == ids[::-1]
