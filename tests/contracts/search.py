"""The promises of the search's port: what is found, in which order, and by whom."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID, uuid4, uuid5

import pytest
from tests.contracts.examples import (
    CLASSIFIED,
    MODEL,
    SOON,
    chunk,
    ingest,
    ingest_part,
    question_vector,
    several,
)
from tests.contracts.stores import Person, Stores

from knowledge.access import team_scope, user_scope
from knowledge.errors import InvalidInput
from knowledge.records import Embeddings, SearchFilters
from knowledge.store.ports.search import SearchRequest
from knowledge.taxonomy import DocumentType, Language, SearchStrategy

REVIEW = "Who reviews access?"
#: No word of any document.
UNKNOWN = "Zebra?"


def chunks_of(stores: Stores, who: Person, document: UUID) -> list[UUID]:
    """The chunks of a document that a search finds."""
    filters = SearchFilters(document_ids=(document,))
    found = stores.search.passages(who.access, SearchRequest(UNKNOWN, question_vector(), filters=filters), 50)
    return [passage.chunk_id for passage in found]


def found(stores: Stores, who: Person, wanted: SearchRequest, limit: int = 50) -> list[UUID]:
    """The documents found, best first."""
    return [passage.document_id for passage in stores.search.passages(who.access, wanted, limit)]


class FindingContract:
    """Words, meaning and control ids find passages of current documents."""

    def test_passages_are_found_by_words_and_by_meaning(self, stores: Stores) -> None:
        alice = stores.people.person()
        document = ingest(stores.documents, alice, text="Access is reviewed by the owner.")
        ingest(stores.documents, alice, text="Backups are encrypted.", name="backup.md", control="NAC-2")
        assert found(stores, alice, SearchRequest("review of access by its owner")) == [document]
        assert found(stores, alice, SearchRequest(UNKNOWN)) == []
        assert len(found(stores, alice, SearchRequest(UNKNOWN, question_vector()))) == 2
        (passage,) = stores.search.passages(alice.access, SearchRequest("owner"), 5)
        assert (passage.text, passage.title, passage.type) == (
            "Access is reviewed by the owner.",
            "Policy",
            DocumentType.POLICY,
        )
        assert (passage.control_id, passage.heading_path, passage.language) == ("NAC-1", ("Policy",), Language.ENGLISH)

    def test_a_strategy_restricts_how_passages_are_found(self, stores: Stores) -> None:
        alice = stores.people.person()
        ingest(stores.documents, alice, text="Access is reviewed.")
        unlike = SearchRequest(UNKNOWN, question_vector(), control_keys=["NAC-1"], strategy=SearchStrategy.FULL_TEXT)
        assert found(stores, alice, unlike) == []
        words = SearchRequest("access", strategy=SearchStrategy.VECTOR)
        assert found(stores, alice, words) == []

    def test_a_named_control_comes_first(self, stores: Stores) -> None:
        alice = stores.people.person()
        made = [
            ingest(stores.documents, alice, text=f"Access rule {n}.", name=f"{n}.md", control=f"NAC-{n}")
            for n in range(1, 6)
        ]
        for embedding in (question_vector(), None):
            wanted = SearchRequest("What is the access rule?", embedding, control_keys=["NAC-4"])
            assert found(stores, alice, wanted, 3)[0] == made[3]
            assert len(found(stores, alice, wanted, 3)) == 3

    def test_synonyms_find_what_the_words_do_not(self, stores: Stores) -> None:
        alice = stores.people.person()
        document = ingest(stores.documents, alice, text="Access is reviewed.")
        assert found(stores, alice, SearchRequest(UNKNOWN, expansion=["access"])) == [document]

    def test_kinds_of_document_that_the_question_names_are_preferred(self, stores: Stores) -> None:
        alice = stores.people.person()
        ingest(stores.documents, alice, text="Access is reviewed.", name="a.md")
        standard = CLASSIFIED.model_copy(update={"type": DocumentType.BSI_C5})
        catalogue = ingest(stores.documents, alice, text="Access is reviewed!", name="b.md", found=standard)
        ingest(stores.documents, alice, text="Access is reviewed?", name="c.md")
        ranked = found(stores, alice, SearchRequest(REVIEW, question_vector(), types=[DocumentType.BSI_C5]))
        assert (ranked[0], len(ranked)) == (catalogue, 3)

    def test_a_search_is_restricted_by_filters(self, stores: Stores) -> None:
        alice = stores.people.person()
        english = ingest(stores.documents, alice, text="Access is reviewed.", name="a.md")
        german = CLASSIFIED.model_copy(update={"language": Language.GERMAN, "type": DocumentType.BSI_C5})
        other = ingest(stores.documents, alice, text="Access is granted.", name="b.md", found=german)
        now = datetime.now(UTC)
        restricted = {
            SearchFilters(document_ids=(english,)): {english},
            SearchFilters(types=(DocumentType.BSI_C5,)): {other},
            SearchFilters(language=Language.GERMAN): {other},
            SearchFilters(since=now - SOON): {english, other},
            SearchFilters(since=now + SOON): set(),
        }
        for filters, expected in restricted.items():
            for embedding in (question_vector(), None):
                wanted = SearchRequest("access", embedding, control_keys=["NAC-1"], filters=filters)
                assert set(found(stores, alice, wanted)) == expected, filters

    def test_a_control_is_found_once(self, stores: Stores) -> None:
        alice = stores.people.person()
        identity = uuid4()
        document = ingest_part(
            stores.documents,
            alice,
            several(
                chunk(identity, "Access is reviewed.", control="NAC-1"),
                chunk(identity, "Access is granted.", control="NAC-1", ordinal=1),
                chunk(identity, "Access is withdrawn.", control="NAC-2", ordinal=2),
            ),
            name="policy.md",
        )
        passages = stores.search.passages(alice.access, SearchRequest("access", question_vector()), 10)
        assert [passage.document_id for passage in passages] == [document, document]
        assert {passage.control_id for passage in passages} == {"NAC-1", "NAC-2"}

    def test_a_vector_of_another_model_or_size_is_refused(self, stores: Stores) -> None:
        alice = stores.people.person()
        ingest(stores.documents, alice, text="Access is reviewed.")
        with pytest.raises(InvalidInput, match="embedded with test-model"):
            stores.search.passages(alice.access, SearchRequest(UNKNOWN, question_vector("other-model")), 5)
        odd = Embeddings(model=MODEL, vectors=((1.0, 2.0, 3.0),))
        with pytest.raises(InvalidInput, match="384"):
            stores.search.passages(alice.access, SearchRequest(UNKNOWN, odd), 5)

    def test_a_retired_version_is_not_found_but_can_still_be_read(self, stores: Stores) -> None:
        alice = stores.people.person()
        old = ingest(stores.documents, alice, text="Access is reviewed yearly.")
        read = chunks_of(stores, alice, old)
        new = ingest(stores.documents, alice, text="Access is reviewed monthly.")
        assert found(stores, alice, SearchRequest("access", question_vector(), control_keys=["NAC-1"])) == [new]
        assert [passage.document_id for passage in stores.search.by_ids(alice.access, read)] == [old]


class VisibilityContract:
    """Nobody finds or reads a passage of a document that is not theirs to see."""

    @pytest.mark.parametrize("kind", ["organisation", "team", "owner"])
    def test_a_passage_is_visible_within_its_documents_scope_alone(self, stores: Stores, kind: str) -> None:
        alice = stores.people.person(team="audit")
        bob, mallory = stores.people.person(org_id=alice.org_id, team="sales"), stores.people.person()
        scopes = {"team": team_scope(alice.team_ids[0]), "owner": user_scope(alice.user_id)}
        document = ingest(stores.documents, alice, text="Access is reviewed.", scope=scopes.get(kind, "organisation"))
        (chunk_id,) = chunks_of(stores, alice, document)
        for who, visible in ((alice, True), (bob, kind == "organisation"), (mallory, False)):
            expected = [document] if visible else []
            for wanted in (SearchRequest(REVIEW), SearchRequest(REVIEW, question_vector(), control_keys=["NAC-1"])):
                assert found(stores, who, wanted) == expected
            assert [one.document_id for one in stores.search.by_ids(who.access, [chunk_id])] == expected
            context = stores.search.in_context(who.access, [chunk_id], widened=1)
            assert [one.document_id for group in context for one in group] == expected

    def test_a_deleted_passage_is_gone(self, stores: Stores) -> None:
        alice = stores.people.person()
        document = ingest(stores.documents, alice, text="Access is reviewed.")
        read = chunks_of(stores, alice, document)
        stores.documents.delete(alice.access, document)
        assert found(stores, alice, SearchRequest(REVIEW)) == []
        assert stores.search.by_ids(alice.access, read) == []


class ContextContract:
    """A passage is read with what belongs to it."""

    def test_passages_come_in_the_order_asked_for(self, stores: Stores) -> None:
        alice = stores.people.person()
        made = [ingest(stores.documents, alice, text=f"Rule {n}.", name=f"{n}.md") for n in range(3)]
        ids = [chunks_of(stores, alice, document)[0] for document in made]
        asked = [ids[2], uuid4(), ids[0]]
        assert [one.chunk_id for one in stores.search.by_ids(alice.access, asked)] == [ids[2], ids[0]]

    def test_the_first_passages_come_with_their_neighbours_of_the_same_control_or_section(self, stores: Stores) -> None:
        alice, any_id = stores.people.person(), uuid4()
        scope = ("Policy", "Scope")
        document = ingest_part(
            stores.documents,
            alice,
            several(
                chunk(any_id, "one", control="NAC-1"),
                chunk(any_id, "two", control="NAC-1", ordinal=1),
                chunk(any_id, "three", ordinal=2, heading_path=scope),
                chunk(any_id, "four", ordinal=3, heading_path=scope),
                chunk(any_id, "five", ordinal=4, heading_path=("Policy", "Other")),
            ),
            name="policy.md",
        )
        ids = _by_text(stores, alice, document)

        def read(*texts: str, widened: int) -> list[list[str]]:
            groups = stores.search.in_context(alice.access, [ids[text] for text in texts], widened=widened)
            return [[passage.text for passage in group] for group in groups]

        assert read("two", "four", widened=2) == [["one", "two"], ["three", "four"]]
        assert read("two", "four", widened=1) == [["one", "two"], ["four"]]
        assert read("two", "one", "five", widened=3) == [["one", "two"], ["five"]]


def _by_text(stores: Stores, who: Person, document: UUID) -> dict[str, UUID]:
    """The chunks of a document by their words; several of one control are not found in one search."""
    ids = [uuid5(document, str(ordinal)) for ordinal in range(10)]
    return {passage.text: passage.chunk_id for passage in stores.search.by_ids(who.access, ids)}
