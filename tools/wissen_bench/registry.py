"""The parts of the benchmark, in the order they run. A new one is one line here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from wissen_bench import cache, coldstart, ingestion, intent, pipeline, priority, retrieval
from wissen_bench.gateway import part as gateway
from wissen_bench.part import Part

PARTS: tuple[Part, ...] = (
    intent.PART,
    gateway.PART,
    coldstart.PART,
    pipeline.PART,
    cache.PART,
    retrieval.PART,
    ingestion.PART,
    priority.PART,
)


class UnknownPart(ValueError):
    """No part has that name; the message lists those there are."""

    def __init__(self, name: str, parts: Iterable[Part]) -> None:
        super().__init__(f"there is no part {name!r}; choose from {', '.join(part.name for part in parts)}")


def chosen(names: Sequence[str], parts: Sequence[Part] = PARTS) -> list[Part]:
    """The parts with these names, each once, in the registry's order; all for no names. Raises UnknownPart."""
    known = {part.name for part in parts}
    for name in names:
        if name not in known:
            raise UnknownPart(name, parts)
    return [part for part in parts if not names or part.name in names]
