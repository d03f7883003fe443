"""The state that the parts of one run share: organisation, documents, and answers that several parts look at."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wissen.base.progress import Progress
from wissen.client.api import WissenClient
from wissen.client.errors import AnswerTimedOut, ApiProblem
from wissen.client.records import Answer
from wissen.stack.state import Workspace
from wissen_eval.corpus import Corpus, ingested
from wissen_eval.dataset import DataSet

if TYPE_CHECKING:
    from wissen_eval.text_rules import TextRules

_UNAUTHORIZED = 401
_ANSWERED_WITHIN_S = 180.0
_AT_A_TIME = 20
"""Questions in one step of the progress display."""

HYBRID = "hybrid"
BASELINES = ("full_text", "vector")


@dataclass(frozen=True)
class Asked:
    """The outcome of a question: its answer, or why the API gave none."""

    answer: Answer | None
    refusal: str | None = None

    @property
    def answered(self) -> Answer | None:
        """The answer, if the question ended as answered."""
        return self.answer if self.answer and self.answer.status == "answered" else None

    @property
    def outcome(self) -> str:
        if self.answer is None:
            return f"refused: {self.refusal}"
        error = self.answer.error
        return f"{self.answer.status}: {error.name}" if error else self.answer.status


@dataclass
class Details:
    """A line for each row that was scored: `{"part", "verdict", ...}`, for tuning."""

    rows: list[dict[str, Any]] = field(default_factory=list)

    def note(self, part: str, verdict: bool | None, **members: Any) -> None:
        """`verdict` None is for what was seen and not judged."""
        words = {True: "right", False: "wrong", None: "not judged"}
        self.rows.append({"part": part, "verdict": words[verdict]} | members)

    def write(self, path: Path) -> None:
        lines = (json.dumps(row, ensure_ascii=False, default=sorted) for row in self.rows)
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


@dataclass
class Session:
    """One run in one organisation.

    Attributes:
        say: shows a person what is no figure (a line on standard error).
    """

    data: DataSet
    client: WissenClient
    rules: TextRules
    progress: Progress
    workspace: Workspace
    say: Callable[[str], None]
    details: Details = field(default_factory=Details)

    @cached_property
    def corpus(self) -> Corpus:
        """The documents of manifest.jsonl."""
        paths = [row["path"] for row in self.data.asked("manifest", "path")]
        return ingested(self.client, self.data.folder, paths, self.progress)

    @cached_property
    def queries(self) -> list[Asked]:
        """The queries of intents.jsonl, asked."""
        return self.ask("intents", [row["query"] for row in self.data.asked("intents", "query")])

    @cached_property
    def questions(self) -> list[Asked]:
        """The questions of questions.jsonl, asked when the documents are there, as anybody asks."""
        return self.ask_questions(HYBRID)

    def ask_questions(self, strategy: str) -> list[Asked]:
        """The same, with another way of finding passages."""
        if not self.corpus.rows:
            self.say("questions: no documents were ingested")
        texts = [row["question"] for row in self.data.asked("questions", "question")]
        return self.ask("questions" if strategy == HYBRID else strategy, texts, strategy)

    def ask(self, name: str, questions: Sequence[str], strategy: str = HYBRID) -> list[Asked]:
        """One after the other, so that the times are those of a question alone."""
        asked: list[Asked] = []
        for start in range(0, len(questions), _AT_A_TIME):
            some = questions[start : start + _AT_A_TIME]
            with self.progress.step(name, f"asking {start + 1} to {start + len(some)} of {len(questions)}"):
                asked += [self.ask_one(question, strategy) for question in some]
        return asked

    def ask_one(self, question: str, strategy: str = HYBRID) -> Asked:
        """Raises WissenApiError for what concerns every question: no connection, a wrong key."""
        chosen = None if strategy == HYBRID else strategy
        try:
            return Asked(self.client.ask(question, strategy=chosen, deadline_s=_ANSWERED_WITHIN_S))
        except AnswerTimedOut as error:
            return Asked(None, str(error))
        except ApiProblem as error:
            if error.status == _UNAUTHORIZED:
                raise
            return Asked(None, str(error))
