"""The data set's documents in the throw-away organisation: sent once, whichever parts look at them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from wissen.base.progress import Progress
from wissen.client.api import WissenClient
from wissen.client.candidates import Candidate, Reject, gather
from wissen.client.ingestion import DEFAULT_PLACEMENT, Ingester, Ingestion

_BATCH = 8
"""Documents sent together: enough to keep two cores busy, few enough to see it move."""

_BATCH_WITHIN_S = 1800.0


@dataclass(frozen=True)
class Corpus:
    """`rows` by the path that the data set names."""

    rows: Mapping[str, Ingestion]

    def document_id(self, path: str) -> str | None:
        """The id under which a path's document answers questions; None when it does not."""
        row = self.rows.get(path)
        return row.document.document_id if row and row.document and row.searchable else None

    def path(self, document_id: str | None) -> str | None:
        """The path a document came from; None for one that is none of these."""
        return self._paths.get(document_id) if document_id else None

    @cached_property
    def _paths(self) -> dict[str, str]:
        return {row.document.document_id: path for path, row in self.rows.items() if row.document}


def ingested(client: WissenClient, folder: Path, paths: Sequence[str], progress: Progress) -> Corpus:
    """Sends the files and follows each to its end. One that cannot be sent is a row with the reason."""
    items = list(_named_apart(_candidate(folder / path) for path in dict.fromkeys(paths)))
    rows: list[Ingestion] = []
    for start in range(0, len(items), _BATCH):
        batch = items[start : start + _BATCH]
        with progress.step("documents", f"ingesting {start + 1} to {start + len(batch)} of {len(items)}"):
            ingester = Ingester(client, batch, DEFAULT_PLACEMENT, changed=lambda row: None)
            ingester.run(_BATCH_WITHIN_S)
        rows += ingester.rows
    return Corpus(dict(zip(dict.fromkeys(paths), rows, strict=True)))


def _candidate(path: Path) -> Candidate | Reject:
    found = gather([path])
    return found[0] if len(found) == 1 else Reject(path, path.name, "is a folder, not a document")


def _named_apart(items: Iterator[Candidate | Reject]) -> Iterator[Candidate | Reject]:
    """Equal names in different folders would be versions of one document: the later ones get a number."""
    taken: dict[str, str] = {}
    for item in items:
        if isinstance(item, Reject):
            yield item
            continue
        name, number = item.name, 1
        while taken.setdefault(name, item.sha256) != item.sha256:
            number += 1
            name = f"{Path(item.name).stem} ({number}){Path(item.name).suffix}"
        yield replace(item, name=name)
