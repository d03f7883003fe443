"""Admission of model calls by priority: the queue, and the ASGI middleware in front of LiteLLM that asks it."""
