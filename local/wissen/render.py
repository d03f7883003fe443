"""How results look: pure functions from records to rich renderables.

Everything that comes from a document, a user or the API passes through `printable`: a quote must not be
able to send commands to the reader's terminal.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from rich import box
from rich.console import Group, RenderableType
from rich.markdown import Markdown
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from wissen.api_records import Answer, Citation, Document, Timings
from wissen.ingestion import Ingestion

STAGES = ("intent", "retrieve", "synthesize", "validate")
ABSENT = "–"
_SHOWN_ACTIVE = 8
_NAMED = 3
_SHOWN_ISSUES = 5
_STEPS = ("waiting", "uploading", "classifying", "extracting")
_STEP_OF = {"waiting": 0, "uploading": 1, "awaiting_upload": 1, "classifying": 2, "extracting": 3, "reprocessing": 3}
_CONTROL_CHARACTERS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_STATUS_STYLE = {
    "searchable": "green",
    "searchable_with_gaps": "yellow",
    "failed": "bold red",
    "quarantined": "bold red",
    "rejected": "bold red",
    "unfinished": "yellow",
}


def printable(text: str) -> str:
    """`text` with terminal commands and direction overrides made visible as `�`; \\n and \\t stay."""
    return _CONTROL_CHARACTERS.sub("\N{REPLACEMENT CHARACTER}", text.replace("\r\n", "\n"))


def one_line(text: str) -> str:
    """`text` on one line, for names and reasons."""
    return printable(re.sub(r"\s+", " ", text))


def answer_view(answer: Answer, *, wrapped: bool) -> RenderableType:
    """The answer, its sources, what was degraded, and the stages' times.

    `wrapped` is for a window: Markdown is laid out and quotes are wrapped under their indent. Without it
    (pipes, files) the answer and each line of a quote stand as they came.
    """
    parts: list[RenderableType] = [_answer_text(answer, markdown=wrapped)]
    if answer.citations:
        parts += [Text(""), Text("Sources", style="bold")]
        parts += [citation_view(citation, wrapped=wrapped) for citation in answer.citations]
    parts += [Text(""), *_notices(answer)]
    if answer.timings_ms is not None:
        parts.append(stage_table(answer.timings_ms))
    return Group(*parts)


def _answer_text(answer: Answer, *, markdown: bool) -> RenderableType:
    if answer.status == "failed":
        error = answer.error
        reason = f"{error.name}: {error.detail or ''}".rstrip(": ") if error else "no reason given"
        return Text(f"The question failed. {printable(reason)}", style="bold red")
    text = printable(answer.answer or "")
    if not text:
        return Text("")
    return Markdown(text, hyperlinks=False) if markdown else Text(text)


def citation_view(citation: Citation, *, wrapped: bool) -> RenderableType:
    """`[n] title · control · heading path · page`, and the verbatim quote indented below."""
    source = citation.title or citation.document_id
    places = (source, citation.control_id, _heading(citation), pages(citation))
    head = Text(one_line(f"[{citation.n}] " + " · ".join(place for place in places if place)), style="cyan")
    quote = printable(citation.quote)
    if wrapped:
        return Group(head, Padding(Text(quote, style="italic"), (0, 0, 0, 4), expand=False))
    return Group(head, Text("\n".join(f"    {line}" for line in quote.splitlines()), style="italic"))


def _heading(citation: Citation) -> str | None:
    path = citation.heading_path
    return " > ".join(path) if isinstance(path, list) else path


def pages(citation: Citation) -> str | None:
    """`page 3`, `pages 3–4`, or None for a document without pages."""
    first, last = citation.page_from, citation.page_to
    if first is None:
        return None
    return f"page {first}" if last in (None, first) else f"pages {first}–{last}"


def _notices(answer: Answer) -> Iterable[RenderableType]:
    if answer.status == "answered" and not answer.citations:
        nothing = "Nothing was found in the documents this key may see."
        yield Text("No source supports this answer." if answer.found else nothing, style="yellow")
    if answer.degraded:
        stages = printable(", ".join(answer.degraded))
        yield Text(f"Degraded (worked by rules, without a model): {stages}.", style="yellow")
    if answer.cached:
        yield Text("From the answer cache.", style="dim")
    yield Text(printable(f"Query {answer.query_id}"), style="dim")


def stage_table(timings: Timings) -> Table:
    """Milliseconds per stage; the total runs from question to answer and includes the orchestration."""
    table = Table(box=box.SIMPLE_HEAD, show_footer=timings.total is not None)
    table.add_column("stage", footer="question to answer")
    table.add_column("queued ms", justify="right")
    table.add_column("worked ms", justify="right")
    table.add_column("total ms", justify="right", footer=_milliseconds(timings.total))
    others = sorted((timings.queue.keys() | timings.stage.keys()) - set(STAGES))
    for stage in (*STAGES, *others):
        queued, worked = timings.queue.get(stage), timings.stage.get(stage)
        both = (queued or 0) + (worked or 0) if queued is not None or worked is not None else None
        table.add_row(printable(stage), _milliseconds(queued), _milliseconds(worked), _milliseconds(both))
    return table


def _milliseconds(value: float | None) -> str:
    if value is None:
        return ABSENT
    return f"{value:.2f}" if value < 10 else f"{value:.0f}"


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
    status = Text(_status(row), style=_STATUS_STYLE.get(row.status, ""))
    name, seconds = Text(one_line(row.name)), Text(ABSENT if row.seconds is None else f"{row.seconds:.1f}")
    if document is None:
        return [name, Text(ABSENT), Text(ABSENT), status, *[Text(ABSENT)] * 3, seconds]
    gaps = Text(_missing(document) or ABSENT, style="yellow" if _missing(document) else "")
    notes = Text(_notes(document) or ABSENT, style="yellow" if _notes(document) else "")
    kind, language, controls = (_cell(value) for value in (_type(document), document.language, _controls(document)))
    return [name, kind, language, status, controls, gaps, notes, seconds]


def _cell(value: object) -> Text:
    return Text(ABSENT if value is None else one_line(str(value)))


def _controls(document: Document) -> str | None:
    """`found/expected`; only what was found where nothing says how many there should be."""
    counted = document.controls
    if counted is None or counted.found is None:
        return None
    return f"{counted.found}/{counted.expected}" if counted.expected else str(counted.found)


def _missing(document: Document) -> str:
    """The first ids that the document promises and that were not found."""
    missing = document.controls.missing if document.controls else []
    more = f" +{len(missing) - _NAMED}" if len(missing) > _NAMED else ""
    return one_line(", ".join(missing[:_NAMED]) + more)


def _notes(document: Document) -> str:
    said = [
        f"{document.hidden_characters} characters hidden" if document.hidden_characters else "",
        "type needs review" if document.review == "needed" else "",
        _counted(len(document.warnings), "warning"),
        _counted(len(document.issues), "issue"),
    ]
    return ", ".join(note for note in said if note)


def _counted(count: int, what: str) -> str:
    return "" if not count else f"1 {what}" if count == 1 else f"{count} {what}s"


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
            yield Text(one_line(f"{row.name}: and {_counted(more, 'more issue')}"), style="yellow")


def _status(row: Ingestion) -> str:
    if not row.already_known:
        return row.status
    return "already known" if row.searchable else f"{row.status}, already known"


def _type(document: Document) -> str | None:
    if document.type is None or document.type_confidence is None:
        return document.type
    return f"{document.type} ({document.type_confidence:.2f})"


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
    """The reason without the file's name at its beginning, to stand after that name."""
    return (row.reason or "").removeprefix(f"{row.name} ")


def _summary(rows: Sequence[Ingestion]) -> Text:
    counts = Counter(row.status for row in rows)
    return Text(", ".join(f"{count} {printable(status)}" for status, count in counts.most_common()), style="bold")


def ingestion_progress(rows: Sequence[Ingestion], elapsed_s: float) -> RenderableType:
    """The moving display: how many are at each step, and where the first few that are under way stand."""
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


def document_list(documents: Sequence[Document]) -> RenderableType:
    """One line per document."""
    table = Table(box=box.SIMPLE_HEAD, padding=0)
    for column in ("id", "name"):
        table.add_column(column, overflow="fold", min_width=12)
    for column in ("type", "lang", "status"):
        table.add_column(column, overflow="fold")
    table.add_column("controls", justify="right", no_wrap=True)
    table.add_column("notes", overflow="fold")
    for one in documents:
        status = Text(one.status, style=_STATUS_STYLE.get(one.status, ""))
        facts = [_cell(fact) for fact in (one.document_id, one.name, _type(one), one.language)]
        table.add_row(*facts, status, _cell(_controls(one)), _cell(_notes(one) or None))
    return table


def document_view(document: Document) -> RenderableType:
    """All that is known of one document, a line for each fact; facts that are not known are left out."""
    table = Table.grid(padding=(0, 2))
    for name, value in _facts(document):
        if value:
            table.add_row(Text(name, style="bold"), Text(printable(value)))
    return table


def _facts(document: Document) -> Iterable[tuple[str, str]]:
    counted = document.controls
    yield "id", document.document_id
    yield "name", one_line(document.name or "")
    yield "title", one_line(document.title or "")
    yield "version", str(document.version or "") + ("" if document.current is not False else " (not the current one)")
    yield "status", document.status + (f": {one_line(document.reason)}" if document.reason else "")
    yield "type", _type(document) or ""
    yield "because", one_line(document.type_reasoning or "")
    yield "or", ", ".join(f"{other.type} ({other.confidence:.2f})" for other in document.type_alternatives)
    yield "review", document.review or ""
    yield "language", document.language or ""
    yield "pages", str(document.pages or "")
    yield "chunks", str(document.chunks or "")
    yield "controls", _controls(document) or ""
    yield "missing", ", ".join(counted.missing) if counted else ""
    yield "issues", "\n".join(f"{one.control_id}: {one.issue}" for one in document.issues)
    yield "hidden", f"{document.hidden_characters} characters" if document.hidden_characters else ""
    yield "warnings", "\n".join(document.warnings)
    yield from ((name, _metadatum(value)) for name, value in document.metadata.items())
    yield "SHA-256", document.sha256 or ""


def _metadatum(value: object) -> str:
    return one_line(", ".join(map(str, value)) if isinstance(value, list) else "" if value is None else str(value))
