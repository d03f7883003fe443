"""`wissen dlq ...`: what the stages gave up, why, and how to send it again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from wissen.base import terminal
from wissen.commands.views.printable import one_line

if TYPE_CHECKING:
    from wissen.stack.dead_letters import DeadLetter, DeadLetters

Open = Callable[[], "DeadLetters"]

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
OfQueue = Annotated[str | None, typer.Option("--queue", help="Of this queue alone, for example batch-extract.")]


def register(app: typer.Typer, *, open_letters: Open | None = None) -> None:
    """Adds the commands; `open_letters` decides whose queues they look at, by default the running stack's."""
    opened = open_letters or _of_the_running_stack
    dlq = typer.Typer(
        help="Messages that a stage gave up: list, show, send again (redrive).",
        no_args_is_help=True,
    )
    app.add_typer(dlq, name="dlq")
    _add_reading(dlq, opened)
    _add_redrive(dlq, opened)


def _of_the_running_stack() -> DeadLetters:
    from wissen.stack.aws import client_of
    from wissen.stack.connection import local_connection
    from wissen.stack.dead_letters import DeadLetters, queues_of

    reached = local_connection()
    return DeadLetters(client_of("sqs", reached), queues_of(reached.outputs))


def _add_reading(dlq: typer.Typer, opened: Open) -> None:
    @dlq.command("list")
    def list_letters(queue: OfQueue = None, json_output: Json = False) -> None:
        """List what was given up, oldest first. Exits 0, also when there is nothing."""
        with terminal.failures_reported(json_output):
            found = opened().listed(queue)
        if json_output:
            terminal.show_json({"messages": [_plain(letter) for letter in found]})
        elif found:
            terminal.show(_table(found))
        else:
            terminal.show("Nothing was given up.")

    @dlq.command("show")
    def show_letter(
        identifier: Annotated[str, typer.Argument(metavar="ID", help="`wissen dlq list` shows the ids.")],
        json_output: Json = False,
    ) -> None:
        """Show one message with its reason and body: references, never text. Exits 1 if there is none."""
        from wissen.stack.dead_letters import shown_body

        with terminal.failures_reported(json_output):
            letter = opened().get(identifier)
        shown = {**_plain(letter), "body": shown_body(letter)}
        if json_output:
            terminal.show_json(shown)
            return
        for name, value in shown.items():
            terminal.show(f"{name:<8} {'-' if value is None else one_line(str(value))}")


def _add_redrive(dlq: typer.Typer, opened: Open) -> None:
    @dlq.command("redrive")
    def redrive(
        identifiers: Annotated[
            list[str] | None, typer.Argument(metavar="[ID...]", help="Which messages; left out, all.")
        ] = None,
        queue: OfQueue = None,
        json_output: Json = False,
    ) -> None:
        """Send messages to their stages again, after their cause is mended. Work that is done is not repeated."""
        with terminal.failures_reported(json_output):
            sent = opened().redrive(queue, identifiers or ())
        if json_output:
            terminal.show_json({"redriven": [_plain(letter) for letter in sent]})
        else:
            terminal.show(f"{len(sent)} message{'' if len(sent) == 1 else 's'} sent again.")


def _table(letters: list[DeadLetter]) -> Table:
    table = Table(box=None, pad_edge=False)
    for name in ("id", "given up", "queue", "about", "error", "detail"):
        table.add_column(name, overflow="fold")
    for letter in letters:
        about = f"{letter.kind or 'unreadable'} {letter.subject or ''}".strip()
        reason = letter.error or "WorkerDied"
        given_up = letter.sent_at.strftime("%Y-%m-%d %H:%M:%SZ")
        table.add_row(letter.id, given_up, letter.queue, about, reason, one_line(letter.detail or "-"))
    return table


def _plain(letter: DeadLetter) -> dict[str, Any]:
    """As JSON has it, without the body."""
    fields = asdict(letter)
    del fields["body"]
    return {**fields, "sent_at": letter.sent_at.isoformat()}
