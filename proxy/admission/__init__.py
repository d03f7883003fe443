"""Who may call a model now: the queue by priority, and the ASGI middleware in front of LiteLLM that asks it."""
