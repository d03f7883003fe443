"""A part of the stack is killed at a random step of an ingestion: every document is complete, nothing is done twice.

WISSEN_CHAOS_DOCUMENTS and WISSEN_CHAOS_SEEDS say how much is tried; `make chaos` tries what the product promises.
"""

from __future__ import annotations

import json
import os
import random
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4, uuid5

import httpx
import psycopg
import pytest
from psycopg.rows import dict_row
from tests.comparison import assert_same_rows, assert_same_tables
from tests.e2e.conftest import Application, Queues, emulator_session
from tests.embedded import EmbeddedStack
from tests.failures import Faults, Sample, has_two_parts, moment, samples

from wissen.stack import gateway, postgres, valkey
from wissen.stack.accounts import keys
from wissen.stack.connection import Connection
from wissen.stack.dead_letters import DeadLetters, queues_of

DOCUMENTS = int(os.environ.get("WISSEN_CHAOS_DOCUMENTS", "4"))
SEEDS = range(int(os.environ.get("WISSEN_CHAOS_SEEDS", "1")))
#: What is killed, one seed after the other.
PARTS = (gateway.NAME, "extract", postgres.NAME, "classify", valkey.NAME)
#: How far a run is when it is struck, as columns of `_progress`; for a component any of them is right.
MEASURES = {"classify": ("classified",), "extract": ("extracted", "searchable")}
QUEUE_OF = {"classify": "BatchClassify", "extract": "BatchExtract"}
PARTS_PLANNED = sum(2 if has_two_parts(index) else 1 for index in range(DOCUMENTS))
#: A tenth of it where nothing else runs. The rest is for a machine that others use as well, and for a worker that dies
#: between getting a message and taking its lease: the queue hides that one for up to 33 minutes, and a sweep finds the
#: document once it has stood still for 360 s (`StalledSeconds`).
PATIENCE_S = 400.0 + 10.0 * DOCUMENTS
#: As `SweepSchedule`, which the tests' stack goes without.
SWEPT_EVERY_S = 300.0
pytestmark = [pytest.mark.timeout(3 * PATIENCE_S), pytest.mark.strikes]


@dataclass
class Run:
    """One ingestion of all samples, in an organisation that only it has."""

    stack: Connection
    dsn: str
    name: str
    documents: dict[str, str] = field(default_factory=dict)
    """Ids by the samples' names."""

    def send(self, given: Sequence[Sample]) -> None:
        key = keys.create(self.dsn, organisation=self.name, user="somebody@example.org").key
        headers = {"Authorization": f"Bearer {key}"}
        with httpx.Client(base_url=self.stack.api_url, headers=headers, timeout=40) as http:
            member = Application(http)
            for sample in given:
                ticket = member.announce(sample.name, sample.data).json()
                assert member.upload(ticket["upload"], sample.data).is_success
                self.documents[sample.name] = ticket["document_id"]

    def progress(self) -> dict[str, int] | None:
        """How far the run is; None while the store is away."""
        try:
            return dict(_rows(self.dsn, _PROGRESS, self.documents)[0])
        except psycopg.OperationalError:
            return None

    def statuses(self) -> dict[str, str]:
        rows = _rows(self.dsn, "SELECT name, status FROM documents WHERE id = ANY(%(ids)s)", self.documents)
        return {row["name"]: row["status"] for row in rows}


_PROGRESS = """
SELECT count(*) FILTER (WHERE d.status NOT IN ('awaiting_upload', 'classifying')) AS classified,
       coalesce(sum((SELECT count(*) FROM parts p WHERE p.document_id = d.id AND p.done_at IS NOT NULL)), 0)::int
           AS extracted,
       count(*) FILTER (WHERE d.status LIKE 'searchable%%') AS searchable,
       count(*) FILTER (WHERE d.status IN ('failed', 'quarantined')) AS given_up
FROM documents d WHERE d.id = ANY(%(ids)s)
"""
#: Everything that a document is taken apart into, in words that are the same in every organisation.
_MADE = {
    "parts": "SELECT d.name, x.part, x.done_at IS NOT NULL AS done",
    "chunks": "SELECT d.name, x.part, x.char_from, x.char_to, x.heading_path, md5(x.text), x.control_key",
    "controls": "SELECT d.name, x.part, x.control_key, x.char_from, x.char_to, x.title, x.level",
    "mentions": "SELECT d.name, x.part, x.char_from, x.char_to, x.confidence",
    "relations": "SELECT d.name, x.part, x.source_key, x.relation, x.target_key, x.char_from, x.char_to",
}
#: The model calls of each part, by the id of its message, and how many of them began after it was done.
_PAID = """
SELECT p.document_id, p.part, p.pipeline_version, d.name,
       count(c.id) AS calls, coalesce(sum(c.prompt_tokens), 0)::int AS tokens,
       count(c.id) FILTER (WHERE c.at - c.latency_ms * interval '1 ms' > p.done_at) AS late
FROM parts p
JOIN documents d ON d.id = p.document_id
JOIN unnest(%(messages)s::text[], %(owners)s::uuid[], %(numbers)s::int[]) AS m (call_id, document_id, part)
     ON m.document_id = p.document_id AND m.part = p.part
LEFT JOIN model_calls c ON c.call_id = m.call_id AND c.org_id = d.org_id AND c.outcome = 'ok'
GROUP BY p.document_id, p.part, p.pipeline_version, d.name, p.done_at
"""


@pytest.fixture
def letters(stack: Connection) -> DeadLetters:
    sqs = emulator_session(stack).client("sqs", endpoint_url=stack.emulator_url)
    return DeadLetters(sqs, queues_of(stack.outputs))


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_is_killed_every_document_is_complete_and_no_work_is_done_twice(
    seed: int, stack: Connection, owner_dsn: str, embedded: EmbeddedStack, queues: Queues, letters: DeadLetters
) -> None:
    chance, part = random.Random(seed), PARTS[seed % len(PARTS)]
    given = list(samples(DOCUMENTS, seed=chance.randrange(10_000_000)))
    struck = Run(stack, owner_dsn, f"struck {uuid4().hex}")
    with queues.held():
        struck.send(given)
    began = time.monotonic()
    step = _strike(chance, part, struck, Faults(embedded), queues)
    ended_s, redriven = _end(struck, letters, queues, began), 0
    while again := letters.redrive():  # as an operator does, with `wissen dlq redrive`
        redriven += len(again)
        ended_s = _end(struck, letters, queues, began)

    untouched = Run(stack, owner_dsn, f"untouched {uuid4().hex}")
    untouched.send(given)
    _end(untouched, letters, queues, time.monotonic())

    paid, paid_untouched = _paid(struck), _paid(untouched)
    repeated = {place for place, calls in paid.items() if calls["calls"] > paid_untouched[place]["calls"]}
    print(  # noqa: T201
        f"seed {seed}: {part} killed at {step}; complete after {ended_s:.0f} s, redriven {redriven}, "
        f"parts {len(paid)}, embedded twice because the first time was lost {len(repeated)}"
    )
    assert set(struck.statuses()) == {sample.name for sample in given}
    assert_same_rows(struck.statuses(), untouched.statuses())
    assert set(struck.statuses().values()) <= {"searchable", "searchable_with_gaps"}
    assert_same_tables(
        {table: _made(struck, table) for table in _MADE}, {table: _made(untouched, table) for table in _MADE}
    )
    assert len(paid) == PARTS_PLANNED
    assert not [place for place, calls in paid.items() if calls["late"]], "paid for what was done"
    assert all(calls["calls"] for calls in paid_untouched.values()), "the calls are not known by their parts"
    assert len(repeated) <= _most_lost(part), "more was paid twice than was under way"
    assert set(letters.counted().values()) == {0}


def _most_lost(part: str) -> int:
    """Parts that may be under way at once: two workers extract (`Scale` small), each loses one when it dies, and one
    whose proxy or store is away may lose it at two of three deliveries. A classify worker that dies when it has sent
    the parts sends them again, and two workers may begin on the same one."""
    return 0 if part == "garden" else 4


def _strike(chance: random.Random, part: str, run: Run, faults: Faults, queues: Queues) -> str:
    """Kill `part` when the run has come to a random step and, for a worker, while messages are out to it."""
    measure = chance.choice(MEASURES.get(part) or [one for several in MEASURES.values() for one in several])
    of_all = PARTS_PLANNED if measure == "extracted" else DOCUMENTS
    number = chance.randrange(of_all - 1)
    steps = f"{number} of {of_all} {measure}"
    assert moment(lambda: (run.progress() or {}).get(measure, 0) >= number, PATIENCE_S), f"never came to {steps}"
    if part in QUEUE_OF:
        moment(lambda: queues.out(QUEUE_OF[part]) > 0, 30)
        time.sleep(chance.uniform(0.3, 1.5))  # into the work, behind the taking of the lease
    killed = faults.strike(part)
    assert killed, f"no process of {part} was there to be killed"
    return steps


def _end(run: Run, letters: DeadLetters, queues: Queues, began: float) -> float:
    """Seconds from `began` until nothing more happens to the run's documents by itself."""
    swept = time.monotonic()

    def over() -> bool:
        nonlocal swept
        time.sleep(0.2)
        if time.monotonic() - swept > SWEPT_EVERY_S:
            queues.send("BatchClassify", json.dumps({"kind": "sweep_documents"}))
            swept = time.monotonic()
        found = run.progress()
        return found is not None and found["searchable"] + found["given_up"] == DOCUMENTS

    assert moment(over, PATIENCE_S), f"not ended: {run.progress()}, given up {letters.counted()}"
    return time.monotonic() - began


def _made(run: Run, table: str) -> Counter[str]:
    """The rows of a table that belong to the run's documents; a doubled one counts two."""
    rows = _rows(
        run.dsn,
        f"{_MADE[table]} FROM {table} x JOIN documents d ON d.id = x.document_id WHERE d.id = ANY(%(ids)s)",
        run.documents,
    )
    return Counter(repr(sorted(row.items(), key=lambda column: column[0])) for row in rows)


def _paid(run: Run) -> dict[tuple[str, int], dict[str, Any]]:
    """What was paid for each part, by the document's name and the part's number."""
    parts = _rows(
        run.dsn, "SELECT document_id, part, pipeline_version FROM parts WHERE document_id = ANY(%(ids)s)", run.documents
    )
    messages = [str(uuid5(row["document_id"], f"extract/{row['pipeline_version']}/{row['part']}")) for row in parts]
    more = {
        "messages": messages,
        "owners": [row["document_id"] for row in parts],
        "numbers": [row["part"] for row in parts],
    }
    return {(row["name"], row["part"]): row for row in _rows(run.dsn, _PAID, run.documents, **more)}


def _rows(dsn: str, query: str, documents: dict[str, str], **more: Any) -> list[dict[str, Any]]:
    ids = [UUID(identity) for identity in documents.values()]
    with _connected(dsn) as connection:
        return connection.execute(query, {"ids": ids, **more}).fetchall()


@contextmanager
def _connected(dsn: str) -> Iterator[psycopg.Connection[dict[str, Any]]]:
    with psycopg.connect(dsn, row_factory=dict_row, connect_timeout=3) as connection:
        yield connection
