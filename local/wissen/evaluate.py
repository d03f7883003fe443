"""`wissen eval`: scores the running stack on a data set, in an organisation of its own that is removed afterwards.

Parts so far: `classification` (documents of manifest.jsonl through the real pipeline, `expected_type`) and `intent`
(questions of intents.jsonl through the API). An expected value is looked
at only after the answer it is compared with is in; nothing of it is sent.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wissen import scores, terminal
from wissen.api_errors import WissenApiError
from wissen.progress import Progress, on_standard_error
from wissen.state import Workspace

if TYPE_CHECKING:
    from wissen.bench.visit import Visit

_INGESTED_WITHIN_S = 3600.0
Rows = list[dict[str, Any]]


class DataSetUnusable(WissenApiError):
    """The folder holds nothing that a chosen part could be scored on."""


def classification(folder: Path, visit: Visit, progress: Progress) -> dict[str, Any]:
    """Types of the manifest's documents; one that cannot be ingested has the type its status names."""
    from wissen.candidates import gather  # noqa: PLC0415
    from wissen.ingestion import DEFAULT_PLACEMENT, Ingester  # noqa: PLC0415

    rows = _rows(folder / "manifest.jsonl")
    paths = [folder / row["path"] for row in rows]
    with progress.step("classification", f"ingesting {len(paths)} documents"):
        ingester = Ingester(visit.client, gather(paths), DEFAULT_PLACEMENT, changed=lambda row: None)
        ingester.run(_INGESTED_WITHIN_S)
    found = {row.path: (row.document.type if row.document else None) or row.status for row in ingester.rows}
    return scores.classified([(row["expected_type"], found[folder / row["path"]]) for row in rows])


def intent(folder: Path, visit: Visit, progress: Progress) -> dict[str, Any]:
    """Intents of the questions, asked one after the other."""
    rows = _rows(folder / "intents.jsonl")
    with progress.step("intent", f"asking {len(rows)} questions"):
        found = [str(visit.client.ask(row["query"]).received.get("intent")) for row in rows]
    return scores.classified([(row["intent"], answer) for row, answer in zip(rows, found, strict=True)])


PARTS: Mapping[str, Callable[[Path, Visit, Progress], dict[str, Any]]] = {
    "intent": intent,
    "classification": classification,
}


def register(app: typer.Typer) -> None:
    """Adds the command."""

    @app.command(name="eval")
    def evaluate(
        folder: Annotated[
            Path, typer.Argument(metavar="DIR", help="A data set: manifest.jsonl, intents.jsonl, docs/.")
        ],
        only: Annotated[str, typer.Option(metavar="A,B", help=f"Only these parts of {', '.join(PARTS)}.")] = "",
        json_output: Annotated[bool, typer.Option("--json", help="Print {part: {key: value}}.")] = False,
    ) -> None:
        """Score the running stack on a data set, and start it if it is down."""
        chosen = [name for name in only.split(",") if name] or list(PARTS)
        if unknown := set(chosen) - PARTS.keys():
            raise typer.BadParameter(f"no part {', '.join(sorted(unknown))}", param_hint="--only")
        with terminal.failures_reported(json_output):
            figures = _score(folder, chosen, plain=json_output)
        terminal.show_json(figures)


def _score(folder: Path, chosen: list[str], *, plain: bool) -> dict[str, Any]:
    from wissen import stack  # noqa: PLC0415
    from wissen.bench.visit import visiting  # noqa: PLC0415

    with on_standard_error(plain=plain) as progress:
        reached = stack.up(None, progress).connection
        figures = {}
        for name in chosen:
            with visiting(reached, Workspace.locate()) as visit:
                figures[name] = PARTS[name](folder, visit, progress)
        return figures


def _rows(path: Path) -> Rows:
    """Raises DataSetUnusable."""
    try:
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    except (OSError, ValueError) as error:
        raise DataSetUnusable(f"{path} cannot be read: {error}. Choose other parts with --only.") from error
