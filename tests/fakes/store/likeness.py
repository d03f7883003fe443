"""Controls of a scope that are compared with each other, by the mean vectors of their chunks."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from math import sqrt
from statistics import median, quantiles

from tests.fakes.store.memory import Memory, StoredDocument

from knowledge.access import Access
from knowledge.records import Control
from knowledge.store.ports.graph_maintenance import COMPARED_CHARACTERS, Background, Neighbours
from knowledge.taxonomy import DocumentType

_BINDING = {
    DocumentType.BSI_GRUNDSCHUTZ,
    DocumentType.BSI_C5,
    DocumentType.ISO_27001,
    DocumentType.NIST_CSF,
    DocumentType.NIST_800_53,
    DocumentType.POLICY,
}
Vector = tuple[float, ...]


@dataclass(frozen=True)
class Compared:
    """A control, once per catalogue."""

    catalogue: str
    control: Control
    document: StoredDocument
    part: int
    vector: Vector

    @property
    def place(self) -> tuple[str, str]:
        return self.catalogue, self.control.control_key


def compared(memory: Memory, access: Access) -> list[Compared]:
    """The binding controls of current documents; of two documents with the same control the newer one's."""
    found: dict[tuple[str, str], Compared] = {}
    for stored in memory.current(access):
        for one in _compared_in(stored):
            found.setdefault(one.place, one)
    return [found[place] for place in sorted(found)]


def neighbours(controls: list[Compared]) -> list[Neighbours]:
    """Each control with its mutual nearest neighbour in each catalogue before its own, or with none."""
    return [found for one in controls for found in _neighbours_of(one, controls)]


def backgrounds(controls: list[Compared]) -> list[Background]:
    by_catalogue: dict[str, list[Vector]] = defaultdict(list)
    for one in controls:
        by_catalogue[one.catalogue].append(one.vector)
    found = []
    for source, target in product(sorted(by_catalogue), repeat=2):
        if target < source:
            cosines = [cosine(a, b) for a, b in product(by_catalogue[source], by_catalogue[target])]
            lower = quantiles(cosines, n=100, method="inclusive")[15] if len(cosines) > 1 else cosines[0]
            middle = median(cosines)
            found.append(
                Background(source=source, target=target, pairs=len(cosines), middle=middle, spread=middle - lower)
            )
    return found


def cosine(one: Vector, other: Vector) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True)) / (_length(one) * _length(other))


def _length(vector: Vector) -> float:
    return sqrt(sum(value * value for value in vector))


def _compared_in(stored: StoredDocument) -> Iterator[Compared]:
    if stored.record.type not in _BINDING:
        return
    vectors: dict[str, list[Vector]] = defaultdict(list)
    parts: dict[str, int] = {}
    done = ((number, part.extracted) for number, part in sorted(stored.shown.parts.items()) if part.extracted)
    for number, extracted in done:
        for chunk, vector in zip(extracted.chunks, extracted.embeddings.vectors, strict=True):
            vectors[chunk.control_key or ""].append(vector)
        parts.update({control.control_key: number for control in extracted.controls})
    for control in stored.controls():
        if not control.withdrawn and control.control_key in vectors:
            mean = tuple(sum(values) / len(values) for values in zip(*vectors[control.control_key], strict=True))
            yield Compared(_catalogue(stored, control), control, stored, parts[control.control_key], mean)


def _catalogue(stored: StoredDocument, control: Control) -> str:
    kind = stored.record.type or DocumentType.UNKNOWN
    older = kind is DocumentType.BSI_GRUNDSCHUTZ and re.search(r"\.A\d+$", control.control_key)
    return "bsi_kompendium" if older else kind.value


def _neighbours_of(one: Compared, controls: list[Compared]) -> Iterator[Neighbours]:
    mutual = []
    for catalogue in sorted({other.catalogue for other in controls if other.catalogue < one.catalogue}):
        theirs = [other for other in controls if other.catalogue == catalogue]
        nearest = max(theirs, key=lambda other: cosine(one.vector, other.vector))
        own = [other for other in controls if other.catalogue == one.catalogue]
        if max(own, key=lambda other: cosine(other.vector, nearest.vector)).place == one.place:
            mutual.append(nearest)
    source = {
        "catalogue": one.catalogue,
        "control_key": one.control.control_key,
        "document_id": one.document.record.id,
        "pipeline_version": one.document.record.served_version,
        "part": one.part,
        "title": one.control.title,
        "text": one.control.text[:COMPARED_CHARACTERS],
        "char_from": one.control.char_from,
        "char_to": one.control.char_to,
    }
    for other in mutual:
        target = {
            "target_catalogue": other.catalogue,
            "target_key": other.control.control_key,
            "target_document_id": other.document.record.id,
            "target": other.control.control_id,
            "target_title": other.control.title,
            "target_text": other.control.text[:COMPARED_CHARACTERS],
            "cosine": cosine(one.vector, other.vector),
        }
        yield Neighbours.model_validate({**source, **target})
    if not mutual:
        yield Neighbours.model_validate(source)
