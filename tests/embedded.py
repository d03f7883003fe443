"""The fixtures' stack, which belongs to the tests alone, and the addresses of its parts."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from psycopg import sql

from wissen.base.progress import Lines
from wissen.stack import emulator, gateway, lifecycle, migrate, postgres, valkey
from wissen.stack.connection import Connection
from wissen.stack.names import COMPONENTS
from wissen.stack.state import StackState, Workspace


@dataclass(frozen=True)
class Database:
    """A test module's database. `app_dsn` logs in as the functions' role, `owner_dsn` as the owner of the tables."""

    name: str
    owner_dsn: str
    app_dsn: str


@dataclass(frozen=True)
class Gateway:
    """The running proxy, for the key that may do everything."""

    url: str
    key: str


@dataclass
class EmbeddedStack:
    """One stack in a folder of its own, of which tests start as much as they need."""

    folder: Path
    _started: set[str] = field(default_factory=set)

    @property
    def workspace(self) -> Workspace:
        return Workspace.locate(self.folder)

    @property
    def state(self) -> StackState:
        state = self.workspace.read()
        assert state is not None, "nothing has been started in this folder"
        return state

    def need(self, *names: str) -> StackState:
        """The state with at least these components running."""
        for name in names:
            if name not in self._started:
                lifecycle.start(name, self.folder, Lines())
                self._started.add(name)
        return self.state

    def up(self) -> Connection:
        started = lifecycle.up(self.folder, Lines())
        self._started.update(COMPONENTS)
        return started.connection

    def stop(self, name: str) -> None:
        """For tests of what happens without a component; call `need` afterwards."""
        lifecycle.stop(name, self.folder, Lines())
        self._started.discard(name)

    def end(self, *, purge: bool) -> None:
        lifecycle.down(self.folder, Lines(), purge=purge)
        self._started.clear()

    def gateway(self) -> Gateway:
        state = self.need(valkey.NAME, gateway.NAME)
        return Gateway(gateway.url(state), state.secrets[gateway.KEY])

    def emulator_url(self) -> str:
        return emulator.url(self.need(emulator.NAME))

    def valkey_url(self) -> str:
        return valkey.url(self.need(valkey.NAME), with_password=True)


class PostgresServer:
    """The stack's PostgreSQL, where each test module gets a copy of a database migrated once."""

    _TEMPLATE = "migrated"

    def __init__(self, embedded: EmbeddedStack) -> None:
        self._state = embedded.need(postgres.NAME)
        self._migrations = embedded.workspace.root / "migrations"
        self._migrated = False

    def dsn(self, role: str, database: str) -> str:
        return postgres.dsn(self._state, role, database)

    def empty_database(self, name: str) -> Database:
        """With the vector extension and nothing else."""
        self.drop(name)
        postgres.establish_database(self._state, name)
        return self._database(name)

    def migrated_database(self, name: str) -> Database:
        """A fresh copy with every migration applied."""
        if not self._migrated:
            template = self.empty_database(self._TEMPLATE)
            migrate.apply(self._migrations, template.owner_dsn)
            self._migrated = True
        self.drop(name)
        copy = "CREATE DATABASE {} TEMPLATE {} OWNER {}"
        parts = [sql.Identifier(part) for part in (name, self._TEMPLATE, postgres.OWNER)]
        with postgres.connect(self.dsn(postgres.SUPERUSER, "postgres")) as connection:
            connection.execute(sql.SQL(copy).format(*parts))
        postgres.establish_database(self._state, name)
        return self._database(name)

    def drop(self, name: str) -> None:
        with postgres.connect(self.dsn(postgres.SUPERUSER, "postgres")) as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def _database(self, name: str) -> Database:
        owner, application = (self.dsn(role, name) for role in (postgres.OWNER, postgres.APPLICATION))
        return Database(name, owner, application)
