"""Which way imports run (functions to layers, and no others), and how long functions are."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LAYERS = {"grammar", "knowledge", "llmclient", "documents"}
FUNCTIONS = {path.name for path in (ROOT / "functions").iterdir() if (path / "handler.py").exists()}
#: Layers that template.yaml attaches beside `grammar` and `knowledge`; tests/unit/template checks the template.
LAYERS_OF = {
    "api": {"llmclient"},
    "intent": {"llmclient"},
    "retrieve": {"llmclient"},
    "synthesize": {"llmclient"},
    "classify": {"llmclient", "documents"},
    "extract": {"llmclient"},
    "garden": {"llmclient"},
}
MOST_LINES = 60
SAYS_NOTHING = {"utils", "util", "helpers", "common", "misc"}


def python_files(*folders: str) -> list[Path]:
    return [path for folder in folders for path in (ROOT / folder).rglob("*.py")]


PRODUCTION = python_files("functions", "layers", "proxy", "local", "tools", "samples")


def imported(path: Path) -> Iterator[str]:
    """The top-level packages a file imports, wherever in the file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module.split(".")[0]


def imported_modules(path: Path) -> Iterator[str]:
    """The modules a file imports, with their packages: `from a import b` is `a.b` and `a`."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_there_are_ten_functions() -> None:
    assert {
        "api",
        "authorize",
        "stream",
        "intent",
        "retrieve",
        "synthesize",
        "validate",
        "classify",
        "extract",
        "garden",
    } == FUNCTIONS


@pytest.mark.parametrize("function", sorted(FUNCTIONS))
def test_a_function_imports_its_layers_and_no_other_function(function: str) -> None:
    allowed = {function, "grammar", "knowledge"} | LAYERS_OF.get(function, set())
    for path in python_files(f"functions/{function}"):
        ours = set(imported(path)) & (LAYERS | FUNCTIONS | {"wissen"})
        assert ours <= allowed, path


def test_imports_run_as_the_contracts_say() -> None:
    """`[tool.importlinter]` in pyproject.toml: functions to layers, layers to the grammar, none to its neighbour."""
    # The linter finds the packages where this test does.
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    linted = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert linted.returncode == 0, linted.stdout + linted.stderr


def test_the_contracts_know_every_function_and_layer() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    assert set(contracts["root_packages"]) >= LAYERS | FUNCTIONS | {"wissen"}
    (layers,) = (contract["layers"] for contract in contracts["contracts"] if contract["type"] == "layers")
    assert {name for level in layers for name in level.split(" | ")} == LAYERS | FUNCTIONS


def test_the_gateway_imports_the_grammar_and_nothing_else_of_ours() -> None:
    for path in python_files("proxy"):
        assert not set(imported(path)) & (LAYERS - {"grammar"} | FUNCTIONS | {"wissen"}), path


#: Within the command line: what each room may import beside itself. `cli` only puts the commands together.
ROOMS: dict[str, set[str]] = {
    "base": set(),
    "client": {"base"},
    "stack": {"base"},
    "commands": {"base", "client", "stack"},
}
#: Beside the command line: the packages of ours that each tool may import, wherever in a file.
TOOLS = {"wissen_bench": {"wissen"}, "wissen_eval": {"wissen", "wissen_bench", "grammar"}}


@pytest.mark.parametrize("room", sorted(ROOMS))
def test_the_rooms_of_the_command_line_have_one_way_doors(room: str) -> None:
    for path in python_files(f"local/wissen/{room}"):
        entered = {name.split(".")[1] for name in imported_modules(path) if name.startswith("wissen.")}
        assert entered <= ROOMS[room] | {room}, path


@pytest.mark.parametrize("tool", sorted(TOOLS))
def test_a_tool_imports_no_commands_and_no_function(tool: str) -> None:
    for path in python_files(f"tools/{tool}"):
        if path.parent.name == "probes":
            continue  # scripts that run in a process with the layer they measure
        assert set(imported(path)) & (LAYERS | FUNCTIONS | {"wissen", *TOOLS}) <= TOOLS[tool] | {tool}, path
        assert not [name for name in imported_modules(path) if name.startswith("wissen.commands")], path


@pytest.mark.parametrize("package", ["wissen", "wissen_bench", "wissen_eval"])
def test_no_modules_import_each_other_in_a_circle(package: str) -> None:
    """Imports inside functions and for types count too: a circle is a circle whenever it closes."""
    folder = next(path for path in (ROOT / "local" / package, ROOT / "tools" / package) if path.exists())
    arrows = {
        ".".join(path.relative_to(folder.parent).with_suffix("").parts): set(imported_modules(path))
        for path in folder.rglob("*.py")
    }
    graph = TopologicalSorter({name: reached & arrows.keys() for name, reached in arrows.items()})
    graph.prepare()


def test_every_package_is_part_of_the_distribution() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    folders = [ROOT / "local" / "wissen", ROOT / "tools" / "wissen_bench", ROOT / "tools" / "wissen_eval"]
    packages = {
        ".".join(init.parent.relative_to(folder.parent).parts)
        for folder in folders
        for init in folder.rglob("__init__.py")
    }
    assert set(project["tool"]["setuptools"]["packages"]) == packages


@pytest.mark.parametrize("path", PRODUCTION, ids=lambda path: str(path.relative_to(ROOT)))
def test_functions_are_short_and_modules_say_what_they_are(path: Path) -> None:
    assert path.stem not in SAYS_NOTHING
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert (node.end_lineno or 0) - node.lineno < MOST_LINES, f"{path}:{node.lineno} {node.name}"


@pytest.mark.parametrize("function", sorted(FUNCTIONS))
def test_a_handler_only_wires(function: str) -> None:
    lines = (ROOT / "functions" / function / "handler.py").read_text(encoding="utf-8").splitlines()
    assert len(lines) <= MOST_LINES, "move work to its own module, and what it is made of to wiring.py"


def test_locks_pin_exactly_with_hashes_and_name_no_download_address() -> None:
    locks = [*ROOT.glob("requirements/*.txt"), *ROOT.glob("layers/*/requirements.txt")]
    assert len(locks) == 10
    for lock in locks:
        text = lock.read_text(encoding="utf-8")
        assert "://" not in text, lock
        requirements = re.findall(r"^[\w.\-\[\]]+.*?(?=^\S|\Z)", text, re.MULTILINE | re.DOTALL)
        assert requirements
        for requirement in requirements:
            assert "==" in requirement, (lock, requirement)
            assert "--hash=sha256:" in requirement, (lock, requirement)


def test_layers_pin_the_versions_the_handlers_are_tested_with() -> None:
    pins = re.compile(r"^([\w.\-]+)(?:\[[\w,]+\])?==([\w.]+)", re.MULTILINE)
    application = dict(pins.findall((ROOT / "requirements/app.txt").read_text(encoding="utf-8")))
    for lock in ROOT.glob("layers/*/requirements.txt"):
        for name, version in pins.findall(lock.read_text(encoding="utf-8")):
            assert application.get(name) == version, (lock, name)
