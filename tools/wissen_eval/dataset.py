"""A data set on disk: what may be sent before an answer is in, and the answer keys, which are opened after it.

The format is that of docs/evaluation.md; any file may be missing.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wissen.client.errors import WissenApiError

Row = dict[str, Any]


class DataSetUnusable(WissenApiError):
    """The folder holds nothing that a chosen part could be scored on, or a file of it is damaged."""


@dataclass(frozen=True)
class DataSet:
    """`folder` holds the `*.jsonl` files; paths in their rows are relative to it."""

    folder: Path

    def lacks(self, names: Sequence[str]) -> list[str]:
        """Those of the files `names` (without `.jsonl`) that are not there."""
        return [f"{name}.jsonl" for name in names if not self._file(name).is_file()]

    def asked(self, name: str, *fields: str) -> list[Row]:
        """The rows with only these fields: what is sent, and nothing of what is expected. Raises DataSetUnusable."""
        return [{field: row[field] for field in fields if field in row} for row in self._rows(name)]

    def key(self, name: str) -> list[Row]:
        """The rows as they are, in the order of `asked`. To be called when the answers are in.

        Raises DataSetUnusable.
        """
        return self._rows(name)

    def _file(self, name: str) -> Path:
        return self.folder / f"{name}.jsonl"

    def _rows(self, name: str) -> list[Row]:
        path = self._file(name)
        try:
            return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
        except (OSError, ValueError) as error:
            raise DataSetUnusable(f"{path} cannot be read: {error}. Choose other parts with --only.") from error
