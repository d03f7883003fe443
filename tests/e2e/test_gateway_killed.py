"""The proxy is killed while fifty pieces of work are under way: questions and documents. None is lost.

`make test` kills it under documents alone (test_failures_ingestion.py), and under fifty calls of which each is looked
at (tests/integration/test_gateway_killed.py).
"""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from pathlib import Path
from typing import Any
from uuid import uuid4

import psutil  # type: ignore[import-untyped]
import psycopg
import pytest
from tests.e2e.conftest import Application, Queues, wait_until
from tests.embedded import EmbeddedStack

from wissen.base.progress import Lines
from wissen.stack import gateway, lifecycle

QUESTIONS, DOCUMENTS = 38, 12
#: Half a minute where nothing else runs; the rest is for a machine that others use as well.
PATIENCE_S = 130.0
#: The bus tries a message again after 10 s at the earliest and 20 s later at the earliest, then it is given up.
BUS_PATIENCE_S = 30.0
STANDARD = """# Standard {number} (KS{number})

## KS{number}-01 Sperrzeit

Die Leitstelle MUSS Konten der Gruppe {number} nach {number} Tagen ohne Anmeldung sperren.

## KS{number}-02 Nachweis

Die Leitstelle SOLLTE jede Sperrung im Register {number} festhalten.
"""
#: Whatever else a document's or question's status may be called, these mean that somebody still works on it.
UNDER_WAY = {"awaiting_upload", "classifying", "extracting", "queued", "running"}


@pytest.mark.nightly
@pytest.mark.strikes
def test_nothing_is_lost_when_the_proxy_is_killed_in_the_middle_of_fifty_pieces_of_work(
    member: Application, queues: Queues, embedded: EmbeddedStack, owner_dsn: str
) -> None:
    known = member.ingest("bekannt.md", _standard(700))
    assert known["status"] == "searchable"
    with queues.held():
        documents = [_announced(member, number) for number in range(701, 701 + DOCUMENTS)]
        questions = [_asked(member, number) for number in range(QUESTIONS)]
    log = embedded.workspace.log("emulator")
    written, began = log.stat().st_size, time.monotonic()
    _kill_and_start_again(embedded)
    away_s = time.monotonic() - began
    wait_until(lambda: _ended(member, documents, questions), "the end of all work", PATIENCE_S)
    statuses = _statuses(member, documents)
    letters = sum(queues.depth(queues.dead_letter_url(name)) for name in queues.NAMES)
    assert statuses["searchable"] + letters == DOCUMENTS, "done, or in a queue from which it can be redriven"
    assert away_s > BUS_PATIENCE_S or letters == 0
    took_s, given_back = time.monotonic() - began, _given_back(log, written)

    redriven = _redriven(queues)
    wait_until(lambda: _statuses(member, documents)["searchable"] == DOCUMENTS, "the redriven documents", PATIENCE_S)

    answers = [member.http.get(f"/v1/queries/{question}").json() for question in questions]
    degraded = Counter(stage for answer in answers for stage in answer["degraded"])
    counted = f"degraded {dict(degraded)}, given back {given_back}, redriven {redriven}"
    print(f"proxy away {away_s:.0f} s, all ended in {took_s:.0f} s; {counted}")  # noqa: T201
    assert Counter(answer["status"] for answer in answers) == {"answered": QUESTIONS}
    assert _parts(owner_dsn, documents) == (DOCUMENTS, 0)
    assert all(answer["answer"] for answer in answers)
    assert sum(degraded.values()) + given_back > 0, "the kill came when nothing was running"
    assert sum(queues.depth(queues.dead_letter_url(name)) for name in queues.NAMES) == 0


def _standard(number: int) -> bytes:
    """Never the same twice, so that a stack that was kept does not know it already."""
    return f"{STANDARD.format(number=number)}\n\nAktenzeichen {uuid4().hex}\n".encode()


def _announced(member: Application, number: int) -> str:
    data = _standard(number)
    ticket = member.announce(f"standard-{number}.md", data).json()
    assert member.upload(ticket["upload"], data).is_success
    return str(ticket["document_id"])


def _asked(member: Application, number: int) -> str:
    question = f"Nach wie vielen Tagen muss die Leitstelle Konten der Gruppe 700 sperren? (Vorgang {number})"
    asked = member.http.post("/v1/queries", json={"question": question})
    assert asked.status_code == 202
    return str(asked.json()["query_id"])


def _kill_and_start_again(embedded: EmbeddedStack) -> None:
    """Kill the proxy as soon as calls run in it, as a crash would, and start it as `wissen start gateway` does."""
    process = psutil.Process(embedded.state.processes[gateway.NAME].pid)
    wait_until(lambda: _running_calls(process) >= 2, "calls at the proxy", 30)
    os.kill(process.pid, signal.SIGKILL)
    assert lifecycle.start(gateway.NAME, embedded.folder, Lines())


def _running_calls(process: psutil.Process) -> int:
    """Open connections of callers to the proxy."""
    port = next(c.laddr.port for c in process.net_connections("tcp") if c.status == psutil.CONN_LISTEN)
    return sum(
        connection.status == psutil.CONN_ESTABLISHED and connection.laddr.port == port
        for connection in process.net_connections("tcp")
    )


def _ended(member: Application, documents: list[str], questions: list[str]) -> bool:
    """Asks one after the other, and stops at the first that is still under way."""
    return all(member.document(document)["status"] not in UNDER_WAY for document in documents) and all(
        _query(member, question)["status"] not in UNDER_WAY for question in questions
    )


def _statuses(member: Application, documents: list[str]) -> Counter[str]:
    return Counter(str(member.document(document)["status"]) for document in documents)


def _redriven(queues: Queues) -> int:
    """What the bus gave up while the proxy was away too long is sent again, as an operator does; how many messages."""
    moved = 0
    for name in queues.NAMES:
        for message in queues.take(queues.dead_letter_url(name)):
            queues.send(name, message["Body"])
            moved += 1
    return moved


def _query(member: Application, query_id: str) -> dict[str, Any]:
    return dict(member.http.get(f"/v1/queries/{query_id}").json())


def _parts(dsn: str, documents: list[str]) -> tuple[int, int]:
    """How many parts these documents have, and how many of them are not done."""
    with psycopg.connect(dsn) as connection:
        row = connection.execute(
            "SELECT count(*), count(*) FILTER (WHERE done_at IS NULL) FROM parts WHERE document_id = ANY (%s::uuid[])",
            [documents],
        ).fetchone()
    assert row is not None
    return row[0], row[1]


def _given_back(log: Path, written: int) -> int:
    """Messages that workers gave back to their queue since `written` bytes, because the proxy was away."""
    lines = log.read_bytes()[written:].decode("utf-8", "replace").splitlines()
    return sum('"message":"failed"' in line and '"error":"UpstreamUnavailable"' in line for line in lines)
