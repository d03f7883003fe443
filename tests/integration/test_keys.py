from __future__ import annotations

import psycopg
import pytest
from tests.embedded import Database

from wissen.stack.accounts import keys
from wissen.stack.errors import UnknownKey


def test_a_key_opens_for_its_user_and_teams_until_it_is_revoked(database: Database) -> None:
    made = keys.create(database.owner_dsn, organisation="A", user="a@example.org", teams=["Blau", "Rot"])

    assert made.key.startswith("wsn_")
    assert len(made.key) == len("wsn_") + 43
    with psycopg.connect(database.app_dsn) as connection:
        row = connection.execute("SELECT key_id, team_ids FROM authenticate(%s)", [keys.digest(made.key)]).fetchone()
    assert row is not None
    assert row[0] == made.id
    assert len(row[1]) == 2
    assert keys.is_valid(database.owner_dsn, made.key)

    keys.revoke(database.owner_dsn, str(made.id))
    assert not keys.is_valid(database.owner_dsn, made.key)
    with pytest.raises(UnknownKey, match=str(made.id)):
        keys.revoke(database.owner_dsn, str(made.id))


def test_the_store_keeps_no_key(database: Database) -> None:
    made = keys.create(database.owner_dsn, organisation="B", user="b@example.org")
    with psycopg.connect(database.owner_dsn) as connection:
        stored = connection.execute("SELECT row_to_json(k)::text FROM api_keys k WHERE id = %s", [made.id]).fetchone()

    assert stored is not None
    assert made.key not in stored[0]
    assert keys.digest(made.key) in stored[0]


def test_a_second_key_uses_the_same_organisation_user_and_team(database: Database) -> None:
    for name in ("one", "two"):
        keys.create(database.owner_dsn, organisation="C", user="c@example.org", teams=["Team"], name=name)

    listed = [key for key in keys.listed(database.owner_dsn) if key.organisation == "C"]
    assert [(key.name, key.user, key.teams, key.revoked_at) for key in listed] == [
        ("one", "c@example.org", ["Team"], None),
        ("two", "c@example.org", ["Team"], None),
    ]
    with psycopg.connect(database.owner_dsn) as connection:
        counts = connection.execute(
            "SELECT (SELECT count(*) FROM organisations WHERE name = 'C'),"
            " (SELECT count(*) FROM teams WHERE name = 'Team')"
        ).fetchone()
    assert counts == (1, 1)


def test_the_functions_role_cannot_read_keys(database: Database) -> None:
    with psycopg.connect(database.app_dsn) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("SELECT * FROM api_keys")
