"""Teams of an organisation, and who is in them. A document can be shown to a team instead of to everybody."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from psycopg.rows import class_row

from wissen.stack import postgres
from wissen.stack.accounts.keys import ensured_organisation, ensured_team, ensured_user
from wissen.stack.errors import UnknownMember, UnknownTeam


@dataclass(frozen=True)
class ListedTeam:
    """A team and the email addresses of its members, in alphabetical order."""

    id: UUID
    name: str
    organisation: str
    members: list[str]


def create(dsn: str, *, organisation: str, name: str) -> ListedTeam:
    """Make a team, and its organisation if it does not exist; one that exists stays as it is.

    Raises StoreUnreachable.
    """
    with postgres.connect(dsn) as connection, connection.transaction():
        team_id = ensured_team(connection, ensured_organisation(connection, organisation), name)
    return next(team for team in listed(dsn) if team.id == team_id)


def listed(dsn: str) -> list[ListedTeam]:
    """Every team, by organisation and name. Raises StoreUnreachable."""
    with postgres.connect(dsn) as connection, connection.cursor(row_factory=class_row(ListedTeam)) as cursor:
        return cursor.execute(
            """
            SELECT t.id, t.name, o.name AS organisation,
                   ARRAY(SELECT u.email FROM memberships m JOIN users u ON u.id = m.user_id
                         WHERE m.team_id = t.id ORDER BY u.email) AS members
            FROM teams t JOIN organisations o ON o.id = t.org_id
            ORDER BY o.name, t.name
            """
        ).fetchall()


def add(dsn: str, *, organisation: str, team: str, user: str) -> ListedTeam:
    """Put a user into a team; the user is made if there is none with this email address.

    `team` is a name or an id. Raises UnknownTeam, StoreUnreachable.
    """
    found = _found(dsn, organisation, team)
    with postgres.connect(dsn) as connection, connection.transaction():
        org_id = ensured_organisation(connection, organisation)
        connection.execute(
            "INSERT INTO memberships (org_id, team_id, user_id) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
            [org_id, found.id, ensured_user(connection, org_id, user)],
        )
    return _found(dsn, organisation, team)


def remove(dsn: str, *, organisation: str, team: str, user: str) -> ListedTeam:
    """Take a user out of a team, whose documents the user no longer sees. Raises as `add`, and UnknownMember."""
    found = _found(dsn, organisation, team)
    statement = "DELETE FROM memberships m USING users u WHERE u.id = m.user_id AND m.team_id = %s AND u.email = %s"
    with postgres.connect(dsn) as connection:
        if connection.execute(statement, [found.id, user]).rowcount == 0:
            raise UnknownMember(user, found.name)
    return _found(dsn, organisation, team)


def _found(dsn: str, organisation: str, team: str) -> ListedTeam:
    for candidate in listed(dsn):
        if candidate.organisation == organisation and team in (candidate.name, str(candidate.id)):
            return candidate
    raise UnknownTeam(team, organisation)
