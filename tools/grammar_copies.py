"""Finds copies of a piece of grammar by what they do: match ids, list duties, cut sentences, make stems."""

from __future__ import annotations

import ast
import re

from source_modules import Module

#: Every one of these is a control's id; none of the others is.
_IDS = ("ORP.4.A8", "SYS.1.2.3.A15", "AC-2(1)", "AC-2", "IDM-01", "A.5.7", "PR.AA-01")
_NO_IDS = (
    "Access",
    "control",
    "x",
    "AB",
    "a.b",
    "some words",
    "2024-05-01",
    "12",
    "user@example.org",
    "/v1/health",
)
_MODALS = frozenset(
    """must shall should may might can cannot required
    muss müssen musst muß darf dürfen dürfe soll sollen sollte sollten
    kann können könnte könnten""".split()
)
_TEXT = "Er geht heim. Sie bleibt hier! Wann kommt er? Bald kommt sie an."
_NO_END = "Version 3.5 von"
_ENDS = tuple(match.end() for match in re.finditer(r"[.!?](?= )", _TEXT))
_WORDLIKE = re.compile(r"word|term|token|stem|casefold|lower|folded", re.IGNORECASE)
#: Modules that hold modal verbs for another purpose than to read duties, and why.
NO_READERS = {"prose": "writes texts for the benchmark", "injections": "looks for orders to a model"}


def id_patterns(module: Module) -> bool:
    """True if a pattern of the module matches ids of controls, and not just any word."""
    return any(
        any(pattern.fullmatch(each) for each in _IDS) and not any(pattern.fullmatch(each) for each in _NO_IDS)
        for pattern in module.patterns
    )


def duty_lists(module: Module) -> bool:
    """True if a constant or a collection of the module is mostly modal verbs, three of them at least."""
    collections = (
        node for node in ast.walk(module.tree) if isinstance(node, ast.Tuple | ast.List | ast.Set | ast.Dict)
    )
    together = (" ".join(_strings_in(node)) for node in collections)
    if module.path.stem in NO_READERS:
        return False
    return any(_is_mostly_modal(text) for text in (*module.strings, *together))


def _strings_in(node: ast.AST) -> list[str]:
    constants = (part.value for part in ast.walk(node) if isinstance(part, ast.Constant))
    return [value for value in constants if isinstance(value, str)]


def _is_mostly_modal(text: str) -> bool:
    words = [word.casefold() for word in re.findall(r"[^\W\d_]{2,}", re.sub(r"\\[a-zA-Z]", " ", text))]
    modal = [word for word in words if word in _MODALS]
    return len(set(modal)) >= 3 and len(modal) >= 0.3 * len(words)


def sentence_splitters(module: Module) -> bool:
    """True if a pattern of the module matches at every end of a sentence and nowhere else, or text is split there."""
    return any(_cuts_sentences(pattern) for pattern in module.patterns) or any(
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "split"
        and any(isinstance(given, ast.Constant) and given.value == ". " for given in node.args)
        for node in ast.walk(module.tree)
    )


def _cuts_sentences(pattern: re.Pattern[str]) -> bool:
    if any(match.end() > match.start() for match in pattern.finditer(_NO_END)):
        return False
    found = [match.span() for match in pattern.finditer(_TEXT) if match.end() > match.start()]
    at_ends = [any(start <= end <= stop for start, stop in found) for end in _ENDS]
    return all(at_ends) and len(found) <= len(_ENDS) + 1 and all(stop - start < 5 for start, stop in found)


def stemmers(module: Module) -> bool:
    """True if the module cuts words to their first letters, or has a stemmer of its own or of a library."""
    short = {
        node.targets[0].id
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and _is_short(node.value)
    }
    return any(_makes_stems(node, short) for node in ast.walk(module.tree))


def _is_short(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, int) and 4 <= node.value <= 8


def _makes_stems(node: ast.AST, short: set[str]) -> bool:
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice) and node.slice.lower is None:
        upper = node.slice.upper
        few = _is_short(upper) or (isinstance(upper, ast.Name) and upper.id in short)
        simple = isinstance(node.value, ast.Name | ast.Attribute | ast.Call) and len(ast.unparse(node.value)) < 40
        return few and simple and bool(_WORDLIKE.search(ast.unparse(node.value)))
    if isinstance(node, ast.FunctionDef) and re.fullmatch(r"_?stem(?:med|s)?", node.name):
        of_a_word = any(argument.arg != "self" for argument in node.args.args)
        return of_a_word and bool(re.search(r"removesuffix|endswith|\.sub\(", ast.unparse(node)))
    names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
    names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
    # A module may also be imported by its name as a string.
    names += [node.value] if isinstance(node, ast.Constant) and isinstance(node.value, str) else []
    return any(re.match(r"snowballstemmer\b", name) for name in names)
