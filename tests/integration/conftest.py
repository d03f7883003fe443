"""The store and its parts, as the functions' role, on the test module's own database."""

from __future__ import annotations

import pytest
from tests.embedded import Database
from tests.integration.store_examples import secret

from knowledge.store.connection import Database as Store
from knowledge.store.documents import Documents
from knowledge.store.graph import Graph
from knowledge.store.search import Search


@pytest.fixture
def store(database: Database) -> Store:
    return Store(lambda: secret(database.app_dsn))


@pytest.fixture
def documents(store: Store) -> Documents:
    return Documents(store)


@pytest.fixture
def graph(store: Store) -> Graph:
    return Graph(store)


@pytest.fixture
def search(store: Store) -> Search:
    return Search(store)
