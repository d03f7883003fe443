"""The table of document types: as the rows in Python say, and what the comparison of controls goes by."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from tests.embedded import Database
from tests.integration.store_examples import person
from tests.integration.test_graph_maintenance_store import add

from grammar.document_types import KINDS
from knowledge.store.documents import Documents


@pytest.fixture
def connection(database: Database) -> Any:
    """As the owner of the tables; nothing is kept."""
    with psycopg.connect(database.owner_dsn) as opened:
        yield opened
        opened.rollback()


def test_the_table_has_the_rows_of_the_grammar(connection: Any) -> None:
    rows = connection.execute("SELECT type, holds_controls, is_standard FROM document_types").fetchall()
    assert sorted(rows) == sorted((kind.type.value, kind.holds_controls, kind.is_standard) for kind in KINDS)


def test_a_type_that_is_added_to_the_table_has_its_controls_compared(
    database: Database, documents: Documents, connection: Any
) -> None:
    alice = person(database)
    document_id = add(documents, alice, "HAF")
    compared = "SELECT count(*) FROM compared_controls WHERE document_id = %s"
    connection.execute("UPDATE documents SET type = 'hafen' WHERE id = %s", (document_id,))
    assert connection.execute(compared, (document_id,)).fetchone() == (0,)
    connection.execute("INSERT INTO document_types (type, holds_controls, is_standard) VALUES ('hafen', true, true)")
    assert connection.execute(compared, (document_id,)).fetchone() == (6,)


def test_the_functions_read_the_table_and_cannot_change_it(database: Database) -> None:
    with psycopg.connect(database.app_dsn) as functions:
        assert functions.execute("SELECT count(*) FROM document_types").fetchone() == (len(KINDS),)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            functions.execute("UPDATE document_types SET holds_controls = false")
