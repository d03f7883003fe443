"""What a question is expanded and compared by comes from documents the asker may see, and from no others."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid5

import pytest
from tests.embedded import Database
from tests.integration.store_examples import CLASSIFIED, MODEL, Person, announce, person

from intent.expansion import names_asked, own_terms
from knowledge.access import ORGANISATION_SCOPE, Access, team_scope
from knowledge.entities.recognition import find_entities
from knowledge.entities.spellings import SPELLING_VERSION, spelling
from knowledge.questions.reading import read_question
from knowledge.records import Chunk, Control, Embeddings, ExtractedPart, Relation, SearchFilters
from knowledge.store.connection import Database as Store
from knowledge.store.documents import Documents
from knowledge.store.graph import Graph
from knowledge.store.graph_maintenance import GraphMaintenance
from knowledge.store.search import Search
from knowledge.taxonomy import PIPELINE_VERSION, DocumentType, EntityType, Language, Origin, RelationType

GLOSSARY = "Die Leitstelle Netz (LSN) wacht. Hafen-Verantwortliche helfen."


def keep(
    documents: Documents,
    who: Person,
    name: str,
    text: str,
    *,
    scope: str = ORGANISATION_SCOPE,
    kind: DocumentType = DocumentType.POLICY,
    controls: tuple[tuple[str, str | None], ...] = (),
    relations: tuple[Relation, ...] = (),
) -> UUID:
    """A searchable document of one chunk for each line of its text, the first ones of its controls."""
    document_id, _, _ = announce(documents, who, name=name, data=(name + text).encode(), scope=scope)
    worker = Access.of_document(who.org_id, scope)
    documents.start(worker, document_id)
    documents.classified(worker, document_id, CLASSIFIED.model_copy(update={"type": kind}))
    chunks, found, start = [], [], 0
    for ordinal, line in enumerate(text.splitlines(keepends=True)):
        key, parent = controls[ordinal] if ordinal < len(controls) else (None, None)
        place: dict[str, Any] = {"char_from": start, "char_to": start + len(line), "text": line}
        chunks.append(
            Chunk(
                **place,
                id=uuid5(document_id, str(ordinal)),
                ordinal=ordinal,
                heading_path=(f"Heading {ordinal}",),
                control_id=key,
                control_key=key,
                mentioned_keys=(),
                page_from=None,
                page_to=None,
                language=Language.GERMAN,
            )
        )
        if key is not None:
            found.append(Control(**place, control_id=key, control_key=key, title=line.split(":")[0], parent_key=parent))
        start += len(line)
    part = ExtractedPart(
        chunks=tuple(chunks),
        embeddings=Embeddings(model=MODEL, vectors=((1.0,) * 384,) * len(chunks)),
        controls=tuple(found),
        entities=tuple(find_entities(text)),
        relations=relations,
    )
    documents.store_part(worker, document_id, 0, pipeline_version=PIPELINE_VERSION, extracted=part)
    assert documents.publish(worker, document_id, PIPELINE_VERSION)
    return document_id


def terms(graph: Graph, who: Person, question: str) -> list[str]:
    analysis = read_question(question)
    names = graph.own_names(who.access, names_asked(question, analysis))
    return [expansion.term for expansion in own_terms(question, analysis, names)]


def test_a_definition_in_a_teams_document_expands_the_questions_of_that_team_alone(
    database: Database, documents: Documents, graph: Graph
) -> None:
    alice = person(database, team="blue")
    colleague = person(database, org_id=alice.org_id, team="red")
    stranger = person(database)
    document = keep(documents, alice, "glossary.md", GLOSSARY, scope=team_scope(alice.team_ids[0]))
    for question, expected in (("Wen ruft die LSN?", "Leitstelle Netz"), ("Wen ruft die Leitstelle Netz?", "LSN")):
        assert terms(graph, alice, question) == [expected]
        assert terms(graph, colleague, question) == []
        assert terms(graph, stranger, question) == []
    assert documents.delete(alice.access, document)
    assert terms(graph, alice, "Wen ruft die LSN?") == []


@pytest.mark.parametrize("tended", [False, True])
def test_spellings_that_the_gardener_merges_are_terms_for_those_who_see_them(
    database: Database, store: Store, documents: Documents, graph: Graph, tended: bool
) -> None:
    alice = person(database, team="blue")
    colleague = person(database, org_id=alice.org_id)
    scope = team_scope(alice.team_ids[0])
    keep(documents, alice, "glossary.md", GLOSSARY, scope=scope)
    keep(documents, alice, "policy.md", "Die Hafenverantwortliche hilft.")
    maintenance, worker = GraphMaintenance(store), Access.of_document(alice.org_id, scope)
    if tended:
        unseen = maintenance.unseen(worker, SPELLING_VERSION, 100)
        maintenance.spell(worker, {one.id: spelling(one.type, one.key) for one in unseen})
    question = "Was darf die Hafenverantwortliche?"
    assert ("Hafen-Verantwortliche" in terms(graph, alice, question)) is tended
    assert terms(graph, colleague, question) == []


def test_a_mapping_leads_to_its_other_end_and_to_what_states_it_within_what_the_asker_sees(
    database: Database, documents: Documents, graph: Graph
) -> None:
    alice = person(database, team="blue")
    colleague = person(database, org_id=alice.org_id)
    keep(documents, alice, "own.md", "Konten: sperren.\n", controls=(("NAC-1", None),))
    other = keep(
        documents, alice, "c5.md", "Konten: schließen.\n", kind=DocumentType.BSI_C5, controls=(("IDM-1", None),)
    )
    edge = Relation(
        source_key="NAC-1",
        relation=RelationType.MAPS_TO,
        target_key="IDM-1",
        target="IDM-01",
        origin=Origin.SOURCE,
        char_from=0,
        char_to=5,
    )
    table = keep(
        documents, alice, "table.md", "NAC-1 | IDM-01\n", relations=(edge,), scope=team_scope(alice.team_ids[0])
    )

    def mapped(who: Person, key: str, **filters: Any) -> list[tuple[UUID, bool]]:
        found = graph.mapped(who.access, [key], [], SearchFilters(**filters))
        return [(each.passage.document_id, each.states) for each in found]

    assert mapped(alice, "NAC-1") == [(other, False), (table, True)]
    assert [states for _, states in mapped(alice, "IDM-1")] == [False, True]
    assert mapped(alice, "NAC-1", types=(DocumentType.BSI_C5,)) == [(other, False)]
    assert mapped(colleague, "NAC-1") == []  # whether the two correspond is in a document of another team


def test_a_part_of_a_control_says_of_what_and_quotes_only_itself(
    database: Database, documents: Documents, search: Search
) -> None:
    alice = person(database)
    text = "Konten: werden verwaltet.\nFristen: 30 Tage.\n" + "Sperren: " + "x" * 400 + "\n"
    document = keep(
        documents, alice, "own.md", text, controls=(("AC-2", None), ("AC-2(1)", "AC-2"), ("AC-2(2)", "AC-2"))
    )
    ids = [uuid5(document, str(ordinal)) for ordinal in range(3)]
    groups = search.in_context(alice.access, ids, widened=3)
    assert [group[0].part_of for group in groups] == [None, "Konten: werden verwaltet.\n", "AC-2 Konten"]
    assert [group[0].text for group in groups] == text.splitlines(keepends=True)


def test_a_definition_keeps_its_type_in_the_graph(database: Database, documents: Documents, graph: Graph) -> None:
    alice = person(database)
    document = keep(documents, alice, "glossary.md", GLOSSARY)
    (defined,) = [one for one in graph.entities_of(alice.access, document) if one.type is EntityType.ABBREVIATION]
    assert (defined.text, defined.normalized) == ("Leitstelle Netz (LSN)", "Leitstelle Netz (LSN)")
