"""Drafts an answer from the passages that were found, by the model or, without one, by copying."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Protocol

from grammar.answers.drafts import shown_draft
from grammar.extractive_answers import NO_ANSWER
from knowledge.errors import InvalidInput, StageError
from knowledge.messages import SynthesizeAnswer
from knowledge.records import Analysis, Draft, ModelUse, Passage, PassageReference, QueryRecord, StageReport
from knowledge.runtime.delivery import Delivery
from knowledge.store.ports.questions import Queries
from knowledge.store.ports.search import Search
from knowledge.taxonomy import QueryStage
from synthesize import follow_ups
from synthesize.confidence import LEAST_CONFIDENCE, confidence, missing_controls
from synthesize.extraction import extract_answer
from synthesize.prompts import PROMPT_VERSION, answer_prompt, follow_up_prompt
from synthesize.selection import WIDENED, Source, select_sources, words_of

Messages = list[dict[str, str]]


class AnswerModel(Protocol):
    """A model that drafts an answer from the passages of the prompt. Raises StageError when it cannot."""

    def __call__(
        self, message: SynthesizeAnswer, prompt: Messages, analysis: Analysis, passages: Sequence[Passage], /
    ) -> tuple[str, ModelUse]: ...


class FollowUpModel(Protocol):
    """A model that proposes questions that could follow. Raises StageError when it cannot."""

    def __call__(self, message: SynthesizeAnswer, prompt: Messages, /) -> tuple[Sequence[str], ModelUse]: ...


@dataclass(frozen=True, slots=True)
class SynthesizeServices:
    """The services of drafting.

    Both callables raise StageError when the model cannot answer. Without ``follow_ups`` the questions that could
    follow are made of headings.
    """

    queries: Queries
    search: Search
    complete: AnswerModel
    follow_ups: FollowUpModel | None = None


@dataclass(frozen=True, slots=True)
class _Drafted:
    draft: Draft
    use: ModelUse = field(default_factory=ModelUse)
    degraded: bool = False


def synthesize_answer(message: SynthesizeAnswer, services: SynthesizeServices, delivery: Delivery) -> dict[str, Any]:
    """A question that already has a draft is not drafted again.

    Raises InvalidInput when the question has not been through intent and retrieval.
    """
    query = services.queries.load(message.access, message.query_id)
    if query.analysis is None or query.passages is None:
        raise InvalidInput(f"question {message.query_id} has no passages yet; send it through retrieve first")
    if query.draft is not None:
        return {"drafted": True}
    drafted = _draft(message, services, query, query.analysis, query.passages)
    report = StageReport(
        stage=QueryStage.SYNTHESIZE,
        queued_ms=delivery.queued_ms,
        worked_ms=delivery.worked_ms,
        degraded=drafted.degraded,
        use=drafted.use,
    )
    services.queries.save_draft(message.access, message.query_id, drafted.draft, report)
    return {"drafted": True, "degraded": drafted.degraded}


def _draft(
    message: SynthesizeAnswer,
    services: SynthesizeServices,
    query: QueryRecord,
    analysis: Analysis,
    found: Sequence[PassageReference],
) -> _Drafted:
    # Read under the asker's own access: a passage withdrawn since it was found is not shown to the model.
    ids = [reference.chunk_id for reference in found]
    groups = services.search.in_context(message.access, ids, widened=WIDENED) if ids else []
    sources = select_sources(analysis, found, groups)
    passages = [source.passage for source in sources]
    sure = confidence(analysis, passages, found)
    draft = Draft(
        text=NO_ANSWER,
        sources=tuple(passage.chunk_id for passage in passages),
        confidence=round(sure, 3),
        missing_controls=tuple(mention.text for mention in missing_controls(analysis, passages)),
    )
    if sure < LEAST_CONFIDENCE:
        # What is not in the documents is not for a model to make up, nor worth its price.
        return _Drafted(draft)
    return _written(message, services, query.standing_question, analysis, sources, draft)


def _written(
    message: SynthesizeAnswer,
    services: SynthesizeServices,
    question: str,
    analysis: Analysis,
    sources: Sequence[Source],
    draft: Draft,
) -> _Drafted:
    prompt = answer_prompt(question, analysis, sources)
    passages = [source.passage for source in sources]
    with ThreadPoolExecutor(max_workers=1) as beside:
        proposed = beside.submit(_proposed, message, services, question, analysis, sources)
        try:
            text, use = services.complete(message, prompt.messages, analysis, passages)
        except StageError:
            text, use, degraded = extract_answer(question, analysis, sources), ModelUse(), True
        else:
            degraded = False
            draft = draft.model_copy(update={"prompt_version": PROMPT_VERSION, "prompt_sha256": prompt.sha256})
        questions, extra = proposed.result()
    if text.strip() == NO_ANSWER:
        questions = ()
    elif not questions:
        questions = follow_ups.from_headings(analysis.language, _unused(text, sources))
    shown = shown_draft(text, map(words_of, passages))
    draft = draft.model_copy(update={"text": text, "shown": shown, "follow_ups": questions})
    return _Drafted(draft, use + extra, degraded)


def _proposed(
    message: SynthesizeAnswer,
    services: SynthesizeServices,
    question: str,
    analysis: Analysis,
    sources: Sequence[Source],
) -> tuple[tuple[str, ...], ModelUse]:
    """A model's follow-up questions, asked for while the answer is being written; none if it fails."""
    if services.follow_ups is None:
        return (), ModelUse()
    headings = dict.fromkeys(" > ".join((source.passage.title, *source.passage.heading_path)) for source in sources)
    prompt = follow_up_prompt(question, analysis.language, list(headings))
    try:
        questions, use = services.follow_ups(message, prompt.messages)
    except StageError:
        return (), ModelUse()
    return follow_ups.usable(questions, question), use


def _unused(text: str, sources: Sequence[Source]) -> list[Passage]:
    """Passages of controls and sections that a draft does not cite."""
    used = {
        (source.passage.document_id, source.passage.control_id, source.passage.heading_path)
        for n, source in enumerate(sources, start=1)
        if f"[{n}]" in text
    }
    passages = [source.passage for source in sources]
    return [one for one in passages if (one.document_id, one.control_id, one.heading_path) not in used]
