"""`wissen demo`: the whole way once, from sample documents to two cited answers."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Group, RenderableType
from rich.text import Text

from wissen.base import terminal
from wissen.base.clock import REAL_TIME, Clock
from wissen.base.progress import on_standard_error
from wissen.client.api import WissenClient
from wissen.client.ingestion import Ingestion
from wissen.client.records import Answer
from wissen.client.samples import SampleQuestion, sample_files, sample_questions
from wissen.commands.ask import ask_with_progress, show_answer
from wissen.commands.endpoint import Connect, connect
from wissen.commands.ingest import ingest_with_progress
from wissen.commands.views.ingestion import ingestion_view
from wissen.commands.views.printable import one_line
from wissen.stack.state import Workspace

_NEXT_STEPS = """
What to try next
  wissen ask "..."        ask a question of your own, in German or English
  wissen ingest PATH...   add your own documents (files or folders)
  wissen status           what runs, where, and its logs
  wissen down             stop everything; documents and answers stay for the next `wissen up`
"""


@dataclass
class DemoResult:
    """The results of the demo; times in seconds."""

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
class Surroundings:
    """The surroundings of the demo: the stack it starts, the deployment it talks to, the samples it shows."""

    start: Callable[[], None]
    open_client: Connect
    samples: Callable[[], Path]
    clock: Clock = REAL_TIME


def start_stack() -> None:
    """Starts the local stack, unless the environment names a deployment elsewhere. Raises StackError."""
    if os.environ.get("WISSEN_API_URL"):
        return
    from wissen.stack.lifecycle import up

    with on_standard_error(plain=False) as progress:
        up(progress=progress)


def samples_of_checkout() -> Path:
    return Workspace.locate().root / "samples"


LOCAL_SURROUNDINGS = Surroundings(start=start_stack, open_client=connect, samples=samples_of_checkout)


def register(app: typer.Typer, *, surroundings: Surroundings = LOCAL_SURROUNDINGS) -> None:
    """Adds the command."""

    @app.command()
    def demo(
        json_output: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
        timeout: Annotated[float, typer.Option(min=1, help="Seconds for the documents, and each answer.")] = 300,
    ) -> None:
        """Start the stack, ingest the samples, and ask one German and one English question."""
        with terminal.failures_reported(json_output):
            result = _run(surroundings, timeout_s=timeout, shown=not json_output)
        if json_output:
            terminal.show_json(result.as_json())
        if not result.succeeded:
            raise typer.Exit(1)


def _run(surroundings: Surroundings, *, timeout_s: float, shown: bool) -> DemoResult:
    folder = surroundings.samples()
    files, questions = sample_files(folder), sample_questions(folder)
    result = DemoResult()
    began = surroundings.clock.now()
    surroundings.start()
    result.start_s = surroundings.clock.now() - began
    with surroundings.open_client() as client:
        steps = _Steps(client, result, timeout_s, surroundings.clock, shown)
        steps.ingest(files)
        if any(row.searchable for row in result.documents):
            steps.ask(questions)
    if shown:
        terminal.show(Text(_NEXT_STEPS))
    return result


@dataclass(frozen=True)
class _Steps:
    client: WissenClient
    result: DemoResult
    timeout_s: float
    clock: Clock
    shown: bool

    def ingest(self, files: list[Path]) -> None:
        began = self.clock.now()
        rows = ingest_with_progress(self.client, files, timeout_s=self.timeout_s, clock=self.clock)
        self.result.documents = rows
        self.result.ingest_s = self.clock.now() - began
        self._say(_heading(f"{len(rows)} sample documents, {self.result.ingest_s:.1f} s"), ingestion_view(rows))

    def ask(self, questions: list[SampleQuestion]) -> None:
        began = self.clock.now()
        for sample in questions:
            self._say(_heading(one_line(sample.question)))
            answer = ask_with_progress(self.client, sample.question, language=sample.language, timeout_s=self.timeout_s)
            self.result.answers.append(answer)
            if self.shown:
                show_answer(answer)
        self.result.ask_s = self.clock.now() - began

    def _say(self, *parts: RenderableType) -> None:
        if self.shown:
            terminal.show(Group(*parts))


def _heading(text: str) -> Text:
    return Text(f"\n== {text}\n", style="bold")
