"""The gardener on a real PostgreSQL, as the functions' role: merges, drops and links, within a scope and once."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4, uuid5
from zlib import crc32

import psycopg
import pytest
from tests.comparison import assert_same_tables
from tests.embedded import Database
from tests.integration.store_examples import CLASSIFIED, MODEL, Person, announce, person

from garden.link_validation import Judged, Judgement, LinkModel
from garden.maintenance import Budget, maintain_graph
from knowledge.access import Access, team_scope
from knowledge.messages import MaintainGraph
from knowledge.records import Chunk, Control, Embeddings, Entity, ExtractedPart, Relation, StatedRelation
from knowledge.store.connection import Database as Store
from knowledge.store.documents import Documents
from knowledge.store.graph import Graph
from knowledge.store.graph_maintenance import GraphMaintenance
from knowledge.taxonomy import PIPELINE_VERSION, DocumentType, EntityType, Language, Origin, RelationType

#: Subjects that two catalogues share, in both languages, and what each is near to in a space of subjects.
SUBJECTS = (
    ("Datensicherung", "Die Datensicherung wird geprobt.", "Backup", "Backups are tested."),
    ("Protokollierung", "Anmeldungen werden protokolliert.", "Audit logging", "Events are logged."),
    ("Passwörter", "Passwörter sind lang.", "Passwords", "Passwords are long."),
    ("Schulung", "Alle nehmen an Schulungen teil.", "Training", "Everybody takes part in training."),
    ("Verschlüsselung", "Notebooks werden verschlüsselt.", "Encryption", "Laptops are encrypted."),
    ("Zutritt", "Der Zutritt ist geregelt.", "Physical access", "Physical access is controlled."),
)


@pytest.fixture
def maintenance(store: Store) -> GraphMaintenance:
    return GraphMaintenance(store)


def vector(subject: int, seed: int) -> tuple[float, ...]:
    """Near the vector of its subject, and as far from the others as chance will have it."""
    towards, around = random.Random(subject), random.Random(1000 + seed)
    return tuple(towards.gauss(0, 1) + 0.3 * around.gauss(0, 1) for _ in range(384))


def part(document_id: UUID, prefix: str, *, english: bool, entities: Sequence[str] = ()) -> ExtractedPart:
    """A control and a chunk for each subject, and roles."""
    chunks, controls, vectors, text = [], [], [], ""
    for number, subject in enumerate(SUBJECTS):
        title, body = subject[2:] if english else subject[:2]
        stretch = f"{prefix}-{number} {title}\n{body}\n"
        start, end = len(text), len(text) + len(stretch)
        text += stretch
        key = f"{prefix}-{number}"
        place: dict[str, Any] = {"control_id": key, "control_key": key, "char_from": start, "char_to": end}
        controls.append(Control(**place, title=title, text=stretch))
        chunks.append(
            Chunk(
                **place,
                id=uuid5(document_id, key),
                ordinal=number,
                text=stretch,
                heading_path=(title,),
                mentioned_keys=(),
                page_from=None,
                page_to=None,
                language=Language.GERMAN,
            )
        )
        vectors.append(vector(number, crc32(f"{prefix}{number}".encode())))
    named = tuple(
        Entity(type=EntityType.ROLE, text=name, char_from=place, char_to=place + 1, normalized=name)
        for place, name in enumerate(entities)
    )
    return ExtractedPart(
        chunks=tuple(chunks),
        embeddings=Embeddings(model=MODEL, vectors=tuple(vectors)),
        controls=tuple(controls),
        entities=named,
    )


def add(
    documents: Documents,
    who: Person,
    prefix: str,
    kind: DocumentType = DocumentType.POLICY,
    *,
    scope: str = "organisation",
    entities: Sequence[str] = (),
    states: tuple[str, str] | None = None,
) -> UUID:
    """A searchable document whose controls are called prefix-0, prefix-1 and so on."""
    worker = Access.of_document(who.org_id, scope)
    document_id, _, _ = announce(documents, who, name=f"{prefix}.md", data=f"{prefix}{scope}".encode(), scope=scope)
    documents.start(worker, document_id)
    documents.classified(worker, document_id, CLASSIFIED.model_copy(update={"type": kind}))
    extracted = part(document_id, prefix, english=kind is not DocumentType.POLICY, entities=entities)
    if states:
        stated = Relation(
            source_key=states[0],
            relation=RelationType.MAPS_TO,
            target_key=states[1],
            target=states[1],
            origin=Origin.SOURCE,
            char_from=0,
            char_to=5,
        )
        extracted = extracted.model_copy(update={"relations": (stated,)})
    documents.store_part(worker, document_id, 0, pipeline_version=PIPELINE_VERSION, extracted=extracted)
    assert documents.publish(worker, document_id, PIPELINE_VERSION)
    return document_id


class FakeLinkModel(LinkModel):
    """Confirms what speaks of backups and refuses the rest; it quotes both texts whole."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def judge(self, org_id: UUID, text_a: str, text_b: str, deadline_s: float) -> Judgement | None:
        self.asked.append(text_a)
        return Judgement(Judged.SUPPORTS if "Backup" in text_b else Judged.NONE, 0.75, text_a, text_b)


def maintain(
    maintenance: GraphMaintenance, who: Person, model: LinkModel | None = None, **budget: Any
) -> dict[str, Any]:
    message = MaintainGraph(id=uuid4(), org_id=who.org_id, trace="test")
    return maintain_graph(message, maintenance, Budget(seconds=60, **budget), model)


def proposed(graph: Graph, who: Person) -> list[StatedRelation]:
    return [edge for edge in graph.mappings(who.access, 100) if edge.origin is Origin.SIMILARITY]


def rows(database: Database, query: str, *values: Any) -> list[tuple[Any, ...]]:
    with psycopg.connect(database.owner_dsn) as connection:
        return connection.execute(query, values).fetchall()


MERGED = """SELECT e.key, head.key FROM entities e LEFT JOIN entities head ON head.id = e.merged_into
            WHERE e.org_id = %s ORDER BY e.key, e.scope"""


def test_controls_of_two_catalogues_that_ask_for_the_same_are_linked(
    database: Database, documents: Documents, maintenance: GraphMaintenance, graph: Graph
) -> None:
    alice = person(database)
    policy = add(documents, alice, "NAC")
    catalogue = add(documents, alice, "QZ", DocumentType.BSI_C5)
    assert maintenance.organisations().count(alice.org_id) == 1
    assert maintain(maintenance, alice) == {"finished": 1, "scopes": 1}
    edges = proposed(graph, alice)
    assert [(edge.source_key, edge.target_key) for edge in edges] == [(f"NAC-{n}", f"QZ-{n}") for n in range(6)]
    controls = {control.control_key: control for control in graph.controls_of(alice.access, policy)}
    for edge in edges:
        source = controls[edge.source_key]
        assert (edge.document_id, edge.char_from, edge.char_to) == (policy, source.char_from, source.char_to)
        assert 0.6 < edge.confidence < 1
    targets = rows(
        database,
        "SELECT DISTINCT target_document_id, target_scope FROM relations WHERE org_id = %s AND origin = 'similarity'",
        alice.org_id,
    )
    assert targets == [(catalogue, "organisation")]


def test_a_second_delivery_changes_nothing(
    database: Database, documents: Documents, maintenance: GraphMaintenance
) -> None:
    alice = person(database)
    add(documents, alice, "NAC", entities=["Depotverwalter", "Depotverwalterin"])
    add(documents, alice, "QZ", DocumentType.BSI_C5)
    maintain(maintenance, alice)

    def everything() -> dict[str, list[tuple[Any, ...]]]:
        """Each row with the transaction that wrote it last."""
        tables = ("relations", "entities", "gardens")
        query = "SELECT t::text, t.xmin::text FROM {} t WHERE org_id = %s ORDER BY 1"
        return {table: rows(database, query.format(table), alice.org_id) for table in tables}

    before = everything()
    assert alice.org_id not in maintenance.organisations()
    assert maintain(maintenance, alice) == {"finished": 0, "scopes": 0}
    assert_same_tables(everything(), before)


def test_a_round_in_several_runs_finds_what_one_run_finds(
    database: Database, documents: Documents, maintenance: GraphMaintenance, graph: Graph
) -> None:
    alice = person(database)
    add(documents, alice, "NAC")
    add(documents, alice, "QZ", DocumentType.BSI_C5)
    (state,) = [state for scope, state in maintenance.scopes(Access(org_id=alice.org_id)) if scope == "organisation"]
    worker = Access.of_document(alice.org_id, "organisation")
    progress = maintenance.begin(worker, state)
    seen = []
    while compared := maintenance.neighbours(worker, progress, 5):
        seen += [pair.control_key for pair in compared]
        progress = maintenance.propose(worker, progress, compared, [])
        assert maintenance.begin(worker, state) == progress
    assert seen == [*(f"QZ-{n}" for n in range(6)), *(f"NAC-{n}" for n in range(6))]
    assert maintain(maintenance, alice) == {"finished": 1, "scopes": 1}


def test_a_link_goes_with_either_document_and_comes_back(
    database: Database, documents: Documents, maintenance: GraphMaintenance, graph: Graph
) -> None:
    alice = person(database)
    add(documents, alice, "NAC")
    catalogue = add(documents, alice, "QZ", DocumentType.BSI_C5)
    maintain(maintenance, alice)
    assert len(proposed(graph, alice)) == 6
    assert documents.delete(alice.access, catalogue)
    assert proposed(graph, alice) == []
    assert maintain(maintenance, alice) == {"finished": 1, "scopes": 1}
    add(documents, alice, "QZ", DocumentType.BSI_C5)
    maintain(maintenance, alice)
    assert len(proposed(graph, alice)) == 6


def test_a_link_whose_control_is_gone_is_dropped(
    database: Database, documents: Documents, maintenance: GraphMaintenance, graph: Graph
) -> None:
    alice = person(database)
    policy = add(documents, alice, "NAC")
    catalogue = add(documents, alice, "QZ", DocumentType.BSI_C5)
    maintain(maintenance, alice)
    with psycopg.connect(database.owner_dsn) as connection:
        connection.execute("DELETE FROM controls WHERE document_id = %s AND control_key = 'QZ-3'", (catalogue,))
        connection.execute("DELETE FROM controls WHERE document_id = %s AND control_key = 'NAC-1'", (policy,))
    worker = Access.of_document(alice.org_id, "organisation")
    assert maintenance.drop(worker, "any") == 2
    assert maintenance.drop(worker, "any") == 0
    assert [edge.source_key for edge in proposed(graph, alice)] == ["NAC-0", "NAC-2", "NAC-4", "NAC-5"]


def test_what_a_document_states_itself_is_not_proposed(
    database: Database, documents: Documents, maintenance: GraphMaintenance, graph: Graph
) -> None:
    alice = person(database)
    add(documents, alice, "NAC", states=("NAC-2", "QZ-2"))
    add(documents, alice, "QZ", DocumentType.BSI_C5, states=("QZ-4", "NAC-4"))
    maintain(maintenance, alice)
    assert [edge.source_key for edge in proposed(graph, alice)] == ["NAC-0", "NAC-1", "NAC-3", "NAC-5"]
    stated = [edge for edge in graph.mappings(alice.access, 100) if edge.origin is Origin.SOURCE]
    assert {(edge.source_key, edge.target_key) for edge in stated} == {("NAC-2", "QZ-2"), ("QZ-4", "NAC-4")}


def test_a_judged_link_is_confirmed_or_gone_and_stays_so(
    database: Database, documents: Documents, maintenance: GraphMaintenance, graph: Graph
) -> None:
    alice = person(database)
    policy = add(documents, alice, "NAC")
    add(documents, alice, "QZ", DocumentType.BSI_C5)
    model = FakeLinkModel()
    assert maintain(maintenance, alice, model, calls=4) == {"finished": 0, "scopes": 1}
    assert len(proposed(graph, alice)) == 2
    assert maintain(maintenance, alice, model, calls=4) == {"finished": 1, "scopes": 1}
    assert proposed(graph, alice) == []
    (edge,) = graph.around(alice.access, ["NAC-0"], 10)
    assert (edge.document_id, edge.relation, edge.origin) == (policy, RelationType.SUPPORTS, Origin.MODEL)
    source = next(each for each in graph.controls_of(alice.access, policy) if each.control_key == "NAC-0")
    assert (edge.char_from, edge.char_to, edge.confidence) == (source.char_from, source.char_to - 1, 0.75)
    # Another document begins another round: what was judged is known, with a model and without.
    add(documents, alice, "HSK")
    assert maintain(maintenance, alice) == {"finished": 1, "scopes": 1}
    assert graph.around(alice.access, ["NAC-0"], 10) == [edge]
    assert {edge.source_key for edge in proposed(graph, alice)}.isdisjoint(f"NAC-{number}" for number in range(6))
    assert sorted(model.asked) == sorted(set(model.asked))
    assert documents.delete(alice.access, policy)
    assert rows(database, "SELECT count(*) FROM link_verdicts WHERE org_id = %s", alice.org_id) == [(0,)]


def test_every_pair_of_documents_has_its_turn(
    database: Database, documents: Documents, maintenance: GraphMaintenance
) -> None:
    alice, mallory = person(database), person(database)
    for prefix, kind in (("NAC", DocumentType.POLICY), ("QZ", DocumentType.BSI_C5), ("ZZ", DocumentType.ISO_27001)):
        add(documents, alice, prefix, kind)
    maintain(maintenance, alice)
    worker = Access.of_document(alice.org_id, "organisation")
    waiting = maintenance.unjudged(worker, 3)
    pairs = {(each.neighbours.document_id, each.neighbours.target_document_id) for each in waiting}
    assert len(pairs) == 3
    assert all(each.neighbours.text and each.neighbours.target_text for each in waiting)
    assert maintenance.unjudged(Access.of_document(mallory.org_id, "organisation"), 3) == []


def test_spellings_are_merged_into_the_one_named_most_and_part_again(
    database: Database, documents: Documents, maintenance: GraphMaintenance, graph: Graph
) -> None:
    alice = person(database)
    document = add(documents, alice, "NAC", entities=["Depotverwalter", "Depotverwalterin", "Hafenmeister"])
    more = add(documents, alice, "NBK", entities=["Depotverwalterin"])
    maintain(maintenance, alice)
    assert rows(database, MERGED, alice.org_id) == [
        ("Depotverwalter", "Depotverwalterin"),
        ("Depotverwalterin", None),
        ("Hafenmeister", None),
    ]
    found = graph.entities_of(alice.access, document)
    assert [entity.normalized for entity in found] == ["Depotverwalterin", "Depotverwalterin", "Hafenmeister"]
    with psycopg.connect(database.owner_dsn) as connection:
        connection.execute(
            "DELETE FROM mentions m USING entities e WHERE e.id = m.entity_id AND e.org_id = %s AND e.key = %s",
            (alice.org_id, "Depotverwalterin"),
        )
    assert maintenance.merge(Access.of_document(alice.org_id, "organisation"), "any") == 2
    assert ("Depotverwalter", None) in rows(database, MERGED, alice.org_id)
    assert more != document


def test_nothing_is_merged_or_linked_across_scopes_and_organisations(
    database: Database, documents: Documents, maintenance: GraphMaintenance, graph: Graph
) -> None:
    alice = person(database, team="blue")
    mallory = person(database)
    team = team_scope(alice.team_ids[0])
    add(documents, alice, "NAC", entities=["Depotverwalter"])
    add(documents, alice, "NBK", DocumentType.BSI_C5, scope=team, entities=["Depotverwalterin"])
    add(documents, mallory, "QZ", DocumentType.ISO_27001, entities=["Depotverwalterinnen"])
    assert maintain(maintenance, alice) == {"finished": 2, "scopes": 2}
    assert proposed(graph, alice) == []
    assert {merged for _, merged in rows(database, MERGED, alice.org_id)} == {None}
    # The stranger's scope is untouched, and a worker sent to one organisation cannot reach the other's.
    assert {
        spelling for (spelling,) in rows(database, "SELECT spelling FROM entities WHERE org_id = %s", mallory.org_id)
    } == {None}
    assert mallory.org_id in maintenance.organisations()
    foreign = Access(org_id=mallory.org_id, scopes=(team,))
    assert maintenance.unseen(foreign, "1/", 10) == []
    assert maintenance.controls(foreign) == 0
    assert {scope for scope, _ in maintenance.scopes(Access(org_id=mallory.org_id))} == {"organisation"}


def test_without_an_organisation_there_are_ids_and_nothing_else(database: Database, store: Store) -> None:
    with store.transaction(None) as connection:
        assert connection.execute("SELECT * FROM scopes_to_tend()").fetchall() == []
        assert connection.execute("SELECT * FROM compared_controls").fetchall() == []
        assert connection.execute("SELECT * FROM gardens").fetchall() == []
    with psycopg.connect(database.app_dsn) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("SELECT garden_state(%s, 'organisation')", (uuid4(),))


def test_what_a_document_cost_is_added_up(database: Database, documents: Documents) -> None:
    alice = person(database)
    worker = Access.of_document(alice.org_id, "organisation")
    document, _, _ = announce(documents, alice, name="cost.md", data=b"cost")
    documents.start(worker, document)
    documents.classified(worker, document, CLASSIFIED.model_copy(update={"parts": 2}))
    for number, cost in ((0, 0.25), (1, 0.5), (1, 0.5)):
        extracted = ExtractedPart(chunks=(), embeddings=Embeddings(model=MODEL, vectors=()), cost_usd=cost)
        documents.store_part(worker, document, number, pipeline_version=PIPELINE_VERSION, extracted=extracted)
    record = documents.get(alice.access, document)
    assert record is not None
    assert record.cost_usd == pytest.approx(0.75)
