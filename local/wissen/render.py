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
_CONTROL_CHARACTERS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_STATUS_STYLE = {
    "searchable": "green",
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
    """One line per file, then the reasons of those that are not searchable."""
    table = Table(box=box.SIMPLE_HEAD, padding=0)
    table.add_column("name", overflow="fold", min_width=12)
    table.add_column("status", min_width=len("already known"))
    table.add_column("type", overflow="fold")
    table.add_column("lang", no_wrap=True)
    for column in ("pages", "parts", "chunks", "controls", "s"):
        table.add_column(column, justify="right", no_wrap=True, min_width=len(column))
    for row in rows:
        table.add_row(*_ingestion_cells(row))
    return Group(table, *_reasons(rows), _summary(rows))


def _ingestion_cells(row: Ingestion) -> list[Text]:
    document = row.document
    status = Text(_status(row), style=_STATUS_STYLE.get(row.status, ""))
    seconds = ABSENT if row.seconds is None else f"{row.seconds:.1f}"
    if document is None:
        return [Text(one_line(row.name)), status, *[Text(ABSENT)] * 6, Text(seconds)]
    found = document.controls.found if document.controls else None
    rest = (_type(document), document.language, document.pages, _parts(document), document.chunks, found)
    cells = [Text(ABSENT if value is None else printable(str(value))) for value in rest]
    return [Text(one_line(row.name)), status, *cells, Text(seconds)]


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


def _reasons(rows: Sequence[Ingestion]) -> Iterable[Text]:
    by_reason: dict[str, list[Ingestion]] = {}
    for row in rows:
        if row.reason:
            by_reason.setdefault(predicate(row), []).append(row)
    for row in rows:
        known = row.document and row.document.name
        if row.already_known and known and known != row.name:
            yield Text(one_line(f"{row.name}: the same bytes are known as {known}"), style="dim")
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
    """The moving display: how many are through, and the first few that are under way."""
    active = [row for row in rows if not row.ended]
    lines = [Text(f"{len(rows) - len(active)} of {len(rows)} documents, {elapsed_s:.0f} s", style="bold")]
    for row in active[:_SHOWN_ACTIVE]:
        parts = _parts(row.document) if row.document else None
        lines.append(Text("  " + one_line(f"{row.name}: {row.status}" + (f", parts {parts}" if parts else ""))))
    if len(active) > _SHOWN_ACTIVE:
        lines.append(Text(f"  and {len(active) - _SHOWN_ACTIVE} more", style="dim"))
    return Group(*lines)
