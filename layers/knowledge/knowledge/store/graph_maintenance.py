"""The gardener's work on the graph, in PostgreSQL; the row policies keep it within one scope."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from knowledge.access import Access
from knowledge.store.connection import statement
from knowledge.store.ports import graph_maintenance as port
from knowledge.store.ports.graph_maintenance import (
    COMPARED_CHARACTERS,
    Background,
    Neighbours,
    Progress,
    Proposal,
    UnseenEntity,
    Verdict,
)
from knowledge.taxonomy import Origin

if TYPE_CHECKING:
    from psycopg import Connection

    from knowledge.store.connection import Database


class GraphMaintenance(port.GraphMaintenance):
    """The port on PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def organisations(self) -> list[UUID]:
        with self._database.transaction(None) as connection:
            rows = connection.execute(statement("maintenance_organisations")).fetchall()
        return [row["org_id"] for row in rows]

    def scopes(self, access: Access) -> list[tuple[str, str]]:
        with self._database.transaction(access) as connection:
            rows = connection.execute(statement("maintenance_scopes")).fetchall()
        return [(row["scope"], row["state"]) for row in rows]

    def begin(self, access: Access, state: str) -> Progress:
        parameters = {**_place(access), "state": state}
        with self._database.transaction(access) as connection:
            connection.execute(statement("maintenance_begin"), parameters)
            row = connection.execute(statement("maintenance_progress"), parameters).fetchone()
        return Progress.model_validate(row)

    def unseen(self, access: Access, version: str, limit: int) -> list[UnseenEntity]:
        with self._database.transaction(access) as connection:
            parameters = {"version": version, "limit": limit}
            rows = connection.execute(statement("maintenance_unseen"), parameters).fetchall()
        return [UnseenEntity.model_validate(row) for row in rows]

    def spell(self, access: Access, spellings: Mapping[UUID, str]) -> None:
        ids = sorted(spellings)
        parameters = {"ids": ids, "spellings": [spellings[identity] for identity in ids]}
        with self._database.transaction(access) as connection:
            connection.execute(statement("maintenance_spell"), parameters)

    def merge(self, access: Access, state: str) -> int:
        return self._counted(access, state, "maintenance_merge", "merged")

    def drop(self, access: Access, state: str) -> int:
        return self._counted(access, state, "maintenance_drop", "dropped")

    def controls(self, access: Access) -> int:
        with self._database.transaction(access) as connection:
            row = connection.execute(statement("maintenance_size")).fetchone()
        return int(row["controls"]) if row else 0

    def background(self, access: Access) -> list[Background]:
        with self._database.transaction(access) as connection:
            rows = connection.execute(statement("maintenance_background")).fetchall()
        return [Background.model_validate(row) for row in rows]

    def neighbours(self, access: Access, progress: Progress, limit: int) -> list[Neighbours]:
        parameters = {
            "after_catalogue": progress.compared_catalogue,
            "after_key": progress.compared_key,
            "limit": limit,
            "characters": COMPARED_CHARACTERS,
        }
        with self._database.transaction(access) as connection:
            rows = connection.execute(statement("maintenance_neighbours"), parameters).fetchall()
        return [Neighbours.model_validate(row) for row in rows]

    def propose(
        self, access: Access, progress: Progress, compared: Sequence[Neighbours], proposals: Sequence[Proposal]
    ) -> Progress:
        last = compared[-1]
        rows = [_link(access, proposal) for proposal in proposals]
        with self._database.transaction(access) as connection:
            _one_at_a_time(connection, access)
            dropped = connection.execute(statement("maintenance_withdraw"), _kept(compared, proposals)).rowcount
            proposed = sum(connection.execute(statement("maintenance_propose"), row).rowcount for row in rows)
            _note(
                connection,
                access,
                progress.state,
                {"catalogue": last.catalogue, "key": last.control_key, "dropped": dropped, "proposed": proposed},
            )
        return progress.model_copy(update={"compared_catalogue": last.catalogue, "compared_key": last.control_key})

    def verdicts(self, access: Access, fingerprints: Sequence[str]) -> dict[str, Verdict]:
        if not fingerprints:
            return {}
        with self._database.transaction(access) as connection:
            rows = connection.execute(
                statement("maintenance_verdicts"), {"fingerprints": list(fingerprints)}
            ).fetchall()
        return {row["fingerprint"]: Verdict.model_validate(row) for row in rows}

    def unjudged(self, access: Access, limit: int) -> list[Proposal]:
        parameters = {"limit": limit, "characters": COMPARED_CHARACTERS}
        with self._database.transaction(access) as connection:
            rows = connection.execute(statement("maintenance_unjudged"), parameters).fetchall()
        return [Proposal(neighbours=Neighbours.model_validate(row), confidence=row["confidence"]) for row in rows]

    def settle(self, access: Access, state: str, proposal: Proposal, verdict: Verdict) -> None:
        row = _link(access, proposal)
        judged = proposal.model_copy(
            update={
                "confidence": verdict.confidence,
                "relation": verdict.relation,
                "origin": Origin.MODEL,
                "quote": (verdict.quote_from, verdict.quote_to),
            }
        )
        with self._database.transaction(access) as connection:
            _one_at_a_time(connection, access)
            connection.execute(statement("maintenance_verdict"), {**row, **verdict.model_dump()})
            dropped = connection.execute(statement("maintenance_settle"), row).rowcount
            if verdict.relation is not None:
                connection.execute(statement("maintenance_propose"), _link(access, judged))
            elif dropped:
                _note(connection, access, state, {"dropped": dropped})

    def finish(self, access: Access, state: str) -> None:
        with self._database.transaction(access) as connection:
            _note(connection, access, state, {"finished": True})

    def _counted(self, access: Access, state: str, name: str, figure: str) -> int:
        with self._database.transaction(access) as connection:
            _one_at_a_time(connection, access)
            changed = connection.execute(statement(name)).rowcount
            if changed:
                _note(connection, access, state, {figure: changed})
        return changed


def _place(access: Access) -> dict[str, Any]:
    (scope,) = access.scopes
    return {"org_id": access.org_id, "scope": scope}


def _one_at_a_time(connection: Connection[dict[str, Any]], access: Access) -> None:
    """Two deliveries of one message must not wait for each other's rows crosswise."""
    name = "garden/{org_id}/{scope}".format(**_place(access))
    connection.execute(statement("maintenance_lock"), {"name": name})


def _note(connection: Connection[dict[str, Any]], access: Access, state: str, facts: Mapping[str, Any]) -> None:
    nothing = {"catalogue": None, "key": None, "finished": False, "merged": 0, "dropped": 0, "proposed": 0}
    connection.execute(statement("maintenance_note"), {**nothing, **facts, **_place(access), "state": state})


def _link(access: Access, proposal: Proposal) -> dict[str, Any]:
    found = proposal.neighbours
    return {
        **_place(access),
        **found.model_dump(include={"document_id", "pipeline_version", "part"}),
        **_evidence(proposal),
        "source_key": found.control_key,
        "relation": proposal.relation,
        "target_key": found.target_key,
        "target": found.target,
        "target_document_id": found.target_document_id,
        "origin": proposal.origin,
        "confidence": proposal.confidence,
    }


def _evidence(proposal: Proposal) -> dict[str, int]:
    found = proposal.neighbours
    if proposal.quote is None:
        return {"char_from": found.char_from, "char_to": found.char_to}
    return {"char_from": found.char_from + proposal.quote[0], "char_to": found.char_from + proposal.quote[1]}


def _kept(compared: Sequence[Neighbours], proposals: Sequence[Proposal]) -> dict[str, Any]:
    """The open proposals of the compared controls; a link that a model has judged is none any more."""
    kept = [proposal.neighbours for proposal in proposals if proposal.origin is Origin.SIMILARITY]
    return {
        "catalogues": [each.catalogue for each in compared],
        "keys": [each.control_key for each in compared],
        "source_documents": [each.document_id for each in kept],
        "source_keys": [each.control_key for each in kept],
        "target_documents": [each.target_document_id for each in kept],
        "target_keys": [each.target_key for each in kept],
    }
