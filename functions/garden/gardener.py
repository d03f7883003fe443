"""Makes a complete document searchable and retires the version it replaces."""

from __future__ import annotations

from typing import Any

from knowledge.errors import StageError
from knowledge.messages import GardenDocument
from knowledge.stage import Delivery
from knowledge.store.documents import Documents
from knowledge.taxonomy import DocumentStatus


def tend_document(message: GardenDocument, documents: Documents, delivery: Delivery) -> dict[str, Any]:
    """While parts are missing nothing happens: the part that completes the document sends the next message."""
    searchable = documents.finish(message.access, message.document_id, message.pipeline_version)
    return {"searchable": searchable}


def give_up(message: GardenDocument, documents: Documents, error: StageError) -> None:
    """Tell the owner that the document could not be finished."""
    documents.refuse(message.access, message.document_id, DocumentStatus.FAILED, f"It could not be finished: {error}")
