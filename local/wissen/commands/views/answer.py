"""An answer with its sources, what was degraded, and the stages' times."""

from __future__ import annotations

from collections.abc import Iterable

from rich import box
from rich.console import Group, RenderableType
from rich.markdown import Markdown
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from wissen.client.records import Answer, Citation, Timings
from wissen.commands.views.printable import ABSENT, one_line, printable

SAFE = "commonmark-safe"
"""The `answer_format` of Markdown without active content; of another one the plain text is shown."""
STAGES = ("intent", "retrieve", "synthesize", "validate")


def answer_view(answer: Answer, *, wrapped: bool) -> RenderableType:
    """The answer, its sources, what was degraded, and the stages' times.

    `wrapped` is for a window: Markdown is laid out and quotes are wrapped under their indent. Without it
    (pipes, files) the answer's plain text and each line of a quote are printed as they came.
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
    plain = answer.answer_plain or answer.answer or ""
    if markdown and answer.answer_format == SAFE:
        return Markdown(printable(answer.answer or ""), hyperlinks=False)
    return Text(printable(plain))


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
