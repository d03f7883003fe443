"""`wissen demo`: the whole way once, from sample documents to two cited answers."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from rich.console import Group, RenderableType
from rich.text import Text

from wissen import terminal
from wissen.api_errors import WissenApiError
from wissen.api_records import Answer
from wissen.ask import ask_aloud, show_answer
from wissen.client import WissenClient
from wissen.endpoint import Connect, connect
from wissen.ingest import ingest_aloud
from wissen.ingestion import Ingestion
from wissen.pace import REAL_TIME, Pace
from wissen.progress import on_standard_error
from wissen.render import ingestion_view, one_line
from wissen.state import Workspace

QUESTIONS = "questions.json"
"""In the samples folder: the questions its README shows are the ones asked here."""

_KINDS = frozenset({".docx", ".pdf", ".md", ".txt"})
_NEXT_STEPS = """
What to try next
  wissen ask "..."        ask a question of your own, in German or English
  wissen ingest PATH...   add your own documents (files or folders)
  wissen status           what runs, where, and its logs
  wissen down             stop everything; documents and answers stay for the next `wissen up`
"""


class SampleQuestion(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    language: str
    question: str


class SamplesUnusable(WissenApiError):
    """The samples folder is not as the demo needs it."""

    def __init__(self, folder: Path, reason: str) -> None:
        super().__init__(f"The samples in {folder} cannot be used: {reason}. Restore them with `git checkout samples`.")


@dataclass
class Showing:
    """What the demo did; times in seconds."""

    documents: list[Ingestion] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    start_s: float = 0.0
    ingest_s: float = 0.0
    ask_s: float = 0.0

    @property
    def succeeded(self) -> bool:
        """Every document searchable, every question answered with a citation."""
        cited = bool(self.answers) and all(answer.status == "answered" and answer.citations for answer in self.answers)
        return cited and all(row.searchable for row in self.documents)

    def as_json(self) -> dict[str, Any]:
        seconds = {"up": self.start_s, "ingest": self.ingest_s, "ask": self.ask_s}
        return {
            "succeeded": self.succeeded,
            "documents": [row.as_json() for row in self.documents],
            "answers": [answer.received for answer in self.answers],
            "seconds": {step: round(value, 1) for step, value in seconds.items()},
        }


@dataclass(frozen=True)
class Stage:
    """What the demo plays on: the stack it starts, the deployment it talks to, the samples it shows."""

    start: Callable[[], None]
    open_client: Connect
    samples: Callable[[], Path]
    pace: Pace = REAL_TIME


def start_stack() -> None:
    """Starts the local stack, unless the environment names a deployment elsewhere. Raises StackError."""
    if os.environ.get("WISSEN_API_URL"):
        return
    from wissen.stack import up  # noqa: PLC0415 - a remote client needs nothing of the local stack

    with on_standard_error(plain=False) as progress:
        up(progress=progress)


def samples_of_checkout() -> Path:
    return Workspace.locate().root / "samples"


LOCAL_STAGE = Stage(start=start_stack, open_client=connect, samples=samples_of_checkout)


def register(app: typer.Typer, *, stage: Stage = LOCAL_STAGE) -> None:
    """Adds the command."""

    @app.command()
    def demo(
        json_output: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
        timeout: Annotated[float, typer.Option(min=1, help="Seconds for the documents, and each answer.")] = 300,
    ) -> None:
        """Start the stack, ingest the samples, and ask one German and one English question."""
        with terminal.failures_reported(json_output):
            showing = _play(stage, timeout_s=timeout, aloud=not json_output)
        if json_output:
            terminal.show_json(showing.as_json())
        if not showing.succeeded:
            raise typer.Exit(1)


def _play(stage: Stage, *, timeout_s: float, aloud: bool) -> Showing:
    folder = stage.samples()
    files, questions = sample_files(folder), sample_questions(folder)
    showing = Showing()
    began = stage.pace.now()
    stage.start()
    showing.start_s = stage.pace.now() - began
    with stage.open_client() as client:
        act = _Act(client, showing, timeout_s, stage.pace, aloud)
        act.ingest(files)
        if any(row.searchable for row in showing.documents):
            act.ask(questions)
    if aloud:
        terminal.show(Text(_NEXT_STEPS))
    return showing


@dataclass(frozen=True)
class _Act:
    client: WissenClient
    showing: Showing
    timeout_s: float
    pace: Pace
    aloud: bool

    def ingest(self, files: list[Path]) -> None:
        began = self.pace.now()
        rows = ingest_aloud(self.client, files, timeout_s=self.timeout_s, pace=self.pace)
        self.showing.documents = rows
        self.showing.ingest_s = self.pace.now() - began
        self._say(_heading(f"{len(rows)} sample documents, {self.showing.ingest_s:.1f} s"), ingestion_view(rows))

    def ask(self, questions: list[SampleQuestion]) -> None:
        began = self.pace.now()
        for sample in questions:
            self._say(_heading(one_line(sample.question)))
            answer = ask_aloud(self.client, sample.question, language=sample.language, timeout_s=self.timeout_s)
            self.showing.answers.append(answer)
            if self.aloud:
                show_answer(answer)
        self.showing.ask_s = self.pace.now() - began

    def _say(self, *parts: RenderableType) -> None:
        if self.aloud:
            terminal.show(Group(*parts))


def _heading(text: str) -> Text:
    return Text(f"\n== {text}\n", style="bold")


def sample_files(folder: Path) -> list[Path]:
    """The documents at the top of the samples folder. Raises SamplesUnusable when there are none."""
    files = [path for path in sorted(folder.glob("*")) if path.suffix.lower() in _KINDS and path.stem != "README"]
    if not files:
        raise SamplesUnusable(folder, "there are no documents")
    return files


def sample_questions(folder: Path) -> list[SampleQuestion]:
    """The questions of questions.json, `[{"language", "question"}]`. Raises SamplesUnusable."""
    try:
        listed = json.loads((folder / QUESTIONS).read_text(encoding="utf-8"))
        return TypeAdapter(list[SampleQuestion]).validate_python(listed)
    except (OSError, ValueError, ValidationError) as error:
        raise SamplesUnusable(folder, f"{QUESTIONS}: {error}") from error
