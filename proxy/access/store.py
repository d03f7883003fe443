"""The proxy's access to PostgreSQL: finds keys and writes the request log.

Its role may do nothing else (migrations/0002.gateway.sql)."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import psycopg
from psycopg.rows import dict_row

from access.keys import ModelKey, StoreUnavailable
from request_log.call_log import CallRow, RowRefused, WriteFailed

T = TypeVar("T")

# No call may wait long for the store: seconds to connect, milliseconds for a statement or a silent network.
CONNECT_PATIENCE_S = 3
STATEMENT_PATIENCE_MS = 3000
UNACKNOWLEDGED_MS = 5000

_FIND = """
SELECT key_id, org_id, team_id, name, aliases, max_priority, rpm, tpm, parallel, budget_usd, spent_usd, expires_at
FROM authenticate_model_key(%s)
"""
_RECORD = """
SELECT record_model_call(
    %(id)s::uuid, %(call_id)s::text, %(at)s::timestamptz, %(org_id)s::uuid, %(team_id)s::uuid, %(user_id)s::uuid,
    %(query_id)s::uuid, %(key_id)s::uuid, %(purpose)s::text, %(alias)s::text, %(model)s::text,
    %(prompt_tokens)s::integer, %(completion_tokens)s::integer, %(cost_usd)s::numeric, %(latency_ms)s::integer,
    %(outcome)s::text, %(marks)s::text[]
)
"""


class GatewayStore:
    """One connection, opened on first use and again after a failure. Threads take turns."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._turn = threading.Lock()
        self._connection: psycopg.Connection | None = None

    def model_key(self, key_hash: str) -> ModelKey | None:
        """The valid key with this hash. Raises `StoreUnavailable`."""

        def find(connection: psycopg.Connection) -> ModelKey | None:
            with connection.cursor(row_factory=dict_row) as cursor:
                row = cursor.execute(_FIND, [key_hash]).fetchone()
            return _model_key(row) if row else None

        try:
            return self._with_connection(find)
        except psycopg.Error as error:
            raise StoreUnavailable("the store of the keys cannot be reached") from error

    def write(self, rows: Sequence[CallRow]) -> None:
        """Keep all of `rows` or none; a repeated row counts once. Raises `WriteFailed` and `RowRefused`."""

        def insert(connection: psycopg.Connection) -> None:
            with connection.transaction(), connection.cursor() as cursor:
                cursor.executemany(_RECORD, [row.parameters() for row in rows])

        try:
            self._with_connection(insert)
        except (psycopg.DataError, psycopg.IntegrityError) as error:
            raise RowRefused(type(error).__name__) from error
        except psycopg.Error as error:
            raise WriteFailed(type(error).__name__) from error

    def _with_connection(self, work: Callable[[psycopg.Connection], T]) -> T:
        with self._turn:
            fresh = self._connection is None or self._connection.closed
            try:
                return work(self._connect())
            except psycopg.OperationalError:
                self._drop()
                if fresh:
                    raise
            return work(self._connect())  # the server was restarted meanwhile

    def _connect(self) -> psycopg.Connection:
        if self._connection is None:
            self._connection = psycopg.connect(
                self._address,
                autocommit=True,
                connect_timeout=CONNECT_PATIENCE_S,
                options=f"-c statement_timeout={STATEMENT_PATIENCE_MS}",
                tcp_user_timeout=UNACKNOWLEDGED_MS,
                application_name="wissen-gateway",
            )
        return self._connection

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _model_key(row: dict[str, Any]) -> ModelKey:
    aliases = row["aliases"]
    return ModelKey(**row | {"aliases": None if aliases is None else tuple(aliases)})
