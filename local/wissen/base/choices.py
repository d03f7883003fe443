"""Names given on the command line, by repeating an option, with commas, or both."""

from __future__ import annotations

from collections.abc import Sequence


def names_in(given: Sequence[str] | None) -> list[str]:
    """``["a,b", "c"]`` is ``["a", "b", "c"]``."""
    return [name.strip() for value in given or () for name in value.split(",") if name.strip()]
