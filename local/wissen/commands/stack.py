"""`wissen up`, `down`, `status`, `start`, `stop` and `migrate`: the stack on this machine."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wissen.base import terminal
from wissen.stack.names import COMPONENTS, MODEL
from wissen.stack.profiles import Profile

if TYPE_CHECKING:
    from wissen.stack.status import Status

EXIT_NOT_UP = 3
"""`wissen status` when a component is not up."""

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Component = Annotated[str, typer.Argument(help=f"One of {', '.join(COMPONENTS)}; with the profile local also {MODEL}.")]


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    app.command("up")(_up)
    app.command("down")(_down)
    app.command("status")(_status)
    app.command("start")(_start)
    app.command("stop")(_stop)
    app.command("migrate")(_migrate)


def _up(
    json_output: Json = False,
    profile: Annotated[
        Profile | None,
        typer.Option(
            help="What answers: this machine without a model, providers (keys from OPENAI_API_KEY, ANTHROPIC_API_KEY, "
            "GOOGLE_API_KEY), or a small language model here (fetches 1.1 GB once). By default what the stack has; "
            "a new stack is offline."
        ),
    ] = None,
    allow_origin: Annotated[
        list[str] | None,
        typer.Option(
            help="Origin of a web client whose pages may call the stack, like http://localhost:5173; can be repeated. "
            'By default what the stack has; a new stack has none, and "" clears the list.'
        ),
    ] = None,
) -> None:
    """Start the stack on this machine, or whatever of it is not running, and print how to reach it."""
    from wissen.stack import lifecycle

    with terminal.progress_reported(json_output) as progress:
        started = lifecycle.up(progress=progress, profile=profile, allowed_origins=allow_origin or ())
    if json_output:
        terminal.show_json(
            asdict(started.status)
            | {"api_url": started.connection.api_url, "api_key": started.connection.api_key}
            | {"stream_url": started.connection.stream_url}
            | {"migrations": started.migrations, "deployed": started.deployed}
        )
        return
    _print_status(started.status)
    reached = started.connection
    typer.echo(f"\nAPI     {reached.api_url}/v1\nstream  {reached.stream_url}\nkey     {reached.api_key}")


def _down(
    json_output: Json = False,
    purge: Annotated[bool, typer.Option("--purge", help="Delete documents, answers and keys too.")] = False,
) -> None:
    """Stop everything the stack started. Data stays for the next `up`, unless --purge."""
    from wissen.stack import lifecycle

    with terminal.progress_reported(json_output) as progress:
        existed = lifecycle.down(progress=progress, purge=purge)
    if json_output:
        terminal.show_json({"state": "down", "purged": purge and existed})
    else:
        typer.echo("The stack is down." if existed else "There is no stack.")


def _status(json_output: Json = False) -> None:
    """Show each component with its state and address. Exits 0 if all are up, 3 if not."""
    from wissen.stack.status import current_status

    with terminal.failures_reported(json_output):
        found = current_status()
    if json_output:
        terminal.show_json(asdict(found))
    else:
        _print_status(found)
    if found.state != "up":
        raise typer.Exit(EXIT_NOT_UP)


def _start(component: Component, json_output: Json = False) -> None:
    """Start one component alone."""
    from wissen.stack import lifecycle

    with terminal.progress_reported(json_output) as progress:
        started = lifecycle.start(component, progress=progress)
    _print_outcome(json_output, component, "up", f"{component} {'started' if started else 'was running'}.")


def _stop(component: Component, json_output: Json = False) -> None:
    """Stop one component and leave the others running."""
    from wissen.stack import lifecycle

    with terminal.progress_reported(json_output) as progress:
        lifecycle.stop(component, progress=progress)
    _print_outcome(json_output, component, "down", f"{component} is stopped.")


def _migrate(json_output: Json = False) -> None:
    """Apply the migrations that the running store does not have yet."""
    from wissen.stack import lifecycle

    with terminal.failures_reported(json_output):
        applied = lifecycle.migrate()
    if json_output:
        terminal.show_json({"applied": applied})
    else:
        typer.echo("\n".join(applied) or "Nothing to apply.")


def _print_status(found: Status) -> None:
    for name, component in found.components.items():
        detail = f"  ({component.detail})" if component.detail else ""
        typer.echo(f"{name:<12} {component.state:<10} {component.url or '-'}{detail}")
    limits = [f"{name} {component.limits}" for name, component in found.components.items() if component.limits]
    if limits:
        typer.echo(f"Limits of each process: {'; '.join(limits)}")
    typer.echo(f"Logs: {Path(found.state_dir) / 'logs'}")


def _print_outcome(json_output: bool, component: str, state: str, sentence: str) -> None:
    if json_output:
        terminal.show_json({"component": component, "state": state})
    else:
        typer.echo(sentence)
