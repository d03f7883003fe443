"""Counts of the code's structure, with their goals: `python tools/structure_counts.py [--json|--where] [CHECKOUT]`.

It reads a checkout without importing it, so that any commit can be counted. A copy of a piece of grammar is found by
its behaviour (grammar_copies), not by its name. All modules of the grammar's package are one place.
"""

from __future__ import annotations

import ast
import json
import re
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import grammar_copies
from grammar_copies import duty_lists, id_patterns, sentence_splitters, stemmers
from source_modules import PRODUCT, Module, circles, docstring_nodes, modules

MOST_LINES_OF_A_MODULE = 300
MOST_LINES_OF_A_FUNCTION = 60
MOST_LINES_OF_A_HANDLER = 60

_HEADLESS = re.compile(r"(?:What|Who|Whose|Where|Whether|Which|How|Of)\b")
_STANDS = re.compile(r"\bstands?\b", re.IGNORECASE)


def long_functions(module: Module) -> list[str]:
    return [
        f"{module.name}.{node.name}"
        for node in ast.walk(module.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or node.lineno) - node.lineno >= MOST_LINES_OF_A_FUNCTION
    ]


def headless_docstrings(module: Module) -> list[str]:
    """First lines of docstrings that begin with What, Who, Where, Whether, Which, How or Of and are no question."""
    texts = (str(node.value).strip() for node in docstring_nodes(module.tree))
    return [text.splitlines()[0] for text in texts if _HEADLESS.match(text) and not text.splitlines()[0].endswith("?")]


def stands(root: Path) -> Counter[str]:
    """Uses of "stand" and "stands" in code, SQL and pages, by file."""
    tops = (*PRODUCT, "docs", "migrations", "tests")
    files = [path for top in tops for path in (root / top).rglob("*") if path.suffix in {".py", ".sql", ".md"}]
    files += list(root.glob("*.md"))
    files = [path for path in files if path.stem not in {"structure_counts", "test_structure"}]
    uses = {str(path.relative_to(root)): len(_STANDS.findall(path.read_text(encoding="utf-8"))) for path in files}
    return Counter({name: uses[name] for name in uses if uses[name]})


def largest_folder(found: tuple[Module, ...]) -> tuple[Path, int]:
    """The folder with the most modules; packages' own files do not count."""
    folders = Counter(module.path.parent for module in found if module.path.name != "__init__.py")
    return folders.most_common(1)[0]


def places_of_a_type(root: Path, found: tuple[Module, ...]) -> tuple[str, list[str]]:
    """The document type that most files name, and those files: each is edited when such a type is added."""
    places: dict[str, set[str]] = {}
    for module in found:
        for member in re.findall(r"\bDocumentType\.([A-Z][A-Z0-9_]+)\b", module.source):
            places.setdefault(member, set()).add(str(module.path.relative_to(root)))
    texts = {str(module.path.relative_to(root)): module.source for module in found}
    sql = (*(root / "migrations").glob("*.sql"), *(root / "layers").rglob("*.sql"))
    texts |= {str(path.relative_to(root)): path.read_text(encoding="utf-8") for path in sql}
    for member, files in places.items():
        value = re.compile(rf"['\"]{member.lower()}['\"]")
        # "policy" is also a word of its own; a value with an underscore is not.
        files |= {
            name for name, text in texts.items() if ("_" in member or name.endswith(".sql")) and value.search(text)
        }
    named = [member for member in places if member != "UNKNOWN"]
    worst = max(named, key=lambda member: (len(places[member]), member), default="")
    return worst, sorted(places.get(worst, ()))


@dataclass(frozen=True)
class Figure:
    """A count with its goal, and where it was found."""

    count: int
    goal: int
    where: tuple[str, ...] = ()


def counts(root: Path) -> dict[str, Figure]:
    """Every count of a checkout by its name."""
    found = modules(root)
    folder, most = largest_folder(found)
    worst, edits = places_of_a_type(root, found)
    headless = [f"{module.place}: {text}" for module in found for text in headless_docstrings(module)]
    uses = stands(root)
    return {
        "places that define an id pattern": _places(found, id_patterns),
        "places that define a duty list": _places(found, duty_lists),
        "places that define a sentence splitter": _places(found, sentence_splitters),
        "places that define a stemmer": _places(found, stemmers),
        "modules in the largest folder": Figure(most, 20, (str(folder.relative_to(root)),)),
        "circles of imports": _figure(0, [" <-> ".join(circle) for circle in circles(found)]),
        "modules over 300 lines": _figure(0, _long(found, MOST_LINES_OF_A_MODULE)),
        "functions over 60 lines": _figure(0, [name for module in found for name in long_functions(module)]),
        "handlers over 60 lines": _figure(0, _long(_handlers(found), MOST_LINES_OF_A_HANDLER)),
        "files that name one document type": Figure(len(edits), 3, (f"DocumentType.{worst}", *edits)),
        "docstrings without a head": _figure(0, headless),
        "uses of stand and stands": Figure(uses.total(), 0, tuple(f"{name}: {n}" for name, n in uses.most_common(10))),
    }


def _figure(goal: int, where: list[str]) -> Figure:
    return Figure(len(where), goal, tuple(where))


def _places(found: tuple[Module, ...], defines: Callable[[Module], bool]) -> Figure:
    others = (module for module in found if module.path.stem != grammar_copies.__name__)
    return _figure(1, sorted({module.place for module in others if defines(module)}))


def _handlers(found: tuple[Module, ...]) -> tuple[Module, ...]:
    return tuple(module for module in found if module.path.name == "handler.py")


def _long(found: tuple[Module, ...], most: int) -> list[str]:
    return [f"{module.place}: {module.lines}" for module in found if module.lines > most]


def main(arguments: list[str]) -> None:
    """Prints a table, with the places of each count behind it, or one JSON object."""
    paths = [Path(each) for each in arguments if not each.startswith("--")]
    found = counts(paths[0] if paths else Path(__file__).parents[1])
    if "--json" in arguments:
        shown = {name: {"count": each.count, "goal": each.goal, "where": each.where} for name, each in found.items()}
        sys.stdout.write(json.dumps(shown, ensure_ascii=False, indent=2) + "\n")
        return
    for name, each in found.items():
        sys.stdout.write(f"{each.count:5}  (goal {each.goal})  {name}\n")
        if "--where" in arguments:
            sys.stdout.writelines(f"         {place}\n" for place in each.where[:60])


if __name__ == "__main__":
    main(sys.argv[1:])
