"""Times the search statement as the functions run it: one transaction under the row policies.

Run by `wissen bench --only retrieval` in a process of its own, with layers/knowledge on its path. In: a JSON object
with the "dsn" of the functions' role, the "org_id", and "questions": [{"question", "embedding"}]. Out: [milliseconds].
"""

from __future__ import annotations

import json
import sys
import time
from uuid import UUID

from psycopg.conninfo import conninfo_to_dict

from knowledge.access import ORGANISATION_SCOPE, Access
from knowledge.environment import DatabaseSecret
from knowledge.records import Embeddings
from knowledge.store.connection import Database
from knowledge.store.ports.search import SearchRequest
from knowledge.store.search import Search

_PASSAGES = 30
_WARM_UP = 5


def times(told: dict[str, object]) -> list[float]:
    """One figure a question, after some that are not counted."""
    address = conninfo_to_dict(str(told["dsn"]))
    secret = DatabaseSecret.model_validate(
        {
            "host": address["host"],
            "port": address["port"],
            "dbname": address["dbname"],
            "username": address["user"],
            "password": address["password"],
        }
    )
    search = Search(Database(lambda: secret))
    access = Access(org_id=UUID(str(told["org_id"])), scopes=(ORGANISATION_SCOPE,))
    questions = told["questions"]
    assert isinstance(questions, list)
    taken = []
    for asked in [*questions[:_WARM_UP], *questions]:
        embedding = Embeddings(model="bench", vectors=(tuple(asked["embedding"]),))
        start = time.perf_counter()
        found = search.passages(access, SearchRequest(asked["question"], embedding), _PASSAGES)
        taken.append((time.perf_counter() - start) * 1000)
        assert found, "the search found nothing"
    return taken[_WARM_UP:]


if __name__ == "__main__":
    json.dump(times(json.load(sys.stdin)), sys.stdout)
