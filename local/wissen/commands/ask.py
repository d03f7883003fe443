"""`wissen ask`: one question, its cited answer, and what each stage took."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from wissen.base import terminal
from wissen.base.progress import waiting
from wissen.client.api import LONGEST_WAIT_S, WissenClient
from wissen.client.records import Answer
from wissen.commands.endpoint import Connect, connect
from wissen.commands.views.answer import answer_view
from wissen.commands.views.printable import printable

if TYPE_CHECKING:
    from wissen.stack.local_model.server import Generated

LONGEST_QUESTION = 8000
"""Characters; the API's own limit."""


class Language(StrEnum):
    de = "de"
    en = "en"


def register(
    app: typer.Typer, *, open_client: Connect = connect, written: Callable[[], Generated | None] = lambda: None
) -> None:
    """Adds the command.

    `open_client` decides which deployment it talks to; `written` gives how much that one's own model has written so
    far, None if it has no model of its own.
    """

    @app.command()
    def ask(
        question: Annotated[str, typer.Argument(help="The question, in quotes.", callback=_checked)],
        language: Annotated[
            Language | None, typer.Option(help="Answer in this language; by default the question's own.")
        ] = None,
        json_output: Annotated[bool, typer.Option("--json", help="Print the API's answer object.")] = False,
        timeout: Annotated[float, typer.Option(min=1, help="Give up waiting after this many seconds.")] = 120,
        stream: Annotated[
            bool, typer.Option("--stream/--no-stream", help="On a terminal, show stages and the draft as they come.")
        ] = True,
        conversation: Annotated[
            str | None, typer.Option(metavar="ID|new", help="Ask in this conversation, or begin one.")
        ] = None,
        fresh: Annotated[bool, typer.Option("--fresh", help="Do not take an answer that was given before.")] = False,
    ) -> None:
        """Ask a question and print the answer with its sources. Exits 0 if answered, 1 if not."""
        with terminal.failures_reported(json_output), open_client() as client:
            before = written()
            chosen = language and language.value
            live = stream and not json_output
            further = {"conversation_id": conversation}
            answer = ask_with_progress(
                client, question, language=chosen, timeout_s=timeout, stream=live, fresh=fresh, further=further
            )
        if json_output:
            terminal.show_json(answer.received)
        else:
            show_answer(answer)
            if before is not None and (now := written()) is not None:
                terminal.show(Text(f"Local model: {now.since(before)}", style="dim"))
            if answer.conversation_id:
                terminal.show(Text(printable(f"Conversation {answer.conversation_id}"), style="dim"))
        if answer.status != "answered":
            raise typer.Exit(1)


def written_here() -> Generated | None:
    """The output of this machine's own model so far; None without one, or for a deployment elsewhere."""
    if os.environ.get("WISSEN_API_URL"):
        return None
    from wissen.stack.local_model.server import written

    return written()


def ask_with_progress(
    client: WissenClient,
    question: str,
    *,
    language: str | None,
    timeout_s: float,
    stream: bool = False,
    fresh: bool = False,
    further: Mapping[str, Any] | None = None,
) -> Answer:
    """Asks while stderr shows what is under way, with `stream` on a terminal live. Raises as WissenClient.ask."""
    ask = partial(client.ask, question, language=language, deadline_s=timeout_s, fresh=fresh, further=further)
    console = terminal.progress()
    if stream and console.is_terminal and client.stream is not None:
        from wissen.commands.views.stream import LiveFollower

        with LiveFollower(client.stream, console) as follower:
            return ask(wait_s=0, follow=follower.follow)
    with waiting("Waiting for the answer", console):
        return ask(wait_s=LONGEST_WAIT_S)


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
