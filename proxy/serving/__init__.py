"""The ASGI layers around LiteLLM's application."""
