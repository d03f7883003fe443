"""The rules that both writers of copied answers share."""

from __future__ import annotations

import pytest

from grammar.extractive_answers import bonus, states_something, weights_of, without_own_reference


@pytest.mark.parametrize(
    "text",
    ["Konten MÜSSEN ruhen.", "Passwörter werden alle zwölf Monate gewechselt", "Geregelt sein MUSS:\n- das Anlegen"],
)
def test_statements(text: str) -> None:
    assert states_something(text)


@pytest.mark.parametrize(
    "text",
    [
        "ORP.4 Identitäten",
        "Ist das erlaubt?",
        "Sicherheitsniveau: normal-SdT, Aufwand: 3",
        "Related Controls: AC-5, AC-6.",
        "Siehe auch: A, B",
        "",
    ],
)
def test_what_states_nothing(text: str) -> None:
    assert not states_something(text)


def test_a_duty_and_an_early_place_count_a_little() -> None:
    assert bonus("Konten MÜSSEN ruhen.", 0) == pytest.approx(0.25)
    assert bonus("Konten KÖNNEN ruhen.", 1) == pytest.approx(0.05)


def test_a_rare_word_weighs_more() -> None:
    weights = weights_of({"rar", "oft"}, [{"oft"}, {"oft"}, {"oft", "rar"}])
    assert weights["rar"] > weights["oft"] > 0


@pytest.mark.parametrize(
    ("text", "left"), [("Siehe dort [12].", "Siehe dort"), ("Nach [12] gilt es.", "Nach [12] gilt es.")]
)
def test_a_reference_at_the_end_is_the_sources_own(text: str, left: str) -> None:
    assert without_own_reference(text) == left
