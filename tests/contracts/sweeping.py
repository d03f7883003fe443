"""The promises of the sweep's port: which documents are stalled, and how often they were sent again."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from tests.contracts.examples import CLASSIFIED, SOON, ingest, planned, register, store_part, worker_of
from tests.contracts.stores import Person, Stores

from knowledge.access import Access, user_scope
from knowledge.store.ports.sweeping import StalledDocument, SweptStage
from knowledge.taxonomy import PIPELINE_VERSION, DocumentStatus

TRIES = 3
STAGES: tuple[SweptStage, ...] = ("classify", "extract")


def stalled_documents(
    stores: Stores, who: Person, stage: SweptStage = "extract", *, since: datetime | None = None
) -> list[StalledDocument]:
    """The stalled documents of their organisation; without a moment, as if nothing had been touched for an hour."""
    since = since or datetime.now(UTC) + SOON
    return stores.sweeping.documents(Access(org_id=who.org_id), stage, since, TRIES, 10)


def stages_of(stores: Stores, who: Person, document: UUID) -> list[SweptStage]:
    """The stages that have the document in hand."""
    return [stage for stage in STAGES if document in [one.id for one in stalled_documents(stores, who, stage)]]


class SweepingContract:
    """A document is stalled if nothing has touched it since a moment."""

    def test_a_document_is_in_the_hands_of_one_stage_until_it_answers(self, stores: Stores) -> None:
        alice, worker = (who := stores.people.person()), worker_of(who)
        document = register(stores.documents, alice, data=b"text").document_id
        seen = [stages_of(stores, alice, document)]
        stores.documents.start(worker, document)
        seen.append(stages_of(stores, alice, document))
        stores.documents.classified(worker, document, CLASSIFIED)
        seen.append(stages_of(stores, alice, document))
        store_part(stores.documents, worker, document, text="text", control="NAC-1")
        seen.append(stages_of(stores, alice, document))
        assert stores.documents.publish(worker, document, PIPELINE_VERSION)
        seen.append(stages_of(stores, alice, document))
        assert seen == [["classify"], ["classify"], ["extract"], ["extract"], []]

    def test_a_failed_document_is_not_stalled_and_a_requested_run_is(self, stores: Stores) -> None:
        alice = stores.people.person()
        failed = planned(stores.documents, alice, text="failed", name="failed.md")
        stores.documents.refuse(worker_of(alice), failed, DocumentStatus.FAILED, "broken")
        document = ingest(stores.documents, alice, text="Access.")
        assert stores.documents.request_run(alice.access, document)
        seen = (stages_of(stores, alice, failed), stages_of(stores, alice, document))
        stores.documents.refuse(worker_of(alice), document, DocumentStatus.FAILED, "not read")
        assert (*seen, stages_of(stores, alice, document)) == ([], ["classify"], [])

    def test_organisations_are_known_by_their_ids(self, stores: Stores) -> None:
        alice, bob = stores.people.person(), stores.people.person()
        planned(stores.documents, alice, text="Access.", scope=user_scope(alice.user_id))
        register(stores.documents, bob, data=b"Access.")
        since = datetime.now(UTC) + SOON
        extract = stores.sweeping.organisations("extract", since, TRIES)
        classify = stores.sweeping.organisations("classify", since, TRIES)
        assert (alice.org_id in extract, bob.org_id in extract) == (True, False)
        assert (alice.org_id in classify, bob.org_id in classify) == (False, True)
        assert extract == sorted(extract)
        assert alice.org_id not in stores.sweeping.organisations("extract", datetime.now(UTC) - SOON, TRIES)

    def test_the_longest_untouched_come_first_whoever_may_see_them(self, stores: Stores) -> None:
        alice, mallory = stores.people.person(), stores.people.person()
        own = planned(stores.documents, alice, text="own", scope=user_scope(alice.user_id))
        shared = planned(stores.documents, alice, text="shared")
        planned(stores.documents, mallory, text="another's")
        found = stalled_documents(stores, alice)
        assert [(one.id, one.scope) for one in found] == [(own, user_scope(alice.user_id)), (shared, "organisation")]
        since = datetime.now(UTC) + SOON
        assert stores.sweeping.documents(Access(org_id=alice.org_id), "extract", since, TRIES, 1) == found[:1]

    def test_a_part_in_hand_is_touched_but_no_progress(self, stores: Stores) -> None:
        alice, worker = (who := stores.people.person()), worker_of(who)
        document = planned(stores.documents, alice, text="text")
        before = datetime.now(UTC)
        assert stores.documents.begin_part(worker, document, 0, PIPELINE_VERSION) == [0]
        assert stalled_documents(stores, alice, since=before) == []
        (stalled,) = stalled_documents(stores, alice)
        stores.sweeping.note(worker, stalled)
        stores.documents.begin_part(worker, document, 0, PIPELINE_VERSION)
        assert [one.sweeps for one in stalled_documents(stores, alice)] == [1], "it would be sent for ever"
        assert stalled_documents(stores, alice, since=before) == [], "it was sent again just now"

    def test_progress_starts_the_count_again(self, stores: Stores) -> None:
        alice, worker = (who := stores.people.person()), worker_of(who)
        document = planned(stores.documents, alice, text="text")
        for sweeps in range(2):
            (stalled,) = stalled_documents(stores, alice)
            assert stalled == StalledDocument(id=document, scope="organisation", sweeps=sweeps)
            stores.sweeping.note(worker, stalled)
        assert [one.sweeps for one in stalled_documents(stores, alice)] == [2]
        store_part(stores.documents, worker, document, text="text", control="NAC-1")
        assert [one.sweeps for one in stalled_documents(stores, alice)] == [0]

    def test_a_document_that_waits_for_its_upload_is_looked_at_a_few_times(self, stores: Stores) -> None:
        alice, worker = (who := stores.people.person()), worker_of(who)
        register(stores.documents, alice, data=b"text")
        since = datetime.now(UTC) + SOON
        for _ in range(TRIES):
            assert alice.org_id in stores.sweeping.organisations("classify", since, TRIES)
            (stalled,) = stalled_documents(stores, alice, "classify")
            stores.sweeping.note(worker, stalled)
        assert stalled_documents(stores, alice, "classify") == []
        assert alice.org_id not in stores.sweeping.organisations("classify", since, TRIES)

    def test_nobody_counts_for_a_document_they_cannot_see(self, stores: Stores) -> None:
        alice, mallory = stores.people.person(), stores.people.person()
        planned(stores.documents, alice, text="text")
        (stalled,) = stalled_documents(stores, alice)
        stores.sweeping.note(worker_of(mallory), stalled)
        assert stalled_documents(stores, alice) == [stalled]
