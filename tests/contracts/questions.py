"""The promises of the questions' ports: results, conversations, and answers that may be given again."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256
from uuid import UUID, uuid4

import pytest
from tests.contracts.examples import (
    KEY,
    QUESTION,
    SOON,
    analysis,
    answered,
    ask,
    ingest,
    planned,
    report,
)
from tests.contracts.search import chunks_of
from tests.contracts.stores import Person, Stores

from knowledge.access import user_scope
from knowledge.errors import NotFound
from knowledge.records import Answer, Draft, PassageReference, SearchFilters
from knowledge.store.ports.questions import RepeatedQuestion
from knowledge.taxonomy import (
    ANSWER_VERSION,
    PIPELINE_VERSION,
    DocumentType,
    Intent,
    Language,
    QueryStage,
    QueryStatus,
    Rating,
    SearchStrategy,
)

NO_ANSWER = Answer(answer="", citations=(), found=False, confidence=0.0)


class QueriesContract:
    """A question is its asker's alone, and the first result of each stage is kept."""

    def test_a_question_is_kept_as_it_was_asked(self, stores: Stores) -> None:
        alice, identity = stores.people.person(), uuid4()
        deadline, filters = datetime.now(UTC) + SOON, SearchFilters(types=(DocumentType.POLICY,))
        stores.queries.connect()
        stores.queries.create(
            alice.access, identity, QUESTION, Language.ENGLISH, deadline, SearchStrategy.VECTOR, filters
        )
        query = stores.queries.load(alice.access, identity)
        assert (query.question, query.language, query.deadline_at) == (QUESTION, Language.ENGLISH, deadline)
        assert (query.strategy, query.filters, query.status) == (SearchStrategy.VECTOR, filters, QueryStatus.QUEUED)
        assert (query.analysis, query.passages, query.draft, query.answer, query.stages) == (None, None, None, None, ())
        assert (query.cached, query.pipeline_version) == (False, f"{PIPELINE_VERSION}/{ANSWER_VERSION}")
        assert not stores.queries.finished(alice.access, identity)

    def test_nobody_else_sees_it(self, stores: Stores) -> None:
        alice = stores.people.person()
        identity = answered(stores, alice).id
        for other in (stores.people.person(org_id=alice.org_id), stores.people.person()):
            assert stores.queries.get(other.access, identity) is None
            assert not stores.queries.finished(other.access, identity)
            with pytest.raises(NotFound):
                stores.queries.load(other.access, identity)
            stores.queries.fail(other.access, identity, "Throttled", "full")
        assert stores.queries.load(alice.access, identity).status is QueryStatus.ANSWERED

    def test_the_first_result_of_each_stage_is_kept(self, stores: Stores) -> None:
        alice = stores.people.person()
        identity, access = ask(stores, alice), alice.access
        reference = PassageReference(chunk_id=uuid4(), score=1.0)
        for intent in (Intent.BEST_PRACTICE, Intent.MAPPING_COMPARISON):
            stores.queries.save_analysis(access, identity, analysis(intent), report(QueryStage.INTENT))
        assert stores.queries.load(access, identity).status is QueryStatus.RUNNING
        for passages in ((), (reference,)):
            stores.queries.save_passages(access, identity, passages, report(QueryStage.RETRIEVE))
        for text in ("first", "second"):
            draft = Draft(text=text, sources=())
            stores.queries.save_draft(access, identity, draft, report(QueryStage.SYNTHESIZE, degraded=text == "second"))
            answer = NO_ANSWER.model_copy(update={"answer": text})
            stores.queries.finish(access, identity, answer, report(QueryStage.VALIDATE))
        query = stores.queries.load(access, identity)
        assert (query.analysis, query.passages) == (analysis(Intent.BEST_PRACTICE), ())
        assert query.draft is not None
        assert query.answer is not None
        assert (query.draft.text, query.answer.answer, query.status) == ("first", "first", QueryStatus.ANSWERED)
        assert {stage.stage: stage.degraded for stage in query.stages} == dict.fromkeys(QueryStage, False)
        assert stores.queries.finished(access, identity)

    def test_an_answered_question_does_not_fail(self, stores: Stores) -> None:
        alice = stores.people.person()
        before = answered(stores, alice)
        stores.queries.fail(alice.access, before.id, "DeadlineExceeded", "too late")
        assert stores.queries.load(alice.access, before.id) == before

    def test_a_failed_question_gets_no_answer_and_keeps_its_first_error(self, stores: Stores) -> None:
        alice = stores.people.person()
        identity = ask(stores, alice)
        for name in ("DeadlineExceeded", "Throttled"):
            stores.queries.fail(alice.access, identity, name, "the reason")
        stores.queries.save_analysis(alice.access, identity, analysis(), report(QueryStage.INTENT))
        stores.queries.finish(alice.access, identity, NO_ANSWER, report(QueryStage.VALIDATE))
        query = stores.queries.load(alice.access, identity)
        assert (query.status, query.error_name, query.error_detail) == (
            QueryStatus.FAILED,
            "DeadlineExceeded",
            "the reason",
        )
        assert (query.analysis, query.answer) == (None, None)
        assert stores.queries.finished(alice.access, identity)


def conversation(stores: Stores, who: Person) -> UUID:
    identity = uuid4()
    stores.conversations.create(who.access, identity)
    return identity


class ConversationsContract:
    """Conversations, their turns, and what askers think of answers."""

    def test_the_latest_turns_are_shown_in_order(self, stores: Stores) -> None:
        alice = stores.people.person()
        talk = conversation(stores, alice)
        asked = [ask(stores, alice, f"Question {number}?", conversation_id=talk) for number in range(3)]
        resolved = analysis(resolved_question="Question 2 of Alice?")
        stores.queries.save_analysis(alice.access, asked[2], resolved, report(QueryStage.INTENT))
        stores.queries.finish(alice.access, asked[2], NO_ANSWER, report(QueryStage.VALIDATE))
        found = stores.conversations.get(alice.access, talk, 2)
        assert found is not None
        assert ([turn.query_id for turn in found.turns], found.more) == (asked[1:], True)
        queued, ended = found.turns
        assert (queued.question, queued.status, queued.answer) == ("Question 1?", QueryStatus.QUEUED, None)
        assert (ended.status, ended.answer, ended.found) == (QueryStatus.ANSWERED, "", False)
        assert ended.resolved_question == "Question 2 of Alice?"
        whole = stores.conversations.get(alice.access, talk, 3)
        assert whole is not None
        assert (len(whole.turns), whole.more) == (3, False)

    def test_a_conversation_is_its_owners_alone(self, stores: Stores) -> None:
        alice = stores.people.person()
        talk = conversation(stores, alice)
        identity = ask(stores, alice, conversation_id=talk)
        for other in (stores.people.person(org_id=alice.org_id), stores.people.person()):
            assert stores.conversations.get(other.access, talk, 10) is None
            assert not stores.conversations.delete(other.access, talk)
            assert stores.conversations.earlier(other.access, identity, 10) == []
            with pytest.raises(NotFound, match="you have no conversation"):
                ask(stores, other, conversation_id=talk)
        with pytest.raises(NotFound):
            ask(stores, alice, conversation_id=uuid4())
        assert stores.queries.get(alice.access, identity) is not None

    def test_a_conversation_is_deleted_with_its_questions(self, stores: Stores) -> None:
        alice = stores.people.person()
        talk, other = conversation(stores, alice), conversation(stores, alice)
        gone, kept = ask(stores, alice, conversation_id=talk), ask(stores, alice, conversation_id=other)
        assert stores.conversations.delete(alice.access, talk)
        assert not stores.conversations.delete(alice.access, talk)
        assert stores.queries.get(alice.access, gone) is None
        assert stores.queries.get(alice.access, kept) is not None

    def test_earlier_questions_are_those_before_this_one(self, stores: Stores) -> None:
        alice = stores.people.person()
        talk = conversation(stores, alice)
        asked = [ask(stores, alice, f"Question {number}?", conversation_id=talk) for number in range(4)]
        ask(stores, alice, "elsewhere")
        stores.queries.save_analysis(
            alice.access, asked[1], analysis(resolved_question="Question one?"), report(QueryStage.INTENT)
        )
        earlier = stores.conversations.earlier(alice.access, asked[2], 10)
        assert [question.standing for question in earlier] == ["Question one?", "Question 0?"]
        assert len(stores.conversations.earlier(alice.access, asked[3], 1)) == 1
        assert stores.conversations.earlier(alice.access, asked[0], 10) == []
        assert stores.conversations.earlier(alice.access, uuid4(), 10) == []

    def test_an_asker_rates_an_answer_and_changes_their_mind(self, stores: Stores) -> None:
        alice = stores.people.person()
        talk = conversation(stores, alice)
        identity = ask(stores, alice, conversation_id=talk)
        assert stores.conversations.rate(alice.access, identity, Rating.UP, None) is None
        stores.queries.finish(alice.access, identity, NO_ANSWER, report(QueryStage.VALIDATE))
        for rating, comment in ((Rating.UP, None), (Rating.DOWN, "It is wrong.")):
            feedback = stores.conversations.rate(alice.access, identity, rating, comment)
            assert feedback is not None
            assert (feedback.query_id, feedback.rating, feedback.comment) == (identity, rating, comment)
            assert stores.queries.load(alice.access, identity).rating is rating
        found = stores.conversations.get(alice.access, talk, 1)
        assert found is not None
        assert found.turns[0].rating is Rating.DOWN

    def test_nobody_rates_anothers_answer(self, stores: Stores) -> None:
        alice = stores.people.person()
        identity = answered(stores, alice).id
        bob = stores.people.person(org_id=alice.org_id)
        assert stores.conversations.rate(bob.access, identity, Rating.DOWN, None) is None
        assert stores.conversations.rate(alice.access, uuid4(), Rating.UP, None) is None
        assert stores.queries.load(alice.access, identity).rating is None


def repeated(source: UUID, *, key: str = KEY, conversation_id: UUID | None = None) -> RepeatedQuestion:
    return RepeatedQuestion(
        id=uuid4(),
        question="  who reviews  ACCESS",
        language=None,
        strategy=SearchStrategy.HYBRID,
        filters=SearchFilters(),
        deadline_at=datetime.now(UTC) + SOON,
        conversation_id=conversation_id,
        source=source,
        key=key,
    )


class AnswersContract:
    """An answer is given again within the organisation, unless something speaks against it."""

    def test_an_answer_is_given_again_to_a_colleague(self, stores: Stores) -> None:
        alice = stores.people.person()
        bob = stores.people.person(org_id=alice.org_id)
        source = answered(stores, alice, key=KEY)
        asked = repeated(source.id)
        query = stores.answers.repeat(bob.access, asked)
        assert query is not None
        assert (query.id, query.question, query.status) == (asked.id, asked.question, QueryStatus.ANSWERED)
        assert (query.answer, query.draft, query.passages) == (source.answer, source.draft, source.passages)
        assert (query.cached, query.stages, query.cache_key) == (True, (), KEY)
        assert {stage.stage for stage in query.repeated_stages or ()} == {stage.stage for stage in source.stages}
        assert query.analysis is not None
        assert [(found.text, found.start, found.end) for found in query.analysis.entities] == [("ACCESS", 15, 21)]
        assert stores.queries.load(bob.access, asked.id) == query
        assert stores.queries.get(alice.access, asked.id) is None

    def test_a_repetition_belongs_to_the_askers_own_conversation(self, stores: Stores) -> None:
        alice = stores.people.person()
        bob = stores.people.person(org_id=alice.org_id)
        source = answered(stores, alice, key=KEY)
        own = conversation(stores, bob)
        query = stores.answers.repeat(bob.access, repeated(source.id, conversation_id=own))
        assert query is not None
        assert query.conversation_id == own
        for other in (conversation(stores, alice), uuid4()):
            with pytest.raises(NotFound):
                stores.answers.repeat(bob.access, repeated(source.id, conversation_id=other))

    def test_an_answer_of_others_or_under_another_key_is_not_given(self, stores: Stores) -> None:
        alice, mallory = stores.people.person(), stores.people.person()
        source = answered(stores, alice, key=KEY)
        assert stores.answers.repeat(mallory.access, repeated(source.id)) is None
        assert stores.answers.repeat(alice.access, repeated(source.id, key="b" * 64)) is None
        assert stores.answers.repeat(alice.access, repeated(uuid4())) is None
        assert stores.answers.repeat(alice.access, repeated(answered(stores, alice).id)) is None

    def test_a_question_without_an_answer_is_not_repeated(self, stores: Stores) -> None:
        alice = stores.people.person()
        running, failed = ask(stores, alice, key=KEY), ask(stores, alice, key=KEY)
        stores.queries.fail(alice.access, failed, "Throttled", "full")
        assert [stores.answers.repeat(alice.access, repeated(one)) for one in (running, failed)] == [None, None]

    def test_a_degraded_answer_is_not_repeated(self, stores: Stores) -> None:
        alice = stores.people.person()
        source = answered(stores, alice, key=KEY, degraded=True)
        assert stores.answers.repeat(alice.access, repeated(source.id)) is None

    def test_a_repetition_is_not_repeated(self, stores: Stores) -> None:
        alice = stores.people.person()
        query = stores.answers.repeat(alice.access, repeated(answered(stores, alice, key=KEY).id))
        assert query is not None
        assert stores.answers.repeat(alice.access, repeated(query.id)) is None

    @pytest.mark.parametrize("of", ["the answer", "a repetition of it"])
    def test_an_answer_that_somebody_rated_down_is_not_repeated(self, stores: Stores, of: str) -> None:
        alice = stores.people.person()
        bob = stores.people.person(org_id=alice.org_id)
        source = answered(stores, alice, key=KEY)
        again = stores.answers.repeat(bob.access, repeated(source.id))
        assert again is not None
        rater, rated = (alice, source.id) if of == "the answer" else (bob, again.id)
        stores.conversations.rate(rater.access, rated, Rating.UP, None)
        assert stores.answers.repeat(bob.access, repeated(source.id)) is not None
        stores.conversations.rate(rater.access, rated, Rating.DOWN, None)
        assert stores.answers.repeat(bob.access, repeated(source.id)) is None

    def test_an_answer_whose_quotes_were_withdrawn_is_not_repeated(self, stores: Stores) -> None:
        alice = stores.people.person()
        document = ingest(stores.documents, alice, text="Access.")
        source = answered(stores, alice, key=KEY, cites=[document])
        stores.documents.delete(alice.access, document)
        assert stores.answers.repeat(alice.access, repeated(source.id)) is None

    def test_the_corpus_changes_with_what_can_be_found(self, stores: Stores) -> None:
        alice = stores.people.person()
        bob, mallory = stores.people.person(org_id=alice.org_id), stores.people.person()
        assert stores.answers.corpus(alice.access) == ()
        planned(stores.documents, alice, text="Access.")
        assert stores.answers.corpus(alice.access) == ()
        document = ingest(stores.documents, alice, text="Access.")
        first = stores.answers.corpus(alice.access)
        ingest(stores.documents, alice, text="Own.", scope=user_scope(alice.user_id))
        both = stores.answers.corpus(alice.access)
        assert [each.scope for each in both] == ["organisation", user_scope(alice.user_id)]
        assert (both[0], stores.answers.corpus(bob.access), stores.answers.corpus(mallory.access)) == (
            first[0],
            first,
            (),
        )
        stores.documents.delete(alice.access, document)
        (changed,) = stores.answers.corpus(bob.access)
        assert changed.version > first[0].version

    def test_the_sources_of_passages_are_those_the_asker_may_see(self, stores: Stores) -> None:
        alice = stores.people.person()
        bob = stores.people.person(org_id=alice.org_id)
        shared = ingest(stores.documents, alice, text="Shared.", name="shared.md")
        own = ingest(stores.documents, alice, text="Own.", scope=user_scope(alice.user_id))
        chunks = {document: chunks_of(stores, alice, document)[0] for document in (shared, own)}
        asked = [chunks[own], uuid4(), chunks[shared]]
        assert [source.document_id for source in stores.answers.sources(alice.access, asked)] == [own, shared]
        (source,) = stores.answers.sources(bob.access, asked)
        assert (source.chunk_id, source.document_id, source.version) == (chunks[shared], shared, 1)
        assert source.text_sha256 == sha256(b"Shared.").hexdigest()
        assert source.sha256 == sha256(b"Shared.").hexdigest()
        stores.documents.delete(alice.access, shared)
        assert stores.answers.sources(bob.access, asked) == []
