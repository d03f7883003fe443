"""What holds for any input: offsets reproduce, and nothing but the documented errors comes out."""

from __future__ import annotations

import contextlib
import io
import random
import time
import zipfile
from collections.abc import Callable
from functools import cache

import pytest
from docx.document import Document as WordDocument
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.documents.builders import PROSE, SimplePdf, assert_sound, word, zipped

from documents import DocumentError, Limits, parse
from documents.outline import Block, OutlineBuilder

MUTATIONS = 200
PARTS = ("word/document.xml", "word/styles.xml", "word/numbering.xml")
LINES = st.sampled_from(
    [
        *("", "# One", "## AC-2 Accounts", "AC-2(1) More", "Title", "=====", "-----", "- item", "***", PROSE),
        *("| a | b |", "|---|---|", "```", "    code", "> quote", "<!-- gone -->", "1.2 Scope", "NET.3.1.", "A1 Rest"),
        "| AC-1 | Title | A requirement that is long enough to count as one. |",
        "GV.OC-01: The mission is understood and informs risk management",
    ]
)


@cache
def pdf() -> bytes:
    document = SimplePdf(header="Kopf", footer="#")
    for number in range(4):
        document.heading(f"HFN.1.A{number} Regel")
        document.paragraph(PROSE * 5)
    return document.data()


@cache
def docx() -> bytes:
    def fill(document: WordDocument) -> None:
        document.add_heading("HFN.1.A1 Regel", 1)
        document.add_paragraph(PROSE)
        document.add_paragraph("Punkt", style="List Number")
        document.add_table(2, 2).cell(0, 0).text = "AC-1"

    return word(fill)


def parse_or_refuse(data: bytes, name: str = "x") -> None:
    with contextlib.suppress(DocumentError):
        assert_sound(parse(data, name))


def mutated(data: bytes, seed: int) -> bytes:
    """Flip bytes, cut a piece out, or cut the end off."""
    chance = random.Random(seed)
    changed = bytearray(data)
    kind = seed % 3
    if kind == 0:
        for _ in range(chance.choice([1, 5, 50])):
            changed[chance.randrange(len(changed))] = chance.randrange(256)
    elif kind == 1:
        start = chance.randrange(len(changed))
        del changed[start : start + chance.randrange(1, 500)]
    else:
        del changed[chance.randrange(len(changed)) :]
    return bytes(changed)


@pytest.mark.parametrize("original", [pdf, docx])
def test_damaged_bytes_give_a_document_or_a_documented_error(original: Callable[[], bytes]) -> None:
    for seed in range(MUTATIONS):
        parse_or_refuse(mutated(original(), seed))


def test_damaged_parts_in_an_intact_archive() -> None:
    with zipfile.ZipFile(io.BytesIO(docx())) as archive:
        members = {name: archive.read(name) for name in ("[Content_Types].xml", "_rels/.rels", *PARTS)}
    for seed in range(MUTATIONS):
        part = PARTS[seed % 3]
        parse_or_refuse(zipped({**members, part: mutated(members[part], seed)}))


@pytest.mark.parametrize(
    "line",
    ["." * 200_000 + "x", "[" * 200_000, "a" + " " * 200_000 + "b", "|" * 200_000, "A" * 200_000, "- x\n" * 40_000],
)
def test_hostile_lines_take_no_longer_than_others(line: str) -> None:
    started = time.process_time()
    for name in ("x.md", "x.txt"):
        parse_or_refuse(line.encode(), name)
    assert time.process_time() - started < 10  # minutes, where a rule is not linear


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes(data: bytes) -> None:
    for name in ("x", "x.md", "x.txt"):
        parse_or_refuse(data, name)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=400))
def test_any_text(text: str) -> None:
    for name in ("x.md", "x.txt"):
        parse_or_refuse(text.encode("utf-8", "surrogatepass"), name)


@settings(max_examples=300, deadline=None)
@given(st.lists(LINES, max_size=25), st.sampled_from(["x.md", "x.txt"]))
def test_any_order_of_structures(lines: list[str], name: str) -> None:
    parse_or_refuse("\n".join(lines).encode(), name)


LEVELS = st.one_of(st.none(), st.tuples(st.integers(0, 4), st.integers(0, 1)))
WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Zs", "Zl", "Zp"]), min_size=1, max_size=12)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(WORDS, LEVELS, st.booleans(), st.integers(0, 2)), min_size=1, max_size=20))
def test_offsets_and_pages_reproduce(pieces: list[tuple[str, tuple[int, int] | None, bool, int]]) -> None:
    outline, page = OutlineBuilder(), 1
    for text, level, tight, turns in pieces:
        page += turns
        outline.add(Block(text, level=level, tight=tight, page=page))
    document = outline.finish(name="x", limits=Limits(), mime_type="text/plain", format="txt", pages=page + 1)
    assert_sound(document)
    position = 0
    for text, level, _, _ in pieces:
        position = document.text.index(text, position)
        owner = next(each for each in document.sections if each.char_from <= position < each.char_to)
        assert level is None or (owner.char_from == position and owner.heading_path[-1] == text)
        position += len(text)
