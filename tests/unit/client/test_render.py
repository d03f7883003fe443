from __future__ import annotations

import io
from pathlib import Path

from rich.console import Console, RenderableType
from tests.unit.client.fake_api import answered

from wissen.client.ingestion import Ingestion
from wissen.client.records import Answer, Citation, Document
from wissen.commands.views.answer import answer_view, pages
from wissen.commands.views.ingestion import ingestion_progress, ingestion_view
from wissen.commands.views.printable import printable


def drawn(renderable: RenderableType, width: int = 80) -> str:
    out = io.StringIO()
    Console(file=out, width=width, markup=False, highlight=False).print(renderable)
    return out.getvalue()


def row(name: str, status: str, reason: str | None = None) -> Ingestion:
    return Ingestion(Path(name), name, status=status, reason=reason)


def test_control_characters_become_visible_and_line_ends_stay() -> None:
    assert printable("a\x1b[31m\x00b\r\nc\td\x9b") == "a�[31m�b\nc\td�"


def test_pages() -> None:
    def cited(first: int | None, last: int | None) -> Citation:
        return Citation(n=1, document_id="d", quote="q", page_from=first, page_to=last)

    assert pages(cited(None, None)) is None
    assert pages(cited(3, None)) == "page 3"
    assert pages(cited(3, 3)) == "page 3"
    assert pages(cited(3, 4)) == "pages 3–4"


def test_markers_survive_markdown() -> None:
    text = drawn(answer_view(Answer.read(answered(answer="**Zwölf** Zeichen [1][2].")), wrapped=True))
    assert "Zwölf Zeichen [1][2]." in text


def test_a_quote_of_several_lines_is_indented_as_a_whole() -> None:
    citation = {"n": 1, "document_id": "d-1", "heading_path": "Teil A", "quote": "eins\nzwei"}
    text = drawn(answer_view(Answer.read(answered(citations=[citation])), wrapped=False))
    assert "[1] d-1 · Teil A\n    eins\n    zwei\n" in text.replace(" \n", "\n")


def test_in_a_window_a_long_quote_stays_under_its_indent() -> None:
    citation = {"n": 1, "document_id": "d-1", "quote": "Kennwörter MÜSSEN geschützt werden. " * 6}
    text = drawn(answer_view(Answer.read(answered(citations=[citation], timings_ms=None)), wrapped=True))
    quoted = text[text.index("[1] d-1") : text.index("Query")].splitlines()[1:-1]
    assert len(quoted) > 2
    assert all(line.startswith("    ") for line in quoted)


def test_a_name_of_two_lines_takes_one() -> None:
    text = drawn(ingestion_view([row("neue\nzeile\x1b.md", "rejected", "no")]))
    assert "neue zeile�.md: no" in text


def test_equal_reasons_are_said_once() -> None:
    rows = [row(f"file{n}.md", "rejected", "is empty (0 bytes)") for n in range(5)]
    text = drawn(ingestion_view(rows))
    assert text.count("is empty (0 bytes)") == 1
    assert "file0.md, file1.md, file2.md and 2 more: is empty" in text
    assert "5 rejected" in text


def test_a_name_is_not_said_twice() -> None:
    rows = [row(name, "quarantined", f"{name} is a program, which cannot be read.") for name in ("a.exe", "b.exe")]
    text = drawn(ingestion_view(rows))
    assert "a.exe, b.exe: is a program, which cannot be read." in text


def test_long_names_are_folded_not_cut() -> None:
    name = "Ein sehr langer Dateiname " * 6 + ".docx"
    text = drawn(ingestion_view([row(name, "waiting")]))
    assert "".join(line[:40] for line in text.splitlines()).replace(" ", "").count("Dateiname") == 6


def test_progress_counts_and_lists_what_is_under_way() -> None:
    rows = [row(f"f{n}.md", "extracting") for n in range(10)] + [row("done.md", "searchable")]
    rows[0].document = Document.read({"document_id": "d", "status": "extracting", "parts": {"planned": 5, "done": 2}})
    text = drawn(ingestion_progress(rows, 12.4))
    assert "1 of 11 documents, 12 s" in text
    assert "(10 extracting)" in text
    assert "f0.md: extracting (4 of 4), parts 2/5" in text
    assert "and 2 more" in text
    assert "done.md" not in text
