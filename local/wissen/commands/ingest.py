"""`wissen ingest`: sends files and folders and shows each document's way to the end."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.live import Live

from wissen.base import terminal
from wissen.base.clock import REAL_TIME, Clock
from wissen.base.progress import waiting
from wissen.client.api import WissenClient
from wissen.client.candidates import gather
from wissen.client.ingestion import DEFAULT_PLACEMENT, Ingester, Ingestion, Placement
from wissen.commands.endpoint import Connect, connect
from wissen.commands.views.ingestion import ingestion_progress, ingestion_view, predicate
from wissen.commands.views.printable import one_line


class Visibility(StrEnum):
    organisation = "organisation"
    team = "team"
    owner = "owner"


def register(app: typer.Typer, *, open_client: Connect = connect, clock: Clock = REAL_TIME) -> None:
    """Adds the command; `open_client` decides which deployment it talks to."""

    @app.command()
    def ingest(
        paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Files and folders.")],
        json_output: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
        visibility: Annotated[
            Visibility | None, typer.Option(help="Who may see them; by default the organisation.")
        ] = None,
        team: Annotated[
            str | None, typer.Option(metavar="ID", help="The team that may see them; you must belong to it.")
        ] = None,
        timeout: Annotated[float, typer.Option(min=1, help="Stop following after this many seconds.")] = 900,
    ) -> None:
        """Upload documents and follow them. Exits 0 if all can answer questions (gaps are named), 1 if not."""
        placement = _placement(visibility, team)
        with terminal.failures_reported(json_output), open_client() as client:
            rows = ingest_with_progress(client, paths, placement=placement, timeout_s=timeout, clock=clock)
        if json_output:
            terminal.show_json({"documents": [row.as_json() for row in rows]})
        else:
            terminal.show(ingestion_view(rows))
        if not all(row.searchable for row in rows):
            raise typer.Exit(1)


def ingest_with_progress(
    client: WissenClient,
    paths: Iterable[Path],
    *,
    placement: Placement = DEFAULT_PLACEMENT,
    timeout_s: float,
    clock: Clock = REAL_TIME,
) -> list[Ingestion]:
    """Ingests with a progress display on stderr. Raises as Ingester.run."""
    with waiting("Reading files", terminal.progress()):
        items = gather(paths)
    rows: list[Ingestion] = []
    with display(terminal.progress(), rows) as changed:
        ingester = Ingester(client, items, placement, changed=changed, clock=clock)
        rows.extend(ingester.rows)
        ingester.run(timeout_s)
    return ingester.rows


def _placement(visibility: Visibility | None, team: str | None) -> Placement:
    if team and visibility not in (None, Visibility.team):
        message = f"--team goes with --visibility team, not with {visibility}"
        raise typer.BadParameter(message)
    if visibility == Visibility.team and not team:
        message = "--visibility team needs --team"
        raise typer.BadParameter(message)
    chosen = Visibility.team if team else visibility
    return Placement(visibility=chosen and chosen.value, team_id=team)


@contextmanager
def display(console: Console, rows: Sequence[Ingestion]) -> Iterator[Callable[[Ingestion], None]]:
    """Yields what to call with each row that changed."""
    if not console.is_terminal:
        yield lambda row: console.print(_line(row), soft_wrap=True)
        return
    started = time.monotonic()
    live = Live(
        console=console,
        transient=True,
        get_renderable=lambda: ingestion_progress(rows, time.monotonic() - started),
    )
    with live:
        yield lambda row: None


def _line(row: Ingestion) -> str:
    known = " (already known)" if row.already_known else ""
    reason = f": {predicate(row)}" if row.reason else ""
    at = "" if row.ended else _parts_done(row)
    return one_line(f"{row.name}: {row.status}{at}{known}{reason}")


def _parts_done(row: Ingestion) -> str:
    parts = row.document.parts if row.document else None
    return f", parts {parts.done or 0}/{parts.planned}" if parts and parts.planned else ""
