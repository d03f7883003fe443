"""`local/find-python`, which the Makefile asks for a Python 3.11."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[3] / "local" / "find-python"


def found(path: Path, home: Path) -> str:
    """What it prints with only the programs of `path`, and a shell, to be found."""
    shown = subprocess.run(
        ["/bin/sh", str(SCRIPT)], env={"PATH": str(path), "HOME": str(home)}, capture_output=True, text=True, check=True
    )
    return shown.stdout.strip()


def program(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def test_a_name_that_cannot_run_is_passed_over_for_one_that_can(tmp_path: Path) -> None:
    program(tmp_path / "bin" / "python3.11", "echo 'no version is chosen' >&2; exit 127")
    usable = program(tmp_path / "bin" / "python3", f'exec {sys.executable} "$@"')
    assert found(tmp_path / "bin", tmp_path) == str(usable)


def test_what_pyenv_has_built_is_found_without_its_shims(tmp_path: Path) -> None:
    built = program(tmp_path / ".pyenv/versions/3.11.9/bin/python3.11", f'exec {sys.executable} "$@"')
    assert found(tmp_path / "empty", tmp_path) == str(built)


def test_another_version_is_not_taken(tmp_path: Path) -> None:
    other = program(tmp_path / "bin" / "python3", "exit 1")
    assert found(tmp_path / "bin", tmp_path) != str(other)
