"""`wissen ask`: one question, its cited answer, and what each stage took."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from wissen import terminal
from wissen.api_records import Answer
from wissen.client import LONGEST_WAIT_S, WissenClient
from wissen.endpoint import Connect, connect
from wissen.render import answer_view

LONGEST_QUESTION = 8000
"""Characters; the API's own limit."""


class Language(StrEnum):
    de = "de"
    en = "en"


def register(app: typer.Typer, *, open_client: Connect = connect) -> None:
    """Adds the command; `open_client` decides which deployment it talks to."""

    @app.command()
    def ask(
        question: Annotated[str, typer.Argument(help="The question, in quotes.", callback=_checked)],
        language: Annotated[
            Language | None, typer.Option(help="Answer in this language; by default the question's own.")
        ] = None,
        json_output: Annotated[bool, typer.Option("--json", help="Print the API's answer object.")] = False,
        timeout: Annotated[float, typer.Option(min=1, help="Give up waiting after this many seconds.")] = 120,
    ) -> None:
        """Ask a question and print the answer with its sources. Exits 0 if answered, 1 if not."""
        with terminal.failures_reported(json_output), open_client() as client:
            answer = ask_aloud(client, question, language=language and language.value, timeout_s=timeout)
        if json_output:
            terminal.show_json(answer.received)
        else:
            show_answer(answer)
        if answer.status != "answered":
            raise typer.Exit(1)


def ask_aloud(client: WissenClient, question: str, *, language: str | None, timeout_s: float) -> Answer:
    """Asks while stderr shows that something is under way. Raises as WissenClient.ask."""
    with terminal.Waiting("Waiting for the answer", terminal.progress()):
        return client.ask(question, language=language, wait_s=LONGEST_WAIT_S, deadline_s=timeout_s)


def show_answer(answer: Answer) -> None:
    terminal.show(answer_view(answer, wrapped=terminal.results().is_terminal))


def _checked(question: str) -> str:
    if not question.strip():
        message = "the question is empty"
        raise typer.BadParameter(message)
    if len(question) > LONGEST_QUESTION:
        message = f"the question has {len(question)} characters, at most {LONGEST_QUESTION} are allowed"
        raise typer.BadParameter(message)
    return question
