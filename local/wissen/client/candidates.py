"""From the paths a user names to the files that can be sent, with a reason for each that cannot."""

from __future__ import annotations

import hashlib
import os
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

OFFICE_LOCK_PREFIX = "~$"
"""Word and Excel put such a file beside a document that is open."""


@dataclass(frozen=True)
class Candidate:
    """A file to send; `size` in bytes, `sha256` as hex, `name` as the API will know it (NFC)."""

    path: Path
    name: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Reject:
    """A path that is not sent, and why."""

    path: Path
    name: str
    reason: str


def gather(paths: Iterable[Path]) -> list[Candidate | Reject]:
    """Every file behind `paths` in order, each once. Folders are walked without hidden files."""
    seen: set[Path] = set()
    found: list[Candidate | Reject] = []
    for path in paths:
        for file in _files(path):
            real = file.resolve()
            if real not in seen:
                seen.add(real)
                found.append(_inspected(file))
    return _without_name_clashes(found)


def _files(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        yield path
        return
    files = sorted(_walk(path))
    yield from files or [path]


def _walk(folder: Path) -> Iterator[Path]:
    for parent, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in files:
            if not name.startswith((".", OFFICE_LOCK_PREFIX)):
                yield Path(parent, name)


def _inspected(path: Path) -> Candidate | Reject:
    name = unicodedata.normalize("NFC", path.name or str(path))
    reason = _unsendable(path)
    if reason:
        return Reject(path, name.encode("utf-8", "replace").decode(), reason)
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            size = file.tell()
    except OSError as error:
        return Reject(path, name, f"cannot be read: {error.strerror}")
    if size == 0:
        return Reject(path, name, "is empty (0 bytes)")
    return Candidate(path, name, size, digest)


def _unsendable(path: Path) -> str | None:
    try:
        path.name.encode()
    except UnicodeEncodeError:
        return "its name is not valid UTF-8; rename it"
    if path.is_dir():
        return "no files in this folder (hidden ones are skipped)"
    if not path.exists():
        return "there is no such file"
    return None if path.is_file() else "is not a regular file"


def _without_name_clashes(found: list[Candidate | Reject]) -> list[Candidate | Reject]:
    """The API takes equal names with other bytes as versions of one document. Two such files in one run
    would silently replace each other, in an order nobody chose: the later ones are turned away instead."""
    first: dict[str, Candidate] = {}
    kept: list[Candidate | Reject] = []
    for item in found:
        if isinstance(item, Candidate):
            holder = first.setdefault(item.name, item)
            if holder.sha256 != item.sha256:
                reason = (
                    f"has the same name as {holder.path} and would become a newer version of it; "
                    "rename it, or ingest it by itself if that is meant"
                )
                kept.append(Reject(item.path, item.name, reason))
                continue
        kept.append(item)
    return kept
