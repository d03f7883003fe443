"""What the part `ingestion` sends and how it reads the clock; the rest is proved on the running stack."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import psutil  # type: ignore[import-untyped]
import pypdfium2  # type: ignore[import-untyped]
import pytest

from documents import parse
from wissen_bench import documents, ingestion, memory
from wissen_bench.prose import catalogue


@pytest.mark.parametrize(
    ("calls", "seconds"),
    [
        ([], 0.0),
        ([(11, 13), (12, 14)], 3.0),
        ([(12, 14), (11, 15)], 4.0),
        ([(5, 11), (19, 25)], 2.0),
        ([(5, 9), (21, 22)], 0.0),
        ([(10, 12), (14, 16)], 4.0),
    ],
)
def test_calls_that_overlap_count_once_and_only_within_the_span(
    calls: list[tuple[float, float]], seconds: float
) -> None:
    assert ingestion.in_flight(calls, (10, 20)) == pytest.approx(seconds)


def test_a_seed_is_a_text() -> None:
    assert catalogue(7, "de", 5000) == catalogue(7, "de", 5000)
    assert catalogue(7, "de", 5000) != catalogue(8, "de", 5000)
    written = catalogue(7, "en", 20_000)
    characters = sum(len(text) for one in written.requirements for text in one.paragraphs)
    assert 15_000 < characters < 25_000
    assert len({one.id for one in written.requirements}) == len(written.requirements)


def test_the_long_pdf_has_fifty_pages_with_the_text_of_fifty_pages() -> None:
    text = catalogue(3, "de", ingestion.PAGES * ingestion.PAGE_CHARACTERS)
    pdf = pypdfium2.PdfDocument(documents.as_pdf(text, pages=ingestion.PAGES))
    read = [page.get_textpage().get_text_range() for page in pdf]
    assert len(read) == 50
    assert min(map(len, read)) > 1500
    assert "".join(read).count("MUSS") > 100


@pytest.mark.parametrize("number", range(len(documents.FORMATS)), ids=[suffix for suffix, _ in documents.FORMATS])
def test_every_format_is_one_that_the_product_reads(number: int) -> None:
    suffix, make = documents.FORMATS[number]
    text = catalogue(number, "de", 2700)
    parsed = parse(make(text), f"name{suffix}")
    for one in text.requirements:
        assert one.id in parsed.text
        for paragraph in one.paragraphs:
            assert "".join(paragraph.split()) in "".join(parsed.text.split())


def test_files_are_all_different(tmp_path: Path) -> None:
    paths = ingestion.mixed(tmp_path / "in", 20)
    assert len({path.read_bytes() for path in paths}) == 20
    assert {path.suffix for path in paths} == {suffix for suffix, _ in documents.FORMATS}


def test_the_peak_outlives_the_memory(tmp_path: Path) -> None:
    status = tmp_path / "status"
    status.write_text("Name:\tpython\nVmHWM:\t  204800 kB\nVmRSS:\t 1024 kB\n")
    assert memory.peak_mb(psutil.Process(os.getpid()), status) == 200


def test_without_a_peak_the_present_memory_counts(tmp_path: Path) -> None:
    present = psutil.Process(os.getpid()).memory_info().rss / 1024 / 1024
    assert memory.peak_mb(psutil.Process(os.getpid()), tmp_path / "none") == pytest.approx(present, rel=0.2)


def test_a_process_that_is_gone_uses_nothing(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as child:
        process = psutil.Process(child.pid)
        child.communicate(b"\n")
    assert memory.peak_mb(process, tmp_path / "none") == 0


def test_office_packages_name_their_main_part() -> None:
    text = catalogue(1, "en", 900)
    for make, part in ((documents.as_xlsx, "xl/workbook.xml"), (documents.as_pptx, "ppt/presentation.xml")):
        with zipfile.ZipFile(io.BytesIO(make(text))) as package:
            assert package.testzip() is None
            assert f'Target="{part}"'.encode() in package.read("_rels/.rels")
            assert f'PartName="/{part}"'.encode() in package.read("[Content_Types].xml")
