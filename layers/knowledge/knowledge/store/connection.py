"""One connection per worker, one transaction per unit of work, the asker set before anything else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from knowledge.access import Access
from knowledge.environment import DatabaseSecret
from knowledge.errors import DeadlineExceeded, UpstreamUnavailable

if TYPE_CHECKING:
    from psycopg import Connection

#: Milliseconds a statement may run; every stage's own deadline is longer.
STATEMENT_TIMEOUT_MS = 15_000
_CONNECT_TIMEOUT_S = 5


@cache
def statement(name: str) -> str:
    """The SQL in ``store/sql/<name>.sql``."""
    return resources.files(__package__).joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")


class Database:
    """Connects on first use and again after a failure.

    Args:
        secret: where the server is and who logs in; asked again at each connect, so that a rotated password is
            picked up.
    """

    def __init__(self, secret: Callable[[], DatabaseSecret]) -> None:
        self._secret = secret
        self._connection: Connection[dict[str, Any]] | None = None

    def connect(self) -> None:
        """Open the connection now, before somebody waits for it. Raises UpstreamUnavailable."""
        with self.transaction(None):
            pass

    @contextmanager
    def transaction(self, access: Access | None) -> Iterator[Connection[dict[str, Any]]]:
        """A transaction that sees what ``access`` may see; None sees nothing but ``authenticate()``.

        Raises:
            UpstreamUnavailable: the server cannot be reached or went away.
            DeadlineExceeded: a statement took longer than STATEMENT_TIMEOUT_MS.
        """
        import psycopg  # noqa: PLC0415  270 ms at a cold start, paid only by who needs the store

        connection = self._begin(access)
        try:
            yield connection
            connection.commit()
        except psycopg.errors.QueryCanceled as error:
            connection.rollback()
            raise DeadlineExceeded(f"a statement ran for more than {STATEMENT_TIMEOUT_MS} ms") from error
        except psycopg.OperationalError as error:
            self._discard()
            raise UpstreamUnavailable("the database went away") from error
        except BaseException:
            if not connection.closed:
                connection.rollback()
            raise

    def _begin(self, access: Access | None) -> Connection[dict[str, Any]]:
        import psycopg  # noqa: PLC0415

        if self._connection is not None and not self._connection.closed:
            try:
                return self._identify(self._connection, access)
            except psycopg.OperationalError:  # the server restarted since the last message: connect again, once
                self._discard()
        try:
            self._connection = self._connect()
            return self._identify(self._connection, access)
        except psycopg.OperationalError as error:
            self._discard()
            raise UpstreamUnavailable("cannot reach the database") from error

    def _connect(self) -> Connection[dict[str, Any]]:
        import psycopg  # noqa: PLC0415
        from psycopg.rows import dict_row  # noqa: PLC0415

        secret = self._secret()
        return psycopg.connect(
            host=secret.host,
            port=secret.port,
            dbname=secret.dbname,
            user=secret.username,
            password=secret.password,
            connect_timeout=_CONNECT_TIMEOUT_S,
            application_name="wissen",
            prepare_threshold=None,  # RDS Proxy pins a session that prepares statements
            row_factory=dict_row,
        )

    @staticmethod
    def _identify(connection: Connection[dict[str, Any]], access: Access | None) -> Connection[dict[str, Any]]:
        connection.execute(
            statement("identify"),
            {
                "org_id": str(access.org_id) if access else "",
                "user_id": str(access.user_id) if access and access.user_id else "",
                "scopes": "{" + ",".join(access.scopes if access else ()) + "}",
                "timeout": str(STATEMENT_TIMEOUT_MS),
            },
        )
        return connection

    def _discard(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
