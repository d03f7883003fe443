"""People, messages and passages that tests speak of."""

from __future__ import annotations

from typing import Any, TypeVar
from uuid import UUID, uuid4

from knowledge.access import Access
from knowledge.messages import DocumentMessage, QueryMessage
from knowledge.records import Passage
from knowledge.runtime.delivery import Delivery
from knowledge.taxonomy import Language

Q = TypeVar("Q", bound=QueryMessage)
D = TypeVar("D", bound=DocumentMessage)

ORG = UUID("5b0e2d3c-7a41-4f5e-9c1b-2f6a8d4e1001")
USER = UUID("8c1f4a7e-3d52-4b6a-8e90-6a7b1c2d2002")
TEAM = UUID("d2a5c9b1-4e63-4d7c-a1f2-7b8c2d3e3003")
OTHER_ORG = UUID("00000000-0000-4000-8000-00000000beef")
ACCESS = Access.of_member(ORG, USER, [TEAM])
DELIVERY = Delivery(queued_ms=5.0, receives=1)


def query_message(kind: type[Q], query_id: UUID, **values: Any) -> Q:
    """A message of the example user's question."""
    given = {
        "id": uuid4(),
        "org_id": ORG,
        "trace": "t-1",
        "query_id": query_id,
        "user_id": USER,
        "scopes": ACCESS.scopes,
        "task_token": "token-1",
    }
    return kind.model_validate({**given, **values})


def document_message(kind: type[D], document_id: UUID, **values: Any) -> D:
    """A message of a document the whole example organisation may see."""
    given = {"id": uuid4(), "org_id": ORG, "trace": "t-1", "document_id": document_id, "scope": "organisation"}
    return kind.model_validate({**given, **values})


def passage(text: str, **values: Any) -> Passage:
    """A passage that begins at character 1,000 of a German document without pages."""
    given: dict[str, Any] = {
        "chunk_id": uuid4(),
        "document_id": uuid4(),
        "title": "Richtlinie Zugriff",
        "control_id": None,
        "heading_path": ("1 Konten",),
        "page_from": None,
        "page_to": None,
        "char_from": 1000,
        "text": text,
        "language": Language.GERMAN,
        "score": 0.5,
    }
    return Passage.model_validate({**given, **values})
