"""The sample documents parse as their readers expect, and are what their sources make."""

from __future__ import annotations

from pathlib import Path

import pytest
from samples.make_samples import main
from tests.unit.documents.builders import assert_sound, body, headings, section

from documents import ParsedDocument, parse

SAMPLES = Path(__file__).resolve().parents[3] / "samples"


def sample(name: str) -> ParsedDocument:
    document = parse((SAMPLES / name).read_bytes(), name)
    assert_sound(document)
    assert not document.warnings
    return document


@pytest.mark.parametrize(
    ("name", "prefix", "count"),
    [
        ("richtlinie-zugriffssteuerung.docx", "NLW.2.1.A", 16),
        ("richtlinie-datensicherung.pdf", "NLW.4.2.A", 15),
        ("access-control-standard.md", "NAC-", 14),
    ],
)
def test_each_control_is_one_section(name: str, prefix: str, count: int) -> None:
    controls = [heading for heading in headings(sample(name)) if heading.startswith(prefix)]
    assert len(controls) == len(set(controls)) == count


def test_the_restore_exercise_is_found_on_its_page() -> None:
    document = sample("richtlinie-datensicherung.pdf")
    exercise = section(document, "NLW.4.2.A7")
    assert exercise.heading_path[:3] == ("NLW.4.2 Datensicherung", "Anforderungen", "Basis-Anforderungen")
    assert exercise.page_from == 2
    assert "Klasse Gold mindestens vierteljährlich" in document.body(exercise)
    assert "Seite" not in document.text


def test_removal_of_access() -> None:
    assert "last working day before close of business" in body(sample("access-control-standard.md"), "NAC-04")


def test_the_other_samples_have_their_outline() -> None:
    assert section(sample("ssh-tls-hardening.txt"), "2.2").heading_path[1:] == (
        "2. TLS for web services",
        "2.2 Certificates",
    )
    assert sum(heading.endswith("?") for heading in headings(sample("security-faq.md"))) == 14


def test_the_binaries_are_made_from_their_sources(tmp_path: Path) -> None:
    main(tmp_path)
    made = sorted(path.name for path in tmp_path.iterdir())
    assert made == ["richtlinie-datensicherung.pdf", "richtlinie-zugriffssteuerung.docx"]
    for name in made:
        assert (tmp_path / name).read_bytes() == (SAMPLES / name).read_bytes(), f"run samples/make_samples.py: {name}"
