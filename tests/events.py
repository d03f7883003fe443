"""The example events in events/, which `sam local invoke` takes too."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

EVENTS = Path(__file__).resolve().parent.parent / "events"


def load_event(name: str) -> dict[str, Any]:
    """A fresh copy of ``events/<name>.json``. Raises FileNotFoundError naming the file."""
    event: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text(encoding="utf-8"))
    return event


def event_names() -> list[str]:
    """Every event there is, in alphabetical order."""
    return sorted(path.stem for path in EVENTS.glob("*.json"))
