"""The rooms of proxy/: imports run one way, and no module imports the hooks, which LiteLLM loads as copies."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

PROXY = Path(__file__).parents[3] / "proxy"
ROOMS = {path.parent.name for path in PROXY.glob("*/__init__.py")}
HOOKS = "litellm_hooks"
#: Started by path, from the Dockerfile, the task definition and the command line.
STARTED_BY_PATH = {"serve.py", "health_check.py"}


def rooms_imported_by(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.split(".")[0]
        elif isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)


def test_only_what_is_started_by_path_lies_outside_of_a_room() -> None:
    assert {path.name for path in PROXY.glob("*.py")} == STARTED_BY_PATH
    assert {path.parent.name for path in PROXY.glob("*/*.py")} == ROOMS


def test_rooms_have_no_circle_and_nobody_imports_the_hooks() -> None:
    needs = {
        room: {name for path in (PROXY / room).glob("*.py") for name in rooms_imported_by(path)} & ROOMS - {room}
        for room in ROOMS
    }
    order = list(TopologicalSorter(needs).static_order())  # raises CycleError
    assert set(order) == ROOMS
    assert [room for room, needed in needs.items() if HOOKS in needed] == []
    assert HOOKS not in {name for file in STARTED_BY_PATH for name in rooms_imported_by(PROXY / file)}
