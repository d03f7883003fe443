"""Layers of the checkout, which are no installed packages, made importable in this process."""

from __future__ import annotations

import sys
from pathlib import Path


def importable(root: Path, layer: str) -> None:
    """After this, the package of `layers/<layer>` below `root` can be imported."""
    folder = str(root / "layers" / layer)
    if folder not in sys.path:
        sys.path.append(folder)
