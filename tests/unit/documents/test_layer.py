"""The imports of the layer: its libraries and the grammar, nothing of AWS; its rooms and their order."""

from __future__ import annotations

import ast
import sys
from importlib import import_module
from pathlib import Path

import documents

ALLOWED = {"documents", "grammar", "pypdfium2", "defusedxml", "selectolax", "tinycss2", "markdown_it"}
ROOMS = {
    "structure": set[str](),
    "pdf": {"structure"},
    "office": {"structure"},
    "markup": {"structure"},
    "data": {"structure"},
    "oscal": {"structure", "data"},
}
"""Folder to the folders that it may import beside the files at the top, which import no folder."""
MOST_FILES = 20
PACKAGE = Path(documents.__file__).parent


def imports(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
    return names


def modules_of_ours(path: Path) -> set[str]:
    """The modules of this package that a file imports, without the package's own name: ``pdf.layout``."""
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    names = {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
    return {name.removeprefix("documents.") for name in names if name.startswith("documents.")}


def test_imports() -> None:
    for path in PACKAGE.rglob("*.py"):
        foreign = {name.partition(".")[0] for name in imports(path)} - ALLOWED - sys.stdlib_module_names
        assert not foreign, f"{path.name} imports {foreign}"


def test_rooms_import_only_what_is_below_them() -> None:
    assert {path.parent.name for path in PACKAGE.glob("*/*.py")} == set(ROOMS)
    for path in PACKAGE.rglob("*.py"):
        room = path.parent.name
        allowed = {room, *ROOMS[room]} if room in ROOMS else set[str]()
        rooms = {name.partition(".")[0] for name in modules_of_ours(path)} & set(ROOMS)
        assert rooms <= allowed, f"{path} imports {rooms - allowed}"


def test_rooms_are_small() -> None:
    for folder in (PACKAGE, *(PACKAGE / room for room in ROOMS)):
        assert len(list(folder.glob("*.py"))) <= MOST_FILES, folder


def test_no_module_imports_itself_by_way_of_others() -> None:
    paths = {
        path: path.relative_to(PACKAGE).with_suffix("").as_posix().replace("/", ".") for path in PACKAGE.rglob("*.py")
    }
    arrows = {name: modules_of_ours(path) & set(paths.values()) for path, name in paths.items() if name != "__init__"}
    while ends := {name for name, targets in arrows.items() if not targets & set(arrows)}:
        arrows = {name: targets for name, targets in arrows.items() if name not in ends}
    assert not arrows


def test_every_parser_is_a_module_with_parse() -> None:
    for module in documents.PARSERS.values():
        assert callable(import_module(module).parse)


def test_public_names() -> None:
    assert set(documents.__all__) == {
        "DEFAULT_LIMITS",
        "PARSERS",
        "BrokenDocument",
        "DocumentError",
        "EmptyDocument",
        "EncryptedDocument",
        "HiddenText",
        "Limits",
        "NoTextLayer",
        "OcrFailed",
        "PagePicture",
        "ParsedDocument",
        "RecognisedLine",
        "Section",
        "TextRecognition",
        "TooLarge",
        "UnknownFormat",
        "installed_ocr",
        "parse",
    }
