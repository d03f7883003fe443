"""`wissen team ...`: teams, and who is in them."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from wissen.base import terminal

if TYPE_CHECKING:
    from wissen.stack.accounts.teams import ListedTeam

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Organisation = Annotated[str, typer.Option(help="Made if it does not exist.")]
ExistingOrganisation = Annotated[str, typer.Option(help="The organisation of the team.")]
Team = Annotated[str, typer.Argument(metavar="TEAM", help="Name or id.")]
User = Annotated[str, typer.Option(metavar="EMAIL", help="Made if it does not exist.")]


def register(app: typer.Typer) -> None:
    """Adds the group of commands."""
    teams = typer.Typer(help="Teams, to whom a document can be shown instead of to everybody.", no_args_is_help=True)
    teams.command("create")(_create_team)
    teams.command("list")(_list_teams)
    teams.command("add")(_add)
    teams.command("remove")(_remove)
    app.add_typer(teams, name="team")


def _create_team(
    name: Annotated[str, typer.Argument(metavar="NAME")], organisation: Organisation, json_output: Json = False
) -> None:
    """Make a team. One that is there already stays as it is."""
    from wissen.stack.accounts import teams
    from wissen.stack.connection import owner_dsn

    with terminal.failures_reported(json_output):
        team = teams.create(owner_dsn(), organisation=organisation, name=name)
    _show_team(team, json_output)


def _list_teams(json_output: Json = False) -> None:
    """Show all teams with their ids and members."""
    from wissen.stack.accounts import teams
    from wissen.stack.connection import owner_dsn

    with terminal.failures_reported(json_output):
        found = teams.listed(owner_dsn())
    if json_output:
        terminal.show_json({"teams": [terminal.plain(asdict(team)) for team in found]})
        return
    for team in found:
        _show_team(team, json_output)


def _add(team: Team, organisation: ExistingOrganisation, user: User, json_output: Json = False) -> None:
    """Put a user into a team."""
    from wissen.stack.accounts import teams
    from wissen.stack.connection import owner_dsn

    with terminal.failures_reported(json_output):
        changed = teams.add(owner_dsn(), organisation=organisation, team=team, user=user)
    _show_team(changed, json_output)


def _remove(
    team: Team,
    organisation: ExistingOrganisation,
    user: Annotated[str, typer.Option(metavar="EMAIL")],
    json_output: Json = False,
) -> None:
    """Take a user out of a team."""
    from wissen.stack.accounts import teams
    from wissen.stack.connection import owner_dsn

    with terminal.failures_reported(json_output):
        changed = teams.remove(owner_dsn(), organisation=organisation, team=team, user=user)
    _show_team(changed, json_output)


def _show_team(team: ListedTeam, json_output: bool) -> None:
    if json_output:
        terminal.show_json(terminal.plain(asdict(team)))
    else:
        typer.echo("\t".join([str(team.id), team.organisation, team.name, ",".join(team.members) or "-"]))
