"""A stream that stalls ends at its deadline, however late it stalled, and takes no other call with it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import monotonic, sleep

import pytest

from llmclient import CallRecord, Client, Priority, Purpose, TextStream
from llmclient.errors import ModelDeadlineExceeded, StreamCut

DEADLINE_S = 1.5
STALLS_AFTER_S = 1.0
#: Scheduling on a busy machine.
TOLERANCE_S = 0.4


def _event(text: str, finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": finish}
    chunk = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}
    return f"data: {json.dumps(chunk)}\n\n".encode()


class _Proxy(BaseHTTPRequestHandler):
    """Streams one word late; then nothing for "stall", the end for "end", a break for "cut"."""

    protocol_version = "HTTP/1.1"
    connection_headers: list[str | None] = []  # noqa: RUF012  one list for all requests is what is wanted
    released = threading.Event()

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))["messages"][0]["content"]
        self.connection_headers.append(self.headers.get("connection"))
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        sleep(STALLS_AFTER_S if asked == "stall" else 0)
        self._send(_event("Wort"))
        if asked == "stall":
            self.released.wait(10)
        elif asked == "end":
            self._send(_event("", "stop") + b"data: [DONE]\n\n")
            self._send(b"")
        self.close_connection = True

    def _send(self, content: bytes) -> None:
        self.wfile.write(b"%x\r\n%s\r\n" % (len(content), content))
        self.wfile.flush()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base class calls it so
        """Say nothing."""


@pytest.fixture
def url() -> Iterator[str]:
    _Proxy.connection_headers.clear()
    _Proxy.released.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), _Proxy) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        _Proxy.released.set()
        server.shutdown()


def opened(client: Client, what: str) -> TextStream:
    return client.stream(what, purpose=Purpose.SYNTHESIS, priority=Priority.LOW, deadline=DEADLINE_S)


def test_a_stream_that_stalls_late_ends_at_its_deadline(url: str) -> None:
    records: list[CallRecord] = []
    client = Client(base_url=url, api_key="k", observe=records.append)
    began, seen = monotonic(), list[str]()
    with pytest.raises(ModelDeadlineExceeded), opened(client, "stall") as stream:
        seen.extend(stream)
    took = monotonic() - began
    assert seen == ["Wort"]
    assert DEADLINE_S - 0.05 <= took <= DEADLINE_S + TOLERANCE_S
    assert [record.outcome for record in records] == ["ModelDeadlineExceeded"]


def test_one_that_breaks_before_its_deadline_was_cut(url: str) -> None:
    with pytest.raises(StreamCut), opened(Client(base_url=url, api_key="k"), "cut") as stream:
        list(stream)


def test_a_finished_stream_leaves_no_timer_and_no_connection_for_others(url: str) -> None:
    client = Client(base_url=url, api_key="k")
    before = threading.active_count()
    for _ in range(2):
        with opened(client, "end") as stream:
            assert list(stream) == ["Wort"]
    sleep(0.1)
    timers = [thread for thread in threading.enumerate() if isinstance(thread, threading.Timer)]
    assert timers == []
    assert threading.active_count() <= before + 1
    assert _Proxy.connection_headers == ["close", "close"]
