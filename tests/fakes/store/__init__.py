"""The store in memory: it keeps the ports of knowledge.store, visibility included.

The fakes of one store share a :class:`Memory`, as the real ones share a database. ``tests.contracts`` runs the same
tests on them and on PostgreSQL.
"""

from tests.fakes.store.answers import FakeAnswers
from tests.fakes.store.conversations import FakeConversations
from tests.fakes.store.documents import FakeDocuments
from tests.fakes.store.graph import FakeGraph
from tests.fakes.store.graph_maintenance import FakeGraphMaintenance, FakeScope
from tests.fakes.store.members import FakeMembers
from tests.fakes.store.memory import Memory
from tests.fakes.store.part_notes import FakePartNotes
from tests.fakes.store.queries import FakeQueries
from tests.fakes.store.search import FakeSearch
from tests.fakes.store.sweeping import FakeSweeping

__all__ = [
    "FakeAnswers",
    "FakeConversations",
    "FakeDocuments",
    "FakeGraph",
    "FakeGraphMaintenance",
    "FakeMembers",
    "FakePartNotes",
    "FakeQueries",
    "FakeScope",
    "FakeSearch",
    "FakeSweeping",
    "Memory",
]
