"""A message that is lost: the document is stalled, the sweep finds it in the deployed stack, and it is complete."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from tests.e2e.conftest import Application, Queues, wait_until

POLICY = b"# Depot Rule\n\n## DR-1 Keys\n\nKeys of the depot must be counted every evening.\n"


def test_a_document_whose_messages_are_lost_is_swept_up(member: Application, queues: Queues) -> None:
    with queues.held("BatchClassify"):
        ticket = member.announce("depot.md", POLICY).json()
        assert member.upload(ticket["upload"], POLICY).is_success
        lost = wait_until(lambda: queues.take(queues.url("BatchClassify")), "the upload's event", 10)
    assert len(lost) == 1
    assert member.document(ticket["document_id"])["status"] == "awaiting_upload"
    # As the schedule's call, but for what nobody has touched for no time at all.
    now = (datetime.now(UTC) + timedelta(minutes=1)).isoformat()
    queues.send("BatchClassify", json.dumps({"kind": "sweep_documents", "since": now}))
    document = wait_until(lambda: member.ended(ticket["document_id"]), "the end of the document", 30)
    assert (document["status"], document["reprocessing"]) == ("searchable", False)
