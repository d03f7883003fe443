from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from wissen import cli
from wissen.stack.names import COMPONENTS


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    chosen = tmp_path / "state"
    monkeypatch.setenv("WISSEN_STATE_DIR", str(chosen))
    return chosen


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli.app, arguments)


def test_status_before_the_first_start(folder: Path) -> None:
    result = run("status", "--json")

    assert result.exit_code == 3
    shown = json.loads(result.stdout)
    assert shown["state"] == "down"
    assert shown["state_dir"] == str(folder)
    assert list(shown["components"]) == [*COMPONENTS, "application"]
    assert {part["state"] for part in shown["components"].values()} == {"down"}
    assert not folder.exists(), "looking must not make anything"


def test_down_without_a_stack_is_no_error(folder: Path) -> None:
    assert run("down").stdout == "There is no stack.\n"
    assert json.loads(run("down", "--purge", "--json").stdout) == {"state": "down", "purged": False}
    assert not folder.exists()


@pytest.mark.parametrize(
    "command",
    [
        ["migrate"],
        ["key", "list"],
        ["key", "revoke", "x"],
        ["key", "create", "--organisation", "A", "--user", "a@example.org"],
    ],
)
def test_what_needs_the_store_says_that_it_is_not_running(folder: Path, command: list[str]) -> None:
    result = run(*command)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert "error: The stack is not running" in result.stderr
    assert "`wissen up`" in result.stderr

    failure = json.loads(run(*command, "--json").stdout)
    assert failure["error"]["name"] == "StackNotRunning"
    assert "`wissen up`" in failure["error"]["message"]


def test_a_damaged_state_is_an_error_of_one_line(folder: Path) -> None:
    folder.mkdir()
    (folder / "state.json").write_text("{")
    result = run("status")

    assert result.exit_code == 1
    assert result.stderr.startswith(f"error: {folder}/state.json cannot be used")


def test_the_command_line_starts_without_the_heavy_libraries() -> None:
    heavy = ("boto3", "psycopg", "yoyo", "litellm", "openai", "grammar")
    check = f"import sys, wissen.cli; print([name for name in {heavy!r} if name in sys.modules])"
    environment = os.environ | {"PYTHONPATH": str(Path(cli.__file__).parents[1])}
    shown = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True, env=environment)

    assert shown.stdout.strip() == "[]"


def test_the_embedded_stack_imports_nothing_of_the_layers() -> None:
    check = (
        "import sys, pkgutil, importlib, wissen;"
        "[importlib.import_module(m.name) for m in pkgutil.walk_packages(wissen.__path__, 'wissen.')];"
        "print([m for m in sys.modules if m.split('.')[0] in ('grammar', 'knowledge', 'llmclient', 'documents')])"
    )
    environment = os.environ | {"PYTHONPATH": str(Path(cli.__file__).parents[1])}
    shown = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True, env=environment)

    assert shown.stdout.strip() == "[]"
