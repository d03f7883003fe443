from __future__ import annotations

import pytest

from wissen_eval.likeness import same_level, same_name, same_title, squeezed


def test_a_snippet_is_found_again_however_it_was_set() -> None:
    written = "Die Zugangs\u00addaten MÜSSEN\n • geheim und\n - vor\u2011läufig sein."
    assert squeezed(written) == squeezed("Die Zugangsdaten MÜSSEN geheim und vorläufig sein.")
    assert squeezed("MÜSSEN") != squeezed("SOLLTEN")


@pytest.mark.parametrize(
    ("expected", "found", "same"),
    [
        ("Schutz der Daten", "Schutz  der\nDaten", True),
        ("E-Mail-Server", "E\u2011Mail - Server", True),
        ("Schutz der Daten", "Schutz der Daten.", True),
        ("Schutz der Daten", "Schutz der Daten im Netz", False),
        ("x" * 85, "x" * 85 + " and so on", True),
        ("x" * 84, "x" * 84 + " and so on", False),
    ],
)
def test_titles(expected: str, found: str, same: bool) -> None:
    assert same_title(expected, found) is same


def test_levels_and_names() -> None:
    assert same_level("normal-SdT", "Normal-SdT")
    assert not same_level("B", "S")
    assert not same_level("B", None)
    assert same_name(" IT-\u00adBetrieb ") == same_name("it-betrieb")
