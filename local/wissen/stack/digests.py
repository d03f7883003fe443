"""A digest of files, to know whether anything that was built or started from them has changed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

_MADE_BY_TOOLS = frozenset({"__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".aws-sam"})


def of_files(paths: Iterable[Path], *, relative_to: Path) -> str:
    """SHA-256 over the names (below `relative_to`) and contents of these files and folders.

    A path that does not exist counts as empty; what tools leave behind (caches, bytecode) does not count.
    """
    digest = hashlib.sha256()
    for file in sorted({file for path in paths for file in _files(path)}):
        content = hashlib.sha256(file.read_bytes()).hexdigest()
        digest.update(f"{file.relative_to(relative_to).as_posix()}\0{content}\0".encode())
    return digest.hexdigest()


def of_text(*parts: str) -> str:
    """SHA-256 over strings, such that ("ab", "c") and ("a", "bc") differ."""
    return hashlib.sha256("\0".join(f"{len(part)}:{part}" for part in parts).encode()).hexdigest()


def _files(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
    elif path.is_dir() and path.name not in _MADE_BY_TOOLS and not path.name.endswith(".egg-info"):
        for child in path.iterdir():
            if child.suffix != ".pyc":
                yield from _files(child)
