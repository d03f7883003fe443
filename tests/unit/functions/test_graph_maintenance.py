"""The graph is maintained within a budget; a run goes on where the last one stopped, and ends when all is done."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest
from tests.fakes.bus import FakeBus
from tests.fakes.examples import DELIVERY, ORG, OTHER_ORG, USER
from tests.fakes.store import FakeDocuments, FakeGraphMaintenance, FakeScope

from garden.dispatch import Services, give_up, work
from garden.likeness import LEAST_PAIRS, confidence, proposal, usual
from garden.maintenance import Budget, maintain_graph
from knowledge.errors import UpstreamUnavailable
from knowledge.messages import MaintainAllGraphs, MaintainGraph
from knowledge.store.ports.graph_maintenance import Background, Neighbours, UnseenEntity
from knowledge.taxonomy import EntityType

QUEUE = "https://sqs.example/batch-garden"
BACKGROUND = Background(source="policy", target="bsi_c5", pairs=400, middle=0.8, spread=0.02)
MESSAGE = MaintainGraph(id=uuid4(), org_id=ORG, trace="schedule")


def pair(key: str = "NBK-1", **values: Any) -> Neighbours:
    given: dict[str, Any] = {
        "catalogue": "policy",
        "control_key": key,
        "document_id": uuid4(),
        "pipeline_version": "1",
        "part": 0,
        "title": "Datensicherung",
        "text": "Datensicherung\nAlle Daten werden täglich gesichert, die Wiederherstellung wird geprobt.",
        "char_from": 10,
        "char_to": 90,
        "target_catalogue": "bsi_c5",
        "target_key": "QZ-9",
        "target_document_id": uuid4(),
        "target": "QZ-09",
        "target_title": "Backup",
        "target_text": "Backup\nBackups of all data are made every day and restoration is tested.",
        "cosine": 0.86,
    }
    return Neighbours.model_validate({**given, **values})


def entity(name: str) -> UnseenEntity:
    return UnseenEntity(id=uuid4(), type=EntityType.ROLE, key=name)


def organisation(scope: FakeScope, name: str = "organisation", org_id: UUID = ORG) -> FakeGraphMaintenance:
    return FakeGraphMaintenance(gardens={(org_id, name): scope})


def services_of(maintenance: FakeGraphMaintenance, bus: FakeBus) -> Services:
    return Services(FakeDocuments(), maintenance, bus, QUEUE, Budget)


def test_each_changed_organisation_gets_a_message_and_no_other() -> None:
    done = FakeScope()
    maintenance = FakeGraphMaintenance(gardens={(ORG, "organisation"): FakeScope(), (OTHER_ORG, "organisation"): done})
    maintain_graph(MaintainGraph(id=uuid4(), org_id=OTHER_ORG, trace="t"), maintenance, Budget())
    bus = FakeBus()
    assert work(MaintainAllGraphs(), services_of(maintenance, bus), DELIVERY) == {"organisations": 1}
    ((queue, message),) = bus.sent
    assert (queue, message.kind, message.org_id) == (QUEUE, "maintain_graph", ORG)


def test_a_round_spells_links_and_ends() -> None:
    scope = FakeScope(entities=[entity("Depotverwalterin")], pairs=[pair()], backgrounds=[BACKGROUND])
    maintenance = organisation(scope)
    assert work(MESSAGE, services_of(maintenance, FakeBus()), DELIVERY) == {"finished": 1, "scopes": 1}
    assert list(scope.spellings.values()) == ["1/depotverwalt"]
    (link,) = scope.links
    assert (link.neighbours.control_key, link.confidence) == ("NBK-1", confidence(3.0))
    assert scope.progress is not None
    assert scope.progress.finished


def test_a_second_delivery_changes_nothing() -> None:
    scope = FakeScope(entities=[entity("Depotverwalter")], pairs=[pair()], backgrounds=[BACKGROUND])
    maintenance = organisation(scope)
    maintain_graph(MESSAGE, maintenance, Budget())
    writes = maintenance.writes
    assert maintain_graph(MESSAGE, maintenance, Budget()) == {"finished": 0, "scopes": 0}
    assert maintenance.writes == writes


def test_what_is_left_over_is_done_by_the_next_run() -> None:
    # 800 controls are compared 200 at a time, 160 thousand distances each.
    pairs = [pair(f"NBK-{number:04}") for number in range(800)]
    scope = FakeScope(pairs=pairs, backgrounds=[BACKGROUND])
    maintenance = organisation(scope)
    assert maintain_graph(MESSAGE, maintenance, Budget(rows=300)) == {"finished": 0, "scopes": 1}
    assert len(scope.proposals) == 400
    assert maintain_graph(MESSAGE, maintenance, Budget(rows=5000)) == {"finished": 1, "scopes": 1}
    assert len(scope.proposals) == 800


def test_a_run_ends_when_its_time_is_up() -> None:
    now = iter(range(100))
    scope = FakeScope(entities=[entity(f"Rolle {number}") for number in range(5000)])
    maintenance = organisation(scope)
    budget = Budget(seconds=3, rows=10**6, clock=lambda: float(next(now)))
    assert maintain_graph(MESSAGE, maintenance, budget) == {"finished": 0, "scopes": 1}
    assert 0 < len(scope.spellings) < 5000


def test_other_documents_begin_a_new_round() -> None:
    scope = FakeScope(pairs=[pair()], backgrounds=[BACKGROUND])
    maintenance = organisation(scope)
    maintain_graph(MESSAGE, maintenance, Budget())
    scope.proposals.clear()
    scope.state = "two"
    assert maintain_graph(MESSAGE, maintenance, Budget()) == {"finished": 1, "scopes": 1}
    assert scope.proposals


def test_a_persons_own_documents_are_not_linked() -> None:
    scope = FakeScope(entities=[entity("Depotverwalter")], pairs=[pair()], backgrounds=[BACKGROUND])
    maintenance = organisation(scope, f"user.{USER}")
    assert maintain_graph(MESSAGE, maintenance, Budget()) == {"finished": 1, "scopes": 1}
    assert scope.spellings
    assert scope.proposals == {}


def test_nobody_is_told_of_a_run_that_is_give_up() -> None:
    services = services_of(organisation(FakeScope()), FakeBus())
    give_up(MESSAGE, services, UpstreamUnavailable("cannot reach the database"))
    give_up(MaintainAllGraphs(), services, UpstreamUnavailable("cannot reach the database"))
    assert isinstance(services.documents, FakeDocuments)
    assert services.documents.writes == 0


@pytest.mark.parametrize(
    "unlikely",
    [
        pair(cosine=0.83),  # no nearer than many
        pair(cosine=None, target_key=None),
        pair(target_title="Clock", target_text="Clocks are compared with a time source."),
        pair(title="Richtlinie", text="Richtlinie", target_title="Policy", target_text="Policy"),
        pair(catalogue="iso_27001"),  # nothing is known of what is usual
    ],
)
def test_what_too_little_speaks_for_is_not_proposed(unlikely: Neighbours) -> None:
    assert proposal(unlikely, usual([BACKGROUND])) is None


def test_too_few_pairs_do_not_tell_what_is_usual() -> None:
    few = BACKGROUND.model_copy(update={"pairs": LEAST_PAIRS - 1})
    assert proposal(pair(), usual([few])) is None
    assert proposal(pair(), usual([BACKGROUND])) is not None


def test_the_nearer_the_surer_and_never_sure() -> None:
    distances = [2.0, 3.0, 4.0, 5.0, 50.0]
    found = [confidence(spreads) for spreads in distances]
    assert found == sorted(found)
    assert 0.6 < found[0] < found[-1] < 1
