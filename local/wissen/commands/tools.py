"""`wissen bench` and `wissen eval`, which are packages of their own and not part of every installation."""

from __future__ import annotations

from importlib import import_module

import typer

from wissen.base.terminal import EXIT_FAILED
from wissen.commands.requirements import advice_for

PACKAGES = {"bench": "wissen_bench", "eval": "wissen_eval"}
"""By command. The module `command` of each has `register`."""


def register(app: typer.Typer) -> None:
    """Adds the commands; one whose package or libraries are missing says how to get them."""
    for name, package in PACKAGES.items():
        try:
            module = import_module(f"{package}.command")
        except ModuleNotFoundError as error:
            advice = advice_for(error)
            if advice is None:
                raise
            _add_placeholder(app, name, advice)
        else:
            module.register(app)


def _add_placeholder(app: typer.Typer, name: str, advice: str) -> None:
    @app.command(
        name,
        help="Not installed here.",
        context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []},
    )
    def not_installed() -> None:
        typer.echo(f"error: {advice}", err=True)
        raise typer.Exit(EXIT_FAILED)
