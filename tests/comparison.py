"""Comparing what two runs have made. Two runs that made nothing are equal and show nothing: that is refused here."""

from __future__ import annotations

from collections.abc import Mapping, Sized


def assert_same_rows(found: Sized, expected: Sized, what: str = "rows") -> None:
    """Two runs made the same rows, and at least one."""
    assert len(expected) > 0, f"{what}: there is nothing to compare"
    assert found == expected, what


def assert_same_tables(found: Mapping[str, Sized | int], expected: Mapping[str, Sized | int]) -> None:
    """Two runs made the same rows, or as many, in every table, and at least one in each."""
    assert len(expected) > 0, "there is no table to compare"
    empty = [table for table, rows in expected.items() if not rows]
    assert not empty, f"there is nothing to compare in {empty}"
    assert found == expected
