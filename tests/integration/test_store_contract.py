"""The store's contract, kept by PostgreSQL; tests/unit/knowledge/test_store_contract.py runs it on the fakes."""

from __future__ import annotations

from uuid import UUID

import psycopg
import pytest
from tests.contracts.store import StoreContract
from tests.contracts.stores import People, Person, Stores
from tests.embedded import Database
from tests.integration.store_examples import person

from knowledge.store.answers import Answers
from knowledge.store.connection import Database as Store
from knowledge.store.conversations import Conversations
from knowledge.store.documents import Documents
from knowledge.store.graph import Graph
from knowledge.store.graph_maintenance import GraphMaintenance
from knowledge.store.members import Members
from knowledge.store.part_notes import PartNotes
from knowledge.store.queries import Queries
from knowledge.store.search import Search
from knowledge.store.sweeping import Sweeping


class RealPeople(People):
    """People in the tables of the test module's database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def person(self, *, org_id: UUID | None = None, team: str | None = None) -> Person:
        return person(self._database, org_id=org_id, team=team)

    def revoke_key(self, who: Person) -> None:
        with psycopg.connect(self._database.owner_dsn) as connection:
            connection.execute("UPDATE api_keys SET revoked_at = now() WHERE user_id = %s", (who.user_id,))


class TestPostgreSQL(StoreContract):
    """The contract on a real server, as the functions' role. Tests share a database, each has its own organisations."""

    @pytest.fixture
    def stores(self, database: Database, store: Store) -> Stores:
        return Stores(
            people=RealPeople(database),
            documents=Documents(store),
            part_notes=PartNotes(store),
            queries=Queries(store),
            conversations=Conversations(store),
            answers=Answers(store),
            search=Search(store),
            graph=Graph(store),
            maintenance=GraphMaintenance(store),
            sweeping=Sweeping(store),
            members=Members(store),
        )
