"""Stems: the forms of a word share one, other words do not, and any thread may ask."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grammar.stems import base_form, content_stems, stem, stems

GRAMMAR = Path(__file__).resolve().parents[3] / "layers" / "grammar"


@pytest.mark.parametrize(
    "forms",
    [
        "Passwort Passwörter Passwoerter PASSWORTS",
        "Richtlinie Richtlinien",
        "Maßnahme Maßnahmen Massnahmen",
        "wesentliche wesentlichen wesentlicher",
        "Mitarbeitende Mitarbeitenden",
        "policy policies",
        "review reviews reviewed reviewing",
        "account accounts",
        "organization organizations",
    ],
)
def test_forms_of_a_word_have_one_stem(forms: str) -> None:
    assert len({stem(form) for form in forms.split()}) == 1


@pytest.mark.parametrize(
    "words",
    [
        "Authentisierung Autorisierung",
        "Verwaltung Verwahrung",
        "Prüfung Prüfling",
        "inform infrastructure",
        "Protokoll Prototyp",
    ],
)
def test_words_that_only_begin_alike_have_two(words: str) -> None:
    one, other = words.split()
    assert stem(one) != stem(other)


def test_a_compound_shares_the_base_form_of_its_head() -> None:
    assert base_form("Ablageprüfungen").endswith(base_form("Prüfung"))


def test_function_words_say_nothing_and_numbers_do() -> None:
    assert content_stems("Das Passwort hat 12 Zeichen.") == {stem("Passwort"), "12", stem("Zeichen")}
    assert stems("Das Passwort hat 12 Zeichen.") == {stem("Passwort"), stem("Zeichen")}


@given(st.text(max_size=200))
def test_any_text_has_stems(text: str) -> None:
    assert all(one and " " not in one for one in stems(text) | content_stems(text))


def test_threads_do_not_disturb_each_other() -> None:
    words = [f"{begin}{middle}ungen" for begin in "abdfgklmnprstvw" for middle in "aeiou" for _ in range(20)]
    stem.cache_clear()
    alone = [stem(word) for word in words]
    stem.cache_clear()
    with ThreadPoolExecutor(max_workers=8) as threads:
        assert list(threads.map(stem, words)) == alone


def test_two_languages_are_loaded_and_only_when_needed() -> None:
    """Thirty languages cost a tenth of a second at each cold start."""
    code = (
        "import sys, grammar.stems as stems\n"
        "before = [name for name in sys.modules if name.startswith('snowballstemmer')]\n"
        "stems.stem('Richtlinien')\n"
        "print(len(before), sum(name.endswith('_stemmer') for name in sys.modules))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], env={"PYTHONPATH": str(GRAMMAR)}, capture_output=True, text=True, check=True
    )
    assert ran.stdout.split() == ["0", "2"]
