"""A model is asked where patterns find little, believed where the text bears it out, and never paid for twice."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

import httpx2
import pytest
from tests.fakes.cache import FakeCache
from tests.fakes.examples import DELIVERY, ORG, OTHER_ORG
from tests.fakes.store import FakePartNotes
from tests.unit.functions.control_model import FakeControlModel
from tests.unit.functions.parts import part_of
from tests.unit.functions.planned_document import PlannedDocument
from tests.unit.llmclient.fake_gateway import FakeGateway, always, chat_answer, error_answer

from extract.entities import entities_of
from extract.extractor import ModelReading, extract_part
from extract.model_calls import EntityReader
from extract.model_controls import ControlSearch
from extract.model_entities import (
    CONFIDENCE,
    LEAST_WORDS,
    MOST_CALLS,
    EntityModel,
    EntitySearch,
    Reading,
    cache_key,
    is_suspicious,
)
from knowledge.records import ParsedPart
from knowledge.taxonomy import EntityType, Origin

PROSE = (
    "Die Werkstatt am Hafen führt ein Buch über jede Lieferung, die morgens am Tor ankommt. Der Lagerwart zählt die"
    " Kisten und trägt sie ein, bevor der Kran sie hebt. Am Abend vergleicht der Lagerwart das Buch mit dem, was im"
    " Nordlicht-Verzeichnis steht, und ruft bei Abweichungen die Hafenwache an. Wer etwas findet, das nicht im Buch"
    " steht, legt es in den Schrank neben der Treppe."
)
NAMES = (
    (EntityType.ROLE, "Lagerwart"),
    (EntityType.TECHNOLOGY, "Nordlicht-Verzeichnis"),
    (EntityType.ORGANIZATION, "Seewetteramt"),  # it does not stand there
    (EntityType.PROCESS, "führ"),  # it is no word of the text
)


@dataclass
class FakeModel(EntityModel):
    reading: Reading | None = field(default_factory=lambda: Reading(NAMES, 0.002))
    asked: list[str] = field(default_factory=list)

    def names(self, org_id: UUID, text: str, deadline_s: float) -> Reading | None:
        self.asked.append(text)
        return self.reading


def part(text: str = PROSE, char_from: int = 500) -> ParsedPart:
    return part_of((("Ablauf",), text), char_from=char_from)


def test_a_name_counts_wherever_it_stands_to_the_letter() -> None:
    model = FakeModel()
    found, cost = EntitySearch(model, FakeCache()).completed(ORG, part(), [])
    assert [(entity.type, entity.text) for entity in found] == [
        (EntityType.ROLE, "Lagerwart"),
        (EntityType.ROLE, "Lagerwart"),
        (EntityType.TECHNOLOGY, "Nordlicht-Verzeichnis"),
    ]
    for entity in found:
        assert PROSE[entity.char_from - 500 : entity.char_to - 500] == entity.text
        assert (entity.origin, entity.confidence) == (Origin.MODEL, CONFIDENCE)
    assert cost == pytest.approx(0.002)


def test_what_patterns_found_stands_and_is_worth_more() -> None:
    text = PROSE.replace("das Buch mit dem", "das Buch nach ISO 27001 mit dem")
    known = entities_of(part(text))
    assert [entity.text for entity in known] == ["ISO 27001"]
    model = FakeModel(Reading((*NAMES, (EntityType.ORGANIZATION, "ISO"), (EntityType.STANDARD, "ISO 27001"))))
    found, _ = EntitySearch(model, FakeCache()).completed(ORG, part(text), known)
    assert [entity for entity in found if entity.origin is Origin.RULE] == known
    assert min(entity.confidence for entity in known) > CONFIDENCE
    assert found == sorted(found, key=lambda entity: entity.char_from)
    assert len(found) == 4


def test_only_long_sections_with_few_names_are_suspicious() -> None:
    assert is_suspicious("Wort " * LEAST_WORDS, 0)
    assert not is_suspicious("Wort " * (LEAST_WORDS - 1), 0)
    assert not is_suspicious("Wort " * 60, 1)
    assert is_suspicious("Wort " * 130, 2)


def test_the_same_text_is_paid_for_once_in_an_organisation() -> None:
    model, cache = FakeModel(), FakeCache()
    search = EntitySearch(model, cache)
    first, paid = search.completed(ORG, part(), [])
    again, nothing = search.completed(ORG, part(char_from=9000), [])
    assert (len(model.asked), paid > 0, nothing) == (1, True, 0.0)
    assert [entity.char_from + 8500 for entity in first] == [entity.char_from for entity in again]
    search.completed(OTHER_ORG, part(), [])
    assert len(model.asked) == 2


def test_the_cache_holds_no_words_of_the_text() -> None:
    cache = FakeCache()
    EntitySearch(FakeModel(), cache).completed(ORG, part(), [])
    ((key, value),) = cache.values.items()
    assert key == cache_key(ORG, PROSE)
    assert b"Lagerwart" not in value


@pytest.mark.parametrize("spoilt", [b"", b"[[1]]", b'[["PLANET", 0, 3]]', b'{"a": 1}', b"[[null, null, null]]"])
def test_what_another_release_cached_is_asked_anew(spoilt: bytes) -> None:
    model, cache = FakeModel(), FakeCache(values={cache_key(ORG, PROSE): spoilt})
    found, _ = EntitySearch(model, cache).completed(ORG, part(), [])
    assert (len(model.asked), len(found)) == (1, 3)


def test_without_an_answer_the_patterns_stand_and_nothing_is_cached() -> None:
    cache = FakeCache()
    found, cost = EntitySearch(FakeModel(reading=None), cache).completed(ORG, part(), [])
    assert (found, cost, cache.values) == ([], 0.0, {})


def test_a_part_asks_so_often_and_no_more() -> None:
    sections = [((f"Ablauf {number}",), f"{PROSE} Nummer {number}.\n") for number in range(MOST_CALLS + 5)]
    model = FakeModel()
    EntitySearch(model, FakeCache()).completed(ORG, part_of(*sections), [])
    assert len(model.asked) == MOST_CALLS


def test_a_part_that_has_waited_long_enough_asks_no_more() -> None:
    now = iter([0.0, 1.0, 100.0, 101.0])
    model = FakeModel()
    sections = [((f"Ablauf {number}",), f"{PROSE} Nummer {number}.\n") for number in range(3)]
    EntitySearch(model, FakeCache(), clock=lambda: next(now)).completed(ORG, part_of(*sections), [])
    assert len(model.asked) == 1


def test_the_cost_of_a_part_is_stored_with_it() -> None:
    document = PlannedDocument(parts=1)
    document.put(part(char_from=0))
    cache = FakeCache()
    reading = ModelReading(EntitySearch(FakeModel(), cache), ControlSearch(FakeControlModel(), cache), FakePartNotes())
    services = replace(document.services, reading=reading)
    extract_part(document.message(0), services, DELIVERY)
    stored = document.documents.part(document.id, 0)
    assert stored.cost_usd == pytest.approx(0.002)
    assert [entity.origin for entity in stored.entities] == [Origin.MODEL] * 3


def test_without_a_model_nobody_is_asked() -> None:
    document = PlannedDocument(parts=1)
    document.put(part(char_from=0))
    document.extract(0)
    stored = document.documents.part(document.id, 0)
    assert (stored.entities, stored.cost_usd) == ((), 0.0)


def answer(*entities: dict[str, Any]) -> FakeGateway:
    return always(chat_answer(json.dumps({"entities": list(entities)})))


def test_the_gateway_is_asked_for_names_in_a_fence() -> None:
    gateway = answer({"text": "Lagerwart", "type": "ROLE"})
    reading = EntityReader(gateway.client()).names(ORG, PROSE, 5.0)
    assert reading is not None
    assert reading.names == ((EntityType.ROLE, "Lagerwart"),)
    body = gateway.body()
    assert body["model"] == "extraction-primary"
    assert "fence=" in str(body["messages"])


@pytest.mark.parametrize(
    "gateway",
    [
        answer({"text": "Lagerwart", "type": "PLANET"}),
        always(chat_answer("Der Lagerwart.")),
        always(error_answer(503, "no model answers")),
        always(httpx2.ConnectError("refused")),
    ],
)
def test_a_gateway_that_cannot_tell_names_nothing(gateway: FakeGateway) -> None:
    assert EntityReader(gateway.client()).names(ORG, PROSE, 5.0) is None
