"""The promises of the gardener's port: a round through a scope, its links, and a model's verdicts on them."""

from __future__ import annotations

from uuid import UUID

import pytest
from tests.contracts.examples import CLASSIFIED, ingest, planned, worker_of
from tests.contracts.graph import add, control, edge, part, register_next_version
from tests.contracts.stores import Person, Stores

from knowledge.access import Access, team_scope
from knowledge.records import Embeddings, Entity
from knowledge.store.ports.graph_maintenance import Neighbours, Progress, Proposal, Verdict
from knowledge.taxonomy import DocumentType, EntityType, Origin, RelationType

SUBJECTS = 4
C5 = CLASSIFIED.model_copy(update={"type": DocumentType.BSI_C5})
SUPPORTED = Verdict(fingerprint="f-1", relation=RelationType.SUPPORTS, confidence=0.75, quote_from=1, quote_to=4)
REFUSED = Verdict(fingerprint="f-2")


def vector(subject: int, catalogue: str) -> tuple[float, ...]:
    """Near the vectors of the same subject in other catalogues."""
    own = {subject: 1.0, 200 + 10 * (ord(catalogue[0]) % 10) + subject: 0.5}
    return tuple(own.get(place, 0.0) for place in range(384))


def catalogue_of(
    stores: Stores,
    who: Person,
    prefix: str,
    kind: DocumentType,
    *,
    states: tuple[str, str] | None = None,
    entities: tuple[Entity, ...] = (),
) -> UUID:
    """A searchable document with one control for each subject, called prefix-0, prefix-1 and so on."""
    controls = [
        control(f"{prefix}-{number}", char_from=20 * number, char_to=20 * number + 10) for number in range(SUBJECTS)
    ]
    relations = (edge(states[0], RelationType.MAPS_TO, states[1]),) if states else ()
    extracted = part(*controls, relations=relations, entities=entities)
    vectors = tuple(vector(number, prefix) for number in range(SUBJECTS))
    embeddings = Embeddings(model=extracted.embeddings.model, vectors=vectors)
    found = CLASSIFIED.model_copy(update={"type": kind})
    return add(stores, who, extracted.model_copy(update={"embeddings": embeddings}), name=f"{prefix}.md", found=found)


def two_catalogues(stores: Stores, who: Person) -> tuple[UUID, UUID]:
    """A policy, and a standard that it has a counterpart for in each control."""
    policy = catalogue_of(stores, who, "NAC", DocumentType.POLICY)
    return policy, catalogue_of(stores, who, "OIS", DocumentType.BSI_C5)


def state_of(stores: Stores, who: Person, scope: str = "organisation") -> str:
    states: dict[str, str] = dict(stores.maintenance.scopes(Access(org_id=who.org_id)))
    return states[scope]


def begun(stores: Stores, who: Person) -> tuple[Access, Progress]:
    worker = worker_of(who)
    return worker, stores.maintenance.begin(worker, state_of(stores, who))


def all_neighbours(stores: Stores, worker: Access, progress: Progress) -> list[Neighbours]:
    return [one for one in stores.maintenance.neighbours(worker, progress, 100) if one.target_key is not None]


def proposed(stores: Stores, who: Person) -> tuple[Access, Progress, list[Proposal]]:
    """A round in which every pair of neighbours is proposed, the later the surer."""
    worker, progress = begun(stores, who)
    compared = stores.maintenance.neighbours(worker, progress, 100)
    pairs = [one for one in compared if one.target_key is not None]
    proposals = [Proposal(neighbours=one, confidence=0.5 + place / 16) for place, one in enumerate(pairs)]
    return worker, stores.maintenance.propose(worker, progress, compared, proposals), proposals


class RoundContract:
    """A scope is tended once for each state of its documents."""

    def test_a_scope_is_to_be_tended_until_its_round_is_complete(self, stores: Stores) -> None:
        alice = stores.people.person()
        planned(stores.documents, alice, text="nothing answers yet")
        assert alice.org_id not in stores.maintenance.organisations()
        ingest(stores.documents, alice, text="Access.")
        assert alice.org_id in stores.maintenance.organisations()
        worker, progress = begun(stores, alice)
        assert not progress.finished
        assert alice.org_id in stores.maintenance.organisations()
        stores.maintenance.finish(worker, progress.state)
        assert alice.org_id not in stores.maintenance.organisations()
        assert stores.maintenance.scopes(Access(org_id=alice.org_id)) == []
        ingest(stores.documents, alice, text="Other.", name="other.md")
        assert alice.org_id in stores.maintenance.organisations()
        assert state_of(stores, alice) != progress.state

    def test_each_scope_of_an_organisation_is_tended_by_itself(self, stores: Stores) -> None:
        alice, mallory = stores.people.person(team="audit"), stores.people.person()
        team = team_scope(alice.team_ids[0])
        ingest(stores.documents, alice, text="Team.", scope=team)
        ingest(stores.documents, alice, text="Access.")
        ingest(stores.documents, mallory, text="Access.")
        assert [scope for scope, _ in stores.maintenance.scopes(Access(org_id=alice.org_id))] == ["organisation", team]
        stores.maintenance.begin(worker_of(alice, team), state_of(stores, alice, team))
        stores.maintenance.finish(worker_of(alice, team), state_of(stores, alice, team))
        assert [scope for scope, _ in stores.maintenance.scopes(Access(org_id=alice.org_id))] == ["organisation"]

    def test_a_round_goes_on_where_it_stopped_and_begins_again_in_another_state(self, stores: Stores) -> None:
        alice = stores.people.person()
        two_catalogues(stores, alice)
        worker, progress = begun(stores, alice)
        compared = stores.maintenance.neighbours(worker, progress, 3)
        further = stores.maintenance.propose(worker, progress, compared, [])
        assert (further.compared_catalogue, further.compared_key) == (compared[-1].catalogue, compared[-1].control_key)
        assert stores.maintenance.begin(worker, progress.state) == further
        other = stores.maintenance.begin(worker, "another state")
        assert other == Progress(state="another state")
        stores.maintenance.finish(worker, progress.state)
        assert not stores.maintenance.begin(worker, "another state").finished, "the end of an older round is ignored"

    def test_every_control_is_compared_once_in_a_round(self, stores: Stores) -> None:
        alice = stores.people.person()
        policy, standard = two_catalogues(stores, alice)
        worker, progress = begun(stores, alice)
        seen: list[Neighbours] = []
        while compared := stores.maintenance.neighbours(worker, progress, 3):
            seen += compared
            progress = stores.maintenance.propose(worker, progress, compared, [])
        assert stores.maintenance.controls(worker) == len(seen) == 2 * SUBJECTS
        expected: list[tuple[str, str | None, UUID | None]] = [(f"OIS-{n}", None, None) for n in range(SUBJECTS)]
        expected += [(f"NAC-{n}", f"OIS-{n}", standard) for n in range(SUBJECTS)]
        assert [(one.control_key, one.target_key, one.target_document_id) for one in seen] == expected
        last = seen[-1]
        assert (last.document_id, last.catalogue, last.target_catalogue) == (policy, "policy", "bsi_c5")
        assert (last.char_from, last.char_to, last.title) == (60, 70, "Access")
        assert last.cosine == pytest.approx(0.8, abs=0.001)

    def test_the_background_of_two_catalogues_is_their_usual_cosine(self, stores: Stores) -> None:
        alice = stores.people.person()
        two_catalogues(stores, alice)
        (background,) = stores.maintenance.background(worker_of(alice))
        assert (background.source, background.target, background.pairs) == ("policy", "bsi_c5", SUBJECTS**2)
        assert background.middle == pytest.approx(0.0, abs=0.25)


class SpellingContract:
    """Entities of one thing are merged."""

    def test_entities_are_spelled_once_for_each_version_of_the_rule(self, stores: Stores) -> None:
        alice, mallory = stores.people.person(), stores.people.person()
        catalogue_of(stores, alice, "NAC", DocumentType.POLICY, entities=(role("keeper", 0), role("keepers", 5)))
        catalogue_of(stores, mallory, "NAC", DocumentType.POLICY, entities=(role("stranger", 0),))
        unseen = stores.maintenance.unseen(worker_of(alice), "1/", 10)
        assert sorted(one.key for one in unseen) == ["keeper", "keepers"]
        assert stores.maintenance.unseen(worker_of(alice), "1/", 1) == unseen[:1]
        stores.maintenance.spell(worker_of(alice), {unseen[0].id: "1/keeper"})
        assert stores.maintenance.unseen(worker_of(alice), "1/", 10) == unseen[1:]
        assert stores.maintenance.unseen(worker_of(alice), "2/", 10) == unseen

    def test_the_most_frequent_of_the_spellings_is_the_name_of_all(self, stores: Stores) -> None:
        alice = stores.people.person()
        named = (role("keepers", 0), role("keeper", 10), role("keepers", 20), role("owner", 30))
        document = catalogue_of(stores, alice, "NAC", DocumentType.POLICY, entities=named)
        worker, progress = begun(stores, alice)
        unseen = stores.maintenance.unseen(worker, "1/", 10)
        stores.maintenance.spell(worker, {one.id: f"1/{one.key.rstrip('s')}" for one in unseen})
        assert stores.maintenance.merge(worker, progress.state) == 1
        assert stores.maintenance.merge(worker, progress.state) == 0
        found = stores.graph.entities_of(alice.access, document)
        assert [one.normalized for one in found] == ["keepers", "keepers", "keepers", "owner"]


def role(name: str, place: int) -> Entity:
    return Entity(type=EntityType.ROLE, text=name, char_from=place, char_to=place + 3, normalized=name)


class LinkContract:
    """Links are proposed, judged, confirmed, and dropped with their controls."""

    def test_proposed_links_wait_for_a_verdict_the_surest_first(self, stores: Stores) -> None:
        alice, mallory = stores.people.person(), stores.people.person()
        two_catalogues(stores, alice)
        two_catalogues(stores, mallory)
        worker, _, proposals = proposed(stores, alice)
        unjudged = stores.maintenance.unjudged(worker, 10)
        assert [each.neighbours.control_key for each in unjudged] == [f"NAC-{n}" for n in (3, 2, 1, 0)]
        assert [each.confidence for each in unjudged] == [each.confidence for each in reversed(proposals)]
        assert stores.maintenance.unjudged(worker, 1) == unjudged[:1]
        assert stores.maintenance.unjudged(worker_of(mallory), 10) == []

    def test_a_round_replaces_what_the_round_before_proposed(self, stores: Stores) -> None:
        alice = stores.people.person()
        two_catalogues(stores, alice)
        worker, _, proposals = proposed(stores, alice)
        again = stores.maintenance.begin(worker, "another state")
        compared = stores.maintenance.neighbours(worker, again, 100)
        stores.maintenance.propose(worker, again, compared, proposals[:1])
        assert [each.neighbours.control_key for each in stores.maintenance.unjudged(worker, 10)] == ["NAC-0"]

    def test_a_link_that_a_document_states_is_not_proposed(self, stores: Stores) -> None:
        alice = stores.people.person()
        catalogue_of(stores, alice, "NAC", DocumentType.POLICY)
        catalogue_of(stores, alice, "OIS", DocumentType.BSI_C5, states=("OIS-1", "NAC-1"))
        worker, _, _ = proposed(stores, alice)
        keys = [each.neighbours.control_key for each in stores.maintenance.unjudged(worker, 10)]
        assert sorted(keys) == ["NAC-0", "NAC-2", "NAC-3"]

    def test_a_confirmed_link_stays_and_a_refused_one_goes(self, stores: Stores) -> None:
        alice = stores.people.person()
        two_catalogues(stores, alice)
        worker, progress, (first, second, *others) = proposed(stores, alice)
        stores.maintenance.settle(worker, progress.state, first, SUPPORTED)
        stores.maintenance.settle(worker, progress.state, second, REFUSED)
        left = {each.neighbours.control_key for each in stores.maintenance.unjudged(worker, 10)}
        assert left == {each.neighbours.control_key for each in others}
        again = stores.maintenance.begin(worker, "another state")
        compared = stores.maintenance.neighbours(worker, again, 100)
        stores.maintenance.propose(worker, again, compared, [])
        assert stores.maintenance.unjudged(worker, 10) == []
        assert stores.maintenance.drop(worker, again.state) == 0

    def test_a_proposal_does_not_replace_a_confirmed_link(self, stores: Stores) -> None:
        alice = stores.people.person()
        two_catalogues(stores, alice)
        worker, progress, (first, *_) = proposed(stores, alice)
        confirmed = SUPPORTED.model_copy(update={"relation": RelationType.MAPS_TO})
        stores.maintenance.settle(worker, progress.state, first, confirmed)
        again = stores.maintenance.begin(worker, "another state")
        compared = stores.maintenance.neighbours(worker, again, 100)
        stores.maintenance.propose(worker, again, compared, [first])
        assert stores.maintenance.unjudged(worker, 10) == []

    def test_the_first_verdict_on_a_pair_is_remembered(self, stores: Stores) -> None:
        alice, mallory = stores.people.person(), stores.people.person()
        two_catalogues(stores, alice)
        worker, progress, (first, second, *_) = proposed(stores, alice)
        stores.maintenance.settle(worker, progress.state, first, SUPPORTED)
        stores.maintenance.settle(worker, progress.state, second, REFUSED)
        stores.maintenance.settle(worker, progress.state, first, REFUSED.model_copy(update={"fingerprint": "f-1"}))
        asked = ["f-1", "f-2", "f-3"]
        assert stores.maintenance.verdicts(worker, asked) == {"f-1": SUPPORTED, "f-2": REFUSED}
        assert stores.maintenance.verdicts(worker_of(mallory), asked) == {}
        assert stores.maintenance.verdicts(worker, []) == {}

    def test_links_are_dropped_with_the_controls_they_join(self, stores: Stores) -> None:
        alice = stores.people.person()
        two_catalogues(stores, alice)
        worker, progress, _ = proposed(stores, alice)
        assert stores.maintenance.drop(worker, progress.state) == 0
        register_next_version(stores, alice, name="OIS.md")
        assert stores.maintenance.drop(worker, progress.state) == SUBJECTS
        assert stores.maintenance.drop(worker, progress.state) == 0
        assert stores.maintenance.unjudged(worker, 10) == []

    def test_a_models_link_keeps_its_origin(self, stores: Stores) -> None:
        alice = stores.people.person()
        two_catalogues(stores, alice)
        worker, progress = begun(stores, alice)
        compared = stores.maintenance.neighbours(worker, progress, 100)
        (pair, *_) = [one for one in compared if one.target_key is not None]
        known = Proposal(neighbours=pair, confidence=0.75, origin=Origin.MODEL, quote=(0, 5))
        stores.maintenance.propose(worker, progress, compared, [known])
        assert stores.maintenance.unjudged(worker, 10) == []
