"""The way of files through the pipeline: the moving display, and the table at the end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from wissen.client.ingestion import Ingestion
from wissen.client.records import Document
from wissen.commands.views.documents import STATUS_STYLE, cell, controls_found, counted, document_type, notes
from wissen.commands.views.printable import ABSENT, one_line, printable

_SHOWN_ACTIVE = 8
_NAMED = 3
_SHOWN_ISSUES = 5
_STEPS = ("waiting", "uploading", "classifying", "extracting")
_STEP_OF = {"waiting": 0, "uploading": 1, "awaiting_upload": 1, "classifying": 2, "extracting": 3, "reprocessing": 3}


def ingestion_view(rows: Sequence[Ingestion]) -> RenderableType:
    """One line per file, then what is to be said of them: gaps, warnings, and why some are not searchable."""
    table = Table(box=box.SIMPLE_HEAD, padding=0)
    table.add_column("document", overflow="fold", min_width=12)
    table.add_column("type", overflow="fold")
    table.add_column("lang", no_wrap=True)
    table.add_column("status", min_width=len("already known"))
    table.add_column("controls", justify="right", no_wrap=True, min_width=len("controls"))
    table.add_column("missing", overflow="fold")
    table.add_column("notes", overflow="fold")
    table.add_column("s", justify="right", no_wrap=True)
    for row in rows:
        table.add_row(*_ingestion_cells(row))
    return Group(table, *_known_names(rows), *_remarks(rows), *_reasons(rows), _summary(rows))


def _ingestion_cells(row: Ingestion) -> list[Text]:
    document = row.document
    status = Text(_status(row), style=STATUS_STYLE.get(row.status, ""))
    name, seconds = Text(one_line(row.name)), Text(ABSENT if row.seconds is None else f"{row.seconds:.1f}")
    if document is None:
        return [name, Text(ABSENT), Text(ABSENT), status, *[Text(ABSENT)] * 3, seconds]
    gaps = Text(_missing(document) or ABSENT, style="yellow" if _missing(document) else "")
    remarks = Text(notes(document) or ABSENT, style="yellow" if notes(document) else "")
    kind, language = cell(document_type(document)), cell(document.language)
    controls = cell(controls_found(document))
    return [name, kind, language, status, controls, gaps, remarks, seconds]


def _missing(document: Document) -> str:
    """The first ids that the document promises and that were not found."""
    missing = document.controls.missing if document.controls else []
    more = f" +{len(missing) - _NAMED}" if len(missing) > _NAMED else ""
    return one_line(", ".join(missing[:_NAMED]) + more)


def _remarks(rows: Sequence[Ingestion]) -> Iterable[Text]:
    """Warnings, issues of single controls and gaps in full, under the names of their documents."""
    for row in rows:
        if row.document is None:
            continue
        missing = row.document.controls.missing if row.document.controls else []
        if len(missing) > _NAMED:
            yield Text(one_line(f"{row.name}: missing {', '.join(missing)}"), style="yellow")
        for warning in row.document.warnings:
            yield Text(one_line(f"{row.name}: {warning}"), style="yellow")
        for one in row.document.issues[:_SHOWN_ISSUES]:
            yield Text(one_line(f"{row.name}: {one.control_id}: {one.issue}"), style="yellow")
        if len(row.document.issues) > _SHOWN_ISSUES:
            more = len(row.document.issues) - _SHOWN_ISSUES
            yield Text(one_line(f"{row.name}: and {counted(more, 'more issue')}"), style="yellow")


def _status(row: Ingestion) -> str:
    if not row.already_known:
        return row.status
    return "already known" if row.searchable else f"{row.status}, already known"


def _parts(document: Document) -> str | None:
    if document.parts is None or not document.parts.planned:
        return None  # not known before the document was read
    return f"{document.parts.done or 0}/{document.parts.planned}"


def _known_names(rows: Sequence[Ingestion]) -> Iterable[Text]:
    for row in rows:
        known = row.document and row.document.name
        if row.already_known and known and known != row.name:
            yield Text(one_line(f"{row.name}: the same bytes are known as {known}"), style="dim")


def _reasons(rows: Sequence[Ingestion]) -> Iterable[Text]:
    by_reason: dict[str, list[Ingestion]] = {}
    for row in rows:
        if row.reason:
            by_reason.setdefault(predicate(row), []).append(row)
    for reason, same in by_reason.items():
        more = f" and {len(same) - _NAMED} more" if len(same) > _NAMED else ""
        names = ", ".join(row.name for row in same[:_NAMED]) + more
        style = "yellow" if all(row.searchable or row.status == "unfinished" for row in same) else "red"
        yield Text(one_line(f"{names}: {reason}"), style=style)


def predicate(row: Ingestion) -> str:
    """The reason without the file's name at its beginning, to be printed after that name."""
    return (row.reason or "").removeprefix(f"{row.name} ")


def _summary(rows: Sequence[Ingestion]) -> Text:
    counts = Counter(row.status for row in rows)
    return Text(", ".join(f"{count} {printable(status)}" for status, count in counts.most_common()), style="bold")


def ingestion_progress(rows: Sequence[Ingestion], elapsed_s: float) -> RenderableType:
    """The moving display: how many are at each step, and the steps of the first few that are under way."""
    active = [row for row in rows if not row.ended]
    counts = Counter(_STEP_OF.get(row.status, 0) for row in active)
    at_steps = ", ".join(f"{counts[number]} {name}" for number, name in enumerate(_STEPS) if counts[number])
    heading = f"{len(rows) - len(active)} of {len(rows)} documents, {elapsed_s:.0f} s" + f" ({at_steps})" * bool(
        at_steps
    )
    lines = [Text(heading, style="bold")]
    lines += [Text("  " + one_line(f"{row.name}: {_step(row)}")) for row in active[:_SHOWN_ACTIVE]]
    if len(active) > _SHOWN_ACTIVE:
        lines.append(Text(f"  and {len(active) - _SHOWN_ACTIVE} more", style="dim"))
    return Group(*lines)


def _step(row: Ingestion) -> str:
    """`extracting (3 of 4), parts 2/5`."""
    number = _STEP_OF.get(row.status)
    place = "" if number is None else f" ({number + 1} of {len(_STEPS)})"
    parts = _parts(row.document) if row.document else None
    return f"{row.status}{place}" + (f", parts {parts}" if parts else "")
