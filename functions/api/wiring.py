"""Makes what the routes work with from the function's settings."""

from __future__ import annotations

from api.executions import StepFunctions
from api.health import Health
from api.services import Services
from api.settings import ApiSettings
from knowledge.answer_cache import AnswerCache
from knowledge.bucket import S3Bucket
from knowledge.bus import AwsBus
from knowledge.runtime.wiring import database, gateway_client, valkey
from knowledge.store.answers import Answers
from knowledge.store.conversations import Conversations
from knowledge.store.documents import Documents
from knowledge.store.graph import Graph
from knowledge.store.queries import Queries
from llmclient import Client


def build_services(settings: ApiSettings) -> Services:
    """The services; each secret is read when it is first needed."""
    store, cache = database(settings), valkey(settings)
    answers = Answers(store)
    return Services(
        queries=Queries(store),
        conversations=Conversations(store),
        answers=AnswerCache(cache, answers),
        known_answers=answers,
        documents=Documents(store),
        graph=Graph(store),
        bucket=S3Bucket(settings.documents_bucket),
        bus=AwsBus(),
        classify_queue_url=settings.classify_queue_url,
        executions=StepFunctions(settings.state_machine_arn),
        health=Health(store, cache, lambda: gateway_client(settings, Client)),
        max_document_bytes=settings.max_document_bytes,
    )
