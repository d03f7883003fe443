"""A version that is raised by hand is raised in the commit that changes what it names."""

from __future__ import annotations

import json

import pytest

from pin_versions import DATA, PINNED, PINS, ROOT, Pinned

KNOWN = json.loads(PINS.read_text(encoding="utf-8"))


@pytest.mark.parametrize("pinned", PINNED, ids=lambda pinned: pinned.key)
def test_a_version_belongs_to_the_code_it_names(pinned: Pinned) -> None:
    known = KNOWN[pinned.key]
    if pinned.code != known["code"]:
        pytest.fail(
            f"the code behind {pinned.name} in {pinned.place} has changed. It is raised {pinned.raised}. Raise it if "
            f"that is so (it is {pinned.version!r}, and was {known['version']!r} for the code before). Then run "
            "`python tools/pin_versions.py` and commit tests/unit/pinned_versions.json with the change."
        )
    assert pinned.version == known["version"], "run `python tools/pin_versions.py` after raising a version"


def test_nothing_else_is_pinned() -> None:
    assert KNOWN.keys() == {pinned.key for pinned in PINNED}


def test_no_file_of_a_folder_is_forgotten() -> None:
    """A file of another kind would change results and no hash."""
    folders = {ROOT / place for pinned in PINNED for place in pinned.covers if (ROOT / place).is_dir()}
    found = {file.suffix for folder in folders for file in folder.rglob("*") if file.is_file()} - {".pyc"}
    assert found == {".py", *DATA}
