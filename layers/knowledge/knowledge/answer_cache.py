"""Answers to questions that were asked before, by whoever sees the same documents.

The cache holds under a key the id of the question that was answered, nothing else: the answer stays in the store,
where deleting a document or a person reaches it. The key is a hash over everything an answer depends on, so that there
is nothing to invalidate: what has changed is not found (docs/adr/0016).
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from knowledge.access import Access
from knowledge.cache import Cache
from knowledge.records import QueryRecord, SearchFilters
from knowledge.store.ports.questions import Answers, CorpusVersion, RepeatedQuestion
from knowledge.taxonomy import ANSWER_VERSION, PIPELINE_VERSION, Language, QueryStatus, SearchStrategy

#: Seconds an answer is remembered: the longest for one of full confidence, the shortest for one that is half sure or
#: less, or found nothing. A document that changes makes both unreachable at once.
LONGEST_S, SHORTEST_S = 24 * 3600, 600
_HALF_SURE = 0.5

_BLANKS = re.compile(r"\s+")
_ENDS = " .!?…"


class AnswerCache:
    """Remembers which question holds an answer. Without the cache every question is worked on."""

    def __init__(self, cache: Cache, answers: Answers) -> None:
        self._cache = cache
        self._answers = answers

    def connect(self) -> None:
        """Open the connection before somebody waits for it."""
        self._cache.reachable()

    def key(
        self,
        access: Access,
        question: str,
        language: Language | None,
        strategy: SearchStrategy,
        filters: SearchFilters,
    ) -> str:
        """The key that equal questions share if their askers see the same documents, as they are now."""
        return answer_key(
            access.org_id, self._answers.corpus(access), question, language=language, strategy=strategy, filters=filters
        )

    def known(self, access: Access, key: str) -> UUID | None:
        """The question whose answer is remembered under this key."""
        value = self._cache.get(_name(access.org_id, key))
        try:
            return UUID(value.decode("ascii")) if value else None
        except ValueError:  # written by another release; it expires by itself
            return None

    def repeat(self, access: Access, asked: RepeatedQuestion) -> QueryRecord | None:
        """Answer a question as a remembered one was; None if that answer is gone or may not be given again."""
        return self._answers.repeat(access, asked)

    def remember(self, access: Access, query: QueryRecord) -> None:
        """Let equal questions have this answer for a while, unless it is one that may not be repeated."""
        if query.cache_key is None or query.finished_at is None or not _repeatable(query):
            return
        left = seconds_kept(query) - (datetime.now(UTC) - query.finished_at).total_seconds()
        if left >= 1:
            self._cache.put(_name(access.org_id, query.cache_key), str(query.id).encode("ascii"), int(left))


def answer_key(  # one argument for each thing an answer depends on
    org_id: UUID,
    corpus: Sequence[CorpusVersion],
    question: str,
    *,
    language: Language | None,
    strategy: SearchStrategy,
    filters: SearchFilters,
) -> str:
    """SHA-256 over everything an answer depends on, in hexadecimal."""
    wanted = filters.model_dump(mode="json", exclude_none=True)
    depends_on = {
        "release": [PIPELINE_VERSION, ANSWER_VERSION],
        "organisation": str(org_id),
        "corpus": sorted(corpus),
        "question": normal_form(question),
        "language": language,
        "strategy": strategy,
        "filters": {name: sorted(value) if isinstance(value, list) else value for name, value in wanted.items()},
    }
    return hashlib.sha256(json.dumps(depends_on, sort_keys=True).encode()).hexdigest()


def normal_form(question: str) -> str:
    """The question without what makes no difference: case, white space, final punctuation, Unicode composition.

    Small letters, not case folding: that would make Masse of Maße.
    """
    composed = unicodedata.normalize("NFC", question)
    return _BLANKS.sub(" ", composed).strip().rstrip(_ENDS).lower()


def seconds_kept(query: QueryRecord) -> float:
    """The seconds for which an answer may be repeated, by its confidence."""
    if query.answer is None or not query.answer.found:
        return SHORTEST_S
    surplus = max(0.0, min(query.answer.confidence, 1.0) - _HALF_SURE) / (1 - _HALF_SURE)
    return SHORTEST_S + surplus * (LONGEST_S - SHORTEST_S)


def _repeatable(query: QueryRecord) -> bool:
    return query.status is QueryStatus.ANSWERED and not query.cached and not any(each.degraded for each in query.stages)


def _name(org_id: UUID, key: str) -> str:
    return f"answer:{org_id}:{key}"
