"""`wissen model-key ...` and `wissen team ...`: who may call models through the gateway, and who is in which team."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wissen import stack, terminal
from wissen.state import Workspace

if TYPE_CHECKING:
    from wissen.model_keys import ListedModelKey
    from wissen.teams import ListedTeam

REMEMBERED_S = 30
"""How long a proxy goes on using what it knows of a key (REMEMBERED_S in proxy/access/keys.py)."""
_CONFIGURATION = "litellm_config.yaml"

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Organisation = Annotated[str, typer.Option(help="Made if it does not exist.")]
ExistingOrganisation = Annotated[str, typer.Option(help="The organisation of the team.")]
Team = Annotated[str, typer.Argument(metavar="TEAM", help="Name or id.")]
User = Annotated[str, typer.Option(metavar="EMAIL", help="Made if it does not exist.")]


class Tier(StrEnum):
    CRITICAL = "CRITICAL"
    HIGH = "HIGH"
    MEDIUM = "MEDIUM"
    LOW = "LOW"
    BATCH = "BATCH"


def register(app: typer.Typer) -> None:
    """Adds both groups of commands."""
    model_keys = typer.Typer(
        help="Keys with which other programs call models through the gateway. They open no document.",
        no_args_is_help=True,
    )
    model_keys.command("create")(_create_key)
    model_keys.command("list")(_list_keys)
    model_keys.command("revoke")(_revoke_key)
    app.add_typer(model_keys, name="model-key")
    teams = typer.Typer(help="Teams, to whom a document can be shown instead of to everybody.", no_args_is_help=True)
    teams.command("create")(_create_team)
    teams.command("list")(_list_teams)
    teams.command("add")(_add)
    teams.command("remove")(_remove)
    app.add_typer(teams, name="team")


def _budget(given: str) -> Decimal:
    try:
        amount = Decimal(given)
    except InvalidOperation as error:
        message = f"{given!r} is no amount of US dollars, as 12.50 is"
        raise typer.BadParameter(message) from error
    if not amount.is_finite() or amount < 0:
        message = "a budget is 0 or more"
        raise typer.BadParameter(message)
    return amount


def _create_key(  # noqa: PLR0913, PLR0917  one parameter for each option
    organisation: Organisation,
    name: Annotated[str, typer.Option(help="To tell keys apart in the list.")],
    team: Annotated[str | None, typer.Option(help="Whom its calls are charged to; made if it does not exist.")] = None,
    alias: Annotated[list[str] | None, typer.Option(help="It may call this one only; may be repeated.")] = None,
    max_priority: Annotated[Tier, typer.Option(help="The most urgent tier it may ask for.")] = Tier.LOW,
    rpm: Annotated[int | None, typer.Option(min=1, help="Requests a minute.")] = None,
    tpm: Annotated[int | None, typer.Option(min=1, help="Tokens a minute.")] = None,
    parallel: Annotated[int | None, typer.Option(min=1, help="Calls at a time.")] = None,
    budget_usd: Annotated[
        Decimal | None, typer.Option(parser=_budget, metavar="USD", help="US dollars a calendar month (UTC).")
    ] = None,
    days: Annotated[int | None, typer.Option(min=1, help="It ends by itself after so many days.")] = None,
    json_output: Json = False,
) -> None:
    """Make a key. It is shown now and never again: the store keeps its hash only."""
    from wissen import model_keys  # noqa: PLC0415 - loads the PostgreSQL driver

    limits = model_keys.Limits(
        aliases=alias or None,
        max_priority=model_keys.TIERS[max_priority],
        rpm=rpm,
        tpm=tpm,
        parallel=parallel,
        budget_usd=budget_usd,
        expires_at=datetime.now(UTC) + timedelta(days=days) if days else None,
    )
    with terminal.failures_reported(json_output):
        made = model_keys.create(
            stack.owner_dsn(),
            organisation=organisation,
            name=name,
            team=team,
            known_aliases=_aliases() if alias else (),
            limits=limits,
        )
    if json_output:
        terminal.show_json(_plain(asdict(made)))
    else:
        typer.echo(made.key)


def _list_keys(json_output: Json = False) -> None:
    """Show all keys with their limits and what they have cost this month, without the keys themselves."""
    from wissen import model_keys  # noqa: PLC0415 - loads the PostgreSQL driver

    with terminal.failures_reported(json_output):
        found = model_keys.listed(stack.owner_dsn())
    if json_output:
        terminal.show_json({"keys": [_plain(asdict(key)) for key in found]})
        return
    for key in found:
        typer.echo("\t".join([str(key.id), key.state, key.organisation, key.team or "-", key.name, _limits_of(key)]))


def _revoke_key(key_id: Annotated[str, typer.Argument(metavar="ID")], json_output: Json = False) -> None:
    """End a key. A proxy that has just seen it goes on for at most 30 seconds."""
    from wissen import model_keys  # noqa: PLC0415 - loads the PostgreSQL driver

    with terminal.failures_reported(json_output):
        model_keys.revoke(stack.owner_dsn(), key_id)
    if json_output:
        terminal.show_json({"id": key_id, "state": "revoked"})
    else:
        typer.echo(f"{key_id} is revoked; it ends within {REMEMBERED_S} s.")


def _create_team(
    name: Annotated[str, typer.Argument(metavar="NAME")], organisation: Organisation, json_output: Json = False
) -> None:
    """Make a team. One that is there already stays as it is."""
    from wissen import teams  # noqa: PLC0415 - loads the PostgreSQL driver

    with terminal.failures_reported(json_output):
        team = teams.create(stack.owner_dsn(), organisation=organisation, name=name)
    _show_team(team, json_output)


def _list_teams(json_output: Json = False) -> None:
    """Show all teams with their ids and members."""
    from wissen import teams  # noqa: PLC0415 - loads the PostgreSQL driver

    with terminal.failures_reported(json_output):
        found = teams.listed(stack.owner_dsn())
    if json_output:
        terminal.show_json({"teams": [_plain(asdict(team)) for team in found]})
        return
    for team in found:
        _show_team(team, json_output)


def _add(team: Team, organisation: ExistingOrganisation, user: User, json_output: Json = False) -> None:
    """Put a user into a team."""
    from wissen import teams  # noqa: PLC0415 - loads the PostgreSQL driver

    with terminal.failures_reported(json_output):
        changed = teams.add(stack.owner_dsn(), organisation=organisation, team=team, user=user)
    _show_team(changed, json_output)


def _remove(
    team: Team,
    organisation: ExistingOrganisation,
    user: Annotated[str, typer.Option(metavar="EMAIL")],
    json_output: Json = False,
) -> None:
    """Take a user out of a team."""
    from wissen import teams  # noqa: PLC0415 - loads the PostgreSQL driver

    with terminal.failures_reported(json_output):
        changed = teams.remove(stack.owner_dsn(), organisation=organisation, team=team, user=user)
    _show_team(changed, json_output)


def _show_team(team: ListedTeam, json_output: bool) -> None:
    if json_output:
        terminal.show_json(_plain(asdict(team)))
    else:
        typer.echo("\t".join([str(team.id), team.organisation, team.name, ",".join(team.members) or "-"]))


def _limits_of(key: ListedModelKey) -> str:
    """The limits that a key has, in one line."""
    named = {"rpm": key.rpm, "tpm": key.tpm, "parallel": key.parallel, "aliases": ",".join(key.aliases or ())}
    parts = [f"up to {_tier(key.max_priority)}", *(f"{name} {value}" for name, value in named.items() if value)]
    if key.budget_usd is not None:
        parts.append(f"{key.spent_usd:.2f} of {key.budget_usd:.2f} USD this month")
    return "; ".join(parts)


def _tier(priority: int) -> str:
    from wissen.model_keys import TIERS  # noqa: PLC0415 - loads the PostgreSQL driver

    return next(name for name, value in TIERS.items() if value == priority)


def _aliases() -> list[str]:
    """The aliases of the proxy's configuration. Raises NotACheckout."""
    import yaml  # noqa: PLC0415 - needed here alone

    text = (Workspace.locate().root / _CONFIGURATION).read_text(encoding="utf-8")
    return sorted({deployment["model_name"] for deployment in yaml.safe_load(text)["model_list"]})


def _plain(fields: dict[str, Any]) -> dict[str, Any]:
    """Fields as JSON has them: ids and times as text, amounts as numbers."""
    return {name: _json_value(value) for name, value in fields.items()}


def _json_value(value: object) -> object:
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, list):
        return [_json_value(item) for item in value]
    return value if value is None or isinstance(value, (str, int, float)) else str(value)
