"""A part of the stack is gone while questions run: each of them ends once, and says what it had to do without.

The model proxy is killed under questions and documents together in test_gateway_killed.py; here the rest.
WISSEN_CHAOS_QUESTIONS says how many run; with 50 or more, as in `make chaos`, every part is struck, else two.
"""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from tests.e2e.conftest import Application, Queues, emulator_session
from tests.embedded import EmbeddedStack
from tests.failures import Faults, moment

from wissen.stack import gateway, valkey
from wissen.stack.connection import Connection

QUESTIONS = int(os.environ.get("WISSEN_CHAOS_QUESTIONS", "10"))
#: The queue in which a part's questions are while it works on them.
QUEUE_OF = {
    valkey.NAME: "LowSynthesize",
    "retrieve": "MediumRetrieve",
    "intent": "CriticalIntent",
    "synthesize": "LowSynthesize",
    "validate": "HighValidate",
    gateway.NAME: "LowSynthesize",
}
PARTS = list(QUEUE_OF)[: 6 if QUESTIONS >= 50 else 2]
#: A task of the state machine ends after at most 60 s and is tried again; a question ends after at most 300.
PATIENCE_S = 320.0
ENDED = {"answered", "failed"}
STANDARD = """# Hausordnung Rechenzentrum (HRZ)

## HRZ-01 Zutritt

Die Leitstelle MUSS den Zutritt zum Maschinensaal auf benannte Personen beschränken und jeden Zutritt aufzeichnen.

## HRZ-02 Begleitung

Fremde Personen SOLLTEN im Maschinensaal von einer benannten Person begleitet werden.

## HRZ-03 Rückgabe

Ausweise DÜRFEN NICHT über die Dauer des Auftrags hinaus behalten werden; sie werden der Leitstelle zurückgegeben.
"""
ASKED = (
    "Wer muss den Zutritt zum Maschinensaal beschränken?",
    "Was fordert HRZ-02?",
    "Wann sind Ausweise zurückzugeben?",
    "Von wem werden fremde Personen begleitet?",
)

pytestmark = [pytest.mark.timeout(2 * PATIENCE_S), pytest.mark.strikes]


@pytest.fixture
def final_writes(owner_dsn: str) -> Iterator[str]:
    """A table that gets a row whenever a question's end is written, also a second time. Its name."""
    table = f"final_writes_{uuid4().hex[:8]}"
    with psycopg.connect(owner_dsn) as connection:
        connection.execute(
            f"""
            CREATE TABLE {table} (query_id uuid NOT NULL);
            CREATE FUNCTION {table}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
            BEGIN
                INSERT INTO {table} VALUES (NEW.id);
                RETURN NEW;
            END $$;
            CREATE TRIGGER {table} AFTER UPDATE OF status, answer, finished_at ON queries
            FOR EACH ROW WHEN (NEW.finished_at IS NOT NULL) EXECUTE FUNCTION {table}();
            """
        )
    yield table
    with psycopg.connect(owner_dsn) as connection:
        connection.execute(f"DROP TRIGGER {table} ON queries; DROP FUNCTION {table}(); DROP TABLE {table}")


@pytest.mark.parametrize("part", PARTS)
def test_every_question_ends_once_whatever_is_killed(
    part: str,
    member: Application,
    stack: Connection,
    queues: Queues,
    embedded: EmbeddedStack,
    owner_dsn: str,
    final_writes: str,
) -> None:
    assert member.ingest("hausordnung.md", STANDARD.encode())["status"] == "searchable"
    chance = random.Random(part)
    waiting = queues.url(QUEUE_OF[part])
    hidden = queues.depth(waiting)  # what a worker held that another test killed
    with queues.held(QUEUE_OF[part]):
        asked = [_asked(member, number) for number in range(QUESTIONS)]
        assert moment(lambda: queues.depth(waiting) >= hidden + QUESTIONS, PATIENCE_S), "the questions do not move"
    began = time.monotonic()
    left = hidden + QUESTIONS - chance.randrange(QUESTIONS // 2)
    assert moment(lambda: queues.depth(waiting) <= left, PATIENCE_S), "the questions do not move"
    before = _ended(owner_dsn, asked)
    assert Faults(embedded).strike(part), f"no process of {part} was there to be killed"

    assert moment(lambda: _pause() and _ended(owner_dsn, asked) == QUESTIONS, PATIENCE_S), _left(member, asked)
    took_s = time.monotonic() - began
    if QUESTIONS >= 50:  # what a killed worker held comes again when its queue shows it, six times its timeout later
        assert moment(lambda: _pause() and not any(_depths(queues)), 400), f"left in the queues: {_depths(queues)}"

    found = [dict(member.http.get(f"/v1/queries/{question}").json()) for question in asked]
    statuses = Counter(answer["status"] for answer in found)
    degraded = Counter(stage for answer in found for stage in answer.get("degraded") or ())
    print(  # noqa: T201
        f"{part} killed when {before} of {QUESTIONS} had ended; all after {took_s:.0f} s: {dict(statuses)}, "
        f"degraded {dict(degraded)}"
    )
    assert before < QUESTIONS, "the kill came when nothing was running"
    for answer in found:
        if answer["status"] == "answered":
            assert answer["answer"].strip()
        else:
            assert answer["error"]["name"]
            assert answer["error"]["detail"]
    assert _final_writes(owner_dsn, final_writes, asked) == dict.fromkeys(asked, 1)
    assert _executions(stack, asked) == dict.fromkeys(asked, 1)
    assert [queues.depth(queues.dead_letter_url(name)) for name in queues.NAMES] == [0] * len(queues.NAMES)


def _asked(member: Application, number: int) -> str:
    question = f"{ASKED[number % len(ASKED)]} (Vorgang {uuid4().hex[:8]})"
    asked = member.http.post("/v1/queries", json={"question": question})
    assert asked.status_code == 202, asked.text
    return str(asked.json()["query_id"])


def _ended(dsn: str, asked: list[str]) -> int:
    with psycopg.connect(dsn) as connection:
        row = connection.execute(
            "SELECT count(*) FROM queries WHERE id = ANY(%s::uuid[]) AND finished_at IS NOT NULL", [asked]
        ).fetchone()
    return int(row[0]) if row else 0


def _pause() -> bool:
    time.sleep(0.3)
    return True


def _depths(queues: Queues) -> list[int]:
    return [queues.depth(queues.url(name)) for name in queues.NAMES]


def _left(member: Application, asked: list[str]) -> str:
    """What those that have not ended are doing, for the failure's message."""
    found = [dict(member.http.get(f"/v1/queries/{question}").json()) for question in asked]
    left = [answer for answer in found if answer["status"] not in ENDED]
    return f"{len(left)} questions have not ended: {left[:3]}"


def _final_writes(dsn: str, table: str, asked: list[str]) -> dict[str, int]:
    """How often the end of each question was written."""
    query: Any = f"SELECT query_id::text, count(*)::int FROM {table} WHERE query_id = ANY(%s::uuid[]) GROUP BY 1"
    with psycopg.connect(dsn) as connection:
        return dict(connection.execute(query, [asked]).fetchall())


def _executions(stack: Connection, asked: list[str]) -> dict[str, int]:
    """How many runs of the state machine each question has had."""
    states = emulator_session(stack).client("stepfunctions", endpoint_url=stack.emulator_url)
    pages = states.get_paginator("list_executions").paginate(stateMachineArn=stack.outputs["QueryStateMachineArn"])
    names = Counter(execution["name"] for page in pages for execution in page["executions"])
    return {question: names[question] for question in asked}
