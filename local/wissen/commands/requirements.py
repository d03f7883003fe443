"""Advice on libraries that a command needs and this installation does not have."""

from __future__ import annotations

_TOOLS = frozenset({"wissen_bench", "wissen_eval"})


def advice_for(error: ModuleNotFoundError) -> str | None:
    """One line for a missing library or package; None for a module of our own, whose absence is a fault."""
    missing = (error.name or "").partition(".")[0]
    if missing in ("", "wissen"):
        return None
    if missing in _TOOLS:
        return (
            f"{missing} is not installed: it comes with a checkout. Clone the repository and run `make install` in it."
        )
    return (
        f"{missing} is not installed: this command needs more than a client of a deployment elsewhere. "
        "Run `make install` in a checkout, or `pip install --editable '.[stack]'`."
    )
