"""Writes docs/openapi.yaml from the code: `make openapi`."""

from __future__ import annotations

from pathlib import Path

import yaml

from api.openapi.document import openapi_document

FILE = Path(__file__).parents[1] / "docs/openapi.yaml"
_HEAD = "# Written from functions/api by `make openapi`. Do not edit.\n"


def as_yaml() -> str:
    """The document as the file holds it."""
    return _HEAD + yaml.safe_dump(openapi_document(), sort_keys=False, allow_unicode=True, width=118)


if __name__ == "__main__":
    FILE.write_text(as_yaml(), encoding="utf-8")
