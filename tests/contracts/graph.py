"""The promises of the graph's port: controls, names and edges of the documents that the asker may see."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest
from tests.contracts.examples import CLASSIFIED, MODEL, chunk, ingest_part, register, worker_of
from tests.contracts.stores import Person, Stores

from knowledge.access import team_scope, user_scope
from knowledge.records import ClassifiedDocument, Control, Embeddings, Entity, ExtractedPart, Relation, SearchFilters
from knowledge.store.ports.graph import NamesAsked
from knowledge.taxonomy import PIPELINE_VERSION, DocumentType, EntityType, Origin, RelationType

ROLE = Entity(type=EntityType.ROLE, text="the CISO", char_from=4, char_to=12, normalized="CISO", confidence=0.5)
SHORT = Entity(
    type=EntityType.ABBREVIATION,
    text="Network Control Room (NCR)",
    char_from=20,
    char_to=46,
    normalized="Network Control Room (NCR)",
)
C5 = CLASSIFIED.model_copy(update={"type": DocumentType.BSI_C5})
EVERYTHING = SearchFilters()


def control(key: str, *, char_from: int = 0, char_to: int = 10, **values: Any) -> Control:
    given = {"control_id": key, "control_key": key, "title": "Access", "text": "x" * (char_to - char_from)}
    return Control.model_validate({**given, "char_from": char_from, "char_to": char_to, **values})


def edge(source: str, relation: RelationType, target: str, *, char_from: int = 0, confidence: float = 1.0) -> Relation:
    return Relation(
        source_key=source,
        relation=relation,
        target_key=target,
        target=target,
        origin=Origin.SOURCE,
        confidence=confidence,
        char_from=char_from,
        char_to=char_from + 5,
    )


def part(*controls: Control, entities: tuple[Entity, ...] = (), relations: tuple[Relation, ...] = ()) -> ExtractedPart:
    """The controls with a chunk each, and what else is found."""
    any_id = uuid4()
    chunks = tuple(
        chunk(any_id, one.text, control=one.control_key, ordinal=ordinal, char_from=one.char_from, char_to=one.char_to)
        for ordinal, one in enumerate(controls)
    )
    vectors = tuple((1.0,) * 384 for _ in chunks)
    embeddings = Embeddings(model=MODEL, vectors=vectors)
    return ExtractedPart(
        chunks=chunks, embeddings=embeddings, controls=controls, entities=entities, relations=relations
    )


def add(
    stores: Stores,
    who: Person,
    extracted: ExtractedPart,
    *,
    name: str = "policy.md",
    found: ClassifiedDocument = CLASSIFIED,
) -> UUID:
    return ingest_part(stores.documents, who, extracted, name=name, found=found)


class DocumentGraphContract:
    """The rows of one document, in reading order."""

    def test_controls_come_in_reading_order_as_they_were_stored(self, stores: Stores) -> None:
        alice = stores.people.person()
        first = control("NAC-2", level="B", roles=("CISO",), edition="2024", issues=("no title",), page_from=1)
        later = control("NAC-1", char_from=20, char_to=30, withdrawn=True)
        document = add(stores, alice, part(later, first))
        assert stores.graph.controls_of(alice.access, document) == [first, later]

    def test_a_control_found_twice_is_kept_where_structure_shows_it_and_then_where_it_is_longer(
        self, stores: Stores
    ) -> None:
        alice = stores.people.person()
        told = control("NAC-1", char_to=90, origin=Origin.MODEL, confidence=0.5)
        short, long = control("NAC-1", char_to=5), control("NAC-1", char_to=50)
        for place, (given, kept) in enumerate(
            [((short, long), long), ((long, short), long), ((told, short), short), ((short, told), short)]
        ):
            rows = ExtractedPart(chunks=(), embeddings=Embeddings(model=MODEL, vectors=()), controls=given)
            document = add(stores, alice, rows, name=f"{place}.md")
            assert stores.graph.controls_of(alice.access, document) == [kept]

    def test_names_come_in_reading_order_each_place_once(self, stores: Stores) -> None:
        alice = stores.people.person()
        document = add(stores, alice, part(control("NAC-1"), entities=(SHORT, ROLE, ROLE)))
        assert stores.graph.entities_of(alice.access, document) == [ROLE, SHORT]

    def test_an_edge_stated_twice_keeps_its_surest_evidence(self, stores: Stores) -> None:
        alice = stores.people.person()
        sure = edge("NAC-1", RelationType.REFERENCES, "NAC-2", char_from=7)
        unsure = edge("NAC-1", RelationType.REFERENCES, "NAC-2", confidence=0.5)
        other = edge("NAC-1", RelationType.MAPS_TO, "AC-2")
        document = add(stores, alice, part(control("NAC-1"), relations=(unsure, sure, other, unsure)))
        assert stores.graph.relations_of(alice.access, document) == [other, sure]


class CurrentGraphContract:
    """The graph of all current documents."""

    def test_a_control_is_found_in_every_current_document_that_has_it(self, stores: Stores) -> None:
        alice = stores.people.person()
        extracted = part(control("NAC-1"))
        add(stores, alice, extracted, name="old.md")
        first = add(stores, alice, extracted, name="a.md")
        second = add(stores, alice, extracted, name="b.md")
        register_next_version(stores, alice, name="old.md")
        found = stores.graph.controls_by_key(alice.access, "NAC-1")
        assert [(one.document_id, one.document_title) for one in found] == [(second, "Policy"), (first, "Policy")]
        assert stores.graph.controls_by_key(alice.access, "NAC-9") == []

    def test_edges_are_followed_in_both_directions(self, stores: Stores) -> None:
        alice = stores.people.person()
        forth, back = edge("NAC-1", RelationType.REFERENCES, "NAC-2"), edge("NAC-3", RelationType.ENHANCES, "NAC-1")
        far = edge("NAC-4", RelationType.REFERENCES, "NAC-5")
        document = add(stores, alice, part(control("NAC-1"), relations=(back, far, forth)))
        found = stores.graph.around(alice.access, ["NAC-1"], 10)
        assert [(one.source_key, one.target_key) for one in found] == [("NAC-1", "NAC-2"), ("NAC-3", "NAC-1")]
        assert {one.document_id for one in found} == {document}
        assert len(stores.graph.around(alice.access, ["NAC-1"], 1)) == 1
        assert stores.graph.around(alice.access, ["NAC-9"], 10) == []

    def test_mappings_are_the_edges_between_standards(self, stores: Stores) -> None:
        alice = stores.people.person()
        mapped = [edge(f"NAC-{n}", RelationType.MAPS_TO, "AC-2") for n in (2, 1)]
        other = edge("NAC-1", RelationType.REFERENCES, "NAC-2")
        add(stores, alice, part(control("NAC-1"), relations=(*mapped, other)))
        found = stores.graph.mappings(alice.access, 10)
        assert [(one.source_key, one.target_key) for one in found] == [("NAC-1", "AC-2"), ("NAC-2", "AC-2")]
        assert [one.source_key for one in stores.graph.mappings(alice.access, 1)] == ["NAC-1"]

    def test_the_documents_own_words_for_a_name_are_found(self, stores: Stores) -> None:
        alice = stores.people.person()
        add(stores, alice, part(control("NAC-1"), entities=(ROLE, SHORT)))
        asked = NamesAsked(entities=[(EntityType.ROLE, "CISO", "1/ciso")], shorts=["ncr"])
        found = {(one.type, one.key, one.text, one.asked) for one in stores.graph.own_names(alice.access, asked)}
        definition = (EntityType.ABBREVIATION, SHORT.normalized, SHORT.text, None)
        assert found == {(EntityType.ROLE, "CISO", "the CISO", "CISO"), definition}
        (begun,) = stores.graph.own_names(alice.access, NamesAsked(beginnings=["Netw"]))
        assert (begun.type, begun.key, begun.text, begun.asked) == definition
        unknown = NamesAsked(entities=[(EntityType.ROLE, "CIO", "1/cio")], shorts=["XYZ"], beginnings=["abcd"])
        assert stores.graph.own_names(alice.access, unknown) == []

    def test_a_control_leads_to_its_counterpart_in_another_standard(self, stores: Stores) -> None:
        alice = stores.people.person()
        catalogue = add(stores, alice, part(control("AC-2")), name="catalogue.md", found=C5)
        relations = (
            edge("ORP.4.A8", RelationType.MAPS_TO, "AC-2"),
            edge("ORP.4.A8", RelationType.REFERENCES, "ORP.4.A9"),
        )
        add(
            stores, alice, part(control("ORP.4.A8"), control("ORP.4.A9", char_from=20, char_to=30), relations=relations)
        )

        def mapped(key: str, filters: SearchFilters = EVERYTHING) -> list[tuple[str, str | None]]:
            found = stores.graph.mapped(alice.access, [key], [], filters)
            return [(one.source_key, one.passage.control_id) for one in found if not one.states]

        assert mapped("ORP.4.A8") == [("ORP.4.A8", "AC-2")], "the reference stays within its own standard"
        assert mapped("AC-2") == [("AC-2", "ORP.4.A8")]
        assert mapped("ORP.4.A9") == []
        assert mapped("ORP.4.A8", SearchFilters(document_ids=(uuid4(),))) == []
        (only,) = stores.graph.mapped(
            alice.access, ["ORP.4.A8"], [DocumentType.BSI_C5], SearchFilters(types=(C5.type,))
        )
        assert (only.passage.document_id, only.relation) == (catalogue, RelationType.MAPS_TO)


def register_next_version(stores: Stores, who: Person, *, name: str) -> None:
    """A next version without controls takes the place of the one that has this name."""
    document = register(stores.documents, who, data=b"the next version", name=name).document_id
    worker = worker_of(who)
    stores.documents.start(worker, document)
    stores.documents.classified(worker, document, CLASSIFIED)
    nothing = ExtractedPart(chunks=(), embeddings=Embeddings(model=MODEL, vectors=()))
    stores.documents.store_part(worker, document, 0, pipeline_version=PIPELINE_VERSION, extracted=nothing)
    assert stores.documents.publish(worker, document, PIPELINE_VERSION)


class GraphVisibilityContract:
    """Nobody reads a row of a document that is not theirs to see."""

    @pytest.mark.parametrize("kind", ["organisation", "team", "owner"])
    def test_rows_are_visible_within_their_documents_scope_alone(self, stores: Stores, kind: str) -> None:
        alice = stores.people.person(team="audit")
        bob, mallory = stores.people.person(org_id=alice.org_id, team="sales"), stores.people.person()
        scopes = {"team": team_scope(alice.team_ids[0]), "owner": user_scope(alice.user_id)}
        scope = scopes.get(kind, "organisation")
        document = register(stores.documents, alice, data=b"Access.", scope=scope).document_id
        worker = worker_of(alice, scope)
        stores.documents.start(worker, document)
        stores.documents.classified(worker, document, CLASSIFIED)
        relations = (edge("NAC-1", RelationType.MAPS_TO, "AC-2"),)
        extracted = part(
            control("NAC-1"), control("AC-2", char_from=20, char_to=30), entities=(ROLE,), relations=relations
        )
        stores.documents.store_part(worker, document, 0, pipeline_version=PIPELINE_VERSION, extracted=extracted)
        assert stores.documents.publish(worker, document, PIPELINE_VERSION)
        for who, visible in ((alice, True), (bob, kind == "organisation"), (mallory, False)):
            rows = (
                stores.graph.controls_of(who.access, document),
                stores.graph.controls_by_key(who.access, "NAC-1"),
                stores.graph.entities_of(who.access, document),
                stores.graph.relations_of(who.access, document),
                stores.graph.around(who.access, ["NAC-1"], 10),
                stores.graph.mappings(who.access, 10),
                stores.graph.own_names(who.access, NamesAsked(entities=[(EntityType.ROLE, "CISO", "1/ciso")])),
                stores.graph.mapped(who.access, ["NAC-1"], [], EVERYTHING),
            )
            assert [bool(found) for found in rows] == [visible] * len(rows)
