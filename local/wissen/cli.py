"""The command line: `wissen ...`. Results go to standard output, progress and errors to standard error."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from wissen import access_commands, answers, ask, demo, dlq, documents, ingest, model_server, openapi, stack
from wissen.bench import command as bench
from wissen.errors import StackError
from wissen.evaluation import command as evaluation
from wissen.profiles import Profile
from wissen.progress import Progress, on_standard_error

EXIT_FAILED = 1
EXIT_NOT_UP = 3
"""`wissen status` when a component is not up."""

app = typer.Typer(
    name="wissen",
    help="Compliance questions answered from your own standards and policies, with citations.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,  # they may hold keys and questions
)
key_app = typer.Typer(help="API keys of the local stack.", no_args_is_help=True)
app.add_typer(key_app, name="key")

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Component = Annotated[str, typer.Argument(help=f"One of {', '.join(stack.COMPONENTS)}.")]


@app.command()
def up(
    json_output: Json = False,
    profile: Annotated[
        Profile | None,
        typer.Option(
            help="What answers: this machine without a model, providers (keys from OPENAI_API_KEY, ANTHROPIC_API_KEY, "
            "GOOGLE_API_KEY), or a small language model here (fetches 1.1 GB once). By default what the stack has; "
            "a new stack is offline."
        ),
    ] = None,
) -> None:
    """Start the stack on this machine, or whatever of it is not running, and print how to reach it."""
    with _reporting(json_output) as progress:
        started = stack.up(progress=progress, profile=profile)
    if json_output:
        _print_json(
            _status_document(started.status)
            | {"api_url": started.connection.api_url, "api_key": started.connection.api_key}
            | {"stream_url": started.connection.stream_url}
            | {"migrations": started.migrations, "deployed": started.deployed}
        )
        return
    _print_status(started.status)
    reached = started.connection
    typer.echo(f"\nAPI     {reached.api_url}/v1\nstream  {reached.stream_url}\nkey     {reached.api_key}")


@app.command()
def down(
    json_output: Json = False,
    purge: Annotated[bool, typer.Option("--purge", help="Delete documents, answers and keys too.")] = False,
) -> None:
    """Stop everything the stack started. Data stays for the next `up`, unless --purge."""
    with _reporting(json_output) as progress:
        existed = stack.down(progress=progress, purge=purge)
    if json_output:
        _print_json({"state": "down", "purged": purge and existed})
    else:
        typer.echo("The stack is down." if existed else "There is no stack.")


@app.command()
def status(json_output: Json = False) -> None:
    """Show each component with its state and address. Exits 0 if all are up, 3 if not."""
    with _reporting(json_output):
        found = stack.status()
    if json_output:
        _print_json(_status_document(found))
    else:
        _print_status(found)
    if found.state != "up":
        raise typer.Exit(EXIT_NOT_UP)


@app.command()
def start(component: Component, json_output: Json = False) -> None:
    """Start one component alone."""
    with _reporting(json_output) as progress:
        started = stack.start(component, progress=progress)
    _print_outcome(json_output, component, "up", f"{component} {'started' if started else 'was running'}.")


@app.command()
def stop(component: Component, json_output: Json = False) -> None:
    """Stop one component and leave the others running."""
    with _reporting(json_output) as progress:
        stack.stop(component, progress=progress)
    _print_outcome(json_output, component, "down", f"{component} is stopped.")


@app.command()
def migrate(json_output: Json = False) -> None:
    """Apply the migrations that the running store does not have yet."""
    with _reporting(json_output):
        applied = stack.migrate()
    if json_output:
        _print_json({"applied": applied})
    else:
        typer.echo("\n".join(applied) or "Nothing to apply.")


@key_app.command("create")
def create_key(
    organisation: Annotated[str, typer.Option(help="Made if it does not exist.")],
    user: Annotated[str, typer.Option(metavar="EMAIL", help="Made if it does not exist.")],
    team: Annotated[list[str] | None, typer.Option(help="Made if it does not exist; may be repeated.")] = None,
    name: Annotated[str, typer.Option(help="To tell keys apart in the list.")] = "cli",
    json_output: Json = False,
) -> None:
    """Make an API key. It is shown now and never again: the store keeps its hash only."""
    from wissen import keys  # noqa: PLC0415 - loads the PostgreSQL driver

    with _reporting(json_output):
        made = keys.create(stack.owner_dsn(), organisation=organisation, user=user, teams=team or (), name=name)
    if json_output:
        _print_json(asdict(made))
    else:
        typer.echo(made.key)


@key_app.command("list")
def list_keys(json_output: Json = False) -> None:
    """Show all keys, without the keys themselves."""
    from wissen import keys  # noqa: PLC0415 - loads the PostgreSQL driver

    with _reporting(json_output):
        found = keys.listed(stack.owner_dsn())
    if json_output:
        _print_json({"keys": [asdict(key) for key in found]})
        return
    for key in found:
        state = "revoked" if key.revoked_at else "active"
        teams = ",".join(f"{name} ({identifier})" for name, identifier in zip(key.teams, key.team_ids, strict=True))
        typer.echo("\t".join([str(key.id), state, key.organisation, key.user, teams, key.name]))


@key_app.command("revoke")
def revoke_key(key_id: Annotated[str, typer.Argument(metavar="ID")], json_output: Json = False) -> None:
    """End a key at once (answers already being given are not interrupted)."""
    from wissen import keys  # noqa: PLC0415 - loads the PostgreSQL driver

    with _reporting(json_output):
        keys.revoke(stack.owner_dsn(), key_id)
    if json_output:
        _print_json({"id": key_id, "state": "revoked"})
    else:
        typer.echo(f"{key_id} is revoked.")


ask.register(app, written=model_server.written)
answers.register(app)
ingest.register(app)
documents.register(app)
demo.register(app)
bench.register(app)
access_commands.register(app)
dlq.register(app)
evaluation.register(app)
openapi.register(app)


def main() -> None:
    """The `wissen` program."""
    app()


@contextmanager
def _reporting(json_output: bool) -> Iterator[Progress]:
    """Progress while the command works; an expected failure becomes its message and exit code 1."""
    try:
        with on_standard_error(plain=json_output) as progress:
            yield progress
    except StackError as error:
        if json_output:
            log = str(error.log) if error.log else None
            failure = {"name": type(error).__name__, "component": error.component, "message": str(error)}
            _print_json({"error": failure | {"log": log}})
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(EXIT_FAILED) from error


def _status_document(found: stack.Status) -> dict[str, Any]:
    return asdict(found)


def _print_status(found: stack.Status) -> None:
    for name, component in found.components.items():
        detail = f"  ({component.detail})" if component.detail else ""
        typer.echo(f"{name:<12} {component.state:<10} {component.url or '-'}{detail}")
    typer.echo(f"Logs: {Path(found.state_dir) / 'logs'}")


def _print_outcome(json_output: bool, component: str, state: str, sentence: str) -> None:
    if json_output:
        _print_json({"component": component, "state": state})
    else:
        typer.echo(sentence)


def _print_json(document: dict[str, Any]) -> None:
    typer.echo(json.dumps(document, indent=2, ensure_ascii=False, default=str))
