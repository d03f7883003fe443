"""The layer stands alone: the standard library, pdfium and defusedxml, nothing of ours and nothing of AWS."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import documents

ALLOWED = {"documents", "pypdfium2", "defusedxml"}
PACKAGE = Path(documents.__file__).parent


def imports(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
    return {name.partition(".")[0] for name in names}


def test_imports() -> None:
    for path in PACKAGE.glob("*.py"):
        foreign = imports(path) - ALLOWED - sys.stdlib_module_names
        assert not foreign, f"{path.name} imports {foreign}"


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
