"""Makes what the stage works with from the function's settings, and warms it up."""

from __future__ import annotations

from intent.analyzer import IntentServices
from intent.model_calls import ModelOpinion, ModelRephrasing
from intent.settings import IntentSettings
from knowledge.entities.spellings import spelling
from knowledge.questions.reading import prepare
from knowledge.runtime.wiring import database, gateway_client
from knowledge.store.conversations import Conversations
from knowledge.store.graph import Graph
from knowledge.store.queries import Queries
from knowledge.taxonomy import EntityType
from llmclient import Client


def build_services(settings: IntentSettings) -> IntentServices:
    """Raises UpstreamUnavailable when the gateway's secret cannot be read."""
    client, store = gateway_client(settings, Client), database(settings)
    return IntentServices(
        queries=Queries(store),
        conversations=Conversations(store),
        graph=Graph(store),
        opinion=ModelOpinion(client),
        rephrase=ModelRephrasing(client) if settings.query_expansion == "on" else None,
    )


def warm(services: IntentServices) -> None:
    """Read the tables and open the connection that the first question would wait for."""
    prepare()
    spelling(EntityType.ROLE, "CISO")  # reads its table, too
    services.queries.connect()
