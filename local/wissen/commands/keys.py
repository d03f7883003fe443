"""`wissen key ...`: the API keys of the stack on this machine."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from wissen.base import terminal

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def register(app: typer.Typer) -> None:
    """Adds the group of commands."""
    keys = typer.Typer(help="API keys of the local stack.", no_args_is_help=True)
    keys.command("create")(_create_key)
    keys.command("list")(_list_keys)
    keys.command("revoke")(_revoke_key)
    app.add_typer(keys, name="key")


def _create_key(
    organisation: Annotated[str, typer.Option(help="Made if it does not exist.")],
    user: Annotated[str, typer.Option(metavar="EMAIL", help="Made if it does not exist.")],
    team: Annotated[list[str] | None, typer.Option(help="Made if it does not exist; may be repeated.")] = None,
    name: Annotated[str, typer.Option(help="To tell keys apart in the list.")] = "cli",
    json_output: Json = False,
) -> None:
    """Make an API key. It is shown now and never again: the store keeps its hash only."""
    from wissen.stack.accounts import keys
    from wissen.stack.connection import owner_dsn

    with terminal.failures_reported(json_output):
        made = keys.create(owner_dsn(), organisation=organisation, user=user, teams=team or (), name=name)
    if json_output:
        terminal.show_json(asdict(made))
    else:
        typer.echo(made.key)


def _list_keys(json_output: Json = False) -> None:
    """Show all keys, without the keys themselves."""
    from wissen.stack.accounts import keys
    from wissen.stack.connection import owner_dsn

    with terminal.failures_reported(json_output):
        found = keys.listed(owner_dsn())
    if json_output:
        terminal.show_json({"keys": [asdict(key) for key in found]})
        return
    for key in found:
        state = "revoked" if key.revoked_at else "active"
        teams = ",".join(f"{name} ({identifier})" for name, identifier in zip(key.teams, key.team_ids, strict=True))
        typer.echo("\t".join([str(key.id), state, key.organisation, key.user, teams, key.name]))


def _revoke_key(key_id: Annotated[str, typer.Argument(metavar="ID")], json_output: Json = False) -> None:
    """End a key at once (answers already being given are not interrupted)."""
    from wissen.stack.accounts import keys
    from wissen.stack.connection import owner_dsn

    with terminal.failures_reported(json_output):
        keys.revoke(owner_dsn(), key_id)
    if json_output:
        terminal.show_json({"id": key_id, "state": "revoked"})
    else:
        typer.echo(f"{key_id} is revoked.")
