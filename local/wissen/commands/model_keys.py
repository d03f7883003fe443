"""`wissen model-key ...`: keys with which other programs call models through the gateway."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from wissen.base import terminal
from wissen.stack.state import Workspace

if TYPE_CHECKING:
    from wissen.stack.accounts.model_keys import ListedModelKey

REMEMBERED_S = 30
"""Time for which a proxy uses its cached record of a key (REMEMBERED_S in proxy/access/keys.py)."""
_CONFIGURATION = "litellm_config.yaml"

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Organisation = Annotated[str, typer.Option(help="Made if it does not exist.")]


class MaxPriority(StrEnum):
    """The most urgent priority that a key may ask for."""

    CRITICAL = "CRITICAL"
    HIGH = "HIGH"
    MEDIUM = "MEDIUM"
    LOW = "LOW"
    BATCH = "BATCH"


def register(app: typer.Typer) -> None:
    """Adds the group of commands."""
    model_keys = typer.Typer(
        help="Keys with which other programs call models through the gateway. They open no document.",
        no_args_is_help=True,
    )
    model_keys.command("create")(_create_key)
    model_keys.command("list")(_list_keys)
    model_keys.command("revoke")(_revoke_key)
    app.add_typer(model_keys, name="model-key")


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
    max_priority: Annotated[MaxPriority, typer.Option(help="The most urgent tier it may ask for.")] = MaxPriority.LOW,
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
    from wissen.stack.accounts import model_keys
    from wissen.stack.connection import owner_dsn

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
            owner_dsn(),
            organisation=organisation,
            name=name,
            team=team,
            known_aliases=_aliases() if alias else (),
            limits=limits,
        )
    if json_output:
        terminal.show_json(terminal.plain(asdict(made)))
    else:
        typer.echo(made.key)


def _list_keys(json_output: Json = False) -> None:
    """Show all keys with their limits and what they have cost this month, without the keys themselves."""
    from wissen.stack.accounts import model_keys
    from wissen.stack.connection import owner_dsn

    with terminal.failures_reported(json_output):
        found = model_keys.listed(owner_dsn())
    if json_output:
        terminal.show_json({"keys": [terminal.plain(asdict(key)) for key in found]})
        return
    for key in found:
        typer.echo("\t".join([str(key.id), key.state, key.organisation, key.team or "-", key.name, _limits_of(key)]))


def _revoke_key(key_id: Annotated[str, typer.Argument(metavar="ID")], json_output: Json = False) -> None:
    """End a key. A proxy that has just seen it goes on for at most 30 seconds."""
    from wissen.stack.accounts import model_keys
    from wissen.stack.connection import owner_dsn

    with terminal.failures_reported(json_output):
        model_keys.revoke(owner_dsn(), key_id)
    if json_output:
        terminal.show_json({"id": key_id, "state": "revoked"})
    else:
        typer.echo(f"{key_id} is revoked; it ends within {REMEMBERED_S} s.")


def _limits_of(key: ListedModelKey) -> str:
    """The limits that a key has, in one line."""
    named = {"rpm": key.rpm, "tpm": key.tpm, "parallel": key.parallel, "aliases": ",".join(key.aliases or ())}
    parts = [f"up to {_tier(key.max_priority)}", *(f"{name} {value}" for name, value in named.items() if value)]
    if key.budget_usd is not None:
        parts.append(f"{key.spent_usd:.2f} of {key.budget_usd:.2f} USD this month")
    return "; ".join(parts)


def _tier(priority: int) -> str:
    from wissen.stack.accounts.model_keys import TIERS

    return next(name for name, value in TIERS.items() if value == priority)


def _aliases() -> list[str]:
    """The aliases of the proxy's configuration. Raises NotACheckout."""
    import yaml

    text = (Workspace.locate().root / _CONFIGURATION).read_text(encoding="utf-8")
    return sorted({deployment["model_name"] for deployment in yaml.safe_load(text)["model_list"]})
