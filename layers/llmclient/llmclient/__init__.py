"""The client of the model gateway: purposes instead of models, priorities, deadlines, typed errors.

Importing this package imports neither the openai SDK nor pydantic.
"""

from __future__ import annotations

from llmclient.client import Client
from llmclient.errors import ModelError
from llmclient.models import ALIASES, LEGACY_ALIASES, Purpose, Tier, alias_for
from llmclient.observers import count_call, log_call, record_call
from llmclient.options import ChatOptions, EmbedOptions
from llmclient.priority import Priority
from llmclient.results import Attribution, Completion, Embeddings, Health, Parsed
from llmclient.schema import described
from llmclient.streams import TextStream
from llmclient.telemetry import CallRecord, Usage

__all__ = [
    "ALIASES",
    "LEGACY_ALIASES",
    "Attribution",
    "CallRecord",
    "ChatOptions",
    "Client",
    "Completion",
    "EmbedOptions",
    "Embeddings",
    "Health",
    "ModelError",
    "Parsed",
    "Priority",
    "Purpose",
    "TextStream",
    "Tier",
    "Usage",
    "alias_for",
    "count_call",
    "described",
    "log_call",
    "record_call",
]
