"""Fixtures for tests on the real components. A test starts only what it asks for; all share one stack.

The stack lives in a temporary folder and is gone afterwards. WISSEN_TEST_STATE_DIR names a folder to keep
instead, so that a second run need not build and deploy again.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.embedded import Database, EmbeddedStack, Gateway, PostgresServer

from wissen.stack.aws import session_of
from wissen.stack.connection import Connection

pytest.register_assert_rewrite("tests.contracts", "tests.comparison", "tests.failures")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that kill workers come last: others count messages, and a killed worker's stay in its queue for minutes."""
    items.sort(key=lambda item: item.get_closest_marker("strikes") is not None)


@pytest.fixture(scope="session")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedStack]:
    """The session's stack, with nothing started yet."""
    kept = os.environ.get("WISSEN_TEST_STATE_DIR")
    stack = EmbeddedStack(Path(kept) if kept else tmp_path_factory.mktemp("stack") / "state")
    yield stack
    stack.end(purge=kept is None)


@pytest.fixture(scope="session")
def stack(embedded: EmbeddedStack) -> Connection:
    """The whole stack, up and deployed. Nothing in it begins on its own: tests count messages."""
    connection = embedded.up()
    session = session_of(connection)
    scheduler = session.client("scheduler", endpoint_url=connection.emulator_url)
    for schedule in scheduler.list_schedules()["Schedules"]:
        scheduler.delete_schedule(Name=schedule["Name"], GroupName=schedule["GroupName"])
    return connection


@pytest.fixture(scope="session")
def postgres_server(embedded: EmbeddedStack) -> PostgresServer:
    return PostgresServer(embedded)


@pytest.fixture(scope="module")
def database(postgres_server: PostgresServer, request: pytest.FixtureRequest) -> Iterator[Database]:
    """A freshly migrated, empty database for this test module."""
    name = "test_" + re.sub(r"\W+", "_", request.module.__name__)[-50:].lower()
    yield postgres_server.migrated_database(name)
    postgres_server.drop(name)


@pytest.fixture(scope="session")
def valkey_url(embedded: EmbeddedStack) -> str:
    """URL with password, database 0."""
    return embedded.valkey_url()


@pytest.fixture(scope="session")
def gateway(embedded: EmbeddedStack) -> Gateway:
    return embedded.gateway()


@pytest.fixture(scope="session")
def gateway_url(gateway: Gateway) -> str:
    return gateway.url


@pytest.fixture(scope="session")
def gateway_key(gateway: Gateway) -> str:
    return gateway.key
