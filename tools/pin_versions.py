"""Pins each version that is raised by hand to a hash of the code whose results it names.

    python tools/pin_versions.py

writes ``tests/unit/pinned_versions.json``, which a test compares with the code. Run it after a change of that code,
once you have decided whether the results change: if they do, raise the version first.

The hash is over what the code does: docstrings, comments, imports and the places of files do not count.
"""

from __future__ import annotations

import ast
import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PINS = ROOT / "tests" / "unit" / "pinned_versions.json"
#: Modules of a stage that move messages and make objects, and have no part in its results.
_PLUMBING = frozenset({"__init__", "handler", "wiring", "settings", "dispatch", "sweep"})
#: Endings of files that decide results beside the Python: word lists, and the weights of the screens.
DATA = (".txt", ".json")
_KNOWLEDGE = "layers/knowledge/knowledge"


@dataclass(frozen=True, slots=True)
class Pinned:
    """A version constant.

    Attributes:
        place: the module that holds it, from the root of the project.
        name: the constant's name.
        raised: when it is to be raised.
        covers: files, and folders whose Python and data (word lists, weights) count, without plumbing.
    """

    place: str
    name: str
    raised: str
    covers: tuple[str, ...]

    @property
    def key(self) -> str:
        return f"{self.place}:{self.name}"

    @property
    def version(self) -> str:
        """The value in the source. Raises LookupError if the constant is gone."""
        found = re.search(rf'^{self.name} = "([^"]*)"', (ROOT / self.place).read_text(encoding="utf-8"), re.MULTILINE)
        if found is None:
            raise LookupError(f"{self.place} has no constant {self.name}")
        return found[1]

    @property
    def code(self) -> str:
        """A hash of everything the version names, in 16 hexadecimal digits."""
        parts = sorted(_meaning(path) for path in _files(self.covers))
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


PINNED: Sequence[Pinned] = (
    Pinned(
        f"{_KNOWLEDGE}/taxonomy.py",
        "PIPELINE_VERSION",
        "when classification, chunking or extraction changes what is stored",
        (
            "functions/classify",
            "functions/extract",
            "layers/documents/documents",
            "layers/grammar/grammar",
            f"{_KNOWLEDGE}/entities",
            f"{_KNOWLEDGE}/vocabulary",
        ),
    ),
    Pinned(
        f"{_KNOWLEDGE}/taxonomy.py",
        "ANSWER_VERSION",
        "when intent, retrieval, prompts, synthesis or validation change what is answered",
        (
            *(f"functions/{stage}" for stage in ("intent", "retrieve", "synthesize", "validate")),
            *(f"{_KNOWLEDGE}/{room}" for room in ("questions", "entities", "vocabulary")),
            f"{_KNOWLEDGE}/store/sql/search.sql",
            f"{_KNOWLEDGE}/store/sql/mapped_passages.sql",
            f"{_KNOWLEDGE}/store/sql/passages_in_context.sql",
            f"{_KNOWLEDGE}/store/sql/own_names.sql",
            "layers/grammar/grammar",
        ),
    ),
    Pinned(
        f"{_KNOWLEDGE}/entities/spellings.py",
        "SPELLING_VERSION",
        "when two names become, or cease to be, spellings of one thing",
        (f"{_KNOWLEDGE}/entities/spellings.py", f"{_KNOWLEDGE}/vocabulary"),
    ),
    Pinned(
        "functions/synthesize/prompts.py",
        "PROMPT_VERSION",
        "when a rule that the model is given changes",
        ("functions/synthesize/prompts.py",),
    ),
    Pinned(
        "functions/extract/model_controls.py",
        "PROMPT_VERSION",
        "when the question to the model changes: remembered boundaries are asked for again",
        ("functions/extract/model_controls.py", "functions/extract/model_calls.py"),
    ),
    Pinned(
        "functions/extract/model_entities.py",
        "PROMPT_VERSION",
        "when the question to the model changes: remembered names are asked for again",
        ("functions/extract/model_entities.py", "functions/extract/model_calls.py"),
    ),
    Pinned(
        "functions/garden/link_validation.py",
        "PROMPT_VERSION",
        "when the question to the model, or what is accepted, changes: links are judged again",
        ("functions/garden/link_validation.py", "functions/garden/model_calls.py"),
    ),
)


def pins() -> dict[str, dict[str, str]]:
    """Each constant's version and the hash of the code it names, by ``module:NAME``."""
    return {one.key: {"version": one.version, "code": one.code} for one in PINNED}


def _files(places: Sequence[str]) -> Iterator[Path]:
    """Raises LookupError for a place that is gone."""
    for place in places:
        path = ROOT / place
        if path.is_file():
            yield path
        elif path.is_dir():
            yield from (found for found in path.rglob("*.py") if found.stem not in _PLUMBING)
            yield from (found for suffix in DATA for found in path.rglob(f"*{suffix}"))
        else:
            raise LookupError(f"{place} is gone; say in {Path(__file__).name} where it went")


def _meaning(path: Path) -> str:
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        return text
    tree = ast.parse(text)
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [one for one in body if not _says_nothing(one)]  # type: ignore[attr-defined]
    return ast.dump(tree)


def _says_nothing(node: ast.AST) -> bool:
    """True for an import, a docstring, or a version itself."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        return True
    if isinstance(node, ast.Assign):
        return any(isinstance(name, ast.Name) and name.id.endswith("_VERSION") for name in node.targets)
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


if __name__ == "__main__":
    PINS.write_text(json.dumps(pins(), indent=2) + "\n", encoding="utf-8")
