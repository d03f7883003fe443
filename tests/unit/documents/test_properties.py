"""What holds for any input: offsets reproduce, and nothing but the documented errors comes out."""

from __future__ import annotations

import contextlib
import os
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.documents.builders import PROSE, assert_sound
from tests.unit.documents.mutations import SAMPLES, mutated, mutated_archive

from documents import PARSERS, DocumentError, Limits, parse
from documents.structure.outline import Block, OutlineBuilder

MUTATIONS = int(os.environ.get("WISSEN_MUTATIONS", "200"))
SEED = int(os.environ.get("WISSEN_MUTATION_SEED", "0"))
MOST_SECONDS = 10.0
LINES = st.sampled_from(
    [
        *("", "# One", "## AC-2 Accounts", "AC-2(1) More", "Title", "=====", "-----", "- item", "***", PROSE),
        *("| a | b |", "|---|---|", "```", "    code", "> quote", "<!-- gone -->", "1.2 Scope", "NET.3.1.", "A1 Rest"),
        "| AC-1 | Title | A requirement that is long enough to count as one. |",
        "GV.OC-01: The mission is understood and informs risk management",
    ]
)


def parse_or_refuse(data: bytes, name: str = "x") -> None:
    """Parse within the time one document may take; nothing but a typed error may come out."""
    started = time.process_time()
    with contextlib.suppress(DocumentError):
        assert_sound(parse(data, name, ocr=None))
    assert time.process_time() - started < MOST_SECONDS


def test_every_format_has_a_sample_that_parses() -> None:
    assert set(SAMPLES) == set(PARSERS)
    for name, sample in SAMPLES.items():
        document = parse(sample(), "x")
        assert_sound(document)
        assert document.format == name


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_damaged_bytes_give_a_document_or_a_documented_error(name: str) -> None:
    """``WISSEN_MUTATIONS`` is how many files are damaged over all formats together; the nightly run has more."""
    others = [SAMPLES[other]() for other in sorted(SAMPLES)]
    for seed in range(SEED, SEED + MUTATIONS // len(SAMPLES) + 1):
        data = SAMPLES[name]()
        if data.startswith(b"PK") and seed % 2:
            parse_or_refuse(mutated_archive(data, seed))
        else:
            parse_or_refuse(mutated(data, seed, others[seed % len(others)]), name=f"x.{name}")


@pytest.mark.parametrize(
    "line",
    ["." * 200_000 + "x", "[" * 200_000, "a" + " " * 200_000 + "b", "|" * 200_000, "A" * 200_000, "- x\n" * 40_000],
)
def test_hostile_lines_take_no_longer_than_others(line: str) -> None:
    for name in ("x.md", "x.txt", "x.json", "x.xml", "x.html"):
        parse_or_refuse(line.encode(), name)  # minutes, where a rule is not linear


HOSTILE = {
    "x.json": '{"title": "%s", "rows": [[%s]]}',
    "x.xml": "<?xml version='1.0'?><a><title>%s</title><b>%s</b></a>",
    "docbook": "<?xml version='1.0'?><article><title>%s</title><para>%s</para></article>",
    "oscal": '{"catalog": {"metadata": {"title": "%s"}, "controls": [{"id": "a-1", "title": %s}]}}',
}


@pytest.mark.parametrize(
    "line", ["." * 100_000, "[a](" * 50_000, "*a" * 50_000, "a" + " " * 100_000 + "b", "| - " * 25_000]
)
def test_hostile_values_take_no_longer_than_others(line: str) -> None:
    for name, template in HOSTILE.items():
        second = f'"{line}"' if template.startswith("{") else line
        parse_or_refuse((template % (line, second)).encode(), name)


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
