"""No test compares what two runs left in the store without asking whether they left anything."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from tests.comparison import assert_same_rows, assert_same_tables

TESTS = Path(__file__).parents[1]
MODULES = [path for folder in ("integration", "e2e") for path in sorted((TESTS / folder).rglob("*.py"))]
#: What reads rows, wherever it is defined; functions that call one of these or each other are found.
READS = frozenset({"fetchall"})


def functions(tree: ast.AST) -> list[ast.FunctionDef]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]


def calls(node: ast.AST) -> Iterator[str]:
    """The last names of everything that is called in a piece of code."""
    for call in ast.walk(node):
        if isinstance(call, ast.Call):
            match call.func:
                case ast.Name(name) | ast.Attribute(attr=name):
                    yield name


@cache
def readers() -> frozenset[str]:
    """The functions of tests that return rows, and the fixtures that give such a function."""
    defined = [function for path in MODULES for function in functions(ast.parse(path.read_text(encoding="utf-8")))]
    found = READS | {"row_counts"}
    while more := {one.name for one in defined if _gives(one, found)} - found:
        found |= more
    return found


def _gives(function: ast.FunctionDef, known: frozenset[str]) -> bool:
    returned = [node.value for node in ast.walk(function) if isinstance(node, ast.Return) and node.value]
    from_rows = {name for node in ast.walk(function) for name in _assigned(node, known)}
    return not function.name.startswith("test_") and any(
        set(calls(value)) & known or set(_names(value)) & from_rows for value in returned
    )


def _assigned(node: ast.AST, known: frozenset[str]) -> Iterator[str]:
    """The names that are given rows by a statement."""
    match node:
        case ast.Assign(targets=targets, value=value) if set(calls(value)) & known:
            for target in targets:
                yield from _names(target)


def _names(node: ast.AST) -> Iterator[str]:
    return (name.id for name in ast.walk(node) if isinstance(name, ast.Name))


def blind_comparisons(source: str, known: frozenset[str]) -> list[str]:
    """The asserts that two results of reading rows are equal."""
    found = []
    for function in functions(ast.parse(source)):
        rows = {name for node in ast.walk(function) for name in _assigned(node, known)}

        for node in ast.walk(function):
            match node:
                case ast.Assert(test=ast.Compare(left=left, ops=[ast.Eq()], comparators=[right])):
                    if all(_reads(side, rows, known) for side in (left, right)):
                        found.append(ast.unparse(node))
    return found


def _reads(side: ast.expr, rows: set[str], known: frozenset[str]) -> bool:
    """Whether this is a name that was given rows, or a call that reads them."""
    match side:
        case ast.Name(name):
            return name in rows
        case ast.Call(func=ast.Name(name) | ast.Attribute(attr=name)):
            return name in known
    return False


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_rows_of_two_runs_are_compared_where_an_empty_result_is_refused(path: Path) -> None:
    assert blind_comparisons(path.read_text(encoding="utf-8"), readers()) == []


def test_such_a_comparison_is_recognised() -> None:
    known = readers()
    assert {"_made", "_paid", "statuses"} <= known, "the chaos test reads rows with these"
    source = "def test_x():\n    before = rows(a)\n    assert rows(a) == before\n    assert rows(a) == [1]\n"
    assert blind_comparisons(source, frozenset({"rows"})) == ["assert rows(a) == before"]


def test_equal_rows_are_accepted_and_no_rows_are_not() -> None:
    assert_same_rows([1], [1])
    assert_same_tables({"chunks": 2, "parts": [1]}, {"chunks": 2, "parts": [1]})
    for found, expected in (([], []), ([1], [2]), ({}, {})):
        with pytest.raises(AssertionError):
            assert_same_rows(found, expected)
    for tables in ({}, {"chunks": 1, "relations": 0}, {"chunks": ()}):
        with pytest.raises(AssertionError):
            assert_same_tables(tables, tables)
