"""Every migration can be undone, down to the empty database, and all of them applied again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yoyo  # type: ignore[import-untyped]
from tests.embedded import Database, PostgresServer

MIGRATIONS = Path(__file__).parents[2] / "migrations"
#: Everything that a migration makes, one line a thing. Columns are named, since one that was dropped and added again is
#: the last of its table; the migrations' own bookkeeping and the vector extension are left out.
SCHEMA = """
WITH ours AS (
    SELECT c.oid, c.relname, c.relkind, c.relrowsecurity, c.relacl, c.relowner
    FROM pg_class c
    WHERE c.relnamespace = 'public'::regnamespace AND c.relname !~ '^_?yoyo'
)
SELECT format('%s %s, row security %s', o.relkind, o.relname, o.relrowsecurity)
FROM ours o WHERE o.relkind IN ('r', 'v', 'S')
UNION ALL
SELECT format('column %s.%s %s, required %s, default %s, generated %s', o.relname, a.attname,
              format_type(a.atttypid, a.atttypmod), a.attnotnull, pg_get_expr(d.adbin, d.adrelid), a.attgenerated)
FROM ours o
JOIN pg_attribute a ON a.attrelid = o.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_attrdef d ON d.adrelid = o.oid AND d.adnum = a.attnum
WHERE o.relkind IN ('r', 'v')
UNION ALL
SELECT format('constraint %s.%s %s', o.relname, k.conname, pg_get_constraintdef(k.oid))
FROM ours o JOIN pg_constraint k ON k.conrelid = o.oid
UNION ALL
SELECT format('index %s', pg_get_indexdef(o.oid)) FROM ours o WHERE o.relkind = 'i' AND pg_get_indexdef(o.oid) !~ 'yoyo'
UNION ALL
SELECT format('view %s %s', o.relname, pg_get_viewdef(o.oid)) FROM ours o WHERE o.relkind = 'v'
UNION ALL
SELECT format('policy %s.%s %s using %s with %s', p.tablename, p.policyname, p.cmd, p.qual, p.with_check)
FROM pg_policies p
UNION ALL
SELECT format('trigger %s', pg_get_triggerdef(t.oid))
FROM pg_trigger t JOIN ours o ON o.oid = t.tgrelid WHERE NOT t.tgisinternal
UNION ALL
SELECT format('right %s on %s of %s', a.privilege_type, o.relname, coalesce(g.rolname, 'everybody'))
FROM ours o
CROSS JOIN LATERAL aclexplode(coalesce(o.relacl, acldefault('r', o.relowner))) AS a
LEFT JOIN pg_roles g ON g.oid = a.grantee
WHERE o.relkind IN ('r', 'v')
UNION ALL
SELECT format('function %s', pg_get_functiondef(f.oid)) FROM pg_proc f
WHERE f.pronamespace = 'public'::regnamespace
  AND NOT EXISTS (SELECT 1 FROM pg_depend e WHERE e.objid = f.oid AND e.deptype = 'e')
UNION ALL
SELECT format('right %s on %s of %s', a.privilege_type, f.oid::regprocedure, coalesce(g.rolname, 'everybody'))
FROM pg_proc f
CROSS JOIN LATERAL aclexplode(coalesce(f.proacl, acldefault('f', f.proowner))) AS a
LEFT JOIN pg_roles g ON g.oid = a.grantee
WHERE f.pronamespace = 'public'::regnamespace
  AND NOT EXISTS (SELECT 1 FROM pg_depend e WHERE e.objid = f.oid AND e.deptype = 'e')
"""


@pytest.fixture
def empty(postgres_server: PostgresServer) -> Iterator[Database]:
    database = postgres_server.empty_database("undone")
    yield database
    postgres_server.drop(database.name)


def schema(database: Database) -> list[str]:
    """One line for each thing that migrations make."""
    with psycopg.connect(database.owner_dsn) as connection:
        return sorted(row[0] for row in connection.execute(SCHEMA).fetchall())


def migrate(database: Database, action: str, migration: Any) -> list[str]:
    """Apply one migration, or roll it back; the schema that is there afterwards."""
    with yoyo.get_backend(database.owner_dsn.replace("://", "+psycopg://", 1)) as backend:
        getattr(backend, action)(migration)
    return schema(database)


def test_undoing_a_migration_brings_back_the_schema_before_it(empty: Database) -> None:
    known = yoyo.read_migrations(str(MIGRATIONS))
    before, schemas = schema(empty), {}
    for migration in known:
        schemas[migration.id] = before
        before = migrate(empty, "apply_one", migration)
        assert before != schemas[migration.id], f"{migration.id} changes nothing"
    complete = before
    for migration in reversed(known):
        left = migrate(empty, "rollback_one", migration)
        assert set(left) ^ set(schemas[migration.id]) == set(), migration.id
    for migration in known:
        before = migrate(empty, "apply_one", migration)
    assert before == complete


def test_the_schema_of_a_new_database_is_known(database: Database) -> None:
    """So that two empty lists are never equal above."""
    found = "\n".join(schema(database))
    for expected in ("r documents, row security t", "policy chunks.own_scope", "function CREATE OR REPLACE FUNCTION"):
        assert expected in found
