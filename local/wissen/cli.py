"""The command line: `wissen ...`. Results go to standard output, progress and errors to standard error."""

from __future__ import annotations

import sys

import typer

from wissen.base.terminal import EXIT_FAILED
from wissen.commands import answers, ask, demo, dlq, documents, ingest, keys, model_keys, openapi, stack, teams, tools
from wissen.commands.requirements import advice_for

app = typer.Typer(
    name="wissen",
    help="Compliance questions answered from your own standards and policies, with citations.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,  # they may hold keys and questions
)

stack.register(app)
keys.register(app)
ask.register(app, written=ask.written_here)
answers.register(app)
ingest.register(app)
documents.register(app)
demo.register(app)
tools.register(app)
model_keys.register(app)
teams.register(app)
dlq.register(app)
openapi.register(app)


def main() -> None:
    """The `wissen` program. A command whose libraries are not installed says in one line how to get them."""
    try:
        app()
    except ModuleNotFoundError as error:
        advice = advice_for(error)
        if advice is None:
            raise
        typer.echo(f"error: {advice}", err=True)
        sys.exit(EXIT_FAILED)
