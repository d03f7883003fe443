"""Streams as they come: chunks without text, usage beside choices, cuts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from tests.unit.llmclient.fake_gateway import FakeGateway, always, chunk, error_answer, stream_answer

from llmclient import Priority, Purpose, TextStream, Usage
from llmclient.errors import MalformedResponse, ModelContentRejected, ModelDeadlineExceeded, ModelThrottled, StreamCut

USAGE = {"prompt_tokens": 20, "completion_tokens": 4, "total_tokens": 24}
WHOLE = [
    chunk(""),
    chunk("Die Institution "),
    chunk(None),
    chunk("MUSS prüfen. [1]"),
    chunk(None, "stop"),
    chunk(None, usage=USAGE),
]


def opened(gateway: FakeGateway, deadline: float = 5) -> TextStream:
    return gateway.client().stream("Frage", purpose=Purpose.SYNTHESIS, priority=Priority.LOW, deadline=deadline)


def test_yields_text_only_and_then_the_whole_answer() -> None:
    gateway = always(stream_answer(WHOLE))
    with opened(gateway) as stream:
        assert list(stream) == ["Die Institution ", "MUSS prüfen. [1]"]
        completion = stream.completion
    assert completion.text == "Die Institution MUSS prüfen. [1]"
    assert completion.finish_reason == "stop"
    assert completion.usage == Usage(20, 4)
    assert gateway.body()["stream_options"] == {"include_usage": True}
    assert [record.outcome for record in gateway.records] == ["ok"]


def test_a_usage_chunk_without_choices_is_read_too() -> None:
    chunks = [chunk("Ja."), chunk(None, "stop"), chunk(choices=[], usage={**USAGE, "cost": 0.5})]
    with opened(always(stream_answer(chunks))) as stream:
        assert list(stream) == ["Ja."]
        assert stream.completion.usage == Usage(20, 4)
        assert stream.completion.cost_usd == 0.5


def test_the_cost_in_a_streams_headers_is_no_cost() -> None:
    with opened(always(stream_answer(WHOLE))) as stream:
        list(stream)
        assert stream.completion.cost_usd is None


@pytest.mark.parametrize(
    "answer",
    [
        stream_answer(WHOLE[:3], done=False),
        stream_answer(WHOLE[:3]),
        stream_answer(WHOLE[:3], error=httpx2.RemoteProtocolError("peer closed connection")),
    ],
    ids=["ends", "done too early", "connection broke"],
)
def test_a_cut_stream_is_an_error_and_not_a_short_answer(answer: httpx2.Response) -> None:
    gateway = always(answer)
    seen: list[str] = []
    with opened(gateway) as stream:
        with pytest.raises(StreamCut) as caught:
            seen.extend(stream)
        with pytest.raises(StreamCut, match="not been read to its end"):
            _ = stream.completion
    assert seen == ["Die Institution "]
    assert caught.value.retryable
    assert [record.outcome for record in gateway.records] == ["StreamCut"]


def test_an_error_event_in_the_middle_keeps_its_kind() -> None:
    event: dict[str, Any] = {"error": {"message": "slow down", "type": "throttling_error", "code": "429"}}
    with opened(always(stream_answer([chunk("Ja"), event]))) as stream, pytest.raises(ModelThrottled):
        list(stream)


def test_a_content_filter_at_the_end_rejects_the_answer() -> None:
    chunks = [chunk("Ja"), chunk(None, "content_filter")]
    with opened(always(stream_answer(chunks))) as stream, pytest.raises(ModelContentRejected):
        list(stream)


def test_a_slow_stream_ends_at_the_deadline() -> None:
    slow = stream_answer(WHOLE[:2], error=httpx2.ReadTimeout("slow"))
    with opened(always(slow)) as stream, pytest.raises(ModelDeadlineExceeded):
        list(stream)


def test_a_stream_that_cannot_open_raises_at_once() -> None:
    gateway = always(error_answer(429, "limit", retry_after="7"))
    with pytest.raises(ModelThrottled) as caught:
        opened(gateway)
    assert caught.value.retry_after == 7
    assert [record.outcome for record in gateway.records] == ["ModelThrottled"]


def test_leaving_early_is_recorded_once() -> None:
    gateway = always(stream_answer(WHOLE))
    with opened(gateway) as stream:
        assert next(iter(stream)) == "Die Institution "
    assert [record.outcome for record in gateway.records] == ["abandoned"]


def test_an_event_that_is_not_json_is_malformed() -> None:
    class Broken(httpx2.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            yield b"data: {oh\n\n"

    answer = httpx2.Response(200, headers={"content-type": "text/event-stream"}, stream=Broken())
    with opened(always(answer)) as stream, pytest.raises(MalformedResponse):
        list(stream)


def test_a_provider_lost_in_the_middle_has_cut_the_stream() -> None:
    event: dict[str, Any] = {"error": {"message": "litellm.APIConnectionError", "type": None, "code": "500"}}
    gateway = always(stream_answer([chunk("Ja"), event]))
    with opened(gateway) as stream, pytest.raises(StreamCut):
        list(stream)
    assert [record.outcome for record in gateway.records] == ["StreamCut"]


def test_a_stream_names_its_model_and_counts_its_tokens_when_it_is_left_early() -> None:
    gateway = always(stream_answer([chunk("Ja", usage=USAGE), chunk("!")]))
    with opened(gateway) as stream:
        next(iter(stream))
    (record,) = gateway.records
    assert (record.model, record.usage) == ("synthesis-primary", Usage(20, 4))
