"""The bounds beyond which a document is refused."""

from __future__ import annotations

from dataclasses import dataclass

MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds that keep one upload from exhausting a worker with 512 MB of memory.

    ``max_expansion`` is the ratio of unpacked to packed size of an archive member above which it counts as a
    decompression bomb; members that unpack to less than ``free_expansion_bytes`` are exempt, since short
    repetitive XML compresses well. ``max_cells`` counts the cells of a workbook that hold something.
    """

    max_bytes: int = 50 * MEGABYTE
    max_pages: int = 2_000
    max_characters: int = 20_000_000
    max_cells: int = 1_000_000
    max_members: int = 5_000
    max_expanded_bytes: int = 200 * MEGABYTE
    max_expansion: int = 100
    free_expansion_bytes: int = 5 * MEGABYTE
    max_depth: int = 100
    max_nodes: int = 500_000
    max_seconds: float = 120.0


DEFAULT_LIMITS = Limits()
