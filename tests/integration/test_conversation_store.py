"""Conversations, feedback and remembered answers on a real PostgreSQL and Valkey, as the functions' role."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pytest
import yoyo  # type: ignore[import-untyped]
from tests.embedded import Database, PostgresServer
from tests.integration.store_examples import Person, announce, ingest, person

from knowledge.access import Access, team_scope, user_scope
from knowledge.answer_cache import AnswerCache
from knowledge.cache import ValkeyCache
from knowledge.environment import CacheSecret
from knowledge.errors import NotFound
from knowledge.records import (
    Analysis,
    Answer,
    AnswerChange,
    Citation,
    Draft,
    PassageReference,
    QueryContext,
    QueryRecord,
    SearchFilters,
    StageReport,
)
from knowledge.store.answers import Answers
from knowledge.store.connection import Database as Store
from knowledge.store.conversations import Conversations
from knowledge.store.documents import Documents
from knowledge.store.ports.questions import RepeatedQuestion
from knowledge.store.ports.search import SearchRequest
from knowledge.store.queries import Queries
from knowledge.store.search import Search
from knowledge.taxonomy import Intent, Language, QueryStage, Rating, SearchStrategy

QUESTION = "Who reviews access?"
SOON = timedelta(minutes=5)


@pytest.fixture
def queries(store: Store) -> Queries:
    return Queries(store)


@pytest.fixture
def conversations(store: Store) -> Conversations:
    return Conversations(store)


@pytest.fixture
def answers(store: Store) -> Answers:
    return Answers(store)


@pytest.fixture
def cache(answers: Answers, valkey_url: str) -> AnswerCache:
    return AnswerCache(ValkeyCache(lambda: CacheSecret(url=valkey_url)), answers)


def key_of(cache: AnswerCache, access: Access, question: str = QUESTION) -> str:
    return cache.key(access, question, None, SearchStrategy.HYBRID, SearchFilters())


def answered(
    store: Store, who: Person, *, key: str | None = None, document: UUID | None = None, degraded: bool = False
) -> QueryRecord:
    """A question of theirs with an answer that cites the document, if one is given."""
    queries, identity = Queries(store), uuid4()
    queries.create(who.access, identity, QUESTION, None, datetime.now(UTC) + SOON, context=QueryContext(cache_key=key))
    analysis = Analysis(language=Language.ENGLISH, intent=Intent.COMPLIANCE_REQUIREMENT, confidence=0.9)
    queries.save_analysis(who.access, identity, analysis, report(QueryStage.INTENT))
    reference = PassageReference(chunk_id=uuid4(), score=1.0, document_id=document)
    queries.save_passages(who.access, identity, (reference,), report(QueryStage.RETRIEVE))
    draft = Draft(text="Access is reviewed. [1] Daily. [1]", sources=(reference.chunk_id,))
    queries.save_draft(who.access, identity, draft, report(QueryStage.SYNTHESIZE))
    citations = () if document is None else (citation(document),)
    answer = Answer(
        answer="Access is reviewed. [1]",
        citations=citations,
        found=True,
        confidence=1.0,
        changes=(AnswerChange(sentence="Daily. [1]", action="removed", reason="no source"),),
    )
    queries.finish(who.access, identity, answer, report(QueryStage.VALIDATE, degraded=degraded))
    return queries.load(who.access, identity)


def report(stage: QueryStage, *, degraded: bool = False) -> StageReport:
    return StageReport(stage=stage, queued_ms=1, worked_ms=2, degraded=degraded)


def citation(document: UUID) -> Citation:
    return Citation(
        n=1,
        document_id=document,
        title="Policy",
        control_id=None,
        heading_path=(),
        page_from=None,
        page_to=None,
        char_from=0,
        char_to=6,
        quote="Access",
    )


def repeated(source: UUID, key: str, *, conversation_id: UUID | None = None) -> RepeatedQuestion:
    return RepeatedQuestion(
        id=uuid4(),
        question="who reviews ACCESS",
        language=None,
        strategy=SearchStrategy.HYBRID,
        filters=SearchFilters(),
        deadline_at=datetime.now(UTC) + SOON,
        conversation_id=conversation_id,
        source=source,
        key=key,
    )


# ---------------------------------------------------------------- conversations and feedback


def in_conversation(queries: Queries, who: Person, conversation_id: UUID, question: str) -> UUID:
    identity = uuid4()
    queries.create(
        who.access,
        identity,
        question,
        None,
        datetime.now(UTC) + SOON,
        context=QueryContext(conversation_id=conversation_id),
    )
    return identity


def test_a_conversation_belongs_to_its_owner(
    database: Database, queries: Queries, conversations: Conversations
) -> None:
    alice, mallory = person(database), person(database)
    bob = person(database, org_id=alice.org_id)
    conversation = uuid4()
    conversations.create(alice.access, conversation)
    first = in_conversation(queries, alice, conversation, "Who reviews?")
    second = in_conversation(queries, alice, conversation, "And contractors?")

    for stranger in (bob, mallory):
        assert conversations.get(stranger.access, conversation, 10) is None
        assert conversations.earlier(stranger.access, second, 6) == []
        assert not conversations.delete(stranger.access, conversation)
        with pytest.raises(NotFound, match="conversation"):
            in_conversation(queries, stranger, conversation, "Mine too?")
        assert conversations.rate(stranger.access, first, Rating.DOWN, None) is None
    shown = conversations.get(alice.access, conversation, 10)
    assert shown is not None
    assert [turn.query_id for turn in shown.turns] == [first, second]
    assert not shown.more
    latest = conversations.get(alice.access, conversation, 1)
    assert latest is not None
    assert ([turn.query_id for turn in latest.turns], latest.more) == ([second], True)
    assert [turn.question for turn in conversations.earlier(alice.access, second, 6)] == ["Who reviews?"]
    assert conversations.earlier(alice.access, first, 6) == []


def test_deleting_a_conversation_deletes_what_was_asked_in_it(
    database: Database, queries: Queries, conversations: Conversations
) -> None:
    alice, conversation = person(database), uuid4()
    conversations.create(alice.access, conversation)
    asked = in_conversation(queries, alice, conversation, "Who reviews?")
    assert conversations.delete(alice.access, conversation)
    assert queries.get(alice.access, asked) is None
    assert not conversations.delete(alice.access, conversation)


def test_feedback_is_one_per_question_and_only_on_what_has_ended(
    database: Database, store: Store, queries: Queries, conversations: Conversations
) -> None:
    alice = person(database)
    running = uuid4()
    queries.create(alice.access, running, QUESTION, None, datetime.now(UTC) + SOON)
    assert conversations.rate(alice.access, running, Rating.UP, None) is None
    query = answered(store, alice)
    first = conversations.rate(alice.access, query.id, Rating.UP, "right")
    second = conversations.rate(alice.access, query.id, Rating.DOWN, None)
    assert first is not None
    assert second is not None
    assert (first.comment, second.rating, second.comment) == ("right", Rating.DOWN, None)
    assert queries.load(alice.access, query.id).rating is Rating.DOWN


# ---------------------------------------------------------------- the corpus version


def test_every_change_of_what_can_be_found_counts(database: Database, documents: Documents, answers: Answers) -> None:
    alice = person(database, team="audit")

    def versions() -> dict[str, int]:
        return dict(answers.corpus(alice.access))

    assert versions() == {}
    announce(documents, alice, name="later.md", data=b"not here yet")
    assert versions() == {}, "what is announced cannot be found yet"
    old = ingest(documents, alice, text="Access is reviewed yearly.")
    seen = [versions()["organisation"]]
    new = ingest(documents, alice, text="Access is reviewed monthly.")
    seen.append(versions()["organisation"])
    announce(documents, alice, name="policy.md", data=b"Access is reviewed yearly.")  # its first version is back
    seen.append(versions()["organisation"])
    with psycopg.connect(database.owner_dsn) as connection:
        connection.execute("UPDATE documents SET updated_at = now() WHERE id = %s", (old,))
    assert versions()["organisation"] == seen[-1], "nothing that is found has changed"
    with psycopg.connect(database.owner_dsn) as connection:
        team = team_scope(alice.team_ids[0])
        connection.execute("UPDATE documents SET scope = %s WHERE id = %s", (team, old))
    seen.append(versions()["organisation"])
    assert versions()[team] == 1
    assert documents.delete(alice.access, old)
    assert versions()[team] == 2
    assert documents.delete(alice.access, new)
    assert seen == sorted(set(seen))


def test_corpus_versions_are_seen_by_who_sees_the_documents(
    database: Database, documents: Documents, answers: Answers
) -> None:
    alice, mallory = person(database, team="audit"), person(database)
    bob = person(database, org_id=alice.org_id)
    ingest(documents, alice, text="All.", name="all.md")
    ingest(documents, alice, text="Team.", name="team.md", scope=team_scope(alice.team_ids[0]))
    ingest(documents, alice, text="Own.", name="own.md", scope=user_scope(alice.user_id))
    assert len(answers.corpus(alice.access)) == 3
    assert [each.scope for each in answers.corpus(bob.access)] == ["organisation"]
    assert answers.corpus(mallory.access) == ()


def test_an_organisation_can_be_removed_with_its_documents(database: Database, documents: Documents) -> None:
    alice = person(database)
    ingest(documents, alice, text="Access is reviewed.")
    with psycopg.connect(database.owner_dsn) as connection:
        connection.execute("DELETE FROM organisations WHERE id = %s", (alice.org_id,))
    with psycopg.connect(database.owner_dsn) as connection:
        row = connection.execute("SELECT count(*) FROM corpus_versions WHERE org_id = %s", (alice.org_id,)).fetchone()
    assert row == (0,)


# ---------------------------------------------------------------- remembered answers


def test_an_answer_is_given_again_to_who_sees_the_same(
    database: Database, store: Store, documents: Documents, queries: Queries, cache: AnswerCache
) -> None:
    alice = person(database)
    bob = person(database, org_id=alice.org_id)
    ingest(documents, alice, text="Access is reviewed.")
    key = key_of(cache, alice.access)
    assert cache.known(alice.access, key) is None
    first = answered(store, alice, key=key)
    cache.remember(alice.access, first)
    assert cache.known(bob.access, key_of(cache, bob.access)) == first.id

    asked = repeated(first.id, key)
    assert cache.repeat(bob.access, asked)
    copy = queries.load(bob.access, asked.id)
    assert (copy.cached, copy.answer, copy.question) == (True, first.answer, "who reviews ACCESS")
    assert (copy.stages, copy.finished_at is not None) == ((), True)
    assert copy.repeated_stages is not None
    assert {stage.stage for stage in copy.repeated_stages} == set(QueryStage)
    assert queries.get(alice.access, asked.id) is None
    assert not cache.repeat(bob.access, repeated(asked.id, key)), "a copy is no source"


Change = Callable[[Database, Documents, Person, UUID], None]


def _new_version(database: Database, documents: Documents, who: Person, document: UUID) -> None:
    ingest(documents, who, text="Access is reviewed monthly.")


def _deleted(database: Database, documents: Documents, who: Person, document: UUID) -> None:
    assert documents.delete(who.access, document)


def _another_document(database: Database, documents: Documents, who: Person, document: UUID) -> None:
    ingest(documents, who, text="Access is granted.", name="other.md")


def _made_private(database: Database, documents: Documents, who: Person, document: UUID) -> None:
    with psycopg.connect(database.owner_dsn) as connection:
        connection.execute("UPDATE documents SET scope = %s WHERE id = %s", (user_scope(who.user_id), document))


@pytest.mark.parametrize("change", [_new_version, _deleted, _another_document, _made_private])
def test_a_change_of_the_documents_makes_an_answer_unreachable(
    database: Database, store: Store, documents: Documents, cache: AnswerCache, change: Change
) -> None:
    alice = person(database)
    bob = person(database, org_id=alice.org_id)
    document = ingest(documents, alice, text="Access is reviewed yearly.")
    cache.remember(alice.access, answered(store, alice, key=key_of(cache, alice.access), document=document))
    assert cache.known(bob.access, key_of(cache, bob.access)) is not None
    change(database, documents, alice, document)
    for who in (alice, bob):
        assert cache.known(who.access, key_of(cache, who.access)) is None


def test_no_answer_crosses_a_permission_border(
    database: Database, store: Store, documents: Documents, cache: AnswerCache
) -> None:
    alice = person(database, team="audit")
    colleague = person(database, org_id=alice.org_id)
    other_team = person(database, org_id=alice.org_id, team="sales")
    mallory = person(database)
    ingest(documents, alice, text="All.", name="all.md")
    ingest(documents, mallory, text="All.", name="all.md")
    ingest(documents, alice, text="Team.", name="team.md", scope=team_scope(alice.team_ids[0]))
    ingest(documents, other_team, text="Sales.", name="sales.md", scope=team_scope(other_team.team_ids[0]))
    key = key_of(cache, alice.access)
    first = answered(store, alice, key=key)
    cache.remember(alice.access, first)
    assert cache.known(alice.access, key_of(cache, alice.access)) == first.id

    for stranger in (colleague, other_team, mallory):
        assert cache.known(stranger.access, key_of(cache, stranger.access)) is None
    left_the_team = Access.of_member(alice.org_id, alice.user_id, [])
    assert cache.known(left_the_team, key_of(cache, left_the_team)) is None
    # Even with the key and the id in hand, another organisation's row is not there.
    assert cache.known(mallory.access, key) is None
    assert not cache.repeat(mallory.access, repeated(first.id, key))
    assert not cache.repeat(colleague.access, repeated(first.id, key_of(cache, colleague.access)))


def test_what_may_not_be_given_again(
    database: Database, store: Store, documents: Documents, conversations: Conversations, cache: AnswerCache
) -> None:
    alice = person(database)
    bob = person(database, org_id=alice.org_id)
    document = ingest(documents, alice, text="Access is reviewed.")
    key = key_of(cache, alice.access)
    degraded = answered(store, alice, key=key, degraded=True)
    cache.remember(alice.access, degraded)
    assert cache.known(alice.access, key) is None
    assert not cache.repeat(alice.access, repeated(degraded.id, key))

    called_bad = answered(store, alice, key=key)
    copy = repeated(called_bad.id, key)
    assert cache.repeat(bob.access, copy)
    conversations.rate(bob.access, copy.id, Rating.DOWN, "outdated")
    assert not cache.repeat(alice.access, repeated(called_bad.id, key))
    conversations.rate(bob.access, copy.id, Rating.UP, None)
    assert cache.repeat(alice.access, repeated(called_bad.id, key))

    with pytest.raises(NotFound, match="conversation"):
        cache.repeat(alice.access, repeated(called_bad.id, key, conversation_id=uuid4()))
    withdrawn = answered(store, alice, key=key, document=document)
    assert cache.repeat(alice.access, repeated(withdrawn.id, key))
    assert documents.delete(alice.access, document)
    assert not cache.repeat(alice.access, repeated(withdrawn.id, key))
    assert not cache.repeat(alice.access, repeated(uuid4(), key))


def test_a_deleted_document_leaves_no_draft_behind(
    database: Database, store: Store, documents: Documents, queries: Queries
) -> None:
    alice = person(database)
    document = ingest(documents, alice, text="Access is reviewed.")
    cited = answered(store, alice, document=document)
    elsewhere = answered(store, alice)
    assert documents.delete(alice.access, document)
    query = queries.load(alice.access, cited.id)
    assert query.answer is not None
    assert (query.draft, query.answer.answer, query.answer.changes) == (None, "", ())
    assert queries.load(alice.access, elsewhere.id) == elsewhere


def test_a_record_names_what_stands_behind_its_passages(
    database: Database, store: Store, documents: Documents, answers: Answers
) -> None:
    alice, mallory = person(database), person(database)
    document = ingest(documents, alice, text="Access is reviewed.")
    (found,) = Search(store).passages(alice.access, SearchRequest("review access"), 5)
    (source,) = answers.sources(alice.access, [uuid4(), found.chunk_id])
    record = documents.get(alice.access, document)
    assert record is not None
    assert (source.document_id, source.version, source.sha256) == (document, 1, record.sha256)
    assert len(source.text_sha256) == 64
    assert answers.sources(mallory.access, [found.chunk_id]) == []


# ---------------------------------------------------------------- the migration


def test_the_migration_can_be_undone_and_repeated(postgres_server: PostgresServer) -> None:
    database = postgres_server.migrated_database("undo_conversations")
    known = yoyo.read_migrations(str(Path(__file__).parents[2] / "migrations"))
    newest = known.filter(lambda migration: migration.id >= "0006")
    with yoyo.get_backend(database.owner_dsn.replace("://", "+psycopg://", 1)) as backend:
        backend.rollback_migrations(backend.to_rollback(newest))
        backend.apply_migrations(backend.to_apply(known))
    postgres_server.drop(database.name)
