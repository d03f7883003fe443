"""Documents as a list, one document with all that is known of it, and cells that other tables use too."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich import box
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from wissen.client.records import Document
from wissen.commands.views.printable import ABSENT, one_line, printable

STATUS_STYLE = {
    "searchable": "green",
    "searchable_with_gaps": "yellow",
    "failed": "bold red",
    "quarantined": "bold red",
    "rejected": "bold red",
    "unfinished": "yellow",
}


def cell(value: object) -> Text:
    return Text(ABSENT if value is None else one_line(str(value)))


def controls_found(document: Document) -> str | None:
    """`found/expected`; only what was found where nothing says how many there should be."""
    promised = document.controls
    if promised is None or promised.found is None:
        return None
    return f"{promised.found}/{promised.expected}" if promised.expected else str(promised.found)


def notes(document: Document) -> str:
    said = [
        f"{document.hidden_characters} characters hidden" if document.hidden_characters else "",
        f"{document.marked_passages} passages marked" if document.marked_passages else "",
        "type needs review" if document.review == "needed" else "",
        counted(len(document.warnings), "warning"),
        counted(len(document.issues), "issue"),
    ]
    return ", ".join(note for note in said if note)


def counted(count: int, what: str) -> str:
    return "" if not count else f"1 {what}" if count == 1 else f"{count} {what}s"


def document_type(document: Document) -> str | None:
    if document.type is None or document.type_confidence is None:
        return document.type
    return f"{document.type} ({document.type_confidence:.2f})"


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
        status = Text(one.status, style=STATUS_STYLE.get(one.status, ""))
        facts = [cell(fact) for fact in (one.document_id, one.name, document_type(one), one.language)]
        table.add_row(*facts, status, cell(controls_found(one)), cell(notes(one) or None))
    return table


def document_view(document: Document) -> RenderableType:
    """All that is known of one document, a line for each fact; facts that are not known are left out."""
    table = Table.grid(padding=(0, 2))
    for name, value in _facts(document):
        if value:
            table.add_row(Text(name, style="bold"), Text(printable(value)))
    return table


def _facts(document: Document) -> Iterable[tuple[str, str]]:
    promised = document.controls
    yield "id", document.document_id
    yield "name", one_line(document.name or "")
    yield "title", one_line(document.title or "")
    yield "version", str(document.version or "") + ("" if document.current is not False else " (not the current one)")
    yield "status", document.status + (f": {one_line(document.reason)}" if document.reason else "")
    yield "type", document_type(document) or ""
    yield "because", one_line(document.type_reasoning or "")
    yield "or", ", ".join(f"{other.type} ({other.confidence:.2f})" for other in document.type_alternatives)
    yield "review", document.review or ""
    yield "language", document.language or ""
    yield "pages", str(document.pages or "")
    yield "chunks", str(document.chunks or "")
    yield "controls", controls_found(document) or ""
    yield "missing", ", ".join(promised.missing) if promised else ""
    yield "issues", "\n".join(f"{one.control_id}: {one.issue}" for one in document.issues)
    yield "marked", f"{document.marked_passages} passages" if document.marked_passages else ""
    yield "hidden", f"{document.hidden_characters} characters" if document.hidden_characters else ""
    yield "warnings", "\n".join(document.warnings)
    yield from ((name, _metadatum(value)) for name, value in document.metadata.items())
    yield "SHA-256", document.sha256 or ""


def _metadatum(value: object) -> str:
    return one_line(", ".join(map(str, value)) if isinstance(value, list) else "" if value is None else str(value))
