"""Part `retrieval`: the search statement over 100,000 chunks, under the row policies.

The chunks are made in a database of their own beside the stack's: words as rare and as common as in natural language
(Zipf), vectors in clusters. A second organisation of the same size shares the tables, as on a server with many.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from uuid import UUID

from wissen.base import quantiles
from wissen.base.progress import Progress
from wissen.stack import postgres
from wissen.stack.state import StackState
from wissen_bench import probe_process
from wissen_bench.errors import BenchFailed
from wissen_bench.part import Context, Figure, Part

if TYPE_CHECKING:
    from psycopg import Connection

NAME = "retrieval"
_DATABASE = "bench_retrieval"
_CHUNKS = 100_000
#: Organisations in the same tables; the first one asks.
_ORGANISATIONS = [UUID(int=number, version=4) for number in (1, 2)]
_QUESTIONS = 200
_WORDS = 30_000
_DIMENSIONS = 384
_SEED = 20
_PATIENCE_S = 600

#: A word of rank r is drawn about as often as 1/r, as in natural language.
_INSERT_CHUNKS = """
INSERT INTO chunks (id, document_id, org_id, scope, part, ordinal, pipeline_version, text, heading_path, heading,
                    control_id, control_key, char_from, char_to, language, embedding_model, dimensions, embedding)
SELECT gen_random_uuid(), d.id, d.org_id, d.scope, 0, o, '1', words.text, ARRAY['Section ' || o], 'Section ' || o,
       'NAC-' || o, 'NAC-' || o, 0, char_length(words.text), 'en', 'bench', %(dimensions)s,
       (near.v + far.v * (SELECT array_agg(0.4)::vector FROM generate_series(1, %(dimensions)s)))::halfvec
FROM documents d
CROSS JOIN generate_series(1, 200) AS o
JOIN centers near ON near.n = (hashtext(d.id::text) + o / 20) & 1023
JOIN centers far ON far.n = hashtext(d.id::text || o) & 1023
CROSS JOIN LATERAL (
    SELECT string_agg('w' || floor(exp(random() * ln(%(words)s)))::integer, ' ') AS text
    FROM generate_series(1, 90) WHERE o > 0 AND d.version > 0
) AS words
"""


def _run(context: Context, progress: Progress) -> Mapping[str, float]:
    from wissen.stack import lifecycle, migrate  # noqa: PLC0415 - the migration library and the PostgreSQL driver

    lifecycle.start(postgres.NAME, context.workspace.folder, progress)
    state = context.workspace.read()
    if state is None:
        raise BenchFailed(NAME, "PostgreSQL was started and left no state; see `wissen status`")
    with _database(state) as owner, progress.step(NAME, f"making {_CHUNKS:,} chunks for each of two organisations"):
        migrate.apply(context.workspace.root / "migrations", owner)
        _fill(owner)
        times = _times(context, postgres.dsn(state, postgres.APPLICATION, _DATABASE), _questions(owner))
    context.say(f"retrieval: slowest search {max(times):.1f} ms")
    return {"p50_ms": quantiles.median(times), "p95_ms": quantiles.percentile(times, 0.95)}


@contextmanager
def _database(state: StackState) -> Iterator[str]:
    """A database that is dropped at the end; yields the owner's address."""
    from psycopg import sql  # noqa: PLC0415

    drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(_DATABASE))
    server = postgres.dsn(state, postgres.SUPERUSER, "postgres")
    with postgres.connect(server) as connection:
        connection.execute(drop)
    postgres.establish_database(state, _DATABASE)
    try:
        yield postgres.dsn(state, postgres.OWNER, _DATABASE)
    finally:
        with postgres.connect(server) as connection:
            connection.execute(drop)


def _fill(owner: str) -> None:
    with postgres.connect(owner) as connection:
        connection.execute("SELECT setseed(0.5)")
        connection.execute(
            "CREATE TEMPORARY TABLE centers AS SELECT n, (SELECT array_agg(random() - 0.5)::vector AS v"
            " FROM generate_series(1, %s) WHERE n >= 0) FROM generate_series(0, 1023) AS n",
            [_DIMENSIONS],
        )
        for org_id in _ORGANISATIONS:
            _fill_organisation(connection, org_id)
        # Building the index at the end takes a fraction of the time of adding each row to it.
        connection.execute("DROP INDEX chunks_embedding_384, chunks_words")
        connection.execute(_INSERT_CHUNKS, {"dimensions": _DIMENSIONS, "words": _WORDS})
        connection.execute("SET maintenance_work_mem = '1GB'")
        connection.execute(
            "CREATE INDEX chunks_words ON chunks USING gin ((search || array_to_tsvector(ARRAY[org_id::text])))"
        )
        connection.execute(
            "CREATE INDEX chunks_embedding_384 ON chunks USING hnsw ((embedding::halfvec(384)) halfvec_cosine_ops)"
            " WHERE dimensions = 384"
        )
        _count(connection)
        connection.execute("ANALYZE")


def _fill_organisation(connection: Connection[Any], org_id: UUID) -> None:
    connection.execute("INSERT INTO organisations (id, name) VALUES (%s, %s)", [org_id, str(org_id)])
    connection.execute(
        """INSERT INTO documents (id, org_id, scope, name, version, title, sha256, size, status, current, type,
                                  language, parts_planned, pipeline_version, served_version, counted_version)
           SELECT gen_random_uuid(), %s, 'organisation', 'd' || n, 1, 'Document ' || n, repeat(md5(n::text), 2), 1,
                  'searchable', true, 'policy', 'en', 1, '1', '1', '1'
           FROM generate_series(1, %s) AS n""",
        [org_id, _CHUNKS // 200],
    )
    connection.execute(
        "INSERT INTO parts (document_id, org_id, scope, part, pipeline_version, done_at)"
        " SELECT id, org_id, scope, 0, '1', now() FROM documents WHERE org_id = %s",
        [org_id],
    )


def _count(connection: Connection[Any]) -> None:
    connection.execute(
        "INSERT INTO lexemes SELECT org_id, w.lexeme, count(*) FROM chunks, unnest(search) AS w GROUP BY 1, 2"
    )
    connection.execute("INSERT INTO corpora SELECT org_id, count(*), sum(length(search)) FROM chunks GROUP BY org_id")


def _questions(owner: str) -> list[dict[str, Any]]:
    """Words of a chunk, common ones among them, beside words it does not hold, and a vector near to its own."""
    drawn = random.Random(_SEED)  # noqa: S311
    with postgres.connect(owner) as connection:
        rows = connection.execute(
            "SELECT text, embedding::vector::real[] FROM chunks WHERE org_id = %s ORDER BY id LIMIT %s",
            [_ORGANISATIONS[0], _QUESTIONS],
        ).fetchall()
    questions = []
    for text, vector in rows:
        words = [*drawn.sample(text.split(), 7), *(f"w{drawn.randrange(_WORDS)}" for _ in range(3))]
        questions.append({"question": " ".join(words), "embedding": [x + drawn.gauss(0, 0.05) for x in vector]})
    return questions


def _times(context: Context, dsn: str, questions: list[dict[str, Any]]) -> list[float]:
    told = {"dsn": dsn, "org_id": str(_ORGANISATIONS[0]), "questions": questions}
    times: list[float] = probe_process.run(
        context.workspace.root, "time_search", "knowledge", told, part=NAME, seconds=_PATIENCE_S
    )
    return times


PART = Part(
    name=NAME,
    figures=(
        Figure("p50_ms", "the search statement over 100,000 chunks of one organisation"),
        Figure("p95_ms", "the same, one in twenty is slower", at_most=50),
    ),
    run=_run,
)
