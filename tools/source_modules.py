"""The modules of a checkout, read and never imported: their strings, patterns, docstrings and imports."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

PRODUCT = ("functions", "layers", "proxy", "local", "tools")
GRAMMAR = "layers/grammar"


@dataclass(frozen=True)
class Module:
    """A Python file of the product; ``name`` is the one that it is imported by."""

    path: Path
    place: str
    name: str
    source: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.source)

    @property
    def lines(self) -> int:
        return len(self.source.splitlines())

    @cached_property
    def strings(self) -> tuple[str, ...]:
        """Its string constants, names of earlier constants put in, without docstrings."""
        docstrings = {id(node) for node in docstring_nodes(self.tree)}
        known: dict[str, str] = {}
        found: list[str] = []
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                known[node.targets[0].id] = _text(node.value, known) or ""
            if isinstance(node, ast.Constant | ast.JoinedStr | ast.BinOp) and id(node) not in docstrings:
                found.append(_text(node, known) or "")
        return tuple(found)

    @cached_property
    def patterns(self) -> tuple[re.Pattern[str], ...]:
        return tuple(pattern for text in self.strings if (pattern := _compiled(text)) is not None)


def modules(root: Path) -> tuple[Module, ...]:
    """Every module of the product below a checkout."""
    return tuple(_read(root, path) for top in PRODUCT for path in sorted((root / top).rglob("*.py")))


def _read(root: Path, path: Path) -> Module:
    relative = path.relative_to(root)
    parts = relative.with_suffix("").parts
    below = parts[2:] if parts[0] == "layers" else parts[1:]
    name = ".".join(below).removesuffix(".__init__")
    in_grammar = relative.is_relative_to(GRAMMAR)
    return Module(path, GRAMMAR if in_grammar else str(relative), name, path.read_text(encoding="utf-8"))


def _text(node: ast.expr, known: Mapping[str, str]) -> str | None:
    """The value of a string expression; None where it is none or not known."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.Name):
        return known.get(node.id)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = _text(node.left, known), _text(node.right, known)
        return None if left is None or right is None else left + right
    if isinstance(node, ast.JoinedStr):
        parts = [_text(part.value if isinstance(part, ast.FormattedValue) else part, known) for part in node.values]
        return None if None in parts else "".join(part or "" for part in parts)
    return None


def docstring_nodes(tree: ast.Module) -> Iterator[ast.Constant]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and node.body:
            first = node.body[0]
            if (
                isinstance(first, ast.Expr)
                and isinstance(first.value, ast.Constant)
                and isinstance(first.value.value, str)
            ):
                yield first.value


def _compiled(text: str) -> re.Pattern[str] | None:
    """The pattern, where the text is one and says more than a plain string does."""
    if not re.search(r"[\[\\(|]", text) or len(text) > 20_000:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return re.compile(text, re.VERBOSE if "\n" in text else 0)
        except (re.error, OverflowError):
            return None


def circles(found: tuple[Module, ...]) -> list[list[str]]:
    """Groups of modules that import each other, directly or through others; imports inside functions count."""
    names = {module.name for module in found}
    arrows = {module.name: {name for name in _imported(module, names) if name != module.name} for module in found}
    reach = {name: _reachable(name, arrows) for name in names}
    groups = {
        frozenset(other for other in reach[name] if name in reach[other]) for name in names if name in reach[name]
    }
    return sorted(sorted(group) for group in groups)


def _imported(module: Module, names: set[str]) -> Iterator[str]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in names)
        elif isinstance(node, ast.ImportFrom):
            package = ".".join(module.name.split(".")[: -node.level]) + "." if node.level else ""
            base = package + (node.module or "")
            inside = {f"{base}.{alias.name}" for alias in node.names}
            yield from inside & names
            if base in names and inside - names:
                yield base


def _reachable(name: str, arrows: Mapping[str, set[str]]) -> set[str]:
    seen: set[str] = set()
    waiting = list(arrows[name])
    while waiting:
        if (each := waiting.pop()) not in seen:
            seen.add(each)
            waiting.extend(arrows[each])
    return seen
