"""`wissen openapi`: the description of the HTTP API that this client was made for."""

from __future__ import annotations

from importlib.resources import files
from typing import Annotated

import typer

from wissen.base import terminal

FILE = "openapi.yaml"
"""A link to docs/openapi.yaml in the checkout. An installed package holds the file itself."""


def register(app: typer.Typer) -> None:
    app.command("openapi")(_show)


def _show(json_output: Annotated[bool, typer.Option("--json", help="Print JSON instead of YAML.")] = False) -> None:
    """Print the description of the HTTP API (OpenAPI 3.1)."""
    text = files("wissen").joinpath(FILE).read_text(encoding="utf-8")
    if json_output:
        import yaml

        terminal.show_json(yaml.safe_load(text))
    else:
        typer.echo(text, nl=False)
