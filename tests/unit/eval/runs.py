"""A run of the evaluation against the API in memory, on a data set written for the test."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
from tests.unit.client.fake_api import Clock, FakeApi, answered, client_of

from wissen.evaluation.dataset import DataSet
from wissen.evaluation.session import Session
from wissen.evaluation.text_rules import Reading, TextRules
from wissen.progress import Silent
from wissen.state import Workspace

ROOT = Path(__file__).parents[3]
Rows = Sequence[Mapping[str, Any]]


def _script() -> ModuleType:
    found = importlib.util.spec_from_file_location("read_texts", ROOT / "tests" / "bench" / "read_texts.py")
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


class InProcessRules(TextRules):
    """The rules that the run's own process has, without the process."""

    def __init__(self) -> None:
        self._script = _script()

    def control_key(self, written: str) -> str:
        return str(self._script.control_key(written))

    def sentences(self, text: str) -> tuple[str, ...]:
        return tuple(self._script.sentences(text))

    def read(self, text: str) -> Reading:
        read = self._script.read(text)
        sets = {name: frozenset(read[name]) for name in ("obligations", "control_keys", "numbers")}
        return Reading(**sets, negates=read["negates"])


def data_set(folder: Path, **files: Rows) -> DataSet:
    """Writes `name.jsonl` for each, and a document with its path as its text for each path in a manifest or in edge."""
    for name, rows in files.items():
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        for row in rows if name in {"manifest", "edge"} else ():
            path = folder / row["path"]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(row.get("content", row["path"]), encoding="utf-8")
    return DataSet(folder)


def run(data: DataSet, api: FakeApi, said: list[str] | None = None) -> Session:
    """A session; what is said is appended to `said`."""
    words = said if said is not None else []
    return Session(
        data, client_of(api, Clock()), InProcessRules(), Silent(), Workspace(ROOT, data.folder), say=words.append
    )


def answering(answers: Mapping[str, dict[str, Any]]) -> Callable[[dict[str, Any]], httpx.Response | dict[str, Any]]:
    """Answers each question with these members of the API's answer; others find nothing."""
    nothing: dict[str, Any] = {"answer": "Not in your documents.", "found": False, "citations": []}
    return lambda body: answered(**answers.get(body["question"], nothing))
