"""Who listens, in a real Valkey; connections that are not there."""

from __future__ import annotations

import time
from uuid import UUID, uuid4

import pytest
import valkey
from tests.embedded import EmbeddedStack
from tests.fakes.examples import ACCESS, ORG, OTHER_ORG

from knowledge.environment import CacheSecret
from knowledge.errors import UpstreamUnavailable
from knowledge.streaming import MOST_LISTENERS, StreamedEvents
from knowledge.streaming_adapters import (
    CONNECTION_SECONDS,
    SUBSCRIPTION_SECONDS,
    ApiGatewayConnections,
    ValkeyAudience,
)
from wissen.stack import emulator

NOWHERE = "valkey://127.0.0.1:1/0"


def audience_at(url: str) -> ValkeyAudience:
    return ValkeyAudience(lambda: CacheSecret(url=url))


@pytest.fixture
def audience(valkey_url: str) -> ValkeyAudience:
    return audience_at(valkey_url)


@pytest.fixture
def query_id() -> UUID:
    return uuid4()


def test_a_connection_belongs_to_its_member_until_it_ends(audience: ValkeyAudience) -> None:
    connection_id = f"c-{uuid4()}"
    assert audience.admitted(connection_id) is None
    audience.admit(connection_id, ACCESS)
    assert audience.admitted(connection_id) == ACCESS
    audience.leave(connection_id)
    assert audience.admitted(connection_id) is None


def test_listeners_are_those_of_one_question_of_one_organisation(audience: ValkeyAudience, query_id: UUID) -> None:
    assert audience.listeners(ORG, query_id) == frozenset()
    assert audience.subscribe("a=", ORG, query_id)
    assert audience.subscribe("b=", ORG, query_id)
    assert audience.subscribe("a=", ORG, query_id), "twice is once"
    assert audience.listeners(ORG, query_id) == {"a=", "b="}
    assert audience.listeners(OTHER_ORG, query_id) == frozenset()
    audience.unsubscribe("a=", ORG, query_id)
    assert audience.listeners(ORG, query_id) == {"b="}


def test_there_is_room_for_a_few(audience: ValkeyAudience, query_id: UUID) -> None:
    names = [f"c{n}" for n in range(MOST_LISTENERS + 2)]
    assert [audience.subscribe(name, ORG, query_id) for name in names] == [True] * MOST_LISTENERS + [False] * 2
    assert audience.listeners(ORG, query_id) == set(names[:MOST_LISTENERS])


def test_everything_is_forgotten_by_itself_and_nothing_is_text(
    audience: ValkeyAudience, query_id: UUID, valkey_url: str
) -> None:
    connection_id = f"c-{query_id}"
    audience.admit(connection_id, ACCESS)
    audience.subscribe(connection_id, ORG, query_id)
    with valkey.Valkey.from_url(valkey_url) as client:
        keys = list(client.scan_iter(f"stream:*{query_id}*"))
        assert sorted(keys) == [
            f"stream:connection:{connection_id}".encode(),
            f"stream:question:{ORG}:{query_id}".encode(),
        ]
        left = [int(client.ttl(key)) for key in sorted(keys)]
    assert 0 < left[0] <= CONNECTION_SECONDS
    assert 0 < left[1] <= SUBSCRIPTION_SECONDS


def test_a_record_of_another_release_means_connecting_again(audience: ValkeyAudience, valkey_url: str) -> None:
    with valkey.Valkey.from_url(valkey_url) as client:
        client.set("stream:connection:old", b'{"somebody": "else"}', ex=60)
    assert audience.admitted("old") is None


def test_without_valkey_a_stage_loses_no_time(query_id: UUID) -> None:
    audience = audience_at(NOWHERE)
    with pytest.raises(UpstreamUnavailable, match="who listens"):
        audience.listeners(ORG, query_id)
    events = StreamedEvents(audience, ApiGatewayConnections("http://127.0.0.1:1/live"))
    events.listeners(ORG, query_id)
    started = time.perf_counter()
    assert events.listeners(ORG, query_id) == frozenset()
    assert time.perf_counter() - started < 0.01


def test_connections_that_cannot_be_reached_are_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    _credentials(monkeypatch)
    with pytest.raises(UpstreamUnavailable, match="connections of the stream"):
        ApiGatewayConnections("http://127.0.0.1:1/live").post("c", "{}")


def test_a_connection_that_is_gone_is_told_from_one_that_fails(
    monkeypatch: pytest.MonkeyPatch, embedded: EmbeddedStack
) -> None:
    endpoint = f"{embedded.emulator_url()}/_aws/execute-api/00000000/live"
    _credentials(monkeypatch, **emulator.credentials(embedded.state))
    assert ApiGatewayConnections(endpoint).post("gone", "{}") is False


def _credentials(monkeypatch: pytest.MonkeyPatch, **given: str) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, given.get(name, "test"))
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
