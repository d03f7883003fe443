"""Runs one command of an app that talks to a transport in memory."""

from __future__ import annotations

from collections.abc import Callable

import typer
from typer.testing import CliRunner, Result

Register = Callable[[typer.Typer], None]


def run(register: Register, *arguments: str, env: dict[str, str] | None = None) -> Result:
    app = typer.Typer()
    app.callback()(lambda: None)  # keeps the command's name when there is only one
    register(app)
    return CliRunner().invoke(app, list(arguments), env=env)
