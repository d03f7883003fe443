from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from wissen.stack import unprivileged
from wissen.stack.errors import ComponentFailed

DAC_OVERRIDE, DAC_READ_SEARCH, SETPCAP = 1 << 1, 1 << 2, 1 << 8
AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root's programs run as another user")


@pytest.fixture
def private(tmp_path: Path) -> Path:
    """A folder with programs below one that only its owner may enter."""
    programs = tmp_path / "home" / "checkout" / "bin"
    programs.mkdir(parents=True)
    programs.parents[1].chmod(0o700)
    return programs


def test_the_narrower_capability_is_taken() -> None:
    both = unprivileged.options("postgres", Path("/"), DAC_OVERRIDE | DAC_READ_SEARCH)
    assert "--ambient-caps=+dac_read_search" in both
    assert "--ambient-caps=+dac_override" in unprivileged.options("postgres", Path("/"), DAC_OVERRIDE)


def test_where_everybody_may_go_no_secure_bit_is_needed(private: Path) -> None:
    assert unprivileged.closed_to_others(Path("/")) is None
    assert not [word for word in unprivileged.options("postgres", Path("/"), DAC_OVERRIDE) if "securebits" in word]
    assert "--securebits=+no_setuid_fixup" in unprivileged.options("postgres", private, DAC_OVERRIDE | SETPCAP)


def test_a_root_that_may_not_help_says_what_to_do(private: Path) -> None:
    with pytest.raises(ComponentFailed, match="may not pass through folders; run as a normal user"):
        unprivileged.options("postgres", private, SETPCAP)
    with pytest.raises(ComponentFailed, match=r"only root may enter .*move the checkout, or run as a normal user"):
        unprivileged.options("postgres", private, DAC_OVERRIDE)


@AS_ROOT
def test_a_program_finds_itself_below_a_private_folder_and_may_change_nothing_there(private: Path) -> None:
    """As PostgreSQL asks: with access(2), which ignores capabilities unless the secure bit is set."""
    own = private / "own"
    own.write_text("#!/bin/sh\n")
    own.chmod(0o755)
    asked = f"import os; print(os.getuid(), os.access({str(own)!r}, os.X_OK), os.access({str(private)!r}, os.W_OK))"
    words = unprivileged.prefix("postgres", private)
    shown = subprocess.run([*words, sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    uid, found, writable = shown.stdout.split()
    assert (uid != "0", found) == (True, "True")
    assert writable == str("--ambient-caps=+dac_override" in words), (
        "the wider capability only where this root has no other"
    )
